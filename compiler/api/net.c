/* Nets: elaborated Graphs, what can be asked of them, and how they are shown. */
#include "api/api.h"

#include "analyse/summary.h"
#include "formats/dot.h"
#include "transform/transform.h"

#include <inttypes.h>
#include <string.h>

StrataNet *net_object(StrataModule *module, StrataDiagnostics *diagnostics)
{
    StrataNet *net = object_make(&module->context, sizeof *net, diagnostics);
    if (net)
        net->module = module_retain(module);
    return net;
}

void net_set_graph(StrataNet *net, Graph *graph)
{
    net->graph = graph;
    if (graph) /* names stay: any of them may be watched */
        net->running = transform_all(&net->module->arena, graph, &(TransformOptions){.keep_names = true}, NULL);
}

/* Inside the recovery point of the module's arena; null when there were errors. */
static Graph *elaborate(StrataModule *module, const StrataNetOptions *options)
{
    Arena *arena = &module->arena;
    module_ready(module);
    Setting *settings = arena_zero(arena, (size_t)options->setting_count, sizeof *settings);
    for (int64_t i = 0; i < options->setting_count; i++)
        settings[i] = (Setting){.name = arena_duplicate(arena, options->settings[i].name),
                                .value = arena_duplicate(arena, options->settings[i].value)};
    const char *name = options->net ? arena_duplicate(arena, options->net) : NULL;
    Mode mode = options->training ? MODE_TRAINING : MODE_INFERENCE;
    return module_elaborate(module->module, name, settings, options->setting_count, mode);
}

/* Gives a net its Graph, or none after saying why. */
static void fill_net(StrataNet *net, const StrataNetOptions *options, StrataDiagnostics *diagnostics)
{
    StrataModule *module = net->module;
    if (ARENA_TRY(&module->arena) == 0) {
        net_set_graph(net, elaborate(module, options));
        diagnostics_copy(diagnostics, &module->diagnostics);
    } else {
        net->graph = NULL;
        diagnostics_memory(diagnostics);
    }
}

StrataNet *strata_net_make(StrataModule *module, const StrataNetOptions *options, StrataDiagnostics *diagnostics)
{
    static const StrataNetOptions defaults = {0};
    StrataNet *net = module ? net_object(module, diagnostics) : NULL;
    if (!net)
        return NULL;
    fill_net(net, options ? options : &defaults, diagnostics);
    if (net->graph)
        return net;
    strata_net_release(net);
    return NULL;
}

void strata_net_release(StrataNet *net)
{
    if (!net)
        return;
    StrataModule *module = net->module;
    StrataAllocator allocator = module->context.allocator;
    allocator_give(&allocator, net, 1, sizeof *net);
    strata_module_release(module);
}

const char *strata_net_name(const StrataNet *net)
{
    return net->graph->name;
}

static StrataElement element_of(const Type *type)
{
    switch (type->element) {
    case ELEMENT_COMPLEX:
        return STRATA_COMPLEX;
    case ELEMENT_INTEGER:
        return STRATA_INTEGER;
    case ELEMENT_BOOLEAN:
        return STRATA_BOOLEAN;
    case ELEMENT_REAL:
        break;
    }
    return STRATA_REAL;
}

static void fill_value(const char *name, const Type *type, StrataValue *result)
{
    *result = (StrataValue){.name = name, .element = element_of(type), .batched = type->batched, .rank = type->rank};
    memcpy(result->sizes, type->size, (size_t)type->rank * sizeof *type->size);
}

bool strata_net_input(const StrataNet *net, int64_t index, StrataValue *result)
{
    if (index < 0 || index >= net->graph->input_count)
        return false;
    const InputInfo *input = &net->graph->inputs[index];
    fill_value(input->name, &input->type, result);
    if (input->kind == INPUT_BYTES)
        result->element = STRATA_BYTES;
    result->below = input->below;
    return true;
}

bool strata_net_output(const StrataNet *net, int64_t index, StrataValue *result)
{
    if (index < 0 || index >= net->graph->output_count)
        return false;
    const OutputInfo *output = &net->graph->outputs[index];
    fill_value(output->name ? output->name : "output", graph_type(net->graph, output->value), result);
    result->classes = output->classes;
    result->labels = output->labels;
    return true;
}

bool strata_net_output_paths(const StrataNet *net, int64_t index, StrataPaths *result)
{
    const PathTable *paths = index >= 0 && index < net->graph->output_count ? net->graph->outputs[index].paths : NULL;
    if (paths)
        *result = (StrataPaths){.rows = paths->rows, .columns = paths->columns, .names = paths->names, .entries = paths->entries};
    return paths != NULL;
}

bool strata_net_weight(const StrataNet *net, int64_t index, StrataValue *result)
{
    if (index < 0 || index >= net->graph->weight_count)
        return false;
    const WeightInfo *weight = &net->graph->weights[index];
    fill_value(weight->name, &weight->type, result);
    result->frozen = weight->frozen;
    return true;
}

bool strata_net_state(const StrataNet *net, int64_t index, StrataValue *result)
{
    if (index < 0 || index >= net->graph->state_count)
        return false;
    const StateInfo *state = &net->graph->states[index];
    fill_value(state->name, &state->type, result);
    return true;
}

bool strata_net_inner(const StrataNet *net, int64_t index, StrataValue *result)
{
    if (index < 0 || index >= net->graph->name_count)
        return false;
    const NamedValue *named = &net->graph->names[index];
    fill_value(named->path, graph_type(net->graph, named->value), result);
    return true;
}

StrataText *strata_net_graph(StrataNet *net, StrataText **blobs, StrataDiagnostics *diagnostics)
{
    if (blobs)
        *blobs = NULL;
    if (!net)
        return NULL;
    StrataText *text = text_object(&net->module->context, diagnostics);
    if (blobs)
        *blobs = text ? text_object(&net->module->context, diagnostics) : NULL;
    if (!text)
        return NULL;
    if (blobs && !*blobs)
        return text_failed(text, diagnostics);
    if (ARENA_TRY(&text->arena) != 0) {
        if (blobs) {
            strata_text_release(*blobs);
            *blobs = NULL;
        }
        return text_failed(text, diagnostics);
    }
    if (blobs)
        (*blobs)->arena.recovery = text->arena.recovery;
    graph_print(net->graph, &net->module->sources, &text->text, blobs ? &(*blobs)->text : NULL);
    return text;
}

static void print_cell(Text *out, int64_t entry)
{
    if (entry < 0)
        text_printf(out, "%8s", "-");
    else
        text_printf(out, "%8" PRId64, entry);
}

/* One line an entry of dimension 0: its place, and what the columns say. */
static void print_paths(const char *name, const PathTable *paths, Text *out)
{
    text_printf(out, "%s\n%8s", name, "place");
    for (int64_t k = 0; k < paths->columns; k++)
        text_printf(out, "%8s", paths->names[k]);
    for (int64_t i = 0; i < paths->rows; i++) {
        text_printf(out, "\n%8" PRId64, i);
        for (int64_t k = 0; k < paths->columns; k++)
            print_cell(out, paths->entries[i * paths->columns + k]);
    }
    text_add_character(out, '\n');
}

StrataText *strata_net_paths(StrataNet *net, StrataDiagnostics *diagnostics)
{
    StrataText *text = net ? text_object(&net->module->context, diagnostics) : NULL;
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    for (int64_t i = 0; i < net->graph->output_count; i++)
        if (net->graph->outputs[i].paths)
            print_paths(net->graph->outputs[i].name ? net->graph->outputs[i].name : "output", net->graph->outputs[i].paths,
                        &text->text);
    if (text->text.length > 0)
        return text;
    diagnostics_say(diagnostics, STRATA_INVALID, 517, "no output of `%s` says what its channels stand for", net->graph->name);
    strata_text_release(text);
    return NULL;
}

/* How the folded table and picture differ from the unfolded ones: by the depth of definitions that they show. */
static int64_t depth_of(bool unfold)
{
    return unfold ? 0 : 1;
}

StrataText *strata_net_dot(StrataNet *net, bool unfold, StrataDiagnostics *diagnostics)
{
    if (!net)
        return NULL;
    StrataText *text = text_object(&net->module->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    dot_print(net->graph, &(DotOptions){.depth = depth_of(unfold)}, &text->text);
    return text;
}

/* Bytes of activations for one sample, as planned; -1 when it cannot be planned so. */
static int64_t planned_peak(const StrataNet *net)
{
    StrataError error;
    ProgramOptions options = {.tile = 1, .batch = net->graph->training ? 1 : 0};
    Program *program = net_program(net, &options, false, &error);
    int64_t peak = program ? (int64_t)program_memory(program).work_one : -1;
    program_release(program);
    return peak;
}

StrataText *strata_net_summary(StrataNet *net, bool unfold, bool json, StrataDiagnostics *diagnostics)
{
    if (!net)
        return NULL;
    SummaryOptions options = {.depth = depth_of(unfold), .peak_bytes = planned_peak(net)};
    StrataText *text = text_object(&net->module->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    Summary summary = analyse_summary(net->graph, &options, &text->arena);
    if (json)
        summary_print_json(&summary, &text->text);
    else
        summary_print(&summary, &text->text);
    return text;
}

/* Running an expression of a session: its inputs, its weights, its results. */
#include "api/session.h"

#include <string.h>

/* ---- Inputs ---- */

StrataTensorSet *strata_session_inputs(StrataSession *session, const StrataNet *net, StrataDiagnostics *diagnostics)
{
    if (!session || !net)
        return NULL;
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&session->context.allocator, &error);
    bool good = set != NULL;
    for (int64_t i = 0; good && i < net->graph->input_count; i++) {
        const SessionTensor *tensor = session_tensor(session, net->graph->inputs[i].name);
        good = !tensor || strata_tensor_set_add(set, net->graph->inputs[i].name, tensor->tensor, &error);
    }
    if (good)
        return set;
    strata_tensor_set_release(set);
    diagnostics_failure(diagnostics, &error);
    return NULL;
}

/* ---- Weights ---- */

/* The net of the session whose weights a full name is about ("lenet1.conv1.weight": lenet), and the name within it. */
static const char *net_of(StrataModule *module, const char *name, const char **rest)
{
    for (int64_t i = 0; i < module_net_count(module->module); i++) {
        const char *net = module_net_name(module->module, i);
        size_t length = strlen(net);
        size_t digits = strncmp(name, net, length) == 0 ? strspn(name + length, "0123456789") : 0;
        if (digits == 0 || name[length + digits] != '.')
            continue;
        *rest = name + length + digits + 1;
        return net;
    }
    return NULL;
}

/* Remembers weights of a net; they are copied names and retained tensors. */
static bool remember(StrataSession *session, const char *net, const StrataTensorSet *set, bool initial,
                     StrataDiagnostics *diagnostics)
{
    SessionChange change = {.kind = CHANGE_WEIGHTS, .initial = initial};
    StrataError error;
    if (!string_keep(session, net, strlen(net), &change.file, diagnostics))
        return false;
    change.weights = strata_tensor_set_make(&session->context.allocator, &error);
    bool good = change.weights != NULL;
    for (int64_t i = 0; good && i < strata_tensor_set_count(set); i++)
        good = strata_tensor_set_add(change.weights, strata_tensor_set_name(set, i), strata_tensor_set_tensor(set, i), &error);
    if (good)
        return session_add(session, &change, diagnostics);
    change_drop(session, &change);
    return diagnostics_failure(diagnostics, &error);
}

bool strata_session_set_weights(StrataSession *session, const char *net, const StrataTensorSet *set, StrataDiagnostics *diagnostics)
{
    return session && net && set && remember(session, net, set, false, diagnostics);
}

/* The weights of a net by itself, made when there are none yet; null when it has errors, which are said where it is used. */
static StrataTensorSet *weights_of_net(StrataSession *session, const char *name)
{
    StrataTensorSet *known = session_net_weights(session, name);
    if (known)
        return known;
    StrataModule *module = session_load(session, NULL, false, NULL);
    StrataNet *net = strata_net_make(module, &(StrataNetOptions){.net = name}, NULL);
    StrataWeights *weights = strata_weights_initialise(net, session->options.seed, NULL);
    if (weights)
        remember(session, name, strata_weights_set(weights), true, NULL);
    strata_weights_release(weights);
    strata_net_release(net);
    strata_module_release(module);
    return session_net_weights(session, name);
}

static bool has_type(const StrataTensor *tensor, const Type *type)
{
    bool same = strata_tensor_rank(tensor) == type->rank;
    for (int axis = 0; same && axis < type->rank; axis++)
        same = strata_tensor_size(tensor, axis) == type->size[axis];
    return same;
}

StrataTensor *session_known_weight(StrataSession *session, const StrataNet *net, const char *name, const Type *type)
{
    const char *rest;
    const char *inner = net_of(net->module, name, &rest);
    const StrataTensorSet *set = inner ? weights_of_net(session, inner) : session_net_weights(session, net->graph->name);
    StrataTensor *tensor = set ? strata_tensor_set_find(set, inner ? rest : name) : NULL;
    return tensor && has_type(tensor, type) ? tensor : NULL;
}

/* The type of a row of a net's weights, behind them its states, which is how their values are ordered. */
static const Type *row_type(const Graph *graph, int64_t row)
{
    return row < graph->weight_count ? &graph->weights[row].type : &graph->states[row - graph->weight_count].type;
}

StrataWeights *strata_session_weights(StrataSession *session, StrataNet *net, StrataDiagnostics *diagnostics)
{
    if (!session || !net)
        return NULL;
    StrataWeights *initial = strata_weights_initialise(net, session->options.seed, diagnostics);
    StrataWeights *weights = initial ? weights_object(net, diagnostics) : NULL;
    if (!weights) {
        strata_weights_release(initial);
        return NULL;
    }
    StrataError error;
    bool good = true;
    for (int64_t i = 0; good && i < strata_tensor_set_count(initial->set); i++) {
        const char *name = strata_tensor_set_name(initial->set, i);
        StrataTensor *start = strata_tensor_set_tensor(initial->set, i);
        StrataTensor *known = session_known_weight(session, net, name, row_type(net->graph, i));
        good = strata_tensor_set_add(weights->set, name, known ? known : start, &error);
    }
    strata_weights_release(initial);
    if (good)
        return weights;
    diagnostics_failure(diagnostics, &error);
    strata_weights_release(weights);
    return NULL;
}

/* ---- Values ---- */

/* How many samples the bound tensors have; 1 when there are none. */
static int64_t samples_of(const StrataTensorSet *inputs)
{
    return strata_tensor_set_count(inputs) > 0 ? strata_tensor_size(strata_tensor_set_tensor(inputs, 0), 0) : 1;
}

/* The answer comes first: compiling begins when it is there. */
static StrataTensorSet *run(StrataSession *session, StrataNet *net, bool over_batch, StrataDiagnostics *diagnostics)
{
    StrataTensorSet *inputs = strata_session_inputs(session, net, diagnostics);
    StrataProgram *program = inputs ? session_program(session, net, over_batch ? samples_of(inputs) : 0, diagnostics) : NULL;
    StrataWorkspace *workspace = strata_workspace_make(program, session->options.threads, diagnostics);
    StrataRunOptions run_options = {.seed = session->options.seed};
    if (workspace)
        session->ran_compiled = strata_program_compiling(program) == STRATA_COMPILED;
    StrataTensorSet *results = strata_run(workspace, inputs, &run_options, diagnostics);
    strata_workspace_release(workspace);
    strata_tensor_set_release(inputs);
    if (results)
        session_compile_behind(session);
    return results;
}

/* A net over the Graph of an expression. */
static StrataNet *net_over(StrataModule *module, Graph *graph, StrataDiagnostics *diagnostics)
{
    StrataNet *net = net_object(module, diagnostics);
    if (net && ARENA_TRY(&module->arena) == 0) {
        net_set_graph(net, graph);
        return net;
    }
    if (net)
        diagnostics_memory(diagnostics);
    strata_net_release(net);
    return NULL;
}

StrataTensorSet *session_run(StrataSession *session, StrataModule *module, Graph *graph, bool over_batch,
                             StrataDiagnostics *diagnostics)
{
    StrataNet *net = net_over(module, graph, diagnostics);
    StrataTensorSet *results = net ? run(session, net, over_batch, diagnostics) : NULL;
    strata_net_release(net);
    return results;
}

/* What has been computed so far, while the tensors of a value are walked through. */
typedef struct Gathering {
    const StrataSession *session;
    const Graph *graph;
    const StrataTensorSet *results;
    SessionTensor *tensors;
    int64_t count, computed;
    bool failed;
    StrataError error;
} Gathering;

static StrataTensor *known_tensor(const StrataSession *session, const Tensor *known, StrataError *error)
{
    StrataKind kind = known->type->element == ELEMENT_COMPLEX ? STRATA_COMPLEX128 : STRATA_FLOAT64;
    StrataTensor *tensor = strata_tensor_make(&session->context.allocator, kind, known->type->rank, known->type->size, error);
    if (tensor)
        memcpy(strata_tensor_data(tensor), known->data, (size_t)type_reals(known->type) * sizeof(double));
    StrataKind whole = known->type->element == ELEMENT_BOOLEAN ? STRATA_BOOL : STRATA_INT64;
    if (!tensor || (known->type->element != ELEMENT_BOOLEAN && known->type->element != ELEMENT_INTEGER))
        return tensor;
    StrataTensor *converted = strata_tensor_convert(tensor, whole, 1, error);
    strata_tensor_release(tensor);
    return converted;
}

static void gather(void *context, Tensor *tensor)
{
    Gathering *g = context;
    SessionTensor *place = &g->tensors[g->count++];
    if (tensor->data) {
        place->tensor = known_tensor(g->session, tensor, &g->error);
        g->failed = g->failed || !place->tensor;
        return;
    }
    const OutputInfo *output = &g->graph->outputs[g->computed++];
    StrataTensor *found = strata_tensor_set_find(g->results, output->name);
    place->tensor = found ? strata_tensor_retain(found) : NULL;
    place->batched = graph_type(g->graph, output->value)->batched;
    g->failed = g->failed || !found;
}

bool session_compute(StrataSession *session, StrataModule *module, const Evaluated *evaluated, SessionTensor *tensors,
                     StrataDiagnostics *diagnostics)
{
    StrataTensorSet *results = NULL;
    if (evaluated->graph->output_count > 0) {
        results = session_run(session, module, evaluated->graph, false, diagnostics);
        if (!results)
            return false;
    }
    Gathering gathering = {.session = session, .graph = evaluated->graph, .results = results, .tensors = tensors};
    error_clear(&gathering.error);
    object_tensors(*evaluated->value, gather, &gathering);
    strata_tensor_set_release(results);
    if (!gathering.failed)
        return true;
    if (gathering.error.status != STRATA_OK)
        return diagnostics_failure(diagnostics, &gathering.error);
    return diagnostics_say(diagnostics, STRATA_INTERNAL, 0, "a result of the expression is missing");
}

/* ---- Nets of expressions ---- */

/* Inside the recovery point of the module's arena. */
static void describe(StrataSession *session, StrataModule *module, const char *text, Text *out, StrataDiagnostics *diagnostics)
{
    NamedTensors tensors = {.find = session_find_tensor, .context = session};
    Evaluated evaluated;
    if (module_evaluate(module->module, "expression", text, strlen(text), tensors, &evaluated))
        text_add(out, object_describe(&module->arena, *evaluated.value));
    diagnostics_copy(diagnostics, &module->diagnostics);
}

StrataText *strata_session_type(StrataSession *session, const char *text, StrataDiagnostics *diagnostics)
{
    StrataModule *module = session && text ? session_load(session, NULL, true, diagnostics) : NULL;
    StrataText *result = module ? text_object(&session->context, diagnostics) : NULL;
    if (!result) {
        strata_module_release(module);
        return NULL;
    }
    if (ARENA_TRY(&module->arena) == 0) {
        result->arena.recovery = module->arena.recovery;
        describe(session, module, text, &result->text, diagnostics);
    } else {
        diagnostics_memory(diagnostics);
    }
    strata_module_release(module);
    if (strata_text_length(result) > 0)
        return result;
    strata_text_release(result);
    return NULL;
}

/* The net of an expression, inside the recovery point of the module's arena. */
static bool evaluate_net(StrataSession *session, StrataModule *module, const char *text, Evaluated *evaluated)
{
    NamedTensors tensors = {.find = session_find_tensor, .context = session};
    bool good = module_evaluate(module->module, "expression", text, strlen(text), tensors, evaluated);
    if (good && evaluated->graph->output_count == 0) {
        Diagnostic *said = diagnostics_error(&module->diagnostics, 311, no_span, "`%.100s` is no net: its value is known", text);
        diagnostic_help(&module->diagnostics, said, "give a net by its name, or apply layers to a tensor that is bound to a name");
        good = false;
    }
    return good;
}

StrataNet *strata_session_net(StrataSession *session, const char *text, bool training, StrataDiagnostics *diagnostics)
{
    StrataModule *module = session && text ? session_load(session, NULL, true, diagnostics) : NULL;
    if (!module)
        return NULL;
    StrataNet *net = NULL;
    Evaluated evaluated = {0};
    if (session_has_net(module, text)) {
        net = strata_net_make(module, &(StrataNetOptions){.net = text, .training = training}, diagnostics);
    } else if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(diagnostics);
    } else if (evaluate_net(session, module, text, &evaluated)) {
        net = net_over(module, evaluated.graph, diagnostics);
    } else {
        diagnostics_copy(diagnostics, &module->diagnostics);
    }
    strata_module_release(module);
    return net;
}

/* Filter banks of a net. */
#include "api/api.h"

#include "analyse/frame.h"

#include <math.h>
#include <string.h>

struct StrataFrame {
    StrataModule *module; /* filters lie in its constants */
    Arena arena;
    Frame frame;
};

static const double all_work = INFINITY;

/* The entries of each weight as doubles, in the order of the net's table; null after filling `error`. */
static const double *const *entries_of(const StrataNet *net, const StrataWeights *weights, Arena *arena, StrataError *error)
{
    const double **entries = arena_zero(arena, (size_t)net->graph->weight_count + 1, sizeof *entries);
    for (int64_t i = 0; i < net->graph->weight_count; i++) {
        const StrataTensor *weight = strata_tensor_set_tensor(weights->set, i);
        double *copy =
            arena_zero(arena, (size_t)strata_tensor_elements(weight), sizeof *copy); /* before the tensor: a failure jumps */
        StrataTensor *precise = strata_tensor_convert(weight, STRATA_FLOAT64, 1, error);
        if (!precise)
            return NULL;
        memcpy(copy, strata_tensor_data_const(precise), (size_t)strata_tensor_elements(precise) * sizeof *copy);
        strata_tensor_release(precise);
        entries[i] = copy;
    }
    return entries;
}

/* All facts in the frame's arena; false after saying why not. Scratch memory is the caller's. */
static bool fill_frame(StrataFrame *frame, const StrataNet *net, const StrataWeights *weights, bool exact, Arena *scratch,
                       StrataDiagnostics *diagnostics)
{
    if (ARENA_TRY(&frame->arena) != 0)
        return diagnostics_memory(diagnostics);
    StrataError error;
    scratch->recovery = frame->arena.recovery;
    const double *const *entries = weights ? entries_of(net, weights, &frame->arena, &error) : NULL;
    if (weights && !entries)
        return diagnostics_failure(diagnostics, &error);
    frame->frame = analyse_frame(net->graph, entries, exact ? all_work : FRAME_WORK_USUAL, &frame->arena, scratch);
    return true;
}

StrataFrame *strata_net_frame(StrataNet *net, const StrataWeights *weights, bool exact, StrataDiagnostics *diagnostics)
{
    StrataFrame *frame = net ? object_make(&net->module->context, sizeof *frame, diagnostics) : NULL;
    if (!frame)
        return NULL;
    const StrataContext *context = &net->module->context;
    Arena scratch;
    frame->module = module_retain(net->module);
    arena_init(&frame->arena, &context->allocator);
    arena_init(&scratch, &context->allocator);
    frame->arena.limit = scratch.limit = context->memory_limit;
    bool good = fill_frame(frame, net, weights, exact, &scratch, diagnostics);
    arena_release(&scratch);
    if (good)
        return frame;
    strata_frame_release(frame);
    return NULL;
}

void strata_frame_release(StrataFrame *frame)
{
    if (!frame)
        return;
    StrataModule *module = frame->module;
    StrataAllocator allocator = module->context.allocator;
    arena_release(&frame->arena);
    allocator_give(&allocator, frame, 1, sizeof *frame);
    strata_module_release(module);
}

static const FrameBank *bank_of(const StrataFrame *frame, int64_t index)
{
    return frame && index >= 0 && index < frame->frame.bank_count ? &frame->frame.banks[index] : NULL;
}

static const FrameFilter *filter_of(const FrameBank *bank, int64_t index)
{
    return bank && index >= 0 && index < bank->filter_count ? &bank->filters[index] : NULL;
}

bool strata_frame_bank(const StrataFrame *frame, int64_t index, StrataBank *result)
{
    const FrameBank *bank = bank_of(frame, index);
    if (!bank)
        return false;
    *result = (StrataBank){.axes = bank->axes,
                           .rows = bank->size[0],
                           .columns = bank->size[1],
                           .signals = bank->signals,
                           .real = bank->real,
                           .from = bank->parent,
                           .filters = bank->filter_count,
                           .lower = bank->lower.value,
                           .upper = bank->upper.value,
                           .subsampled = bank->subsampled,
                           .subsampled_lower = bank->subsampled_lower,
                           .subsampled_upper = bank->subsampled_upper,
                           .padding = bank->padding.mode};
    memcpy(result->lower_at, bank->lower.at, sizeof result->lower_at);
    memcpy(result->upper_at, bank->upper.at, sizeof result->upper_at);
    memcpy(result->before, bank->padding.before, sizeof result->before);
    memcpy(result->behind, bank->padding.behind, sizeof result->behind);
    return true;
}

bool strata_frame_filter(const StrataFrame *frame, int64_t bank, int64_t index, StrataFilter *result)
{
    const FrameFilter *filter = filter_of(bank_of(frame, bank), index);
    if (!filter)
        return false;
    *result = (StrataFilter){.signal = filter->signal, .gain = filter->gain};
    memcpy(result->step, filter->step, sizeof result->step);
    memcpy(result->peak, filter->peak, sizeof result->peak);
    memcpy(result->width, filter->width, sizeof result->width);
    memcpy(result->first, filter->first, sizeof result->first);
    memcpy(result->last, filter->last, sizeof result->last);
    return true;
}

double strata_frame_lipschitz(const StrataFrame *frame, bool *from_input)
{
    if (from_input)
        *from_input = frame->frame.spread.from_input;
    return sqrt(frame->frame.spread.squared) * (1 + 1e-15);
}

/* ---- Energies ---- */

/* The Graph in the module's arena; false when memory ends. */
static bool fill_energies(const StrataFrame *frame, StrataNet *net)
{
    if (ARENA_TRY(&net->module->arena) != 0)
        return false;
    net_set_graph(net, frame_energies(&frame->frame, &net->module->arena));
    return true;
}

StrataNet *strata_frame_energies(const StrataFrame *frame, StrataDiagnostics *diagnostics)
{
    StrataNet *net = frame && frame->frame.bank_count > 0 ? net_object(frame->module, diagnostics) : NULL;
    if (!net || fill_energies(frame, net))
        return net;
    strata_net_release(net);
    diagnostics_memory(diagnostics);
    return NULL;
}

/* ---- Tensors ---- */

/* Zeros of the size of a bank's grid; null after saying why. */
static StrataTensor *grid_make(const StrataFrame *frame, const FrameBank *bank, StrataKind kind, StrataDiagnostics *diagnostics)
{
    StrataError error;
    const StrataContext *context = &frame->module->context;
    StrataTensor *tensor = strata_tensor_make(&context->allocator, kind, FRAME_AXES, bank->size, &error);
    if (!tensor)
        diagnostics_failure(diagnostics, &error);
    return tensor;
}

StrataTensor *strata_frame_sum(const StrataFrame *frame, int64_t index, StrataDiagnostics *diagnostics)
{
    const FrameBank *bank = bank_of(frame, index);
    StrataTensor *tensor = bank ? grid_make(frame, bank, STRATA_FLOAT64, diagnostics) : NULL;
    if (tensor)
        memcpy(strata_tensor_data(tensor), bank->sum, (size_t)(bank->size[0] * bank->size[1]) * sizeof *bank->sum);
    return tensor;
}

StrataTensor *strata_frame_spectrum(const StrataFrame *frame, int64_t index, int64_t filter, StrataDiagnostics *diagnostics)
{
    const FrameBank *bank = bank_of(frame, index);
    const FrameFilter *chosen = filter_of(bank, filter);
    StrataTensor *tensor = chosen ? grid_make(frame, bank, STRATA_COMPLEX128, diagnostics) : NULL;
    double *pairs = tensor ? strata_tensor_data(tensor) : NULL;
    for (int64_t i = 0; tensor && i < bank->size[0] * bank->size[1]; i++)
        frame_entry(chosen, i / bank->size[1], i % bank->size[1], &pairs[2 * i], &pairs[2 * i + 1]);
    return tensor;
}

/* The filter into a tensor's entries; false when memory ends. */
static bool fill_space(const FrameBank *bank, const FrameFilter *filter, const StrataAllocator *allocator, void *pairs)
{
    Arena arena;
    arena_init(&arena, allocator);
    if (ARENA_TRY(&arena) != 0) {
        arena_release(&arena);
        return false;
    }
    memcpy(pairs, frame_space(bank, filter, &arena), (size_t)(bank->size[0] * bank->size[1]) * 2 * sizeof(double));
    arena_release(&arena);
    return true;
}

StrataTensor *strata_frame_space(const StrataFrame *frame, int64_t index, int64_t filter, StrataDiagnostics *diagnostics)
{
    const FrameBank *bank = bank_of(frame, index);
    const FrameFilter *chosen = filter_of(bank, filter);
    StrataTensor *tensor = chosen ? grid_make(frame, bank, STRATA_COMPLEX128, diagnostics) : NULL;
    if (!tensor || fill_space(bank, chosen, &frame->module->context.allocator, strata_tensor_data(tensor)))
        return tensor;
    strata_tensor_release(tensor);
    diagnostics_memory(diagnostics);
    return NULL;
}

StrataText *strata_frame_text(const StrataFrame *frame, bool all, bool json, StrataDiagnostics *diagnostics)
{
    StrataText *text = frame ? text_object(&frame->module->context, diagnostics) : NULL;
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    if (json)
        frame_print_json(&frame->frame, &text->text);
    else
        frame_print(&frame->frame, &frame->module->sources, all, &text->text);
    return text;
}

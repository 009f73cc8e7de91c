/* Weights of a net as an object: read from a file, taken from a set, or as they are at the start of training. */
#include "api/match.h"

#include <string.h>

/* ---- Objects ---- */

StrataWeights *weights_object(StrataNet *net, StrataDiagnostics *diagnostics)
{
    const StrataContext *context = &net->module->context;
    StrataWeights *weights = object_make(context, sizeof *weights, diagnostics);
    if (!weights)
        return NULL;
    weights->allocator = context->allocator;
    StrataError error;
    weights->set = strata_tensor_set_make(&weights->allocator, &error);
    if (weights->set)
        return weights;
    diagnostics_failure(diagnostics, &error);
    strata_weights_release(weights);
    return NULL;
}

void strata_weights_release(StrataWeights *weights)
{
    if (!weights)
        return;
    strata_tensor_set_release(weights->set);
    StrataAllocator allocator = weights->allocator;
    allocator_give(&allocator, weights, 1, sizeof *weights);
}

const StrataTensorSet *strata_weights_set(const StrataWeights *weights)
{
    return weights->set;
}

/* Whole numbers become reals; reals stay as they are. */
static bool add_weight(StrataWeights *weights, const char *name, StrataTensor *tensor, StrataError *error)
{
    StrataKind kind = strata_tensor_kind(tensor);
    if (kind == STRATA_FLOAT32 || kind == STRATA_FLOAT64 || kind == STRATA_COMPLEX64 || kind == STRATA_COMPLEX128)
        return strata_tensor_set_add(weights->set, name, tensor, error);
    StrataTensor *real = strata_tensor_convert(tensor, STRATA_FLOAT64, 1, error);
    bool good = real && strata_tensor_set_add(weights->set, name, real, error);
    strata_tensor_release(real);
    return good;
}

static bool fill_weights(StrataWeights *weights, const WeightsMatch *match, StrataDiagnostics *diagnostics)
{
    StrataError error;
    for (int64_t i = 0; i < match->count; i++)
        if (!add_weight(weights, match->names[i], match->tensors[i], &error))
            return diagnostics_failure(diagnostics, &error);
    return true;
}

static StrataWeights *take(StrataNet *net, const StrataTensorSet *set, const char *file, const StrataWeightsOptions *options,
                           StrataDiagnostics *diagnostics)
{
    static const StrataWeightsOptions defaults = {0};
    StrataWeights *weights = weights_object(net, diagnostics);
    StrataText *scratch = weights ? text_object(&net->module->context, diagnostics) : NULL;
    if (!scratch) {
        strata_weights_release(weights);
        return NULL;
    }
    if (ARENA_TRY(&scratch->arena) != 0) {
        strata_weights_release(weights);
        return (StrataWeights *)text_failed(scratch, diagnostics);
    }
    WeightsRequest request = {.graph = net->graph, .set = set, .file = file, .options = options ? options : &defaults};
    WeightsMatch match;
    bool good = weights_match(&scratch->arena, &request, diagnostics, &match) && fill_weights(weights, &match, diagnostics);
    strata_text_release(scratch);
    if (good)
        return weights;
    strata_weights_release(weights);
    return NULL;
}

StrataWeights *strata_weights_take(StrataNet *net, const StrataTensorSet *set, const StrataWeightsOptions *options,
                                   StrataDiagnostics *diagnostics)
{
    return net && set ? take(net, set, "the tensors given", options, diagnostics) : NULL;
}

StrataWeights *strata_weights_read(StrataNet *net, const char *path, const StrataWeightsOptions *options,
                                   StrataDiagnostics *diagnostics)
{
    if (!net)
        return NULL;
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_read(&net->module->context.allocator, path, &error);
    if (!set) {
        diagnostics_failure(diagnostics, &error);
        return NULL;
    }
    StrataWeights *weights = take(net, set, path, options, diagnostics);
    strata_tensor_set_release(set);
    return weights;
}

/* ---- Initial values ---- */

/* Adds a copy of what a Binding holds of a row. */
static bool add_bound(StrataWeights *weights, const ProgramValue *row, const void *entries, StrataError *error)
{
    StrataKind kind = row->type.element == ELEMENT_COMPLEX ? STRATA_COMPLEX64 : STRATA_FLOAT32;
    StrataTensor *tensor = strata_tensor_make(&weights->allocator, kind, row->type.rank, row->type.size, error);
    if (!tensor)
        return false;
    memcpy(strata_tensor_data(tensor), entries, (size_t)type_reals(&row->type) * sizeof(float));
    bool good = strata_tensor_set_add(weights->set, row->name, tensor, error);
    strata_tensor_release(tensor);
    return good;
}

static bool add_initial(StrataWeights *weights, const Program *program, const Graph *graph, uint64_t seed, StrataError *error)
{
    Binding *binding = binding_make_initial(program, graph, seed, error);
    bool good = binding != NULL;
    for (int64_t i = 0; good && i < program_weight_count(program); i++)
        good = add_bound(weights, program_weight(program, i), binding_weight(binding, i), error);
    for (int64_t i = 0; good && i < program_state_count(program); i++)
        good = add_bound(weights, program_state(program, i), binding_state(binding, i), error);
    binding_release(binding);
    return good;
}

StrataWeights *strata_weights_initialise(StrataNet *net, uint64_t seed, StrataDiagnostics *diagnostics)
{
    if (!net)
        return NULL;
    StrataWeights *weights = weights_object(net, diagnostics);
    if (!weights)
        return NULL;
    StrataError error;
    ProgramOptions options = {.batch = net->graph->training ? 1 : 0};
    Program *program = program_make(net->graph, &options, &weights->allocator, &error);
    bool good = program && add_initial(weights, program, net->graph, seed, &error);
    program_release(program);
    if (good)
        return weights;
    diagnostics_failure(diagnostics, &error);
    strata_weights_release(weights);
    return NULL;
}

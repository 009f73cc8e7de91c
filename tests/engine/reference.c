/* Plain evaluation of a Graph; see reference.h. */
#include "engine/reference.h"

#include <string.h>

struct Reference {
    Arena *arena;
    const Graph *graph;
    const ReferenceSources *sources;
    uint64_t iteration;
    double ***values;     /* of each node: of each result */
    double *const *given; /* of a region: its inputs, else null */
};

static void evaluate_nodes(Reference *reference);

static int64_t value_reals(const Reference *reference, const Type *type)
{
    return type_reals(type) * (type->batched ? reference->sources->batch : 1);
}

static double *copy_value(const Reference *reference, const Type *type, const double *from)
{
    return from ? arena_copy(reference->arena, from, (size_t)value_reals(reference, type) * sizeof *from) : NULL;
}

/* The initial value of a weight or state stands among the nodes that come before its first use, or it stands behind: then evaluation
 * goes there first. */
static const double *initial_value(const Reference *reference, Value initial)
{
    if (initial.node < 0)
        return NULL;
    return reference_value(reference, initial);
}

static const double *source_value(const Reference *reference, const Node *node)
{
    const ReferenceSources *sources = reference->sources;
    const Graph *graph = reference->graph;
    int64_t index = node->operand_count == 0 && node->attributes ? node->attributes[0].integer : 0;
    double scalar = node->op == OP_SEED ? (double)sources->seed : node->op == OP_STEP ? (double)sources->step : sources->rate;
    switch (node->op) {
    case OP_INPUT:
        return reference->given ? reference->given[index] : sources->inputs[index];
    case OP_WEIGHT:
        return sources->weights ? sources->weights[index] : initial_value(reference, graph->weights[index].initial);
    case OP_STATE:
        return sources->states ? sources->states[index] : initial_value(reference, graph->states[index].initial);
    case OP_CONSTANT:
        return graph->constants[index].data;
    default:
        return arena_copy(reference->arena, &scalar, sizeof scalar);
    }
}

/* One sample at a time; an operation over the batch gets all of them at once. */
static void evaluate_operation(Reference *reference, const Node *node, const double *const *operands, double *result)
{
    OpUse use = graph_use(reference->graph, node, reference->arena);
    const ReferenceSources *sources = reference->sources;
    const double **sample = arena_take(reference->arena, (size_t)node->operand_count * sizeof *sample);
    int64_t rounds = node->types[0].batched ? sources->batch : 1;
    for (int64_t i = 0; i < rounds; i++) {
        EvaluationPoint point = {
            .samples = sources->batch,
            .sample = node->types[0].batched ? sources->first_sample + i : 0,
            .seed = sources->seed,
            .step = sources->step,
            .iteration = reference->iteration,
        };
        for (int32_t k = 0; k < node->operand_count; k++)
            sample[k] = operands[k] + (use.operand[k].batched ? i * type_reals(&use.operand[k]) : 0);
        use.info->evaluate(&use, &point, sample, result + i * type_reals(&node->types[0]));
    }
}

/* Copies `reals` for each sample between values whose samples are `to_stride` and `from_stride` apart (0: one for all). */
static void copy_samples(const Reference *reference, double *to, int64_t to_stride, const double *from, int64_t from_stride,
                         int64_t reals)
{
    int64_t samples = to_stride ? reference->sources->batch : 1;
    for (int64_t i = 0; i < samples; i++)
        memcpy(to + i * to_stride, from + i * from_stride, (size_t)reals * sizeof *to);
}

static int64_t stride_of(const Type *type)
{
    return type->batched ? type_reals(type) : 0;
}

static const Type *region_input_type(const Graph *region, int64_t index)
{
    return &region->inputs[index].type;
}

/* One iteration: the region over the states so far and the slice at `position`; its outputs go to the stacks and become the states. */
static void evaluate_iteration(Reference *reference, const Node *node, const double *const *operands, double **inputs,
                               int64_t position, double **stacks)
{
    int64_t states = node->attributes[0].integer;
    int64_t sequences = node->attributes[1].integer;
    for (int64_t k = states; k < states + sequences; k++) {
        const Type *slice = region_input_type(node->region, k);
        const Type *sequence = graph_type(reference->graph, node->operands[k]);
        copy_samples(reference, inputs[k], stride_of(slice), operands[k] + position * type_reals(slice), stride_of(sequence),
                     type_reals(slice));
    }
    int64_t length = node->types[0].size[0];
    Reference inner = *reference;
    inner.graph = node->region;
    inner.given = inputs;
    inner.iteration = reference->iteration * (uint64_t)length + (uint64_t)position;
    evaluate_nodes(&inner);
    for (int64_t k = 0; k < states; k++) {
        Value next = node->region->outputs[k].value;
        const Type *type = graph_type(node->region, next);
        copy_samples(reference, stacks[k] + position * type_reals(type), stride_of(&node->types[k]), reference_value(&inner, next),
                     stride_of(type), type_reals(type));
    }
    for (int64_t k = 0; k < states; k++) {
        const Type *state = region_input_type(node->region, k);
        copy_samples(reference, inputs[k], stride_of(state), stacks[k] + position * type_reals(state), stride_of(&node->types[k]),
                     type_reals(state));
    }
}

static void evaluate_scan(Reference *reference, const Node *node, const double *const *operands, double **stacks)
{
    int64_t states = node->attributes[0].integer;
    int64_t sequences = node->attributes[1].integer;
    bool reverse = node->attributes[2].boolean;
    double **inputs = arena_take(reference->arena, (size_t)node->operand_count * sizeof *inputs);
    for (int32_t k = 0; k < node->operand_count; k++) {
        const Type *type = region_input_type(node->region, k);
        const Type *operand = graph_type(reference->graph, node->operands[k]);
        inputs[k] = arena_take(reference->arena, (size_t)value_reals(reference, type) * sizeof **inputs);
        if (k < states || k >= states + sequences)
            copy_samples(reference, inputs[k], stride_of(type), operands[k], stride_of(operand), type_reals(type));
    }
    int64_t length = node->types[0].size[0];
    for (int64_t i = 0; i < length; i++)
        evaluate_iteration(reference, node, operands, inputs, reverse ? length - 1 - i : i, stacks);
}

static void evaluate_node(Reference *reference, int64_t index)
{
    const Node *node = &reference->graph->nodes[index];
    double **results = arena_zero(reference->arena, (size_t)node->result_count, sizeof *results);
    reference->values[index] = results;
    if (op_is_source(node->op)) {
        results[0] = copy_value(reference, &node->types[0], source_value(reference, node));
        return;
    }
    const double **operands = arena_take(reference->arena, (size_t)node->operand_count * sizeof *operands);
    for (int32_t k = 0; k < node->operand_count; k++) {
        operands[k] = reference_value(reference, node->operands[k]);
        if (!operands[k])
            return;
    }
    for (int32_t i = 0; i < node->result_count; i++)
        results[i] = arena_zero(reference->arena, (size_t)value_reals(reference, &node->types[i]), sizeof **results);
    if (node->op == OP_SCAN)
        evaluate_scan(reference, node, operands, results);
    else
        evaluate_operation(reference, node, operands, results[0]);
    if (node->op != OP_SCAN && reference->sources->hook)
        reference->sources->hook(reference->sources->context, reference->graph, node, operands, results[0]);
}

/* Marks what a value depends on; operands come before their users. */
static void mark_initial(const Graph *graph, bool *marked)
{
    for (int64_t i = 0; i < graph->weight_count; i++)
        if (graph->weights[i].initial.node >= 0)
            marked[graph->weights[i].initial.node] = true;
    for (int64_t i = 0; i < graph->state_count; i++)
        if (graph->states[i].initial.node >= 0)
            marked[graph->states[i].initial.node] = true;
    for (int64_t i = graph->node_count - 1; i >= 0; i--)
        for (int32_t k = 0; marked[i] && k < graph->nodes[i].operand_count; k++)
            marked[graph->nodes[i].operands[k].node] = true;
}

/* Initial values first, since a weight may be read before the nodes that give its initial value. */
static void evaluate_nodes(Reference *reference)
{
    const Graph *graph = reference->graph;
    reference->values = arena_zero(reference->arena, (size_t)graph->node_count, sizeof(double **));
    bool *marked = arena_zero(reference->arena, (size_t)graph->node_count, sizeof *marked);
    mark_initial(graph, marked);
    for (int64_t i = 0; i < graph->node_count; i++)
        if (marked[i])
            evaluate_node(reference, i);
    for (int64_t i = 0; i < graph->node_count; i++)
        if (!marked[i])
            evaluate_node(reference, i);
}

Reference *reference_evaluate(Arena *arena, const Graph *graph, const ReferenceSources *sources)
{
    Reference *reference = arena_zero(arena, 1, sizeof *reference);
    reference->arena = arena;
    reference->graph = graph;
    reference->sources = arena_copy(arena, sources, sizeof *sources);
    evaluate_nodes(reference);
    return reference;
}

const double *reference_value(const Reference *reference, Value value)
{
    double **results = reference->values[value.node];
    return results ? results[value.result] : NULL;
}

/* The mean over the samples of one scalar for each. */
static double mean_value(const Reference *reference, Value value)
{
    const double *reals = reference_value(reference, value);
    int64_t samples = graph_type(reference->graph, value)->batched ? reference->sources->batch : 1;
    double sum = 0;
    for (int64_t i = 0; i < samples; i++)
        sum += reals[i];
    return sum / (double)samples;
}

double reference_objective(const Reference *reference)
{
    const Graph *graph = reference->graph;
    double objective = graph->objective.node >= 0 ? mean_value(reference, graph->objective) : 0;
    for (int64_t i = 0; i < graph->penalty_count; i++)
        objective += mean_value(reference, graph->penalties[i]);
    return objective;
}

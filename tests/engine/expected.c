/* See expected.h. */
#include "engine/expected.h"
#include "engine/local_check.h"

#include <math.h>
#include <string.h>

/* SLACK: how much farther a run may be than the farthest of ROUNDS evaluations. */
enum { ROUNDS = 10, SLACK = 8 };

/* Winograd's transforms enlarge rounding errors: by the product of their matrices' norms at worst, 36100 in two dimensions for F(4x4, 3x3), and by
 * about its root for errors of random sign (Higham and Mary, A new approach to probabilistic rounding error analysis). */
static const double winograd_growth = 190;

/* Larger numbers may overflow in single precision once they are squared and summed. */
static const double overflow = 1e12;

typedef struct Disturbance {
    int64_t batch;
    uint64_t seed;
    Precision precision;
    int round;
    uint64_t random;
} Disturbance;

/* Splitmix64 (Vigna), as a number in -1 .. 1. */
static double draw_sign(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
}

/* Whether a convolution is of those that Winograd's algorithm computes; then the entries of a tile share what each may be off. */
static bool may_be_winograd(const Graph *graph, const Node *node)
{
    if (node->op != OP_CONVOLVE)
        return false;
    const Type *weight = graph_type(graph, node->operands[1]);
    return weight->rank == 4 && weight->size[2] == 3 && weight->size[3] == 3;
}

static void share_tolerances(double *tolerances, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, tolerances[i]);
    for (int64_t i = 0; i < count; i++)
        tolerances[i] = winograd_growth * largest;
}

/* Operations that jump. */
static bool jumps(Op op)
{
    return op == OP_FLOOR || op == OP_REMAINDER || (op >= OP_EQUAL && op <= OP_LESS_EQUAL);
}

/* Who stands at the edge of a jump goes over it, up in one round and down in the next. */
static void step_over(const LocalValue *value, int round, double *result)
{
    double unit = value->precision == PRECISION_DOUBLE ? 0x1p-49 : 0x1p-20;
    operation_scaled(value->graph->arena, value, 1 + (round % 2 ? unit : -unit), result);
}

static void disturb(void *context, const Graph *graph, const Node *node, const double *const *operands, double *result)
{
    Disturbance *self = context;
    Arena *arena = graph->arena;
    const Type *type = &node->types[0];
    int64_t reals = type_reals(type), samples = type->batched ? self->batch : 1;
    double *tolerances = arena_take(arena, (size_t)(reals * samples) * sizeof *tolerances);
    LocalValue value = {.graph = graph,
                        .node = node,
                        .operands = operands,
                        .computed = result,
                        .batch = self->batch,
                        .seed = self->seed,
                        .precision = self->precision};
    if (jumps(node->op))
        step_over(&value, self->round, result);
    if (self->round < 2) /* nothing else moves away from the edge */
        return;
    operation_tolerances(arena, &value, tolerances);
    for (int64_t i = 0; may_be_winograd(graph, node) && i < samples; i++)
        share_tolerances(tolerances + i * reals, reals);
    for (int64_t i = 0; i < reals * samples; i++)
        if (tolerances[i] > 0)
            result[i] += tolerances[i] * draw_sign(&self->random);
}

static const Reference *evaluate(Arena *arena, const Graph *graph, const ModelData *data, Disturbance *disturbance)
{
    ReferenceSources sources = {
        .batch = data->batch,
        .inputs = (const double *const *)data->inputs,
        .weights = (const double *const *)data->weights,
        .states = (const double *const *)data->states,
        .seed = data->seed,
        .step = 3,
        .rate = data->rate,
        .hook = disturbance ? disturb : NULL,
        .context = disturbance,
    };
    return reference_evaluate(arena, graph, &sources);
}

static int64_t output_size(const Graph *graph, const ModelData *data, int64_t index)
{
    const Type *type = graph_type(graph, graph->outputs[index].value);
    return type_reals(type) * (type->batched ? data->batch : 1);
}

/* --- overflow ---------------------------------------------------------------------------------------------------------------- */

typedef struct Largeness {
    int64_t batch;
    bool found;
} Largeness;

/* Whether numbers become large anywhere, in regions too. */
static void find_large(void *context, const Graph *graph, const Node *node, const double *const *operands, double *result)
{
    (void)graph;
    (void)operands;
    Largeness *self = context;
    const Type *type = &node->types[0];
    for (int64_t i = 0; i < type_reals(type) * (type->batched ? self->batch : 1); i++)
        self->found |= fabs(result[i]) > overflow;
}

static bool has_large(const Graph *graph, const ModelData *data, const Reference *reference, Value value)
{
    const double *reals = reference_value(reference, value);
    const Type *type = graph_type(graph, value);
    for (int64_t i = 0; reals && i < type_reals(type) * (type->batched ? data->batch : 1); i++)
        if (fabs(reals[i]) > overflow)
            return true;
    return false;
}

/* Marks nodes that depend on large numbers; those of a region do not show, so every scan is suspected. */
static bool *mark_large(Arena *arena, const Graph *graph, const ModelData *data, const Reference *reference, bool large_somewhere)
{
    bool *large = arena_zero(arena, (size_t)graph->node_count, sizeof *large);
    for (int32_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        large[i] = large_somewhere && node->op == OP_SCAN;
        for (int32_t k = 0; k < node->operand_count; k++)
            large[i] |= large[node->operands[k].node];
        for (int32_t k = 0; k < node->result_count; k++)
            large[i] |= has_large(graph, data, reference, (Value){i, k});
    }
    return large;
}

static bool *find_overflow(Arena *arena, const Graph *graph, const ModelData *data)
{
    Largeness large = {.batch = data->batch};
    ReferenceSources sources = {
        .batch = data->batch,
        .inputs = (const double *const *)data->inputs,
        .weights = (const double *const *)data->weights,
        .states = (const double *const *)data->states,
        .seed = data->seed,
        .step = 3,
        .rate = data->rate,
        .hook = find_large,
        .context = &large,
    };
    return mark_large(arena, graph, data, reference_evaluate(arena, graph, &sources), large.found);
}

/* --- tolerances -------------------------------------------------------------------------------------------------------------- */

/* A NaN where another evaluation has none says that anything may come. */
static double distance(double a, double b)
{
    return isnan(a) && isnan(b) ? 0 : isnan(a - b) ? INFINITY : fabs(a - b);
}

static void widen(double *tolerances, const double *exact, const double *disturbed, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        tolerances[i] = fmax(tolerances[i], SLACK * distance(exact[i], disturbed[i]));
}

/* An entry that was lucky in all rounds gets what others of its kind get on average; and the last place of the output itself. */
static void level(double *tolerances, const double *exact, int64_t count, Precision precision)
{
    double unit = precision == PRECISION_DOUBLE ? 0x1p-50 : 0x1p-22, sum = 0;
    int64_t finite = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(tolerances[i])) {
            sum += tolerances[i];
            finite++;
        }
    for (int64_t i = 0; i < count; i++)
        tolerances[i] = fmax(tolerances[i], finite > 0 ? sum / (double)finite : 0) + (isnan(exact[i]) ? 0 : unit * fabs(exact[i]));
}

Expected expected_outputs(Arena *arena, const Graph *graph, const ModelData *data, Precision precision)
{
    size_t outputs = (size_t)graph->output_count;
    Expected expected = {arena_zero(arena, outputs, sizeof(double *)), arena_zero(arena, outputs, sizeof(double *))};
    const bool *large = find_overflow(arena, graph, data);
    const Reference *exact = evaluate(arena, graph, data, NULL);
    for (int64_t i = 0; i < graph->output_count; i++) {
        Value value = graph->outputs[i].value;
        expected.outputs[i] =
            arena_copy(arena, reference_value(exact, value), (size_t)output_size(graph, data, i) * sizeof(double));
        if (!large[value.node])
            expected.tolerances[i] = arena_zero(arena, (size_t)output_size(graph, data, i), sizeof(double));
    }
    Disturbance disturbance = {.batch = data->batch, .seed = data->seed, .precision = precision, .random = data->seed};
    for (int round = 0; round < ROUNDS; round++) {
        disturbance.round = round;
        const Reference *disturbed = evaluate(arena, graph, data, &disturbance);
        for (int64_t i = 0; i < graph->output_count; i++)
            if (expected.tolerances[i])
                widen(expected.tolerances[i], expected.outputs[i], reference_value(disturbed, graph->outputs[i].value),
                      output_size(graph, data, i));
    }
    for (int64_t i = 0; i < graph->output_count; i++)
        if (expected.tolerances[i])
            level(expected.tolerances[i], expected.outputs[i], output_size(graph, data, i), precision);
    return expected;
}

/* --- comparison -------------------------------------------------------------------------------------------------------------- */

static bool is_sharp(const double *tolerances, const double *exact, int64_t count, Precision precision)
{
    double largest = 0, widest = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(exact[i]));
        widest = fmax(widest, tolerances[i]);
    }
    return widest <= (precision == PRECISION_DOUBLE ? 1e-9 : 1e-3) * largest;
}

const char *expected_check(Arena *arena, const Graph *graph, const ModelData *data, const Expected *expected, Precision precision,
                           double *const *outputs, ExpectedCounts *counts)
{
    for (int64_t i = 0; i < graph->output_count; i++) {
        const double *exact = expected->outputs[i], *tolerances = expected->tolerances[i];
        int64_t count = output_size(graph, data, i);
        if (!tolerances) {
            counts->skipped++;
            continue;
        }
        counts->compared++;
        counts->sharp += is_sharp(tolerances, exact, count, precision);
        for (int64_t k = 0; k < count; k++)
            if (!(distance(outputs[i][k], exact[k]) <= tolerances[k]))
                return arena_printf(arena, "output %lld, entry %lld of %lld is %.17g, not %.17g within %.3g", (long long)i,
                                    (long long)k, (long long)count, outputs[i][k], exact[k], tolerances[k]);
    }
    return NULL;
}

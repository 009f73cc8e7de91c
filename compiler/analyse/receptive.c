/* Receptive fields: takes a Graph, gives for each node what its entries see of the input, from the fields of its operands; see receptive.h.
 *
 * Each operation is one rule from the field of an operand to that of the result; several operands are joined. An operation that has no rule
 * of its own mixes everything it touches, which bounds it from above. */
#include "analyse/receptive.h"

#include <math.h>
#include <string.h>

/* Halfway between rounding errors of the arithmetic on steps (sums of a few fractions) and the smallest distance of entries, 1. */
#define FRACTION_SLACK 1e-6

int64_t receptive_size(const ReceptiveAxis *axis)
{
    return (int64_t)floor(axis->last - axis->first + FRACTION_SLACK) + 1;
}

bool receptive_is_whole(const Receptive *receptive)
{
    for (int i = 0; i < receptive->axes; i++) {
        const ReceptiveAxis *axis = &receptive->axis[i];
        if (axis->dimension >= 0 && axis->extent > 1)
            return false;
        if (axis->first > FRACTION_SLACK || axis->last < (double)axis->extent - 1 - FRACTION_SLACK)
            return false;
    }
    return receptive->axes > 0;
}

/* All n entries along the field's dimension become visible to each: the field stands still. */
static void spread(ReceptiveAxis *axis, int64_t n)
{
    double way = axis->step * (double)(n - 1);
    if (axis->dimension < 0)
        return;
    if (way > 0)
        axis->last += way;
    else
        axis->first += way;
    axis->dimension = -1;
    axis->step = 0;
}

static void spread_axis(ReceptiveAxis *axis, const Type *type)
{
    if (axis->dimension >= 0)
        spread(axis, type->size[axis->dimension]);
}

/* The operation reads, for entry o, the entries stride o + from to stride o + to of its operand. */
static void slide(ReceptiveAxis *axis, double stride, double from, double to)
{
    double low = axis->step * from, high = axis->step * to;
    axis->first += low < high ? low : high;
    axis->last += low < high ? high : low;
    axis->step *= stride;
}

/* Joins what two operands see; both fields are of the result, whose type tells how far one moves that must stand still. */
static void join_axis(ReceptiveAxis *a, ReceptiveAxis b, const Type *result)
{
    if (a->dimension != b.dimension || a->step != b.step) {
        spread_axis(a, result);
        spread_axis(&b, result);
    }
    a->first = fmin(a->first, b.first);
    a->last = fmax(a->last, b.last);
    if (b.extent > a->extent)
        a->extent = b.extent;
}

static void join(Receptive *a, const Receptive *b, const Type *result)
{
    if (a->axes == 0) {
        *a = *b;
        return;
    }
    for (int i = 0; i < b->axes; i++) {
        if (i < a->axes)
            join_axis(&a->axis[i], b->axis[i], result);
        else
            a->axis[a->axes++] = b->axis[i];
    }
}

/* ---- Rules: the field of operand k becomes that of the result ---------------------------------------------------------------- */

typedef void (*Rule)(const OpUse *use, int k, ReceptiveAxis *axis);

static void mix_all(const OpUse *use, int k, ReceptiveAxis *axis)
{
    spread_axis(axis, &use->operand[k]);
}

/* Element-wise with broadcasting: dimensions are aligned from the right; one of size 1 is seen by all that it is repeated for. */
static void broadcast_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 0)
        return;
    int place = axis->dimension + use->result.rank - use->operand[k].rank;
    if (use->operand[k].size[axis->dimension] != use->result.size[place])
        spread_axis(axis, &use->operand[k]);
    else
        axis->dimension = place;
}

/* The window that slides over spatial axis `place` (from 0) of the operand. */
typedef struct Tap {
    int64_t size, stride, before, dilation;
} Tap;

static bool has_attribute(const OpUse *use, const char *name)
{
    for (int i = 0; i < op_attribute_count(use->info); i++)
        if (strcmp(use->info->attributes[i].name, name) == 0)
            return true;
    return false;
}

static int64_t list_item(const OpUse *use, const char *name, int64_t index)
{
    int64_t count;
    return use_list(use, name, &count)[index];
}

static Tap window_tap(const OpUse *use, int place)
{
    Tap tap = {.dilation = 1};
    if (use->info->op == OP_CONVOLVE || use->info->op == OP_CONVOLVE_TRANSPOSED)
        tap.size = use->operand[1].size[2 + place];
    else
        tap.size = list_item(use, "window", place);
    tap.stride = list_item(use, "stride", place);
    tap.before = list_item(use, "pad", 2 * (int64_t)place);
    if (has_attribute(use, "dilation"))
        tap.dilation = list_item(use, "dilation", place);
    return tap;
}

/* Convolution and pooling. The weight's own field, should it have one, is mixed. */
static void window_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (k > 0 || axis->dimension < 1) {
        mix_all(use, k, axis);
        return;
    }
    Tap tap = window_tap(use, axis->dimension - 1);
    slide(axis, (double)tap.stride, (double)-tap.before, (double)((tap.size - 1) * tap.dilation - tap.before));
}

/* Entry o of the result is reached from entry i of x when o = i stride + t dilation - before for a tap t. */
static void transposed_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (k > 0 || axis->dimension < 1) {
        mix_all(use, k, axis);
        return;
    }
    Tap tap = window_tap(use, axis->dimension - 1);
    double stride = (double)tap.stride;
    slide(axis, 1 / stride, (double)(tap.before - (tap.size - 1) * tap.dilation) / stride, (double)tap.before / stride);
}

/* Entry o of m sees entries o n / m, rounded down, to (o + 1) n / m, rounded up, of n. */
static void adaptive_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 1) {
        mix_all(use, k, axis);
        return;
    }
    double n = (double)use->operand[k].size[axis->dimension], m = (double)use->result.size[axis->dimension];
    double uneven = fmod(n, m) == 0 ? 0 : 1;
    slide(axis, n / m, -uneven, n / m - 1 + uneven);
}

/* The place of entry o is stride o + start; see ops/resize.c. The nearest entry is less than 1/2 above or at most 1/2 below it, the two that a
 * linear method reads less than 1 away. */
static void resize_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 0 || use->operand[k].size[axis->dimension] == use->result.size[axis->dimension])
        return;
    double n = (double)use->operand[k].size[axis->dimension], m = (double)use->result.size[axis->dimension];
    bool aligned = strcmp(use_name(use, "corners"), "align") == 0;
    double reach = (strcmp(use_name(use, "method"), "nearest") == 0 ? 0.5 : 1) - FRACTION_SLACK;
    double stride = aligned ? (m > 1 ? (n - 1) / (m - 1) : 0) : n / m;
    double start = aligned ? 0 : (stride - 1) / 2;
    slide(axis, stride, start - reach, start + reach);
}

/* Whether a reduction goes over this dimension. */
static bool is_reduced(const OpUse *use, int dimension)
{
    if (use->info->op == OP_ARGMAX)
        return use_integer(use, "axis") == dimension;
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        if (axes[i] == dimension)
            return true;
    return count == 0;
}

static void reduce_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 0)
        return;
    if (is_reduced(use, axis->dimension)) {
        mix_all(use, k, axis);
        return;
    }
    int gone = 0;
    for (int i = 0; i < axis->dimension; i++)
        gone += is_reduced(use, i);
    if (use->result.rank < use->operand[k].rank)
        axis->dimension -= gone;
}

static void cumulative_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension == use_integer(use, "axis"))
        mix_all(use, k, axis);
}

/* The rows of a left factor and the columns of a right one stay apart, and so do dimensions in front; what is summed over mixes. */
static void matmul_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    const Type *type = &use->operand[k];
    bool transposed = use_boolean(use, k == 0 ? "transpose_a" : "transpose_b");
    int summed = type->rank == 1 ? 0 : type->rank - ((k == 0) != transposed ? 1 : 2);
    int other_rank = use->operand[1 - k].rank;
    if (axis->dimension < 0)
        return;
    if (axis->dimension == summed || (axis->dimension < type->rank - 2 && other_rank > 2)) {
        mix_all(use, k, axis);
        return;
    }
    bool in_front = axis->dimension < type->rank - 2;
    int behind = other_rank == 1 ? 1 : 2; /* dimensions of the matrix in the result */
    if (in_front)
        axis->dimension += use->result.rank - behind - (type->rank - 2);
    else
        axis->dimension = k == 0 ? use->result.rank - behind : use->result.rank - 1;
}

/* A dimension survives where the result has one of its size with as many entries behind it. */
static void reshape_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 0)
        return;
    int64_t behind = 1, there = 1;
    for (int i = use->operand[k].rank - 1; i > axis->dimension; i--)
        behind *= use->operand[k].size[i];
    for (int i = use->result.rank - 1; i >= 0 && there <= behind; i--) {
        if (there == behind && use->result.size[i] == use->operand[k].size[axis->dimension]) {
            axis->dimension = i;
            return;
        }
        there *= use->result.size[i];
    }
    mix_all(use, k, axis);
}

static void permute_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    (void)k;
    for (int i = 0; i < use->result.rank; i++)
        if (axis->dimension >= 0 && list_item(use, "axes", i) == axis->dimension) {
            axis->dimension = i;
            return;
        }
}

static void slice_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension < 0 || axis->dimension != use_integer(use, "axis"))
        return;
    int64_t start = use_integer(use, "start");
    if (start < 0)
        start += use->operand[k].size[axis->dimension];
    slide(axis, (double)use_integer(use, "step"), (double)start, (double)start);
}

static void concatenate_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension == use_integer(use, "axis") && use->operand_count > 1)
        mix_all(use, k, axis);
}

static void pad_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    (void)k;
    if (axis->dimension < 0)
        return;
    double before = (double)list_item(use, "amounts", 2 * (int64_t)axis->dimension);
    slide(axis, 1, -before, -before);
}

/* x keeps the dimensions around the axis; indices reach anything. */
static void gather_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    int64_t place = use_integer(use, "axis");
    if (axis->dimension < 0)
        return;
    if (k == 1)
        axis->dimension += (int)place;
    else if (axis->dimension == place)
        mix_all(use, k, axis);
    else if (axis->dimension > place)
        axis->dimension += use->operand[1].rank - 1;
}

static void leave(const OpUse *use, int k, ReceptiveAxis *axis)
{
    (void)use;
    (void)k;
    (void)axis;
}

static void fourier_rule(const OpUse *use, int k, ReceptiveAxis *axis)
{
    if (axis->dimension >= use->operand[k].rank - use_integer(use, "axes"))
        mix_all(use, k, axis);
}

static Rule rule_of(Op op)
{
    switch (op) {
    case OP_CONVOLVE:
    case OP_POOL_MAX:
    case OP_POOL_MEAN:
        return window_rule;
    case OP_CONVOLVE_TRANSPOSED:
        return transposed_rule;
    case OP_ADAPTIVE_POOL_MAX:
    case OP_ADAPTIVE_POOL_MEAN:
        return adaptive_rule;
    case OP_RESIZE:
        return resize_rule;
    case OP_REDUCE_SUM:
    case OP_REDUCE_MEAN:
    case OP_REDUCE_MAX:
    case OP_REDUCE_MIN:
    case OP_ARGMAX:
        return reduce_rule;
    case OP_CUMULATIVE_SUM:
        return cumulative_rule;
    case OP_MATMUL:
        return matmul_rule;
    case OP_RESHAPE:
        return reshape_rule;
    case OP_BROADCAST:
        return broadcast_rule;
    case OP_PERMUTE:
        return permute_rule;
    case OP_SLICE:
        return slice_rule;
    case OP_CONCATENATE:
        return concatenate_rule;
    case OP_PAD:
        return pad_rule;
    case OP_GATHER:
        return gather_rule;
    case OP_ONE_HOT:
        return leave;
    case OP_FFT:
    case OP_IFFT:
        return fourier_rule;
    default:
        break;
    }
    bool element_wise = (op >= OP_NEGATE && op <= OP_WHERE) || (op >= OP_COMPLEX && op <= OP_MODULUS);
    return element_wise ? broadcast_rule : mix_all;
}

/* ---- The walk --------------------------------------------------------------------------------------------------------------- */

static Receptive input_field(const Type *type)
{
    Receptive field = {.axes = 0};
    for (int dimension = 1; dimension < type->rank && field.axes < RECEPTIVE_AXES; dimension++)
        field.axis[field.axes++] = (ReceptiveAxis){.dimension = dimension, .extent = type->size[dimension], .step = 1};
    return field;
}

static Receptive node_field(const Graph *graph, const Node *node, const Receptive *fields, Arena *arena)
{
    Receptive field = {.axes = 0};
    if (node->op == OP_INPUT)
        return input_field(&node->types[0]);
    if (node->operand_count == 0 || op_info(node->op)->random)
        return field;
    OpUse use = graph_use(graph, node, arena);
    Rule rule = rule_of(node->op);
    for (int k = 0; k < node->operand_count; k++) {
        Receptive part = fields[node->operands[k].node];
        for (int i = 0; i < part.axes; i++)
            rule(&use, k, &part.axis[i]);
        join(&field, &part, &use.result);
    }
    return field;
}

Receptive *analyse_receptive(const Graph *graph, Arena *arena)
{
    Receptive *fields = arena_zero(arena, (size_t)graph->node_count, sizeof *fields);
    for (int64_t i = 0; i < graph->node_count; i++)
        fields[i] = node_field(graph, &graph->nodes[i], fields, arena);
    return fields;
}

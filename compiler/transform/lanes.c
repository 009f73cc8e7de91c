/* Lanes: takes the Graph of a step of training and the size of its batch, gives one that computes on images with the samples in lanes.
 *
 * Batches are large and images small in training, and the same values are needed forward and backward: with the samples in lanes vectors are full whatever
 * the number of channels, element-wise operations need not know of it, and sums over the batch are sums over axes. One walk in the order of the Graph: convolutions
 * and what lies between them work in lanes; everything else stays as it is, and values are converted between the two. */
#include "transform/lanes.h"

#include "kernel/blocks.h"
#include "transform/transform.h"

#include <string.h>

/* --- forms of a value --------------------------------------------------------------------------------------------------------- */

bool lanes_has_form(const LaneArranger *arranger, Value old)
{
    return old.result == 0 && arranger->in_lanes[old.node].node >= 0;
}

Value lanes_plain(LaneArranger *arranger, Value old, int32_t origin)
{
    if (old.node < 0)
        return no_value;
    Value value = rewrite_value(&arranger->base.rewrite, old);
    if (value.node >= 0 || !lanes_has_form(arranger, old))
        return value;
    OpUse use = arrange_attributes(&arranger->base, OP_FROM_LANES);
    arrange_set_integer(&use, "samples", arranger->samples);
    value = arrange_append(&arranger->base, &use, &arranger->in_lanes[old.node], 1, origin);
    arranger->base.rewrite.map[old.node] = value;
    return value;
}

Value lanes_form(LaneArranger *arranger, Value old, int32_t origin)
{
    if (lanes_has_form(arranger, old))
        return arranger->in_lanes[old.node];
    Value value = lanes_plain(arranger, old, origin);
    OpUse use = arrange_attributes(&arranger->base, OP_TO_LANES);
    arrange_set_integer(&use, "samples", arranger->samples);
    arrange_set_integer(&use, "lanes", arranger->base.lanes);
    value = arrange_append(&arranger->base, &use, &value, 1, origin);
    if (old.result == 0)
        arranger->in_lanes[old.node] = value;
    return value;
}

static bool can_stand_in_lanes(const LaneArranger *arranger, Value old)
{
    const Type *type = graph_type(arranger->base.old, old);
    bool number = type->element == ELEMENT_REAL || type->element == ELEMENT_INTEGER;
    return type->batched && type->rank + 2 <= MAX_RANK && (lanes_has_form(arranger, old) || number);
}

/* --- element by element ------------------------------------------------------------------------------------------------------- */

static bool is_elementwise(Op op)
{
    return (op >= OP_NEGATE && op <= OP_STOP_GRADIENT) || (op >= OP_ADD && op <= OP_WHERE);
}

/* What is repeated can be read as it is by what repeats its operands itself. */
static Value look_through(const LaneArranger *arranger, Value value)
{
    const Node *node = graph_node(arranger->base.old, value);
    return node->op == OP_BROADCAST && !lanes_has_form(arranger, value) ? node->operands[0] : value;
}

/* An operand of an element-wise operation whose samples have `rank` axes: its axes meet those of the others. */
static Value element_operand(LaneArranger *arranger, Value old, int rank, int32_t origin)
{
    const Type *type = graph_type(arranger->base.old, old);
    int64_t size[MAX_RANK] = {0};
    if (!type->batched) {
        Value value = lanes_plain(arranger, old, origin);
        memcpy(size, type->size, (size_t)type->rank * sizeof *size);
        size[type->rank] = 1;
        return type->rank == 0 ? value : arrange_reshape(&arranger->base, value, size, type->rank + 1, origin);
    }
    Value value = lanes_form(arranger, old, origin);
    if (type->rank == rank)
        return value;
    size[0] = blocks_of(arranger->samples, arranger->base.lanes);
    for (int i = 0; i < rank; i++)
        size[1 + i] = i < rank - type->rank ? 1 : type->size[i - (rank - type->rank)];
    size[1 + rank] = arranger->base.lanes;
    return arrange_reshape(&arranger->base, value, size, rank + 2, origin);
}

static bool arrange_elements(LaneArranger *arranger, int32_t index)
{
    const Node *node = &arranger->base.old->nodes[index];
    const Type *type = &node->types[0];
    Value old[3], operands[3];
    bool found = false;
    if (!type->batched || type->rank < 2 || type->rank + 2 > MAX_RANK || type->element == ELEMENT_COMPLEX)
        return false;
    for (int32_t k = 0; k < node->operand_count; k++) {
        old[k] = look_through(arranger, node->operands[k]);
        const Type *own = graph_type(arranger->base.old, old[k]);
        if (own->element == ELEMENT_COMPLEX || (own->batched && !can_stand_in_lanes(arranger, old[k])))
            return false;
        found |= lanes_has_form(arranger, old[k]) && type_same_shape(own, type);
    }
    if (!found)
        return false;
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = element_operand(arranger, old[k], type->rank, node->origin);
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    arranger->in_lanes[index] = arrange_append(&arranger->base, &use, operands, node->operand_count, node->origin);
    return true;
}

/* --- sums --------------------------------------------------------------------------------------------------------------------- */

/* Whether all axes of an image but its channels are reduced. */
static bool reduces_pixels(const Node *node, const Type *x)
{
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    int64_t count;
    const int64_t *axes = use_list(&use, "axes", &count);
    bool all = x->rank >= 2 && count == x->rank - 1;
    for (int64_t i = 0; i < count; i++)
        all = all && axes[i] != 0;
    return all;
}

/* The mean over the batch of sums or means of channels. */
static bool arrange_batch_mean(LaneArranger *arranger, int32_t index)
{
    const Graph *old = arranger->base.old;
    const Node *node = &old->nodes[index], *reduction = graph_node(old, node->operands[0]);
    if (reduction->op != OP_REDUCE_SUM && reduction->op != OP_REDUCE_MEAN)
        return false;
    const Type *x = graph_type(old, reduction->operands[0]);
    if (!lanes_has_form(arranger, reduction->operands[0]) || x->element == ELEMENT_COMPLEX || !reduces_pixels(reduction, x))
        return false;
    int64_t pixels = reduction->op == OP_REDUCE_MEAN ? type_elements(x) / x->size[0] : 1;
    OpUse use = arrange_attributes(&arranger->base, OP_SUM_LANES);
    arrange_set_integer(&use, "samples", arranger->samples);
    use_attribute(&use, "factor")->real = 1 / ((double)pixels * (double)arranger->samples);
    Value value = lanes_form(arranger, reduction->operands[0], node->origin);
    value = arrange_append(&arranger->base, &use, &value, 1, node->origin);
    arranger->base.rewrite.map[index] =
        node->types[0].rank == 1 ? value
                                 : arrange_reshape(&arranger->base, value, node->types[0].size, node->types[0].rank, node->origin);
    return true;
}

/* Sums or means over all pixels, sample by sample. */
static bool arrange_reduction(LaneArranger *arranger, int32_t index)
{
    const Graph *old = arranger->base.old;
    const Node *node = &old->nodes[index];
    const Type *x = graph_type(old, node->operands[0]);
    OpUse given = {.info = op_info(node->op), .attributes = node->attributes};
    if (!lanes_has_form(arranger, node->operands[0]) || x->element == ELEMENT_COMPLEX || !reduces_pixels(node, x))
        return false;
    int64_t axes[MAX_RANK];
    for (int i = 1; i < x->rank; i++)
        axes[i - 1] = i + 1;
    OpUse use = arrange_attributes(&arranger->base, node->op);
    arrange_set_list(&use, "axes", axes, x->rank - 1);
    use_attribute(&use, "keep")->boolean = use_boolean(&given, "keep");
    Value value = lanes_form(arranger, node->operands[0], node->origin);
    arranger->in_lanes[index] = arrange_append(&arranger->base, &use, &value, 1, node->origin);
    return true;
}

/* --- the walk ----------------------------------------------------------------------------------------------------------------- */

static bool arrange_node(LaneArranger *arranger, int32_t index)
{
    const Node *node = &arranger->base.old->nodes[index];
    if (arranger->tail[index] >= 0)
        return lanes_convolution(arranger, index);
    if (node->op == OP_WHERE && lanes_rectified_spread(arranger, index))
        return true;
    if (is_elementwise(node->op))
        return arrange_elements(arranger, index);
    switch (node->op) {
    case OP_CONVOLVE_TRANSPOSED:
    case OP_CONVOLVE_WEIGHT:
        return lanes_convolution(arranger, index);
    case OP_POOL_MAX:
    case OP_POOL_MEAN:
    case OP_POOL_MAX_SPREAD:
        return lanes_pool(arranger, index);
    case OP_BATCH_MEAN:
        return arrange_batch_mean(arranger, index);
    case OP_REDUCE_SUM:
    case OP_REDUCE_MEAN:
        return arrange_reduction(arranger, index);
    default:
        return false;
    }
}

static void copy_node(LaneArranger *arranger, int32_t index, Value *operands)
{
    const Node *node = &arranger->base.old->nodes[index];
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = lanes_plain(arranger, node->operands[k], node->origin);
    arranger->base.rewrite.map[index] = rewrite_append(&arranger->base.rewrite, node, operands, node->region);
}

/* What the tables name must be plain. */
static void finish_values(LaneArranger *arranger)
{
    const Graph *old = arranger->base.old;
    for (int64_t i = 0; i < old->output_count; i++)
        lanes_plain(arranger, old->outputs[i].value, 0);
    for (int64_t i = 0; i < old->penalty_count; i++)
        lanes_plain(arranger, old->penalties[i], 0);
    for (int64_t i = 0; i < old->state_count; i++)
        lanes_plain(arranger, old->states[i].next, 0);
    lanes_plain(arranger, old->objective, 0);
}

/* Lanes that no sample fills are computed for nothing. */
static bool fills_lanes(int64_t samples, int64_t lanes)
{
    return samples > 0 && 3 * samples >= 2 * blocks_of(samples, lanes) * lanes;
}

Graph *transform_step(Arena *arena, const Graph *graph, const StepOptions *step)
{
    const TransformOptions options = {0};
    const Graph *pruned = transform_prune(arena, graph, &options);
    if (!fills_lanes(step->samples, step->lanes))
        return transform_elements(arena, pruned, &options);
    size_t count = (size_t)pruned->node_count;
    LaneArranger arranger = {.base = {.arena = arena,
                                      .old = pruned,
                                      .lanes = step->lanes,
                                      .rewrite = rewrite_begin(arena, pruned),
                                      .survey = survey_make(arena, pruned, &options)},
                             .samples = step->samples,
                             .in_lanes = arena_take(arena, (count + 1) * sizeof *arranger.in_lanes),
                             .tail = arena_take(arena, (count + 1) * sizeof *arranger.tail),
                             .inner = arena_zero(arena, count + 1, sizeof *arranger.inner)};
    for (int64_t i = 0; i < pruned->node_count; i++) {
        arranger.in_lanes[i] = no_value;
        arranger.tail[i] = -1;
    }
    lanes_find_tails(&arranger);
    Value *operands = arena_take(arena, ((size_t)rewrite_widest(pruned) + 1) * sizeof *operands);
    for (int32_t i = 0; i < pruned->node_count; i++)
        if (!arranger.inner[i] && !arrange_node(&arranger, i))
            copy_node(&arranger, i, operands);
    finish_values(&arranger);
    const Graph *arranged = transform_prune(arena, rewrite_end(&arranger.base.rewrite), &options);
    return transform_elements(arena, arranged, &options);
}

/* Nodes that work on blocked images as they are: element by element, pooling, concatenation; see arrange.h. */
#include "transform/arrange.h"

#include <string.h>

static bool has_blocked_operand(const Arranger *arranger, const Node *node)
{
    for (int32_t k = 0; k < node->operand_count; k++)
        if (arrange_has_blocked(arranger, node->operands[k]) &&
            type_equal(graph_type(arranger->old, node->operands[k]), &node->types[0]))
            return true;
    return false;
}

/* --- element by element ------------------------------------------------------------------------------------------------------ */

static bool is_elementwise(Op op)
{
    return (op >= OP_NEGATE && op <= OP_RELU) || (op >= OP_ADD && op <= OP_MINIMUM);
}

/* Whether an operand has the shape of the result, one entry for each channel, or one entry. */
static bool fits_blocks(const Arranger *arranger, Value value, const Type *whole)
{
    const Type *type = graph_type(arranger->old, value);
    int64_t elements = type_elements(type);
    bool same = type->rank == whole->rank && memcmp(type->size, whole->size, (size_t)whole->rank * sizeof *type->size) == 0;
    bool per_channel = type->rank == whole->rank && type->size[0] == whole->size[0] && elements == whole->size[0];
    return type->element == ELEMENT_REAL && (same || per_channel || elements == 1);
}

/* The blocked form of such an operand; a number as one of rank 0. */
static Value in_blocks(Arranger *arranger, Value value, const Type *whole, int32_t origin)
{
    const Type *type = graph_type(arranger->old, value);
    if (type_elements(type) > 1 || (type->rank == whole->rank && type_elements(whole) == 1))
        return arrange_blocked(arranger, value, origin);
    Value number = arrange_plain(arranger, value, origin);
    return type->rank == 0 ? number : arrange_reshape(arranger, number, NULL, 0, origin);
}

static bool arrange_elements(Arranger *arranger, int32_t index)
{
    const Node *node = &arranger->old->nodes[index];
    const Type *type = &node->types[0];
    int64_t size[3];
    if (!arrange_image(type, size) || !has_blocked_operand(arranger, node))
        return false;
    Value operands[2];
    for (int32_t k = 0; k < node->operand_count; k++)
        if (!fits_blocks(arranger, node->operands[k], type))
            return false;
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = in_blocks(arranger, node->operands[k], type, node->origin);
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    arranger->blocked[index] = arrange_append(arranger, &use, operands, node->operand_count, node->origin);
    return true;
}

/* --- pooling ----------------------------------------------------------------------------------------------------------------- */

typedef struct Pooling {
    bool mean, count_padding;
    int64_t window[2], stride[2], padding[4];
} Pooling;

/* A window with its stride and padding; positions that `ceil` adds stand on more padding behind, which a maximum does not see. */
static bool read_window(const Arranger *arranger, const Node *node, Pooling *pooling)
{
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    int64_t count;
    const Type *x = graph_type(arranger->old, node->operands[0]);
    const int64_t *pad = use_list(&use, "pad", &count);
    pooling->mean = node->op == OP_POOL_MEAN;
    pooling->count_padding = pooling->mean && use_boolean(&use, "count_padding");
    for (int axis = 0; axis < 2; axis++) {
        pooling->window[axis] = use_list(&use, "window", &count)[axis];
        pooling->stride[axis] = use_list(&use, "stride", &count)[axis];
        int64_t before = pad[2 * axis], after = pad[2 * axis + 1];
        int64_t reached = (node->types[0].size[axis + 1] - 1) * pooling->stride[axis] + pooling->window[axis];
        int64_t more = reached - x->size[axis + 1] - before;
        if (more > after && pooling->mean)
            return false;
        pooling->padding[2 * axis] = before;
        pooling->padding[2 * axis + 1] = more > after ? more : after;
    }
    return true;
}

/* Bins that are all alike are windows side by side. */
static bool read_bins(const Arranger *arranger, const Node *node, Pooling *pooling)
{
    const Type *x = graph_type(arranger->old, node->operands[0]);
    pooling->mean = node->op == OP_ADAPTIVE_POOL_MEAN;
    for (int axis = 0; axis < 2; axis++) {
        int64_t bins = node->types[0].size[axis + 1], size = x->size[axis + 1];
        if (size % bins != 0)
            return false;
        pooling->window[axis] = pooling->stride[axis] = size / bins;
    }
    return true;
}

static bool append_pooling(Arranger *arranger, int32_t index, const Pooling *pooling, Value *result)
{
    const Node *node = &arranger->old->nodes[index];
    OpUse use = arrange_attributes(arranger, OP_POOL_BLOCKS);
    use_attribute(&use, "kind")->name = pooling->mean ? "mean" : "max";
    use_attribute(&use, "count_padding")->boolean = pooling->count_padding;
    arrange_set_list(&use, "window", pooling->window, 2);
    arrange_set_list(&use, "stride", pooling->stride, 2);
    arrange_set_list(&use, "padding", pooling->padding, 4);
    arrange_set_list(&use, "dilation", (int64_t[]){1, 1}, 2);
    Value x = arranger->blocked[node->operands[0].node];
    return arrange_try(arranger, &use, &x, 1, node->origin, result);
}

static bool arrange_pool(Arranger *arranger, int32_t index)
{
    const Node *node = &arranger->old->nodes[index];
    Pooling pooling = {0};
    bool adaptive = node->op == OP_ADAPTIVE_POOL_MAX || node->op == OP_ADAPTIVE_POOL_MEAN;
    if (node->types[0].rank != 3 || node->types[0].element != ELEMENT_REAL || !arrange_has_blocked(arranger, node->operands[0]) ||
        !(adaptive ? read_bins(arranger, node, &pooling) : read_window(arranger, node, &pooling)))
        return false;
    return append_pooling(arranger, index, &pooling, &arranger->blocked[index]);
}

/* A mean or maximum over all positions: one window, whose result is a vector of channels. */
static bool arrange_whole(Arranger *arranger, int32_t index)
{
    const Node *node = &arranger->old->nodes[index];
    const Type *x = graph_type(arranger->old, node->operands[0]);
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    int64_t count;
    const int64_t *axes = use_list(&use, "axes", &count);
    if (x->rank != 3 || x->element != ELEMENT_REAL || !arrange_has_blocked(arranger, node->operands[0]) || count != 2 ||
        axes[0] + axes[1] != 3 || axes[0] * axes[1] != 2)
        return false;
    Pooling pooling = {.mean = node->op == OP_REDUCE_MEAN, .window = {x->size[1], x->size[2]}, .stride = {1, 1}};
    Value pooled;
    if (!append_pooling(arranger, index, &pooling, &pooled))
        return false;
    OpUse from = arrange_attributes(arranger, OP_FROM_BLOCKS);
    arrange_set_integer(&from, "channels", x->size[0]);
    pooled = arrange_append(arranger, &from, &pooled, 1, node->origin);
    arranger->rewrite.map[index] = arrange_reshape(arranger, pooled, node->types[0].size, node->types[0].rank, node->origin);
    return true;
}

/* --- concatenation ----------------------------------------------------------------------------------------------------------- */

/* Channels behind one another, where no part but the last ends within a block. */
static bool arrange_concatenation(Arranger *arranger, int32_t index)
{
    const Node *node = &arranger->old->nodes[index];
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    bool blocked = use_integer(&use, "axis") == 0 && node->types[0].rank == 3;
    for (int32_t k = 0; k < node->operand_count && blocked; k++) {
        const Type *type = graph_type(arranger->old, node->operands[k]);
        blocked = arrange_has_blocked(arranger, node->operands[k]) && type->rank == 3 &&
                  (k == node->operand_count - 1 || type->size[0] % arranger->lanes == 0);
    }
    if (!blocked)
        return false;
    Value *operands = arena_take(arranger->arena, (size_t)node->operand_count * sizeof *operands);
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = arranger->blocked[node->operands[k].node];
    arranger->blocked[index] = arrange_append(arranger, &use, operands, node->operand_count, node->origin);
    return true;
}

bool arrange_on_blocks(Arranger *arranger, int32_t index)
{
    const Node *node = &arranger->old->nodes[index];
    if (is_elementwise(node->op))
        return arrange_elements(arranger, index);
    switch (node->op) {
    case OP_POOL_MAX:
    case OP_POOL_MEAN:
    case OP_ADAPTIVE_POOL_MAX:
    case OP_ADAPTIVE_POOL_MEAN:
        return arrange_pool(arranger, index);
    case OP_REDUCE_MEAN:
    case OP_REDUCE_MAX:
        return arrange_whole(arranger, index);
    case OP_CONCATENATE:
        return arrange_concatenation(arranger, index);
    default:
        return false;
    }
}

/* Convolutions and pooling of batches in lanes, and their gradients; see lanes.h. */
#include "transform/lanes.h"

#include "kernel/lanes.h"
#include "transform/constant.h"

#include <string.h>

/* --- convolutions ------------------------------------------------------------------------------------------------------------- */

/* Whether the window of a convolution, of its gradient or of its weight's gradient is one over images that the kernels take. */
static bool is_image_window(const LaneArranger *arranger, const Node *node, int image, const int64_t *window)
{
    const Type *type = graph_type(arranger->base.old, node->operands[image]);
    return type->rank == 3 && type->batched && type->element == ELEMENT_REAL && window[0] <= LANE_TAPS && window[1] <= LANE_TAPS;
}

static bool is_lane_convolution(const LaneArranger *arranger, const Node *node)
{
    if (node->op != OP_CONVOLVE)
        return false;
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    const Type *weight = graph_type(arranger->base.old, node->operands[1]);
    return weight->rank == 4 && !weight->batched && weight->element == ELEMENT_REAL &&
           strcmp(use_name(&use, "pad_mode"), "zero") == 0 && is_image_window(arranger, node, 0, weight->size + 2);
}

/* Whether a node adds a number to each channel of the value before it. */
static bool adds_bias(const LaneArranger *arranger, const Node *node, int32_t before)
{
    if (node->op != OP_ADD || !type_equal(&node->types[0], &arranger->base.old->nodes[before].types[0]))
        return false;
    const Type *bias = graph_type(arranger->base.old, node->operands[node->operands[0].node == before]);
    return !bias->batched && bias->element == ELEMENT_REAL && bias->rank == 3 && bias->size[0] == node->types[0].size[0] &&
           type_elements(bias) == bias->size[0];
}

void lanes_find_tails(LaneArranger *arranger)
{
    const Graph *old = arranger->base.old;
    const Survey *survey = &arranger->base.survey;
    for (int32_t i = 0; i < old->node_count; i++) {
        if (!is_lane_convolution(arranger, &old->nodes[i]))
            continue;
        int32_t last = i;
        if (survey->readers[last] == 1 && survey->reader[last] >= 0 &&
            adds_bias(arranger, &old->nodes[survey->reader[last]], last)) {
            arranger->inner[last] = true;
            last = survey->reader[last];
        }
        if (survey->readers[last] == 1 && survey->reader[last] >= 0 && old->nodes[survey->reader[last]].op == OP_RELU) {
            arranger->inner[last] = true;
            last = survey->reader[last];
        }
        arranger->tail[last] = i;
    }
}

/* The attributes that all three have, from those of the old operation. */
static OpUse lane_attributes(LaneArranger *arranger, Op op, const Node *node, const int64_t *window)
{
    OpUse given = {.info = op_info(node->op), .attributes = node->attributes};
    OpUse use = arrange_attributes(&arranger->base, op);
    int64_t count;
    arrange_set_integer(&use, "samples", arranger->samples);
    arrange_set_integer(&use, "groups", use_integer(&given, "groups"));
    arrange_set_list(&use, "window", window, 2);
    arrange_set_list(&use, "stride", use_list(&given, "stride", &count), 2);
    arrange_set_list(&use, "padding", use_list(&given, "pad", &count), 4);
    arrange_set_list(&use, "dilation", use_list(&given, "dilation", &count), 2);
    return use;
}

/* The convolution, and the bias and the rectifier on the way to node `index`. */
static bool convolve_forward(LaneArranger *arranger, int32_t index)
{
    const Graph *old = arranger->base.old;
    int32_t first = arranger->tail[index];
    const Node *node = &old->nodes[first];
    const Type *weight = graph_type(old, node->operands[1]);
    OpUse use = lane_attributes(arranger, OP_CONVOLVE_LANES, node, weight->size + 2);
    Value operands[3] = {lanes_form(arranger, node->operands[0], node->origin),
                         lanes_plain(arranger, node->operands[1], node->origin)};
    int count = 2;
    for (int32_t at = first; at != index;) {
        int32_t next = arranger->base.survey.reader[at];
        const Node *step = &old->nodes[next];
        if (step->op == OP_RELU)
            use_attribute(&use, "relu")->boolean = true;
        else {
            Value bias = lanes_plain(arranger, step->operands[step->operands[0].node == at], node->origin);
            operands[count++] = arrange_reshape(&arranger->base, bias, &weight->size[0], 1, node->origin);
            use_attribute(&use, "bias")->boolean = true;
        }
        at = next;
    }
    arranger->in_lanes[index] = arrange_append(&arranger->base, &use, operands, count, node->origin);
    return true;
}

static bool convolve_back(LaneArranger *arranger, int32_t index)
{
    const Node *node = &arranger->base.old->nodes[index];
    const Type *weight = graph_type(arranger->base.old, node->operands[1]);
    if (weight->rank != 4 || weight->batched || weight->element != ELEMENT_REAL ||
        !is_image_window(arranger, node, 0, weight->size + 2))
        return false;
    OpUse use = lane_attributes(arranger, OP_CONVOLVE_LANES_BACK, node, weight->size + 2);
    arrange_set_list(&use, "size", node->types[0].size + 1, 2);
    const Value operands[] = {lanes_form(arranger, node->operands[0], node->origin),
                              lanes_plain(arranger, node->operands[1], node->origin)};
    return arrange_try(&arranger->base, &use, operands, 2, node->origin, &arranger->in_lanes[index]);
}

static bool convolve_weight(LaneArranger *arranger, int32_t index)
{
    const Node *node = &arranger->base.old->nodes[index];
    const Type *result = &node->types[0];
    if (result->rank != 4 || !is_image_window(arranger, node, 0, result->size + 2) ||
        !is_image_window(arranger, node, 1, result->size + 2))
        return false;
    OpUse use = lane_attributes(arranger, OP_CONVOLVE_LANES_WEIGHT, node, result->size + 2);
    const Value operands[] = {lanes_form(arranger, node->operands[0], node->origin),
                              lanes_form(arranger, node->operands[1], node->origin)};
    return arrange_try(&arranger->base, &use, operands, 2, node->origin, &arranger->base.rewrite.map[index]);
}

bool lanes_convolution(LaneArranger *arranger, int32_t index)
{
    if (arranger->tail[index] >= 0)
        return convolve_forward(arranger, index);
    return arranger->base.old->nodes[index].op == OP_CONVOLVE_WEIGHT ? convolve_weight(arranger, index)
                                                                     : convolve_back(arranger, index);
}

/* --- pooling ------------------------------------------------------------------------------------------------------------------ */

/* Window, stride and padding of the old operation; positions that `ceil` adds stand on more padding behind, which a maximum does not see. */
static bool set_window(LaneArranger *arranger, OpUse *use, const Node *node, const int64_t *positions)
{
    OpUse given = {.info = op_info(node->op), .attributes = node->attributes};
    const Type *x = graph_type(arranger->base.old, node->operands[0]);
    int64_t count, padding[4];
    const int64_t *window = use_list(&given, "window", &count), *stride = use_list(&given, "stride", &count);
    const int64_t *pad = use_list(&given, "pad", &count);
    for (int axis = 0; axis < 2; axis++) {
        int64_t reached = (positions[axis] - 1) * stride[axis] + window[axis];
        int64_t more = reached - x->size[axis + 1] - pad[2 * axis];
        if (more > pad[2 * axis + 1] && node->op == OP_POOL_MEAN)
            return false;
        padding[2 * axis] = pad[2 * axis];
        padding[2 * axis + 1] = more > pad[2 * axis + 1] ? more : pad[2 * axis + 1];
    }
    arrange_set_list(use, "window", window, 2);
    arrange_set_list(use, "stride", stride, 2);
    arrange_set_list(use, "padding", padding, 4);
    arrange_set_list(use, "dilation", (int64_t[]){1, 1}, 2);
    return true;
}

/* An image in lanes as one blocked image, [sets * channels, height, width, lanes]. */
static Value as_blocks(LaneArranger *arranger, Value value, int32_t origin)
{
    const Type *type = graph_type(arranger->base.rewrite.graph, value);
    const int64_t size[4] = {type->size[0] * type->size[1], type->size[2], type->size[3], type->size[4]};
    return arrange_reshape(&arranger->base, value, size, 4, origin);
}

static Value as_lanes(LaneArranger *arranger, Value value, int64_t channels, int32_t origin)
{
    const Type *type = graph_type(arranger->base.rewrite.graph, value);
    const int64_t size[5] = {type->size[0] / channels, channels, type->size[1], type->size[2], type->size[3]};
    return arrange_reshape(&arranger->base, value, size, 5, origin);
}

/* The pooling of old node `at`, or the way back from it, as the form in lanes of old node `index`. */
static bool pool(LaneArranger *arranger, int32_t index, int32_t at, bool positive)
{
    const Graph *old = arranger->base.old;
    const Node *node = &old->nodes[at];
    const Type *x = graph_type(old, node->operands[0]);
    bool spreads = node->op == OP_POOL_MAX_SPREAD;
    if (x->rank != 3 || x->element != ELEMENT_REAL || !lanes_has_form(arranger, node->operands[0]))
        return false;
    const Type *positions = spreads ? graph_type(old, node->operands[1]) : &node->types[0];
    OpUse use = arrange_attributes(&arranger->base, spreads ? OP_SPREAD_BLOCKS : OP_POOL_BLOCKS);
    if (!positions->batched || !set_window(arranger, &use, node, positions->size + 1))
        return false;
    if (!spreads) {
        OpUse given = {.info = op_info(node->op), .attributes = node->attributes};
        bool mean = node->op == OP_POOL_MEAN;
        use_attribute(&use, "kind")->name = mean ? "mean" : "max";
        use_attribute(&use, "count_padding")->boolean = mean && use_boolean(&given, "count_padding");
    }
    Value operands[2] = {as_blocks(arranger, lanes_form(arranger, node->operands[0], node->origin), node->origin)};
    if (spreads) {
        use_attribute(&use, "positive")->boolean = positive;
        operands[1] = as_blocks(arranger, lanes_form(arranger, node->operands[1], node->origin), node->origin);
    }
    Value result;
    if (!arrange_try(&arranger->base, &use, operands, spreads ? 2 : 1, node->origin, &result))
        return false;
    arranger->in_lanes[index] = as_lanes(arranger, result, x->size[0], node->origin);
    return true;
}

bool lanes_pool(LaneArranger *arranger, int32_t index)
{
    return pool(arranger, index, index, false);
}

static bool is_zero(const LaneArranger *arranger, Value value)
{
    double number;
    return constant_number(arranger->base.old, value, &number) && number == 0;
}

/* What the largest entries of windows get where they are above 0 is what the rectifier hands on whose result was pooled: an entry that gets something is its
 * window's largest. */
bool lanes_rectified_spread(LaneArranger *arranger, int32_t index)
{
    const Graph *old = arranger->base.old;
    const Node *node = &old->nodes[index], *less = graph_node(old, node->operands[0]);
    const Node *spread = graph_node(old, node->operands[1]);
    return spread->op == OP_POOL_MAX_SPREAD && less->op == OP_LESS && value_equal(less->operands[1], spread->operands[0]) &&
           is_zero(arranger, less->operands[0]) && is_zero(arranger, node->operands[2]) &&
           type_equal(&spread->types[0], &node->types[0]) && pool(arranger, index, node->operands[1].node, true);
}

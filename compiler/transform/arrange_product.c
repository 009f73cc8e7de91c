/* Products with their tails: which fast operation does it, and the packing of its weights; see arrange.h. */
#include "transform/arrange.h"

#include "kernel/blocks.h"
#include "transform/product.h"

#include <string.h>

/* A convolution over two axes; over one axis, the first is of size 1. */
typedef struct Convolution {
    int64_t channels, filters, groups;
    int64_t window[2], stride[2], padding[4], dilation[2];
    int64_t height, width; /* of the result before pooling */
} Convolution;

/* What the operation that takes a product's place has behind its own operands. */
typedef struct Ending {
    Value values[2];
    int count;
} Ending;

/* --- what can be done fast --------------------------------------------------------------------------------------------------- */

/* A list of the node with one entry for each axis and side, filled up in front. */
static void read_list(const OpUse *use, const char *name, int64_t *to, int64_t room, int64_t filler)
{
    int64_t count;
    const int64_t *items = use_list(use, name, &count);
    for (int64_t i = 0; i < room; i++)
        to[i] = i < room - count ? filler : items[i - (room - count)];
}

static Convolution read_convolution(const Graph *graph, const Node *node)
{
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    const Type *x = graph_type(graph, node->operands[0]), *weight = graph_type(graph, node->operands[1]);
    const Type *result = &node->types[0];
    bool image = weight->rank == 4;
    Convolution convolution = {.channels = x->size[0],
                               .filters = weight->size[0],
                               .groups = use_integer(&use, "groups"),
                               .window = {image ? weight->size[2] : 1, weight->size[weight->rank - 1]},
                               .height = image ? result->size[1] : 1,
                               .width = result->size[result->rank - 1]};
    read_list(&use, "stride", convolution.stride, 2, 1);
    read_list(&use, "dilation", convolution.dilation, 2, 1);
    read_list(&use, "pad", convolution.padding, 4, 0);
    return convolution;
}

static bool is_depthwise(const Convolution *convolution)
{
    return convolution->groups > 1 && convolution->groups == convolution->channels && convolution->groups == convolution->filters;
}

static bool is_fast_convolution(const Arranger *arranger, const Node *node)
{
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    int rank = graph_type(arranger->old, node->operands[1])->rank;
    if ((rank != 3 && rank != 4) || strcmp(use_name(&use, "pad_mode"), "zero") != 0)
        return false;
    Convolution convolution = read_convolution(arranger->old, node);
    int64_t whole = arranger->lanes * convolution.groups;
    return convolution.groups == 1 || is_depthwise(&convolution) ||
           (convolution.channels % whole == 0 && convolution.filters % whole == 0);
}

/* Rows times a matrix, or a matrix times one column. */
static bool is_fast_matmul(const Arranger *arranger, const Node *node, const Product *product)
{
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    const Type *other = graph_type(arranger->old, node->operands[1 - product->weight]);
    if (graph_type(arranger->old, node->operands[product->weight])->rank != 2 || other->rank < 1)
        return false;
    return product->weight == 0 ? other->rank == 1 : other->rank == 1 || !use_boolean(&use, "transpose_a");
}

bool arrange_is_fast(const void *context, const Node *node)
{
    const Arranger *arranger = context;
    Product product;
    if ((node->op != OP_CONVOLVE && node->op != OP_MATMUL) || !product_describe(arranger->old, &arranger->survey, node, &product))
        return false;
    return node->op == OP_CONVOLVE ? is_fast_convolution(arranger, node) : is_fast_matmul(arranger, node, &product);
}

/* --- the tail ---------------------------------------------------------------------------------------------------------------- */

/* The bias as a vector of `room` numbers, the first `channels` of which count. */
static Value bias_vector(Arranger *arranger, Value old, int64_t channels, int64_t room, int32_t origin)
{
    int64_t count = type_elements(graph_type(arranger->old, old));
    Value bias = arrange_reshape(arranger, arrange_plain(arranger, old, origin), &count, count > 1, origin);
    if (count == 1) {
        OpUse use = arrange_attributes(arranger, OP_BROADCAST);
        arrange_set_list(&use, "shape", &channels, 1);
        bias = arrange_append(arranger, &use, &bias, 1, origin);
    }
    if (room == channels)
        return bias;
    OpUse use = arrange_attributes(arranger, OP_PAD);
    arrange_set_list(&use, "amounts", (int64_t[]){0, room - channels}, 2);
    return arrange_append(arranger, &use, &bias, 1, origin);
}

/* Sets the attributes of the tail and gives its operands. */
static Ending set_tail(Arranger *arranger, const Fusion *fusion, OpUse *use, int64_t channels, int64_t room, bool blocked,
                       int32_t origin)
{
    Ending ending = {.count = 0};
    if (fusion->bias.node >= 0) {
        use_attribute(use, "bias")->boolean = true;
        ending.values[ending.count++] = bias_vector(arranger, fusion->bias, channels, room, origin);
    }
    if (fusion->addition.node >= 0) {
        use_attribute(use, "addition")->boolean = true;
        ending.values[ending.count++] =
            blocked ? arrange_blocked(arranger, fusion->addition, origin) : arrange_plain(arranger, fusion->addition, origin);
    }
    use_attribute(use, "activation")->name = fusion->activation;
    use_attribute(use, "high")->real = fusion->high;
    use_attribute(use, "pool")->integer = fusion->stage == FUSION_POOL ? 2 : 1;
    return ending;
}

static Value append_product(Arranger *arranger, const OpUse *use, Value x, Value weight, const Ending *ending, int32_t origin)
{
    Value operands[] = {x, weight, ending->values[0], ending->values[1]};
    return arrange_append(arranger, use, operands, 2 + ending->count, origin);
}

/* --- convolution ------------------------------------------------------------------------------------------------------------- */

static void set_window(OpUse *use, const Convolution *convolution)
{
    arrange_set_list(use, "window", convolution->window, 2);
    arrange_set_list(use, "stride", convolution->stride, 2);
    arrange_set_list(use, "padding", convolution->padding, 4);
    arrange_set_list(use, "dilation", convolution->dilation, 2);
}

/* The weights with two axes. */
static Value weight_image(Arranger *arranger, const Node *node, const Convolution *convolution)
{
    Value weight = arrange_plain(arranger, node->operands[1], node->origin);
    const Type *type = graph_type(arranger->old, node->operands[1]);
    const int64_t size[] = {type->size[0], type->size[1], convolution->window[0], convolution->window[1]};
    return type->rank == 4 ? weight : arrange_reshape(arranger, weight, size, 4, node->origin);
}

static Value pack(Arranger *arranger, Value weight, bool planar, int32_t origin)
{
    OpUse use = arrange_attributes(arranger, OP_PACK_CONVOLUTION);
    arrange_set_integer(&use, "lanes", arranger->lanes);
    use_attribute(&use, "planar")->boolean = planar;
    return arrange_append(arranger, &use, &weight, 1, origin);
}

/* Operations of one block of filters that take the time of one vector multiplication each; measured against one another on 3x3 convolutions from
 * 64 channels at 56x56 to 512 at 7x7. */
static double direct_work(const Convolution *convolution, int64_t filter_blocks)
{
    return 9.0 * (double)(convolution->height * convolution->width * convolution->channels * filter_blocks) / 0.97;
}

/* Products at each point of all tiles, for which weights pass through the processor once (few tiles wait for them, and longer where they come from
 * memory), and transforms of each block of channels. */
static double winograd_work(const Convolution *convolution, int64_t tile, int64_t channel_blocks, int64_t filter_blocks)
{
    double points = (double)((tile + 2) * (tile + 2));
    double tiles = (double)(blocks_of(convolution->height, tile) * blocks_of(convolution->width, tile));
    double weights = points * (double)(convolution->channels * filter_blocks);
    double wait = weights * 64 <= 16 << 20 ? 4 : 6.5;
    return weights * (tiles > wait ? tiles : wait) + 6 * points * tiles * (double)(channel_blocks + filter_blocks);
}

/* The size of the tiles for Winograd's algorithm (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016); 0: not that. */
static int64_t choose_tile(const Arranger *arranger, const Convolution *convolution)
{
    bool possible = convolution->groups == 1 && convolution->channels >= arranger->lanes;
    for (int axis = 0; axis < 2; axis++)
        possible = possible && convolution->window[axis] == 3 && convolution->stride[axis] == 1 &&
                   convolution->dilation[axis] == 1 && convolution->padding[2 * axis] <= 2 &&
                   convolution->padding[2 * axis + 1] <= 2;
    if (!possible || arranger->exact)
        return 0;
    int64_t channel_blocks = blocks_of(convolution->channels, arranger->lanes);
    int64_t filter_blocks = blocks_of(convolution->filters, arranger->lanes);
    double direct = direct_work(convolution, filter_blocks);
    double two = winograd_work(convolution, 2, channel_blocks, filter_blocks);
    double four = winograd_work(convolution, 4, channel_blocks, filter_blocks);
    if (direct <= two && direct <= four)
        return 0;
    return two < four ? 2 : 4;
}

static Value convolve_winograd(Arranger *arranger, const Node *node, const Convolution *convolution, const Fusion *fusion,
                               int64_t tile)
{
    int64_t room = blocks_of(convolution->filters, arranger->lanes) * arranger->lanes;
    OpUse packing = arrange_attributes(arranger, OP_PACK_WINOGRAD);
    arrange_set_integer(&packing, "lanes", arranger->lanes);
    arrange_set_integer(&packing, "tile", tile);
    Value weight = weight_image(arranger, node, convolution);
    weight = arrange_append(arranger, &packing, &weight, 1, node->origin);
    OpUse use = arrange_attributes(arranger, OP_CONVOLVE_WINOGRAD);
    arrange_set_integer(&use, "tile", tile);
    arrange_set_integer(&use, "channels", convolution->channels);
    arrange_set_list(&use, "padding", convolution->padding, 4);
    Value x = arrange_blocked(arranger, node->operands[0], node->origin);
    Ending ending = set_tail(arranger, fusion, &use, convolution->filters, room, true, node->origin);
    return append_product(arranger, &use, x, weight, &ending, node->origin);
}

static Value convolve_depthwise(Arranger *arranger, const Node *node, const Convolution *convolution, const Fusion *fusion)
{
    int64_t room = blocks_of(convolution->filters, arranger->lanes) * arranger->lanes;
    Value weight = pack(arranger, weight_image(arranger, node, convolution), false, node->origin);
    OpUse use = arrange_attributes(arranger, OP_CONVOLVE_DEPTHWISE);
    set_window(&use, convolution);
    Value x = arrange_blocked(arranger, node->operands[0], node->origin);
    Ending ending = set_tail(arranger, fusion, &use, convolution->filters, room, true, node->origin);
    return append_product(arranger, &use, x, weight, &ending, node->origin);
}

/* An image of few channels that is plain is read as it stands. */
static Value convolve_blocks(Arranger *arranger, const Node *node, const Convolution *convolution, const Fusion *fusion)
{
    Value old = node->operands[0];
    const Type *type = graph_type(arranger->old, old);
    int64_t room = blocks_of(convolution->filters, arranger->lanes) * arranger->lanes;
    bool planar = !arrange_has_blocked(arranger, old) && convolution->groups == 1 && convolution->channels < arranger->lanes;
    Value weight = pack(arranger, weight_image(arranger, node, convolution), planar, node->origin);
    OpUse use = arrange_attributes(arranger, OP_CONVOLVE_BLOCKS);
    arrange_set_integer(&use, "channels", convolution->channels);
    arrange_set_integer(&use, "groups", convolution->groups);
    set_window(&use, convolution);
    Value x = planar ? arrange_plain(arranger, old, node->origin) : arrange_blocked(arranger, old, node->origin);
    int64_t size[3];
    if (planar && type->rank == 2 && arrange_image(type, size))
        x = arrange_reshape(arranger, x, size, 3, node->origin);
    Ending ending = set_tail(arranger, fusion, &use, convolution->filters, room, true, node->origin);
    return append_product(arranger, &use, x, weight, &ending, node->origin);
}

/* Few filters leave most lanes of a block empty: then vectors lie along the rows instead, where they are long enough. */
static bool is_by_rows(const Arranger *arranger, const Node *node, const Convolution *convolution, const Fusion *fusion)
{
    enum { LEAST_WIDTH = 12, MOST_TAPS = 15 };
    return convolution->filters <= arranger->lanes / 2 && convolution->groups == 1 && fusion->addition.node < 0 &&
           !arrange_has_blocked(arranger, node->operands[0]) && convolution->width >= LEAST_WIDTH &&
           convolution->window[0] <= MOST_TAPS && convolution->window[1] <= MOST_TAPS;
}

static Value convolve_rows(Arranger *arranger, const Node *node, const Convolution *convolution, const Fusion *fusion,
                           const Type *result)
{
    int64_t size[3];
    OpUse use = arrange_attributes(arranger, OP_CONVOLVE_ROWS);
    set_window(&use, convolution);
    Value x = arrange_plain(arranger, node->operands[0], node->origin);
    Value weight = weight_image(arranger, node, convolution);
    const Type *type = graph_type(arranger->old, node->operands[0]);
    if (type->rank == 2 && arrange_image(type, size))
        x = arrange_reshape(arranger, x, size, 3, node->origin);
    Ending ending = set_tail(arranger, fusion, &use, convolution->filters, convolution->filters, false, node->origin);
    Value value = append_product(arranger, &use, x, weight, &ending, node->origin);
    return type->rank == 2 ? arrange_reshape(arranger, value, result->size, 2, node->origin) : value;
}

static void arrange_convolution(Arranger *arranger, int32_t index)
{
    const Fusion *fusion = &arranger->fusions[index];
    const Node *node = &arranger->old->nodes[fusion->product];
    Convolution convolution = read_convolution(arranger->old, node);
    int64_t tile = choose_tile(arranger, &convolution);
    if (is_by_rows(arranger, node, &convolution, fusion))
        arranger->rewrite.map[index] = convolve_rows(arranger, node, &convolution, fusion, &arranger->old->nodes[index].types[0]);
    else if (tile > 0)
        arranger->blocked[index] = convolve_winograd(arranger, node, &convolution, fusion, tile);
    else if (is_depthwise(&convolution))
        arranger->blocked[index] = convolve_depthwise(arranger, node, &convolution, fusion);
    else
        arranger->blocked[index] = convolve_blocks(arranger, node, &convolution, fusion);
}

/* --- matrix products --------------------------------------------------------------------------------------------------------- */

/* The blocked image whose entries in the order of the plain one are a value; no_value: it is none. */
static Value flattened_image(const Arranger *arranger, Value value)
{
    const Node *node = graph_node(arranger->old, value);
    bool flat = node->op == OP_RESHAPE && node->types[0].rank == 1;
    return flat && arrange_has_blocked(arranger, node->operands[0]) ? node->operands[0] : no_value;
}

static void arrange_matmul(Arranger *arranger, int32_t index)
{
    const Fusion *fusion = &arranger->fusions[index];
    const Node *node = &arranger->old->nodes[fusion->product];
    Product product;
    product_describe(arranger->old, &arranger->survey, node, &product);
    Value image = flattened_image(arranger, node->operands[1 - product.weight]);
    int64_t channels = image.node >= 0 ? graph_type(arranger->old, image)->size[0] : 0;
    int64_t outputs = graph_type(arranger->old, node->operands[product.weight])->size[product.weight_axis];
    OpUse packing = arrange_attributes(arranger, OP_PACK_DENSE);
    arrange_set_integer(&packing, "lanes", arranger->lanes);
    arrange_set_integer(&packing, "channels", channels);
    use_attribute(&packing, "transposed")->boolean = product.weight_axis == 1;
    Value weight = arrange_plain(arranger, node->operands[product.weight], node->origin);
    weight = arrange_append(arranger, &packing, &weight, 1, node->origin);
    OpUse use = arrange_attributes(arranger, OP_DENSE_PACKED);
    arrange_set_integer(&use, "outputs", outputs);
    arrange_set_integer(&use, "channels", channels);
    Value x =
        image.node >= 0 ? arranger->blocked[image.node] : arrange_plain(arranger, node->operands[1 - product.weight], node->origin);
    int64_t room = blocks_of(outputs, arranger->lanes) * arranger->lanes;
    Ending ending = set_tail(arranger, fusion, &use, outputs, room, false, node->origin);
    arranger->rewrite.map[index] = append_product(arranger, &use, x, weight, &ending, node->origin);
}

void arrange_product(Arranger *arranger, int32_t index)
{
    if (arranger->old->nodes[arranger->fusions[index].product].op == OP_CONVOLVE)
        arrange_convolution(arranger, index);
    else
        arrange_matmul(arranger, index);
}

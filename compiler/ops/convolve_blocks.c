/* Convolutions of blocked images with packed weights, and what follows them (tail.h). Only transforms make these operations. */
#include "ops/block_window.h"
#include "ops/elementwise.h"
#include "ops/rule.h"
#include "ops/tail.h"

#include <string.h>

/* --- all channels ---------------------------------------------------------------------------------------------------------- */

static const AttributeInfo convolve_attributes[] = {
    {"channels", ATTRIBUTE_INTEGER, NULL, NULL},
    {"groups", ATTRIBUTE_INTEGER, NULL, NULL},
    BLOCK_WINDOW_ATTRIBUTES,
    TAIL_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool is_planar(const OpUse *use)
{
    return use->operand[0].rank == 3;
}

/* Rows and columns stand behind the blocks, or the channels. */
static bool check_image(OpUse *use, int64_t channels, int64_t lanes)
{
    const Type *x = &use->operand[0];
    if (is_planar(use) && x->size[0] == channels)
        return true;
    bool blocked = x->rank == 4 && channels >= 1 && channels <= ELEMENT_LIMIT && x->size[3] == lanes;
    if (blocked && x->size[0] == blocks_of(channels, lanes))
        return true;
    return use_fail(use, 620, "an image of %lld channels for %lld lanes is blocks x height x width x lanes, got %s",
                    (long long)channels, (long long)lanes, type_name(use->arena, x));
}

/* With several groups, each has whole blocks of channels and of filters. */
static bool check_groups(OpUse *use, int64_t channels, int64_t filter_blocks)
{
    int64_t groups = use_integer(use, "groups"), unit = is_planar(use) ? 1 : use->operand[0].size[3];
    bool whole =
        groups == 1 || (groups > 1 && channels % groups == 0 && channels / groups % unit == 0 && filter_blocks % groups == 0);
    return whole || use_fail(use, 622, "%lld groups have no whole blocks of channels and filters", (long long)groups);
}

static bool check_packed(OpUse *use, int64_t channels, const BlockWindow *window)
{
    const Type *packed = &use->operand[1];
    bool right = packed->size[1] == channels && packed->size[2] == rule_product(window->kernel[0], window->kernel[1]);
    return right || use_fail(use, 621, "packed weights of %lld channels do not match %s", (long long)channels,
                             type_name(use->arena, packed));
}

static bool begin_shape(OpUse *use)
{
    const Type *packed = &use->operand[1];
    if (!elements_numbers(use, false))
        return false;
    if (packed->rank == 4 && !packed->batched)
        return true;
    return use_fail(use, 620, "packed weights are blocks x channels x taps x lanes for all samples, got %s",
                    type_name(use->arena, packed));
}

static bool convolve_shape(OpUse *use)
{
    BlockWindow window;
    int64_t channels = use_integer(use, "channels");
    if (!begin_shape(use))
        return false;
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    if (!check_image(use, channels, packed->size[3]) || !check_groups(use, channels, packed->size[0]) ||
        !block_window(use, x->size[1], x->size[2], &window) || !check_packed(use, channels / use_integer(use, "groups"), &window))
        return false;
    use->result = (Type){.batched = x->batched, .rank = 4, .size = {packed->size[0], window.rows, window.columns, packed->size[3]}};
    return tail_shape(use, 2);
}

/* What the attributes of a use that passed the shape rule say. */
static BlockConvolution read_convolution(const OpUse *use)
{
    OpUse again = *use;
    int64_t groups = use_integer(use, "groups");
    BlockConvolution convolution = {.planar = is_planar(use),
                                    .channels = use_integer(use, "channels") / groups,
                                    .groups = groups,
                                    .filter_blocks = use->operand[1].size[0]};
    block_window(&again, use->operand[0].size[1], use->operand[0].size[2], &convolution.window);
    return convolution;
}

/* The sum over channels and taps at one position for one filter, tail apart. */
static double sum_at(const BlockConvolution *convolution, int64_t lanes, const double *const *operand, int64_t filter,
                     const int64_t *position)
{
    const BlockWindow *window = &convolution->window;
    int64_t taps = window->kernel[0] * window->kernel[1], plane = window->height * window->width;
    int64_t group = filter / lanes / (convolution->filter_blocks / convolution->groups);
    BlockPack pack = {.lanes = lanes, .channels = convolution->channels, .taps = taps, .planar = convolution->planar};
    double sum = 0;
    for (int64_t c = 0; c < convolution->channels; c++) {
        int64_t channel = group * convolution->channels + c, step = convolution->planar ? 1 : lanes;
        const double *image =
            convolution->planar ? operand[0] + channel * plane : operand[0] + channel / lanes * plane * lanes + channel % lanes;
        for (int64_t tap = 0; tap < taps; tap++) {
            const int64_t at[2] = {tap / window->kernel[1], tap % window->kernel[1]};
            const double *entry = block_window_entry(window, image, step, position, at);
            sum += entry ? *entry * operand[1][block_pack_place(&pack, filter, c, tap)] : 0;
        }
    }
    return sum;
}

static void convolve_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    BlockConvolution convolution = read_convolution(use);
    int64_t lanes = use->operand[1].size[3];
    const int64_t size[] = {convolution.filter_blocks, convolution.window.rows, convolution.window.columns, lanes};
    double *values = arena_take(use->arena, (size_t)(size[0] * size[1] * size[2] * size[3]) * sizeof *values), *to = values;
    for (int64_t block = 0; block < size[0]; block++)
        for (int64_t pixel = 0; pixel < size[1] * size[2]; pixel++)
            for (int64_t lane = 0; lane < lanes; lane++)
                *to++ = sum_at(&convolution, lanes, operand, block * lanes + lane, (int64_t[]){pixel / size[2], pixel % size[2]});
    tail_evaluate(use, 2, operand, size, values, result);
}

static Cost convolve_cost(const OpUse *use)
{
    const Type *packed = &use->operand[1];
    BlockConvolution convolution = read_convolution(use);
    int64_t results = rule_product(packed->size[0] * packed->size[3], convolution.window.rows * convolution.window.columns);
    return (Cost){.multiply_adds = rule_product(results, rule_product(packed->size[1], packed->size[2]))};
}

static void convolve_lower(const OpUse *use, KernelCall *call)
{
    BlockConvolution convolution = read_convolution(use);
    int64_t numbers[BLOCK_CONVOLUTION_INTEGERS];
    memcpy(numbers, &convolution, sizeof numbers);
    call->kernel = convolution.planar ? "convolve_planar" : "convolve_blocks";
    call_integers(use, call, numbers, BLOCK_CONVOLUTION_INTEGERS);
    tail_lower(use, call);
}

const OpInfo op_convolve_blocks = {
    .op = OP_CONVOLVE_BLOCKS,
    .name = "convolve_blocks",
    .summary = "convolution with packed weights to a blocked image, and what follows it",
    .operand_names = "x packed ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = convolve_attributes,
    .shape = convolve_shape,
    .evaluate = convolve_evaluate,
    .cost = convolve_cost,
    .lower = convolve_lower,
};

/* --- one channel a filter -------------------------------------------------------------------------------------------------- */

static const AttributeInfo depthwise_attributes[] = {
    BLOCK_WINDOW_ATTRIBUTES,
    TAIL_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool depthwise_shape(OpUse *use)
{
    BlockWindow window;
    if (!begin_shape(use))
        return false;
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    if (x->rank != 4 || x->size[0] != packed->size[0] || x->size[3] != packed->size[3])
        return use_fail(use, 620, "packed weights of %s do not match a blocked image, got %s", type_name(use->arena, packed),
                        type_name(use->arena, x));
    if (!block_window(use, x->size[1], x->size[2], &window) || !check_packed(use, 1, &window))
        return false;
    use->result = (Type){.batched = x->batched, .rank = 4, .size = {x->size[0], window.rows, window.columns, x->size[3]}};
    return tail_shape(use, 2);
}

static BlockDepthwise read_depthwise(const OpUse *use)
{
    OpUse again = *use;
    BlockDepthwise depthwise = {.blocks = use->operand[0].size[0]};
    block_window(&again, use->operand[0].size[1], use->operand[0].size[2], &depthwise.window);
    return depthwise;
}

static void depthwise_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    BlockDepthwise depthwise = read_depthwise(use);
    const BlockWindow *window = &depthwise.window;
    int64_t lanes = use->operand[0].size[3], taps = window->kernel[0] * window->kernel[1];
    const int64_t size[] = {depthwise.blocks, window->rows, window->columns, lanes};
    double *values = arena_take(use->arena, (size_t)(size[0] * size[1] * size[2] * size[3]) * sizeof *values);
    for (int64_t i = 0; i < size[0] * size[1] * size[2] * lanes; i++) {
        int64_t block = i / (size[1] * size[2] * lanes), lane = i % lanes;
        const int64_t position[2] = {i / lanes / size[2] % size[1], i / lanes % size[2]};
        const double *image = operand[0] + block * window->height * window->width * lanes + lane;
        values[i] = 0;
        for (int64_t tap = 0; tap < taps; tap++) {
            const int64_t at[2] = {tap / window->kernel[1], tap % window->kernel[1]};
            const double *entry = block_window_entry(window, image, lanes, position, at);
            values[i] += entry ? *entry * operand[1][(block * taps + tap) * lanes + lane] : 0;
        }
    }
    tail_evaluate(use, 2, operand, size, values, result);
}

static Cost depthwise_cost(const OpUse *use)
{
    BlockDepthwise depthwise = read_depthwise(use);
    int64_t results = depthwise.blocks * use->operand[0].size[3] * depthwise.window.rows * depthwise.window.columns;
    return (Cost){.multiply_adds = rule_product(results, use->operand[1].size[2])};
}

static void depthwise_lower(const OpUse *use, KernelCall *call)
{
    BlockDepthwise depthwise = read_depthwise(use);
    int64_t numbers[BLOCK_DEPTHWISE_INTEGERS];
    memcpy(numbers, &depthwise, sizeof numbers);
    call->kernel = "convolve_depthwise";
    call_integers(use, call, numbers, BLOCK_DEPTHWISE_INTEGERS);
    tail_lower(use, call);
}

const OpInfo op_convolve_depthwise = {
    .op = OP_CONVOLVE_DEPTHWISE,
    .name = "convolve_depthwise",
    .summary = "convolution of a blocked image with a filter for each channel, and what follows it",
    .operand_names = "x packed ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = depthwise_attributes,
    .shape = depthwise_shape,
    .evaluate = depthwise_evaluate,
    .cost = depthwise_cost,
    .lower = depthwise_lower,
};

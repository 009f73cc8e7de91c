/* Between images [channels, height, width] and blocked ones [blocks, height, width, lanes] (kernel/blocks.h), and packing of weights. Only transforms
 * make these operations. */
#include "kernel/blocks.h"
#include "ops/elementwise.h"
#include "ops/rule.h"

#include <string.h>

static bool check_lanes(OpUse *use, int64_t lanes)
{
    if (lanes >= 1 && lanes <= ELEMENT_LIMIT)
        return true;
    return use_fail(use, 625, "lanes must be from 1 to 2^40, got %lld", (long long)lanes);
}

/* --- images ---------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo to_attributes[] = {
    {"lanes", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool to_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes");
    if (!elements_numbers(use, false) || !check_lanes(use, lanes))
        return false;
    if (x->rank != 3)
        return use_fail(use, 620, "an image is channels x height x width, got %s", type_name(use->arena, x));
    use->result = rule_like(x);
    use->result.rank = 4;
    memcpy(use->result.size, (int64_t[]){blocks_of(x->size[0], lanes), x->size[1], x->size[2], lanes}, 4 * sizeof(int64_t));
    return rule_elements(use);
}

/* The place of an entry of a blocked image. */
static int64_t place_in_blocks(int64_t channel, int64_t pixel, int64_t pixels, int64_t lanes)
{
    return (channel / lanes * pixels + pixel) * lanes + channel % lanes;
}

static void to_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes"), pixels = x->size[1] * x->size[2];
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t channel = 0; channel < x->size[0]; channel++)
        for (int64_t pixel = 0; pixel < pixels; pixel++)
            result[place_in_blocks(channel, pixel, pixels, lanes)] = operand[0][channel * pixels + pixel];
}

static void lower_image(const OpUse *use, KernelCall *call, const char *kernel, const Type *blocked, int64_t channels)
{
    const int64_t numbers[BLOCK_IMAGE_INTEGERS] = {blocked->size[3], channels, blocked->size[1] * blocked->size[2]};
    call->kernel = kernel;
    call_integers(use, call, numbers, BLOCK_IMAGE_INTEGERS);
}

static void to_lower(const OpUse *use, KernelCall *call)
{
    lower_image(use, call, "to_blocks", &use->result, use->operand[0].size[0]);
}

const OpInfo op_to_blocks = {
    .op = OP_TO_BLOCKS,
    .name = "to_blocks",
    .summary = "an image with its channels in blocks",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = to_attributes,
    .shape = to_shape,
    .evaluate = to_evaluate,
    .lower = to_lower,
};

static const AttributeInfo from_attributes[] = {
    {"channels", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool from_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t channels = use_integer(use, "channels");
    if (!elements_numbers(use, false))
        return false;
    if (x->rank != 4 || channels < 1 || channels > ELEMENT_LIMIT || blocks_of(channels, x->size[3]) != x->size[0])
        return use_fail(use, 620, "a blocked image of %lld channels is blocks x height x width x lanes, got %s",
                        (long long)channels, type_name(use->arena, x));
    use->result = rule_like(x);
    use->result.rank = 3;
    memcpy(use->result.size, (int64_t[]){channels, x->size[1], x->size[2]}, 3 * sizeof(int64_t));
    return rule_elements(use);
}

static void from_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t pixels = use->result.size[1] * use->result.size[2], lanes = use->operand[0].size[3];
    for (int64_t channel = 0; channel < use->result.size[0]; channel++)
        for (int64_t pixel = 0; pixel < pixels; pixel++)
            result[channel * pixels + pixel] = operand[0][place_in_blocks(channel, pixel, pixels, lanes)];
}

static void from_lower(const OpUse *use, KernelCall *call)
{
    lower_image(use, call, "from_blocks", &use->operand[0], use->result.size[0]);
}

const OpInfo op_from_blocks = {
    .op = OP_FROM_BLOCKS,
    .name = "from_blocks",
    .summary = "a blocked image with its channels one behind the other",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = from_attributes,
    .shape = from_shape,
    .evaluate = from_evaluate,
    .lower = from_lower,
};

/* --- weights --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo pack_attributes[] = {
    {"lanes", ATTRIBUTE_INTEGER, NULL, NULL},
    {"planar", ATTRIBUTE_BOOLEAN, "false", NULL}, /* for an image that is not in blocks */
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool pack_shape(OpUse *use)
{
    const Type *weight = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes");
    if (!elements_numbers(use, false) || !check_lanes(use, lanes))
        return false;
    if (weight->rank != 4)
        return use_fail(use, 620, "weights to pack are filters x channels x rows x columns, got %s", type_name(use->arena, weight));
    use->result = rule_like(weight);
    use->result.rank = 4;
    memcpy(use->result.size,
           (int64_t[]){blocks_of(weight->size[0], lanes), weight->size[1], weight->size[2] * weight->size[3], lanes},
           4 * sizeof(int64_t));
    return rule_elements(use);
}

static BlockPack read_pack(const OpUse *use)
{
    const Type *weight = &use->operand[0];
    return (BlockPack){.lanes = use_integer(use, "lanes"),
                       .filters = weight->size[0],
                       .channels = weight->size[1],
                       .taps = weight->size[2] * weight->size[3],
                       .planar = use_boolean(use, "planar")};
}

static void pack_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    BlockPack pack = read_pack(use);
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t filter = 0; filter < pack.filters; filter++)
        for (int64_t channel = 0; channel < pack.channels; channel++)
            for (int64_t tap = 0; tap < pack.taps; tap++)
                result[block_pack_place(&pack, filter, channel, tap)] =
                    operand[0][(filter * pack.channels + channel) * pack.taps + tap];
}

static void pack_lower(const OpUse *use, KernelCall *call)
{
    BlockPack pack = read_pack(use);
    int64_t numbers[BLOCK_PACK_INTEGERS];
    memcpy(numbers, &pack, sizeof numbers);
    call->kernel = "pack_convolution";
    call_integers(use, call, numbers, BLOCK_PACK_INTEGERS);
}

const OpInfo op_pack_convolution = {
    .op = OP_PACK_CONVOLUTION,
    .name = "pack_convolution",
    .summary = "weights in the order in which convolutions of blocked images read them",
    .operand_names = "weight",
    .operands = 1,
    .internal = true,
    .attributes = pack_attributes,
    .shape = pack_shape,
    .evaluate = pack_evaluate,
    .lower = pack_lower,
};

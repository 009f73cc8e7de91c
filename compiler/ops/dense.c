/* Products of rows with packed weights, and what follows them (tail.h); kernel/dense.h says how weights lie. Only transforms make these operations. */
#include "kernel/dense.h"
#include "ops/elementwise.h"
#include "ops/rule.h"
#include "ops/tail.h"

#include <string.h>

/* --- weights --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo pack_attributes[] = {
    {"lanes", ATTRIBUTE_INTEGER, NULL, NULL},
    {"transposed", ATTRIBUTE_BOOLEAN, "false", NULL}, /* weights are inputs x outputs, else outputs x inputs */
    {"channels", ATTRIBUTE_INTEGER, "0", NULL},       /* of the blocked image that is the input; 0: a plain row */
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static DensePack read_pack(const OpUse *use)
{
    const Type *weight = &use->operand[0];
    DensePack pack = {.lanes = use_integer(use, "lanes"), .transposed = use_boolean(use, "transposed"), .pixels = 1};
    int64_t channels = use_integer(use, "channels");
    pack.outputs = weight->size[pack.transposed];
    pack.inputs = weight->size[!pack.transposed];
    if (channels > 0)
        pack.pixels = pack.inputs / channels;
    return pack;
}

static bool pack_shape(OpUse *use)
{
    const Type *weight = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes"), channels = use_integer(use, "channels");
    if (!elements_numbers(use, false))
        return false;
    if (lanes < 1 || lanes > ELEMENT_LIMIT)
        return use_fail(use, 625, "lanes must be from 1 to 2^40, got %lld", (long long)lanes);
    if (weight->rank != 2)
        return use_fail(use, 620, "weights to pack are a matrix, got %s", type_name(use->arena, weight));
    DensePack pack = read_pack(use);
    if (channels < 0 || (channels > 0 && pack.inputs % channels != 0))
        return use_fail(use, 625, "%lld inputs are no image of %lld channels", (long long)pack.inputs, (long long)channels);
    use->result = rule_like(weight);
    use->result.rank = 3;
    memcpy(use->result.size, (int64_t[]){blocks_of(pack.outputs, lanes), pack.inputs, lanes}, 3 * sizeof(int64_t));
    return rule_elements(use);
}

static void pack_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    DensePack pack = read_pack(use);
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t output = 0; output < pack.outputs; output++)
        for (int64_t input = 0; input < pack.inputs; input++)
            result[dense_place(&pack, output, input)] =
                operand[0][pack.transposed ? input * pack.outputs + output : output * pack.inputs + input];
}

static void pack_lower(const OpUse *use, KernelCall *call)
{
    DensePack pack = read_pack(use);
    int64_t numbers[DENSE_PACK_INTEGERS];
    memcpy(numbers, &pack, sizeof numbers);
    call->kernel = "pack_dense";
    call_integers(use, call, numbers, DENSE_PACK_INTEGERS);
}

const OpInfo op_pack_dense = {
    .op = OP_PACK_DENSE,
    .name = "pack_dense",
    .summary = "weights in the order in which products of rows read them",
    .operand_names = "weight",
    .operands = 1,
    .internal = true,
    .attributes = pack_attributes,
    .shape = pack_shape,
    .evaluate = pack_evaluate,
    .lower = pack_lower,
};

/* --- products -------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo dense_attributes[] = {
    {"outputs", ATTRIBUTE_INTEGER, NULL, NULL},
    {"channels", ATTRIBUTE_INTEGER, "0", NULL}, /* of x, a blocked image; 0: x is rows, or one row */
    TAIL_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Whether x has as many inputs as a line of weights. */
static bool check_inputs(OpUse *use)
{
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    int64_t channels = use_integer(use, "channels"), lanes = packed->size[2];
    if (channels == 0)
        return (x->rank > 0 && x->size[x->rank - 1] == packed->size[1]) ||
               use_fail(use, 621, "packed weights %s do not match rows of %s", type_name(use->arena, packed),
                        type_name(use->arena, x));
    bool blocked = x->rank == 4 && channels > 0 && channels <= ELEMENT_LIMIT && x->size[3] == lanes;
    if (blocked && x->size[0] == blocks_of(channels, lanes) &&
        rule_product(channels, rule_product(x->size[1], x->size[2])) == packed->size[1])
        return true;
    return use_fail(use, 621, "packed weights %s do not match an image of %lld channels in blocks, got %s",
                    type_name(use->arena, packed), (long long)channels, type_name(use->arena, x));
}

static bool dense_shape(OpUse *use)
{
    if (!elements_numbers(use, false))
        return false;
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    int64_t outputs = use_integer(use, "outputs"), pool = use_integer(use, "pool");
    if (packed->rank != 3 || packed->batched)
        return use_fail(use, 620, "packed weights are blocks x inputs x lanes for all samples, got %s",
                        type_name(use->arena, packed));
    if (outputs < 1 || outputs > ELEMENT_LIMIT || blocks_of(outputs, packed->size[2]) != packed->size[0])
        return use_fail(use, 625, "packed weights %s do not have %lld outputs", type_name(use->arena, packed), (long long)outputs);
    if (pool != 1)
        return use_fail(use, 625, "pool must be 1, got %lld", (long long)pool);
    if (!check_inputs(use))
        return false;
    use->result = rule_like(x);
    use->result.element = ELEMENT_REAL; /* x may be whole numbers */
    use->result.rank = use_integer(use, "channels") > 0 ? 1 : x->rank;
    memcpy(use->result.size, x->size, (size_t)use->result.rank * sizeof *x->size);
    use->result.size[use->result.rank - 1] = outputs;
    return rule_elements(use) && tail_operands(use, 2, packed->size[0] * packed->size[2]);
}

static Dense read_dense(const OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t channels = use_integer(use, "channels");
    Dense dense = {.rows = 1, .outputs = use_integer(use, "outputs"), .inputs = use->operand[1].size[1]};
    dense.pixels = channels > 0 ? x->size[1] * x->size[2] : 1;
    dense.channels = channels > 0 ? channels : dense.inputs;
    for (int i = 0; channels == 0 && i < x->rank - 1; i++)
        dense.rows *= x->size[i];
    dense.row_stride = type_elements(x) / dense.rows;
    return dense;
}

/* Where an input stands in a row. */
static int64_t entry_place(const Dense *dense, int64_t lanes, int64_t input)
{
    int64_t channel = input / dense->pixels, pixel = input % dense->pixels;
    return dense->pixels == 1 ? input : (channel / lanes * dense->pixels + pixel) * lanes + channel % lanes;
}

static void dense_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Dense dense = read_dense(use);
    const DensePack pack = {
        .lanes = use->operand[1].size[2], .outputs = dense.outputs, .inputs = dense.inputs, .pixels = dense.pixels};
    double *values = arena_take(use->arena, (size_t)(dense.rows * dense.outputs) * sizeof *values);
    for (int64_t row = 0; row < dense.rows; row++)
        for (int64_t output = 0; output < dense.outputs; output++) {
            double sum = 0;
            for (int64_t input = 0; input < dense.inputs; input++)
                sum += operand[0][row * dense.row_stride + entry_place(&dense, pack.lanes, input)] *
                       operand[1][dense_place(&pack, output, input)];
            values[row * dense.outputs + output] = sum;
        }
    tail_evaluate(use, 2, operand, (int64_t[]){1, dense.rows, 1, dense.outputs}, values, result);
}

static Cost dense_cost(const OpUse *use)
{
    return (Cost){.multiply_adds = rule_product(type_elements(&use->result), use->operand[1].size[1])};
}

static void dense_lower(const OpUse *use, KernelCall *call)
{
    Dense dense = read_dense(use);
    int64_t numbers[DENSE_INTEGERS];
    memcpy(numbers, &dense, sizeof numbers);
    call->kernel = "dense_packed";
    call_integers(use, call, numbers, DENSE_INTEGERS);
    tail_lower(use, call);
}

const OpInfo op_dense_packed = {
    .op = OP_DENSE_PACKED,
    .name = "dense_packed",
    .summary = "rows times packed weights, and what follows",
    .operand_names = "x packed ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = dense_attributes,
    .shape = dense_shape,
    .evaluate = dense_evaluate,
    .cost = dense_cost,
    .lower = dense_lower,
};

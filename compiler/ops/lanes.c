/* Batches in lanes (kernel/lanes.h) and back: the way into the form in which steps of training compute on images, and out of it. Only transforms make these
 * operations. */
#include "kernel/lanes.h"
#include "ops/elementwise.h"
#include "ops/lanes.h"
#include "ops/rule.h"

#include <string.h>

static const AttributeInfo to_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {"lanes", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo from_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

bool lanes_samples(OpUse *use, int64_t sets, int64_t lanes)
{
    int64_t samples = use_integer(use, "samples");
    if (samples < 1 || samples > ELEMENT_LIMIT)
        return use_fail(use, 625, "samples must be from 1 to 2^40, got %lld", (long long)samples);
    if (lanes < 1 || lanes > 64 || blocks_of(samples, lanes) != sets)
        return use_fail(use, 620, "%lld samples do not stand in %lld sets of %lld lanes", (long long)samples, (long long)sets,
                        (long long)lanes);
    return true;
}

static bool to_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t samples = use_integer(use, "samples"), lanes = use_integer(use, "lanes");
    if (!elements_numbers(use, false))
        return false;
    if (lanes < 1 || lanes > 64)
        return use_fail(use, 625, "lanes must be from 1 to 64, got %lld", (long long)lanes);
    if (!lanes_samples(use, blocks_of(samples, lanes), lanes))
        return false;
    if (!x->batched || x->rank + 2 > MAX_RANK)
        return use_fail(use, 620, "%s is no batch that can stand in lanes", type_name(use->arena, x));
    use->result = (Type){.rank = x->rank + 2, .size = {blocks_of(samples, lanes)}};
    memcpy(use->result.size + 1, x->size, (size_t)x->rank * sizeof *x->size);
    use->result.size[x->rank + 1] = lanes;
    return rule_elements(use);
}

static bool from_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false))
        return false;
    if (x->batched || x->rank < 2)
        return use_fail(use, 620, "%s is no batch in lanes", type_name(use->arena, x));
    if (!lanes_samples(use, x->size[0], x->size[x->rank - 1]))
        return false;
    use->result = (Type){.batched = true, .rank = x->rank - 2};
    memcpy(use->result.size, x->size + 1, (size_t)use->result.rank * sizeof *x->size);
    return true;
}

static LaneBatch read_batch(const OpUse *use)
{
    bool back = use->info->op == OP_FROM_LANES;
    const Type *type = back ? &use->operand[0] : &use->result;
    return (LaneBatch){.samples = use_integer(use, "samples"),
                       .lanes = type->size[type->rank - 1],
                       .entries = type_elements(back ? &use->result : &use->operand[0])};
}

static void to_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    LaneBatch batch = read_batch(use);
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t n = 0; n < batch.samples && n < point->samples; n++)
        for (int64_t i = 0; i < batch.entries; i++)
            result[(n / batch.lanes * batch.entries + i) * batch.lanes + n % batch.lanes] = operand[0][n * batch.entries + i];
}

static void from_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    LaneBatch batch = read_batch(use);
    int64_t set = point->sample / batch.lanes, lane = point->sample % batch.lanes;
    for (int64_t i = 0; i < batch.entries; i++)
        result[i] = point->sample < batch.samples ? operand[0][(set * batch.entries + i) * batch.lanes + lane] : 0;
}

static void lanes_lower(const OpUse *use, KernelCall *call)
{
    LaneBatch batch = read_batch(use);
    int64_t numbers[LANE_BATCH_INTEGERS];
    memcpy(numbers, &batch, sizeof numbers);
    call->kernel = use->info->name;
    call_integers(use, call, numbers, LANE_BATCH_INTEGERS);
}

/* --- sums over the batch ------------------------------------------------------------------------------------------------------ */

static const AttributeInfo sum_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {"factor", ATTRIBUTE_REAL, "1", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool sum_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false))
        return false;
    if (x->batched || x->rank < 3)
        return use_fail(use, 620, "%s is no batch in lanes", type_name(use->arena, x));
    if (!lanes_samples(use, x->size[0], x->size[x->rank - 1]))
        return false;
    use->result = (Type){.rank = 1, .size = {x->size[1]}};
    return true;
}

static LaneSum read_sum(const OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t lanes = x->size[x->rank - 1];
    return (LaneSum){.samples = use_integer(use, "samples"),
                     .sets = x->size[0],
                     .channels = x->size[1],
                     .pixels = type_elements(x) / (x->size[0] * x->size[1] * lanes),
                     .lanes = lanes};
}

static void sum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    LaneSum sum = read_sum(use);
    memset(result, 0, (size_t)sum.channels * sizeof *result);
    for (int64_t i = 0; i < type_elements(&use->operand[0]); i++) {
        int64_t block = i / sum.lanes / sum.pixels, sample = block / sum.channels * sum.lanes + i % sum.lanes;
        result[block % sum.channels] += sample < sum.samples ? operand[0][i] * use_real(use, "factor") : 0;
    }
}

static Cost sum_cost(const OpUse *use)
{
    return (Cost){.operations = type_elements(&use->operand[0])};
}

static void sum_lower(const OpUse *use, KernelCall *call)
{
    LaneSum sum = read_sum(use);
    int64_t numbers[LANE_SUM_INTEGERS];
    memcpy(numbers, &sum, sizeof numbers);
    call->kernel = use->info->name;
    call_integers(use, call, numbers, LANE_SUM_INTEGERS);
    call_real(use, call, use_real(use, "factor"));
}

const OpInfo op_sum_lanes = {
    .op = OP_SUM_LANES,
    .name = "sum_lanes",
    .summary = "the sum of each channel over all samples of a batch in lanes and their pixels, times a factor",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = sum_attributes,
    .shape = sum_shape,
    .evaluate = sum_evaluate,
    .cost = sum_cost,
    .lower = sum_lower,
};

const OpInfo op_to_lanes = {
    .op = OP_TO_LANES,
    .name = "to_lanes",
    .summary = "a batch with its samples in lanes",
    .operand_names = "x",
    .operands = 1,
    .over_batch = true,
    .internal = true,
    .attributes = to_attributes,
    .shape = to_shape,
    .evaluate = to_evaluate,
    .lower = lanes_lower,
};

const OpInfo op_from_lanes = {
    .op = OP_FROM_LANES,
    .name = "from_lanes",
    .summary = "the samples of a batch in lanes, one behind the other",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = from_attributes,
    .shape = from_shape,
    .evaluate = from_evaluate,
    .lower = lanes_lower,
};

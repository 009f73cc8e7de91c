/* The two adjoints of pool_max, which are those of each other: SPREAD hands a value for each window to the window's largest entry, PICK takes what stands
 * in the place of the largest entry of each window.
 *
 * The largest entry is the first one in row-major order that is; a NaN counts as larger than all numbers. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/pool.h"
#include "ops/rule.h"

#include <math.h>

/* The type of the windows' values, which the shape rule of pooling gives; complains as that does. */
static bool read_positions(OpUse *use, Type *positions)
{
    if (!pool_shape(use))
        return false;
    *positions = use->result;
    return true;
}

static bool fails_to_match(OpUse *use)
{
    return use_fail(use, 611, "%s and %s do not go together", type_name(use->arena, &use->operand[0]),
                    type_name(use->arena, &use->operand[1]));
}

static bool spread_shape(OpUse *use)
{
    Type positions;
    if (!read_positions(use, &positions))
        return false;
    if (!type_same_shape(&positions, &use->operand[1]))
        return fails_to_match(use);
    use->result = rule_like(&use->operand[0]);
    use->result.element = ELEMENT_REAL;
    use->result.batched |= use->operand[1].batched;
    use->result.rank = use->operand[0].rank;
    for (int i = 0; i < use->result.rank; i++)
        use->result.size[i] = use->operand[0].size[i];
    return true;
}

static bool pick_shape(OpUse *use)
{
    if (!pool_shape(use))
        return false;
    use->result.batched |= use->operand[1].batched;
    return type_same_shape(&use->operand[0], &use->operand[1]) || fails_to_match(use);
}

/* The place of the largest entry of a channel in a box. */
static int64_t find_largest(const double *channel, const int64_t *size, const Box *box)
{
    int64_t best = -1;
    for (int64_t z = box->low[0]; z < box->high[0]; z++)
        for (int64_t y = box->low[1]; y < box->high[1]; y++)
            for (int64_t x = box->low[2]; x < box->high[2]; x++) {
                int64_t place = (z * size[1] + y) * size[2] + x;
                bool first_nan = best >= 0 && isnan(channel[place]) && !isnan(channel[best]);
                if (best < 0 || channel[place] > channel[best] || first_nan)
                    best = place;
            }
    return best;
}

static void spread_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = pool_window(use, &use->operand[1]);
    int64_t positions = window_product(window.out), entries = window_product(window.in);
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = 0;
    for (int64_t i = 0; i < type_elements(&use->operand[1]); i++) {
        Box box = window_box(&window, i % positions, false);
        int64_t channel = i / positions * entries;
        result[channel + find_largest(operand[0] + channel, window.in, &box)] += operand[1][i];
    }
}

static void pick_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = pool_window(use, &use->result);
    int64_t positions = window_product(window.out), entries = window_product(window.in);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        Box box = window_box(&window, i % positions, false);
        int64_t channel = i / positions * entries;
        result[i] = operand[1][channel + find_largest(operand[0] + channel, window.in, &box)];
    }
}

static Cost compare_cost(const OpUse *use)
{
    const Type *positions = use->info->op == OP_POOL_MAX_PICK ? &use->result : &use->operand[1];
    Window window = pool_window(use, positions);
    return (Cost){.operations = rule_product(type_elements(positions), window_product(window.kernel))};
}

static void adjoint_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    pool_lower_window(use, use->info->op == OP_POOL_MAX_PICK ? &use->result : &use->operand[1], call);
}

const OpInfo op_pool_max_spread = {
    .op = OP_POOL_MAX_SPREAD,
    .name = "pool_max_spread",
    .summary = "hands a value for each window to the window's largest entry",
    .operand_names = "x values",
    .operands = 2,
    .internal = true,
    .attributes = pool_max_attributes,
    .shape = spread_shape,
    .evaluate = spread_evaluate,
    .cost = compare_cost,
    .lower = adjoint_lower,
    .gradient = gradient_of_pool_max_spread,
};

const OpInfo op_pool_max_pick = {
    .op = OP_POOL_MAX_PICK,
    .name = "pool_max_pick",
    .summary = "takes what stands in the place of each window's largest entry",
    .operand_names = "x values",
    .operands = 2,
    .internal = true,
    .attributes = pool_max_attributes,
    .shape = pick_shape,
    .evaluate = pick_evaluate,
    .cost = compare_cost,
    .lower = adjoint_lower,
    .gradient = gradient_of_pool_max_pick,
};

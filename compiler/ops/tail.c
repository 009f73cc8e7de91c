/* Bias, addition, activation and pooling behind another operation; see tail.h. */
#include "ops/tail.h"
#include "kernel/tail.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static TailActivation read_activation(const OpUse *use)
{
    const char *name = use_name(use, "activation");
    return strcmp(name, "relu") == 0 ? TAIL_RELU : strcmp(name, "clamp") == 0 ? TAIL_CLAMP : TAIL_NONE;
}

bool tail_operands(OpUse *use, int operands, int64_t numbers)
{
    bool has_bias = use_boolean(use, "bias"), has_addition = use_boolean(use, "addition");
    int expected = operands + has_bias + has_addition;
    if (use->operand_count != expected)
        return use_fail(use, 621, "with bias=%s and addition=%s there are %s, got %d", has_bias ? "true" : "false",
                        has_addition ? "true" : "false", rule_count(use, expected, "operand", "operands"), use->operand_count);
    const Type *result = &use->result;
    const Type *bias = &use->operand[operands], *addition = &use->operand[operands + has_bias];
    if (has_bias && (bias->rank != 1 || bias->size[0] != numbers))
        return use_fail(use, 621, "a bias for %s has %lld numbers, got %s", type_name(use->arena, result), (long long)numbers,
                        type_name(use->arena, bias));
    bool alike = has_addition && addition->rank == result->rank;
    for (int i = 0; alike && i < result->rank; i++)
        alike = addition->size[i] == result->size[i];
    if (has_addition && !alike)
        return use_fail(use, 621, "%s cannot be added to %s", type_name(use->arena, addition), type_name(use->arena, result));
    for (int k = operands; k < use->operand_count; k++)
        use->result.batched |= use->operand[k].batched;
    return true;
}

bool tail_shape(OpUse *use, int operands)
{
    int64_t numbers = use->result.size[0] * (use->result.rank == 4 ? use->result.size[3] : 1);
    if (!rule_elements(use) || !tail_operands(use, operands, numbers))
        return false;
    int64_t pool = use_integer(use, "pool");
    if (pool != 1 && pool != 2)
        return use_fail(use, 625, "pool must be 1 or 2, got %lld", (long long)pool);
    if (use->result.size[1] < pool || use->result.size[2] < pool)
        return use_fail(use, 623, "a window of 2x2 does not fit into %s", type_name(use->arena, &use->result));
    use->result.size[1] /= pool;
    use->result.size[2] /= pool;
    return true;
}

static double activate(TailActivation activation, double high, double value)
{
    if (activation != TAIL_NONE && value < 0)
        value = 0;
    return activation == TAIL_CLAMP && value > high ? high : value;
}

static void evaluate_elements(const OpUse *use, int operands, const double *const *operand, const int64_t *size, double *values)
{
    const double *bias = use_boolean(use, "bias") ? operand[operands] : NULL;
    const double *addition = use_boolean(use, "addition") ? operand[operands + (bias != NULL)] : NULL;
    TailActivation activation = read_activation(use);
    double high = use_real(use, "high");
    int64_t pixels = size[1] * size[2], lanes = size[3];
    for (int64_t i = 0; i < size[0] * pixels * lanes; i++) {
        double value = values[i];
        if (bias)
            value += bias[i / (pixels * lanes) * lanes + i % lanes];
        if (addition)
            value += addition[i];
        values[i] = activate(activation, high, value);
    }
}

/* The larger one; NaN where one of them is. */
static double larger(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

void tail_evaluate(const OpUse *use, int operands, const double *const *operand, const int64_t *size, double *values,
                   double *result)
{
    evaluate_elements(use, operands, operand, size, values);
    int64_t row = size[2] * size[3], lanes = size[3];
    if (use_integer(use, "pool") == 1) {
        memcpy(result, values, (size_t)(size[0] * size[1] * row) * sizeof *result);
        return;
    }
    for (int64_t block = 0; block < size[0]; block++)
        for (int64_t y = 0; y < size[1] / 2; y++)
            for (int64_t x = 0; x < size[2] / 2 * lanes; x++) {
                const double *upper = values + (block * size[1] + 2 * y) * row + x / lanes * 2 * lanes + x % lanes;
                *result++ = larger(larger(upper[0], upper[lanes]), larger(upper[row], upper[row + lanes]));
            }
}

void tail_lower(const OpUse *use, KernelCall *call)
{
    const int64_t numbers[TAIL_INTEGERS] = {use_boolean(use, "bias"), use_boolean(use, "addition"), read_activation(use),
                                            use_integer(use, "pool")};
    call_integers(use, call, numbers, TAIL_INTEGERS);
    call_real(use, call, use_real(use, "high"));
}

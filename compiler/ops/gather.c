/* Choosing by index: slices of a tensor, or a vector with a one in the place.
 *
 * An index is a whole number from 0; a number in between counts as the whole one below. GATHER gives NaN for an index that the axis does not
 * have, so that the mistake is seen; ONE_HOT gives zeros only. SCATTER_MEAN, the adjoint of GATHER, leaves out what has such an index. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"

#include <math.h>

static bool check_indices(OpUse *use, const Type *indices)
{
    if (indices->element == ELEMENT_REAL || indices->element == ELEMENT_INTEGER)
        return true;
    use_help(use, "indices are integers from 0, like those that `argmax` gives");
    return use_fail(use, 650, "%s takes numbers as indices, got %s", use->info->name, type_name(use->arena, indices));
}

/* The index that a real says, or -1 when it is none of 0 .. n - 1. */
static int64_t read_index(double number, int64_t n)
{
    return number >= 0 && number < (double)n ? (int64_t)floor(number) : -1;
}

/* --- gather ---------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo gather_attributes[] = {
    {"axis", ATTRIBUTE_INTEGER, "0", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool gather_shape(OpUse *use)
{
    const Type *x = &use->operand[0], *indices = &use->operand[1];
    int axis;
    if (!check_indices(use, indices) || !rule_axis(use, "axis", x, &axis))
        return false;
    use->result = (Type){.element = x->element, .batched = x->batched || indices->batched, .rank = x->rank - 1 + indices->rank};
    if (use->result.rank > MAX_RANK)
        return use_fail(use, 649, "a tensor has at most %d dimensions, got %d", MAX_RANK, use->result.rank);
    int place = 0;
    for (int i = 0; i < axis; i++)
        use->result.size[place++] = x->size[i];
    for (int i = 0; i < indices->rank; i++)
        use->result.size[place++] = indices->size[i];
    for (int i = axis + 1; i < x->rank; i++)
        use->result.size[place++] = x->size[i];
    return rule_elements(use);
}

/* Reals behind one index of the axis. */
static int64_t slice_reals(const OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t reals = rule_width(x);
    for (int i = x->rank - 1; i > use_integer(use, "axis"); i--)
        reals *= x->size[i];
    return reals;
}

static void gather_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t n = x->size[use_integer(use, "axis")], reals = slice_reals(use), count = type_elements(&use->operand[1]);
    int64_t outer = type_reals(x) / (n * reals);
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < count; j++) {
            int64_t index = read_index(operand[1][j], n);
            for (int64_t k = 0; k < reals; k++)
                *result++ = index < 0 ? NAN : operand[0][(i * n + index) * reals + k];
        }
}

/* Numbers of the kernel: indices in front of the axis, entries of the axis, reals behind it, indices to take. */
static void gather_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    int64_t n = x->size[use_integer(use, "axis")], reals = slice_reals(use);
    call->kernel = "gather";
    call_integer(use, call, type_reals(x) / (n * reals));
    call_integer(use, call, n);
    call_integer(use, call, reals);
    call_integer(use, call, type_elements(&use->operand[1]));
}

const OpInfo op_gather = {
    .op = OP_GATHER,
    .name = "gather",
    .summary = "the slices of an axis that indices name; NaN where there is none",
    .operand_names = "x indices",
    .operands = 2,
    .attributes = gather_attributes,
    .shape = gather_shape,
    .evaluate = gather_evaluate,
    .lower = gather_lower,
    .gradient = gradient_of_gather,
};

/* --- one-hot --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo one_hot_attributes[] = {
    {"depth", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool one_hot_shape(OpUse *use)
{
    const Type *indices = &use->operand[0];
    int64_t depth = use_integer(use, "depth");
    if (!check_indices(use, indices))
        return false;
    if (depth < 1 || depth > ELEMENT_LIMIT)
        return use_fail(use, 625, "depth must be from 1 to 2^40, got %lld", (long long)depth);
    if (indices->rank == MAX_RANK)
        return use_fail(use, 649, "a tensor has at most %d dimensions, got %d", MAX_RANK, MAX_RANK + 1);
    use->result = *indices;
    use->result.element = ELEMENT_REAL;
    use->result.size[use->result.rank++] = depth;
    return rule_elements(use);
}

static void one_hot_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t depth = use_integer(use, "depth");
    for (int64_t i = 0; i < type_elements(&use->operand[0]); i++)
        for (int64_t k = 0; k < depth; k++)
            *result++ = read_index(operand[0][i], depth) == k;
}

/* Numbers of the kernel: indices, depth. */
static void one_hot_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "one_hot";
    call_integer(use, call, type_elements(&use->operand[0]));
    call_integer(use, call, use_integer(use, "depth"));
}

const OpInfo op_one_hot = {
    .op = OP_ONE_HOT,
    .name = "one_hot",
    .summary = "for each index a vector with 1 in its place and 0 elsewhere",
    .operand_names = "indices",
    .operands = 1,
    .attributes = one_hot_attributes,
    .shape = one_hot_shape,
    .evaluate = one_hot_evaluate,
    .lower = one_hot_lower,
    .gradient = gradient_none,
};

/* --- scatter --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo scatter_attributes[] = {
    {"size", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Rows are outer x indices x inner; the result is outer x size x inner. */
static bool scatter_shape(OpUse *use)
{
    const Type *rows = &use->operand[0], *indices = &use->operand[1];
    int64_t size = use_integer(use, "size");
    if (!elements_numbers(use, false) || !check_indices(use, indices))
        return false;
    if (rows->rank != 3 || indices->rank != 1 || rows->size[1] != indices->size[0])
        return use_fail(use, 646, "%s has no row for each index of %s", type_name(use->arena, rows),
                        type_name(use->arena, indices));
    if (size < 1 || size > ELEMENT_LIMIT)
        return use_fail(use, 625, "size must be from 1 to 2^40, got %lld", (long long)size);
    use->result = (Type){.rank = 3, .size = {rows->size[0], size, rows->size[2]}};
    return rule_elements(use);
}

static void scatter_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    const Type *rows = &use->operand[0];
    int64_t count = rows->size[1], inner = rows->size[2], n = use->result.size[1];
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] = 0;
    for (int64_t sample = 0; sample < point->samples; sample++) {
        const double *from = operand[0] + (rows->batched ? sample * type_reals(rows) : 0);
        const double *indices = operand[1] + (use->operand[1].batched ? sample * count : 0);
        for (int64_t i = 0; i < type_reals(rows); i++) {
            int64_t index = read_index(indices[i / inner % count], n);
            if (index >= 0)
                result[(i / inner / count * n + index) * inner + i % inner] += from[i];
        }
    }
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] /= (double)point->samples;
}

/* Numbers of the kernel: outer, rows, inner, size. */
static void scatter_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    call_integers(use, call, use->operand[0].size, 3);
    call_integer(use, call, use->result.size[1]);
}

const OpInfo op_scatter_mean = {
    .op = OP_SCATTER_MEAN,
    .name = "scatter_mean",
    .summary = "the sum of the rows that have the same index; the mean of that over the batch",
    .operand_names = "rows indices",
    .operands = 2,
    .over_batch = true,
    .internal = true,
    .attributes = scatter_attributes,
    .shape = scatter_shape,
    .evaluate = scatter_evaluate,
    .lower = scatter_lower,
    .gradient = gradient_of_scatter_mean,
};

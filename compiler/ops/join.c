/* Tensors made larger: several behind each other along an axis, or one with a border around it. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"
#include "ops/window.h"

#include <string.h>

/* --- concatenate ----------------------------------------------------------------------------------------------------------- */

static const AttributeInfo concatenate_attributes[] = {
    {"axis", ATTRIBUTE_INTEGER, "0", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool is_number(ElementKind element)
{
    return element == ELEMENT_REAL || element == ELEMENT_INTEGER;
}

/* One kind of elements; reals and integers together are reals. */
static bool join_elements(OpUse *use)
{
    use->result.element = use->operand[0].element;
    for (int k = 1; k < use->operand_count; k++) {
        ElementKind element = use->operand[k].element;
        if (element == use->result.element)
            continue;
        if (!is_number(element) || !is_number(use->result.element)) {
            use_help(use, "make complex numbers of reals with `complex(x, 0)`, numbers of booleans with `where(c, 1, 0)`");
            return use_fail(use, 647, "%s and %s have different kinds of entries", type_name(use->arena, &use->operand[0]),
                            type_name(use->arena, &use->operand[k]));
        }
        use->result.element = ELEMENT_REAL;
    }
    return true;
}

static bool concatenate_shape(OpUse *use)
{
    const Type *first = &use->operand[0];
    int axis;
    use->result = rule_like(first);
    if (!rule_axis(use, "axis", first, &axis) || !join_elements(use))
        return false;
    use->result.rank = first->rank;
    memcpy(use->result.size, first->size, sizeof first->size);
    for (int k = 1; k < use->operand_count; k++) {
        const Type *operand = &use->operand[k];
        use->result.batched |= operand->batched;
        bool fits = operand->rank == first->rank;
        for (int i = 0; fits && i < first->rank; i++)
            fits = i == axis || operand->size[i] == first->size[i];
        if (!fits) {
            use_help(use, "all sizes but that of axis %d have to be equal", axis);
            return use_fail(use, 646, "%s and %s cannot be joined along axis %d", type_name(use->arena, first),
                            type_name(use->arena, operand), axis);
        }
        use->result.size[axis] += operand->size[axis];
        if (use->result.size[axis] > ELEMENT_LIMIT)
            return use_fail(use, 612, "the result would have more than 2^40 elements");
    }
    return rule_elements(use);
}

/* Reals of one operand for one index of the axes in front of the joined one. */
static int64_t run_reals(const OpUse *use, int k)
{
    const Type *operand = &use->operand[k];
    int64_t reals = rule_width(operand);
    for (int i = operand->rank - 1; i >= use_integer(use, "axis"); i--)
        reals *= operand->size[i];
    return reals;
}

static void concatenate_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t outer = type_reals(&use->operand[0]) / run_reals(use, 0);
    for (int64_t i = 0; i < outer; i++)
        for (int k = 0; k < use->operand_count; k++)
            for (int64_t reals = run_reals(use, k), j = 0; j < reals; j++)
                *result++ = operand[k][i * reals + j];
}

/* Numbers of the kernel: operands, runs of each, reals in a run of each operand. */
static void concatenate_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "concatenate";
    call_integer(use, call, use->operand_count);
    call_integer(use, call, type_reals(&use->operand[0]) / run_reals(use, 0));
    for (int k = 0; k < use->operand_count; k++)
        call_integer(use, call, run_reals(use, k));
}

const OpInfo op_concatenate = {
    .op = OP_CONCATENATE,
    .name = "concatenate",
    .summary = "tensors one behind the other along an axis",
    .operand_names = "x...",
    .operands = 1,
    .variadic = true,
    .attributes = concatenate_attributes,
    .shape = concatenate_shape,
    .evaluate = concatenate_evaluate,
    .lower = concatenate_lower,
    .gradient = gradient_of_concatenate,
};

/* --- pad ------------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo pad_attributes[] = {
    {"amounts", ATTRIBUTE_LIST, NULL, NULL},
    {"mode", ATTRIBUTE_NAME, "zero", "zero constant reflect periodic replicate"},
    {"value", ATTRIBUTE_REAL, "0", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Completes the amounts to a pair for each axis: those that are given are for the last axes. */
static bool complete_amounts(OpUse *use)
{
    int rank = use->operand[0].rank;
    int64_t count;
    const int64_t *items = use_list(use, "amounts", &count);
    if (count % 2 != 0 || count > 2 * rank) {
        use_help(use, "give two numbers, before and after, for each of the last axes");
        return use_fail(use, 624, "amounts has %s for %s", rule_count(use, count, "number", "numbers"),
                        rule_count(use, rank, "axis", "axes"));
    }
    int64_t full[2 * MAX_RANK] = {0};
    for (int i = 0; i < count; i++) {
        if (items[i] < 0 || items[i] > ELEMENT_LIMIT) {
            use_help(use, "entries are taken away by `slice`");
            return use_fail(use, 625, "amounts must be from 0 to 2^40, got %lld", (long long)items[i]);
        }
        full[2 * rank - count + i] = items[i];
    }
    use_set_list(use, "amounts", full, 2 * rank);
    return true;
}

static bool pad_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!complete_amounts(use))
        return false;
    int64_t count;
    const int64_t *amounts = use_list(use, "amounts", &count);
    use->result = rule_like(x);
    use->result.rank = x->rank;
    for (int axis = 0; axis < x->rank; axis++) {
        int64_t before = amounts[2 * axis], after = amounts[2 * axis + 1];
        if (!window_border_reaches(use, use_name(use, "mode"), axis, x->size[axis], before, after))
            return false;
        use->result.size[axis] = before + x->size[axis] + after;
    }
    return rule_elements(use);
}

static void pad_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t count, width = rule_width(x);
    const int64_t *amounts = use_list(use, "amounts", &count);
    Border border = window_border(use_name(use, "mode"));
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t index[MAX_RANK] = {0};
        rule_index(&use->result, i, index);
        bool inside = true;
        for (int axis = 0; axis < x->rank; axis++) {
            index[axis] = border_index(border, index[axis] - amounts[2 * axis], x->size[axis]);
            inside &= index[axis] >= 0;
        }
        for (int64_t k = 0; k < width; k++)
            if (inside)
                result[i * width + k] = operand[0][rule_flat(x, index) * width + k];
            else
                result[i * width + k] = border == BORDER_CONSTANT && k == 0 ? use_real(use, "value") : 0;
    }
}

/* Numbers of the kernel: width, border, rank, sizes of the operand, amounts in front, sizes of the result; the constant. A single number
 * counts as an axis of one entry. */
static void pad_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    int64_t count;
    const int64_t *amounts = use_list(use, "amounts", &count);
    Border border = window_border(use_name(use, "mode"));
    static const int64_t one = 1;
    int rank = x->rank > 0 ? x->rank : 1;
    int64_t before[MAX_RANK] = {0};
    for (int axis = 0; axis < x->rank; axis++)
        before[axis] = amounts[2 * axis];
    call->kernel = "pad";
    call_integer(use, call, rule_width(x));
    call_integer(use, call, border);
    call_integer(use, call, rank);
    call_integers(use, call, x->rank > 0 ? x->size : &one, rank);
    call_integers(use, call, before, rank);
    call_integers(use, call, x->rank > 0 ? use->result.size : &one, rank);
    call_real(use, call, border == BORDER_CONSTANT ? use_real(use, "value") : 0);
}

const OpInfo op_pad = {
    .op = OP_PAD,
    .name = "pad",
    .summary = "entries around a tensor: zeros, a constant, or taken from the tensor itself",
    .operand_names = "x",
    .operands = 1,
    .attributes = pad_attributes,
    .shape = pad_shape,
    .evaluate = pad_evaluate,
    .lower = pad_lower,
    .gradient = gradient_of_pad,
};

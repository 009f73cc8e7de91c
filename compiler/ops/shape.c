/* Other views of a tensor: another shape, repeated, with its axes in another order, or every so many entries of one axis.
 *
 * RESHAPE keeps the memory as it is. The others choose for each entry of the result one entry of the operand whose place is linear in
 * the indices, so one kernel, `copy_strided`, does them all: a first place and a step for each axis. */
#include "ops/gradient_rules.h"
#include "ops/rule.h"

/* --- reshape --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo shape_attributes[] = {
    {"shape", ATTRIBUTE_LIST, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Copies a list of sizes to the result, where `open` says that one of them may be -1 and gets its place (else -1). */
static bool read_sizes(OpUse *use, bool may_be_open, int *open)
{
    int64_t count;
    const int64_t *sizes = use_list(use, "shape", &count);
    *open = -1;
    if (count > MAX_RANK)
        return use_fail(use, 649, "a tensor has at most %d dimensions, got %lld", MAX_RANK, (long long)count);
    use->result.rank = (int)count;
    for (int i = 0; i < count; i++) {
        bool is_open = may_be_open && sizes[i] == -1 && *open < 0;
        if (!is_open && (sizes[i] < 1 || sizes[i] > ELEMENT_LIMIT)) {
            if (may_be_open)
                use_help(use, "one entry, and only one, may be -1: it becomes what is left");
            return use_fail(use, 641, "%s is not a shape: every size must be at least 1", rule_list_text(use, sizes, count));
        }
        if (is_open)
            *open = i;
        use->result.size[i] = is_open ? 1 : sizes[i];
    }
    return rule_elements(use);
}

static bool reshape_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    use->result = rule_like(x);
    int open;
    if (!read_sizes(use, true, &open))
        return false;
    int64_t have = type_elements(x), given = type_elements(&use->result);
    if (open >= 0 && have % given == 0) {
        use->result.size[open] = have / given;
        given = have;
        use_set_list(use, "shape", use->result.size, use->result.rank);
    }
    if (have == given)
        return true;
    int64_t count;
    const int64_t *sizes = use_list(use, "shape", &count);
    use_fail(use, 640, "%s cannot become %s: the number of entries differs", type_name(use->arena, x),
             open < 0 ? type_name(use->arena, &use->result) : rule_list_text(use, sizes, count));
    return use_formula(use, open < 0 ? "%lld entries, not %lld" : "%lld is not a multiple of %lld", (long long)have,
                       (long long)given);
}

static void reshape_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] = operand[0][i];
}

static Cost free_of_charge(const OpUse *use)
{
    (void)use;
    return (Cost){0};
}

static void reshape_lower(const OpUse *use, KernelCall *call)
{
    (void)use;
    call->kernel = NULL;
}

const OpInfo op_reshape = {
    .op = OP_RESHAPE,
    .name = "reshape",
    .summary = "the same entries in another shape; one size may be -1: what is left",
    .operand_names = "x",
    .operands = 1,
    .attributes = shape_attributes,
    .shape = reshape_shape,
    .evaluate = reshape_evaluate,
    .cost = free_of_charge,
    .lower = reshape_lower,
    .gradient = gradient_of_reshape,
};

/* --- what the copies share ------------------------------------------------------------------------------------------------- */

/* Where the entries of the result come from: operand entry first + sum of index[i] * step[i]. */
typedef struct Walk {
    int64_t first;
    int64_t step[MAX_RANK];
} Walk;

/* Entries from one index to the next, for each axis of a row-major tensor. */
static void axis_steps(const Type *type, int64_t *step)
{
    int64_t entries = 1;
    for (int i = type->rank - 1; i >= 0; i--) {
        step[i] = entries;
        entries *= type->size[i];
    }
}

/* Numbers of `copy_strided`: width, rank, first, sizes, steps. */
static void lower_walk(const OpUse *use, KernelCall *call, const Walk *walk)
{
    call->kernel = "copy_strided";
    call_integer(use, call, rule_width(&use->result));
    call_integer(use, call, use->result.rank);
    call_integer(use, call, walk->first);
    call_integers(use, call, use->result.size, use->result.rank);
    call_integers(use, call, walk->step, use->result.rank);
}

/* result[i] = x[place], an element of one or two reals. */
static void take_element(const OpUse *use, const double *x, int64_t place, double *result, int64_t i)
{
    int64_t width = rule_width(&use->result);
    for (int64_t k = 0; k < width; k++)
        result[i * width + k] = x[place * width + k];
}

/* --- broadcast ------------------------------------------------------------------------------------------------------------- */

static bool broadcast_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    use->result = rule_like(x);
    int open;
    if (!read_sizes(use, false, &open))
        return false;
    int missing = use->result.rank - x->rank;
    bool fits = missing >= 0;
    for (int i = 0; fits && i < x->rank; i++)
        fits = x->size[i] == 1 || x->size[i] == use->result.size[missing + i];
    if (fits)
        return true;
    use_help(use, "sizes are aligned from the right; each must be equal or 1");
    return use_fail(use, 642, "%s cannot be repeated to %s", type_name(use->arena, x), type_name(use->arena, &use->result));
}

static void broadcast_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int missing = use->result.rank - x->rank;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t index[MAX_RANK];
        rule_index(&use->result, i, index);
        int64_t *source = index + missing;
        for (int axis = 0; axis < x->rank; axis++)
            if (x->size[axis] == 1)
                source[axis] = 0;
        take_element(use, operand[0], rule_flat(x, source), result, i);
    }
}

static void broadcast_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    int missing = use->result.rank - x->rank;
    Walk walk = {0};
    axis_steps(x, walk.step + missing);
    for (int axis = 0; axis < x->rank; axis++)
        if (x->size[axis] == 1)
            walk.step[missing + axis] = 0;
    lower_walk(use, call, &walk);
}

const OpInfo op_broadcast = {
    .op = OP_BROADCAST,
    .name = "broadcast",
    .summary = "repeats axes of size 1, and adds leading ones, up to a shape",
    .operand_names = "x",
    .operands = 1,
    .attributes = shape_attributes,
    .shape = broadcast_shape,
    .evaluate = broadcast_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_broadcast,
};

/* --- permute --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo permute_attributes[] = {
    {"axes", ATTRIBUTE_LIST, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool permute_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    use->result = rule_like(x);
    use->result.rank = x->rank;
    unsigned seen = 0;
    bool good = count == x->rank;
    for (int i = 0; good && i < count; i++) {
        good = axes[i] >= 0 && axes[i] < x->rank && !(seen >> axes[i] & 1u);
        if (good) {
            seen |= 1u << axes[i];
            use->result.size[i] = x->size[axes[i]];
        }
    }
    if (good)
        return true;
    use_help(use, "name each of its %d axes once, counted from 0, in the new order", x->rank);
    return use_fail(use, 643, "%s is not an order of the axes of %s", rule_list_text(use, axes, count), type_name(use->arena, x));
}

static void permute_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t index[MAX_RANK], source[MAX_RANK];
        rule_index(&use->result, i, index);
        for (int axis = 0; axis < count; axis++)
            source[axes[axis]] = index[axis];
        take_element(use, operand[0], rule_flat(&use->operand[0], source), result, i);
    }
}

static void permute_lower(const OpUse *use, KernelCall *call)
{
    int64_t count, step[MAX_RANK];
    const int64_t *axes = use_list(use, "axes", &count);
    axis_steps(&use->operand[0], step);
    Walk walk = {0};
    for (int i = 0; i < count; i++)
        walk.step[i] = step[axes[i]];
    lower_walk(use, call, &walk);
}

const OpInfo op_permute = {
    .op = OP_PERMUTE,
    .name = "permute",
    .summary = "the axes in another order: axis i of the result is axis axes[i]",
    .operand_names = "x",
    .operands = 1,
    .attributes = permute_attributes,
    .shape = permute_shape,
    .evaluate = permute_evaluate,
    .lower = permute_lower,
    .gradient = gradient_of_permute,
};

/* --- slice ----------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo slice_attributes[] = {
    {"axis", ATTRIBUTE_INTEGER, NULL, NULL}, {"start", ATTRIBUTE_INTEGER, NULL, NULL}, {"stop", ATTRIBUTE_INTEGER, NULL, NULL},
    {"step", ATTRIBUTE_INTEGER, "1", NULL},  {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Counts from the end when negative: -1 is the last of n. */
static int64_t from_either_end(int64_t position, int64_t n)
{
    return position < 0 && position >= -n - 1 ? position + n : position;
}

/* The resolved first entry, and how many follow in steps until `stop`, which is excluded; 0: the slice is empty or leaves the axis. */
static int64_t slice_entries(const OpUse *use, int64_t n, int64_t *start)
{
    int64_t step = use_integer(use, "step");
    *start = from_either_end(use_integer(use, "start"), n);
    int64_t stop = from_either_end(use_integer(use, "stop"), n);
    if (*start < 0 || *start >= n || stop < -1 || stop > n || step < -n || step > n || step == 0)
        return 0;
    int64_t distance = step > 0 ? stop - *start : *start - stop;
    int64_t stride = step > 0 ? step : -step;
    if (stop == -1 && step > 0)
        return 0;
    return distance <= 0 ? 0 : (distance + stride - 1) / stride;
}

static bool slice_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int axis;
    if (!rule_axis(use, "axis", x, &axis))
        return false;
    int64_t start;
    use->result = *x;
    use->result.size[axis] = slice_entries(use, x->size[axis], &start);
    if (use->result.size[axis] > 0)
        return true;
    use_help(
        use,
        "`stop` itself is not taken; negative numbers count from the end; `start=-1, stop=-%lld, step=-1` is all of it backwards",
        (long long)x->size[axis] + 1);
    return use_fail(use, 645, "axis %d of %s has %s: from %lld to %lld in steps of %lld is no slice of it", axis,
                    type_name(use->arena, x), rule_count(use, x->size[axis], "entry", "entries"),
                    (long long)use_integer(use, "start"), (long long)use_integer(use, "stop"), (long long)use_integer(use, "step"));
}

static void slice_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t axis = use_integer(use, "axis"), start;
    slice_entries(use, x->size[axis], &start);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t index[MAX_RANK];
        rule_index(&use->result, i, index);
        index[axis] = start + index[axis] * use_integer(use, "step");
        take_element(use, operand[0], rule_flat(x, index), result, i);
    }
}

static void slice_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    int64_t axis = use_integer(use, "axis"), start;
    slice_entries(use, x->size[axis], &start);
    Walk walk = {0};
    axis_steps(x, walk.step);
    walk.first = start * walk.step[axis];
    walk.step[axis] *= use_integer(use, "step");
    lower_walk(use, call, &walk);
}

const OpInfo op_slice = {
    .op = OP_SLICE,
    .name = "slice",
    .summary = "the entries start, start + step, ... before stop of one axis; negative ones count from the end",
    .operand_names = "x",
    .operands = 1,
    .attributes = slice_attributes,
    .shape = slice_shape,
    .evaluate = slice_evaluate,
    .lower = slice_lower,
    .gradient = gradient_of_slice,
};

/* Reductions along axes, the position of the largest element, running sums, and the mean over the batch.
 *
 * Axes count from 0 and are per sample; no axes means all of them. With `keep` a reduced axis stays with size 1. Sums of complex numbers
 * and their mean are defined; an order among them is not. Sums are added pairwise: n terms are off by at most (log2 n + 8 s) eps times the sum of
 * their absolute values, s being the number of groups of neighbouring axes that are summed over. A NaN makes the maximum and the minimum NaN and counts as the largest for argmax. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/reduction.h"

#include <math.h>

static const AttributeInfo reduce_attributes[] = {
    {"axes", ATTRIBUTE_LIST, "[]", NULL},
    {"keep", ATTRIBUTE_BOOLEAN, "false", NULL},
    {0},
};

static const AttributeInfo argmax_attributes[] = {
    {"axis", ATTRIBUTE_INTEGER, "0", NULL},
    {0},
};

static const AttributeInfo cumulative_sum_attributes[] = {
    {"axis", ATTRIBUTE_INTEGER, "0", NULL},
    {"exclusive", ATTRIBUTE_BOOLEAN, "false", NULL},
    {"reverse", ATTRIBUTE_BOOLEAN, "false", NULL},
    {0},
};

/* Whether `axis` is one of x. */
static bool axis_exists(OpUse *use, const Type *x, int64_t axis)
{
    if (axis >= 0 && axis < x->rank)
        return true;
    use_fail(use, 670, "%s has no axis %lld", type_name(use->arena, x), (long long)axis);
    if (x->rank == 0)
        return use_help(use, "a single number has no axes: leave this operation out");
    return use_help(use, "its axes are 0 to %d, the batch not counted", x->rank - 1);
}

/* Marks the axes to reduce; an empty list is completed to all. */
static bool read_axes(OpUse *use, const Type *x, bool *reduced)
{
    static const int64_t every[MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    if (count == 0) {
        use_set_list(use, "axes", every, x->rank);
        axes = use_list(use, "axes", &count);
    }
    for (int64_t i = 0; i < count; i++) {
        if (!axis_exists(use, x, axes[i]))
            return false;
        if (reduced[axes[i]])
            return use_fail(use, 671, "axis %lld stands twice in the axes of %s", (long long)axes[i], use->info->name);
        reduced[axes[i]] = true;
    }
    return true;
}

/* x without the axes that are reduced, or with size 1 there. */
static void drop_axes(const Type *x, const bool *reduced, bool keep, Type *result)
{
    *result = *x;
    result->rank = 0;
    for (int i = 0; i < x->rank; i++)
        if (!reduced[i])
            result->size[result->rank++] = x->size[i];
        else if (keep)
            result->size[result->rank++] = 1;
}

static bool reduce_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    bool reduced[MAX_RANK] = {false};
    if (!read_axes(use, x, reduced))
        return false;
    drop_axes(x, reduced, use_boolean(use, "keep"), &use->result);
    return true;
}

static bool sum_shape(OpUse *use)
{
    return elements_numbers(use, true) && reduce_shape(use);
}

/* The mean of integers is a real number. */
static bool mean_shape(OpUse *use)
{
    if (!sum_shape(use))
        return false;
    if (use->result.element == ELEMENT_INTEGER)
        use->result.element = ELEMENT_REAL;
    return true;
}

/* Complex numbers have no order. */
static bool ordered(OpUse *use)
{
    if (use->operand[0].element == ELEMENT_COMPLEX)
        return elements_fail_complex(use, &use->operand[0], "complex numbers have no order: take their `modulus` first");
    return elements_numbers(use, false);
}

static bool extreme_shape(OpUse *use)
{
    return ordered(use) && reduce_shape(use);
}

static bool argmax_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t axis = use_integer(use, "axis");
    if (!ordered(use) || !axis_exists(use, x, axis))
        return false;
    bool reduced[MAX_RANK] = {false};
    reduced[axis] = true;
    drop_axes(x, reduced, false, &use->result);
    use->result.element = ELEMENT_INTEGER;
    return true;
}

static bool cumulative_sum_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false) || !axis_exists(use, x, use_integer(use, "axis")))
        return false;
    use->result = *x;
    return true;
}

/* An unbatched value is its own mean. */
static bool batch_mean_shape(OpUse *use)
{
    if (!elements_numbers(use, true))
        return false;
    use->result = use->operand[0];
    use->result.batched = false;
    if (use->result.element == ELEMENT_INTEGER)
        use->result.element = ELEMENT_REAL;
    return true;
}

/* --- plain evaluation ---------------------------------------------------------------------------------------------------------- */

/* The element of the result that element `index` of x goes to. */
static int64_t target(const Type *x, const bool *reduced, int64_t index)
{
    int64_t position = 0;
    int64_t step = 1;
    for (int i = x->rank - 1; i >= 0; i--) {
        if (!reduced[i]) {
            position += index % x->size[i] * step;
            step *= x->size[i];
        }
        index /= x->size[i];
    }
    return position;
}

static void mark_axes(const OpUse *use, bool *reduced)
{
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        reduced[axes[i]] = true;
}

/* How many elements of x go to one of the result. */
static int64_t reduced_elements(const OpUse *use)
{
    return type_elements(&use->operand[0]) / type_elements(&use->result);
}

/* One number of a complex element, or the real element itself, is summed for itself. */
static void sum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    bool reduced[MAX_RANK] = {false};
    mark_axes(use, reduced);
    int64_t width = x->element == ELEMENT_COMPLEX ? 2 : 1;
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] = 0;
    for (int64_t i = 0; i < type_reals(x); i++)
        result[target(x, reduced, i / width) * width + i % width] += operand[0][i];
}

static void mean_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    sum_evaluate(use, point, operand, result);
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] /= (double)reduced_elements(use);
}

static void extreme(const OpUse *use, const double *x, double *result, bool largest)
{
    bool reduced[MAX_RANK] = {false};
    mark_axes(use, reduced);
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = largest ? -INFINITY : INFINITY;
    for (int64_t i = 0; i < type_elements(&use->operand[0]); i++) {
        double *best = &result[target(&use->operand[0], reduced, i)];
        bool better = largest ? x[i] > *best : x[i] < *best;
        if (better || isnan(x[i]))
            *best = x[i];
    }
}

static void max_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    extreme(use, operand[0], result, true);
}

static void min_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    extreme(use, operand[0], result, false);
}

/* Sizes before, along and behind the axis. */
typedef struct AxisView {
    int64_t outer, size, inner;
} AxisView;

static AxisView axis_view(const OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t axis = use_integer(use, "axis");
    AxisView view = {1, x->size[axis], 1};
    for (int i = 0; i < x->rank; i++)
        if (i < axis)
            view.outer *= x->size[i];
        else if (i > axis)
            view.inner *= x->size[i];
    return view;
}

static void argmax_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    AxisView view = axis_view(use);
    for (int64_t outer = 0; outer < view.outer; outer++)
        for (int64_t inner = 0; inner < view.inner; inner++) {
            const double *x = operand[0] + outer * view.size * view.inner + inner;
            int64_t best = 0;
            for (int64_t i = 1; i < view.size; i++) {
                double largest = x[best * view.inner];
                double candidate = x[i * view.inner];
                if (candidate > largest || (isnan(candidate) && !isnan(largest)))
                    best = i;
            }
            result[outer * view.inner + inner] = (double)best;
        }
}

static void cumulative_sum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    AxisView view = axis_view(use);
    bool exclusive = use_boolean(use, "exclusive");
    bool reverse = use_boolean(use, "reverse");
    for (int64_t outer = 0; outer < view.outer; outer++)
        for (int64_t inner = 0; inner < view.inner; inner++) {
            double sum = 0;
            for (int64_t i = 0; i < view.size; i++) {
                int64_t place = reverse ? view.size - 1 - i : i;
                int64_t at = (outer * view.size + place) * view.inner + inner;
                double before = sum;
                sum += operand[0][at];
                result[at] = exclusive ? before : sum;
            }
        }
}

static void batch_mean_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    int64_t reals = type_reals(&use->result);
    int64_t samples = use->operand[0].batched ? point->samples : 1;
    for (int64_t i = 0; i < reals; i++) {
        result[i] = 0;
        for (int64_t sample = 0; sample < samples; sample++)
            result[i] += operand[0][sample * reals + i];
        result[i] /= (double)samples;
    }
}

/* --- lowering ------------------------------------------------------------------------------------------------------------------ */

void call_reduction(const OpUse *use, KernelCall *call, const char *kernel, const ReductionAxis *axes, int count, int64_t width)
{
    int64_t before = 1;
    int64_t behind = width;
    for (int i = 0; i < count; i++)
        behind *= axes[i].size;
    int64_t steps[3 * MAX_RANK * 2];
    int64_t numbers = 0;
    for (int i = 0; i < count; i++) {
        behind /= axes[i].size;
        if (!axes[i].reduced) {
            before *= axes[i].size;
            continue;
        }
        if (axes[i].size == 1)
            continue;
        /* neighbouring axes that are both reduced are one */
        if (numbers && steps[numbers - 3] == before && steps[numbers - 1] == behind * axes[i].size) {
            steps[numbers - 2] *= axes[i].size;
            steps[numbers - 1] = behind;
            continue;
        }
        steps[numbers++] = before;
        steps[numbers++] = axes[i].size;
        steps[numbers++] = behind;
    }
    if (numbers == 0)
        return;
    call->kernel = kernel;
    call_integer(use, call, numbers / 3);
    call_integers(use, call, steps, numbers);
}

/* The kernel has the operation's name; reducing nothing leaves the operand as it is. */
static void reduce_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    bool reduced[MAX_RANK] = {false};
    mark_axes(use, reduced);
    ReductionAxis axes[MAX_RANK];
    for (int i = 0; i < x->rank; i++)
        axes[i] = (ReductionAxis){x->size[i], reduced[i]};
    call_reduction(use, call, use->info->name, axes, x->rank, x->element == ELEMENT_COMPLEX ? 2 : 1);
}

static void axis_lower(const OpUse *use, KernelCall *call)
{
    AxisView view = axis_view(use);
    call->kernel = use->info->name;
    call_integer(use, call, view.outer);
    call_integer(use, call, view.size);
    call_integer(use, call, view.inner);
}

static void cumulative_sum_lower(const OpUse *use, KernelCall *call)
{
    axis_lower(use, call);
    call_integer(use, call, use_boolean(use, "exclusive"));
    call_integer(use, call, use_boolean(use, "reverse"));
    call->in_place = 1;
}

static void batch_mean_lower(const OpUse *use, KernelCall *call)
{
    if (!use->operand[0].batched)
        return;
    call->kernel = use->info->name;
    call_integer(use, call, type_reals(&use->result));
}

/* One operation for each element that is read. */
static Cost read_cost(const OpUse *use)
{
    return (Cost){.operations = type_elements(&use->operand[0])};
}

const OpInfo op_reduce_sum = {
    .op = OP_REDUCE_SUM,
    .name = "reduce_sum",
    .summary = "sum along axes",
    .operand_names = "x",
    .operands = 1,
    .attributes = reduce_attributes,
    .shape = sum_shape,
    .evaluate = sum_evaluate,
    .cost = read_cost,
    .lower = reduce_lower,
    .gradient = gradient_of_reduce_sum,
};

const OpInfo op_reduce_mean = {
    .op = OP_REDUCE_MEAN,
    .name = "reduce_mean",
    .summary = "mean along axes",
    .operand_names = "x",
    .operands = 1,
    .attributes = reduce_attributes,
    .shape = mean_shape,
    .evaluate = mean_evaluate,
    .cost = read_cost,
    .lower = reduce_lower,
    .gradient = gradient_of_reduce_mean,
};

const OpInfo op_reduce_max = {
    .op = OP_REDUCE_MAX,
    .name = "reduce_max",
    .summary = "largest element along axes; NaN if there is one",
    .operand_names = "x",
    .operands = 1,
    .attributes = reduce_attributes,
    .shape = extreme_shape,
    .evaluate = max_evaluate,
    .cost = read_cost,
    .lower = reduce_lower,
    .gradient = gradient_of_reduce_max,
};

const OpInfo op_reduce_min = {
    .op = OP_REDUCE_MIN,
    .name = "reduce_min",
    .summary = "smallest element along axes; NaN if there is one",
    .operand_names = "x",
    .operands = 1,
    .attributes = reduce_attributes,
    .shape = extreme_shape,
    .evaluate = min_evaluate,
    .cost = read_cost,
    .lower = reduce_lower,
    .gradient = gradient_of_reduce_min,
};

const OpInfo op_argmax = {
    .op = OP_ARGMAX,
    .name = "argmax",
    .summary = "index of the first largest element along an axis",
    .operand_names = "x",
    .operands = 1,
    .attributes = argmax_attributes,
    .shape = argmax_shape,
    .evaluate = argmax_evaluate,
    .cost = read_cost,
    .lower = axis_lower,
    .gradient = gradient_none,
};

const OpInfo op_cumulative_sum = {
    .op = OP_CUMULATIVE_SUM,
    .name = "cumulative_sum",
    .summary = "running sums along an axis",
    .operand_names = "x",
    .operands = 1,
    .attributes = cumulative_sum_attributes,
    .shape = cumulative_sum_shape,
    .evaluate = cumulative_sum_evaluate,
    .cost = read_cost,
    .lower = cumulative_sum_lower,
    .gradient = gradient_of_cumulative_sum,
};

const OpInfo op_batch_mean = {
    .op = OP_BATCH_MEAN,
    .name = "batch_mean",
    .summary = "mean over the samples of the batch",
    .operand_names = "x",
    .operands = 1,
    .over_batch = true,
    .shape = batch_mean_shape,
    .evaluate = batch_mean_evaluate,
    .cost = read_cost,
    .lower = batch_mean_lower,
    .gradient = gradient_of_batch_mean,
};

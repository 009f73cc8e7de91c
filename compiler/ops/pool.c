/* Pooling: the largest entry or the mean under a sliding window, or in each of a number of bins.
 *
 * A window stands on every channel by itself; there are (n + before + after - window) // stride + 1 positions on an axis, and with `ceil` one more
 * when entries are left that it would reach. The maximum ignores padding. The mean divides by the window's entries within operand and
 * padding, or without `count_padding` by those within the operand. Bin i of m on an axis of n reaches from floor(i n / m) to ceil((i + 1) n / m). */
#include "ops/pool.h"
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"
#include "ops/window.h"

#include <math.h>

/* An empty stride stands for the window itself: windows side by side. */
const AttributeInfo pool_max_attributes[] = {
    {"window", ATTRIBUTE_LIST, NULL, NULL},     {"stride", ATTRIBUTE_LIST, "[]", NULL}, {"pad", ATTRIBUTE_LIST, "[0]", NULL},
    {"ceil", ATTRIBUTE_BOOLEAN, "false", NULL}, {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo mean_attributes[] = {
    {"window", ATTRIBUTE_LIST, NULL, NULL},
    {"stride", ATTRIBUTE_LIST, "[]", NULL},
    {"pad", ATTRIBUTE_LIST, "[0]", NULL},
    {"ceil", ATTRIBUTE_BOOLEAN, "false", NULL},
    {"count_padding", ATTRIBUTE_BOOLEAN, "true", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo adaptive_attributes[] = {
    {"size", ATTRIBUTE_LIST, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Channels, and one to three axes that a list of numbers (`window` or `size`) is for. */
static bool check_rank(OpUse *use, const char *list)
{
    const Type *x = &use->operand[0];
    int64_t count;
    const int64_t *items = use_list(use, list, &count);
    int axes = x->rank - 1;
    if (axes >= 1 && axes <= WINDOW_AXES && (count == axes || count == 1))
        return rule_spread(use, list, axes, 1);
    if (count == x->rank && count <= WINDOW_AXES)
        use_help(use, "give the tensor one channel: `reshape(1x%s)`; or %s one number for each axis behind the channels",
                 rule_shape_text(use, x->size, x->rank), list);
    return use_fail(use, 635, "%s %s takes channels and %s, got %s", list, rule_shape_text(use, items, count),
                    rule_count(use, count, "axis", "axes"), type_name(use->arena, x));
}

/* --- windows --------------------------------------------------------------------------------------------------------------- */

static WindowRule pool_rule(const OpUse *use)
{
    int64_t count;
    const int64_t *window = use_list(use, "window", &count);
    return (WindowRule){.noun = "window",
                        .axes = use->operand[0].rank - 1,
                        .in = use->operand[0].size + 1,
                        .kernel = window,
                        .ceil = use_boolean(use, "ceil")};
}

/* Every window must stand on an entry of the operand at least: of nothing but padding there is no maximum. */
static bool check_padding(OpUse *use, const WindowRule *rule)
{
    Window window = window_numbers(use, rule, use->result.size + 1);
    for (int i = WINDOW_AXES - rule->axes; i < WINDOW_AXES; i++)
        if (window.before[i] >= window.kernel[i] || (window.out[i] - 1) * window.stride[i] >= window.in[i] + window.before[i]) {
            use_help(use, "pad by less than the window, and no wider than its half to keep it centred");
            return use_fail(use, 636, "with so much padding a window of %s would stand outside of %s",
                            rule_shape_text(use, rule->kernel, rule->axes), type_name(use->arena, &use->operand[0]));
        }
    return true;
}

bool pool_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false) || !check_rank(use, "window"))
        return false;
    WindowRule rule = pool_rule(use);
    int64_t count;
    use_list(use, "stride", &count);
    if (count == 0)
        use_set_list(use, "stride", rule.kernel, rule.axes);
    if (!window_settings(use, &rule))
        return false;
    use->result = (Type){.batched = x->batched, .rank = x->rank, .size = {x->size[0]}};
    return window_positions(use, &rule, use->result.size + 1) && check_padding(use, &rule) && rule_elements(use);
}

Window pool_window(const OpUse *use, const Type *positions)
{
    WindowRule rule = pool_rule(use);
    return window_numbers(use, &rule, positions->size + 1);
}

typedef struct Summary {
    double largest, sum;
} Summary;

static Summary summarise(const double *channel, const int64_t *size, const Box *box)
{
    Summary summary = {.largest = -INFINITY};
    for (int64_t z = box->low[0]; z < box->high[0]; z++)
        for (int64_t y = box->low[1]; y < box->high[1]; y++)
            for (int64_t x = box->low[2]; x < box->high[2]; x++) {
                double entry = channel[(z * size[1] + y) * size[2] + x];
                if (entry > summary.largest || isnan(entry))
                    summary.largest = entry;
                summary.sum += entry;
            }
    return summary;
}

/* The entries under the window at a position, cut off at -before and n + after (`padded`) or at 0 and n. */
Box window_box(const Window *window, int64_t position, bool padded)
{
    Box box;
    for (int axis = WINDOW_AXES - 1; axis >= 0; axis--) {
        int64_t p = position % window->out[axis];
        position /= window->out[axis];
        int64_t low = p * window->stride[axis] - window->before[axis], high = low + window->kernel[axis];
        int64_t least = padded ? -window->before[axis] : 0;
        int64_t most = window->in[axis] + (padded ? window->after[axis] : 0);
        box.low[axis] = low > least ? low : least;
        box.high[axis] = high < most ? high : most;
    }
    return box;
}

static void pool_max_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = pool_window(use, &use->result);
    int64_t positions = window_product(window.out);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        Box box = window_box(&window, i % positions, false);
        result[i] = summarise(operand[0] + i / positions * window_product(window.in), window.in, &box).largest;
    }
}

static void pool_mean_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = pool_window(use, &use->result);
    int64_t positions = window_product(window.out);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        Box box = window_box(&window, i % positions, false);
        Box counted = window_box(&window, i % positions, use_boolean(use, "count_padding"));
        double sum = summarise(operand[0] + i / positions * window_product(window.in), window.in, &box).sum;
        result[i] = sum / (double)box_entries(&counted);
    }
}

static Cost pool_cost(const OpUse *use)
{
    Window window = pool_window(use, &use->result);
    return (Cost){.operations = rule_product(type_elements(&use->result), window_product(window.kernel))};
}

void pool_lower_window(const OpUse *use, const Type *positions, KernelCall *call)
{
    Window window = pool_window(use, positions);
    call_integer(use, call, use->result.size[0]);
    call_integers(use, call, window.in, WINDOW_AXES);
    call_integers(use, call, window.kernel, WINDOW_AXES);
    call_integers(use, call, window.stride, WINDOW_AXES);
    call_integers(use, call, window.before, WINDOW_AXES);
    call_integers(use, call, window.after, WINDOW_AXES);
    call_integers(use, call, window.dilation, WINDOW_AXES);
    call_integers(use, call, window.out, WINDOW_AXES);
}

static void pool_max_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "pool_max";
    pool_lower_window(use, &use->result, call);
}

static void pool_mean_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "pool_mean";
    pool_lower_window(use, &use->result, call);
    call_integer(use, call, use_boolean(use, "count_padding"));
}

const OpInfo op_pool_max = {
    .op = OP_POOL_MAX,
    .name = "pool_max",
    .summary = "the largest entry of each window; padding is ignored",
    .operand_names = "x",
    .operands = 1,
    .attributes = pool_max_attributes,
    .shape = pool_shape,
    .evaluate = pool_max_evaluate,
    .cost = pool_cost,
    .lower = pool_max_lower,
    .gradient = gradient_of_pool_max,
};

const OpInfo op_pool_mean = {
    .op = OP_POOL_MEAN,
    .name = "pool_mean",
    .summary = "the mean of each window",
    .operand_names = "x",
    .operands = 1,
    .attributes = mean_attributes,
    .shape = pool_shape,
    .evaluate = pool_mean_evaluate,
    .cost = pool_cost,
    .lower = pool_mean_lower,
    .gradient = gradient_of_pool_mean,
};

/* --- bins ------------------------------------------------------------------------------------------------------------------ */

/* Axes are no longer than this, so that the products of `bin_box` fit. */
#define BIN_LONGEST (INT64_C(1) << 30)

static bool adaptive_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false) || !check_rank(use, "size"))
        return false;
    int64_t count;
    const int64_t *size = use_list(use, "size", &count);
    use->result = (Type){.batched = x->batched, .rank = x->rank, .size = {x->size[0]}};
    for (int i = 0; i < count; i++) {
        if (size[i] > BIN_LONGEST || x->size[i + 1] > BIN_LONGEST)
            return use_fail(use, 637, "an axis of %lld cannot be cut into %lld bins: lengths are up to 2^30",
                            (long long)x->size[i + 1], (long long)size[i]);
        use->result.size[i + 1] = size[i];
    }
    return rule_elements(use);
}

/* Sizes of the axes behind the channels, filled up in front with ones. */
static void axis_sizes(const Type *type, int64_t *size)
{
    for (int i = 0; i < WINDOW_AXES; i++) {
        int axis = type->rank - WINDOW_AXES + i;
        size[i] = axis < 1 ? 1 : type->size[axis];
    }
}

static Box bin_box(const int64_t *in, const int64_t *out, int64_t bin)
{
    Box box;
    for (int axis = WINDOW_AXES - 1; axis >= 0; axis--) {
        int64_t i = bin % out[axis];
        bin /= out[axis];
        box.low[axis] = i * in[axis] / out[axis];
        box.high[axis] = ((i + 1) * in[axis] + out[axis] - 1) / out[axis];
    }
    return box;
}

static void evaluate_bins(const OpUse *use, const double *x, bool mean, double *result)
{
    int64_t in[WINDOW_AXES], out[WINDOW_AXES];
    axis_sizes(&use->operand[0], in);
    axis_sizes(&use->result, out);
    int64_t bins = window_product(out);
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        Box box = bin_box(in, out, i % bins);
        Summary summary = summarise(x + i / bins * window_product(in), in, &box);
        result[i] = mean ? summary.sum / (double)box_entries(&box) : summary.largest;
    }
}

static void adaptive_max_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_bins(use, operand[0], false, result);
}

static void adaptive_mean_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_bins(use, operand[0], true, result);
}

/* Bins overlap by an entry at most, so this is nearly what is read. */
static Cost adaptive_cost(const OpUse *use)
{
    int64_t in = type_elements(&use->operand[0]), out = type_elements(&use->result);
    return (Cost){.operations = in > out ? in : out};
}

static void lower_bins(const OpUse *use, KernelCall *call)
{
    int64_t in[WINDOW_AXES], out[WINDOW_AXES];
    axis_sizes(&use->operand[0], in);
    axis_sizes(&use->result, out);
    call_integer(use, call, use->result.size[0]);
    call_integers(use, call, in, WINDOW_AXES);
    call_integers(use, call, out, WINDOW_AXES);
}

static void adaptive_max_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "adaptive_pool_max";
    lower_bins(use, call);
}

static void adaptive_mean_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "adaptive_pool_mean";
    lower_bins(use, call);
}

const OpInfo op_adaptive_pool_max = {
    .op = OP_ADAPTIVE_POOL_MAX,
    .name = "adaptive_pool_max",
    .summary = "the largest entry of each of `size` bins an axis",
    .operand_names = "x",
    .operands = 1,
    .attributes = adaptive_attributes,
    .shape = adaptive_shape,
    .evaluate = adaptive_max_evaluate,
    .cost = adaptive_cost,
    .lower = adaptive_max_lower,
    .gradient = gradient_of_adaptive_pool_max,
};

const OpInfo op_adaptive_pool_mean = {
    .op = OP_ADAPTIVE_POOL_MEAN,
    .name = "adaptive_pool_mean",
    .summary = "the mean of each of `size` bins an axis",
    .operand_names = "x",
    .operands = 1,
    .attributes = adaptive_attributes,
    .shape = adaptive_shape,
    .evaluate = adaptive_mean_evaluate,
    .cost = adaptive_cost,
    .lower = adaptive_mean_lower,
    .gradient = gradient_of_adaptive_pool_mean,
};

/* Convolution and its adjoint, over one, two or three axes.
 *
 * CONVOLVE, as in every framework, is a cross-correlation: y[f, p] = sum over c, k of w[f, c, k] x[c, p stride + k dilation - before]. There are
 * (n + before + after - dilation (kernel - 1) - 1) // stride + 1 positions p on an axis. Filters of group g see the channels of group g only.
 * CONVOLVE_TRANSPOSED is the adjoint of such a convolution, from its result's shape to its operand's; which of several possible operands is
 * meant, `output_pad` says. */
#include "kernel/convolve.h"
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"
#include "ops/window.h"

#include <string.h>

static const AttributeInfo convolve_attributes[] = {
    {"stride", ATTRIBUTE_LIST, "[1]", NULL},
    {"pad", ATTRIBUTE_LIST, "[0]", NULL},
    {"pad_mode", ATTRIBUTE_NAME, "zero", "zero reflect periodic replicate"},
    {"auto", ATTRIBUTE_NAME, "none", "none same"},
    {"dilation", ATTRIBUTE_LIST, "[1]", NULL},
    {"groups", ATTRIBUTE_INTEGER, "1", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo transposed_attributes[] = {
    {"stride", ATTRIBUTE_LIST, "[1]", NULL},     {"pad", ATTRIBUTE_LIST, "[0]", NULL},
    {"output_pad", ATTRIBUTE_LIST, "[0]", NULL}, {"dilation", ATTRIBUTE_LIST, "[1]", NULL},
    {"groups", ATTRIBUTE_INTEGER, "1", NULL},    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* --- what both check ------------------------------------------------------------------------------------------------------- */

/* Both operands have channels first, then the same number of axes, one to three. */
static bool check_ranks(OpUse *use)
{
    const Type *x = &use->operand[0], *weight = &use->operand[1];
    int axes = weight->rank - 2;
    if (axes >= 1 && axes <= WINDOW_AXES && x->rank == axes + 1)
        return true;
    if (axes < 1 || axes > WINDOW_AXES) {
        use_help(use, "a weight has two sizes for channels and then one for each of 1 to 3 axes");
        return use_fail(use, 620, "a weight of %s cannot slide over axes", type_name(use->arena, weight));
    }
    if (x->rank == axes)
        use_help(use, "give the tensor one channel: `reshape(1x%s)`; or the kernel one number for each axis behind the channels",
                 rule_shape_text(use, x->size, x->rank));
    return use_fail(use, 620, "a %d-dimensional kernel takes channels and %s, got %s", axes, rule_count(use, axes, "axis", "axes"),
                    type_name(use->arena, x));
}

static bool check_groups(OpUse *use, int64_t channels, int64_t filters)
{
    int64_t groups = use_integer(use, "groups");
    if (groups < 1)
        return use_fail(use, 622, "groups must be at least 1, got %lld", (long long)groups);
    if (channels % groups != 0)
        return use_fail(use, 622, "%lld channels cannot be cut into %lld groups", (long long)channels, (long long)groups);
    if (filters % groups != 0)
        return use_fail(use, 622, "%lld filters cannot be cut into %lld groups", (long long)filters, (long long)groups);
    return true;
}

/* At each position every entry of the weight is multiplied once. */
static Cost count_products(const OpUse *use, int64_t positions)
{
    return (Cost){.multiply_adds = rule_product(positions, type_elements(&use->operand[1]))};
}

static Convolution begin_numbers(const OpUse *use, Border border)
{
    return (Convolution){.channels = use->operand[0].size[0],
                         .filters = use->result.size[0],
                         .groups = use_integer(use, "groups"),
                         .border = border};
}

static void lower_numbers(const OpUse *use, KernelCall *call, const Convolution *convolution)
{
    int64_t numbers[CONVOLUTION_INTEGERS];
    memcpy(numbers, convolution, sizeof numbers);
    call_integers(use, call, numbers, CONVOLUTION_INTEGERS);
}

/* --- convolution ----------------------------------------------------------------------------------------------------------- */

static WindowRule convolve_rule(const OpUse *use)
{
    return (WindowRule){.noun = "kernel",
                        .axes = use->operand[1].rank - 2,
                        .in = use->operand[0].size + 1,
                        .kernel = use->operand[1].size + 2,
                        .dilated = true};
}

static bool check_border(OpUse *use, const WindowRule *rule)
{
    int64_t count;
    const int64_t *pad = use_list(use, "pad", &count);
    for (int axis = 0; axis < rule->axes; axis++)
        if (!window_border_reaches(use, use_name(use, "pad_mode"), axis + 1, rule->in[axis], pad[2 * axis], pad[2 * axis + 1]))
            return false;
    return true;
}

static bool convolve_shape(OpUse *use)
{
    const Type *x = &use->operand[0], *weight = &use->operand[1];
    if (!elements_numbers(use, false) || !check_ranks(use) || !check_groups(use, x->size[0], weight->size[0]))
        return false;
    int64_t groups = use_integer(use, "groups");
    if (weight->size[1] != x->size[0] / groups) {
        use_fail(use, 621, "a weight of %s does not match the channels of %s", type_name(use->arena, weight),
                 type_name(use->arena, x));
        return use_formula(use, "%lld channels / %lld groups = %lld, not %lld", (long long)x->size[0], (long long)groups,
                           (long long)(x->size[0] / groups), (long long)weight->size[1]);
    }
    WindowRule rule = convolve_rule(use);
    if (!window_settings(use, &rule))
        return false;
    if (strcmp(use_name(use, "auto"), "same") == 0 && !window_same(use, &rule))
        return false;
    use->result = (Type){.batched = x->batched || weight->batched, .rank = x->rank, .size = {weight->size[0]}};
    return check_border(use, &rule) && window_positions(use, &rule, use->result.size + 1) && rule_elements(use);
}

static Window convolve_window(const OpUse *use)
{
    WindowRule rule = convolve_rule(use);
    return window_numbers(use, &rule, use->result.size + 1);
}

/* The operand's entry of a channel under entry k of the window at position p; 0 beyond a zero border. */
static double entry_under(const Window *window, Border border, const double *channel, const int64_t *p, const int64_t *k)
{
    int64_t place = 0;
    for (int axis = 0; axis < WINDOW_AXES; axis++) {
        int64_t i = p[axis] * window->stride[axis] + k[axis] * window->dilation[axis] - window->before[axis];
        i = border_index(border, i, window->in[axis]);
        if (i < 0)
            return 0;
        place = place * window->in[axis] + i;
    }
    return channel[place];
}

/* The index of entry `flat` on three axes. */
static void unfold(const int64_t *size, int64_t flat, int64_t *index)
{
    for (int axis = WINDOW_AXES - 1; axis >= 0; axis--) {
        index[axis] = flat % size[axis];
        flat /= size[axis];
    }
}

static void convolve_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = convolve_window(use);
    Border border = window_border(use_name(use, "pad_mode"));
    int64_t filters = use->result.size[0], channels = use->operand[1].size[1],
            filters_of_group = filters / use_integer(use, "groups");
    int64_t entries = window_product(window.in), taps = window_product(window.kernel), positions = window_product(window.out);
    for (int64_t filter = 0; filter < filters; filter++) {
        const double *group = operand[0] + filter / filters_of_group * channels * entries;
        for (int64_t position = 0; position < positions; position++) {
            int64_t p[WINDOW_AXES], k[WINDOW_AXES];
            unfold(window.out, position, p);
            double sum = 0;
            for (int64_t channel = 0; channel < channels; channel++)
                for (int64_t tap = 0; tap < taps; tap++) {
                    unfold(window.kernel, tap, k);
                    sum += operand[1][(filter * channels + channel) * taps + tap] *
                           entry_under(&window, border, group + channel * entries, p, k);
                }
            result[filter * positions + position] = sum;
        }
    }
}

static Cost convolve_cost(const OpUse *use)
{
    return count_products(use, type_elements(&use->result) / use->result.size[0]);
}

static void convolve_lower(const OpUse *use, KernelCall *call)
{
    Convolution convolution = begin_numbers(use, window_border(use_name(use, "pad_mode")));
    convolution.window = convolve_window(use);
    call->kernel = "convolve";
    lower_numbers(use, call, &convolution);
}

const OpInfo op_convolve = {
    .op = OP_CONVOLVE,
    .name = "convolve",
    .summary = "slides filters over the axes behind the channels: sums of products with what is under them",
    .operand_names = "x weight",
    .operands = 2,
    .attributes = convolve_attributes,
    .shape = convolve_shape,
    .evaluate = convolve_evaluate,
    .cost = convolve_cost,
    .lower = convolve_lower,
    .gradient = gradient_of_convolve,
};

/* --- transposed convolution ------------------------------------------------------------------------------------------------ */

/* Entries of the result on one axis: (n - 1) stride + dilation (kernel - 1) + 1 + output_pad - before - after; complains when there are
 * none or when another number of positions would belong to so many. */
static bool transposed_size(OpUse *use, int axis)
{
    int64_t count;
    int64_t n = use->operand[0].size[axis + 1], kernel = use->operand[1].size[axis + 2];
    int64_t stride = use_list(use, "stride", &count)[axis], dilation = use_list(use, "dilation", &count)[axis];
    int64_t before = use_list(use, "pad", &count)[2 * axis], after = use_list(use, "pad", &count)[2 * axis + 1];
    int64_t extra = use_list(use, "output_pad", &count)[axis];
    if (extra >= stride && extra >= dilation) {
        use_help(use, "it says which of the shapes that one stride gives is meant, so it is below the stride");
        return use_fail(use, 629, "output_pad of %lld is not below the stride %lld or the dilation %lld", (long long)extra,
                        (long long)stride, (long long)dilation);
    }
    int64_t spread = rule_product(n - 1, stride), reach = rule_product(kernel - 1, dilation);
    if (spread > ELEMENT_LIMIT || reach > ELEMENT_LIMIT)
        return use_fail(use, 612, "the result would have more than 2^40 elements");
    int64_t size = spread + reach + 1 + extra - before - after;
    use->result.size[axis + 1] = size;
    if (size >= 1)
        return true;
    use_fail(use, 623, "padding of %lld and %lld leaves nothing of the result", (long long)before, (long long)after);
    return use_formula(use, "(%lld - 1) * %lld + %lld * (%lld - 1) + 1 + %lld - %lld - %lld = %lld", (long long)n,
                       (long long)stride, (long long)dilation, (long long)kernel, (long long)extra, (long long)before,
                       (long long)after, (long long)size);
}

static bool transposed_shape(OpUse *use)
{
    const Type *x = &use->operand[0], *weight = &use->operand[1];
    if (!elements_numbers(use, false) || !check_ranks(use))
        return false;
    if (weight->size[0] != x->size[0])
        return use_fail(use, 621, "a weight of %s does not match the channels of %s", type_name(use->arena, weight),
                        type_name(use->arena, x));
    if (!check_groups(use, x->size[0], 0))
        return false;
    int64_t groups = use_integer(use, "groups");
    WindowRule rule = convolve_rule(use);
    if (!window_settings(use, &rule) || !rule_spread(use, "output_pad", rule.axes, 0))
        return false;
    if (groups > ELEMENT_LIMIT / weight->size[1])
        return use_fail(use, 612, "the result would have more than 2^40 elements");
    use->result = (Type){.batched = x->batched || weight->batched, .rank = x->rank, .size = {weight->size[1] * groups}};
    for (int axis = 0; axis < rule.axes; axis++)
        if (!transposed_size(use, axis))
            return false;
    return rule_elements(use);
}

/* The window of the convolution whose adjoint this is: it slides over the result, and its positions are the operand's entries. */
static Window transposed_window(const OpUse *use)
{
    WindowRule rule = convolve_rule(use);
    rule.in = use->result.size + 1;
    return window_numbers(use, &rule, use->operand[0].size + 1);
}

/* Adds factor to the entry of a channel under entry k of the window at position p, where there is one. */
static void add_under(const Window *window, double *channel, const int64_t *p, const int64_t *k, double factor)
{
    int64_t place = 0;
    for (int axis = 0; axis < WINDOW_AXES; axis++) {
        int64_t i = p[axis] * window->stride[axis] + k[axis] * window->dilation[axis] - window->before[axis];
        if (i < 0 || i >= window->in[axis])
            return;
        place = place * window->in[axis] + i;
    }
    channel[place] += factor;
}

static void transposed_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Window window = transposed_window(use);
    int64_t channels = use->operand[0].size[0], filters = use->operand[1].size[1], groups = use_integer(use, "groups");
    int64_t entries = window_product(window.in), taps = window_product(window.kernel), positions = window_product(window.out);
    memset(result, 0, (size_t)(filters * groups * entries) * sizeof *result);
    for (int64_t channel = 0; channel < channels; channel++) {
        double *group = result + channel / (channels / groups) * filters * entries;
        for (int64_t position = 0; position < positions; position++) {
            int64_t p[WINDOW_AXES], k[WINDOW_AXES];
            unfold(window.out, position, p);
            for (int64_t filter = 0; filter < filters; filter++)
                for (int64_t tap = 0; tap < taps; tap++) {
                    unfold(window.kernel, tap, k);
                    add_under(&window, group + filter * entries, p, k,
                              operand[0][channel * positions + position] * operand[1][(channel * filters + filter) * taps + tap]);
                }
        }
    }
}

static Cost transposed_cost(const OpUse *use)
{
    return count_products(use, type_elements(&use->operand[0]) / use->operand[0].size[0]);
}

static void transposed_lower(const OpUse *use, KernelCall *call)
{
    Convolution convolution = begin_numbers(use, BORDER_ZERO);
    convolution.window = transposed_window(use);
    call->kernel = "convolve_transposed";
    lower_numbers(use, call, &convolution);
}

const OpInfo op_convolve_transposed = {
    .op = OP_CONVOLVE_TRANSPOSED,
    .name = "convolve_transposed",
    .summary = "the adjoint of a convolution: each entry adds the filters, scaled, to the result",
    .operand_names = "x weight",
    .operands = 2,
    .attributes = transposed_attributes,
    .shape = transposed_shape,
    .evaluate = transposed_evaluate,
    .cost = transposed_cost,
    .lower = transposed_lower,
    .gradient = gradient_of_convolve_transposed,
};

/* CONVOLVE_WEIGHT: what the weight of a convolution gets, as the mean over the batch.
 *
 * From the operand x and a value for each filter and position: w[f, c, k] = sum over p of v[f, p] x[c, p stride + k dilation - before]. How many positions
 * there are, the values say; all of them must fit. */
#include "kernel/convolve.h"
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"
#include "ops/window.h"

#include <string.h>

static const AttributeInfo weight_attributes[] = {
    {"kernel", ATTRIBUTE_LIST, NULL, NULL},    {"stride", ATTRIBUTE_LIST, "[1]", NULL},  {"pad", ATTRIBUTE_LIST, "[0]", NULL},
    {"dilation", ATTRIBUTE_LIST, "[1]", NULL}, {"groups", ATTRIBUTE_INTEGER, "1", NULL}, {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static WindowRule weight_rule(const OpUse *use)
{
    int64_t count;
    const int64_t *kernel = use_list(use, "kernel", &count);
    return (WindowRule){
        .noun = "kernel", .axes = use->operand[0].rank - 1, .in = use->operand[0].size + 1, .kernel = kernel, .dilated = true};
}

static bool weight_shape(OpUse *use)
{
    const Type *x = &use->operand[0], *values = &use->operand[1];
    int axes = x->rank - 1;
    int64_t groups = use_integer(use, "groups");
    if (!elements_numbers(use, false))
        return false;
    if (axes < 1 || axes > WINDOW_AXES || values->rank != x->rank)
        return use_fail(use, 620, "%s and %s are no operand and result of a convolution", type_name(use->arena, x),
                        type_name(use->arena, values));
    if (groups < 1 || x->size[0] % groups != 0 || values->size[0] % groups != 0)
        return use_fail(use, 622, "the channels cannot be cut into %lld groups", (long long)groups);
    if (!rule_spread(use, "kernel", axes, 1))
        return false;
    WindowRule rule = weight_rule(use);
    int64_t most[WINDOW_AXES];
    if (!window_settings(use, &rule) || !window_positions(use, &rule, most))
        return false;
    use->result = (Type){.rank = axes + 2, .size = {values->size[0], x->size[0] / groups}};
    for (int i = 0; i < axes; i++) {
        if (values->size[1 + i] > most[i])
            return use_fail(use, 623, "there are %lld positions, not %lld", (long long)most[i], (long long)values->size[1 + i]);
        use->result.size[2 + i] = rule.kernel[i];
    }
    return rule_elements(use);
}

static Convolution weight_numbers(const OpUse *use)
{
    WindowRule rule = weight_rule(use);
    return (Convolution){.channels = use->operand[0].size[0],
                         .filters = use->operand[1].size[0],
                         .groups = use_integer(use, "groups"),
                         .border = BORDER_ZERO,
                         .window = window_numbers(use, &rule, use->operand[1].size + 1)};
}

/* The index of entry `flat` on three axes. */
static void unfold(const int64_t *size, int64_t flat, int64_t *index)
{
    for (int axis = WINDOW_AXES - 1; axis >= 0; axis--) {
        index[axis] = flat % size[axis];
        flat /= size[axis];
    }
}

/* One sample's sum over the positions, for one filter, one channel and one entry k of the window. */
static double sum_positions(const Window *window, const double *channel, const double *values, const int64_t *k)
{
    double sum = 0;
    for (int64_t position = 0; position < window_product(window->out); position++) {
        int64_t p[WINDOW_AXES], place = 0;
        bool inside = true;
        unfold(window->out, position, p);
        for (int axis = 0; axis < WINDOW_AXES; axis++) {
            int64_t i = p[axis] * window->stride[axis] + k[axis] * window->dilation[axis] - window->before[axis];
            inside &= i >= 0 && i < window->in[axis];
            place = place * window->in[axis] + i;
        }
        sum += inside ? values[position] * channel[place] : 0;
    }
    return sum;
}

static void weight_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    Convolution numbers = weight_numbers(use);
    const Window *window = &numbers.window;
    int64_t channels = use->result.size[1], taps = window_product(window->kernel);
    int64_t x_step = use->operand[0].batched ? type_reals(&use->operand[0]) : 0;
    int64_t v_step = use->operand[1].batched ? type_reals(&use->operand[1]) : 0;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t filter = i / taps / channels, group = filter / (numbers.filters / numbers.groups), k[WINDOW_AXES];
        int64_t channel = group * channels + i / taps % channels;
        unfold(window->kernel, i % taps, k);
        result[i] = 0;
        for (int64_t sample = 0; sample < point->samples; sample++)
            result[i] += sum_positions(window, operand[0] + sample * x_step + channel * window_product(window->in),
                                       operand[1] + sample * v_step + filter * window_product(window->out), k);
        result[i] /= (double)point->samples;
    }
}

static Cost weight_cost(const OpUse *use)
{
    return (Cost){.multiply_adds =
                      rule_product(type_elements(&use->result), type_elements(&use->operand[1]) / use->operand[1].size[0])};
}

static void weight_lower(const OpUse *use, KernelCall *call)
{
    Convolution convolution = weight_numbers(use);
    int64_t numbers[CONVOLUTION_INTEGERS];
    memcpy(numbers, &convolution, sizeof numbers);
    call->kernel = use->info->name;
    call_integers(use, call, numbers, CONVOLUTION_INTEGERS);
}

const OpInfo op_convolve_weight = {
    .op = OP_CONVOLVE_WEIGHT,
    .name = "convolve_weight",
    .summary = "the mean over the batch of what the weight of a convolution gets",
    .operand_names = "x values",
    .operands = 2,
    .over_batch = true,
    .internal = true,
    .attributes = weight_attributes,
    .shape = weight_shape,
    .evaluate = weight_evaluate,
    .cost = weight_cost,
    .lower = weight_lower,
    .gradient = gradient_of_convolve_weight,
};

/* Convolutions of batches in lanes: forward, back to the operand, and what the weight gets as the mean over the batch. Only transforms make these
 * operations. */
#include "kernel/lanes.h"
#include "ops/block_window.h"
#include "ops/elementwise.h"
#include "ops/lanes.h"
#include "ops/rule.h"

#include <string.h>

static const AttributeInfo forward_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {"groups", ATTRIBUTE_INTEGER, "1", NULL},
    {"bias", ATTRIBUTE_BOOLEAN, "false", NULL},
    {"relu", ATTRIBUTE_BOOLEAN, "false", NULL},
    BLOCK_WINDOW_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* `size`: rows and columns of the operand. */
static const AttributeInfo back_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL}, {"groups", ATTRIBUTE_INTEGER, "1", NULL},
    {"size", ATTRIBUTE_LIST, NULL, NULL},       BLOCK_WINDOW_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo weight_attributes[] = {
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {"groups", ATTRIBUTE_INTEGER, "1", NULL},
    BLOCK_WINDOW_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* --- shapes ------------------------------------------------------------------------------------------------------------------- */

static bool is_batch(OpUse *use, int k)
{
    const Type *type = &use->operand[k];
    if (type->batched || type->rank != 5)
        return use_fail(use, 620, "a batch of images in lanes is sets x channels x height x width x lanes, got %s",
                        type_name(use->arena, type));
    return lanes_samples(use, type->size[0], type->size[4]);
}

/* The window over an operand of `size`, which is not too large for the kernels; `results`: a batch that stands at its first positions. */
static bool read_window(OpUse *use, const int64_t *size, const Type *results, BlockWindow *window)
{
    if (!block_window(use, size[0], size[1], window))
        return false;
    if (window->kernel[0] > LANE_TAPS || window->kernel[1] > LANE_TAPS)
        return use_fail(use, 625, "a window of %s has more than %d entries along an axis", rule_shape_text(use, window->kernel, 2),
                        LANE_TAPS);
    if (results && (results->size[2] > window->rows || results->size[3] > window->columns))
        return use_fail(use, 623, "a window of %s does not have %lldx%lld positions", rule_shape_text(use, window->kernel, 2),
                        (long long)results->size[2], (long long)results->size[3]);
    if (results) {
        window->rows = results->size[2];
        window->columns = results->size[3];
    }
    return true;
}

static bool is_cut(OpUse *use, int64_t channels, int64_t filters)
{
    int64_t groups = use_integer(use, "groups");
    if (groups < 1 || channels % groups != 0 || filters % groups != 0)
        return use_fail(use, 622, "%lld channels and %lld filters cannot be cut into %lld groups", (long long)channels,
                        (long long)filters, (long long)groups);
    return true;
}

/* Weights of filters x channels of a group x window. */
static bool is_weight(OpUse *use, const BlockWindow *window, int64_t channels, int64_t filters)
{
    const Type *weight = &use->operand[1];
    int64_t groups = use_integer(use, "groups");
    bool fits = !weight->batched && weight->rank == 4 && weight->size[1] * groups == channels && weight->size[0] == filters &&
                weight->size[2] == window->kernel[0] && weight->size[3] == window->kernel[1];
    return fits || use_fail(use, 620, "weights of %s do not go with %lld channels, %lld filters and a window of %s",
                            type_name(use->arena, weight), (long long)channels, (long long)filters,
                            rule_shape_text(use, window->kernel, 2));
}

static bool forward_shape(OpUse *use)
{
    BlockWindow window;
    const Type *x = &use->operand[0], *weight = &use->operand[1];
    if (!elements_numbers(use, false) || !is_batch(use, 0) || !read_window(use, x->size + 2, NULL, &window) ||
        !is_cut(use, x->size[1], weight->rank > 0 ? weight->size[0] : 0) || !is_weight(use, &window, x->size[1], weight->size[0]))
        return false;
    bool bias = use_boolean(use, "bias");
    if (use->operand_count != 2 + bias)
        return use_fail(use, 621, "there are %s, not %d", rule_count(use, use->operand_count, "operand", "operands"), 2 + bias);
    if (bias && (use->operand[2].batched || use->operand[2].rank != 1 || use->operand[2].size[0] != weight->size[0]))
        return use_fail(use, 621, "a bias for %lld filters has as many numbers, got %s", (long long)weight->size[0],
                        type_name(use->arena, &use->operand[2]));
    use->result = (Type){.rank = 5, .size = {x->size[0], weight->size[0], window.rows, window.columns, x->size[4]}};
    return rule_elements(use);
}

/* The two numbers of `size`. */
static const int64_t *read_size(OpUse *use)
{
    int64_t count;
    const int64_t *size = use_list(use, "size", &count);
    if (count == 2 && size[0] >= 1 && size[1] >= 1 && size[0] <= ELEMENT_LIMIT && size[1] <= ELEMENT_LIMIT)
        return size;
    use_fail(use, 625, "size must be two numbers from 1 to 2^40, got %s", rule_list_text(use, size, count));
    return NULL;
}

static bool back_shape(OpUse *use)
{
    BlockWindow window;
    const Type *values = &use->operand[0], *weight = &use->operand[1];
    const int64_t *size = read_size(use);
    if (!size || !elements_numbers(use, false) || !is_batch(use, 0) || !read_window(use, size, values, &window))
        return false;
    int64_t groups = use_integer(use, "groups"), channels = weight->rank == 4 ? rule_product(weight->size[1], groups) : 0;
    if (!is_cut(use, channels, values->size[1]) || !is_weight(use, &window, channels, values->size[1]))
        return false;
    use->result = (Type){.rank = 5, .size = {values->size[0], channels, size[0], size[1], values->size[4]}};
    return rule_elements(use);
}

static bool weight_shape(OpUse *use)
{
    BlockWindow window;
    const Type *x = &use->operand[0], *values = &use->operand[1];
    if (!elements_numbers(use, false) || !is_batch(use, 0) || !is_batch(use, 1) ||
        !read_window(use, x->size + 2, values, &window) || !is_cut(use, x->size[1], values->size[1]))
        return false;
    if (x->size[4] != values->size[4])
        return use_fail(use, 611, "%s and %s do not go together", type_name(use->arena, x), type_name(use->arena, values));
    use->result =
        (Type){.rank = 4, .size = {values->size[1], x->size[1] / use_integer(use, "groups"), window.kernel[0], window.kernel[1]}};
    return rule_elements(use);
}

/* --- the definition ----------------------------------------------------------------------------------------------------------- */

/* What the attributes of a use that passed its shape rule say. */
static LaneConvolution read_numbers(const OpUse *use)
{
    OpUse again = *use;
    bool back = use->info->op == OP_CONVOLVE_LANES_BACK;
    const Type *results = back ? &use->operand[0] : use->info->op == OP_CONVOLVE_LANES ? &use->result : &use->operand[1];
    const Type *x = back ? &use->result : &use->operand[0];
    int64_t groups = use_integer(use, "groups");
    LaneConvolution convolution = {.samples = use_integer(use, "samples"),
                                   .sets = x->size[0],
                                   .lanes = x->size[4],
                                   .channels = x->size[1] / groups,
                                   .filters = results->size[1] / groups,
                                   .groups = groups};
    read_window(&again, x->size + 2, results, &convolution.window);
    return convolution;
}

/* Goes through all products of a result's entry, a weight's and an operand's: `visit` gets their places. */
typedef void Visit(void *context, int64_t result, int64_t weight, int64_t entry);

static void visit_products(const LaneConvolution *c, Visit *visit, void *context)
{
    const BlockWindow *window = &c->window;
    int64_t filters = c->filters * c->groups, taps = window->kernel[0] * window->kernel[1], out = window->rows * window->columns;
    for (int64_t i = 0; i < c->sets * filters * out * c->channels * taps; i++) {
        int64_t tap = i % taps, channel = i / taps % c->channels, position = i / taps / c->channels % out;
        int64_t row_of_filter = i / taps / c->channels / out, filter = row_of_filter % filters, set = row_of_filter / filters;
        int64_t row =
            position / window->columns * window->stride[0] + tap / window->kernel[1] * window->dilation[0] - window->before[0];
        int64_t column =
            position % window->columns * window->stride[1] + tap % window->kernel[1] * window->dilation[1] - window->before[1];
        if (row < 0 || row >= window->height || column < 0 || column >= window->width)
            continue;
        int64_t from = set * c->channels * c->groups + filter / c->filters * c->channels + channel;
        int64_t entry = (from * window->height + row) * window->width + column;
        visit(context, row_of_filter * out + position, (filter * c->channels + channel) * taps + tap, entry);
    }
}

typedef struct Sums {
    const double *results, *weights, *entries;
    double *sums;
    int64_t lanes, samples, per_set; /* per_set: entries of the operand in a set */
} Sums;

static void add_result(void *context, int64_t result, int64_t weight, int64_t entry)
{
    const Sums *sums = context;
    for (int64_t lane = 0; lane < sums->lanes; lane++)
        sums->sums[result * sums->lanes + lane] += sums->weights[weight] * sums->entries[entry * sums->lanes + lane];
}

static void add_entry(void *context, int64_t result, int64_t weight, int64_t entry)
{
    const Sums *sums = context;
    for (int64_t lane = 0; lane < sums->lanes; lane++)
        sums->sums[entry * sums->lanes + lane] += sums->weights[weight] * sums->results[result * sums->lanes + lane];
}

static void add_weight(void *context, int64_t result, int64_t weight, int64_t entry)
{
    const Sums *sums = context;
    int64_t first = entry / sums->per_set * sums->lanes;
    for (int64_t lane = 0; lane < sums->lanes && first + lane < sums->samples; lane++)
        sums->sums[weight] +=
            sums->results[result * sums->lanes + lane] * sums->entries[entry * sums->lanes + lane] / (double)sums->samples;
}

static void forward_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    LaneConvolution convolution = read_numbers(use);
    int64_t channel = convolution.window.rows * convolution.window.columns * convolution.lanes,
            elements = type_elements(&use->result);
    for (int64_t i = 0; i < elements; i++)
        result[i] = use_boolean(use, "bias") ? operand[2][i / channel % use->result.size[1]] : 0;
    Sums sums = {.weights = operand[1], .entries = operand[0], .sums = result, .lanes = convolution.lanes};
    visit_products(&convolution, add_result, &sums);
    for (int64_t i = 0; i < elements; i++)
        result[i] = use_boolean(use, "relu") && result[i] < 0 ? 0 : result[i];
}

static void back_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    LaneConvolution convolution = read_numbers(use);
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    Sums sums = {.results = operand[0], .weights = operand[1], .sums = result, .lanes = convolution.lanes};
    visit_products(&convolution, add_entry, &sums);
}

static void weight_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    LaneConvolution convolution = read_numbers(use);
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    Sums sums = {.results = operand[1],
                 .entries = operand[0],
                 .sums = result,
                 .lanes = convolution.lanes,
                 .samples = convolution.samples,
                 .per_set = convolution.channels * convolution.groups * convolution.window.height * convolution.window.width};
    visit_products(&convolution, add_weight, &sums);
}

/* --- the rows ------------------------------------------------------------------------------------------------------------------ */

static Cost lanes_cost(const OpUse *use)
{
    LaneConvolution c = read_numbers(use);
    int64_t results = rule_product(c.sets * c.lanes * c.filters * c.groups, c.window.rows * c.window.columns);
    return (Cost){.multiply_adds = rule_product(results, c.channels * c.window.kernel[0] * c.window.kernel[1])};
}

static void lanes_lower(const OpUse *use, KernelCall *call)
{
    LaneConvolution convolution = read_numbers(use);
    int64_t numbers[LANE_CONVOLUTION_INTEGERS];
    memcpy(numbers, &convolution, sizeof numbers);
    call->kernel = use->info->name;
    call_integers(use, call, numbers, LANE_CONVOLUTION_INTEGERS);
    if (use->info->op == OP_CONVOLVE_LANES) {
        call_integer(use, call, use_boolean(use, "bias"));
        call_integer(use, call, use_boolean(use, "relu"));
    }
}

const OpInfo op_convolve_lanes = {
    .op = OP_CONVOLVE_LANES,
    .name = "convolve_lanes",
    .summary = "convolution of a batch in lanes, with a bias and a rectifier behind it",
    .operand_names = "x weight ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = forward_attributes,
    .shape = forward_shape,
    .evaluate = forward_evaluate,
    .cost = lanes_cost,
    .lower = lanes_lower,
};

const OpInfo op_convolve_lanes_back = {
    .op = OP_CONVOLVE_LANES_BACK,
    .name = "convolve_lanes_back",
    .summary = "the adjoint of the convolution of a batch in lanes",
    .operand_names = "values weight",
    .operands = 2,
    .internal = true,
    .attributes = back_attributes,
    .shape = back_shape,
    .evaluate = back_evaluate,
    .cost = lanes_cost,
    .lower = lanes_lower,
};

const OpInfo op_convolve_lanes_weight = {
    .op = OP_CONVOLVE_LANES_WEIGHT,
    .name = "convolve_lanes_weight",
    .summary = "the mean over the batch of what the weight of a convolution gets, from batches in lanes",
    .operand_names = "x values",
    .operands = 2,
    .internal = true,
    .attributes = weight_attributes,
    .shape = weight_shape,
    .evaluate = weight_evaluate,
    .cost = lanes_cost,
    .lower = lanes_lower,
};

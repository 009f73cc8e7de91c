/* Convolutions with few filters of images [channels, height, width], and what follows them (tail.h). Only transforms make this operation. */
#include "kernel/rows.h"
#include "ops/block_window.h"
#include "ops/elementwise.h"
#include "ops/rule.h"
#include "ops/tail.h"

#include <string.h>

static const AttributeInfo rows_attributes[] = {
    BLOCK_WINDOW_ATTRIBUTES,
    TAIL_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool rows_shape(OpUse *use)
{
    BlockWindow window;
    if (!elements_numbers(use, false))
        return false;
    const Type *x = &use->operand[0], *weight = &use->operand[1];
    if (x->rank != 3 || weight->rank != 4 || weight->size[1] != x->size[0])
        return use_fail(
            use, 620, "an image of channels x height x width is convolved with filters x channels x rows x columns, got %s and %s",
            type_name(use->arena, x), type_name(use->arena, weight));
    if (use_boolean(use, "addition"))
        return use_fail(use, 621, "nothing can be added to a convolution by rows");
    if (!block_window(use, x->size[1], x->size[2], &window))
        return false;
    if (window.kernel[0] != weight->size[2] || window.kernel[1] != weight->size[3])
        return use_fail(use, 621, "a window of %s does not match the filters of %s", rule_shape_text(use, window.kernel, 2),
                        type_name(use->arena, weight));
    use->result =
        (Type){.batched = x->batched || weight->batched, .rank = 3, .size = {weight->size[0], window.rows, window.columns}};
    return tail_shape(use, 2);
}

/* What the attributes of a use that passed the shape rule say. */
static RowConvolution read_rows(const OpUse *use)
{
    OpUse again = *use;
    RowConvolution convolution = {.channels = use->operand[0].size[0], .filters = use->operand[1].size[0]};
    block_window(&again, use->operand[0].size[1], use->operand[0].size[2], &convolution.window);
    return convolution;
}

static double sum_at(const RowConvolution *convolution, const double *const *operand, int64_t filter, const int64_t *position)
{
    const BlockWindow *window = &convolution->window;
    const double *weight = operand[1] + filter * convolution->channels * window->kernel[0] * window->kernel[1];
    double sum = 0;
    for (int64_t channel = 0; channel < convolution->channels; channel++) {
        const double *image = operand[0] + channel * window->height * window->width;
        int64_t tap[2];
        for (tap[0] = 0; tap[0] < window->kernel[0]; tap[0]++)
            for (tap[1] = 0; tap[1] < window->kernel[1]; tap[1]++, weight++) {
                const double *entry = block_window_entry(window, image, 1, position, tap);
                sum += entry ? *entry * *weight : 0;
            }
    }
    return sum;
}

static void rows_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    RowConvolution convolution = read_rows(use);
    const int64_t size[] = {convolution.filters, convolution.window.rows, convolution.window.columns, 1};
    double *values = arena_take(use->arena, (size_t)(size[0] * size[1] * size[2]) * sizeof *values), *to = values;
    for (int64_t filter = 0; filter < size[0]; filter++)
        for (int64_t pixel = 0; pixel < size[1] * size[2]; pixel++)
            *to++ = sum_at(&convolution, operand, filter, (int64_t[]){pixel / size[2], pixel % size[2]});
    tail_evaluate(use, 2, operand, size, values, result);
}

static Cost rows_cost(const OpUse *use)
{
    RowConvolution convolution = read_rows(use);
    int64_t results = rule_product(convolution.filters, rule_product(convolution.window.rows, convolution.window.columns));
    return (Cost){.multiply_adds = rule_product(
                      results, rule_product(convolution.channels, convolution.window.kernel[0] * convolution.window.kernel[1]))};
}

static void rows_lower(const OpUse *use, KernelCall *call)
{
    RowConvolution convolution = read_rows(use);
    int64_t numbers[ROW_CONVOLUTION_INTEGERS];
    memcpy(numbers, &convolution, sizeof numbers);
    call->kernel = "convolve_rows";
    call_integers(use, call, numbers, ROW_CONVOLUTION_INTEGERS);
    tail_lower(use, call);
}

const OpInfo op_convolve_rows = {
    .op = OP_CONVOLVE_ROWS,
    .name = "convolve_rows",
    .summary = "convolution of an image with few filters, and what follows it",
    .operand_names = "x weight ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = rows_attributes,
    .shape = rows_shape,
    .evaluate = rows_evaluate,
    .cost = rows_cost,
    .lower = rows_lower,
};

/* Pooling of blocked images. Only transforms make this operation. */
#include "ops/block_window.h"
#include "ops/elementwise.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static const AttributeInfo pool_attributes[] = {
    {"kind", ATTRIBUTE_NAME, NULL, "max mean"},
    {"count_padding", ATTRIBUTE_BOOLEAN, "false", NULL},
    BLOCK_WINDOW_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* Every position has a tap on the image along this axis. */
static bool meets_image(int64_t size, int64_t before, int64_t kernel, int64_t dilation, int64_t stride, int64_t positions)
{
    int64_t end = (positions - 1) * stride - before;
    return before <= (kernel - 1) * dilation && end < size && dilation <= size;
}

static bool pool_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    BlockWindow window;
    if (!elements_numbers(use, false))
        return false;
    if (x->rank != 4)
        return use_fail(use, 620, "a blocked image is blocks x height x width x lanes, got %s", type_name(use->arena, x));
    if (!block_window(use, x->size[1], x->size[2], &window))
        return false;
    const int64_t positions[2] = {window.rows, window.columns};
    for (int axis = 0; axis < 2; axis++)
        if (!meets_image(x->size[axis + 1], window.before[axis], window.kernel[axis], window.dilation[axis], window.stride[axis],
                         positions[axis]))
            return use_fail(use, 625, "a window of %s would lie on padding alone", rule_shape_text(use, window.kernel, 2));
    use->result = (Type){.batched = x->batched, .rank = 4, .size = {x->size[0], window.rows, window.columns, x->size[3]}};
    return rule_elements(use);
}

static BlockPool read_pool(const OpUse *use)
{
    OpUse again = *use;
    BlockPool pool = {.mean = strcmp(use_name(use, "kind"), "mean") == 0,
                      .count_padding = use_boolean(use, "count_padding"),
                      .blocks = use->operand[0].size[0]};
    block_window(&again, use->operand[0].size[1], use->operand[0].size[2], &pool.window);
    return pool;
}

static double pool_at(const BlockPool *pool, const double *image, int64_t lanes, const int64_t *position)
{
    const BlockWindow *window = &pool->window;
    int64_t taps = window->kernel[0] * window->kernel[1], count = 0;
    double result = 0;
    for (int64_t tap = 0; tap < taps; tap++) {
        const int64_t at[2] = {tap / window->kernel[1], tap % window->kernel[1]};
        const double *entry = block_window_entry(window, image, lanes, position, at);
        if (!entry)
            continue;
        bool takes = count == 0 || *entry > result || isnan(*entry);
        result = pool->mean ? result + *entry : takes ? *entry : result;
        count++;
    }
    return pool->mean ? result / (double)(pool->count_padding ? taps : count) : result;
}

static void pool_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    BlockPool pool = read_pool(use);
    const BlockWindow *window = &pool.window;
    int64_t lanes = use->result.size[3], pixels = window->rows * window->columns;
    for (int64_t i = 0; i < pool.blocks * pixels * lanes; i++) {
        int64_t block = i / (pixels * lanes), pixel = i / lanes % pixels;
        const double *image = operand[0] + block * window->height * window->width * lanes + i % lanes;
        result[i] = pool_at(&pool, image, lanes, (int64_t[]){pixel / window->columns, pixel % window->columns});
    }
}

static Cost pool_cost(const OpUse *use)
{
    BlockPool pool = read_pool(use);
    return (Cost){.operations = rule_product(type_elements(&use->result), pool.window.kernel[0] * pool.window.kernel[1])};
}

static void pool_lower(const OpUse *use, KernelCall *call)
{
    BlockPool pool = read_pool(use);
    int64_t numbers[BLOCK_POOL_INTEGERS];
    memcpy(numbers, &pool, sizeof numbers);
    call->kernel = "pool_blocks";
    call_integers(use, call, numbers, BLOCK_POOL_INTEGERS);
}

const OpInfo op_pool_blocks = {
    .op = OP_POOL_BLOCKS,
    .name = "pool_blocks",
    .summary = "the largest entry or the mean of each window of a blocked image",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = pool_attributes,
    .shape = pool_shape,
    .evaluate = pool_evaluate,
    .cost = pool_cost,
    .lower = pool_lower,
};

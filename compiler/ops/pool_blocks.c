/* Pooling of blocked images, and the way back from their largest entries. Only transforms make these operations. */
#include "ops/block_window.h"
#include "ops/elementwise.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

/* `positive`: only windows whose largest entry is above 0 hand their value on, as a rectifier in front of the pooling has it. */
static const AttributeInfo spread_attributes[] = {
    {"positive", ATTRIBUTE_BOOLEAN, "false", NULL},
    BLOCK_WINDOW_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

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

static bool read_window(OpUse *use, BlockWindow *result)
{
    const Type *x = &use->operand[0];
    *result = (BlockWindow){0};
    if (!elements_numbers(use, false))
        return false;
    if (x->rank != 4)
        return use_fail(use, 620, "a blocked image is blocks x height x width x lanes, got %s", type_name(use->arena, x));
    if (!block_window(use, x->size[1], x->size[2], result))
        return false;
    const int64_t positions[2] = {result->rows, result->columns};
    for (int axis = 0; axis < 2; axis++)
        if (!meets_image(x->size[axis + 1], result->before[axis], result->kernel[axis], result->dilation[axis],
                         result->stride[axis], positions[axis]))
            return use_fail(use, 625, "a window of %s would lie on padding alone", rule_shape_text(use, result->kernel, 2));
    return true;
}

static bool pool_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    BlockWindow window;
    if (!read_window(use, &window))
        return false;
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

/* --- back --------------------------------------------------------------------------------------------------------------------- */

static bool spread_shape(OpUse *use)
{
    const Type *x = &use->operand[0], *values = &use->operand[1];
    BlockWindow window;
    if (!read_window(use, &window))
        return false;
    const int64_t size[4] = {x->size[0], window.rows, window.columns, x->size[3]};
    if (window.dilation[0] != 1 || window.dilation[1] != 1)
        return use_fail(use, 625, "the way back is there for windows without dilation");
    if (values->rank != 4 || memcmp(values->size, size, sizeof size) != 0)
        return use_fail(use, 611, "%s and %s do not go together", type_name(use->arena, x), type_name(use->arena, values));
    use->result = (Type){.batched = x->batched || values->batched, .rank = 4};
    memcpy(use->result.size, x->size, sizeof size);
    return true;
}

static BlockPool read_spread(const OpUse *use)
{
    OpUse again = *use;
    BlockPool pool = {.blocks = use->operand[0].size[0]};
    read_window(&again, &pool.window);
    return pool;
}

/* The place of the first largest entry under a window; a NaN counts as larger than all numbers. */
static const double *find_largest(const BlockWindow *window, const double *image, int64_t lanes, const int64_t *position)
{
    const double *best = NULL;
    for (int64_t tap = 0; tap < window->kernel[0] * window->kernel[1]; tap++) {
        const int64_t at[2] = {tap / window->kernel[1], tap % window->kernel[1]};
        const double *entry = block_window_entry(window, image, lanes, position, at);
        if (entry && (!best || *entry > *best || (isnan(*entry) && !isnan(*best))))
            best = entry;
    }
    return best;
}

static void spread_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    BlockPool pool = read_spread(use);
    const BlockWindow *window = &pool.window;
    int64_t lanes = use->result.size[3], pixels = window->rows * window->columns;
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t i = 0; i < pool.blocks * pixels * lanes; i++) {
        int64_t block = i / (pixels * lanes), pixel = i / lanes % pixels;
        const double *image = operand[0] + block * window->height * window->width * lanes + i % lanes;
        const double *best = find_largest(window, image, lanes, (int64_t[]){pixel / window->columns, pixel % window->columns});
        if (best && (*best > 0 || !use_boolean(use, "positive")))
            result[best - operand[0]] += operand[1][i];
    }
}

static Cost spread_cost(const OpUse *use)
{
    BlockPool pool = read_spread(use);
    return (Cost){.operations = rule_product(type_elements(&use->operand[1]), pool.window.kernel[0] * pool.window.kernel[1])};
}

static void spread_lower(const OpUse *use, KernelCall *call)
{
    BlockPool pool = read_spread(use);
    int64_t numbers[BLOCK_POOL_INTEGERS];
    memcpy(numbers, &pool, sizeof numbers);
    call->kernel = "spread_blocks";
    call_integers(use, call, numbers, BLOCK_POOL_INTEGERS);
    call_integer(use, call, use_boolean(use, "positive"));
}

const OpInfo op_spread_blocks = {
    .op = OP_SPREAD_BLOCKS,
    .name = "spread_blocks",
    .summary = "hands a value for each window of a blocked image to the window's largest entry",
    .operand_names = "x values",
    .operands = 2,
    .internal = true,
    .attributes = spread_attributes,
    .shape = spread_shape,
    .evaluate = spread_evaluate,
    .cost = spread_cost,
    .lower = spread_lower,
};

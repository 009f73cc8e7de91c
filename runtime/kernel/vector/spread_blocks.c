/* Back from the largest entries of windows over blocked images: a value for each window goes to the window's first largest entry; see blocks.h. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/vector.h"

#include <stdbool.h>
#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    BlockPool pool;
    bool positive; /* only windows whose largest entry is above 0 hand their value on */
} Work;

/* Entries of the window at one position that lie on the image: rows and columns from `low` to below `high`. */
typedef struct Box {
    int64_t low[2], high[2];
} Box;

static Box find_box(const BlockWindow *window, int64_t row, int64_t column)
{
    const int64_t at[2] = {row * window->stride[0] - window->before[0], column * window->stride[1] - window->before[1]};
    const int64_t size[2] = {window->height, window->width};
    Box box;
    for (int axis = 0; axis < 2; axis++) {
        box.low[axis] = at[axis] > 0 ? at[axis] : 0;
        box.high[axis] = least(at[axis] + window->kernel[axis], size[axis]);
    }
    return box;
}

/* Where `entry` is the largest: NaN counts as that. */
VECTOR_INLINE VectorMask is_largest(vector entry, vector largest)
{
    return (VectorMask)(entry == largest) | (vector_is_nan(entry) & vector_is_nan(largest));
}

/* One vector of one position. Values are added, for windows may overlap. */
static void spread_vector(const Work *work, const Box *box, const real *image, real *to, vector value)
{
    int64_t width = work->pool.window.width;
    vector largest = vector_load(image + (box->low[0] * width + box->low[1]) * LANES);
    for (int64_t y = box->low[0]; y < box->high[0]; y++)
        for (int64_t x = box->low[1]; x < box->high[1]; x++)
            largest = vector_maximum(largest, vector_load(image + (y * width + x) * LANES));
    VectorMask open = work->positive ? (VectorMask)(largest > vector_fill(0)) : ~(VectorMask){0};
    for (int64_t y = box->low[0]; y < box->high[0]; y++)
        for (int64_t x = box->low[1]; x < box->high[1]; x++) {
            int64_t place = (y * width + x) * LANES;
            VectorMask here = open & is_largest(vector_load(image + place), largest);
            vector_store(to + place, vector_load(to + place) + vector_select(here, value, vector_fill(0)));
            open &= ~here;
        }
}

/* The same for windows of 2 x 2 side by side, whose four entries are written once. */
VECTOR_INLINE void spread_pairs(bool positive, const real *upper, int64_t row, real *to, vector value)
{
    vector a = vector_load(upper), b = vector_load(upper + LANES), c = vector_load(upper + row),
           d = vector_load(upper + row + LANES);
    vector largest = vector_maximum(vector_maximum(a, b), vector_maximum(c, d)), zero = vector_fill(0);
    VectorMask open = positive ? (VectorMask)(largest > zero) : ~(VectorMask){0};
    VectorMask at_a = open & is_largest(a, largest), at_b = open & ~at_a & is_largest(b, largest);
    VectorMask at_c = open & ~at_a & ~at_b & is_largest(c, largest), at_d = open & ~at_a & ~at_b & ~at_c;
    vector_store(to, vector_select(at_a, value, zero));
    vector_store(to + LANES, vector_select(at_b, value, zero));
    vector_store(to + row, vector_select(at_c, value, zero));
    vector_store(to + row + LANES, vector_select(at_d, value, zero));
}

static bool is_pairs(const BlockWindow *window)
{
    bool pairs = true;
    for (int axis = 0; axis < 2; axis++)
        pairs = pairs && window->kernel[axis] == 2 && window->stride[axis] == 2 && window->before[axis] == 0;
    return pairs && window->rows * 2 <= window->height && window->columns * 2 <= window->width;
}

static void spread_block(const Work *work, const real *image, const real *values, real *to)
{
    const BlockWindow *window = &work->pool.window;
    bool pairs = is_pairs(window);
    if (!pairs || window->rows * 2 < window->height || window->columns * 2 < window->width)
        vector_clear(to, window->height * window->width * LANES);
    for (int64_t row = 0; row < window->rows; row++)
        for (int64_t column = 0; column < window->columns; column++, values += LANES) {
            int64_t place = (2 * row * window->width + 2 * column) * LANES;
            Box box = find_box(window, row, column);
            for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
                vector value = vector_load(values + v);
                if (pairs && work->positive)
                    spread_pairs(true, image + place + v, window->width * LANES, to + place + v, value);
                else if (pairs)
                    spread_pairs(false, image + place + v, window->width * LANES, to + place + v, value);
                else
                    spread_vector(work, &box, image + v, to + v, value);
            }
        }
}

static void spread_blocks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const KernelArguments *arguments = work->arguments;
    const BlockWindow *window = &work->pool.window;
    int64_t in = window->height * window->width * LANES, out = window->rows * window->columns * LANES;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / work->pool.blocks, block = unit % work->pool.blocks;
        spread_block(work, (const real *)arguments->operands[0] + sample * arguments->strides[0] + block * in,
                     (const real *)arguments->operands[1] + sample * arguments->strides[1] + block * out,
                     (real *)arguments->result + sample * arguments->result_stride + block * in);
    }
}

/* Integers: a BlockPool, and whether values pass where the largest entry is above 0 alone. */
void KERNEL_NAME(spread_blocks)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .positive = arguments->integers[BLOCK_POOL_INTEGERS] != 0};
    memcpy(&work.pool, arguments->integers, sizeof work.pool);
    const BlockWindow *window = &work.pool.window;
    int64_t cost = window->rows * window->columns * window->kernel[0] * window->kernel[1] * LANES;
    share_units(arguments->parallel, arguments->samples * work.pool.blocks, cost, spread_blocks, &work);
}

/* Pooling of a blocked image: the largest entry, or the mean, of the window at each position; see blocks.h. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/range.h"
#include "kernel/vector/vector.h"

#include <stdbool.h>
#include <string.h>

/* Neighbours in a row that are computed at once, so that no maximum waits for the one before it. */
enum { SOME_PIXELS = 4 };

typedef struct Work {
    const KernelArguments *arguments;
    BlockPool pool;
} Work;

/* One row of results of a block, where the block's image stands and where the row goes. */
typedef struct Row {
    const real *image;
    real *to;
    int64_t row;
} Row;

/* One vector of each of `pixels` results from `column` on, over taps that all of them have; `offset`: of the vector within its block. */
VECTOR_INLINE void pool_vector(bool mean, int pixels, const BlockPool *pool, const Row *row, int64_t column, const TapRange *taps,
                               int64_t offset)
{
    const BlockWindow *window = &pool->window;
    int64_t step = window->stride[1] * LANES, y = row->row * window->stride[0] - window->before[0];
    int64_t x = column * window->stride[1] - window->before[1];
    int64_t top = y + taps->first[0] * window->dilation[0], left = x + taps->first[1] * window->dilation[1];
    const real *first = row->image + (top * window->width + left) * LANES + offset;
    vector results[SOME_PIXELS];
    VECTOR_UNROLL
    for (int p = 0; p < pixels; p++)
        results[p] = mean ? vector_fill(0) : vector_load(first + p * step);
    int64_t rows = taps->last[0] - taps->first[0], columns = taps->last[1] - taps->first[1];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            const real *from = first + (i * window->dilation[0] * window->width + j * window->dilation[1]) * LANES;
            VECTOR_UNROLL
            for (int p = 0; p < pixels; p++) {
                vector entry = vector_load(from + p * step);
                results[p] = mean ? results[p] + entry : vector_maximum(results[p], entry);
            }
        }
    vector count = vector_fill((real)(pool->count_padding ? window->kernel[0] * window->kernel[1] : rows * columns));
    VECTOR_UNROLL
    for (int p = 0; p < pixels; p++)
        vector_store(row->to + (column + p) * LANES + offset, mean ? results[p] / count : results[p]);
}

VECTOR_INLINE void pool_pixels(int pixels, const BlockPool *pool, const Row *row, int64_t column, const TapRange *taps)
{
    for (int v = 0; v < VECTORS; v++)
        if (pool->mean)
            pool_vector(true, pixels, pool, row, column, taps, v * VECTOR_REALS);
        else
            pool_vector(false, pixels, pool, row, column, taps, v * VECTOR_REALS);
}

/* Columns first .. last - 1, one by one, each over the taps that it has. */
static void pool_singly(const BlockPool *pool, const Row *row, int64_t first, int64_t last)
{
    for (int64_t column = first; column < last; column++) {
        TapRange taps = tap_range(&pool->window, row->row, column);
        pool_pixels(1, pool, row, column, &taps);
    }
}

static void pool_row(const BlockPool *pool, const Row *row)
{
    InnerColumns inner = inner_columns(&pool->window, pool->window.columns);
    TapRange taps = tap_range(&pool->window, row->row, inner.first);
    int64_t column = inner.first;
    pool_singly(pool, row, 0, column);
    for (; column + SOME_PIXELS <= inner.last; column += SOME_PIXELS)
        pool_pixels(SOME_PIXELS, pool, row, column, &taps);
    pool_singly(pool, row, column, pool->window.columns);
}

/* Units are [sample, block, row of the result]. */
static void pool_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockWindow *window = &work->pool.window;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / window->rows / work->pool.blocks, block = unit / window->rows % work->pool.blocks;
        Row row = {.row = unit % window->rows};
        row.image = (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0] +
                    block * window->height * window->width * LANES;
        row.to = (real *)work->arguments->result + sample * work->arguments->result_stride +
                 (block * window->rows + row.row) * window->columns * LANES;
        pool_row(&work->pool, &row);
    }
}

/* Integers: a BlockPool. */
void KERNEL_NAME(pool_blocks)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.pool, arguments->integers, sizeof work.pool);
    const BlockWindow *window = &work.pool.window;
    share_units(arguments->parallel, arguments->samples * work.pool.blocks * window->rows,
                window->columns * window->kernel[0] * window->kernel[1] * LANES, pool_units, &work);
}

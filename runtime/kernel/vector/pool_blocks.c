/* Pooling of a blocked image: the largest entry, or the mean, of the window at each position; see blocks.h. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/range.h"
#include "kernel/vector/vector.h"

#include <stdbool.h>
#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    BlockPool pool;
} Work;

/* One vector over the taps of the window that begins at row y and column x of the image. */
VECTOR_INLINE vector pool_taps(bool mean, const BlockWindow *window, const TapRange *taps, int64_t y, int64_t x, const real *image)
{
    vector result = vector_fill(0);
    bool first = true;
    for (int64_t i = taps->first[0]; i < taps->last[0]; i++)
        for (int64_t j = taps->first[1]; j < taps->last[1]; j++) {
            int64_t pixel = (y + i * window->dilation[0]) * window->width + x + j * window->dilation[1];
            vector entry = vector_load(image + pixel * LANES);
            result = mean ? result + entry : first ? entry : vector_maximum(result, entry);
            first = false;
        }
    return result;
}

static void pool_position(const BlockPool *pool, const real *image, int64_t row, int64_t column, real *to)
{
    const BlockWindow *window = &pool->window;
    TapRange taps = tap_range(window, row, column);
    int64_t y = row * window->stride[0] - window->before[0], x = column * window->stride[1] - window->before[1];
    int64_t inside = (taps.last[0] - taps.first[0]) * (taps.last[1] - taps.first[1]);
    vector count = vector_fill((real)(pool->count_padding ? window->kernel[0] * window->kernel[1] : inside));
    for (int v = 0; v < VECTORS; v++) {
        const real *from = image + v * VECTOR_REALS;
        vector result =
            pool->mean ? pool_taps(true, window, &taps, y, x, from) / count : pool_taps(false, window, &taps, y, x, from);
        vector_store(to + v * VECTOR_REALS, result);
    }
}

/* Units are [sample, block, row of the result]. */
static void pool_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockWindow *window = &work->pool.window;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / window->rows / work->pool.blocks, block = unit / window->rows % work->pool.blocks;
        const real *image = (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0] +
                            block * window->height * window->width * LANES;
        real *to = (real *)work->arguments->result + sample * work->arguments->result_stride +
                   (block * window->rows + unit % window->rows) * window->columns * LANES;
        for (int64_t column = 0; column < window->columns; column++)
            pool_position(&work->pool, image, unit % window->rows, column, to + column * LANES);
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

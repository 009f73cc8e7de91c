/* Numbers of the convolutions, as the lowering writes them and the kernels read them. */
#ifndef STRATA_KERNEL_CONVOLVE_H
#define STRATA_KERNEL_CONVOLVE_H

#include "kernel/window.h"

#include <stdbool.h>

/* For a transposed convolution `window` is that of the convolution whose adjoint it is: its `out` is the operand here and its `in` the
 * result. */
typedef struct Convolution {
    int64_t channels; /* of the operand */
    int64_t filters;  /* channels of the result */
    int64_t groups;
    int64_t border; /* a Border */
    Window window;
} Convolution;

enum { CONVOLUTION_INTEGERS = sizeof(Convolution) / sizeof(int64_t) };

/* Columns: the operand's entries under the window, one column a position, worked on in blocks of positions that fit into the cache.
 * At most so many blocks are in work at once, each in a part of the scratch of its own, whatever the number of threads. */
enum { COLUMN_REALS = 128 * 1024, COLUMN_LEAST = 64, COLUMN_LANES = 16 };

/* Positions in a block whose columns have `depth` entries each; `positions` in all. */
static inline int64_t convolution_block(int64_t depth, int64_t positions)
{
    int64_t block = COLUMN_REALS / depth / 16 * 16;
    if (block < COLUMN_LEAST)
        block = COLUMN_LEAST;
    return block < positions ? block : positions;
}

static inline int64_t convolution_lanes(int64_t units)
{
    return units < COLUMN_LANES ? units : COLUMN_LANES;
}

/* Few filters a group: sliding the window directly does less than building columns for it. */
static inline bool convolution_is_direct(const Convolution *convolution)
{
    return convolution->filters / convolution->groups <= 2;
}

/* A window of one entry that stands on every entry once: the operand itself has the columns. */
static inline bool convolution_is_pointwise(const Convolution *convolution)
{
    const Window *window = &convolution->window;
    for (int axis = 0; axis < WINDOW_AXES; axis++)
        if (window->kernel[axis] != 1 || window->stride[axis] != 1 || window->in[axis] != window->out[axis] ||
            window->before[axis] != 0)
            return false;
    return true;
}

/* Entries of a column: channels of a group times entries of the window. */
static inline int64_t convolution_depth(const Convolution *convolution)
{
    return convolution->channels / convolution->groups * window_product(convolution->window.kernel);
}

#endif

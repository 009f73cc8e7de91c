/* Columns of a convolution: the operand's entries under the window, row by row of what a product of matrices takes. */
#ifndef STRATA_KERNEL_VECTOR_COLUMNS_H
#define STRATA_KERNEL_VECTOR_COLUMNS_H

#include "kernel/convolve.h"
#include "kernel/real.h"

#include <string.h>

static inline void fill_zero(real *to, int64_t count)
{
    memset(to, 0, (size_t)count * sizeof *to);
}

/* Entries of one row of the operand under entry k of the window, at positions first .. last - 1 of the last axis; zero beyond the border. */
static inline void copy_inside(const Window *window, const real *row, int64_t k, int64_t first, int64_t last, real *to)
{
    int64_t low, high;
    window_range(window, 2, k, &low, &high);
    low = low < first ? first : low < last ? low : last;
    high = high > last ? last : high > low ? high : low;
    fill_zero(to, low - first);
    int64_t stride = window->stride[2], offset = k * window->dilation[2] - window->before[2];
    if (stride == 1 && low < high)
        memcpy(to + low - first, row + low + offset, (size_t)(high - low) * sizeof *to);
    else
        for (int64_t p = low; p < high; p++)
            to[p - first] = row[p * stride + offset];
    fill_zero(to + high - first, last - high);
}

/* The same with the other borders. */
static inline void copy_bordered(const Window *window, Border border, const real *row, int64_t k, int64_t first, int64_t last,
                                 real *to)
{
    int64_t offset = k * window->dilation[2] - window->before[2];
    for (int64_t p = first; p < last; p++)
        to[p - first] = row[border_index(border, p * window->stride[2] + offset, window->in[2])];
}

/* The row of the operand's entries under (k0, k1) of the window at rows (z, y) of positions; null beyond a zero border. */
static inline const real *source_row(const Convolution *convolution, const real *channel, const int64_t *k, int64_t z, int64_t y)
{
    const Window *window = &convolution->window;
    const int64_t position[2] = {z, y};
    int64_t index[2];
    for (int axis = 0; axis < 2; axis++) {
        int64_t place = position[axis] * window->stride[axis] + k[axis] * window->dilation[axis] - window->before[axis];
        index[axis] = border_index((Border)convolution->border, place, window->in[axis]);
        if (index[axis] < 0)
            return NULL;
    }
    return channel + (index[0] * window->in[1] + index[1]) * window->in[2];
}

/* One row of the columns: entry k of the window over one channel, at positions first .. last - 1. */
static inline void fill_column_row(const Convolution *convolution, const real *channel, const int64_t *k, int64_t first,
                                   int64_t last, real *to)
{
    const Window *window = &convolution->window;
    int64_t width = window->out[2];
    for (int64_t p = first; p < last;) {
        int64_t row = p / width, from = p % width;
        int64_t until = last - p < width - from ? from + last - p : width;
        const real *source = source_row(convolution, channel, k, row / window->out[1], row % window->out[1]);
        if (!source)
            fill_zero(to, until - from);
        else if (convolution->border == BORDER_ZERO)
            copy_inside(window, source, k[2], from, until, to);
        else
            copy_bordered(window, (Border)convolution->border, source, k[2], from, until, to);
        to += until - from;
        p += until - from;
    }
}

#endif

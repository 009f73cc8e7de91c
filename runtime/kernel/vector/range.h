/* Which taps of a window stand on an image. */
#ifndef STRATA_KERNEL_VECTOR_RANGE_H
#define STRATA_KERNEL_VECTOR_RANGE_H

#include "kernel/blocks.h"

#include <stdbool.h>

/* Taps first .. last - 1 along rows and columns; none where first >= last. */
typedef struct TapRange {
    int64_t first[2], last[2];
} TapRange;

static inline TapRange tap_range(const BlockWindow *window, int64_t row, int64_t column)
{
    const int64_t position[2] = {row, column}, size[2] = {window->height, window->width};
    TapRange range;
    for (int axis = 0; axis < 2; axis++) {
        int64_t start = position[axis] * window->stride[axis] - window->before[axis], step = window->dilation[axis];
        range.first[axis] = start >= 0 ? 0 : (-start + step - 1) / step;
        range.last[axis] = start >= size[axis] ? 0 : (size[axis] - start + step - 1) / step;
        if (range.last[axis] > window->kernel[axis])
            range.last[axis] = window->kernel[axis];
    }
    return range;
}

static inline bool tap_range_is_whole(const BlockWindow *window, const TapRange *range)
{
    return range->first[0] == 0 && range->first[1] == 0 && range->last[0] == window->kernel[0] &&
           range->last[1] == window->kernel[1];
}

/* Columns first .. last - 1 of a result whose windows lie within the columns of the image; those in front of them and behind have taps on padding. */
typedef struct InnerColumns {
    int64_t first, last;
} InnerColumns;

/* Of the first `columns` of the result. */
static inline InnerColumns inner_columns(const BlockWindow *window, int64_t columns)
{
    InnerColumns inner = {.first = least(columns, blocks_of(window->before[1], window->stride[1]))};
    int64_t room = window->width + window->before[1] - (window->kernel[1] - 1) * window->dilation[1];
    inner.last = room <= 0 ? inner.first : least(columns, blocks_of(room, window->stride[1]));
    return inner;
}

#endif

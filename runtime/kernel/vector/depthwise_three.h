/* Windows of 3x3 taps over each channel by itself, for stride 1 and 2: the sums of a row's neighbouring results are in registers, and an entry is loaded
 * once for all of them that it counts for. */
#ifndef STRATA_KERNEL_VECTOR_DEPTHWISE_THREE_H
#define STRATA_KERNEL_VECTOR_DEPTHWISE_THREE_H

#include "kernel/blocks.h"
#include "kernel/vector/vector.h"

#include <stdbool.h>

enum { DEPTHWISE_TAPS = 3, DEPTHWISE_MOST_PIXELS = VECTOR_BYTES == 64 ? 14 : 7 };

/* Whether a window is of this kind, and reaches at most one column over either border. */
static inline bool is_depthwise_three(const BlockWindow *window)
{
    int64_t last = (window->columns - 1) * window->stride[1] + DEPTHWISE_TAPS - 1 - window->before[1];
    return window->kernel[0] == DEPTHWISE_TAPS && window->kernel[1] == DEPTHWISE_TAPS && window->dilation[0] == 1 &&
           window->dilation[1] == 1 && window->before[1] <= 1 && last <= window->width &&
           (window->stride[1] == 1 || window->stride[1] == 2);
}

/* The entries of one row under a row of taps: where the first one is, or would be, and whether the outermost two are on the image. */
typedef struct EntryRow {
    const real *entries;
    bool first, last;
} EntryRow;

/* Adds one row of taps to the sums of `pixels` results. */
VECTOR_INLINE void depthwise_add_row(int pixels, int stride, EntryRow row, const real *weights, vector *sums)
{
    int count = (pixels - 1) * stride + DEPTHWISE_TAPS;
    vector weight[DEPTHWISE_TAPS];
    VECTOR_UNROLL
    for (int j = 0; j < DEPTHWISE_TAPS; j++)
        weight[j] = vector_load(weights + j * LANES);
    VECTOR_UNROLL
    for (int q = 0; q < count; q++) {
        bool inside = (q > 0 || row.first) && (q < count - 1 || row.last);
        vector entry = inside ? vector_load(row.entries + q * LANES) : vector_fill(0);
        VECTOR_UNROLL
        for (int j = 0; j < DEPTHWISE_TAPS; j++)
            if (q >= j && (q - j) % stride == 0 && (q - j) / stride < pixels)
                sums[(q - j) / stride] = vector_multiply_add(weight[j], entry, sums[(q - j) / stride]);
    }
}

/* How many results of `rest` to compute at once. */
static inline int64_t depthwise_some(int64_t rest)
{
    if (rest >= DEPTHWISE_MOST_PIXELS)
        return DEPTHWISE_MOST_PIXELS;
    return rest >= 7 ? 7 : rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
}

#endif

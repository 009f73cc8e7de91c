/* Batches in lanes, and convolutions of such: numbers that kernels share with their lowering.
 *
 * A batch of N images in lanes is [sets, channels, height, width, lanes]: sample n stands in set n / lanes at lane n % lanes, a pixel of a channel of
 * so many samples being one block of 64 bytes. So vectors are full whatever the number of channels. Lanes past the last sample hold what the same operations make
 * of zeros: nothing but sums over the batch could see them, and these leave them out. */
#ifndef STRATA_KERNEL_LANES_H
#define STRATA_KERNEL_LANES_H

#include "kernel/blocks.h"

/* to_lanes and from_lanes. */
typedef struct LaneBatch {
    int64_t samples, lanes;
    int64_t entries; /* of a sample */
} LaneBatch;

enum { LANE_BATCH_INTEGERS = sizeof(LaneBatch) / sizeof(int64_t) };

/* sum_lanes. */
typedef struct LaneSum {
    int64_t samples, sets, channels, pixels, lanes;
} LaneSum;

enum { LANE_SUM_INTEGERS = sizeof(LaneSum) / sizeof(int64_t) };

/* convolve_lanes, convolve_lanes_back, convolve_lanes_weight. Channels are those of the convolution's operand and filters those of its result, whichever way
 * it goes. */
typedef struct LaneConvolution {
    int64_t samples, sets, lanes;
    int64_t channels, filters; /* of a group */
    int64_t groups;
    BlockWindow window; /* of the convolution: from height x width to rows x columns */
} LaneConvolution;

enum { LANE_CONVOLUTION_INTEGERS = sizeof(LaneConvolution) / sizeof(int64_t) };

/* Taps of a window along one axis, at most. */
enum { LANE_TAPS = 16 };

/* One axis of a convolution in one direction: position q, from 0 to count - 1, stands at entry first + q * step of the result and takes entries
 * q * stride + offset[t] of the operand, where it has them, for the taps tap[t] of the window. Going back from results to operands with a stride, the positions
 * that take the same taps are a phase. */
typedef struct LaneAxis {
    int64_t size; /* of the operand */
    int64_t count, first, step, stride;
    int64_t taps;
    int64_t tap[LANE_TAPS], offset[LANE_TAPS];
    int64_t low, high; /* the least and the largest offset */
} LaneAxis;

static inline void lane_axis_add(LaneAxis *axis, int64_t tap, int64_t offset)
{
    axis->tap[axis->taps] = tap;
    axis->offset[axis->taps] = offset;
    axis->low = axis->taps == 0 || offset < axis->low ? offset : axis->low;
    axis->high = axis->taps == 0 || offset > axis->high ? offset : axis->high;
    axis->taps++;
}

/* From the operand to the result. */
static inline LaneAxis lane_axis(const BlockWindow *window, int axis)
{
    LaneAxis result = {.size = axis == 0 ? window->height : window->width,
                       .count = axis == 0 ? window->rows : window->columns,
                       .step = 1,
                       .stride = window->stride[axis]};
    for (int64_t tap = 0; tap < window->kernel[axis]; tap++)
        lane_axis_add(&result, tap, tap * window->dilation[axis] - window->before[axis]);
    return result;
}

/* From the result back to the operand, for one of `stride` phases. */
static inline LaneAxis lane_axis_back(const BlockWindow *window, int axis, int64_t phase)
{
    int64_t stride = window->stride[axis], size = axis == 0 ? window->height : window->width;
    LaneAxis result = {.size = axis == 0 ? window->rows : window->columns,
                       .count = phase < size ? (size - phase - 1) / stride + 1 : 0,
                       .first = phase,
                       .step = stride,
                       .stride = 1};
    for (int64_t tap = 0; tap < window->kernel[axis]; tap++) {
        int64_t place = phase + window->before[axis] - tap * window->dilation[axis];
        int64_t whole = place >= 0 ? place / stride : -((-place + stride - 1) / stride);
        if (whole * stride == place)
            lane_axis_add(&result, tap, whole);
    }
    return result;
}

/* --- work, cut into units by sizes alone ------------------------------------------------------------------------------------ */

/* A unit copies the rows of the operand that it needs, with zeros around them, unless they can be read where they stand. Units at work at once have places
 * of their own. */
enum { LANE_VIEW_BYTES = 256 * 1024, LANE_WORKERS = 8, LANE_BYTES = 64 };

/* Positions of the rows that a unit takes: as many as keep the copy of `channels` channels within LANE_VIEW_BYTES, but at least some. */
static inline int64_t lane_band(const LaneAxis *rows, const LaneAxis *columns, int64_t channels)
{
    enum { LEAST_ROWS = 2 };
    if (rows->count < 1 || rows->stride < 1)
        return 1;
    int64_t width = (columns->count - 1) * columns->stride + columns->high - columns->low + 1;
    int64_t fit = LANE_VIEW_BYTES / LANE_BYTES / (channels * width) - (rows->high - rows->low);
    fit = fit / rows->stride < LEAST_ROWS ? LEAST_ROWS : fit / rows->stride;
    int64_t bands = blocks_of(rows->count, fit);
    return blocks_of(rows->count, bands);
}

/* Blocks of 64 bytes in the copy for a unit. */
static inline int64_t lane_view_blocks(const LaneAxis *rows, const LaneAxis *columns, int64_t channels)
{
    if (rows->count < 1 || columns->count < 1 || rows->taps < 1 || columns->taps < 1)
        return 0;
    int64_t width = (columns->count - 1) * columns->stride + columns->high - columns->low + 1;
    int64_t height = (lane_band(rows, columns, channels) - 1) * rows->stride + rows->high - rows->low + 1;
    return channels * height * width;
}

/* Results of a group that are computed together: 4 or 6, whichever leaves less over. */
static inline int64_t lane_together(int64_t results)
{
    return blocks_of(results, 6) * 6 < blocks_of(results, 4) * 4 ? 6 : 4;
}

/* Sums of a gradient of weights for parts of the full sets, each in memory of its own: a power of two, so that two threads share them evenly. A last set that is
 * not full is one more part, since lanes past the last sample must not be added. */
static inline int64_t lane_full_parts(const LaneConvolution *convolution)
{
    enum { PART_BYTES = 8 * 1024 * 1024, MOST_PARTS = 8 };
    int64_t weights = convolution->groups * convolution->filters * convolution->channels * convolution->window.kernel[0] *
                      convolution->window.kernel[1];
    int64_t full = convolution->samples / convolution->lanes, parts = full > 0;
    while (parts > 0 && parts < MOST_PARTS && 2 * parts <= full && 2 * parts * weights * LANE_BYTES <= PART_BYTES)
        parts *= 2;
    return parts;
}

static inline int64_t lane_parts(const LaneConvolution *convolution)
{
    return lane_full_parts(convolution) + (convolution->samples % convolution->lanes != 0);
}

#endif

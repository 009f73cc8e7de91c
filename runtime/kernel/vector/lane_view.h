/* What a unit of work of a convolution in lanes reads: rows of the operand with zeros around them; see lanes.h. */
#ifndef STRATA_KERNEL_VECTOR_LANE_VIEW_H
#define STRATA_KERNEL_VECTOR_LANE_VIEW_H

#include "kernel/lanes.h"
#include "kernel/vector/vector.h"

#include <string.h>

/* Entry (row, column) of channel c, counted from the first ones that the unit needs, is the block at start + (c * channel_step + row * row_step +
 * column) * LANES. */
typedef struct LaneView {
    const real *start;
    int64_t channel_step, row_step;
} LaneView;

/* Entries of the operand that some positions read: from `low` on, `count` of them. */
typedef struct LaneSpan {
    int64_t low, count;
} LaneSpan;

static inline LaneSpan lane_span(const LaneAxis *axis, int64_t first, int64_t last)
{
    int64_t low = first * axis->stride + axis->low;
    return (LaneSpan){low, (last - 1) * axis->stride + axis->high + 1 - low};
}

static inline void lane_copy_row(const real *from, const LaneSpan *columns, int64_t width, bool inside, real *to)
{
    int64_t before = columns->low < 0 ? least(-columns->low, columns->count) : 0;
    int64_t end = least(width - columns->low, columns->count), after = columns->count - (end > before ? end : before);
    if (!inside || end <= before) {
        vector_clear(to, columns->count * LANES);
        return;
    }
    vector_clear(to, before * LANES);
    memcpy(to + before * LANES, from + (columns->low + before) * LANES, (size_t)((end - before) * LANES) * sizeof *to);
    vector_clear(to + end * LANES, after * LANES);
}

/* The view for positions first .. last - 1 of the rows and all of the columns, of `channels` channels that stand at `from`; `room` takes the copy. */
static inline LaneView lane_view(const real *from, int64_t channels, const LaneAxis *rows, const LaneAxis *columns, int64_t first,
                                 int64_t last, real *room)
{
    LaneSpan down = lane_span(rows, first, last), across = lane_span(columns, 0, columns->count);
    int64_t pixels = rows->size * columns->size;
    if (down.low >= 0 && down.low + down.count <= rows->size && across.low >= 0 && across.low + across.count <= columns->size)
        return (LaneView){from + (down.low * columns->size + across.low) * LANES, pixels, columns->size};
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < down.count; i++) {
            int64_t row = down.low + i;
            bool inside = row >= 0 && row < rows->size;
            lane_copy_row(from + (c * pixels + (inside ? row : 0) * columns->size) * LANES, &across, columns->size, inside,
                          room + (c * down.count + i) * across.count * LANES);
        }
    return (LaneView){room, down.count * across.count, across.count};
}

#endif

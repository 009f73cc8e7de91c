/* Convolutions with few filters, rows at a time: numbers that kernels share with their lowering.
 *
 * Where filters do not fill a block of lanes, vectors run along the columns of results instead, and images stay [channels, height, width]. Each image
 * is copied first: with its padding, only the rows that are read, columns apart by their place in the stride, and room behind for whole vectors. */
#ifndef STRATA_KERNEL_ROWS_H
#define STRATA_KERNEL_ROWS_H

#include "kernel/blocks.h"

/* convolve_rows. */
typedef struct RowConvolution {
    int64_t channels, filters;
    BlockWindow window;
} RowConvolution;

enum { ROW_CONVOLUTION_INTEGERS = sizeof(RowConvolution) / sizeof(int64_t) };

/* Samples at work at once, each in a part of the scratch of its own; and the most columns that a step computes: two vectors of the widest
 * kind. */
enum { ROW_SAMPLES = 16, ROW_STEP = 32 };

/* The copy of an image: [channels, rows, phases, phase_width]. Column x of the padded image is entry x / phases of phase x % phases. */
typedef struct RowView {
    int64_t rows;
    int64_t phases;
    int64_t phase_width;
} RowView;

static inline RowView row_view(const BlockWindow *window)
{
    RowView view = {.rows = (window->rows - 1) * window->stride[0] + (window->kernel[0] - 1) * window->dilation[0] + 1,
                    .phases = window->stride[1]};
    view.phase_width =
        blocks_of(window->columns, ROW_STEP) * ROW_STEP + (window->kernel[1] - 1) * window->dilation[1] / view.phases;
    return view;
}

/* Reals of the copies of so many samples. */
static inline size_t row_scratch(const RowConvolution *convolution, int64_t samples)
{
    RowView view = row_view(&convolution->window);
    int64_t copies = samples < ROW_SAMPLES ? samples : ROW_SAMPLES;
    return (size_t)copies * (size_t)(convolution->channels * view.rows) * (size_t)(view.phases * view.phase_width);
}

#endif

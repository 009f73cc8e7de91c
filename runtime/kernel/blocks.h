/* Blocked images and what works on them: numbers that kernels share with their lowering.
 *
 * An image of C channels in blocks is [blocks, height, width, lanes]: channel c stands in block c / lanes at lane c % lanes. Lanes are 64 bytes of
 * reals at every level of instructions, so that one packing of weights serves all. Lanes past the last channel hold finite numbers that nothing reads. */
#ifndef STRATA_KERNEL_BLOCKS_H
#define STRATA_KERNEL_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline int64_t blocks_of(int64_t count, int64_t lanes)
{
    return count / lanes + (count % lanes > 0);
}

static inline int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* to_blocks and from_blocks; lanes are those of the precision. */
typedef struct BlockImage {
    int64_t lanes, channels, pixels;
} BlockImage;

enum { BLOCK_IMAGE_INTEGERS = sizeof(BlockImage) / sizeof(int64_t) };

/* pack_convolution: weights [filters, channels of a group, rows, columns] to [filter blocks, channels, taps, lanes], in which each block of `lanes`
 * channels (the last may be shorter; with `planar` there is only one) has all its taps, tap by tap, its channels behind one another. */
typedef struct BlockPack {
    int64_t lanes, filters, channels, taps, planar;
} BlockPack;

enum { BLOCK_PACK_INTEGERS = sizeof(BlockPack) / sizeof(int64_t) };

/* Where pack_convolution puts a weight. */
static inline int64_t block_pack_place(const BlockPack *pack, int64_t filter, int64_t channel, int64_t tap)
{
    int64_t span = pack->planar ? pack->channels : pack->lanes, start = channel / span * span;
    int64_t count = pack->channels - start < span ? pack->channels - start : span;
    int64_t block = filter / pack->lanes * pack->channels * pack->taps + start * pack->taps;
    return (block + tap * count + channel - start) * pack->lanes + filter % pack->lanes;
}

/* A window over rows and columns. */
typedef struct BlockWindow {
    int64_t height, width; /* of the image */
    int64_t kernel[2];
    int64_t stride[2];
    int64_t dilation[2];
    int64_t before[2];     /* padding in front */
    int64_t rows, columns; /* positions of the window, before pooling */
} BlockWindow;

/* convolve_blocks, and convolve_planar for images that are not in blocks. */
typedef struct BlockConvolution {
    int64_t planar;        /* the image is [channels, height, width] */
    int64_t channels;      /* of a group; with several groups whole blocks */
    int64_t groups;        /* of whole blocks of filters */
    int64_t filter_blocks; /* of all groups */
    BlockWindow window;
} BlockConvolution;

enum { BLOCK_CONVOLUTION_INTEGERS = sizeof(BlockConvolution) / sizeof(int64_t) };

/* convolve_depthwise; `multiplier` is 1: a filter for each channel. */
typedef struct BlockDepthwise {
    int64_t blocks;
    BlockWindow window;
} BlockDepthwise;

enum { BLOCK_DEPTHWISE_INTEGERS = sizeof(BlockDepthwise) / sizeof(int64_t) };

/* pool_blocks. */
typedef struct BlockPool {
    int64_t mean;          /* else the largest entry */
    int64_t count_padding; /* the mean divides by the whole window */
    int64_t blocks;
    BlockWindow window;
} BlockPool;

enum { BLOCK_POOL_INTEGERS = sizeof(BlockPool) / sizeof(int64_t) };

/* How convolve_blocks reads its image: where it stands, or from a copy in scratch that has its padding, only the rows that are read, and
 * every column apart by its place in the stride, so that neighbouring pixels of a result are neighbours there. */
typedef struct BlockView {
    int64_t copied;
    int64_t copied_rows; /* of the copy; row r of it is row r * row_step of the padded image */
    int64_t row_step;
    int64_t phases;      /* places in the stride that are read */
    int64_t phase_width; /* columns of each */
    int64_t row_stride;  /* rows of the view from one row of results to the next */
} BlockView;

static inline BlockView block_view(const BlockWindow *window)
{
    int64_t reach_rows = (window->kernel[0] - 1) * window->dilation[0],
            reach_columns = (window->kernel[1] - 1) * window->dilation[1];
    int64_t end_row = (window->rows - 1) * window->stride[0] + reach_rows - window->before[0];
    int64_t end_column = (window->columns - 1) * window->stride[1] + reach_columns - window->before[1];
    bool padded = window->before[0] > 0 || window->before[1] > 0 || end_row >= window->height || end_column >= window->width;
    bool single_row = window->kernel[0] == 1, single_column = window->kernel[1] == 1;
    BlockView view = {.row_stride = window->stride[0], .phases = 1, .phase_width = window->width, .row_step = 1};
    view.copied = padded || window->stride[1] > 1;
    if (!view.copied)
        return view;
    view.row_step = single_row ? window->stride[0] : 1;
    view.row_stride = single_row ? 1 : window->stride[0];
    view.copied_rows = single_row ? window->rows : (window->rows - 1) * window->stride[0] + reach_rows + 1;
    view.phases = single_column ? 1 : window->stride[1];
    view.phase_width = window->columns + (single_column ? 0 : reach_columns / window->stride[1]);
    return view;
}

/* Reals of the copy of one sample; `width`: reals of a pixel, `images`: how many images of that. */
static inline size_t block_view_reals(const BlockView *view, int64_t width, int64_t images)
{
    return view->copied ? (size_t)(view->copied_rows * view->phases * view->phase_width) * (size_t)(width * images) : 0;
}

#endif

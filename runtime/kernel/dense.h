/* Products of rows with packed weights: numbers that kernels share with their lowering.
 *
 * pack_dense writes weights of `outputs` x `inputs` in the order in which dense_packed reads them: blocks of `lanes` outputs (kernel/blocks.h), up to
 * DENSE_BLOCKS of them side by side in a group; a group has a line for each input, its blocks' weights in it. One stream of memory then feeds several
 * sums. Inputs are taken in the order of a blocked image of `channels` x `pixels`, without the lanes past its last channel: all
 * full blocks first, which lie in memory without a gap, then what is in the last block of each pixel. A plain row is an image of one pixel. */
#ifndef STRATA_KERNEL_DENSE_H
#define STRATA_KERNEL_DENSE_H

#include "kernel/blocks.h"

enum { DENSE_BLOCKS = 4 };

/* pack_dense. */
typedef struct DensePack {
    int64_t lanes;
    int64_t outputs, inputs;
    int64_t pixels;     /* input i is channel i / pixels at pixel i % pixels */
    int64_t transposed; /* weights are [inputs, outputs], else [outputs, inputs] */
} DensePack;

enum { DENSE_PACK_INTEGERS = sizeof(DensePack) / sizeof(int64_t) };

/* dense_packed. */
typedef struct Dense {
    int64_t rows; /* of a sample */
    int64_t outputs, inputs;
    int64_t channels; /* inputs are channels * pixels */
    int64_t pixels;
    int64_t row_stride; /* entries from one row to the next */
} Dense;

enum { DENSE_INTEGERS = sizeof(Dense) / sizeof(int64_t) };

/* Blocks of the group that starts at `block`. */
static inline int64_t dense_group_blocks(int64_t blocks, int64_t block)
{
    return blocks - block < DENSE_BLOCKS ? blocks - block : DENSE_BLOCKS;
}

/* The line of an input. */
static inline int64_t dense_line(const DensePack *pack, int64_t input)
{
    int64_t channel = input / pack->pixels, pixel = input % pack->pixels, channels = pack->inputs / pack->pixels;
    int64_t full = channels / pack->lanes * pack->lanes;
    if (channel < full)
        return (channel / pack->lanes * pack->pixels + pixel) * pack->lanes + channel % pack->lanes;
    return full * pack->pixels + pixel * (channels - full) + channel - full;
}

/* Where pack_dense puts a weight. */
static inline int64_t dense_place(const DensePack *pack, int64_t output, int64_t input)
{
    int64_t block = output / pack->lanes, start = block / DENSE_BLOCKS * DENSE_BLOCKS;
    int64_t width = dense_group_blocks(blocks_of(pack->outputs, pack->lanes), start) * pack->lanes;
    return start * pack->lanes * pack->inputs + dense_line(pack, input) * width + output - start * pack->lanes;
}

#endif

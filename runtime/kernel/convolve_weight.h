/* How the gradient of a convolution's weight is cut into blocks: shared by the kernel and the row that asks for its scratch. */
#ifndef STRATA_KERNEL_CONVOLVE_WEIGHT_H
#define STRATA_KERNEL_CONVOLVE_WEIGHT_H

#include "kernel/convolve.h"

/* The positions of all samples, one behind the other, are cut into blocks; block i belongs to part i % parts. A unit of work is a part of a group, with a sum
 * of its own. Sizes alone decide, so that sums do not depend on the number of threads. */
typedef struct WeightBlocks {
    int64_t filters;   /* of a group */
    int64_t depth;     /* entries of a column */
    int64_t positions; /* of a sample */
    int64_t block;     /* positions of a block */
    int64_t blocks;
    int64_t parts;
    int64_t lanes; /* most units in work at once */
} WeightBlocks;

static inline WeightBlocks weight_blocks(const Convolution *convolution, int64_t samples)
{
    enum { PART_REALS = 256 * 1024, MOST_PARTS = 8 };
    WeightBlocks blocks = {.filters = convolution->filters / convolution->groups,
                           .depth = convolution_depth(convolution),
                           .positions = window_product(convolution->window.out)};
    blocks.block = convolution_block(blocks.depth, blocks.positions * samples);
    blocks.blocks = (blocks.positions * samples + blocks.block - 1) / blocks.block;
    blocks.parts = PART_REALS / (convolution->filters * blocks.depth);
    blocks.parts = blocks.parts > MOST_PARTS ? MOST_PARTS : blocks.parts < 1 ? 1 : blocks.parts;
    blocks.parts = blocks.parts > blocks.blocks ? blocks.blocks : blocks.parts;
    blocks.lanes = convolution_lanes(blocks.parts * convolution->groups);
    return blocks;
}

/* Reals that a unit works in: columns, values, the product of a block. */
static inline int64_t weight_lane_reals(const WeightBlocks *blocks)
{
    return (blocks->depth + blocks->filters) * blocks->block + blocks->filters * blocks->depth;
}

#endif

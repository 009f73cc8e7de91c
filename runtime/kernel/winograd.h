/* Numbers of Winograd's convolutions and how their work is cut, as the lowering writes them and the kernels and their table read them.
 *
 * A convolution of 3x3 taps with stride 1 computes tile x tile results at once. The (tile + 2) x (tile + 2) entries of the operand under
 * them are transformed to as many points; at each point the channels are summed up with transformed weights, which over many tiles is a
 * matrix product; the sums are transformed to results. That is 4 (tile = 4) or 2.25 (tile = 2) times fewer products than taps ask for. */
#ifndef STRATA_KERNEL_WINOGRAD_H
#define STRATA_KERNEL_WINOGRAD_H

#include "kernel/blocks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINOGRAD_TAPS = 3, WINOGRAD_MOST_TILE = 4, WINOGRAD_MOST_SIDE = WINOGRAD_MOST_TILE + WINOGRAD_TAPS - 1 };

/* Of convolve_winograd; the numbers of its tail follow. */
typedef struct Winograd {
    int64_t tile;           /* 2 or 4 */
    int64_t lanes;          /* channels of a block */
    int64_t channels;       /* of the operand */
    int64_t filter_blocks;  /* blocks of channels of the result */
    int64_t height, width;  /* of the operand */
    int64_t rows, columns;  /* of the result, before pooling */
    int64_t before_rows;    /* padding at the top */
    int64_t before_columns; /* padding at the left */
} Winograd;

/* Of pack_winograd. */
typedef struct WinogradPack {
    int64_t tile;
    int64_t lanes;
    int64_t filters;
    int64_t channels;
} WinogradPack;

enum { WINOGRAD_INTEGERS = sizeof(Winograd) / sizeof(int64_t), WINOGRAD_PACK_INTEGERS = sizeof(WinogradPack) / sizeof(int64_t) };

/* How the work is cut. Tiles of all samples are numbered through and worked on in blocks.
 *
 * Apart: each thread takes blocks through all three steps. What it works on stays in its cache, and weights are read once a block.
 * Together: all threads transform the entries of one block, then each takes filters of it. So weights that no cache holds are read once,
 * and a few tiles still give work to all threads. */
typedef struct WinogradPlan {
    int64_t down, across; /* tiles of a sample */
    int64_t tiles;        /* of all samples */
    int64_t points;       /* of a tile */
    int64_t channel_blocks;
    bool together;
    int64_t block; /* tiles of a block; the last may have fewer */
    int64_t blocks;
    int64_t threads;      /* as many parts of the scratch are used */
    int64_t input_step;   /* reals from one point of the transformed entries to the next */
    int64_t product_step; /* likewise of the sums */
} WinogradPlan;

/* Tiles of a block: the transformed entries and sums of one thread fit into a cache of 1 MB up to some 256 channels. A block of fewer than
 * the least reads more weights than it multiplies with. At most so many threads work at once, each in a part of the scratch of its own. */
enum { WINOGRAD_MOST_APART = 28, WINOGRAD_LEAST_APART = 6, WINOGRAD_MOST_TOGETHER = 56, WINOGRAD_MOST_THREADS = 16 };

/* Bytes of packed weights from which on the threads work together, and multiply-adds of vectors that are worth a thread. */
enum { WINOGRAD_HEAVY_BYTES = 16 << 20, WINOGRAD_THREAD_COST = 300000 };

static inline int64_t winograd_ceil(int64_t count, int64_t part)
{
    return (count + part - 1) / part;
}

/* A cache line more than there are entries, so that the points of a tile do not all fall on the same lines of the cache. */
static inline int64_t winograd_input_step(const Winograd *winograd, int64_t block)
{
    return (winograd_ceil(winograd->channels, winograd->lanes) * block + 1) * winograd->lanes;
}

static inline int64_t winograd_product_step(const Winograd *winograd, int64_t block)
{
    return (block + 1) * winograd->lanes;
}

static inline WinogradPlan winograd_plan(const Winograd *winograd, int64_t samples, int64_t threads)
{
    int64_t tile = winograd->tile, side = tile + WINOGRAD_TAPS - 1;
    WinogradPlan plan = {.down = winograd_ceil(winograd->rows, tile),
                         .across = winograd_ceil(winograd->columns, tile),
                         .points = side * side,
                         .channel_blocks = winograd_ceil(winograd->channels, winograd->lanes)};
    plan.tiles = samples * plan.down * plan.across;
    int64_t weights = plan.points * winograd->channels * winograd->filter_blocks; /* lines of a cache */
    plan.threads = least(threads, WINOGRAD_MOST_THREADS);
    plan.threads = least(plan.threads, 1 + weights * plan.tiles / WINOGRAD_THREAD_COST);
    bool few = plan.threads > 1 && plan.tiles < plan.threads * WINOGRAD_LEAST_APART;
    plan.together = few || weights > WINOGRAD_HEAVY_BYTES / 64;
    plan.blocks = winograd_ceil(plan.tiles, plan.together ? WINOGRAD_MOST_TOGETHER : WINOGRAD_MOST_APART);
    if (!plan.together)
        plan.blocks = winograd_ceil(plan.blocks, plan.threads) * plan.threads;
    plan.block = winograd_ceil(plan.tiles, plan.blocks);
    plan.blocks = winograd_ceil(plan.tiles, plan.block);
    plan.threads = least(plan.threads, plan.together ? winograd->filter_blocks : plan.blocks);
    plan.input_step = winograd_input_step(winograd, plan.block);
    plan.product_step = winograd_product_step(winograd, plan.block);
    return plan;
}

/* Reals of scratch that are enough for any number of threads. */
static inline size_t winograd_scratch(const Winograd *winograd, int64_t samples)
{
    WinogradPlan plan = winograd_plan(winograd, samples, 1);
    int64_t apart = least(plan.tiles, WINOGRAD_MOST_APART), together = least(plan.tiles, WINOGRAD_MOST_TOGETHER);
    int64_t each = winograd_input_step(winograd, apart) + winograd_product_step(winograd, apart);
    int64_t apart_steps = least(plan.tiles, WINOGRAD_MOST_THREADS) * each;
    int64_t together_steps = winograd_input_step(winograd, together) +
                             least(winograd->filter_blocks, WINOGRAD_MOST_THREADS) * winograd_product_step(winograd, together);
    return (size_t)(plan.points * (apart_steps > together_steps ? apart_steps : together_steps));
}

#endif

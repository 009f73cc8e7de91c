/* The products of Winograd's convolutions: at one point, entries of tiles times weights of one block of filters, summed over channels.
 *
 * Sums of as many tiles as there are registers for stay in registers, one entry of a tile is multiplied with the weights of all filters of
 * the block at once. Every number of tiles has loops of its own, so that any count is cut into even parts without a slow rest. */
#ifndef STRATA_KERNEL_WINOGRAD_MULTIPLY_H
#define STRATA_KERNEL_WINOGRAD_MULTIPLY_H

#include "kernel/vector/vector.h"

#include <stdint.h>

#if defined(__AVX512F__)
enum { WINOGRAD_REGISTER_TILES = 28 };
#elif defined(__AVX2__)
enum { WINOGRAD_REGISTER_TILES = 6 };
#else
enum { WINOGRAD_REGISTER_TILES = 3 };
#endif

/* What is multiplied: entry of a channel and a tile at input[channel / LANES * block_step + tile * LANES + channel % LANES], weights at
 * weights[channel * LANES], sums to sums[tile * LANES]. */
typedef struct WinogradProduct {
    int64_t channels;
    const real *input;
    int64_t block_step;
    const real *weights;
    real *sums;
} WinogradProduct;

/* `count` channels of one block. The loop over channels must not be unrolled: compilers would share and spill entries. */
VECTOR_INLINE void winograd_add_channels(int tiles, int64_t count, const real *input, const real *weights,
                                         vector sums[WINOGRAD_REGISTER_TILES][VECTORS])
{
    enum { AHEAD = 4096 / sizeof(real) }; /* weights are one stream, and wait for memory where they are many */
    VECTOR_LOOP
    for (int64_t c = 0; c < count; c++, weights += LANES) {
        __builtin_prefetch(weights + AHEAD);
        vector weight[VECTORS];
        VECTOR_UNROLL
        for (int v = 0; v < VECTORS; v++)
            weight[v] = vector_load(weights + v * VECTOR_REALS);
        VECTOR_UNROLL
        for (int t = 0; t < tiles; t++) {
            vector entry = vector_fill(input[t * LANES + c]);
            VECTOR_UNROLL
            for (int v = 0; v < VECTORS; v++)
                sums[t][v] = vector_multiply_add(weight[v], entry, sums[t][v]);
        }
    }
}

VECTOR_INLINE void winograd_multiply_tiles(int tiles, const WinogradProduct *product)
{
    if (tiles > WINOGRAD_REGISTER_TILES)
        return; /* known when this is compiled: there are fewer registers at this level */
    vector sums[WINOGRAD_REGISTER_TILES][VECTORS];
    VECTOR_UNROLL
    for (int t = 0; t < tiles; t++)
        VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++)
        sums[t][v] = vector_fill(0);
    const real *input = product->input, *weights = product->weights;
    for (int64_t rest = product->channels; rest > 0; rest -= LANES) {
        int64_t count = rest < LANES ? rest : LANES;
        winograd_add_channels(tiles, count, input, weights, sums);
        input += product->block_step;
        weights += LANES * LANES;
    }
    VECTOR_UNROLL
    for (int t = 0; t < tiles; t++)
        VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++)
        vector_store(product->sums + t * LANES + v * VECTOR_REALS, sums[t][v]);
}

/* As many tiles as registers hold, or fewer. */
static void winograd_multiply_part(int64_t tiles, const WinogradProduct *product)
{
    switch (tiles) {
    case 1:
        winograd_multiply_tiles(1, product);
        break;
    case 2:
        winograd_multiply_tiles(2, product);
        break;
    case 3:
        winograd_multiply_tiles(3, product);
        break;
    case 4:
        winograd_multiply_tiles(4, product);
        break;
    case 5:
        winograd_multiply_tiles(5, product);
        break;
    case 6:
        winograd_multiply_tiles(6, product);
        break;
    case 7:
        winograd_multiply_tiles(7, product);
        break;
    case 8:
        winograd_multiply_tiles(8, product);
        break;
    case 9:
        winograd_multiply_tiles(9, product);
        break;
    case 10:
        winograd_multiply_tiles(10, product);
        break;
    case 11:
        winograd_multiply_tiles(11, product);
        break;
    case 12:
        winograd_multiply_tiles(12, product);
        break;
    case 13:
        winograd_multiply_tiles(13, product);
        break;
    case 14:
        winograd_multiply_tiles(14, product);
        break;
    case 15:
        winograd_multiply_tiles(15, product);
        break;
    case 16:
        winograd_multiply_tiles(16, product);
        break;
    case 17:
        winograd_multiply_tiles(17, product);
        break;
    case 18:
        winograd_multiply_tiles(18, product);
        break;
    case 19:
        winograd_multiply_tiles(19, product);
        break;
    case 20:
        winograd_multiply_tiles(20, product);
        break;
    case 21:
        winograd_multiply_tiles(21, product);
        break;
    case 22:
        winograd_multiply_tiles(22, product);
        break;
    case 23:
        winograd_multiply_tiles(23, product);
        break;
    case 24:
        winograd_multiply_tiles(24, product);
        break;
    case 25:
        winograd_multiply_tiles(25, product);
        break;
    case 26:
        winograd_multiply_tiles(26, product);
        break;
    case 27:
        winograd_multiply_tiles(27, product);
        break;
    case 28:
        winograd_multiply_tiles(28, product);
        break;
    default:
        break;
    }
}

/* Any number of tiles, in even parts. */
static inline void winograd_multiply(int64_t tiles, const WinogradProduct *product)
{
    int64_t parts = (tiles + WINOGRAD_REGISTER_TILES - 1) / WINOGRAD_REGISTER_TILES;
    WinogradProduct part = *product;
    for (; parts > 0; parts--) {
        int64_t count = tiles / parts;
        winograd_multiply_part(count, &part);
        part.input += count * LANES;
        part.sums += count * LANES;
        tiles -= count;
    }
}

#endif

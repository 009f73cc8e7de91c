/* Smoothing of images in stripes, and the way from stripes to images one behind the other; ../stripes.h says how both lie. */
#ifndef STRATA_KERNEL_VECTOR_STRIPE_SMOOTH_H
#define STRATA_KERNEL_VECTOR_STRIPE_SMOOTH_H

#if !defined(VECTOR_EIGHT)
#define VECTOR_EIGHT
#endif
#include "kernel/stripes.h"
#include "kernel/vector/transpose.h"
#include "kernel/vector/vector.h"

#include <stddef.h>

/* Images of a stripe, one behind the other: entry i of image l to `to + l * stride + i`. Squares are turned round in registers; the last one may hold
 * entries of the one before it again. */
static inline void stripe_scatter(const real *from, int64_t entries, int64_t used, real *to, int64_t stride)
{
    for (int64_t i = 0; i < entries && entries < VECTOR_REALS; i++)
        for (int64_t l = 0; l < used; l++)
            to[l * stride + i] = from[i * STRIPE + l];
    for (int64_t first = 0; first < entries && entries >= VECTOR_REALS; first += VECTOR_REALS) {
        int64_t i = first + VECTOR_REALS <= entries ? first : entries - VECTOR_REALS;
        for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
            vector image[VECTOR_REALS];
            transpose_load(from + i * STRIPE + v, STRIPE, image);
            VECTOR_UNROLL
            for (int l = 0; l < VECTOR_REALS; l++)
                if (v + l < used)
                    vector_store(to + (v + l) * stride + i, image[l]);
        }
    }
}

/* Lines side by side: entries, and vectors of eight lines or fewer, so many reals apart. */
typedef struct SmoothLines {
    const real *first;
    int64_t entry, next;
} SmoothLines;

/* Where their results go. */
typedef struct SmoothResults {
    real *first;
    int64_t entry, next;
} SmoothResults;

/* Smoothing of lines of `size` entries, of which `all` results could be made. */
typedef struct Smoothing {
    SmoothSide side;
    int64_t size, all;
    const real *blocks;
} Smoothing;

/* Vectors that are smoothed at once: their sums are in registers. */
#if defined(__AVX512F__)
enum { SMOOTH_WIDE = 2 };
#else
enum { SMOOTH_WIDE = 1 };
#endif

/* Entry i of a line in all ways. */
VECTOR_INLINE void smooth_fold(int ways, const real *line, int64_t entry, int64_t size, int64_t i, vector *folded)
{
    vector x = vector_load(line + i * entry), y = vector_load(line + (i ? size - i : 0) * entry);
    if (ways == 2) {
        folded[0] = x + y;
        folded[1] = x - y;
        return;
    }
    vector z = vector_load(line + (size / 2 - i) * entry), w = vector_load(line + (size / 2 + i) * entry);
    vector a = x + y, b = x - y, c = z + w, d = z - w;
    folded[0] = a + c;
    folded[1] = a - c;
    folded[2] = b - d;
    folded[3] = b + d;
}

/* Where result `result` goes; null where it is not kept. */
VECTOR_INLINE real *smooth_place(const Smoothing *smoothing, SmoothResults to, int64_t result)
{
    int64_t kept = result - smoothing->side.first;
    return kept >= 0 && kept < smoothing->side.count ? to.first + kept * to.entry : NULL;
}

/* The results of p from its sums, `apart` places apart, of `wide` vectors. */
VECTOR_INLINE void smooth_unfold(int ways, int wide, vector (*sum)[SMOOTH_SUMS], int h, const Smoothing *smoothing, int64_t p,
                                 SmoothResults to)
{
    const int apart = SMOOTH_SUMS / ways;
    int64_t all = smoothing->all;
    const int64_t results[SMOOTH_WAYS] = {p, all - p, all / 2 - p, all / 2 + p};
    VECTOR_UNROLL
    for (int k = 0; k < ways; k++) {
        real *place = smooth_place(smoothing, to, results[k]);
        if (!place)
            continue;
        VECTOR_UNROLL
        for (int v = 0; v < wide; v++) {
            vector even = sum[v][h], odd = sum[v][h + apart];
            if (ways == SMOOTH_WAYS) {
                vector c = sum[v][h + 2 * apart], d = sum[v][h + 3 * apart];
                even = k < 2 ? sum[v][h] + sum[v][h + apart] : sum[v][h] - sum[v][h + apart];
                odd = k < 2 ? c + d : d - c;
            }
            vector_store(place + v * to.next, k % 2 == 0 ? even + odd : even - odd);
        }
    }
}

/* What a block gives of `wide` vectors; gives the next one. */
VECTOR_INLINE const real *smooth_block(int ways, int wide, const Smoothing *smoothing, const real *block, SmoothLines from,
                                       SmoothResults to)
{
    const real *factors = block + SMOOTH_FACTORS;
    const int results = SMOOTH_SUMS / ways;
    int64_t p = (int64_t)block[SMOOTH_RESULT], first = (int64_t)block[SMOOTH_ENTRY], end = first + (int64_t)block[SMOOTH_COUNT];
    int64_t size = smoothing->size;
    vector sum[SMOOTH_WIDE][SMOOTH_SUMS];
    VECTOR_UNROLL
    for (int k = 0; k < wide * SMOOTH_SUMS; k++)
        sum[k / SMOOTH_SUMS][k % SMOOTH_SUMS] = vector_fill(0);
    VECTOR_LOOP
    for (int64_t i = first; i < end; i++, factors += SMOOTH_SUMS) {
        vector folded[SMOOTH_WIDE][SMOOTH_WAYS];
        VECTOR_UNROLL
        for (int v = 0; v < wide; v++)
            smooth_fold(ways, from.first + v * from.next, from.entry, size, i, folded[v]);
        VECTOR_UNROLL
        for (int k = 0; k < SMOOTH_SUMS; k++) {
            vector factor = vector_fill(factors[k]);
            VECTOR_UNROLL
            for (int v = 0; v < wide; v++)
                sum[v][k] = vector_multiply_add(folded[v][k / results], factor, sum[v][k]);
        }
    }
    VECTOR_UNROLL
    for (int h = 0; h < results; h++)
        smooth_unfold(ways, wide, sum, h, smoothing, p + h, to);
    return factors;
}

VECTOR_INLINE void smooth_blocks(int ways, int wide, const Smoothing *smoothing, SmoothLines from, SmoothResults to)
{
    const real *block = smoothing->blocks, *end = block + smoothing->side.length;
    while (block < end)
        block = smooth_block(ways, wide, smoothing, block, from, to);
}

VECTOR_INLINE void smooth_wide(int wide, const Smoothing *smoothing, SmoothLines from, SmoothResults to)
{
    if (smooth_ways(smoothing->all) == 2)
        smooth_blocks(2, wide, smoothing, from, to);
    else
        smooth_blocks(SMOOTH_WAYS, wide, smoothing, from, to);
}

/* Smooths `vectors` vectors of lines; the last ones are smoothed twice where their number is no multiple. */
static inline void smooth_lines(const Smoothing *smoothing, SmoothLines from, SmoothResults to, int64_t vectors)
{
    if (vectors < SMOOTH_WIDE)
        smooth_wide(1, smoothing, from, to);
    else
        for (int64_t v = 0; v < vectors; v += SMOOTH_WIDE) {
            int64_t now = v + SMOOTH_WIDE <= vectors ? v : vectors - SMOOTH_WIDE;
            smooth_wide(SMOOTH_WIDE, smoothing, (SmoothLines){from.first + now * from.next, from.entry, from.next},
                        (SmoothResults){to.first + now * to.next, to.entry, to.next});
        }
}

static inline Smoothing smooth_begin(SmoothSide side, int64_t size, const real *blocks)
{
    return (Smoothing){side, size, side.count > 0 ? size / side.step : 0, blocks};
}

/* Rows of a stripe smoothed along themselves: from [rows, size, STRIPE] to [rows, count, STRIPE]. */
static inline void smooth_along(const Smoothing *smoothing, const real *from, int64_t rows, real *to)
{
    for (int v = 0; v < STRIPE; v += VECTOR_REALS)
        smooth_lines(smoothing, (SmoothLines){from + v, STRIPE, smoothing->size * STRIPE},
                     (SmoothResults){to + v, STRIPE, smoothing->side.count * STRIPE}, rows);
}

/* `columns` columns of a stripe side by side smoothed down; results lie `to_row` reals below each other. */
static inline void smooth_down(const Smoothing *smoothing, const real *from, int64_t columns, real *to, int64_t to_row)
{
    smooth_lines(smoothing, (SmoothLines){from, columns * STRIPE, VECTOR_REALS}, (SmoothResults){to, to_row, VECTOR_REALS},
                 columns * STRIPE / VECTOR_REALS);
}

#endif

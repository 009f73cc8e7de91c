/* Smoothing of images in stripes, and the way from stripes to images one behind the other; ../stripes.h says how both lie. */
#ifndef STRATA_KERNEL_VECTOR_STRIPE_SMOOTH_H
#define STRATA_KERNEL_VECTOR_STRIPE_SMOOTH_H

#if !defined(VECTOR_EIGHT)
#define VECTOR_EIGHT
#endif
#include "kernel/stripes.h"
#include "kernel/vector/vector.h"

/* Images of a stripe, one behind the other: entry i of image l to `to + l * stride + i`. */
static inline void stripe_scatter(const real *from, int64_t entries, int64_t used, real *to, int64_t stride)
{
    for (int64_t l = 0; l < used; l++)
        for (int64_t i = 0; i < entries; i++)
            to[l * stride + i] = from[i * STRIPE + l];
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

/* A block of smoothing of lines of `size` entries. */
typedef struct SmoothBlock {
    SmoothSide side;
    int64_t size;
    const real *numbers;
} SmoothBlock;

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

VECTOR_INLINE void smooth_store(SmoothSide side, int64_t result, vector value, real *line, int64_t entry)
{
    if (result >= side.first && result < side.first + side.count)
        vector_store(line + (result - side.first) * entry, value);
}

/* The results of one p from its sums, `apart` places apart. */
VECTOR_INLINE void smooth_unfold(int ways, const vector *sum, int apart, SmoothBlock block, int64_t p, real *line, int64_t entry)
{
    int64_t all = block.size / block.side.step;
    vector a = sum[0], b = sum[apart];
    if (ways == 2) {
        smooth_store(block.side, p, a + b, line, entry);
        smooth_store(block.side, all - p, a - b, line, entry);
        return;
    }
    vector c = sum[2 * apart], d = sum[3 * apart];
    smooth_store(block.side, p, (a + b) + (c + d), line, entry);
    smooth_store(block.side, all - p, (a + b) - (c + d), line, entry);
    smooth_store(block.side, all / 2 - p, (a - b) - (c - d), line, entry);
    smooth_store(block.side, all / 2 + p, (a - b) + (c - d), line, entry);
}

/* What a block gives of `wide` vectors. */
VECTOR_INLINE void smooth_block(int ways, int wide, SmoothBlock block, SmoothLines from, SmoothResults to)
{
    const real *factors = block.numbers + SMOOTH_FACTORS;
    const int results = SMOOTH_SUMS / ways;
    int64_t first = (int64_t)block.numbers[SMOOTH_ENTRY], end = first + (int64_t)block.numbers[SMOOTH_COUNT];
    vector sum[SMOOTH_WIDE][SMOOTH_SUMS];
    VECTOR_UNROLL
    for (int k = 0; k < wide * SMOOTH_SUMS; k++)
        sum[k / SMOOTH_SUMS][k % SMOOTH_SUMS] = vector_fill(0);
    VECTOR_LOOP
    for (int64_t i = first; i < end; i++, factors += SMOOTH_SUMS) {
        vector folded[SMOOTH_WIDE][SMOOTH_WAYS];
        VECTOR_UNROLL
        for (int v = 0; v < wide; v++)
            smooth_fold(ways, from.first + v * from.next, from.entry, block.size, i, folded[v]);
        VECTOR_UNROLL
        for (int k = 0; k < SMOOTH_SUMS; k++) {
            vector factor = vector_fill(factors[k]);
            VECTOR_UNROLL
            for (int v = 0; v < wide; v++)
                sum[v][k] = vector_multiply_add(folded[v][k / results], factor, sum[v][k]);
        }
    }
    VECTOR_UNROLL
    for (int v = 0; v < wide; v++)
        VECTOR_UNROLL
    for (int h = 0; h < results; h++)
        smooth_unfold(ways, sum[v] + h, results, block, (int64_t)block.numbers[SMOOTH_RESULT] + h, to.first + v * to.next,
                      to.entry);
}

VECTOR_INLINE void smooth_blocks(int ways, int wide, SmoothBlock block, SmoothLines from, SmoothResults to)
{
    const real *end = block.numbers + block.side.length;
    for (; block.numbers < end; block.numbers += SMOOTH_FACTORS + (int64_t)block.numbers[SMOOTH_COUNT] * SMOOTH_SUMS)
        smooth_block(ways, wide, block, from, to);
}

VECTOR_INLINE void smooth_wide(int wide, SmoothBlock block, SmoothLines from, SmoothResults to)
{
    if (smooth_ways(block.size / block.side.step) == 2)
        smooth_blocks(2, wide, block, from, to);
    else
        smooth_blocks(SMOOTH_WAYS, wide, block, from, to);
}

/* Smooths `vectors` vectors of lines; the last ones are smoothed twice where their number is no multiple. */
static inline void smooth_lines(SmoothBlock block, SmoothLines from, SmoothResults to, int64_t vectors)
{
    if (vectors < SMOOTH_WIDE)
        smooth_wide(1, block, from, to);
    else
        for (int64_t v = 0; v < vectors; v += SMOOTH_WIDE) {
            int64_t now = v + SMOOTH_WIDE <= vectors ? v : vectors - SMOOTH_WIDE;
            smooth_wide(SMOOTH_WIDE, block, (SmoothLines){from.first + now * from.next, from.entry, from.next},
                        (SmoothResults){to.first + now * to.next, to.entry, to.next});
        }
}

/* Rows of a stripe smoothed along themselves: from [rows, width, STRIPE] to [rows, count, STRIPE]. */
static inline void smooth_along(SmoothSide side, const real *numbers, int64_t width, const real *from, int64_t rows, real *to)
{
    for (int v = 0; v < STRIPE; v += VECTOR_REALS)
        smooth_lines((SmoothBlock){side, width, numbers}, (SmoothLines){from + v, STRIPE, width * STRIPE},
                     (SmoothResults){to + v, STRIPE, side.count * STRIPE}, rows);
}

/* `columns` columns of a stripe side by side smoothed down; results lie `to_row` reals below each other. */
static inline void smooth_down(SmoothSide side, const real *numbers, int64_t height, const real *from, int64_t columns, real *to,
                               int64_t to_row)
{
    smooth_lines((SmoothBlock){side, height, numbers}, (SmoothLines){from, columns * STRIPE, VECTOR_REALS},
                 (SmoothResults){to, to_row, VECTOR_REALS}, columns * STRIPE / VECTOR_REALS);
}

#endif

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

/* Where a row of a matrix has entries that are not 0: from first[0] to before end[0], and, where it goes round, from first[1] to before end[1]. */
typedef struct Support {
    int64_t first[2], end[2];
} Support;

static inline Support support_of(const real *row, int64_t size)
{
    Support support = {{0, size}, {size, size}};
    int64_t gap = 0; /* zeros in a row */
    for (int64_t i = 0, zeros = 0; i < size; i++) {
        zeros = row[i] == 0 ? zeros + 1 : 0;
        if (zeros <= gap)
            continue;
        gap = zeros;
        support.end[0] = i + 1 - zeros;
        support.first[1] = i + 1;
    }
    return support;
}

/* Where vectors that are summed side by side lie: `next` reals apart, and the terms of their sums `term` reals apart. */
typedef struct SmoothStep {
    int64_t from_next, to_next;
    int64_t term;
} SmoothStep;

enum { SMOOTH_HELD = 8 };

/* `held` vectors of sums over k of factor[k] * from[k]. */
VECTOR_INLINE void smooth_held(int held, const real *factor, Support support, const real *from, SmoothStep step, real *to)
{
    vector sum[SMOOTH_HELD];
    VECTOR_UNROLL
    for (int v = 0; v < held; v++)
        sum[v] = vector_fill(0);
    VECTOR_LOOP
    for (int part = 0; part < 2; part++)
        VECTOR_LOOP
    for (int64_t k = support.first[part]; k < support.end[part]; k++) {
        vector f = vector_fill(factor[k]);
        VECTOR_UNROLL
        for (int v = 0; v < held; v++)
            sum[v] = vector_multiply_add(vector_load(from + k * step.term + v * step.from_next), f, sum[v]);
    }
    VECTOR_UNROLL
    for (int v = 0; v < held; v++)
        vector_store(to + v * step.to_next, sum[v]);
}

static inline void smooth_few(int64_t count, const real *factor, Support support, const real *from, SmoothStep step, real *to)
{
    switch (count) {
    case 1:
        smooth_held(1, factor, support, from, step, to);
        break;
    case 2:
        smooth_held(2, factor, support, from, step, to);
        break;
    case 3:
        smooth_held(3, factor, support, from, step, to);
        break;
    case 4:
        smooth_held(4, factor, support, from, step, to);
        break;
    case 5:
        smooth_held(5, factor, support, from, step, to);
        break;
    case 6:
        smooth_held(6, factor, support, from, step, to);
        break;
    case 7:
        smooth_held(7, factor, support, from, step, to);
        break;
    default:
        smooth_held(SMOOTH_HELD, factor, support, from, step, to);
    }
}

/* Any number of them. */
static inline void smooth_all(int64_t count, const real *factor, Support support, const real *from, SmoothStep step, real *to)
{
    for (; count > 0; count -= SMOOTH_HELD) {
        smooth_few(count < SMOOTH_HELD ? count : SMOOTH_HELD, factor, support, from, step, to);
        from += SMOOTH_HELD * step.from_next;
        to += SMOOTH_HELD * step.to_next;
    }
}

/* The images [height, width] of a stripe, smoothed down their columns: [rows, width]. */
static inline void smooth_columns(const real *matrix, int64_t rows, int64_t height, const real *from, int64_t width, real *to)
{
    SmoothStep step = {VECTOR_REALS, VECTOR_REALS, width * STRIPE};
    int64_t vectors = width * STRIPE / VECTOR_REALS;
    for (int64_t p = 0; p < rows; p++, matrix += height)
        smooth_all(vectors, matrix, support_of(matrix, height), from, step, to + p * width * STRIPE);
}

/* Then along their rows: [rows, columns]. */
static inline void smooth_rows(const real *matrix, int64_t columns, int64_t width, const real *from, int64_t rows, real *to)
{
    SmoothStep step = {width * STRIPE, columns * STRIPE, STRIPE};
    for (int64_t q = 0; q < columns; q++, matrix += width) {
        Support support = support_of(matrix, width);
        for (int v = 0; v < STRIPE; v += VECTOR_REALS)
            smooth_all(rows, matrix, support, from + v, step, to + q * STRIPE + v);
    }
}

#endif

/* One stage of a transform in Stockham's order: radix r, `left` = m entries to go, `stride` = s numbers side by side.
 *
 * Takes r numbers a_k at q + s (p + m k), for p < m and q < s; gives b_j = w^(p j) sum_k a_k exp(-2 pi i j k / r) at q + s (r p + j), where
 * w = exp(-2 pi i / (m r)). Real and imaginary parts lie in planes of their own, so the loops over q are plain vector loops. */
#ifndef STRATA_KERNEL_FFT_STAGE_H
#define STRATA_KERNEL_FFT_STAGE_H

#include "kernel/nest.h"
#include "kernel/real.h"

#include <stdint.h>

typedef struct Stage {
    int radix;
    int64_t left;
    int64_t stride;
    const real *twiddles; /* for each p: w^(p j), j = 1 .. r - 1, as pairs; then for r > 5 the roots of r (fft/plan.h) */
    const real *re, *im;
    real *result_re, *result_im;
} Stage;

/* A complex number; one that is multiplied by i, -i or a root. */
typedef struct Number {
    real re;
    real im;
} Number;

static inline Number number_add(Number a, Number b)
{
    return (Number){a.re + b.re, a.im + b.im};
}

static inline Number number_subtract(Number a, Number b)
{
    return (Number){a.re - b.re, a.im - b.im};
}

static inline Number number_multiply(Number a, Number b)
{
    return (Number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* a - i b and a + i b, for real factors of both. */
static inline Number number_turned_down(Number a, Number b)
{
    return (Number){a.re + b.im, a.im - b.re};
}

static inline Number number_turned_up(Number a, Number b)
{
    return (Number){a.re - b.im, a.im + b.re};
}

static inline Number number_scale(Number a, real factor)
{
    return (Number){a.re * factor, a.im * factor};
}

/* The planes that one p reads and writes: input k begins at k * gap, output j at j * stride. */
typedef struct Planes {
    const real *re;
    const real *im;
    real *result_re;
    real *result_im;
    int64_t gap;
    int64_t stride;
} Planes;

static inline Number planes_read(const Planes *planes, int k, int64_t q)
{
    return (Number){planes->re[k * planes->gap + q], planes->im[k * planes->gap + q]};
}

static inline void planes_write(const Planes *planes, int j, int64_t q, Number number)
{
    planes->result_re[j * planes->stride + q] = number.re;
    planes->result_im[j * planes->stride + q] = number.im;
}

static inline void butterfly2(Planes planes, const Number *w)
{
    INDEPENDENT
    for (int64_t q = 0; q < planes.stride; q++) {
        Number a = planes_read(&planes, 0, q);
        Number b = planes_read(&planes, 1, q);
        planes_write(&planes, 0, q, number_add(a, b));
        planes_write(&planes, 1, q, number_multiply(number_subtract(a, b), w[0]));
    }
}

/* cos(2 pi / 3) = -1/2. */
static inline void butterfly3(Planes planes, const Number *w)
{
    const real sine = (real)0.866025403784438646763723170752936183;
    INDEPENDENT
    for (int64_t q = 0; q < planes.stride; q++) {
        Number a = planes_read(&planes, 0, q);
        Number sum = number_add(planes_read(&planes, 1, q), planes_read(&planes, 2, q));
        Number difference = number_scale(number_subtract(planes_read(&planes, 1, q), planes_read(&planes, 2, q)), sine);
        Number middle = number_subtract(a, number_scale(sum, (real)0.5));
        planes_write(&planes, 0, q, number_add(a, sum));
        planes_write(&planes, 1, q, number_multiply(number_turned_down(middle, difference), w[0]));
        planes_write(&planes, 2, q, number_multiply(number_turned_up(middle, difference), w[1]));
    }
}

static inline void butterfly4(Planes planes, const Number *w)
{
    INDEPENDENT
    for (int64_t q = 0; q < planes.stride; q++) {
        Number even = number_add(planes_read(&planes, 0, q), planes_read(&planes, 2, q));
        Number even_rest = number_subtract(planes_read(&planes, 0, q), planes_read(&planes, 2, q));
        Number odd = number_add(planes_read(&planes, 1, q), planes_read(&planes, 3, q));
        Number odd_rest = number_subtract(planes_read(&planes, 1, q), planes_read(&planes, 3, q));
        planes_write(&planes, 0, q, number_add(even, odd));
        planes_write(&planes, 1, q, number_multiply(number_turned_down(even_rest, odd_rest), w[0]));
        planes_write(&planes, 2, q, number_multiply(number_subtract(even, odd), w[1]));
        planes_write(&planes, 3, q, number_multiply(number_turned_up(even_rest, odd_rest), w[2]));
    }
}

/* Sums and differences of opposite inputs meet cosines and sines of 2 pi / 5 and 4 pi / 5. */
static inline void butterfly5(Planes planes, const Number *w)
{
    const real cosine1 = (real)0.309016994374947424102293417182819059;
    const real cosine2 = (real)-0.809016994374947424102293417182819059;
    const real sine1 = (real)0.951056516295153572116439333379382143;
    const real sine2 = (real)0.587785252292473129168705954639072769;
    INDEPENDENT
    for (int64_t q = 0; q < planes.stride; q++) {
        Number a = planes_read(&planes, 0, q);
        Number sum1 = number_add(planes_read(&planes, 1, q), planes_read(&planes, 4, q));
        Number sum2 = number_add(planes_read(&planes, 2, q), planes_read(&planes, 3, q));
        Number rest1 = number_subtract(planes_read(&planes, 1, q), planes_read(&planes, 4, q));
        Number rest2 = number_subtract(planes_read(&planes, 2, q), planes_read(&planes, 3, q));
        Number middle1 = number_add(a, number_add(number_scale(sum1, cosine1), number_scale(sum2, cosine2)));
        Number middle2 = number_add(a, number_add(number_scale(sum1, cosine2), number_scale(sum2, cosine1)));
        Number side1 = number_add(number_scale(rest1, sine1), number_scale(rest2, sine2));
        Number side2 = number_subtract(number_scale(rest1, sine2), number_scale(rest2, sine1));
        planes_write(&planes, 0, q, number_add(a, number_add(sum1, sum2)));
        planes_write(&planes, 1, q, number_multiply(number_turned_down(middle1, side1), w[0]));
        planes_write(&planes, 2, q, number_multiply(number_turned_down(middle2, side2), w[1]));
        planes_write(&planes, 3, q, number_multiply(number_turned_up(middle2, side2), w[2]));
        planes_write(&planes, 4, q, number_multiply(number_turned_up(middle1, side1), w[3]));
    }
}

enum { STAGE_RADIX = 31, STAGE_LANES = 8 };

/* Sums and differences of the inputs k and r - k, for k = 1 .. (r - 1) / 2, of up to STAGE_LANES neighbours. */
typedef struct Pairs {
    int half;
    int64_t width;
    Number first[STAGE_LANES];
    Number sum[STAGE_RADIX / 2][STAGE_LANES];
    Number rest[STAGE_RADIX / 2][STAGE_LANES];
} Pairs;

static inline void pairs_read(Pairs *pairs, const Planes *planes, int radix, int64_t from)
{
    for (int64_t q = 0; q < pairs->width; q++)
        pairs->first[q] = planes_read(planes, 0, from + q);
    for (int k = 0; k < pairs->half; k++)
        for (int64_t q = 0; q < pairs->width; q++) {
            Number a = planes_read(planes, k + 1, from + q);
            Number b = planes_read(planes, radix - 1 - k, from + q);
            pairs->sum[k][q] = number_add(a, b);
            pairs->rest[k][q] = number_subtract(a, b);
        }
}

/* Any odd radix, by its definition with opposite inputs and opposite outputs taken together. `roots` has cos and sin of 2 pi k / r. */
static inline void butterfly_odd(const Planes *planes, const Number *w, const real *roots, int radix, int64_t from, int64_t width)
{
    Pairs pairs = {.half = radix / 2, .width = width};
    pairs_read(&pairs, planes, radix, from);
    for (int64_t q = 0; q < width; q++) {
        Number total = pairs.first[q];
        for (int k = 0; k < pairs.half; k++)
            total = number_add(total, pairs.sum[k][q]);
        planes_write(planes, 0, from + q, total);
    }
    for (int j = 1; j <= pairs.half; j++) {
        Number middle[STAGE_LANES];
        Number side[STAGE_LANES];
        for (int64_t q = 0; q < width; q++) {
            middle[q] = pairs.first[q];
            side[q] = (Number){0, 0};
        }
        int index = 0;
        for (int k = 0; k < pairs.half; k++) {
            index = index + j < radix ? index + j : index + j - radix; /* j (k + 1) modulo r */
            real cosine = roots[2 * index];
            real sine = roots[2 * index + 1];
            for (int64_t q = 0; q < width; q++) {
                middle[q] = number_add(middle[q], number_scale(pairs.sum[k][q], cosine));
                side[q] = number_add(side[q], number_scale(pairs.rest[k][q], sine));
            }
        }
        for (int64_t q = 0; q < width; q++) {
            planes_write(planes, j, from + q, number_multiply(number_turned_down(middle[q], side[q]), w[j - 1]));
            planes_write(planes, radix - j, from + q, number_multiply(number_turned_up(middle[q], side[q]), w[radix - j - 1]));
        }
    }
}

static inline void butterfly(Planes planes, const Number *w, const real *roots, int radix)
{
    switch (radix) {
    case 2:
        butterfly2(planes, w);
        break;
    case 3:
        butterfly3(planes, w);
        break;
    case 4:
        butterfly4(planes, w);
        break;
    case 5:
        butterfly5(planes, w);
        break;
    default:
        for (int64_t from = 0; from < planes.stride; from += STAGE_LANES) {
            int64_t rest = planes.stride - from;
            butterfly_odd(&planes, w, roots, radix, from, rest < STAGE_LANES ? rest : STAGE_LANES);
        }
    }
}

static inline void stage_run(const Stage *stage)
{
    int radix = stage->radix;
    const real *roots = stage->twiddles + 2 * stage->left * (radix - 1);
    for (int64_t p = 0; p < stage->left; p++) {
        Number w[STAGE_RADIX];
        for (int j = 0; j < radix - 1; j++) {
            const real *twiddle = stage->twiddles + 2 * (p * (radix - 1) + j);
            w[j] = (Number){twiddle[0], twiddle[1]};
        }
        int64_t from = p * stage->stride;
        Planes planes = {stage->re + from,
                         stage->im + from,
                         stage->result_re + radix * from,
                         stage->result_im + radix * from,
                         stage->left * stage->stride,
                         stage->stride};
        butterfly(planes, w, roots, radix);
    }
}

#endif

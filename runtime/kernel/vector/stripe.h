/* Transforms of lines in stripes: of eight images at a time, and of some neighbouring lines; ../stripes.h says how they lie. The stages are those of line.h,
 * with larger radices too, so that most sizes take two of them, and the longest loop innermost. */
#ifndef STRATA_KERNEL_VECTOR_STRIPE_H
#define STRATA_KERNEL_VECTOR_STRIPE_H

#if !defined(VECTOR_EIGHT)
#define VECTOR_EIGHT
#endif
#include "kernel/spectrum.h"
#include "kernel/stripes.h"
#include "kernel/vector/butterfly.h"

#include <stddef.h>

/* The plans of rows and of columns, one behind the other in a table. */
typedef struct StripePlans {
    const LinePlan *row;
    const LinePlan *column;
} StripePlans;

/* A plan's stages' factors follow on its header. */
static inline StripePlans stripe_plans(const void *table)
{
    const LinePlan *row = table;
    int64_t reals = 0, left = row->size;
    for (int32_t k = 0; k < row->stages; k++) {
        left /= row->radix[k];
        reals += 2 * left * (row->radix[k] - 1);
    }
    size_t bytes = (sizeof *row + (size_t)reals * sizeof(real) + 63) / 64 * 64;
    return (StripePlans){row, (const LinePlan *)(const void *)((const char *)table + bytes)};
}

/* Real and imaginary parts in a pair. A file whose transforms are inverse ones defines STRIPE_BACK before it includes this: they are exchanged. */
#if defined(STRIPE_BACK)
enum { STRIPE_RE = STRIPE, STRIPE_IM = 0 };
#else
enum { STRIPE_RE = 0, STRIPE_IM = STRIPE };
#endif

/* Lines of pairs side by side: entry i of line c begins at i * pitch + c * next. */
typedef struct StripeLines {
    real *pairs;
    int64_t pitch;
    int64_t next;
} StripeLines;

static inline StripeLines stripe_lines(real *pairs, int64_t pitch, int64_t next)
{
    return (StripeLines){pairs, pitch, next};
}

/* A loop over butterflies: how many there are, and from one to the next how far it is in what is read, written and multiplied by. */
typedef struct StripeLoop {
    int64_t count;
    int64_t read, write, factors;
} StripeLoop;

/* Butterflies of a stage: entries of one are `gap` apart where they are read, `step` where they are written. */
typedef struct StripeStage {
    StripeLoop outer, middle, inner;
    int64_t gap, step;
    const real *read;
    real *write;
    const real *factors;
} StripeStage;

enum { STRIPE_RADIX = 12, STRIPE_HALVES = 18 };

/* What becomes of the outputs of a stage: they are multiplied by factors for the next one; they are the result; or their absolute values are. */
typedef enum StripeEnd { STRIPE_FACTORS, STRIPE_RESULT, STRIPE_MODULI } StripeEnd;

VECTOR_INLINE Complex stripe_load(const real *from)
{
    return (Complex){vector_load(from + STRIPE_RE), vector_load(from + STRIPE_IM)};
}

/* Output `j` of a butterfly. An absolute value is the root of the sum of squares: it overflows above the root of the largest real. */
VECTOR_INLINE void stripe_store(Complex value, int j, StripeEnd end, const real *factors, real *to)
{
    if (end == STRIPE_MODULI) {
        vector square = vector_multiply_add(value.re, value.re, value.im * value.im);
        vector_store(to, vector_root(square));
        return;
    }
    if (j > 0 && end == STRIPE_FACTORS)
        value = complex_multiply(value, factors[2 * j - 2], factors[2 * j - 1]);
    vector_store(to + STRIPE_RE, value.re);
    vector_store(to + STRIPE_IM, value.im);
}

/* One butterfly. Stores might change what a pointer leads to: everything is a value. */
VECTOR_INLINE void stripe_at_once(int radix, StripeEnd end, const real *factors, const real *read, int64_t gap, real *write,
                                  int64_t step)
{
    Complex a[STRIPE_RADIX], b[STRIPE_RADIX];
    VECTOR_UNROLL
    for (int k = 0; k < radix; k++)
        a[k] = stripe_load(read + k * gap);
    butterfly(radix, a, b);
    VECTOR_UNROLL
    for (int j = 0; j < radix; j++)
        stripe_store(b[j], j, end, factors, write + j * step);
}

/* One that needs more registers than there are, in halves. */
VECTOR_INLINE void stripe_by_half(int radix, int half, StripeEnd end, const real *factors, const real *read, int64_t gap,
                                  real *write, int64_t step)
{
    Complex a[STRIPE_RADIX], b[STRIPE_RADIX];
    VECTOR_UNROLL
    for (int k = 0; k < radix / 2; k++) {
        int place = half_input(radix, k);
        Complex one = stripe_load(read + place * gap), other = stripe_load(read + (place + radix / 2) % radix * gap);
        a[k] = half ? complex_subtract(one, other) : complex_add(one, other);
    }
    half_butterfly(radix, half, a, b);
    VECTOR_UNROLL
    for (int k = 0; k < radix / 2; k++) {
        int j = half_output(radix, half, k);
        stripe_store(b[k], j, end, factors, write + j * step);
    }
}

VECTOR_INLINE void stripe_butterfly(int radix, StripeEnd end, const real *factors, const real *read, int64_t gap, real *write,
                                    int64_t step)
{
    VECTOR_UNROLL
    for (int v = 0; v < STRIPE; v += VECTOR_REALS)
        if (radix < STRIPE_HALVES) {
            stripe_at_once(radix, end, factors, read + v, gap, write + v, step);
        } else {
            stripe_by_half(radix, 0, end, factors, read + v, gap, write + v, step);
            stripe_by_half(radix, 1, end, factors, read + v, gap, write + v, step);
        }
}

/* One stage of a known radix. */
VECTOR_INLINE void stripe_stage(int radix, StripeEnd end, const StripeStage *stage)
{
    StripeLoop inner = stage->inner;
    int64_t gap = stage->gap, step = stage->step;
    for (int64_t i = 0; i < stage->outer.count; i++) {
        for (int64_t j = 0; j < stage->middle.count; j++) {
            const real *read = stage->read + i * stage->outer.read + j * stage->middle.read;
            real *write = stage->write + i * stage->outer.write + j * stage->middle.write;
            const real *factors = stage->factors + i * stage->outer.factors + j * stage->middle.factors;
            VECTOR_LOOP
            for (int64_t k = 0; k < inner.count; k++) {
                VECTOR_RECOMPUTE(gap);
                VECTOR_RECOMPUTE(step);
                stripe_butterfly(radix, end, factors, read, gap, write, step);
                read += inner.read;
                write += inner.write;
                factors += inner.factors;
            }
        }
    }
}

VECTOR_INLINE void stripe_stage_of(int radix, StripeEnd end, const StripeStage *stage)
{
    if (end == STRIPE_FACTORS)
        stripe_stage(radix, STRIPE_FACTORS, stage);
    else if (end == STRIPE_RESULT)
        stripe_stage(radix, STRIPE_RESULT, stage);
    else
        stripe_stage(radix, STRIPE_MODULI, stage);
}

static void stripe_stage_any(int radix, StripeEnd end, const StripeStage *stage)
{
    switch (radix) {
    case 2:
        stripe_stage_of(2, end, stage);
        break;
    case 3:
        stripe_stage_of(3, end, stage);
        break;
    case 4:
        stripe_stage_of(4, end, stage);
        break;
    case 5:
        stripe_stage_of(5, end, stage);
        break;
    case 6:
        stripe_stage_of(6, end, stage);
        break;
    case 8:
        stripe_stage_of(8, end, stage);
        break;
    case 9:
        stripe_stage_of(9, end, stage);
        break;
    case 10:
        stripe_stage_of(10, end, stage);
        break;
    case 12:
        stripe_stage_of(12, end, stage);
        break;
    case 18:
        stripe_stage_of(18, end, stage);
        break;
    case 20:
        stripe_stage_of(20, end, stage);
        break;
    default:
        stripe_stage_of(24, end, stage);
    }
}

/* Puts the longest loop innermost. */
static void stripe_order(StripeStage *stage)
{
    StripeLoop *longest = stage->outer.count > stage->middle.count ? &stage->outer : &stage->middle, inner = stage->inner;
    if (longest->count > inner.count) {
        stage->inner = *longest;
        *longest = inner;
    }
}

/* Transforms `lines` lines of at least two entries from `from` into `to`, which is another place; `work` and `other` are changed. With STRIPE_MODULI the
 * results are reals, of STRIPE images each; otherwise `end` is STRIPE_RESULT. */
VECTOR_INLINE void stripe_transform(const LinePlan *plan, StripeEnd end, int64_t lines, StripeLines from, StripeLines to,
                                    StripeLines work, StripeLines other)
{
    const real *reals = (const real *)(plan + 1);
    int64_t left = plan->size, stride = 1;
    for (int32_t k = 0; k < plan->stages; k++) {
        int64_t radix = plan->radix[k];
        StripeLines next = k + 1 == plan->stages ? to : work;
        left /= radix;
        StripeStage stage = {.outer = {left, stride * from.pitch, radix * stride * next.pitch, 2 * (radix - 1)},
                             .middle = {stride, from.pitch, next.pitch, 0},
                             .inner = {lines, from.next, next.next, 0},
                             .gap = stride * left * from.pitch,
                             .step = stride * next.pitch,
                             .read = from.pairs,
                             .write = next.pairs,
                             .factors = reals + plan->twiddles[k]};
        stripe_order(&stage);
        if (left > 1)
            stripe_stage_any((int)radix, STRIPE_FACTORS, &stage);
        else
            stripe_stage_any((int)radix, end, &stage);
        stride *= radix;
        from = next;
        work = other;
        other = next;
    }
}

#endif

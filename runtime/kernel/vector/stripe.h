/* Transforms of lines in stripes: of eight images at a time, and of some neighbouring lines; ../stripes.h says how they lie. The stages are those of line.h,
 * with an order of loops that finds addresses and factors once for all lines. */
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

typedef struct StripeStage {
    int64_t lines;
    int64_t left;
    int64_t stride;
    const real *twiddles;
} StripeStage;

enum { STRIPE_RADIX = 8 };

/* One butterfly of each line. Stores might change what a pointer leads to: everything is a value. */
VECTOR_INLINE void stripe_butterflies(int radix, bool last, int64_t lines, const real *w, StripeLines from, int64_t gap,
                                      StripeLines to, int64_t step)
{
    const real *read = from.pairs;
    real *write = to.pairs;
    VECTOR_LOOP
    for (int64_t c = 0; c < lines; c++, read += from.next, write += to.next)
        VECTOR_UNROLL
    for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
        Complex a[STRIPE_RADIX], b[STRIPE_RADIX];
        VECTOR_UNROLL
        for (int k = 0; k < radix; k++)
            a[k] = (Complex){vector_load(read + k * gap + STRIPE_RE + v), vector_load(read + k * gap + STRIPE_IM + v)};
        butterfly(radix, a, b);
        VECTOR_UNROLL
        for (int j = 0; j < radix; j++) {
            Complex d = j == 0 || last ? b[j] : complex_multiply(b[j], w[2 * j - 2], w[2 * j - 1]);
            vector_store(write + j * step + STRIPE_RE + v, d.re);
            vector_store(write + j * step + STRIPE_IM + v, d.im);
        }
    }
}

/* One stage of a known radix; the last one has no factors to multiply by. */
VECTOR_INLINE void stripe_stage(int radix, bool last, StripeStage stage, StripeLines from, StripeLines to)
{
    int64_t gap = stage.stride * stage.left * from.pitch, step = stage.stride * to.pitch;
    for (int64_t p = 0; p < stage.left; p++) {
        for (int64_t q = 0; q < stage.stride; q++) {
            stripe_butterflies(radix, last, stage.lines, stage.twiddles, from, gap, to, step);
            from.pairs += from.pitch;
            to.pairs += to.pitch;
        }
        stage.twiddles += 2 * (radix - 1);
        to.pairs += (radix - 1) * step;
    }
}

VECTOR_INLINE void stripe_stage_of(int radix, StripeStage stage, StripeLines from, StripeLines to)
{
    if (stage.left == 1)
        stripe_stage(radix, true, stage, from, to);
    else
        stripe_stage(radix, false, stage, from, to);
}

static void stripe_stage_any(int radix, StripeStage stage, StripeLines from, StripeLines to)
{
    switch (radix) {
    case 2:
        stripe_stage_of(2, stage, from, to);
        break;
    case 3:
        stripe_stage_of(3, stage, from, to);
        break;
    case 4:
        stripe_stage_of(4, stage, from, to);
        break;
    case 5:
        stripe_stage_of(5, stage, from, to);
        break;
    case 6:
        stripe_stage_of(6, stage, from, to);
        break;
    default:
        stripe_stage_of(8, stage, from, to);
    }
}

/* Transforms `lines` lines of at least two entries from `from` into `to`, which may be the same place; `work` and `other` are changed. */
static void stripe_transform(const LinePlan *plan, int64_t lines, StripeLines from, StripeLines to, StripeLines work,
                             StripeLines other)
{
    const real *reals = (const real *)(plan + 1);
    StripeStage stage = {.lines = lines, .left = plan->size, .stride = 1};
    for (int32_t k = 0; k < plan->stages; k++) {
        StripeLines next = k + 1 == plan->stages ? to : work;
        stage.left /= plan->radix[k];
        stage.twiddles = reals + plan->twiddles[k];
        stripe_stage_any(plan->radix[k], stage, from, next);
        stage.stride *= plan->radix[k];
        from = next;
        work = other;
        other = next;
    }
}

#endif

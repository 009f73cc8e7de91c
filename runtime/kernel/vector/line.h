/* Transforms of LANES lines side by side, in stages of Stockham's order (fft/plan.h says what a stage does; the numbers q of a stage are here whole
 * rows of LANES reals). Entry i of the lines lies at i * pitch of a plane of real parts, and of one of imaginary parts. */
#ifndef STRATA_KERNEL_VECTOR_LINE_H
#define STRATA_KERNEL_VECTOR_LINE_H

#include "kernel/spectrum.h"
#include "kernel/vector/butterfly.h"

/* Where lines lie: entries `pitch` reals apart. */
typedef struct LinePlanes {
    real *re;
    real *im;
    int64_t pitch;
} LinePlanes;

typedef struct LineStage {
    int64_t left;
    int64_t stride;
    const real *twiddles;
} LineStage;

enum { LINE_RADIX = 8 };

/* One stage of a known radix; the last one has no factors to multiply by. */
VECTOR_INLINE void line_stage(int radix, bool last, const LineStage *stage, LinePlanes from, LinePlanes to)
{
    for (int64_t p = 0; p < stage->left; p++) {
        const real *w = stage->twiddles + 2 * p * (radix - 1);
        for (int64_t q = 0; q < stage->stride; q++) {
            int64_t read = (q + stage->stride * p) * from.pitch, gap = stage->stride * stage->left * from.pitch;
            int64_t write = (q + stage->stride * radix * p) * to.pitch, step = stage->stride * to.pitch;
            VECTOR_LOOP
            for (int v = 0; v < LANES; v += VECTOR_REALS) {
                Complex a[LINE_RADIX], b[LINE_RADIX];
                VECTOR_UNROLL
                for (int k = 0; k < radix; k++)
                    a[k] = (Complex){vector_load(from.re + read + k * gap + v), vector_load(from.im + read + k * gap + v)};
                butterfly(radix, a, b);
                VECTOR_UNROLL
                for (int j = 0; j < radix; j++) {
                    Complex c = j == 0 || last ? b[j] : complex_multiply(b[j], w[2 * j - 2], w[2 * j - 1]);
                    vector_store(to.re + write + j * step + v, c.re);
                    vector_store(to.im + write + j * step + v, c.im);
                }
            }
        }
    }
}

VECTOR_INLINE void line_stage_of(int radix, const LineStage *stage, LinePlanes from, LinePlanes to)
{
    if (stage->left == 1)
        line_stage(radix, true, stage, from, to);
    else
        line_stage(radix, false, stage, from, to);
}

static void line_stage_any(int radix, const LineStage *stage, LinePlanes from, LinePlanes to)
{
    switch (radix) {
    case 2:
        line_stage_of(2, stage, from, to);
        break;
    case 3:
        line_stage_of(3, stage, from, to);
        break;
    case 4:
        line_stage_of(4, stage, from, to);
        break;
    case 5:
        line_stage_of(5, stage, from, to);
        break;
    case 6:
        line_stage_of(6, stage, from, to);
        break;
    default:
        line_stage_of(8, stage, from, to);
    }
}

/* Transforms `from` into `to`, which may be the same place; `work` and `other` are changed. A size of 1 is copied by nobody: `from` must be `to`. */
static void line_transform(const LinePlan *plan, LinePlanes from, LinePlanes to, LinePlanes work, LinePlanes other)
{
    const real *reals = (const real *)(plan + 1);
    LineStage stage = {.left = plan->size, .stride = 1};
    for (int32_t k = 0; k < plan->stages; k++) {
        int radix = plan->radix[k];
        LinePlanes next = k + 1 == plan->stages ? to : work;
        stage.left /= radix;
        stage.twiddles = reals + plan->twiddles[k];
        line_stage_any(radix, &stage, from, next);
        stage.stride *= radix;
        from = next;
        work = other;
        other = next;
    }
}

#endif

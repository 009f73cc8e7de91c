/* Plans of lines; see line.h. */
#include "kernel/table/line.h"

#include "fft/plan.h"
#include "kernel/spectrum.h"

/* Sixes first, so that fewer stages are left, and no more than two fours instead of eights. */
static void choose_stages(LinePlan *plan, int64_t size)
{
    static const int32_t small[] = {6, 3, 5};
    plan->size = size;
    plan->stages = 0;
    for (int i = 0; i < 3; i++)
        for (; size % small[i] == 0; size /= small[i])
            plan->radix[plan->stages++] = small[i];
    while (size > 1) {
        int32_t radix = size == 2 ? 2 : size == 4 || size == 16 ? 4 : 8;
        plan->radix[plan->stages++] = radix;
        size /= radix;
    }
}

static int64_t stage_reals(int64_t left, int32_t radix)
{
    return 2 * left * (radix - 1);
}

size_t line_bytes(int64_t size, bool precise)
{
    LinePlan plan;
    int64_t reals = 0, left = size;
    choose_stages(&plan, size);
    for (int32_t k = 0; k < plan.stages; k++) {
        left /= plan.radix[k];
        reals += stage_reals(left, plan.radix[k]);
    }
    return (sizeof(LinePlan) + (size_t)reals * (precise ? 8 : 4) + 63) / 64 * 64;
}

void line_write(void *reals, int64_t index, double value, bool precise)
{
    if (precise)
        ((double *)reals)[index] = value;
    else
        ((float *)reals)[index] = (float)value;
}

void line_make(int64_t size, bool precise, void *memory)
{
    LinePlan *plan = memory;
    int64_t offset = 0, left = size;
    choose_stages(plan, size);
    plan->unused = 0;
    for (int32_t k = 0; k < plan->stages; k++) {
        int32_t radix = plan->radix[k];
        int64_t whole = left;
        left /= radix;
        plan->twiddles[k] = offset;
        for (int64_t p = 0; p < left; p++)
            for (int64_t j = 1; j < radix; j++, offset += 2) {
                double re, im;
                fft_root(p * j % whole, whole, &re, &im);
                line_write(plan + 1, offset, re, precise);
                line_write(plan + 1, offset + 1, im, precise);
            }
    }
}

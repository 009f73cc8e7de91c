/* Plans of lines; see line.h. */
#include "kernel/table/line.h"

#include "fft/plan.h"
#include "kernel/spectrum.h"

#include <string.h>

/* What a stage costs for each entry, in cycles as they were measured; with factors to multiply by (all but the last stage) about two more. */
typedef struct Radix {
    int32_t radix;
    double cost;
} Radix;

static const Radix radices[] = {{2, 3.2}, {3, 3.2},  {4, 2.8},  {5, 3.3},  {6, 3.0},  {8, 3.3},
                                {9, 4.4}, {10, 3.7}, {12, 3.8}, {18, 5.3}, {20, 5.0}, {24, 5.4}};
enum { RADICES = sizeof radices / sizeof radices[0] };

/* Stages that have been chosen so far. */
typedef struct Choice {
    int32_t stages;
    double cost;
    int32_t radix[LINE_STAGES];
} Choice;

/* Tries all ways to go on with the radices from `first` on, up to `largest`; the larger ones last, where they have no factors. */
static void choose_from(Choice choice, int64_t left, int first, int32_t largest, Choice *best)
{
    if (left == 1) {
        if (best->stages == 0 || choice.cost < best->cost)
            *best = choice;
        return;
    }
    for (int i = first; i < RADICES && radices[i].radix <= largest; i++) {
        int32_t radix = radices[i].radix;
        if (left % radix)
            continue;
        Choice next = choice;
        next.radix[next.stages++] = radix;
        next.cost += radices[i].cost + (left == radix ? 0 : 2 - 2.0 / radix);
        choose_from(next, left / radix, i, largest, best);
    }
}

static void choose_stages(LinePlan *plan, int64_t size, int32_t largest)
{
    Choice best = {0};
    choose_from(best, size, 0, largest, &best);
    plan->size = size;
    plan->stages = best.stages;
    memcpy(plan->radix, best.radix, sizeof plan->radix);
}

static int64_t stage_reals(int64_t left, int32_t radix)
{
    return 2 * left * (radix - 1);
}

size_t line_bytes(int64_t size, int32_t largest, bool precise)
{
    LinePlan plan;
    int64_t reals = 0, left = size;
    choose_stages(&plan, size, largest);
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

void line_make(int64_t size, int32_t largest, bool precise, void *memory)
{
    LinePlan *plan = memory;
    int64_t offset = 0, left = size;
    choose_stages(plan, size, largest);
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

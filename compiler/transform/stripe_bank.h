/* Packing filters for the operation striped_filter; kernel/stripes.h says how a bank lies. */
#ifndef STRATA_TRANSFORM_STRIPE_BANK_H
#define STRATA_TRANSFORM_STRIPE_BANK_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct StripeBank {
    /* told */
    int64_t wavelets, height, width;
    int64_t result_height, result_width; /* divisors of height and width */
    int64_t pitch;                       /* entries from one row of the spectrum to the next */
    int64_t lanes;                       /* wavelets side by side: STRIPE or 1 */
    double threshold;                    /* entries below this share of a filter's largest count as 0 */
    /* packed */
    int64_t filters;    /* rows of `starts`, by the height of a result: ceil(wavelets / lanes) */
    int64_t term_count; /* rows of `factors`: at least one, which may be for nothing */
    int64_t run_count;  /* entries of `runs` */
    double *factors, *runs, *starts;
} StripeBank;

/* Packs filters [wavelets, height, width], divided by height * width: the mean over periods, and the divisor of the inverse transform. */
void stripe_bank_pack(Arena *arena, StripeBank *bank, const double *filters);

#endif

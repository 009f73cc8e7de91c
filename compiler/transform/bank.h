/* Packing filters for the operation filter_spectrum: for each block of results the terms that are not 0; kernel/spectrum.h says what they are. */
#ifndef STRATA_TRANSFORM_BANK_H
#define STRATA_TRANSFORM_BANK_H

#include "base/arena.h"

#include <stdint.h>

typedef struct FilterBank {
    /* told */
    int64_t wavelets, height, width;
    int64_t result_height, result_width; /* divisors of height and width */
    int64_t lanes;
    double threshold; /* entries below this share of a filter's largest count as 0 */
    /* packed; at least one term, which may be for nothing */
    int64_t terms, blocks;
    double *factors, *places, *starts;
} FilterBank;

/* Packs filters [wavelets, height, width], divided by height * width: the mean over periods, and the divisor of the inverse transform. */
void bank_pack(Arena *arena, FilterBank *bank, const double *filters);

#endif

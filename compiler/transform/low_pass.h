/* Low-pass filters in space: a filter of images that is a product of one of rows and one of columns, both real and symmetric, is a product with a matrix from
 * either side. Found from the filter's numbers, whatever made it. */
#ifndef STRATA_TRANSFORM_LOW_PASS_H
#define STRATA_TRANSFORM_LOW_PASS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Which results of a filter in one direction are wanted. */
typedef struct LowPassSide {
    int64_t size;        /* of what is filtered */
    int64_t step;        /* it is subsampled by */
    int64_t first, last; /* of the subsampled result, kept from `first` to before `last` */
} LowPassSide;

/* A filter of one direction in space: result p, from `first` on, is the sum over i of taps[p * step - i] * x[i]. `size` taps, which go round and are symmetric. */
typedef struct LowPassTaps {
    LowPassSide side;
    const double *taps;
} LowPassTaps;

/* ifft(mean over periods(fft(x) * filter)), cut as both sides say, is x with its columns filtered by `down_taps` and its rows by `along_taps`; false when
 * the filter [down.size, along.size] is no such product. Taps far from the middle are left out as long as all of them are at most `rest` of the sum of
 * magnitudes. */
bool low_pass_find(Arena *arena, const double *filter, const LowPassSide *down, const LowPassSide *along, double rest,
                   LowPassTaps *down_taps, LowPassTaps *along_taps);

/* The same as a matrix [last - first, size]. */
double *low_pass_matrix(Arena *arena, const LowPassTaps *taps);

/* What a kernel of stripes takes of it, which kernel/stripes.h describes: `length` numbers. */
double *low_pass_fold(Arena *arena, const LowPassTaps *taps, int64_t *length);

#endif

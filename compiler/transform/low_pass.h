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

/* ifft(mean over periods(fft(x) * filter)), cut as both sides say, is down x transposed(along), with down [down.last - down.first, down.size] and along
 * likewise; false when the filter [down.size, along.size] is no such product. What a row of a matrix has far from its middle is left out as long as
 * all of it is at most `rest` of the sum of magnitudes. */
bool low_pass_find(Arena *arena, const double *filter, const LowPassSide *down, const LowPassSide *along, double rest,
                   double **down_matrix, double **along_matrix);

#endif

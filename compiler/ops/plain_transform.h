/* Fourier transforms in double precision as operations evaluate them: plain, and short, since kernels are compared with them. */
#ifndef STRATA_OPS_PLAIN_TRANSFORM_H
#define STRATA_OPS_PLAIN_TRANSFORM_H

#include "base/arena.h"

/* Transforms pairs (real, imaginary) in place along an axis of size n whose entries lie `inner` pairs apart, `outer` times: X(k) = sum of
 * x(p) exp(sign 2 pi i k p / n). What it needs besides is taken from the arena. */
void plain_transform(Arena *arena, double *pairs, int64_t outer, int64_t n, int64_t inner, double sign);

/* Products that it takes for each entry of a line of n. */
int64_t plain_transform_work(int64_t n);

#endif

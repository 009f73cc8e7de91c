/* Squares of memory turned round in registers. */
#ifndef STRATA_KERNEL_VECTOR_TRANSPOSE_H
#define STRATA_KERNEL_VECTOR_TRANSPOSE_H

#include "kernel/vector/vector.h"

/* Turns a square of VECTOR_REALS vectors round. To interleave the rows of the first half with those of the second does it when it is done as often
 * as the number of rows can be halved. */
VECTOR_INLINE void transpose_vectors(vector *square)
{
    vector mixed[VECTOR_REALS];
    VECTOR_UNROLL
    for (int step = 1; step < VECTOR_REALS; step *= 2) {
        VECTOR_UNROLL
        for (int i = 0; i < VECTOR_REALS / 2; i++) {
            mixed[2 * i] = vector_interleave_low(square[i], square[i + VECTOR_REALS / 2]);
            mixed[2 * i + 1] = vector_interleave_high(square[i], square[i + VECTOR_REALS / 2]);
        }
        VECTOR_UNROLL
        for (int i = 0; i < VECTOR_REALS; i++)
            square[i] = mixed[i];
    }
}

/* Loads VECTOR_REALS rows of as many entries, and gives the columns. */
VECTOR_INLINE void transpose_load(const real *from, int64_t stride, vector *column)
{
    VECTOR_UNROLL
    for (int i = 0; i < VECTOR_REALS; i++)
        column[i] = vector_load(from + i * stride);
    transpose_vectors(column);
}

/* Writes the transpose of a square. */
static inline void transpose_square(const real *from, int64_t from_stride, real *to, int64_t to_stride)
{
    vector column[VECTOR_REALS];
    transpose_load(from, from_stride, column);
    VECTOR_UNROLL
    for (int i = 0; i < VECTOR_REALS; i++)
        vector_store(to + i * to_stride, column[i]);
}

#endif

/* The product of two matrices, for the kernels that come down to it.
 *
 * Each entry of the product is added up in the same order, whatever the other sizes: in pieces of MULTIPLY_DEPTH terms from the first on, each
 * from its first term on, then piece by piece. So a product of some rows or columns has the bits of the whole one. */
#ifndef STRATA_KERNEL_MULTIPLY_H
#define STRATA_KERNEL_MULTIPLY_H

#include "kernel/kernel.h"
#include "kernel/real.h"

enum { MULTIPLY_DEPTH = 256 };

/* A row-major matrix in memory, and whether its transpose is meant. */
typedef struct KERNEL_NAME(Matrix) {
    const real *start;
    int64_t stride; /* reals from one row in memory to the next */
    bool transposed;
} KERNEL_NAME(Matrix);

/* c = a b, where a is m x k, b is k x n and c is m x n with rows `c_stride` apart; all at least 1; c overlaps neither. */
void KERNEL_NAME(multiply)(int64_t m, int64_t n, int64_t k, KERNEL_NAME(Matrix) a, KERNEL_NAME(Matrix) b, real *c,
                           int64_t c_stride);

#endif

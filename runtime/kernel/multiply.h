/* The product of two matrices, for the kernels that come down to it: by BLAS where there is one, else by plain loops in blocks. */
#ifndef STRATA_KERNEL_MULTIPLY_H
#define STRATA_KERNEL_MULTIPLY_H

#include "kernel/kernel.h"
#include "kernel/real.h"

/* A row-major matrix in memory, and whether its transpose is meant. */
typedef struct KERNEL_NAME(Matrix) {
    const real *start;
    int64_t stride; /* reals from one row in memory to the next */
    bool transposed;
} KERNEL_NAME(Matrix);

/* c = a b, where a is m x k, b is k x n and c is m x n with rows `c_stride` apart; c overlaps neither. */
void KERNEL_NAME(multiply)(const Blas *blas, int64_t m, int64_t n, int64_t k, KERNEL_NAME(Matrix) a, KERNEL_NAME(Matrix) b, real *c,
                           int64_t c_stride);

#endif

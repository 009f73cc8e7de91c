/* Numbers of a matrix product, as the lowering writes them and the kernel reads them. */
#ifndef STRATA_KERNEL_MATMUL_H
#define STRATA_KERNEL_MATMUL_H

#include <stdint.h>

enum { MATMUL_LEADS = 6 };

/* For each index of the leading dimensions and each sample a product of an m x k and a k x n matrix. A vector is a matrix of one row or one
 * column. */
typedef struct MatrixProduct {
    int64_t m, n, k;
    int64_t transpose_a, transpose_b; /* the matrix in memory is k x m, n x k */
    int64_t lead_rank;
    int64_t lead_size[MATMUL_LEADS];
    int64_t a_step[MATMUL_LEADS]; /* reals from one index to the next; 0: the same matrix for all */
    int64_t b_step[MATMUL_LEADS];
} MatrixProduct;

enum { MATMUL_INTEGERS = sizeof(MatrixProduct) / sizeof(int64_t) };

#endif

/* Matrix products from OpenBLAS, when the machine has it.
 *
 * The library is found when the program runs, so that nothing depends on it and what needs no matrices starts without it. It is
 * told to use one thread: threads are ours. That is a setting of the whole process, the only one that Strata makes. */
#ifndef STRATA_BLAS_BLAS_H
#define STRATA_BLAS_BLAS_H

#include <stdbool.h>

/* CBLAS's words for row-major order and for a factor as it is or transposed. */
enum { BLAS_ROWS = 101, BLAS_PLAIN = 111, BLAS_TRANSPOSED = 112 };

/* Functions of CBLAS, by what they do: C = alpha A B + beta C (gemm), y = alpha A x + beta y (gemv). */
typedef void BlasMultiplySingle(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                                int a_stride, const float *b, int b_stride, float beta, float *c, int c_stride);
typedef void BlasMultiplyDouble(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a,
                                int a_stride, const double *b, int b_stride, double beta, double *c, int c_stride);
typedef void BlasApplySingle(int order, int transpose, int m, int n, float alpha, const float *a, int a_stride, const float *x,
                             int x_step, float beta, float *y, int y_step);
typedef void BlasApplyDouble(int order, int transpose, int m, int n, double alpha, const double *a, int a_stride, const double *x,
                             int x_step, double beta, double *y, int y_step);

typedef struct Blas {
    BlasMultiplySingle *multiply_single;
    BlasMultiplyDouble *multiply_double;
    BlasApplySingle *apply_single;
    BlasApplyDouble *apply_double;
} Blas;

/* Finds the library and fills `blas`; false when there is none, or not with all of these functions. What was found stays loaded until
 * the process ends: its threads and handlers do not bear unloading. */
bool blas_open(Blas *blas);

#endif

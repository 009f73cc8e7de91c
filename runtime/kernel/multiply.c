/* Matrix products; see multiply.h. */
#include "kernel/multiply.h"
#include "blas/blas.h"

#include <limits.h>
#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

#if defined(KERNEL_DOUBLE)
static BlasMultiplyDouble *blas_multiply(const Blas *blas)
{
    return blas->multiply_double;
}

static BlasApplyDouble *blas_apply(const Blas *blas)
{
    return blas->apply_double;
}
#else
static BlasMultiplySingle *blas_multiply(const Blas *blas)
{
    return blas->multiply_single;
}

static BlasApplySingle *blas_apply(const Blas *blas)
{
    return blas->apply_single;
}
#endif

/* A block of b that stays in the cache while all rows of a pass over it. */
enum { BLOCK_DEPTH = 128, BLOCK_COLUMNS = 64, BLOCK_ROWS = 4 };

/* Copies rows k0 .. and columns j0 .. of b to dense rows of BLOCK_COLUMNS. */
static void pack(const Matrix *b, int64_t k0, int64_t depth, int64_t j0, int64_t columns, real *block)
{
    for (int64_t k = 0; k < depth; k++)
        for (int64_t j = 0; j < columns; j++)
            block[k * BLOCK_COLUMNS + j] =
                b->transposed ? b->start[(j0 + j) * b->stride + k0 + k] : b->start[(k0 + k) * b->stride + j0 + j];
}

/* Adds the product of `rows` rows of a with the block to c. The sums stay in a local array, which the compiler keeps in registers as far
 * as they go; its full width is always computed, so that the loop has a constant length. */
static void multiply_block(const Matrix *a, int64_t i0, int rows, int64_t k0, int64_t depth, const real *block, int64_t columns,
                           real *c, int64_t c_stride)
{
    real sum[BLOCK_ROWS][BLOCK_COLUMNS] = {{0}};
    int64_t row_step = a->transposed ? 1 : a->stride, depth_step = a->transposed ? a->stride : 1;
    for (int64_t k = 0; k < depth; k++) {
        for (int i = 0; i < rows; i++) {
            real factor = a->start[(i0 + i) * row_step + (k0 + k) * depth_step];
            for (int j = 0; j < BLOCK_COLUMNS; j++)
                sum[i][j] += factor * block[k * BLOCK_COLUMNS + j];
        }
    }
    for (int i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            c[i * c_stride + j] += sum[i][j];
}

static void multiply_plain(int64_t m, int64_t n, int64_t k, const Matrix *a, const Matrix *b, real *c, int64_t c_stride)
{
    real block[BLOCK_DEPTH * BLOCK_COLUMNS] = {0};
    for (int64_t i = 0; i < m; i++)
        memset(c + i * c_stride, 0, (size_t)n * sizeof *c);
    for (int64_t j0 = 0; j0 < n; j0 += BLOCK_COLUMNS) {
        int64_t columns = n - j0 < BLOCK_COLUMNS ? n - j0 : BLOCK_COLUMNS;
        for (int64_t k0 = 0; k0 < k; k0 += BLOCK_DEPTH) {
            int64_t depth = k - k0 < BLOCK_DEPTH ? k - k0 : BLOCK_DEPTH;
            pack(b, k0, depth, j0, columns, block);
            for (int64_t i0 = 0; i0 < m; i0 += BLOCK_ROWS) {
                int rows = m - i0 < BLOCK_ROWS ? (int)(m - i0) : BLOCK_ROWS;
                multiply_block(a, i0, rows, k0, depth, block, columns, c + i0 * c_stride + j0, c_stride);
            }
        }
    }
}

/* A matrix times a column, as a row times the transposed matrix: the loops are made for wide results. */
static void multiply_column(int64_t m, int64_t k, const Matrix *a, const Matrix *b, real *c)
{
    Matrix row = {b->start, b->stride, !b->transposed}, turned = {a->start, a->stride, !a->transposed};
    multiply_plain(1, m, k, &row, &turned, c, m);
}

/* y = op(matrix) x, where op(matrix) has `rows` rows and `columns` columns. */
static void apply(const Blas *blas, int64_t rows, int64_t columns, const Matrix *matrix, bool transposed, const real *x,
                  int64_t x_step, real *y, int64_t y_step)
{
    int64_t stored_rows = transposed ? columns : rows, stored_columns = transposed ? rows : columns;
    /* with a factor of 0 some versions still multiply what was there, and 0 times NaN is NaN */
    for (int64_t i = 0; i < rows; i++)
        y[i * y_step] = 0;
    blas_apply(blas)(BLAS_ROWS, transposed ? BLAS_TRANSPOSED : BLAS_PLAIN, (int)stored_rows, (int)stored_columns, 1, matrix->start,
                     (int)matrix->stride, x, (int)x_step, 0, y, (int)y_step);
}

static int blas_form(const Matrix *matrix)
{
    return matrix->transposed ? BLAS_TRANSPOSED : BLAS_PLAIN;
}

/* A product with a vector has a function of its own, which does not copy the matrix first. */
static void multiply_blas(const Blas *blas, int64_t m, int64_t n, int64_t k, const Matrix *a, const Matrix *b, real *c,
                          int64_t c_stride)
{
    if (n == 1)
        apply(blas, m, k, a, a->transposed, b->start, b->transposed ? 1 : b->stride, c, c_stride);
    else if (m == 1)
        apply(blas, n, k, b, !b->transposed, a->start, a->transposed ? a->stride : 1, c, 1);
    else
        blas_multiply(blas)(BLAS_ROWS, blas_form(a), blas_form(b), (int)m, (int)n, (int)k, 1, a->start, (int)a->stride, b->start,
                            (int)b->stride, 0, c, (int)c_stride);
}

/* CBLAS counts in int. */
static bool is_small(int64_t m, int64_t n, int64_t k, const Matrix *a, const Matrix *b, int64_t c_stride)
{
    return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && a->stride <= INT_MAX && b->stride <= INT_MAX && c_stride <= INT_MAX;
}

void KERNEL_NAME(multiply)(const Blas *blas, int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, real *c, int64_t c_stride)
{
    if (blas && is_small(m, n, k, &a, &b, c_stride))
        multiply_blas(blas, m, n, k, &a, &b, c, c_stride);
    else if (n == 1 && c_stride == 1)
        multiply_column(m, k, &a, &b, c);
    else
        multiply_plain(m, n, k, &a, &b, c, c_stride);
}

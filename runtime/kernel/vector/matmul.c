/* Matrix products of samples and of leading dimensions.
 *
 * Where one factor is the same for all samples and the other's rows lie one behind the other, all samples are one product: a dense layer over
 * a batch. Otherwise there is one product for each sample and each index of the leading dimensions. */
#include "kernel/matmul.h"
#include "kernel/multiply.h"
#include "thread/parallel.h"

#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

/* One product, to be cut into pieces for the threads. */
typedef struct Product {
    int64_t m, n, k;
    Matrix a, b;
    real *c;
    int64_t c_stride;
    int64_t pieces;
    bool by_rows; /* of the result, else by columns */
} Product;

/* The part of a matrix that starts at a row (as meant, not as it lies in memory). */
static Matrix from_row(Matrix matrix, int64_t row)
{
    matrix.start += row * (matrix.transposed ? 1 : matrix.stride);
    return matrix;
}

static Matrix from_column(Matrix matrix, int64_t column)
{
    matrix.start += column * (matrix.transposed ? matrix.stride : 1);
    return matrix;
}

static void multiply_piece(void *context, int64_t piece)
{
    const Product *product = context;
    int64_t length = product->by_rows ? product->m : product->n;
    int64_t first = length * piece / product->pieces, last = length * (piece + 1) / product->pieces;
    if (product->by_rows)
        KERNEL_NAME(multiply)
    (last - first, product->n, product->k, from_row(product->a, first), product->b, product->c + first * product->c_stride,
     product->c_stride);
    else KERNEL_NAME(multiply)(product->m, last - first, product->k, product->a, from_column(product->b, first), product->c + first,
                               product->c_stride);
}

/* Pieces are worth a thread from some 25,000 products on. */
static void multiply_all(Product *product, const Parallel *parallel)
{
    enum { PIECE_WORK = 25000, PIECE_LENGTH = 8 };
    product->by_rows = product->m >= product->n;
    int64_t length = product->by_rows ? product->m : product->n;
    int64_t pieces = (int64_t)((double)product->m * (double)product->n * (double)product->k / PIECE_WORK);
    if (pieces > parallel_threads(parallel))
        pieces = parallel_threads(parallel);
    if (pieces > length / PIECE_LENGTH)
        pieces = length / PIECE_LENGTH;
    product->pieces = pieces > 1 ? pieces : 1;
    parallel_run(parallel, product->pieces, multiply_piece, product);
}

/* What the separate products share. */
typedef struct Work {
    const KernelArguments *arguments;
    MatrixProduct numbers;
    int64_t leads; /* products in a sample */
} Work;

/* Entries of the factor k in front of the matrix for index `lead` of the leading dimensions. */
static int64_t lead_offset(const MatrixProduct *numbers, const int64_t *steps, int64_t lead)
{
    int64_t offset = 0;
    for (int64_t i = numbers->lead_rank - 1; i >= 0; i--) {
        offset += lead % numbers->lead_size[i] * steps[i];
        lead /= numbers->lead_size[i];
    }
    return offset;
}

static Matrix factor_a(const Work *work, int64_t sample, int64_t lead)
{
    const MatrixProduct *numbers = &work->numbers;
    const real *start = (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0] +
                        lead_offset(numbers, numbers->a_step, lead);
    return (Matrix){start, numbers->transpose_a ? numbers->m : numbers->k, numbers->transpose_a};
}

static Matrix factor_b(const Work *work, int64_t sample, int64_t lead)
{
    const MatrixProduct *numbers = &work->numbers;
    const real *start = (const real *)work->arguments->operands[1] + sample * work->arguments->strides[1] +
                        lead_offset(numbers, numbers->b_step, lead);
    return (Matrix){start, numbers->transpose_b ? numbers->k : numbers->n, numbers->transpose_b};
}

static void multiply_one(void *context, int64_t unit)
{
    const Work *work = context;
    const MatrixProduct *numbers = &work->numbers;
    int64_t sample = unit / work->leads, lead = unit % work->leads;
    real *result = (real *)work->arguments->result + sample * work->arguments->result_stride + lead * numbers->m * numbers->n;
    KERNEL_NAME(multiply)
    (numbers->m, numbers->n, numbers->k, factor_a(work, sample, lead), factor_b(work, sample, lead), result, numbers->n);
}

/* Whether a steps through all matrices of a sample in the order of memory, and b is the same for all of them and for all samples. */
static bool is_one_tall_product(const Work *work)
{
    const MatrixProduct *numbers = &work->numbers;
    int64_t dense = numbers->m * numbers->k;
    if (work->arguments->strides[1] != 0 || numbers->transpose_a ||
        (work->arguments->samples > 1 && work->arguments->strides[0] == 0))
        return false;
    for (int64_t i = numbers->lead_rank - 1; i >= 0; i--) {
        if (numbers->lead_size[i] == 1)
            continue;
        if (numbers->a_step[i] != dense || numbers->b_step[i] != 0)
            return false;
        dense *= numbers->lead_size[i];
    }
    return true;
}

/* Integers: a MatrixProduct. */
void KERNEL_NAME(matmul)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .leads = 1};
    memcpy(&work.numbers, arguments->integers, sizeof work.numbers);
    const MatrixProduct *numbers = &work.numbers;
    for (int64_t i = 0; i < numbers->lead_rank; i++)
        work.leads *= numbers->lead_size[i];
    Product product = {.k = numbers->k, .c = arguments->result};
    if (is_one_tall_product(&work)) {
        product.m = arguments->samples * work.leads * numbers->m;
        product.n = product.c_stride = numbers->n;
        product.a = factor_a(&work, 0, 0);
        product.b = factor_b(&work, 0, 0);
        multiply_all(&product, arguments->parallel);
    } else if (numbers->n == 1 && work.leads == 1 && arguments->strides[0] == 0 && arguments->strides[1] != 0) {
        /* A b for each sample's vector b: as rows, B A' */
        product.m = arguments->samples;
        product.n = product.c_stride = numbers->m;
        product.a = (Matrix){arguments->operands[1], numbers->k, false};
        product.b = factor_a(&work, 0, 0);
        product.b.transposed = !product.b.transposed;
        multiply_all(&product, arguments->parallel);
    } else {
        parallel_run(arguments->parallel, arguments->samples * work.leads, multiply_one, &work);
    }
}

/* The mean over the batch of matrix products: what a dense layer's weight gets.
 *
 * Where the rows that are summed over lie one behind the other through all samples, in both factors, the sum over the samples is one product. Otherwise
 * each sample's product is added to the sum; a result is the work of one thread, so the sums do not depend on their number. */
#include "kernel/matmul.h"
#include "kernel/multiply.h"
#include "thread/parallel.h"

#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

typedef struct Work {
    const KernelArguments *arguments;
    MatrixProduct numbers;
    int64_t leads;
    int64_t pieces; /* of the one product, by rows of the result */
    bool together;
} Work;

static int64_t lead_offset(const MatrixProduct *numbers, const int64_t *steps, int64_t lead)
{
    int64_t offset = 0;
    for (int64_t i = numbers->lead_rank - 1; i >= 0; i--) {
        offset += lead % numbers->lead_size[i] * steps[i];
        lead /= numbers->lead_size[i];
    }
    return offset;
}

static const real *factor_start(const Work *work, int k, int64_t sample, int64_t lead)
{
    const MatrixProduct *numbers = &work->numbers;
    return (const real *)work->arguments->operands[k] + sample * work->arguments->strides[k] +
           lead_offset(numbers, k == 0 ? numbers->a_step : numbers->b_step, lead);
}

/* Divides sums. To multiply by the inverse of a power of two is the same, and several times faster. */
static void divide(real *sums, int64_t count, int64_t samples)
{
    if ((samples & (samples - 1)) == 0) {
        real inverse = 1 / (real)samples;
        for (int64_t i = 0; i < count; i++)
            sums[i] *= inverse;
        return;
    }
    for (int64_t i = 0; i < count; i++)
        sums[i] /= (real)samples;
}

/* Some rows of the sum of all products, which is one product; so many at a time that they are in a cache when they are divided. */
static void multiply_together(const Work *work, int64_t piece)
{
    enum { ROWS = 196 };
    const MatrixProduct *numbers = &work->numbers;
    int64_t end = numbers->m * (piece + 1) / work->pieces;
    for (int64_t first = numbers->m * piece / work->pieces; first < end; first += ROWS) {
        int64_t rows = first + ROWS < end ? ROWS : end - first;
        Matrix a = {factor_start(work, 0, 0, 0) + first, numbers->m, true}, b = {factor_start(work, 1, 0, 0), numbers->n, false};
        real *c = (real *)work->arguments->result + first * numbers->n;
        KERNEL_NAME(multiply)(rows, numbers->n, numbers->k * work->arguments->samples, a, b, c, numbers->n);
        divide(c, rows * numbers->n, work->arguments->samples);
    }
}

/* The products for one index of the leading dimensions, sample by sample. */
static void multiply_one_by_one(const Work *work, int64_t lead)
{
    const MatrixProduct *numbers = &work->numbers;
    int64_t entries = numbers->m * numbers->n;
    real *result = (real *)work->arguments->result + lead * entries, *one = (real *)work->arguments->scratch + lead * entries;
    memset(result, 0, (size_t)entries * sizeof *result);
    for (int64_t sample = 0; sample < work->arguments->samples; sample++) {
        Matrix a = {factor_start(work, 0, sample, lead), numbers->transpose_a ? numbers->m : numbers->k, numbers->transpose_a};
        Matrix b = {factor_start(work, 1, sample, lead), numbers->transpose_b ? numbers->k : numbers->n, numbers->transpose_b};
        KERNEL_NAME(multiply)(numbers->m, numbers->n, numbers->k, a, b, one, numbers->n);
        for (int64_t i = 0; i < entries; i++)
            result[i] += one[i];
    }
    divide(result, entries, work->arguments->samples);
}

static void run_unit(void *context, int64_t unit)
{
    const Work *work = context;
    if (work->together)
        multiply_together(work, unit);
    else
        multiply_one_by_one(work, unit);
}

/* Rows of a factor, which are summed over, are contiguous through the samples: the matrix lies with them as its rows, or is one row or column. */
static bool is_stacked(const Work *work)
{
    const MatrixProduct *numbers = &work->numbers;
    const int64_t *strides = work->arguments->strides;
    bool one = work->arguments->samples == 1;
    return work->leads == 1 && (one || (strides[0] != 0 && strides[1] != 0)) && (numbers->transpose_a || numbers->k == 1) &&
           (!numbers->transpose_b || numbers->k == 1);
}

/* Integers: a MatrixProduct. */
void KERNEL_NAME(matmul_mean)(const KernelArguments *arguments)
{
    enum { PIECE_WORK = 25000, PIECE_ROWS = 8 };
    Work work = {.arguments = arguments, .leads = 1, .pieces = 1};
    memcpy(&work.numbers, arguments->integers, sizeof work.numbers);
    const MatrixProduct *numbers = &work.numbers;
    for (int64_t i = 0; i < numbers->lead_rank; i++)
        work.leads *= numbers->lead_size[i];
    work.together = is_stacked(&work);
    if (work.together) {
        double products = (double)numbers->m * (double)numbers->n * (double)numbers->k * (double)arguments->samples;
        while (work.pieces < parallel_threads(arguments->parallel) && (double)work.pieces * PIECE_WORK < products &&
               work.pieces * PIECE_ROWS < numbers->m)
            work.pieces++;
    }
    parallel_run(arguments->parallel, work.together ? work.pieces : work.leads, run_unit, &work);
}

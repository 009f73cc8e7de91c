/* Kernels of reductions. A reduction along several axes is a chain of steps, each along one axis: its view is before x size x behind.
 *
 * Integers: the number of steps, then before, size and behind of each. Between steps the values lie in scratch. Sums are added pairwise: rows
 * of the view are halved down to blocks of eight, so n terms in s steps are off by at most (log2 n + 8 s) eps times the sum of their absolute values.
 * Where `behind` is small, several rows side by side make one wide row, and its lanes are added last. */
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/real.h"

enum { LANES = 32, BLOCK = 8 };

typedef real (*Combine)(real a, real b);

static inline real sum(real a, real b)
{
    return a + b;
}

/* A NaN in a stays by the second test, one in b by failing both. */
static inline real larger(real a, real b)
{
    return ((a > b) | (a != a)) ? a : b;
}

static inline real smaller(real a, real b)
{
    return ((a < b) | (a != a)) ? a : b;
}

/* Combines up to BLOCK rows of `width` reals, `stride` apart, into `lane`. */
INLINED void combine_block(Combine combine, const real *x, int64_t stride, int64_t rows, int64_t width, real *lane)
{
    for (int64_t i = 0; i < width; i++)
        lane[i] = x[i];
    for (int64_t row = 1; row < rows; row++)
        for (int64_t i = 0; i < width; i++)
            lane[i] = combine(lane[i], x[row * stride + i]);
}

/* NOLINTBEGIN(clang-analyzer-core.*): partial[k] is written before bit k of `blocks` is set, and only read while it is. */

/* Combines any number of rows of `width` <= LANES reals pairwise. Blocks are combined like the digits of a binary counter carry: partial[k] holds 2^k
 * of them, so that there is no recursion and rows are read in order. */
INLINED void combine_rows(Combine combine, const real *x, int64_t stride, int64_t rows, int64_t width, real *lane)
{
    real partial[60][LANES];
    int64_t blocks = 0;
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int64_t count = rows - first < BLOCK ? rows - first : BLOCK;
        combine_block(combine, x + first * stride, stride, count, width, lane);
        int level = 0;
        for (int64_t carry = blocks++; carry & 1; carry >>= 1, level++)
            for (int64_t i = 0; i < width; i++)
                lane[i] = combine(partial[level][i], lane[i]);
        for (int64_t i = 0; i < width; i++)
            partial[level][i] = lane[i];
    }
    bool empty = true;
    for (int level = 0; blocks >> level; level++) {
        if (!(blocks >> level & 1))
            continue;
        for (int64_t i = 0; i < width; i++)
            lane[i] = empty ? partial[level][i] : combine(partial[level][i], lane[i]);
        empty = false;
    }
}

/* NOLINTEND(clang-analyzer-core.*) */

/* Combines a run of `size` groups of `behind` neighbouring reals, behind a divisor of LANES: rows of LANES reals first, then their lanes. */
INLINED void combine_run(Combine combine, const real *x, int64_t size, int64_t behind, real *result)
{
    real lane[LANES] = {0};
    int64_t rows = size * behind / LANES;
    int64_t rest = size * behind - rows * LANES;
    if (rows == 0) {
        combine_rows(combine, x, behind, size, behind, lane);
    } else {
        combine_rows(combine, x, LANES, rows, LANES, lane);
        for (int64_t i = 0; i < rest; i++)
            lane[i] = combine(lane[i], x[rows * LANES + i]);
        for (int64_t width = LANES / 2; width >= behind; width /= 2)
            for (int64_t i = 0; i < width; i++)
                lane[i] = combine(lane[i], lane[i + width]);
    }
    for (int64_t i = 0; i < behind; i++)
        result[i] = lane[i];
}

/* One step: x is before x size x behind, the result before x behind. */
INLINED void reduce_step(Combine combine, const real *x, int64_t before, int64_t size, int64_t behind, real *result)
{
    for (int64_t outer = 0; outer < before; outer++, x += size * behind, result += behind) {
        if (behind < LANES && LANES % behind == 0) {
            combine_run(combine, x, size, behind, result);
            continue;
        }
        real lane[LANES] = {0};
        for (int64_t first = 0; first < behind; first += LANES) {
            int64_t width = behind - first < LANES ? behind - first : LANES;
            if (width == LANES)
                combine_rows(combine, x + first, behind, size, LANES, lane);
            else
                combine_rows(combine, x + first, behind, size, width, lane);
            for (int64_t i = 0; i < width; i++)
                result[first + i] = lane[i];
        }
    }
}

/* All steps: between them the values go to and fro between two areas of scratch. Gives the number of terms of an element of the result. */
INLINED int64_t reduce(Combine combine, const KernelArguments *arguments)
{
    int64_t steps = arguments->integers[0];
    const real *x = arguments->operands[0];
    real *area = arguments->scratch;
    real *other = NULL;
    int64_t terms = 1;
    for (int64_t i = 0; i < steps; i++) {
        const int64_t *view = arguments->integers + 1 + 3 * i;
        int64_t before = view[0] * arguments->samples;
        real *result = i == steps - 1 ? arguments->result : area;
        reduce_step(combine, x, before, view[1], view[2], result);
        terms *= view[1];
        area = other ? other : result + before * view[2];
        other = result;
        x = result;
    }
    return terms;
}

void KERNEL_NAME(reduce_sum)(const KernelArguments *arguments)
{
    reduce(sum, arguments);
}

void KERNEL_NAME(reduce_mean)(const KernelArguments *arguments)
{
    int64_t terms = reduce(sum, arguments);
    const int64_t *last = arguments->integers + 1 + 3 * (arguments->integers[0] - 1);
    int64_t count = last[0] * last[2] * arguments->samples;
    real *result = arguments->result;
    for (int64_t i = 0; i < count; i++)
        result[i] /= (real)terms;
}

void KERNEL_NAME(reduce_max)(const KernelArguments *arguments)
{
    reduce(larger, arguments);
}

void KERNEL_NAME(reduce_min)(const KernelArguments *arguments)
{
    reduce(smaller, arguments);
}

/* Integers: reals of one sample. The batch is the axis. */
void KERNEL_NAME(batch_mean)(const KernelArguments *arguments)
{
    int64_t count = arguments->integers[0];
    real *result = arguments->result;
    reduce_step(sum, arguments->operands[0], 1, arguments->samples, count, result);
    for (int64_t i = 0; i < count; i++)
        result[i] /= (real)arguments->samples;
}

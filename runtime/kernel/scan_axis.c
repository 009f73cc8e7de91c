/* Kernels that walk along one axis: the position of the largest element, and running sums. Integers: sizes before, along and behind the axis;
 * for running sums also whether they leave out their own element, and whether they begin at the end. */
#include "kernel/kernel.h"
#include "kernel/real.h"

/* The first largest element along the axis; a NaN is larger than any number. */
static int64_t largest(const real *x, int64_t size, int64_t stride)
{
    int64_t best = 0;
    real most = x[0];
    for (int64_t i = 1; i < size && most == most; i++) {
        real candidate = x[i * stride];
        if (candidate > most || candidate != candidate) {
            best = i;
            most = candidate;
        }
    }
    return best;
}

void KERNEL_NAME(argmax)(const KernelArguments *arguments)
{
    int64_t outer = arguments->integers[0] * arguments->samples;
    int64_t size = arguments->integers[1];
    int64_t inner = arguments->integers[2];
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    for (int64_t i = 0; i < outer; i++, x += size * inner)
        for (int64_t j = 0; j < inner; j++)
            *result++ = (real)largest(x + j, size, inner);
}

/* A sum and what rounding took from it so far (Neumaier 1974): its error is 2 eps of the result and n eps^2 of the terms. */
typedef struct Sum {
    real sum;
    real lost;
} Sum;

static inline void sum_add(Sum *sum, real term)
{
    real next = sum->sum + term;
    real size = sum->sum < 0 ? -sum->sum : sum->sum;
    real term_size = term < 0 ? -term : term;
    real lost = size >= term_size ? sum->sum - next + term : term - next + sum->sum;
    sum->sum = next;
    if (lost - lost == 0) /* not where the sum has become infinite or NaN */
        sum->lost += lost;
}

/* Runs along one line of the axis; the result may lie on x. */
static void run(const real *x, int64_t size, int64_t step, bool exclusive, real *result)
{
    Sum sum = {0, 0};
    for (int64_t i = 0; i < size; i++) {
        real term = x[i * step];
        real before = sum.sum + sum.lost;
        sum_add(&sum, term);
        result[i * step] = exclusive ? before : sum.sum + sum.lost;
    }
}

void KERNEL_NAME(cumulative_sum)(const KernelArguments *arguments)
{
    int64_t outer = arguments->integers[0] * arguments->samples;
    int64_t size = arguments->integers[1];
    int64_t inner = arguments->integers[2];
    bool exclusive = arguments->integers[3] != 0;
    bool reverse = arguments->integers[4] != 0;
    int64_t first = reverse ? (size - 1) * inner : 0;
    int64_t step = reverse ? -inner : inner;
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < inner; j++) {
            int64_t at = i * size * inner + j + first;
            run(x + at, size, step, exclusive, result + at);
        }
}

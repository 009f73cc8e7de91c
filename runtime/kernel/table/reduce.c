/* Kernels of reductions. */
#include "kernel/table/row.h"

KERNEL_DECLARE(reduce_sum);
KERNEL_DECLARE(reduce_mean);
KERNEL_DECLARE(reduce_max);
KERNEL_DECLARE(reduce_min);
KERNEL_DECLARE(batch_mean);
KERNEL_DECLARE(argmax);
KERNEL_DECLARE(cumulative_sum);

/* Room for the results of the first step and of the second, when they are not the last. */
static size_t reduce_scratch(const int64_t *integers, int64_t samples)
{
    int64_t reals = 0;
    for (int64_t i = 0; i < 2 && i < integers[0] - 1; i++)
        reals += integers[1 + 3 * i] * integers[3 + 3 * i] * samples;
    return (size_t)reals;
}

const KernelInfo kernels_reduce[] = {
    {.name = "reduce_sum", KERNEL_FUNCTIONS(reduce_sum), .specialise = kernel_by_numbers, .scratch = reduce_scratch},
    {.name = "reduce_mean", KERNEL_FUNCTIONS(reduce_mean), .specialise = kernel_by_numbers, .scratch = reduce_scratch},
    {.name = "reduce_max", KERNEL_FUNCTIONS(reduce_max), .specialise = kernel_by_numbers, .scratch = reduce_scratch},
    {.name = "reduce_min", KERNEL_FUNCTIONS(reduce_min), .specialise = kernel_by_numbers, .scratch = reduce_scratch},
    {.name = "batch_mean", KERNEL_FUNCTIONS(batch_mean), .specialise = kernel_by_numbers},
    {.name = "argmax", KERNEL_FUNCTIONS(argmax), .specialise = kernel_by_numbers},
    {.name = "cumulative_sum", KERNEL_FUNCTIONS(cumulative_sum), .specialise = kernel_by_numbers},
    {.name = NULL},
};

/* Kernels of windows and bins. */
#include "kernel/table/row.h"

KERNEL_DECLARE(pool_max);
KERNEL_DECLARE(pool_mean);
KERNEL_DECLARE(adaptive_pool_max);
KERNEL_DECLARE(adaptive_pool_mean);

const KernelInfo kernels_pool[] = {
    {.name = "pool_max", KERNEL_FUNCTIONS(pool_max), .specialise = kernel_by_numbers},
    {.name = "pool_mean", KERNEL_FUNCTIONS(pool_mean), .specialise = kernel_by_numbers},
    {.name = "adaptive_pool_max", KERNEL_FUNCTIONS(adaptive_pool_max), .specialise = kernel_by_numbers},
    {.name = "adaptive_pool_mean", KERNEL_FUNCTIONS(adaptive_pool_mean), .specialise = kernel_by_numbers},
    {.name = NULL},
};

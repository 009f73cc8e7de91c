/* Kernels of windows and bins. */
#include "kernel/table/row.h"

KERNEL_DECLARE(pool_max);
KERNEL_DECLARE(pool_mean);
KERNEL_DECLARE(pool_max_spread);
KERNEL_DECLARE(pool_max_pick);
KERNEL_DECLARE(adaptive_pool_max);
KERNEL_DECLARE(adaptive_pool_mean);

const KernelInfo kernels_pool[] = {
    {.name = "pool_max", KERNEL_FUNCTIONS(pool_max)},
    {.name = "pool_mean", KERNEL_FUNCTIONS(pool_mean)},
    {.name = "adaptive_pool_max", KERNEL_FUNCTIONS(adaptive_pool_max)},
    {.name = "adaptive_pool_mean", KERNEL_FUNCTIONS(adaptive_pool_mean)},
    {.name = "pool_max_spread", KERNEL_FUNCTIONS(pool_max_spread)},
    {.name = "pool_max_pick", KERNEL_FUNCTIONS(pool_max_pick)},
    {.name = NULL},
};

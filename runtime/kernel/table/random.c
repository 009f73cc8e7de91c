/* Kernels of random tensors. */
#include "kernel/table/row.h"

KERNEL_DECLARE(random_uniform);
KERNEL_DECLARE(random_normal);

const KernelInfo kernels_random[] = {
    {.name = "uniform", KERNEL_FUNCTIONS(random_uniform)},
    {.name = "normal", KERNEL_FUNCTIONS(random_normal)},
    {.name = NULL},
};

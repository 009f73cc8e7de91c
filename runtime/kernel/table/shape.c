/* Kernels of copying operations: strided walks, joining, padding, gathering, one-hot. */
#include "kernel/table/row.h"

KERNEL_DECLARE(copy_strided);
KERNEL_DECLARE(concatenate);
KERNEL_DECLARE(pad);
KERNEL_DECLARE(gather);
KERNEL_DECLARE(one_hot);
KERNEL_DECLARE(scatter_mean);

const KernelInfo kernels_shape[] = {
    {.name = "copy_strided", KERNEL_FUNCTIONS(copy_strided), .specialise = kernel_by_numbers},
    {.name = "concatenate", KERNEL_FUNCTIONS(concatenate), .specialise = kernel_by_numbers},
    {.name = "pad", KERNEL_FUNCTIONS(pad), .specialise = kernel_by_numbers},
    {.name = "gather", KERNEL_FUNCTIONS(gather), .specialise = kernel_by_numbers},
    {.name = "one_hot", KERNEL_FUNCTIONS(one_hot), .specialise = kernel_by_numbers},
    {.name = "scatter_mean", KERNEL_FUNCTIONS(scatter_mean)},
    {.name = NULL},
};

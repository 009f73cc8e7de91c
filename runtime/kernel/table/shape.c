/* Kernels of copying operations: strided walks, joining, padding, gathering, one-hot. */
#include "kernel/table/row.h"

KERNEL_DECLARE(copy_strided);
KERNEL_DECLARE(concatenate);
KERNEL_DECLARE(pad);
KERNEL_DECLARE(gather);
KERNEL_DECLARE(one_hot);

const KernelInfo kernels_shape[] = {
    {.name = "copy_strided", KERNEL_FUNCTIONS(copy_strided)},
    {.name = "concatenate", KERNEL_FUNCTIONS(concatenate)},
    {.name = "pad", KERNEL_FUNCTIONS(pad)},
    {.name = "gather", KERNEL_FUNCTIONS(gather)},
    {.name = "one_hot", KERNEL_FUNCTIONS(one_hot)},
    {.name = NULL},
};

/* Kernels of copying operations: strided walks, joining, padding, gathering, one-hot. */
#include "kernel/table/row.h"

KERNEL_DECLARE(copy_strided);

const KernelInfo kernels_shape[] = {
    {.name = "copy_strided", KERNEL_FUNCTIONS(copy_strided)},
    {.name = NULL},
};

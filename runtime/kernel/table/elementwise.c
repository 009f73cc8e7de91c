/* Kernels of element-wise operations. */
#include "kernel/table/row.h"

const KernelInfo kernels_elementwise[] = {
    {.name = NULL},
};

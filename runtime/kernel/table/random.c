/* Kernels of random tensors. */
#include "kernel/table/row.h"

const KernelInfo kernels_random[] = {
    {.name = NULL},
};

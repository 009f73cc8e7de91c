/* Kernels of reductions. */
#include "kernel/table/row.h"

const KernelInfo kernels_reduce[] = {
    {.name = NULL},
};

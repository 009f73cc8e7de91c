/* Kernels of windows. */
#include "kernel/table/row.h"

const KernelInfo kernels_pool[] = {
    {.name = NULL},
};

/* Kernels of transforms and complex numbers. */
#include "kernel/table/row.h"

const KernelInfo kernels_spectral[] = {
    {.name = NULL},
};

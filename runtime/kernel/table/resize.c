/* Kernels of resizing. */
#include "kernel/table/row.h"

const KernelInfo kernels_resize[] = {
    {.name = NULL},
};

/* Kernels of matrix products and convolutions. */
#include "kernel/table/row.h"

const KernelInfo kernels_contract[] = {
    {.name = NULL},
};

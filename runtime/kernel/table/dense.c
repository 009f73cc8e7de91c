/* Kernels of products with packed weights. */
#include "kernel/table/row.h"

KERNEL_DECLARE(pack_dense);
KERNEL_DECLARE_WIDER(dense_packed);

const KernelInfo kernels_dense[] = {
    {.name = "pack_dense", KERNEL_FUNCTIONS(pack_dense)},
    {.name = "dense_packed", KERNEL_WIDER_FUNCTIONS(dense_packed)},
    {.name = NULL},
};

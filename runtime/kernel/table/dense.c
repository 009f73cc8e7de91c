/* Kernels of dense layers, and of convolutions with few filters. */
#include "kernel/rows.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE(pack_dense);
KERNEL_DECLARE_WIDER(dense_packed);
KERNEL_DECLARE_WIDER(convolve_rows);

static size_t rows_scratch(const int64_t *integers, int64_t samples)
{
    RowConvolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    return row_scratch(&convolution, samples);
}

const KernelInfo kernels_dense[] = {
    {.name = "pack_dense", KERNEL_FUNCTIONS(pack_dense)},
    {.name = "dense_packed", KERNEL_WIDER_FUNCTIONS(dense_packed)},
    {.name = "convolve_rows", KERNEL_WIDER_FUNCTIONS(convolve_rows), .scratch = rows_scratch},
    {.name = NULL},
};

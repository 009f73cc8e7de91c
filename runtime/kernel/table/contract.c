/* Kernels of matrix products and convolutions. */
#include "kernel/convolve.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(matmul);
KERNEL_DECLARE_WIDER(convolve);
KERNEL_DECLARE_WIDER(convolve_transposed);

/* Reals of columns for so many blocks at once. */
static size_t column_scratch(int64_t depth, int64_t positions, int64_t units)
{
    return (size_t)(convolution_lanes(units) * depth * convolution_block(depth, positions));
}

static size_t convolve_scratch(const int64_t *integers, int64_t samples)
{
    Convolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    if (convolution_is_direct(&convolution) || convolution_is_pointwise(&convolution))
        return 0;
    int64_t depth = convolution_depth(&convolution), positions = window_product(convolution.window.out);
    int64_t block = convolution_block(depth, positions);
    return column_scratch(depth, positions, samples * convolution.groups * ((positions + block - 1) / block));
}

/* What comes down to a matrix product is BLAS's work. */
static Specialise convolve_gains(const int64_t *integers)
{
    Convolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    return convolution_is_direct(&convolution) ? SPECIALISE_NUMBERS : SPECIALISE_NEVER;
}

static size_t convolve_transposed_scratch(const int64_t *integers, int64_t samples)
{
    Convolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    int64_t depth = convolution.filters / convolution.groups * window_product(convolution.window.kernel);
    return column_scratch(depth, window_product(convolution.window.out), samples * convolution.groups);
}

const KernelInfo kernels_contract[] = {
    {.name = "matmul", KERNEL_WIDER_FUNCTIONS(matmul)},
    {.name = "convolve", KERNEL_WIDER_FUNCTIONS(convolve), .specialise = convolve_gains, .scratch = convolve_scratch},
    {.name = "convolve_transposed", KERNEL_WIDER_FUNCTIONS(convolve_transposed), .scratch = convolve_transposed_scratch},
    {.name = NULL},
};

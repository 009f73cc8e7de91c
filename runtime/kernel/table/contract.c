/* Kernels of matrix products and convolutions. */
#include "kernel/convolve_weight.h"
#include "kernel/matmul.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(matmul);
KERNEL_DECLARE_WIDER(convolve);
KERNEL_DECLARE_WIDER(convolve_transposed);
KERNEL_DECLARE_WIDER(matmul_mean);
KERNEL_DECLARE_WIDER(convolve_weight);

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

/* Matrix products are as fast for all numbers. */
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

static size_t convolve_weight_scratch(const int64_t *integers, int64_t samples)
{
    Convolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    WeightBlocks blocks = weight_blocks(&convolution, samples);
    int64_t sums = blocks.parts * convolution.groups * blocks.filters * blocks.depth;
    return (size_t)(blocks.lanes * weight_lane_reals(&blocks) + sums);
}

/* One product for each index of the leading dimensions, to add to the sum. */
static size_t matmul_mean_scratch(const int64_t *integers, int64_t samples)
{
    (void)samples;
    MatrixProduct numbers;
    memcpy(&numbers, integers, sizeof numbers);
    int64_t reals = numbers.m * numbers.n, leads = 1;
    for (int64_t i = 0; i < numbers.lead_rank; i++)
        leads *= numbers.lead_size[i];
    return (size_t)(reals * leads);
}

const KernelInfo kernels_contract[] = {
    {.name = "matmul", KERNEL_WIDER_FUNCTIONS(matmul)},
    {.name = "convolve",
     KERNEL_WIDER_FUNCTIONS(convolve),
     .specialise = convolve_gains,
     .specialised_alone = true,
     .scratch = convolve_scratch},
    {.name = "convolve_transposed", KERNEL_WIDER_FUNCTIONS(convolve_transposed), .scratch = convolve_transposed_scratch},
    {.name = "matmul_mean", KERNEL_WIDER_FUNCTIONS(matmul_mean), .scratch = matmul_mean_scratch},
    {.name = "convolve_weight", KERNEL_WIDER_FUNCTIONS(convolve_weight), .scratch = convolve_weight_scratch},
    {.name = NULL},
};

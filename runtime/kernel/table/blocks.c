/* Kernels on blocked images. */
#include "kernel/blocks.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(to_blocks);
KERNEL_DECLARE_WIDER(from_blocks);
KERNEL_DECLARE(pack_convolution);
KERNEL_DECLARE_WIDER(convolve_blocks);
KERNEL_DECLARE_WIDER(convolve_planar);
KERNEL_DECLARE_WIDER(convolve_depthwise);
KERNEL_DECLARE_WIDER(pool_blocks);

/* Room for the copy that block_view describes; single precision has the most lanes. */
static size_t convolve_scratch(const int64_t *integers, int64_t samples)
{
    enum { MOST_LANES = 16 };
    (void)samples; /* one sample after the other */
    BlockConvolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    BlockView view = block_view(&convolution.window);
    int64_t channels = convolution.groups * convolution.channels;
    return convolution.planar ? block_view_reals(&view, 1, channels)
                              : block_view_reals(&view, MOST_LANES, blocks_of(channels, MOST_LANES));
}

const KernelInfo kernels_blocks[] = {
    {.name = "to_blocks", KERNEL_WIDER_FUNCTIONS(to_blocks)},
    {.name = "from_blocks", KERNEL_WIDER_FUNCTIONS(from_blocks)},
    {.name = "pack_convolution", KERNEL_FUNCTIONS(pack_convolution)},
    {.name = "convolve_blocks", KERNEL_WIDER_FUNCTIONS(convolve_blocks), .scratch = convolve_scratch},
    {.name = "convolve_planar", KERNEL_WIDER_FUNCTIONS(convolve_planar), .scratch = convolve_scratch},
    {.name = "convolve_depthwise", KERNEL_WIDER_FUNCTIONS(convolve_depthwise)},
    {.name = "pool_blocks", KERNEL_WIDER_FUNCTIONS(pool_blocks)},
    {.name = NULL},
};

/* Kernels on batches in lanes, the way back from pooling blocks, and element-wise operations done together. */
#include "kernel/lanes.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(to_lanes);
KERNEL_DECLARE_WIDER(from_lanes);
KERNEL_DECLARE_WIDER(convolve_lanes);
KERNEL_DECLARE_WIDER(convolve_lanes_back);
KERNEL_DECLARE_WIDER(convolve_lanes_weight);
KERNEL_DECLARE_WIDER(spread_blocks);
KERNEL_DECLARE_WIDER(sum_lanes);
KERNEL_DECLARE_WIDER(elements);
KERNEL_DECLARE_WIDER(sum_elements);

/* Weights in the order of the tiles, and a view for each worker. */
static size_t convolve_scratch(const LaneConvolution *convolution, bool back)
{
    const BlockWindow *window = &convolution->window;
    int64_t sources = back ? convolution->filters : convolution->channels,
            results = back ? convolution->channels : convolution->filters;
    int64_t together = lane_together(results), blocks = 0, units = 0, phases = back ? window->stride[0] * window->stride[1] : 1;
    for (int64_t i = 0; i < phases; i++) {
        LaneAxis rows = back ? lane_axis_back(window, 0, i / window->stride[1]) : lane_axis(window, 0);
        LaneAxis columns = back ? lane_axis_back(window, 1, i % window->stride[1]) : lane_axis(window, 1);
        int64_t own = lane_view_blocks(&rows, &columns, sources);
        blocks = own > blocks ? own : blocks;
        units += convolution->sets * convolution->groups * blocks_of(rows.count, lane_band(&rows, &columns, sources));
    }
    int64_t packed =
        convolution->groups * blocks_of(results, together) * together * sources * window->kernel[0] * window->kernel[1];
    return (size_t)((blocks_of(packed, convolution->lanes) + least(units, LANE_WORKERS) * blocks) * convolution->lanes);
}

static size_t forward_scratch(const int64_t *integers, int64_t samples)
{
    (void)samples;
    LaneConvolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    return convolve_scratch(&convolution, false);
}

static size_t back_scratch(const int64_t *integers, int64_t samples)
{
    (void)samples;
    LaneConvolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    return convolve_scratch(&convolution, true);
}

/* Sums for each part, then offsets and a view for each unit at work. */
static size_t weight_scratch(const int64_t *integers, int64_t samples)
{
    (void)samples;
    LaneConvolution convolution;
    memcpy(&convolution, integers, sizeof convolution);
    const BlockWindow *window = &convolution.window;
    LaneAxis rows = lane_axis(window, 0), columns = lane_axis(window, 1);
    int64_t depth = convolution.channels * window->kernel[0] * window->kernel[1];
    int64_t view =
        lane_view_blocks(&rows, &columns, convolution.channels) + blocks_of(depth * (int64_t)sizeof(int64_t), LANE_BYTES);
    int64_t sums = lane_parts(&convolution) * convolution.groups * convolution.filters * depth;
    return (size_t)((sums + (LANE_WORKERS + 1) * view) * convolution.lanes);
}

const KernelInfo kernels_lanes[] = {
    {.name = "to_lanes", KERNEL_WIDER_FUNCTIONS(to_lanes)},
    {.name = "from_lanes", KERNEL_WIDER_FUNCTIONS(from_lanes)},
    {.name = "convolve_lanes", KERNEL_WIDER_FUNCTIONS(convolve_lanes), .scratch = forward_scratch},
    {.name = "convolve_lanes_back", KERNEL_WIDER_FUNCTIONS(convolve_lanes_back), .scratch = back_scratch},
    {.name = "convolve_lanes_weight", KERNEL_WIDER_FUNCTIONS(convolve_lanes_weight), .scratch = weight_scratch},
    {.name = "spread_blocks", KERNEL_WIDER_FUNCTIONS(spread_blocks)},
    {.name = "sum_lanes", KERNEL_WIDER_FUNCTIONS(sum_lanes)},
    {.name = "elements", KERNEL_WIDER_FUNCTIONS(elements)},
    {.name = "sum_elements", KERNEL_WIDER_FUNCTIONS(sum_elements)},
    {.name = NULL},
};

/* Convolution: each filter's sum of products with the operand under the window, at each position.
 *
 * Operand: channels x entries; weight: filters x channels of a group x window. With several filters a group it is a matrix product: weights times
 * columns, block by block of positions; with one or two the window slides directly, a row at a time. Blocks do not depend on the number of
 * threads, so neither does the result. */
#include "kernel/convolve.h"
#include "kernel/multiply.h"
#include "kernel/vector/columns.h"
#include "thread/parallel.h"

#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

/* What all units of work share. */
typedef struct Work {
    const KernelArguments *arguments;
    Convolution convolution;
    int64_t entries;   /* of a channel of the operand */
    int64_t positions; /* of a channel of the result */
    int64_t depth;     /* entries of a column */
    int64_t block;     /* positions of a block */
    int64_t blocks;    /* of a sample and group */
    int64_t lanes;
    int64_t units;
} Work;

static const real *operand_start(const Work *work, int64_t sample)
{
    return (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0];
}

static const real *weight_start(const Work *work, int64_t sample)
{
    return (const real *)work->arguments->operands[1] + sample * work->arguments->strides[1];
}

static real *result_start(const Work *work, int64_t sample)
{
    return (real *)work->arguments->result + sample * work->arguments->result_stride;
}

/* The columns of positions first .. last - 1 of one group: depth rows of last - first. */
static void fill_columns(const Work *work, const real *group, int64_t first, int64_t last, real *columns)
{
    const Window *window = &work->convolution.window;
    for (int64_t channel = 0; channel < work->convolution.channels / work->convolution.groups; channel++) {
        int64_t k[WINDOW_AXES];
        for (k[0] = 0; k[0] < window->kernel[0]; k[0]++)
            for (k[1] = 0; k[1] < window->kernel[1]; k[1]++)
                for (k[2] = 0; k[2] < window->kernel[2]; k[2]++) {
                    fill_column_row(&work->convolution, group + channel * work->entries, k, first, last, columns);
                    columns += last - first;
                }
    }
}

/* One block of positions of one group of one sample. */
static void convolve_block(const Work *work, int64_t unit, real *columns)
{
    const Convolution *convolution = &work->convolution;
    int64_t sample = unit / work->blocks / convolution->groups;
    int64_t group = unit / work->blocks % convolution->groups;
    int64_t first = unit % work->blocks * work->block;
    int64_t last = first + work->block < work->positions ? first + work->block : work->positions;
    int64_t filters = convolution->filters / convolution->groups;
    const real *operand = operand_start(work, sample) + group * (convolution->channels / convolution->groups) * work->entries;
    Matrix weights = {weight_start(work, sample) + group * filters * work->depth, work->depth, false};
    Matrix entries = {operand + first, work->entries, false};
    if (!convolution_is_pointwise(convolution)) {
        fill_columns(work, operand, first, last, columns);
        entries = (Matrix){columns, last - first, false};
    }
    KERNEL_NAME(multiply)
    (filters, last - first, work->depth, weights, entries, result_start(work, sample) + group * filters * work->positions + first,
     work->positions);
}

/* --- directly -------------------------------------------------------------------------------------------------------------- */

/* to[p] += factor * the entry under k of the window at position p of the last axis. */
static void add_row(const Convolution *convolution, const real *row, int64_t k, real factor, real *to)
{
    const Window *window = &convolution->window;
    int64_t stride = window->stride[2], offset = k * window->dilation[2] - window->before[2];
    if (convolution->border != BORDER_ZERO) {
        for (int64_t p = 0; p < window->out[2]; p++)
            to[p] += factor * row[border_index((Border)convolution->border, p * stride + offset, window->in[2])];
        return;
    }
    int64_t low, high;
    window_range(window, 2, k, &low, &high);
    if (stride == 1)
        for (int64_t p = low; p < high; p++)
            to[p] += factor * row[p + offset];
    else
        for (int64_t p = low; p < high; p++)
            to[p] += factor * row[p * stride + offset];
}

/* Adds one channel under the filter's slice to the row (z, y) of positions. */
static void add_channel(const Convolution *convolution, const real *channel, const real *filter, int64_t z, int64_t y, real *to)
{
    const int64_t *size = convolution->window.kernel;
    int64_t k[2];
    for (k[0] = 0; k[0] < size[0]; k[0]++)
        for (k[1] = 0; k[1] < size[1]; k[1]++) {
            const real *row = source_row(convolution, channel, k, z, y);
            for (int64_t k2 = 0; row && k2 < size[2]; k2++)
                add_row(convolution, row, k2, filter[(k[0] * size[1] + k[1]) * size[2] + k2], to);
        }
}

/* One filter over one sample. */
static void convolve_filter(const Work *work, int64_t unit)
{
    const Convolution *convolution = &work->convolution;
    const int64_t *out = convolution->window.out;
    int64_t sample = unit / convolution->filters, filter = unit % convolution->filters;
    int64_t channels = convolution->channels / convolution->groups;
    int64_t group = filter / (convolution->filters / convolution->groups);
    const real *operand = operand_start(work, sample) + group * channels * work->entries;
    const real *weight = weight_start(work, sample) + filter * work->depth;
    real *to = result_start(work, sample) + filter * work->positions;
    fill_zero(to, work->positions);
    for (int64_t row = 0; row < out[0] * out[1]; row++)
        for (int64_t channel = 0; channel < channels; channel++)
            add_channel(convolution, operand + channel * work->entries, weight + channel * (work->depth / channels), row / out[1],
                        row % out[1], to + row * out[2]);
}

/* --- sharing out ----------------------------------------------------------------------------------------------------------- */

/* Every lanes-th unit, with the lane's part of the scratch. */
static void run_lane(void *context, int64_t lane)
{
    const Work *work = context;
    for (int64_t unit = lane; unit < work->units; unit += work->lanes) {
        if (convolution_is_direct(&work->convolution))
            convolve_filter(work, unit);
        else
            convolve_block(work, unit, (real *)work->arguments->scratch + lane * work->depth * work->block);
    }
}

/* Integers: a Convolution. */
void KERNEL_NAME(convolve)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    work.entries = window_product(work.convolution.window.in);
    work.positions = window_product(work.convolution.window.out);
    work.depth = convolution_depth(&work.convolution);
    work.block = convolution_block(work.depth, work.positions);
    work.blocks = (work.positions + work.block - 1) / work.block;
    bool direct = convolution_is_direct(&work.convolution);
    work.units = arguments->samples * (direct ? work.convolution.filters : work.convolution.groups * work.blocks);
    int64_t threads = parallel_threads(arguments->parallel);
    work.lanes = convolution_lanes(work.units);
    if (work.lanes > threads)
        work.lanes = threads;
    parallel_run(arguments->parallel, work.lanes, run_lane, &work);
}

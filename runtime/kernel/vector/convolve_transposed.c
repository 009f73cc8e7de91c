/* Transposed convolution, the adjoint of a convolution: each entry of the operand adds the filter, scaled, to the result at its position.
 *
 * Operand: channels x positions; weight: channels x filters of a group x window. A matrix product gives, for a block of positions, the columns that
 * each adds; then they are added where they belong. */
#include "kernel/convolve.h"
#include "kernel/multiply.h"
#include "thread/parallel.h"

#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

typedef struct Work {
    const KernelArguments *arguments;
    Convolution convolution;
    int64_t positions; /* entries of a channel of the operand */
    int64_t entries;   /* of a channel of the result */
    int64_t depth;     /* entries of a column: filters of a group times entries of the window */
    int64_t block;
    int64_t lanes;
    int64_t units; /* samples times groups */
} Work;

/* Adds one row of the columns, entry k of the window at positions first .. last - 1, to one channel of the result. */
static void add_column_row(const Window *window, const int64_t *k, int64_t first, int64_t last, const real *from, real *channel)
{
    int64_t width = window->out[2], low, high;
    window_range(window, 2, k[2], &low, &high);
    for (int64_t p = first; p < last;) {
        int64_t row = p / width, start = p % width;
        int64_t until = last - p < width - start ? start + last - p : width;
        int64_t z = row / window->out[1] * window->stride[0] + k[0] * window->dilation[0] - window->before[0];
        int64_t y = row % window->out[1] * window->stride[1] + k[1] * window->dilation[1] - window->before[1];
        if (z >= 0 && z < window->in[0] && y >= 0 && y < window->in[1]) {
            int64_t place = (z * window->in[1] + y) * window->in[2] + k[2] * window->dilation[2] - window->before[2];
            for (int64_t x = low > start ? low : start; x < (high < until ? high : until); x++)
                channel[place + x * window->stride[2]] += from[x - start];
        }
        from += until - start;
        p += until - start;
    }
}

/* Adds a block of columns, depth rows of last - first, to the group's channels of the result. */
static void add_columns(const Work *work, const real *columns, int64_t first, int64_t last, real *result)
{
    const Window *window = &work->convolution.window;
    for (int64_t filter = 0; filter < work->convolution.filters / work->convolution.groups; filter++) {
        int64_t k[WINDOW_AXES];
        for (k[0] = 0; k[0] < window->kernel[0]; k[0]++)
            for (k[1] = 0; k[1] < window->kernel[1]; k[1]++)
                for (k[2] = 0; k[2] < window->kernel[2]; k[2]++) {
                    add_column_row(window, k, first, last, columns, result + filter * work->entries);
                    columns += last - first;
                }
    }
}

/* One group of one sample. */
static void run_unit(const Work *work, int64_t unit, real *columns)
{
    const KernelArguments *arguments = work->arguments;
    const Convolution *convolution = &work->convolution;
    int64_t sample = unit / convolution->groups, group = unit % convolution->groups;
    int64_t channels = convolution->channels / convolution->groups, filters = convolution->filters / convolution->groups;
    const real *operand =
        (const real *)arguments->operands[0] + sample * arguments->strides[0] + group * channels * work->positions;
    const real *weight = (const real *)arguments->operands[1] + sample * arguments->strides[1] + group * channels * work->depth;
    real *result = (real *)arguments->result + sample * arguments->result_stride + group * filters * work->entries;
    memset(result, 0, (size_t)(filters * work->entries) * sizeof *result);
    for (int64_t first = 0; first < work->positions; first += work->block) {
        int64_t count = work->positions - first < work->block ? work->positions - first : work->block;
        KERNEL_NAME(multiply)
        (work->depth, count, channels, (Matrix){weight, work->depth, true}, (Matrix){operand + first, work->positions, false},
         columns, count);
        add_columns(work, columns, first, first + count, result);
    }
}

static void run_lane(void *context, int64_t lane)
{
    const Work *work = context;
    for (int64_t unit = lane; unit < work->units; unit += work->lanes)
        run_unit(work, unit, (real *)work->arguments->scratch + lane * work->depth * work->block);
}

/* Integers: a Convolution. */
void KERNEL_NAME(convolve_transposed)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    const Convolution *convolution = &work.convolution;
    work.positions = window_product(convolution->window.out);
    work.entries = window_product(convolution->window.in);
    work.depth = convolution->filters / convolution->groups * window_product(convolution->window.kernel);
    work.block = convolution_block(work.depth, work.positions);
    work.units = arguments->samples * convolution->groups;
    int64_t threads = parallel_threads(arguments->parallel);
    work.lanes = convolution_lanes(work.units);
    if (work.lanes > threads)
        work.lanes = threads;
    parallel_run(arguments->parallel, work.lanes, run_lane, &work);
}

/* What the weight of a convolution gets, as the mean over the batch: for each block of positions the values, filters x positions, times the transposed
 * columns of the operand. Blocks reach over several samples where a sample has few positions, so that the products are worth their overhead. */
#include "kernel/convolve_weight.h"
#include "kernel/multiply.h"
#include "kernel/vector/columns.h"
#include "thread/parallel.h"

typedef KERNEL_NAME(Matrix) Matrix;

typedef struct Work {
    const KernelArguments *arguments;
    Convolution convolution;
    WeightBlocks blocks;
    int64_t entries; /* of a channel of the operand */
    int64_t lanes;
} Work;

/* Part of a block: positions first .. last - 1 of one sample, which stand from `offset` on in rows of `width`. */
typedef struct Segment {
    int64_t sample, first, last, offset, width;
} Segment;

static void fill_columns(const Work *work, int64_t group, const Segment *segment, real *columns)
{
    const Convolution *convolution = &work->convolution;
    const Window *window = &convolution->window;
    int64_t channels = convolution->channels / convolution->groups;
    const real *operand = (const real *)work->arguments->operands[0] + segment->sample * work->arguments->strides[0] +
                          group * channels * work->entries;
    columns += segment->offset;
    for (int64_t channel = 0; channel < channels; channel++) {
        int64_t k[WINDOW_AXES];
        for (k[0] = 0; k[0] < window->kernel[0]; k[0]++)
            for (k[1] = 0; k[1] < window->kernel[1]; k[1]++)
                for (k[2] = 0; k[2] < window->kernel[2]; k[2]++) {
                    fill_column_row(convolution, operand + channel * work->entries, k, segment->first, segment->last, columns);
                    columns += segment->width;
                }
    }
}

static void fill_values(const Work *work, int64_t group, const Segment *segment, real *values)
{
    const WeightBlocks *blocks = &work->blocks;
    const real *from = (const real *)work->arguments->operands[1] + segment->sample * work->arguments->strides[1] +
                       group * blocks->filters * blocks->positions + segment->first;
    for (int64_t filter = 0; filter < blocks->filters; filter++)
        memcpy(values + filter * segment->width + segment->offset, from + filter * blocks->positions,
               (size_t)(segment->last - segment->first) * sizeof *values);
}

/* Adds a block's product to the sum. */
static void add_block(const Work *work, int64_t group, int64_t block, real *room, real *sum)
{
    const WeightBlocks *blocks = &work->blocks;
    int64_t all = blocks->positions * work->arguments->samples, first = block * blocks->block;
    int64_t last = first + blocks->block < all ? first + blocks->block : all, width = last - first;
    real *columns = room, *values = columns + blocks->depth * blocks->block, *product = values + blocks->filters * blocks->block;
    for (int64_t at = first; at < last;) {
        Segment segment = {.sample = at / blocks->positions, .first = at % blocks->positions, .offset = at - first, .width = width};
        segment.last = last - at < blocks->positions - segment.first ? segment.first + last - at : blocks->positions;
        fill_columns(work, group, &segment, columns);
        fill_values(work, group, &segment, values);
        at += segment.last - segment.first;
    }
    Matrix a = {values, width, false}, b = {columns, width, true};
    KERNEL_NAME(multiply)(blocks->filters, blocks->depth, width, a, b, product, blocks->depth);
    for (int64_t i = 0; i < blocks->filters * blocks->depth; i++)
        sum[i] += product[i];
}

/* The sum of one part of one group. */
static real *part_sum(const Work *work, int64_t unit)
{
    return (real *)work->arguments->scratch + work->blocks.lanes * weight_lane_reals(&work->blocks) +
           unit * work->blocks.filters * work->blocks.depth;
}

static void run_lane(void *context, int64_t lane)
{
    const Work *work = context;
    const WeightBlocks *blocks = &work->blocks;
    real *room = (real *)work->arguments->scratch + lane * weight_lane_reals(blocks);
    for (int64_t unit = lane; unit < blocks->parts * work->convolution.groups; unit += work->lanes) {
        real *sum = part_sum(work, unit);
        fill_zero(sum, blocks->filters * blocks->depth);
        for (int64_t block = unit % blocks->parts; block < blocks->blocks; block += blocks->parts)
            add_block(work, unit / blocks->parts, block, room, sum);
    }
}

/* Integers: a Convolution, with `out` from the values. */
void KERNEL_NAME(convolve_weight)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    work.blocks = weight_blocks(&work.convolution, arguments->samples);
    work.entries = window_product(work.convolution.window.in);
    int64_t threads = parallel_threads(arguments->parallel);
    work.lanes = work.blocks.lanes < threads ? work.blocks.lanes : threads;
    parallel_run(arguments->parallel, work.lanes, run_lane, &work);
    int64_t weights = work.blocks.filters * work.blocks.depth;
    real *result = arguments->result;
    for (int64_t group = 0; group < work.convolution.groups; group++)
        for (int64_t i = 0; i < weights; i++) {
            real sum = 0;
            for (int64_t part = 0; part < work.blocks.parts; part++)
                sum += part_sum(&work, group * work.blocks.parts + part)[i];
            result[group * weights + i] = sum / (real)arguments->samples;
        }
}

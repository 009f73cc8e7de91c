/* Convolution with 3x3 taps and stride 1 by Winograd's transforms, over blocked images; see winograd.h.
 *
 * Operands: entries [channel blocks, H, W, lanes]; weights as pack_winograd writes them, [filter blocks, points, channels, lanes]; what the
 * tail takes. In the scratch: transformed entries [point][channel block][tile][lanes], and for each thread the sums of one block of filters,
 * [point][tile][lanes]. A sum is always added up in the order of the channels, so results do not depend on how the work is cut. */
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/tail.h"
#include "kernel/vector/vector.h"
#include "kernel/vector/winograd_multiply.h"
#include "kernel/vector/winograd_transform.h"
#include "kernel/winograd.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    Winograd winograd;
    Tail tail;
    WinogradPlan plan;
    int64_t first, last; /* tiles of the block that the threads work on together */
} Work;

/* Where a tile is. */
typedef struct Place {
    int64_t sample, row, column;
} Place;

static inline Place find_tile(const WinogradPlan *plan, int64_t index)
{
    int64_t each = plan->down * plan->across;
    return (Place){index / each, index % each / plan->across, index % plan->across};
}

static inline void next_tile(const WinogradPlan *plan, Place *place)
{
    if (++place->column < plan->across)
        return;
    place->column = 0;
    if (++place->row < plan->down)
        return;
    place->row = 0;
    place->sample++;
}

/* The transforms along one axis, for a tile that is known when they are compiled. */
VECTOR_INLINE void transform_input(int64_t tile, const real *from, int64_t from_step, real *to, int64_t to_step)
{
    if (tile == 2)
        transform_input_2(from, from_step, to, to_step);
    else
        transform_input_4(from, from_step, to, to_step);
}

VECTOR_INLINE void transform_output(int64_t tile, const real *from, int64_t from_step, real *to, int64_t to_step)
{
    if (tile == 2)
        transform_output_2(from, from_step, to, to_step);
    else
        transform_output_4(from, from_step, to, to_step);
}

/* --- entries to points ----------------------------------------------------------------------------------------------------- */

/* One vector of channels of one tile: along the rows, then along the columns. */
VECTOR_INLINE void transform_entries(int64_t tile, const real *from, int64_t row_step, int64_t column_step, real *to,
                                     int64_t to_step)
{
    int64_t side = tile + WINOGRAD_TAPS - 1;
    real rows[WINOGRAD_MOST_SIDE * WINOGRAD_MOST_SIDE * VECTOR_REALS];
    for (int64_t i = 0; i < side; i++)
        transform_input(tile, from + i * row_step, column_step, rows + i * side * VECTOR_REALS, VECTOR_REALS);
    for (int64_t j = 0; j < side; j++)
        transform_input(tile, rows + j * VECTOR_REALS, side * VECTOR_REALS, to + j * to_step, side * to_step);
}

/* The same for a tile that reaches over the border, where entries are zero. */
VECTOR_INLINE void transform_clipped(int64_t tile, const Winograd *winograd, const real *image, int64_t top, int64_t left, real *to,
                                     int64_t to_step)
{
    int64_t side = tile + WINOGRAD_TAPS - 1;
    real entries[WINOGRAD_MOST_SIDE * WINOGRAD_MOST_SIDE * VECTOR_REALS];
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++) {
            int64_t row = top + i, column = left + j;
            bool inside = row >= 0 && row < winograd->height && column >= 0 && column < winograd->width;
            vector entry = vector_fill(0);
            if (inside)
                entry = vector_load(image + (row * winograd->width + column) * LANES);
            vector_store(entries + (i * side + j) * VECTOR_REALS, entry);
        }
    transform_entries(tile, entries, side * VECTOR_REALS, VECTOR_REALS, to, to_step);
}

/* One block of channels of one tile. */
VECTOR_INLINE void transform_tile(const Work *work, int64_t tile, int64_t channel_block, Place place, real *to)
{
    const Winograd *winograd = &work->winograd;
    int64_t row_step = winograd->width * LANES, side = tile + WINOGRAD_TAPS - 1;
    const real *image = (const real *)work->arguments->operands[0] + place.sample * work->arguments->strides[0] +
                        channel_block * winograd->height * row_step;
    int64_t top = place.row * tile - winograd->before_rows, left = place.column * tile - winograd->before_columns;
    bool inside = top >= 0 && top + side <= winograd->height && left >= 0 && left + side <= winograd->width;
    for (int64_t v = 0; v < LANES; v += VECTOR_REALS)
        if (inside)
            transform_entries(tile, image + top * row_step + left * LANES + v, row_step, LANES, to + v, work->plan.input_step);
        else
            transform_clipped(tile, winograd, image + v, top, left, to + v, work->plan.input_step);
}

VECTOR_INLINE void transform_tiles(const Work *work, int64_t tile, int64_t channel_block, int64_t first, int64_t last, real *input)
{
    real *to = input + channel_block * work->plan.block * LANES;
    Place place = find_tile(&work->plan, first);
    for (int64_t t = first; t < last; t++, to += LANES) {
        transform_tile(work, tile, channel_block, place, to);
        next_tile(&work->plan, &place);
    }
}

/* One block of channels of tiles first .. last - 1. */
static void transform_channels(const Work *work, int64_t channel_block, int64_t first, int64_t last, real *input)
{
    if (work->winograd.tile == 2)
        transform_tiles(work, 2, channel_block, first, last, input);
    else
        transform_tiles(work, 4, channel_block, first, last, input);
}

/* --- points to results ----------------------------------------------------------------------------------------------------- */

/* One vector of filters of one tile: along the columns, then along the rows. */
VECTOR_INLINE void transform_sums(int64_t tile, const real *from, int64_t from_step, real *to)
{
    int64_t side = tile + WINOGRAD_TAPS - 1;
    real columns[WINOGRAD_MOST_TILE * WINOGRAD_MOST_SIDE * VECTOR_REALS];
    for (int64_t j = 0; j < side; j++)
        transform_output(tile, from + j * from_step, side * from_step, columns + j * VECTOR_REALS, side * VECTOR_REALS);
    for (int64_t i = 0; i < tile; i++)
        transform_output(tile, columns + i * side * VECTOR_REALS, VECTOR_REALS, to + i * tile * VECTOR_REALS, VECTOR_REALS);
}

/* Where results of one block of filters of one sample go, and what the tail adds to them. */
typedef struct Target {
    real *result;
    const real *bias;     /* null: none */
    const real *addition; /* null: none */
    real high;
} Target;

static inline Target find_target(const Work *work, int64_t filter_block, int64_t sample)
{
    const KernelArguments *arguments = work->arguments;
    const Winograd *winograd = &work->winograd;
    int64_t reals = winograd->rows * winograd->columns * LANES, pool = work->tail.pool;
    int64_t pooled = winograd->rows / pool * (winograd->columns / pool) * LANES;
    Target target = {.result = (real *)arguments->result + sample * arguments->result_stride + filter_block * pooled};
    int k = 2;
    if (work->tail.bias) {
        target.bias = (const real *)arguments->operands[k] + sample * arguments->strides[k] + filter_block * LANES;
        k++;
    }
    if (work->tail.addition)
        target.addition = (const real *)arguments->operands[k] + sample * arguments->strides[k] + filter_block * reals;
    target.high = (real)arguments->reals[0];
    return target;
}

/* One vector of results of one tile through the tail. */
VECTOR_INLINE void finish_results(const Work *work, int64_t tile, const Target *target, Place place, int64_t v, real *results)
{
    const Winograd *winograd = &work->winograd;
    int64_t top = place.row * tile, left = place.column * tile;
    int64_t rows = least(tile, winograd->rows - top), columns = least(tile, winograd->columns - left);
    vector bias = target->bias ? vector_load(target->bias + v) : vector_fill(0);
    bool pooled = work->tail.pool == 2;
    for (int64_t i = 0; i < rows; i++) {
        int64_t offset = ((top + i) * winograd->columns + left) * LANES + v;
        for (int64_t j = 0; j < columns; j++, offset += LANES) {
            real *from = results + (i * tile + j) * VECTOR_REALS;
            vector value =
                tail_apply(&work->tail, target->high, vector_load(from), bias, target->addition ? target->addition + offset : NULL);
            vector_store(pooled ? from : target->result + offset, value);
        }
    }
    if (!pooled)
        return;
    for (int64_t i = 0; i + 2 <= rows; i += 2)
        for (int64_t j = 0; j + 2 <= columns; j += 2) {
            const real *from = results + (i * tile + j) * VECTOR_REALS;
            vector upper = vector_maximum(vector_load(from), vector_load(from + VECTOR_REALS));
            from += tile * VECTOR_REALS;
            vector lower = vector_maximum(vector_load(from), vector_load(from + VECTOR_REALS));
            int64_t offset = ((top + i) / 2 * (winograd->columns / 2) + (left + j) / 2) * LANES + v;
            vector_store(target->result + offset, vector_maximum(upper, lower));
        }
}

VECTOR_INLINE void finish_tiles(const Work *work, int64_t tile, int64_t filter_block, int64_t first, int64_t last, const real *sums)
{
    Place place = find_tile(&work->plan, first);
    Target target = find_target(work, filter_block, place.sample);
    for (int64_t t = first; t < last; t++, sums += LANES) {
        for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
            real results[WINOGRAD_MOST_TILE * WINOGRAD_MOST_TILE * VECTOR_REALS];
            transform_sums(tile, sums + v, work->plan.product_step, results);
            finish_results(work, tile, &target, place, v, results);
        }
        int64_t sample = place.sample;
        next_tile(&work->plan, &place);
        if (place.sample != sample && t + 1 < last)
            target = find_target(work, filter_block, place.sample);
    }
}

/* One block of filters of tiles first .. last - 1: all sums, then all results. */
static void compute_filters(const Work *work, int64_t filter_block, int64_t first, int64_t last, const real *input, real *sums)
{
    int64_t points = work->plan.points, channels = work->winograd.channels;
    const real *weights = (const real *)work->arguments->operands[1] + filter_block * points * channels * LANES;
    for (int64_t point = 0; point < points; point++) {
        WinogradProduct product = {.channels = channels,
                                   .input = input + point * work->plan.input_step,
                                   .block_step = work->plan.block * LANES,
                                   .weights = weights + point * channels * LANES,
                                   .sums = sums + point * work->plan.product_step};
        winograd_multiply(last - first, &product);
    }
    if (work->winograd.tile == 2)
        finish_tiles(work, 2, filter_block, first, last, sums);
    else
        finish_tiles(work, 4, filter_block, first, last, sums);
}

/* --- sharing out ----------------------------------------------------------------------------------------------------------- */

static inline int64_t last_tile(const Work *work, int64_t first)
{
    return least(first + work->plan.block, work->plan.tiles);
}

/* Every so many-th block of tiles, for threads first .. last - 1. */
static void run_blocks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const WinogradPlan *plan = &work->plan;
    for (int64_t thread = first; thread < last; thread++) {
        real *input = (real *)work->arguments->scratch + thread * plan->points * (plan->input_step + plan->product_step);
        real *sums = input + plan->points * plan->input_step;
        for (int64_t block = thread; block < plan->blocks; block += plan->threads) {
            int64_t tile = block * plan->block, end = last_tile(work, tile);
            for (int64_t k = 0; k < plan->channel_blocks; k++)
                transform_channels(work, k, tile, end, input);
            for (int64_t k = 0; k < work->winograd.filter_blocks; k++)
                compute_filters(work, k, tile, end, input, sums);
        }
    }
}

/* Blocks of channels first .. last - 1 of the block of tiles in work. */
static void run_channels(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t k = first; k < last; k++)
        transform_channels(work, k, work->first, work->last, work->arguments->scratch);
}

/* Every so many-th block of filters of the block of tiles in work, for threads first .. last - 1. */
static void run_filters(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const WinogradPlan *plan = &work->plan;
    const real *input = work->arguments->scratch;
    for (int64_t thread = first; thread < last; thread++) {
        real *sums = (real *)work->arguments->scratch + plan->points * (plan->input_step + thread * plan->product_step);
        for (int64_t k = thread; k < work->winograd.filter_blocks; k += plan->threads)
            compute_filters(work, k, work->first, work->last, input, sums);
    }
}

/* Integers: a Winograd, then a Tail. */
void KERNEL_NAME(convolve_winograd)(const KernelArguments *arguments)
{
    enum { WORTH_A_THREAD = 1 << 20 }; /* the plan has counted what a thread does */
    Work work = {.arguments = arguments};
    memcpy(&work.winograd, arguments->integers, sizeof work.winograd);
    memcpy(&work.tail, arguments->integers + WINOGRAD_INTEGERS, sizeof work.tail);
    work.plan = winograd_plan(&work.winograd, arguments->samples, parallel_threads(arguments->parallel));
    if (!work.plan.together) {
        share_units(arguments->parallel, work.plan.threads, WORTH_A_THREAD, run_blocks, &work);
        return;
    }
    int64_t entries = work.plan.block * work.plan.points * LANES;
    for (; work.first < work.plan.tiles; work.first = work.last) {
        work.last = last_tile(&work, work.first);
        share_units(arguments->parallel, work.plan.channel_blocks, entries, run_channels, &work);
        share_units(arguments->parallel, work.plan.threads, WORTH_A_THREAD, run_filters, &work);
    }
}

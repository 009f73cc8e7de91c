/* What the weight of a convolution gets from batches in lanes, as the mean over the batch; see lanes.h.
 *
 * Each weight has a block of sums, one for each lane, which are added up at the end. A tile is some filters by some entries of their windows, whose sums stay in
 * registers while the positions of a band of rows pass by. Sizes alone say which sets are summed together, so sums do not depend on the number of threads. */
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/lane_view.h"

enum { TILE_ROOM = 6, FEW = VECTORS == 1 ? 4 : 3, MANY = VECTORS == 1 ? 6 : 3 };

typedef struct Work {
    const KernelArguments *arguments;
    LaneConvolution convolution;
    LaneAxis rows, columns;
    int64_t band;
    int64_t depth;             /* entries of a window, all channels of a group */
    int64_t parts, pieces;     /* units of work: parts of the sets by pieces of the filters of all groups */
    int64_t together, entries; /* filters and entries of a tile */
    int64_t view_blocks;
    real *sums, *views;
} Work;

/* --- tiles -------------------------------------------------------------------------------------------------------------------- */

typedef struct Tile {
    const real *values;                               /* at the first position, of the first filter */
    const real *x;                                    /* the view at the first position */
    const int64_t *offset;                            /* reals from there to each entry */
    real *sums;                                       /* of the first filter and entry */
    int64_t value_channel, x_row, x_step, sum_filter; /* reals */
    int64_t rows, columns;
} Tile;

VECTOR_INLINE void run_tile(const Tile *tile, int filters, int entries)
{
    vector sum[TILE_ROOM][TILE_ROOM];
    const real *x[TILE_ROOM];
    VECTOR_UNROLL
    for (int f = 0; f < filters; f++)
        VECTOR_UNROLL
    for (int e = 0; e < entries; e++)
        sum[f][e] = vector_load(tile->sums + f * tile->sum_filter + e * LANES);
    const real *values = tile->values;
    for (int64_t row = 0; row < tile->rows; row++) {
        VECTOR_UNROLL
        for (int e = 0; e < entries; e++)
            x[e] = tile->x + row * tile->x_row + tile->offset[e];
        int64_t place = 0;
        VECTOR_LOOP
        for (int64_t column = 0; column < tile->columns; column++, values += LANES, place += tile->x_step) {
            vector value[TILE_ROOM];
            VECTOR_UNROLL
            for (int f = 0; f < filters; f++)
                value[f] = vector_load(values + f * tile->value_channel);
            VECTOR_UNROLL
            for (int e = 0; e < entries; e++) {
                vector entry = vector_load(x[e] + place);
                VECTOR_UNROLL
                for (int f = 0; f < filters; f++)
                    sum[f][e] = vector_multiply_add(value[f], entry, sum[f][e]);
            }
        }
    }
    VECTOR_UNROLL
    for (int f = 0; f < filters; f++)
        VECTOR_UNROLL
    for (int e = 0; e < entries; e++)
        vector_store(tile->sums + f * tile->sum_filter + e * LANES, sum[f][e]);
}

VECTOR_INLINE void run_entries(const Tile *tile, int filters, int64_t entries)
{
    switch (entries) {
#if VECTOR_SIZE == 64
    case 6:
        run_tile(tile, filters, 6);
        break;
    case 5:
        run_tile(tile, filters, 5);
        break;
    case 4:
        run_tile(tile, filters, 4);
        break;
#endif
    case 3:
        run_tile(tile, filters, 3);
        break;
    case 2:
        run_tile(tile, filters, 2);
        break;
    default:
        run_tile(tile, filters, 1);
    }
}

static void run_filters(const Tile *tile, int64_t filters, int64_t entries)
{
    switch (filters) {
#if VECTOR_SIZE == 64
    case 6:
        run_entries(tile, 6, entries > 4 ? 4 : entries);
        break;
    case 5:
        run_entries(tile, 5, entries > 4 ? 4 : entries);
        break;
    case 4:
        run_entries(tile, 4, entries);
        break;
#endif
    case 3:
        run_entries(tile, 3, entries);
        break;
    case 2:
        run_entries(tile, 2, entries);
        break;
    default:
        run_entries(tile, 1, entries);
    }
}

/* --- units -------------------------------------------------------------------------------------------------------------------- */

/* Offsets of the entries of a window within a view, channel by channel. */
static void entry_offsets(const Work *work, const LaneView *view, int64_t *offset)
{
    for (int64_t channel = 0; channel < work->convolution.channels; channel++)
        for (int64_t i = 0; i < work->rows.taps; i++)
            for (int64_t j = 0; j < work->columns.taps; j++)
                *offset++ = (channel * view->channel_step + (work->rows.offset[i] - work->rows.low) * view->row_step +
                             work->columns.offset[j] - work->columns.low) *
                            LANES;
}

/* All tiles of filters first .. last - 1 of a group over a band of rows. */
static void run_band(const Work *work, Tile *tile, const int64_t *offset, const real *values, real *sums, int64_t filters)
{
    for (int64_t filter = 0; filter < filters; filter += work->together)
        for (int64_t entry = 0; entry < work->depth; entry += work->entries)
            for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
                Tile at = *tile;
                at.values = values + filter * tile->value_channel + v;
                at.x = tile->x + v;
                at.offset = offset + entry;
                at.sums = sums + filter * tile->sum_filter + entry * LANES + v;
                run_filters(&at, least(work->together, filters - filter), least(work->entries, work->depth - entry));
            }
}

/* Filters first .. last - 1 of a group, over one set. `room` holds the offsets, then the view. */
static void run_set(const Work *work, int64_t set, int64_t group, int64_t first, int64_t last, real *sums, real *room)
{
    const LaneConvolution *convolution = &work->convolution;
    const BlockWindow *window = &convolution->window;
    int64_t in = window->height * window->width, out = window->rows * window->columns;
    const real *x =
        (const real *)work->arguments->operands[0] + (set * convolution->groups + group) * convolution->channels * in * LANES;
    const real *values = (const real *)work->arguments->operands[1] +
                         ((set * convolution->groups + group) * convolution->filters + first) * out * LANES;
    int64_t *offset = (int64_t *)room;
    real *copy = room + blocks_of(work->depth * (int64_t)sizeof *offset, LANE_BYTES) * LANES;
    for (int64_t row = 0; row < window->rows; row += work->band) {
        int64_t end = least(row + work->band, window->rows);
        LaneView view = lane_view(x, convolution->channels, &work->rows, &work->columns, row, end, copy);
        entry_offsets(work, &view, offset);
        Tile tile = {.x = view.start,
                     .value_channel = out * LANES,
                     .x_row = work->rows.stride * view.row_step * LANES,
                     .x_step = work->columns.stride * LANES,
                     .sum_filter = work->depth * LANES,
                     .rows = end - row,
                     .columns = window->columns};
        run_band(work, &tile, offset, values + row * window->columns * LANES, sums, last - first);
    }
}

static void run_unit(void *context, int64_t unit)
{
    const Work *work = context;
    const LaneConvolution *convolution = &work->convolution;
    int64_t part = unit / work->pieces, piece = unit % work->pieces, all = convolution->groups * convolution->filters;
    int64_t blocks = blocks_of(convolution->filters, work->together) * convolution->groups;
    int64_t full = convolution->samples / LANES, full_parts = lane_full_parts(convolution);
    int64_t first_set = part < full_parts ? full * part / full_parts : full;
    int64_t last_set = part < full_parts ? full * (part + 1) / full_parts : convolution->sets;
    real *sums = work->sums + part * all * work->depth * LANES, *room = work->views + unit * work->view_blocks * LANES;
    int64_t in_group = blocks / convolution->groups;
    for (int64_t block = blocks * piece / work->pieces, end = blocks * (piece + 1) / work->pieces; block < end;) {
        int64_t group = block / in_group, stop = least(end, (group + 1) * in_group);
        int64_t first = block % in_group * work->together,
                last = least((stop - group * in_group) * work->together, convolution->filters);
        real *own = sums + (group * convolution->filters + first) * work->depth * LANES;
        vector_clear(own, (last - first) * work->depth * LANES);
        for (int64_t set = first_set; set < last_set; set++)
            run_set(work, set, group, first, last, own, room);
        block = stop;
    }
}

/* The sum of a block: halves are added until one entry is left. */
static real add_lanes(const real *block)
{
    real half[LANES / 2];
    for (int i = 0; i < LANES / 2; i++)
        half[i] = block[i] + block[i + LANES / 2];
    VECTOR_UNROLL
    for (int width = LANES / 4; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            half[i] += half[i + width];
    return half[0];
}

/* Weights first .. last - 1. */
static void add_parts(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    int64_t weights = work->convolution.groups * work->convolution.filters * work->depth;
    int64_t full = lane_full_parts(&work->convolution), rest = work->convolution.samples % LANES;
    real *result = work->arguments->result;
    for (int64_t i = first; i < last; i++) {
        real sum[LANES] = {0};
        for (int64_t part = 0; part < full; part++)
            for (int k = 0; k < LANES; k++)
                sum[k] += work->sums[(part * weights + i) * LANES + k];
        for (int64_t k = 0; k < rest; k++)
            sum[k] += work->sums[(full * weights + i) * LANES + k];
        result[i] = add_lanes(sum) / (real)work->convolution.samples;
    }
}

/* Integers: a LaneConvolution. */
void KERNEL_NAME(convolve_lanes_weight)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    const LaneConvolution *convolution = &work.convolution;
    const BlockWindow *window = &convolution->window;
    work.rows = lane_axis(window, 0);
    work.columns = lane_axis(window, 1);
    work.band = lane_band(&work.rows, &work.columns, convolution->channels);
    work.depth = convolution->channels * window->kernel[0] * window->kernel[1];
    work.parts = lane_parts(convolution);
    bool six = blocks_of(convolution->filters, MANY) * MANY * blocks_of(work.depth, FEW) * FEW <
               blocks_of(convolution->filters, FEW) * FEW * blocks_of(work.depth, MANY) * MANY;
    work.together = six ? MANY : FEW;
    work.entries = six ? FEW : MANY;
    int64_t threads = least(parallel_threads(arguments->parallel), LANE_WORKERS);
    int64_t blocks = blocks_of(convolution->filters, work.together) * convolution->groups;
    work.pieces = work.parts > 0 && work.parts < threads ? least(blocks, threads / work.parts) : 1;
    work.view_blocks = lane_view_blocks(&work.rows, &work.columns, convolution->channels) +
                       blocks_of(work.depth * (int64_t)sizeof(int64_t), LANE_BYTES);
    work.sums = arguments->scratch;
    int64_t weights = convolution->groups * convolution->filters * work.depth;
    work.views = work.sums + work.parts * weights * LANES;
    parallel_run(arguments->parallel, work.parts * work.pieces, run_unit, &work);
    share_units(arguments->parallel, weights, (work.parts + 1) * LANES, add_parts, &work);
}

/* Convolutions of batches in lanes, from operands to results and back; see lanes.h.
 *
 * Back from the gradient of the result to that of the operand is a convolution too, with the weights turned round; with a stride, one for each phase of positions.
 * A tile is some results (4 or 6) at some neighbouring positions: their sums stay in registers while the channels and taps pass by. The weights lie in the order
 * in which tiles read them. */
#include "kernel/kernel.h"
#include "kernel/vector/lane_view.h"
#include "thread/parallel.h"

/* Positions of a tile, at most, beside 4 and beside 6 results: as registers allow. */
enum { WIDE = VECTORS == 1 ? 6 : 3, NARROW = VECTORS == 1 ? 4 : 2 };

/* One phase: its axes, and where its weights begin. */
typedef struct Phase {
    LaneAxis rows, columns;
    int64_t band, bands; /* positions of the rows of a unit; units of a group of a set */
    int64_t first_unit;
    const real *weights;
} Phase;

typedef struct Work {
    const KernelArguments *arguments;
    LaneConvolution convolution;
    bool back, relu;
    const real *bias;
    int64_t sources, results; /* channels that are read and made, of a group */
    int64_t together;         /* results of a tile */
    int64_t from_pixels, to_pixels, to_width;
    int64_t phase_columns; /* phases are row phases x column phases */
    int64_t units, workers;
    int64_t view_blocks; /* of the place of a worker */
    real *views;
    real *packed;
} Work;

/* --- tiles -------------------------------------------------------------------------------------------------------------------- */

/* What a tile reads and writes. */
typedef struct Tile {
    const real *x;       /* the view at the first position */
    const real *weights; /* [sources][taps][together] */
    const real *bias;    /* of its results, or null */
    real *to;
    int64_t sources, channel_step, channel_weights; /* reals */
    int64_t taps;
    const int64_t *offset,
        *weight; /* reals from the first position to each tap, and from the weights of a channel to those of the tap */
    int64_t x_step, to_step, to_channel; /* reals */
    int64_t valid;                       /* results that there are */
    bool relu;
} Tile;

VECTOR_INLINE void run_tile(const Tile *tile, int results, int positions)
{
    vector sum[6][6];
    VECTOR_UNROLL
    for (int r = 0; r < results; r++) {
        vector start = vector_fill(tile->bias && r < tile->valid ? tile->bias[r] : 0);
        VECTOR_UNROLL
        for (int p = 0; p < positions; p++)
            sum[r][p] = start;
    }
    const real *own = tile->weights, *channel = tile->x;
    int64_t step = tile->x_step;
    for (int64_t c = 0; c < tile->sources; c++, channel += tile->channel_step, own += tile->channel_weights)
        VECTOR_LOOP
    for (int64_t t = 0; t < tile->taps; t++) {
        const real *x = channel + tile->offset[t], *weights = own + tile->weight[t];
        vector entry[6];
        VECTOR_UNROLL
        for (int p = 0; p < positions; p++)
            entry[p] = vector_load(x + p * step);
        VECTOR_UNROLL
        for (int r = 0; r < results; r++) {
            vector weight = vector_fill(weights[r]);
            VECTOR_UNROLL
            for (int p = 0; p < positions; p++)
                sum[r][p] = vector_multiply_add(entry[p], weight, sum[r][p]);
        }
    }
    VECTOR_UNROLL
    for (int r = 0; r < results; r++)
        VECTOR_UNROLL
    for (int p = 0; p < positions; p++)
        if (r < tile->valid) {
            /* NaN fails the comparison and stays */
            vector value = sum[r][p], zero = vector_fill(0);
            value = tile->relu ? vector_select((VectorMask)(value < zero), zero, value) : value;
            vector_store(tile->to + r * tile->to_channel + p * tile->to_step, value);
        }
}

static void run_wide(const Tile *tile, int64_t positions)
{
    switch (positions) {
#if VECTOR_SIZE == 64
    case 6:
        run_tile(tile, 4, 6);
        break;
    case 5:
        run_tile(tile, 4, 5);
        break;
    case 4:
        run_tile(tile, 4, 4);
        break;
#endif
    case 3:
        run_tile(tile, 4, 3);
        break;
    case 2:
        run_tile(tile, 4, 2);
        break;
    default:
        run_tile(tile, 4, 1);
    }
}

static void run_narrow(const Tile *tile, int64_t positions)
{
    switch (positions) {
#if VECTOR_SIZE == 64
    case 4:
        run_tile(tile, 6, 4);
        break;
    case 3:
        run_tile(tile, 6, 3);
        break;
#endif
    case 2:
        run_tile(tile, 6, 2);
        break;
    default:
        run_tile(tile, 6, 1);
    }
}

/* --- units -------------------------------------------------------------------------------------------------------------------- */

/* Taps of a tile: rows and columns of the window from the first to below the last that meet the operand; all others would add zeros. */
typedef struct Taps {
    int64_t rows[2], columns[2];
    int64_t offset[LANE_TAPS * LANE_TAPS], weight[LANE_TAPS * LANE_TAPS];
} Taps;

/* Taps that meet the operand from positions first .. last - 1 of an axis; they stand one behind the other. */
static void meeting_taps(const LaneAxis *axis, int64_t first, int64_t last, int64_t *taps)
{
    taps[0] = taps[1] = 0;
    for (int64_t t = 0; t < axis->taps; t++)
        if ((last - 1) * axis->stride + axis->offset[t] >= 0 && first * axis->stride + axis->offset[t] < axis->size) {
            taps[0] = taps[1] == 0 ? t : taps[0];
            taps[1] = t + 1;
        }
}

/* Sets the tile's taps; lists them anew where they are others than those of the tile before. */
static void set_taps(const Work *work, const Phase *phase, const LaneView *view, const int64_t *rows, const int64_t *columns,
                     Taps *taps, Tile *tile)
{
    bool same = memcmp(taps->rows, rows, sizeof taps->rows) == 0 && memcmp(taps->columns, columns, sizeof taps->columns) == 0;
    tile->offset = taps->offset;
    tile->weight = taps->weight;
    tile->taps = (rows[1] - rows[0]) * (columns[1] - columns[0]);
    if (same)
        return;
    memcpy(taps->rows, rows, sizeof taps->rows);
    memcpy(taps->columns, columns, sizeof taps->columns);
    int64_t count = 0;
    for (int64_t i = rows[0]; i < rows[1]; i++)
        for (int64_t j = columns[0]; j < columns[1]; j++) {
            int64_t down = phase->rows.offset[i] - phase->rows.low, across = phase->columns.offset[j] - phase->columns.low;
            taps->offset[count] = (down * view->row_step + across) * LANES;
            taps->weight[count++] = (i * phase->columns.taps + j) * work->together;
        }
}

/* A band of rows of positions under way. */
typedef struct Band {
    const Work *work;
    const Phase *phase;
    LaneView view;
    int64_t first; /* row of positions */
    Taps taps;
} Band;

/* One row of positions of one block of results, cut into tiles that are nearly equal. */
static void run_row(Band *band, Tile *tile, int64_t row, real *to)
{
    const Work *work = band->work;
    const Phase *phase = band->phase;
    const real *x = band->view.start + (row - band->first) * phase->rows.stride * band->view.row_step * LANES;
    int64_t count = phase->columns.count, most = work->together == 6 ? NARROW : WIDE, tiles = blocks_of(count, most);
    int64_t rows[2], columns[2];
    meeting_taps(&phase->rows, row, row + 1, rows);
    for (int64_t i = 0; i < tiles; i++) {
        int64_t first = count * i / tiles, last = count * (i + 1) / tiles;
        meeting_taps(&phase->columns, first, last, columns);
        set_taps(work, phase, &band->view, rows, columns, &band->taps, tile);
        for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
            tile->x = x + first * tile->x_step + v;
            tile->to = to + first * tile->to_step + v;
            if (work->together == 6)
                run_narrow(tile, last - first);
            else
                run_wide(tile, last - first);
        }
    }
}

/* Some rows of positions of all results of a group of a set. */
static void run_band(const Work *work, const Phase *phase, int64_t set, int64_t group, int64_t first, int64_t last, real *room)
{
    const KernelArguments *arguments = work->arguments;
    int64_t groups = work->convolution.groups, taps = phase->rows.taps * phase->columns.taps;
    const real *from = (const real *)arguments->operands[0] + (set * groups + group) * work->sources * work->from_pixels * LANES;
    real *to = (real *)arguments->result + (set * groups + group) * work->results * work->to_pixels * LANES;
    Band band = {.work = work, .phase = phase, .view = {.start = from}, .first = first}; /* without taps nothing is read */
    if (taps > 0)
        band.view = lane_view(from, work->sources, &phase->rows, &phase->columns, first, last, room);
    Tile tile = {.sources = work->sources,
                 .channel_step = band.view.channel_step * LANES,
                 .channel_weights = taps * work->together,
                 .x_step = taps > 0 ? phase->columns.stride * LANES : 0,
                 .to_step = phase->columns.step * LANES,
                 .to_channel = work->to_pixels * LANES,
                 .relu = work->relu};
    int64_t blocks = blocks_of(work->results, work->together);
    for (int64_t block = 0; block < blocks; block++) {
        int64_t result = block * work->together;
        tile.weights = phase->weights + (group * blocks + block) * work->sources * tile.channel_weights;
        tile.bias = work->bias ? work->bias + group * work->results + result : NULL;
        tile.valid = least(work->together, work->results - result);
        for (int64_t row = first; row < last; row++) {
            int64_t place = (phase->rows.first + row * phase->rows.step) * work->to_width + phase->columns.first;
            run_row(&band, &tile, row, to + (result * work->to_pixels + place) * LANES);
        }
    }
}

static Phase read_phase(const Work *work, int64_t index)
{
    const BlockWindow *window = &work->convolution.window;
    Phase phase = {.rows = work->back ? lane_axis_back(window, 0, index / work->phase_columns) : lane_axis(window, 0),
                   .columns = work->back ? lane_axis_back(window, 1, index % work->phase_columns) : lane_axis(window, 1)};
    phase.band = lane_band(&phase.rows, &phase.columns, work->sources);
    phase.bands = phase.columns.count > 0 ? blocks_of(phase.rows.count, phase.band) : 0;
    return phase;
}

static int64_t count_phases(const Work *work)
{
    return work->back ? work->convolution.window.stride[0] * work->phase_columns : 1;
}

/* The weights of one phase in the order of the tiles; gives where they end. */
static real *pack_phase(const Work *work, const Phase *phase, real *to)
{
    const LaneConvolution *convolution = &work->convolution;
    int64_t columns = convolution->window.kernel[1], taps = convolution->window.kernel[0] * columns;
    int64_t filter =
        convolution->channels * taps; /* reals from one filter to the next, as from one channel of it to the next are `taps` */
    int64_t source_step = work->back ? filter : taps, result_step = work->back ? taps : filter;
    for (int64_t group = 0; group < convolution->groups; group++)
        for (int64_t block = 0; block < work->results; block += work->together)
            for (int64_t source = 0; source < work->sources; source++)
                for (int64_t i = 0; i < phase->rows.taps; i++)
                    for (int64_t j = 0; j < phase->columns.taps; j++, to += work->together) {
                        const real *from = (const real *)work->arguments->operands[1] + group * convolution->filters * filter +
                                           source * source_step + block * result_step + phase->rows.tap[i] * columns +
                                           phase->columns.tap[j];
                        int64_t count = least(work->together, work->results - block);
                        for (int64_t k = 0; k < work->together; k++)
                            to[k] = k < count ? from[k * result_step] : 0;
                    }
    return to;
}

/* Units stand phase by phase, in each of them set by set, group by group, band by band. */
static void run_unit(const Work *work, const Phase *phase, int64_t unit, real *room)
{
    int64_t first = unit % phase->bands * phase->band, outer = unit / phase->bands;
    run_band(work, phase, outer / work->convolution.groups, outer % work->convolution.groups, first,
             least(first + phase->band, phase->rows.count), room);
}

static void run_worker(void *context, int64_t worker)
{
    const Work *work = context;
    real *room = work->views + worker * work->view_blocks * LANES;
    const real *weights = work->packed;
    int64_t sets = work->convolution.sets * work->convolution.groups, unit = 0;
    int64_t first = work->units * worker / work->workers, last = work->units * (worker + 1) / work->workers;
    for (int64_t i = 0; i < count_phases(work); i++) {
        Phase phase = read_phase(work, i);
        phase.weights = weights;
        weights += work->convolution.groups * blocks_of(work->results, work->together) * work->together * work->sources *
                   phase.rows.taps * phase.columns.taps;
        for (int64_t k = 0; k < sets * phase.bands; k++, unit++)
            if (unit >= first && unit < last)
                run_unit(work, &phase, k, room);
    }
}

static void run(Work *work)
{
    const LaneConvolution *convolution = &work->convolution;
    const BlockWindow *window = &convolution->window;
    int64_t in = window->height * window->width, out = window->rows * window->columns;
    work->phase_columns = window->stride[1];
    work->sources = work->back ? convolution->filters : convolution->channels;
    work->results = work->back ? convolution->channels : convolution->filters;
    work->together = lane_together(work->results);
    work->from_pixels = work->back ? out : in;
    work->to_pixels = work->back ? in : out;
    work->to_width = work->back ? window->width : window->columns;
    work->packed = work->arguments->scratch;
    real *end = work->packed;
    for (int64_t i = 0; i < count_phases(work); i++) {
        Phase phase = read_phase(work, i);
        end = pack_phase(work, &phase, end);
        int64_t blocks = lane_view_blocks(&phase.rows, &phase.columns, work->sources);
        work->units += convolution->sets * convolution->groups * phase.bands;
        work->view_blocks = blocks > work->view_blocks ? blocks : work->view_blocks;
    }
    work->views = work->packed + blocks_of(end - work->packed, LANES) * LANES;
    work->workers = least(least(parallel_threads(work->arguments->parallel), LANE_WORKERS), work->units);
    parallel_run(work->arguments->parallel, work->workers, run_worker, work);
}

/* Integers: a LaneConvolution, whether there is a bias, and whether what is negative becomes 0. */
void KERNEL_NAME(convolve_lanes)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .relu = arguments->integers[LANE_CONVOLUTION_INTEGERS + 1] != 0};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    work.bias = arguments->integers[LANE_CONVOLUTION_INTEGERS] ? arguments->operands[2] : NULL;
    run(&work);
}

/* Integers: a LaneConvolution. */
void KERNEL_NAME(convolve_lanes_back)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .back = true};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    run(&work);
}

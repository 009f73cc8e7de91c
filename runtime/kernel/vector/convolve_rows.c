/* Convolution with few filters of an image [channels, height, width], and what follows it; see rows.h.
 *
 * A tile is a few filters by two vectors of columns; with pooling of two rows, whose maximum is taken before anything is stored. Sums stay in
 * registers over all channels and taps. Work is cut into samples, or bands of rows of one sample; no sum depends on how. */
#include "kernel/kernel.h"
#include "kernel/rows.h"
#include "kernel/share.h"
#include "kernel/vector/tail.h"

#include <stdbool.h>
#include <string.h>

#if defined(__AVX512F__)
enum { TILE_FILTERS = 6 };
#else
enum { TILE_FILTERS = 2 };
#endif

enum { TILE_VECTORS = 2, BAND_ROWS = 16 };

typedef struct Work {
    const KernelArguments *arguments;
    RowConvolution convolution;
    Tail tail;
    real high;
    RowView view;
    int64_t row;   /* reals of a row of the copy */
    int64_t image; /* reals of a channel of the copy */
    int64_t depth; /* weights of a filter */
    int64_t rows;  /* of results, behind pooling */
    int64_t columns;
    int64_t lanes;    /* samples at work at once */
    const real *copy; /* of the one sample that threads share */
} Work;

/* Filters first .. at a row of results and columns from `column` on, both before pooling. */
typedef struct Place {
    int64_t sample, filter, row, column;
    const real *copy;
} Place;

/* --- the copy -------------------------------------------------------------------------------------------------------------- */

/* Entries of one phase of a row: those at columns phase, phase + phases, .. of the padded row. */
static void copy_phase(const Work *work, const real *from, int64_t phase, real *to)
{
    const BlockWindow *window = &work->convolution.window;
    int64_t phases = work->view.phases, width = work->view.phase_width, start = phase - window->before[1];
    int64_t first = start >= 0 ? 0 : (-start + phases - 1) / phases;
    int64_t last = start >= window->width ? 0 : (window->width - start + phases - 1) / phases;
    first = first < width ? first : width;
    last = last < width ? last : width;
    vector_clear(to, first);
    if (phases == 1 && first < last)
        vector_copy(from + first + start, last - first, to + first);
    else
        for (int64_t i = first; i < last; i++)
            to[i] = from[i * phases + start];
    last = last > first ? last : first;
    vector_clear(to + last, width - last);
}

static void copy_sample(const Work *work, int64_t sample, real *to)
{
    const BlockWindow *window = &work->convolution.window;
    const real *image = (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0];
    for (int64_t channel = 0; channel < work->convolution.channels; channel++, image += window->height * window->width)
        for (int64_t row = 0; row < work->view.rows; row++, to += work->row) {
            int64_t y = row - window->before[0];
            if (y < 0 || y >= window->height)
                vector_clear(to, work->row);
            else
                for (int64_t phase = 0; phase < work->view.phases; phase++)
                    copy_phase(work, image + y * window->width, phase, to + phase * work->view.phase_width);
        }
}

/* --- tiles ----------------------------------------------------------------------------------------------------------------- */

typedef vector Sums[TILE_FILTERS][2][TILE_VECTORS];

/* One tap of one channel: its weight for every filter times what is under it. */
VECTOR_INLINE void add_tap(int filters, int rows, int vectors, const real *input, int64_t row_step, const real *weight,
                           int64_t filter_step, Sums sums)
{
    vector entry[2][TILE_VECTORS];
    VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < vectors; v++)
        entry[r][v] = vector_load(input + r * row_step + v * VECTOR_REALS);
    VECTOR_UNROLL
    for (int f = 0; f < filters; f++) {
        vector factor = vector_fill(weight[f * filter_step]);
        VECTOR_UNROLL
        for (int r = 0; r < rows; r++)
            VECTOR_UNROLL
        for (int v = 0; v < vectors; v++)
            sums[f][r][v] = vector_multiply_add(entry[r][v], factor, sums[f][r][v]);
    }
}

/* All channels and taps. The loop over taps must not be unrolled: compilers would share and spill entries. */
VECTOR_INLINE void sum_taps(int filters, int rows, int vectors, const Work *work, const Place *place, Sums sums)
{
    const BlockWindow *window = &work->convolution.window;
    const real *weight =
        (const real *)work->arguments->operands[1] + place->sample * work->arguments->strides[1] + place->filter * work->depth;
    int64_t phases = work->view.phases, shift = window->dilation[1] / phases, turn = window->dilation[1] % phases;
    for (int64_t channel = 0; channel < work->convolution.channels; channel++)
        for (int64_t i = 0; i < window->kernel[0]; i++) {
            const real *line = place->copy + channel * work->image +
                               (place->row * window->stride[0] + i * window->dilation[0]) * work->row + place->column;
            int64_t phase = 0, offset = 0;
            VECTOR_LOOP
            for (int64_t j = 0; j < window->kernel[1]; j++) {
                add_tap(filters, rows, vectors, line + phase * work->view.phase_width + offset, window->stride[0] * work->row,
                        weight++, work->depth, sums);
                phase += turn;
                offset += shift;
                if (phase >= phases) {
                    phase -= phases;
                    offset++;
                }
            }
        }
}

/* A vector of which only the first `count` entries have a place. */
VECTOR_INLINE void store_some(real *to, vector value, int64_t count)
{
    real entries[VECTOR_REALS];
    vector_store(entries, value);
    for (int64_t i = 0; i < count && i < VECTOR_REALS; i++)
        to[i] = entries[i];
}

/* Stores vectors of a row of results; where `room` says that what is behind the row is written later, whole ones. */
VECTOR_INLINE void finish(const Work *work, const Place *place, int64_t filter, int64_t row, int64_t column, bool room,
                          vector value)
{
    const KernelArguments *arguments = work->arguments;
    vector shift = vector_fill(0);
    if (work->tail.bias)
        shift = vector_fill(((const real *)arguments->operands[2] + place->sample * arguments->strides[2])[filter]);
    value = tail_apply(&work->tail, work->high, value, shift, NULL);
    real *to =
        (real *)arguments->result + place->sample * arguments->result_stride + (filter * work->rows + row) * work->columns + column;
    if (room || column + VECTOR_REALS <= work->columns)
        vector_store(to, value);
    else
        store_some(to, value, work->columns - column);
}

/* Pools and finishes the sums of filters: `vectors` for each row of the tile. */
VECTOR_INLINE void finish_tile(int filters, int rows, int vectors, const Work *work, const Place *place, bool room,
                               const real *sums)
{
    VECTOR_LOOP
    for (int f = 0; f < filters; f++, sums += rows * vectors * VECTOR_REALS) {
        if (rows == 2) { /* the tail is monotone: the largest of four results is that of the largest sum */
            vector left = vector_maximum(vector_load(sums), vector_load(sums + 2 * VECTOR_REALS));
            vector right = vector_maximum(vector_load(sums + VECTOR_REALS), vector_load(sums + 3 * VECTOR_REALS));
            vector largest = vector_maximum(vector_even(left, right), vector_odd(left, right));
            finish(work, place, place->filter + f, place->row / 2, place->column / 2, room, largest);
        } else {
            for (int v = 0; v < vectors && place->column + v * VECTOR_REALS < work->columns; v++)
                finish(work, place, place->filter + f, place->row, place->column + v * VECTOR_REALS, room,
                       vector_load(sums + v * VECTOR_REALS));
        }
    }
}

/* `room`: whether a vector may be stored past the end of the row. */
VECTOR_INLINE void compute_tile(int filters, int rows, int vectors, const Work *work, const Place *place, bool room)
{
    Sums sums;
    real stored[TILE_FILTERS * 2 * TILE_VECTORS * VECTOR_REALS];
    VECTOR_UNROLL
    for (int f = 0; f < filters; f++)
        VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < vectors; v++)
        sums[f][r][v] = vector_fill(0);
    sum_taps(filters, rows, vectors, work, place, sums);
    VECTOR_UNROLL
    for (int f = 0; f < filters; f++)
        VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < vectors; v++)
        vector_store(stored + ((f * rows + r) * vectors + v) * VECTOR_REALS, sums[f][r][v]);
    finish_tile(filters, rows, vectors, work, place, room, stored);
}

VECTOR_INLINE void compute_filters(int rows, int64_t filters, const Work *work, const Place *place, bool room)
{
    switch (filters) {
    case 1:
        compute_tile(1, rows, TILE_VECTORS, work, place, room);
        break;
    case 2:
        compute_tile(2, rows, TILE_VECTORS, work, place, room);
        break;
#if defined(__AVX512F__)
    case 3:
        compute_tile(3, rows, TILE_VECTORS, work, place, room);
        break;
    case 4:
        compute_tile(4, rows, TILE_VECTORS, work, place, room);
        break;
    case 5:
        compute_tile(5, rows, TILE_VECTORS, work, place, room);
        break;
    case 6:
        compute_tile(6, rows, TILE_VECTORS, work, place, room);
        break;
#endif
    default:
        break;
    }
}

/* --- rows ------------------------------------------------------------------------------------------------------------------ */

/* Rows first .. last - 1 of results of one sample. Rows of a filter are written one after the other, so that only the last may not be written
 * past its end. */
static void compute_rows(const Work *work, int64_t sample, const real *copy, int64_t first, int64_t last)
{
    int64_t pool = work->tail.pool, step = TILE_VECTORS * VECTOR_REALS;
    Place place = {.sample = sample, .copy = copy};
    for (int64_t parts = blocks_of(work->convolution.filters, TILE_FILTERS); parts > 0; parts--) {
        int64_t filters = (work->convolution.filters - place.filter) / parts;
        for (int64_t row = first; row < last; row++) {
            place.row = row * pool;
            bool room = (last - 1 - row) * work->columns >= step;
            for (place.column = 0; place.column < work->columns * pool; place.column += step) {
                if (pool == 2)
                    compute_filters(2, filters, work, &place, room);
                else
                    compute_filters(1, filters, work, &place, room);
            }
        }
        place.filter += filters;
    }
}

static void compute_bands(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t band = first; band < last; band++) {
        int64_t row = band * BAND_ROWS, end = row + BAND_ROWS;
        compute_rows(work, 0, work->copy, row, end < work->rows ? end : work->rows);
    }
}

/* Every lanes-th sample, with the lane's part of the scratch. */
static void compute_lane(void *context, int64_t lane)
{
    const Work *work = context;
    real *copy = (real *)work->arguments->scratch + lane * work->convolution.channels * work->image;
    for (int64_t sample = lane; sample < work->arguments->samples; sample += work->lanes) {
        copy_sample(work, sample, copy);
        compute_rows(work, sample, copy, 0, work->rows);
    }
}

/* Integers: a RowConvolution, then a Tail; real: the clamp's bound. */
void KERNEL_NAME(convolve_rows)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .high = (real)arguments->reals[0]};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    memcpy(&work.tail, arguments->integers + ROW_CONVOLUTION_INTEGERS, sizeof work.tail);
    const BlockWindow *window = &work.convolution.window;
    work.view = row_view(window);
    work.row = work.view.phases * work.view.phase_width;
    work.image = work.view.rows * work.row;
    work.depth = work.convolution.channels * window->kernel[0] * window->kernel[1];
    work.rows = window->rows / work.tail.pool;
    work.columns = window->columns / work.tail.pool;
    if (arguments->samples == 1) {
        copy_sample(&work, 0, arguments->scratch);
        work.copy = arguments->scratch;
        int64_t cost = BAND_ROWS * window->columns * work.depth * work.convolution.filters / 8;
        share_units(arguments->parallel, blocks_of(work.rows, BAND_ROWS), cost, compute_bands, &work);
        return;
    }
    work.lanes = parallel_threads(arguments->parallel);
    work.lanes = work.lanes < ROW_SAMPLES ? work.lanes : ROW_SAMPLES;
    work.lanes = work.lanes < arguments->samples ? work.lanes : arguments->samples;
    parallel_run(arguments->parallel, work.lanes, compute_lane, &work);
}

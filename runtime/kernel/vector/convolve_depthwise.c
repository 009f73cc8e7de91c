/* Convolution of a blocked image with one filter for each channel, and what follows it; see blocks.h. Weights are [blocks, taps, lanes]. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/depthwise_three.h"
#include "kernel/vector/range.h"
#include "kernel/vector/tail.h"

#include <stdbool.h>
#include <string.h>

/* Pixels whose sums are in registers at once. */
enum { SOME_PIXELS = VECTOR_BYTES == 64 ? 8 : VECTOR_BYTES == 32 ? 4 : 2 };

typedef struct Work {
    const KernelArguments *arguments;
    BlockDepthwise depthwise;
    Tail tail;
    real high;
    bool three; /* the window is one of depthwise_three.h */
} Work;

typedef struct Place {
    int64_t sample, block, row, column;
} Place;

static const real *operand_at(const Work *work, int k, const Place *place, int64_t offset)
{
    return (const real *)work->arguments->operands[k] + place->sample * work->arguments->strides[k] + offset;
}

/* What the tail reads for the pixels of a row from a place on; null: nothing. */
typedef struct Ending {
    const real *bias, *addition;
} Ending;

static Ending find_ending(const Work *work, const Place *place)
{
    const BlockWindow *window = &work->depthwise.window;
    int64_t result = ((place->block * window->rows + place->row) * window->columns + place->column) * LANES;
    return (Ending){.bias = work->tail.bias ? operand_at(work, 2, place, place->block * LANES) : NULL,
                    .addition = work->tail.addition ? operand_at(work, 2 + (int)work->tail.bias, place, result) : NULL};
}

/* One vector of sums of a pixel through the tail, to where the pixels begin. */
VECTOR_INLINE void finish_vector(const Work *work, const Ending *ending, int64_t pixel, int64_t lane, vector sum, real *to)
{
    vector bias = ending->bias ? vector_load(ending->bias + lane) : vector_fill(0);
    const real *addition = ending->addition ? ending->addition + pixel + lane : NULL;
    vector_store(to + pixel + lane, tail_apply(&work->tail, work->high, sum, bias, addition));
}

/* Results of `pixels` pixels behind the activation from the taps of a range, which all of them have, to `to`. */
VECTOR_INLINE void compute_pixels(int pixels, int64_t stride, const Work *work, const Place *place, const TapRange *taps, real *to)
{
    const BlockWindow *window = &work->depthwise.window;
    int64_t row = window->width * LANES, top = place->row * window->stride[0] - window->before[0];
    int64_t row_step = window->dilation[0] * row, column_step = window->dilation[1] * LANES;
    int64_t start = top * row + (place->column * stride - window->before[1]) * LANES; /* of the window, which may begin outside */
    const real *image = operand_at(work, 0, place, place->block * window->height * row);
    const real *weights = operand_at(work, 1, place, place->block * window->kernel[0] * window->kernel[1] * LANES);
    vector sums[SOME_PIXELS][VECTORS];
    VECTOR_UNROLL
    for (int p = 0; p < pixels; p++)
        VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++)
        sums[p][v] = vector_fill(0);
    for (int64_t i = taps->first[0]; i < taps->last[0]; i++)
        for (int64_t j = taps->first[1]; j < taps->last[1]; j++) {
            const real *from = image + (start + i * row_step + j * column_step),
                       *weight = weights + (i * window->kernel[1] + j) * LANES;
            VECTOR_UNROLL
            for (int v = 0; v < VECTORS; v++) {
                vector factor = vector_load(weight + v * VECTOR_REALS);
                VECTOR_UNROLL
                for (int p = 0; p < pixels; p++)
                    sums[p][v] = vector_multiply_add(factor, vector_load(from + p * stride * LANES + v * VECTOR_REALS), sums[p][v]);
            }
        }
    Ending ending = find_ending(work, place);
    VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++)
        VECTOR_UNROLL
    for (int p = 0; p < pixels; p++)
        finish_vector(work, &ending, p * LANES, v * VECTOR_REALS, sums[p][v], to);
}

/* Results of 1 to SOME_PIXELS pixels: every number has loops of its own, so that a row is cut into even parts. */
VECTOR_INLINE void compute_part(int64_t pixels, int64_t stride, const Work *work, const Place *place, const TapRange *taps,
                                real *to)
{
    switch (pixels) {
    case 1:
        compute_pixels(1, stride, work, place, taps, to);
        break;
    case 2:
        compute_pixels(2, stride, work, place, taps, to);
        break;
#if defined(__AVX2__)
    case 3:
        compute_pixels(3, stride, work, place, taps, to);
        break;
    case 4:
        compute_pixels(4, stride, work, place, taps, to);
        break;
#endif
#if defined(__AVX512F__)
    case 5:
        compute_pixels(5, stride, work, place, taps, to);
        break;
    case 6:
        compute_pixels(6, stride, work, place, taps, to);
        break;
    case 7:
        compute_pixels(7, stride, work, place, taps, to);
        break;
    case 8:
        compute_pixels(8, stride, work, place, taps, to);
        break;
#endif
    default:
        break;
    }
}

static void compute_some(int64_t pixels, const Work *work, const Place *place, const TapRange *taps, real *to)
{
    int64_t stride = work->depthwise.window.stride[1];
    if (stride == 1)
        compute_part(pixels, 1, work, place, taps, to);
    else if (stride == 2)
        compute_part(pixels, 2, work, place, taps, to);
    else
        compute_part(pixels, stride, work, place, taps, to);
}

/* Columns first .. last - 1 of the result, each with the taps that it has, to `to`, where the row begins. */
static void compute_edge(const Work *work, Place place, int64_t first, int64_t last, real *to)
{
    for (place.column = first; place.column < last; place.column++) {
        TapRange taps = tap_range(&work->depthwise.window, place.row, place.column);
        compute_pixels(1, work->depthwise.window.stride[1], work, &place, &taps, to + place.column * LANES);
    }
}

/* `columns` pixels of a row from its first on, to `to`. */
static void compute_row(const Work *work, Place place, int64_t columns, real *to)
{
    const BlockWindow *window = &work->depthwise.window;
    InnerColumns inner = inner_columns(window, columns);
    compute_edge(work, place, 0, inner.first, to);
    TapRange taps = tap_range(window, place.row, inner.first);
    place.column = inner.first;
    for (int64_t parts = inner.last > inner.first ? blocks_of(inner.last - inner.first, SOME_PIXELS) : 0; parts > 0; parts--) {
        int64_t count = (inner.last - place.column) / parts;
        compute_some(count, work, &place, &taps, to + place.column * LANES);
        place.column += count;
    }
    compute_edge(work, place, place.column, columns, to);
}

/* --- 3x3 ------------------------------------------------------------------------------------------------------------------- */

/* Results of `pixels` pixels of a row, whose windows have the rows of taps in the range. */
VECTOR_INLINE void compute_three(int pixels, int stride, const Work *work, const Place *place, const TapRange *taps, real *to)
{
    const BlockWindow *window = &work->depthwise.window;
    int64_t column = place->column * stride - window->before[1], end = column + (pixels - 1) * stride + DEPTHWISE_TAPS;
    int64_t top = place->row * window->stride[0] - window->before[0];
    const real *image = operand_at(work, 0, place, place->block * window->height * window->width * LANES);
    const real *weights = operand_at(work, 1, place, place->block * DEPTHWISE_TAPS * DEPTHWISE_TAPS * LANES);
    Ending ending = find_ending(work, place);
    VECTOR_LOOP
    for (int64_t lane = 0; lane < LANES; lane += VECTOR_REALS) {
        vector sums[DEPTHWISE_MOST_PIXELS];
        VECTOR_UNROLL
        for (int p = 0; p < pixels; p++)
            sums[p] = vector_fill(0);
        VECTOR_LOOP
        for (int64_t i = taps->first[0]; i < taps->last[0]; i++) {
            EntryRow row = {.entries = image + ((top + i) * window->width + column) * LANES + lane,
                            .first = column >= 0,
                            .last = end <= window->width};
            depthwise_add_row(pixels, stride, row, weights + i * DEPTHWISE_TAPS * LANES + lane, sums);
        }
        VECTOR_UNROLL
        for (int p = 0; p < pixels; p++)
            finish_vector(work, &ending, p * LANES, lane, sums[p], to);
    }
}

VECTOR_INLINE void compute_three_of(int64_t pixels, int stride, const Work *work, const Place *place, const TapRange *taps,
                                    real *to)
{
    if (pixels == 1)
        compute_three(1, stride, work, place, taps, to);
    else if (pixels == 2)
        compute_three(2, stride, work, place, taps, to);
    else if (pixels == 4)
        compute_three(4, stride, work, place, taps, to);
    else if (pixels == 7)
        compute_three(7, stride, work, place, taps, to);
    else
        compute_three(DEPTHWISE_MOST_PIXELS, stride, work, place, taps, to);
}

/* A row of results, to `to`. */
static void compute_row_of_three(const Work *work, Place place, real *to)
{
    const BlockWindow *window = &work->depthwise.window;
    TapRange taps = tap_range(window, place.row, 0);
    while (place.column < window->columns) {
        int64_t some = depthwise_some(window->columns - place.column);
        if (window->stride[1] == 1)
            compute_three_of(some, 1, work, &place, &taps, to + place.column * LANES);
        else
            compute_three_of(some, 2, work, &place, &taps, to + place.column * LANES);
        place.column += some;
    }
}

/* --- sharing out ----------------------------------------------------------------------------------------------------------- */

/* Two pixels of two rows at a time, and the largest of the four. */
static void compute_pooled(const Work *work, Place place, real *to)
{
    const BlockWindow *window = &work->depthwise.window;
    for (int64_t column = 0; column < window->columns / 2; column++, to += LANES) {
        real four[4 * LANES];
        for (int k = 0; k < 4; k++) {
            Place one = {place.sample, place.block, place.row + k / 2, 2 * column + k % 2};
            TapRange taps = tap_range(window, one.row, one.column);
            compute_pixels(1, window->stride[1], work, &one, &taps, four + k * LANES);
        }
        for (int v = 0; v < VECTORS; v++) {
            const real *from = four + v * VECTOR_REALS;
            vector upper = vector_maximum(vector_load(from), vector_load(from + LANES));
            vector lower = vector_maximum(vector_load(from + 2 * LANES), vector_load(from + 3 * LANES));
            vector_store(to + v * VECTOR_REALS, vector_maximum(upper, lower));
        }
    }
}

/* Units are [sample, block, row of the result]. */
static void compute_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockWindow *window = &work->depthwise.window;
    int64_t pool = work->tail.pool, rows = window->rows / pool, columns = window->columns / pool;
    for (int64_t unit = first; unit < last; unit++) {
        Place place = {.sample = unit / rows / work->depthwise.blocks,
                       .block = unit / rows % work->depthwise.blocks,
                       .row = unit % rows * pool};
        real *to = (real *)work->arguments->result + place.sample * work->arguments->result_stride +
                   (place.block * rows + unit % rows) * columns * LANES;
        if (pool == 1 && work->three)
            compute_row_of_three(work, place, to);
        else if (pool == 1)
            compute_row(work, place, columns, to);
        else
            compute_pooled(work, place, to);
    }
}

/* Integers: a BlockDepthwise, then a Tail; real: the clamp's bound. */
void KERNEL_NAME(convolve_depthwise)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .high = (real)arguments->reals[0]};
    memcpy(&work.depthwise, arguments->integers, sizeof work.depthwise);
    memcpy(&work.tail, arguments->integers + BLOCK_DEPTHWISE_INTEGERS, sizeof work.tail);
    const BlockWindow *window = &work.depthwise.window;
    work.three = is_depthwise_three(window);
    int64_t units = arguments->samples * work.depthwise.blocks * (window->rows / work.tail.pool);
    share_units(arguments->parallel, units, window->columns * window->kernel[0] * window->kernel[1] * LANES, compute_units, &work);
}

/* Direct convolution of a blocked or planar image with packed weights, and what follows it; see blocks.h.
 *
 * Sums of a few neighbouring pixels for a block of filters stay in registers over all channels and taps. Where there is padding or a stride
 * along the columns the image is copied first, so that the inner loops know neither (block_view). Work is cut into rows of results and chunks of
 * filters whose weights stay in the cache; no sum depends on how. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/sum_pixels.h"
#include "kernel/vector/tail.h"

#include <stdbool.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 18 }; /* of weights, a part of the second cache */

typedef struct Work {
    const KernelArguments *arguments;
    BlockConvolution convolution;
    Tail tail;
    real high;
    BlockView view;
    int64_t pixel;  /* reals from one pixel of the view to the next */
    int64_t row;    /* reals of a row of the view */
    int64_t image;  /* reals of a block, or of a plane, of the view */
    int64_t filter; /* reals of the weights of a block of filters */
    bool pieces;    /* rows of work are pieces of all pixels, which are alike; else they are rows of results */
    int64_t width;  /* pixels of a row of work */
    int64_t rows;   /* rows of work */
    int64_t pixels; /* of all rows of work */
    int64_t chunk;  /* blocks of filters of a chunk */
    int64_t chunks;
    int64_t first_sample;
} Work;

/* Where results are: a block of filters, a row of work, pixels from `column` on. */
typedef struct Place {
    int64_t sample, filter_block, row, column;
} Place;

/* --- the view ------------------------------------------------------------------------------------------------------------- */

/* Every `stride`-th pixel of `count`; a single real a pixel in a loop of its own, which compilers turn into vectors. */
static void copy_pixels(int64_t pixel, int64_t stride, int64_t count, const real *from, real *to)
{
    if (stride == 1)
        memcpy(to, from, (size_t)(count * pixel) * sizeof *to);
    else if (pixel == 1 && stride == 2)
        for (int64_t q = 0; q < count; q++)
            to[q] = from[2 * q];
    else
        for (int64_t q = 0; q < count; q++)
            memcpy(to + q * pixel, from + q * stride * pixel, (size_t)pixel * sizeof *to);
}

/* Row `row` of one block (or plane) of the copy from the image. */
static void copy_row(const Work *work, const real *image, int64_t row, real *to)
{
    const BlockWindow *window = &work->convolution.window;
    int64_t y = row * work->view.row_step - window->before[0];
    if (y < 0 || y >= window->height) {
        memset(to, 0, (size_t)work->row * sizeof *to);
        return;
    }
    const real *from = image + y * window->width * work->pixel;
    int64_t stride = window->stride[1], columns = work->view.phase_width;
    for (int64_t phase = 0; phase < work->view.phases; phase++, to += columns * work->pixel) {
        int64_t shift = window->before[1] - phase; /* column q of the copy is column q * stride - shift of the image */
        int64_t first = shift <= 0 ? 0 : least(blocks_of(shift, stride), columns);
        int64_t last = window->width + shift <= 0 ? 0 : least(blocks_of(window->width + shift, stride), columns);
        memset(to, 0, (size_t)(first * work->pixel) * sizeof *to);
        if (first < last)
            copy_pixels(work->pixel, stride, last - first, from + (first * stride - shift) * work->pixel, to + first * work->pixel);
        last = last < first ? first : last;
        memset(to + last * work->pixel, 0, (size_t)((columns - last) * work->pixel) * sizeof *to);
    }
}

/* Rows first .. last - 1 of all blocks of the copy of the sample in work. */
static void copy_rows(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockWindow *window = &work->convolution.window;
    const real *images = (const real *)work->arguments->operands[0] + work->first_sample * work->arguments->strides[0];
    for (int64_t unit = first; unit < last; unit++) {
        int64_t image = unit / work->view.copied_rows, row = unit % work->view.copied_rows;
        copy_row(work, images + image * window->height * window->width * work->pixel, row,
                 (real *)work->arguments->scratch + image * work->image + row * work->row);
    }
}

/* Where the window of a row of work's first pixel begins. */
static const real *view_at(const Work *work, const Place *place)
{
    const BlockConvolution *convolution = &work->convolution;
    const real *images = work->view.copied
                             ? (const real *)work->arguments->scratch
                             : (const real *)work->arguments->operands[0] + place->sample * work->arguments->strides[0];
    int64_t group = place->filter_block / (convolution->filter_blocks / convolution->groups);
    int64_t blocks = convolution->planar ? convolution->channels : blocks_of(convolution->channels, LANES);
    int64_t row = work->pieces ? place->row * work->width * work->pixel : place->row * work->view.row_stride * work->row;
    return images + group * blocks * work->image + row + place->column * work->pixel;
}

/* --- pixels ---------------------------------------------------------------------------------------------------------------- */

/* Reals from the first pixel of the view to the one under column `k` of the window. */
static inline int64_t column_offset(const Work *work, int64_t k)
{
    int64_t offset = k * work->convolution.window.dilation[1];
    if (work->view.phases == 1)
        return offset * work->pixel;
    return (offset % work->view.phases * work->view.phase_width + offset / work->view.phases) * work->pixel;
}

/* All channels and taps of `pixels` pixels. */
VECTOR_INLINE void sum_taps(int pixels, bool planar, const Work *work, const real *view, const real *weights, PixelSums sums)
{
    const BlockConvolution *convolution = &work->convolution;
    const BlockWindow *window = &convolution->window;
    int64_t span = planar ? convolution->channels : LANES;
    for (int64_t rest = convolution->channels; rest > 0; rest -= span) {
        int64_t count = rest < span ? rest : span;
        for (int64_t i = 0; i < window->kernel[0]; i++)
            for (int64_t j = 0; j < window->kernel[1]; j++) {
                const real *input = view + i * window->dilation[0] * work->row + column_offset(work, j);
                sum_channels(pixels, planar ? 1 : LANES, planar ? work->image : 1, count, input, weights, sums);
                weights += count * LANES;
            }
        view += work->image;
    }
}

/* Results of `pixels` pixels behind the activation, to `to`. */
VECTOR_INLINE void compute_pixels(int pixels, bool planar, const Work *work, const Place *place, real *to)
{
    const KernelArguments *arguments = work->arguments;
    PixelSums sums;
    VECTOR_UNROLL
    for (int p = 0; p < pixels; p++)
        VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++)
        sums[p][v] = vector_fill(0);
    const real *weights = (const real *)arguments->operands[1] + place->filter_block * work->filter;
    sum_taps(pixels, planar, work, view_at(work, place), weights, sums);
    const real *addition = NULL;
    if (work->tail.addition) {
        int k = 2 + (int)work->tail.bias;
        addition = (const real *)arguments->operands[k] + place->sample * arguments->strides[k] +
                   ((place->filter_block * work->pixels) + place->row * work->width + place->column) * LANES;
    }
    const real *bias =
        work->tail.bias ? (const real *)arguments->operands[2] + place->sample * arguments->strides[2] + place->filter_block * LANES
                        : NULL;
    VECTOR_UNROLL
    for (int v = 0; v < VECTORS; v++) {
        vector shift = bias ? vector_load(bias + v * VECTOR_REALS) : vector_fill(0);
        VECTOR_UNROLL
        for (int p = 0; p < pixels; p++) {
            int64_t at = p * LANES + v * VECTOR_REALS;
            vector_store(to + at, tail_apply(&work->tail, work->high, sums[p][v], shift, addition ? addition + at : NULL));
        }
    }
}

/* Every number of pixels has loops of its own, so that a row is cut into even parts without a slow rest. */
VECTOR_INLINE void compute_part(int64_t pixels, bool planar, const Work *work, const Place *place, real *to)
{
    switch (pixels) {
    case 1:
        compute_pixels(1, planar, work, place, to);
        break;
    case 2:
        compute_pixels(2, planar, work, place, to);
        break;
    case 3:
        compute_pixels(3, planar, work, place, to);
        break;
#if defined(__AVX2__)
    case 4:
        compute_pixels(4, planar, work, place, to);
        break;
    case 5:
        compute_pixels(5, planar, work, place, to);
        break;
    case 6:
        compute_pixels(6, planar, work, place, to);
        break;
#endif
#if defined(__AVX512F__)
    case 7:
        compute_pixels(7, planar, work, place, to);
        break;
    case 8:
        compute_pixels(8, planar, work, place, to);
        break;
    case 9:
        compute_pixels(9, planar, work, place, to);
        break;
    case 10:
        compute_pixels(10, planar, work, place, to);
        break;
    case 11:
        compute_pixels(11, planar, work, place, to);
        break;
    case 12:
        compute_pixels(12, planar, work, place, to);
        break;
    case 13:
        compute_pixels(13, planar, work, place, to);
        break;
    case 14:
        compute_pixels(14, planar, work, place, to);
        break;
    case 15:
        compute_pixels(15, planar, work, place, to);
        break;
    case 16:
        compute_pixels(16, planar, work, place, to);
        break;
    case 17:
        compute_pixels(17, planar, work, place, to);
        break;
    case 18:
        compute_pixels(18, planar, work, place, to);
        break;
    case 19:
        compute_pixels(19, planar, work, place, to);
        break;
    case 20:
        compute_pixels(20, planar, work, place, to);
        break;
    case 21:
        compute_pixels(21, planar, work, place, to);
        break;
    case 22:
        compute_pixels(22, planar, work, place, to);
        break;
    case 23:
        compute_pixels(23, planar, work, place, to);
        break;
    case 24:
        compute_pixels(24, planar, work, place, to);
        break;
    case 25:
        compute_pixels(25, planar, work, place, to);
        break;
    case 26:
        compute_pixels(26, planar, work, place, to);
        break;
    case 27:
        compute_pixels(27, planar, work, place, to);
        break;
    case 28:
        compute_pixels(28, planar, work, place, to);
        break;
#endif
    default:
        break;
    }
}

/* Each of the two has a kernel of its own, so that a library that needs one does not carry the other. */
static void compute_blocked(int64_t pixels, const Work *work, const Place *place, real *to)
{
    compute_part(pixels, false, work, place, to);
}

static void compute_planar(int64_t pixels, const Work *work, const Place *place, real *to)
{
    compute_part(pixels, true, work, place, to);
}

VECTOR_INLINE void compute(bool planar, int64_t pixels, const Work *work, const Place *place, real *to)
{
    if (planar)
        compute_planar(pixels, work, place, to);
    else
        compute_blocked(pixels, work, place, to);
}

/* --- rows ------------------------------------------------------------------------------------------------------------------ */

static real *result_at(const Work *work, const Place *place)
{
    const BlockWindow *window = &work->convolution.window;
    real *sample = (real *)work->arguments->result + place->sample * work->arguments->result_stride;
    if (work->tail.pool == 1)
        return sample + (place->filter_block * work->pixels + place->row * work->width + place->column) * LANES;
    int64_t rows = window->rows / 2, columns = window->columns / 2;
    return sample + ((place->filter_block * rows + place->row / 2) * columns + place->column / 2) * LANES;
}

VECTOR_INLINE void compute_row(bool planar, const Work *work, Place place)
{
    int64_t width = work->pixels - place.row * work->width;
    width = width < work->width ? width : work->width;
    int64_t parts = (width + REGISTER_PIXELS - 1) / REGISTER_PIXELS;
    for (; parts > 0; parts--) {
        int64_t count = (width - place.column) / parts;
        compute(planar, count, work, &place, result_at(work, &place));
        place.column += count;
    }
}

/* The largest of each 2 x 2 results of two rows of `pixels` pixels. */
static void pool_pixels(int64_t pixels, const real *upper, const real *lower, real *to)
{
    for (int64_t p = 0; p + 1 < pixels; p += 2)
        for (int v = 0; v < VECTORS; v++) {
            int64_t at = p * LANES + v * VECTOR_REALS;
            vector high = vector_maximum(vector_load(upper + at), vector_load(upper + at + LANES));
            vector low = vector_maximum(vector_load(lower + at), vector_load(lower + at + LANES));
            vector_store(to + p / 2 * LANES + v * VECTOR_REALS, vector_maximum(high, low));
        }
}

VECTOR_INLINE void compute_pooled_rows(bool planar, const Work *work, Place place)
{
    enum { PAIRS = REGISTER_PIXELS / 2 };
    real upper[REGISTER_PIXELS * LANES], lower[REGISTER_PIXELS * LANES];
    int64_t pairs = work->width / 2, done = 0;
    for (int64_t parts = (pairs + PAIRS - 1) / PAIRS; parts > 0; parts--) {
        int64_t count = (pairs - done) / parts;
        place.column = 2 * done;
        Place below = place;
        below.row++;
        compute(planar, 2 * count, work, &place, upper);
        compute(planar, 2 * count, work, &below, lower);
        pool_pixels(2 * count, upper, lower, result_at(work, &place));
        done += count;
    }
}

/* Units are [sample, chunk of filters, row of work]; with pooling, pairs of rows. */
VECTOR_INLINE void compute_units(bool planar, const Work *work, int64_t first, int64_t last)
{
    int64_t rows = work->rows / work->tail.pool;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t start = unit / rows % work->chunks * work->chunk, end = start + work->chunk;
        Place place = {.sample = work->first_sample + unit / rows / work->chunks, .row = unit % rows * work->tail.pool};
        for (place.filter_block = start; place.filter_block < end && place.filter_block < work->convolution.filter_blocks;
             place.filter_block++) {
            if (work->tail.pool == 1)
                compute_row(planar, work, place);
            else
                compute_pooled_rows(planar, work, place);
        }
    }
}

static void compute_blocked_units(const void *context, int64_t first, int64_t last)
{
    compute_units(false, context, first, last);
}

static void compute_planar_units(const void *context, int64_t first, int64_t last)
{
    compute_units(true, context, first, last);
}

/* --- sharing out ----------------------------------------------------------------------------------------------------------- */

static void plan_work(Work *work)
{
    const BlockConvolution *convolution = &work->convolution;
    const BlockWindow *window = &convolution->window;
    work->view = block_view(window);
    work->pixel = convolution->planar ? 1 : LANES;
    work->row = work->view.phases * work->view.phase_width * work->pixel;
    work->image = (work->view.copied ? work->view.copied_rows : window->height) * work->row;
    work->filter = convolution->channels * window->kernel[0] * window->kernel[1] * LANES;
    work->width = window->columns;
    work->rows = window->rows;
    work->pixels = window->rows * window->columns;
    bool alike =
        window->kernel[0] * window->kernel[1] == 1 && work->view.row_stride == 1 && work->view.phase_width == window->columns;
    work->pieces = alike && work->tail.pool == 1;
    if (work->pieces) {
        work->width = work->pixels < REGISTER_PIXELS ? work->pixels : REGISTER_PIXELS;
        work->rows = blocks_of(work->pixels, work->width);
    }
    int64_t bytes = work->filter * (int64_t)sizeof(real);
    work->chunk = bytes < CHUNK_BYTES ? CHUNK_BYTES / bytes : 1;
    work->chunks = blocks_of(convolution->filter_blocks, work->chunk);
}

static void convolve(const KernelArguments *arguments, void (*compute_some)(const void *, int64_t, int64_t))
{
    Work work = {.arguments = arguments, .high = (real)arguments->reals[0]};
    memcpy(&work.convolution, arguments->integers, sizeof work.convolution);
    memcpy(&work.tail, arguments->integers + BLOCK_CONVOLUTION_INTEGERS, sizeof work.tail);
    plan_work(&work);
    int64_t units = work.chunks * (work.rows / work.tail.pool);
    int64_t cost = work.width * work.tail.pool * work.filter * work.chunk;
    if (!work.view.copied) {
        share_units(arguments->parallel, arguments->samples * units, cost, compute_some, &work);
        return;
    }
    const BlockConvolution *convolution = &work.convolution;
    int64_t images = convolution->groups * (convolution->planar ? convolution->channels : blocks_of(convolution->channels, LANES));
    for (; work.first_sample < arguments->samples; work.first_sample++) {
        share_units(arguments->parallel, images * work.view.copied_rows, work.row, copy_rows, &work);
        share_units(arguments->parallel, units, cost, compute_some, &work);
    }
}

/* Integers: a BlockConvolution that is not planar, then a Tail; real: the clamp's bound. */
void KERNEL_NAME(convolve_blocks)(const KernelArguments *arguments)
{
    convolve(arguments, compute_blocked_units);
}

/* The same for a planar one. */
void KERNEL_NAME(convolve_planar)(const KernelArguments *arguments)
{
    convolve(arguments, compute_planar_units);
}

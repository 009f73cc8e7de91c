/* Kernel striped_spectrum: Fourier transforms of images in stripes; ../stripes.h says how they lie.
 *
 * Columns first. Two neighbouring columns of reals are the real and imaginary parts of one line, and their transforms are taken apart by symmetry; only the
 * first half of the frequencies down a column is needed. Of a row and its mirror image one is transformed, and the other follows. */
#include "kernel/kernel.h"
#include "kernel/vector/stripe.h"

#include <string.h>

typedef struct Work {
    StripePlans plans;
    int64_t height, width, pitch;
    real *line, *more, *other;
} Work;

static inline void split_entry(const real *a, const real *mirror, real *x, real *y)
{
    const vector half = vector_fill((real)0.5);
    for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
        vector re = vector_load(a + v), im = vector_load(a + STRIPE + v);
        vector mirror_re = vector_load(mirror + v), mirror_im = vector_load(mirror + STRIPE + v);
        vector_store(x + v, (re + mirror_re) * half);
        vector_store(x + STRIPE + v, (im - mirror_im) * half);
        vector_store(y + v, (im + mirror_im) * half);
        vector_store(y + STRIPE + v, (mirror_re - re) * half);
    }
}

/* Columns `column` to column + 2 * lines - 1, two a line, into the first half of the rows of the spectrum. */
static void transform_columns(const Work *work, const real *image, int64_t column, int64_t lines, real *spectrum)
{
    int64_t step = lines * STRIPE_PAIR;
    StripeLines from = stripe_lines((real *)image + column * STRIPE, work->width * STRIPE, STRIPE_PAIR);
    stripe_transform(work->plans.column, STRIPE_RESULT, lines, from, stripe_lines(work->line, step, STRIPE_PAIR),
                     stripe_lines(work->more, step, STRIPE_PAIR), stripe_lines(work->other, step, STRIPE_PAIR));
    for (int64_t k = 0; 2 * k <= work->height; k++) {
        const real *line = work->line + k * step, *mirror = work->line + (k ? work->height - k : 0) * step;
        real *to = spectrum + (k * work->pitch + column) * STRIPE_PAIR;
        for (int64_t c = 0; c < lines; c++)
            split_entry(line + c * STRIPE_PAIR, mirror + c * STRIPE_PAIR, to + 2 * c * STRIPE_PAIR, to + (2 * c + 1) * STRIPE_PAIR);
    }
}

/* Writes a transformed row, whose entries lie `step` apart, where it belongs, and its mirror image into another row. */
static void store_row(const Work *work, const real *from, int64_t step, real *row, real *mirror)
{
    for (int64_t c = 0; c < work->width; c++, from += step) {
        real *other = mirror + (c ? work->width - c : 0) * STRIPE_PAIR;
        for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
            vector re = vector_load(from + v), im = vector_load(from + STRIPE + v);
            vector_store(row + c * STRIPE_PAIR + v, re);
            vector_store(row + c * STRIPE_PAIR + STRIPE + v, im);
            vector_store(other + v, re);
            vector_store(other + STRIPE + v, -im);
        }
    }
}

/* Rows `first` and those behind it, and their mirror images. A row that is its own mirror image is as symmetric as rounding leaves it. */
static void transform_rows(const Work *work, int64_t first, int64_t lines, real *spectrum)
{
    int64_t pitch = work->pitch * STRIPE_PAIR, step = lines * STRIPE_PAIR;
    stripe_transform(work->plans.row, STRIPE_RESULT, lines, stripe_lines(spectrum + first * pitch, STRIPE_PAIR, pitch),
                     stripe_lines(work->line, step, STRIPE_PAIR), stripe_lines(work->more, step, STRIPE_PAIR),
                     stripe_lines(work->other, step, STRIPE_PAIR));
    for (int64_t c = 0; c < lines; c++) {
        int64_t k = first + c, mirror = k ? work->height - k : 0;
        store_row(work, work->line + c * STRIPE_PAIR, step, spectrum + k * pitch, spectrum + mirror * pitch);
    }
}

static void transform_stripe(const Work *work, const real *image, real *spectrum)
{
    int64_t pairs = work->width / 2, rows = work->height / 2 + 1, lines = stripes_lines(work->height);
    for (int64_t pair = 0; pair < pairs; pair += lines)
        transform_columns(work, image, 2 * pair, pairs - pair < lines ? pairs - pair : lines, spectrum);
    if (work->width % 2)
        transform_columns(work, image, work->width - 2, 1, spectrum);
    lines = stripes_lines(work->width);
    for (int64_t first = 0; first < rows; first += lines)
        transform_rows(work, first, rows - first < lines ? rows - first : lines, spectrum);
    for (int64_t k = 0; work->pitch > work->width && k < work->height; k++)
        memset(spectrum + (k * work->pitch + work->width) * STRIPE_PAIR, 0, STRIPE_PAIR * sizeof *spectrum);
}

void KERNEL_NAME(striped_spectrum)(const KernelArguments *arguments)
{
    StripedSpectrumNumbers numbers;
    memcpy(&numbers, arguments->integers, sizeof numbers);
    int64_t length = stripes_line(numbers.height, numbers.width);
    Work work = {stripe_plans(arguments->table),         numbers.height,     numbers.width,
                 stripes_pitch(numbers.width),           arguments->scratch, (real *)arguments->scratch + length,
                 (real *)arguments->scratch + 2 * length};
    int64_t image = numbers.height * numbers.width * STRIPE, matrix = stripes_matrix(numbers.height, numbers.width);
    for (int64_t sample = 0; sample < arguments->samples; sample++)
        for (int64_t s = 0; s < numbers.stripes; s++)
            transform_stripe(&work, (const real *)arguments->operands[0] + sample * arguments->strides[0] + s * image,
                             (real *)arguments->result + sample * arguments->result_stride + s * matrix);
}

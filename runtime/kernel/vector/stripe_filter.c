/* Kernel striped_filter: products of spectra with filters, summed over periods, transformed back, and their absolute values, smoothed where that is
 * wanted; ../stripes.h says how all of it lies.
 *
 * A row of the product is summed and transformed while it is in the nearest cache; then columns, some at a time, whose last stage gives absolute
 * values. The inverse is the transform with real and imaginary parts exchanged; its divisor is in the factors. */
#define STRIPE_BACK
#include "kernel/kernel.h"
#include "kernel/vector/stripe.h"
#include "kernel/vector/stripe_smooth.h"
#include "kernel/vector/stripe_sum.h"

#include <string.h>

typedef struct Work {
    StripedFilterNumbers numbers;
    StripePlans plans;
    StripeBank bank;
    Smoothing down, along;
    int64_t pitch;
    real *product; /* [height, pitch] pairs */
    real *line, *more, *other;
    real *images;   /* [height, width] absolute values; with smoothing of some columns */
    real *between;  /* [down.count, width] smoothed columns */
    real *smoothed; /* [down.count, along.count] */
} Work;

/* The rows of a product, transformed back. */
static void product_rows(const Work *work, int64_t filter, const real *spectrum)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t lines = stripes_lines(numbers->width), pitch = lines * STRIPE_PAIR;
    StripeLines more = stripe_lines(work->more, pitch, STRIPE_PAIR);
    StripeLines other = stripe_lines(work->other, pitch, STRIPE_PAIR);
    for (int64_t r = 0; r < numbers->height; r += lines) {
        int64_t now = numbers->height - r < lines ? numbers->height - r : lines;
        StripeLines rows = stripe_lines(work->product + r * work->pitch * STRIPE_PAIR, STRIPE_PAIR, work->pitch * STRIPE_PAIR);
        for (int64_t c = 0; c < now; c++)
            sum_row(&work->bank, filter * numbers->height + r + c, spectrum, work->line + c * STRIPE_PAIR, pitch);
        stripe_transform(work->plans.row, STRIPE_RESULT, now, stripe_lines(work->line, pitch, STRIPE_PAIR), rows, more, other);
    }
}

/* Some columns of a product from `column` on, transformed back, as absolute values. */
static void take_columns(const Work *work, int64_t column, int64_t count, real *moduli, int64_t stride)
{
    int64_t step = count * STRIPE_PAIR;
    StripeLines columns = stripe_lines(work->product + column * STRIPE_PAIR, work->pitch * STRIPE_PAIR, STRIPE_PAIR);
    stripe_transform(work->plans.column, STRIPE_MODULI, count, columns, stripe_lines(moduli, stride, STRIPE),
                     stripe_lines(work->more, step, STRIPE_PAIR), stripe_lines(work->other, step, STRIPE_PAIR));
}

/* All of them. */
static void take_images(const Work *work, real *images)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t lines = stripes_lines(numbers->height);
    for (int64_t c = 0; c < numbers->width; c += lines)
        take_columns(work, c, numbers->width - c < lines ? numbers->width - c : lines, images + c * STRIPE,
                     numbers->width * STRIPE);
}

/* All of them smoothed: columns while they are in the nearest cache, then rows. */
static void take_smoothed(const Work *work)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t lines = stripes_lines(numbers->height), row = numbers->width * STRIPE;
    for (int64_t c = 0; c < numbers->width; c += lines) {
        int64_t now = numbers->width - c < lines ? numbers->width - c : lines;
        take_columns(work, c, now, work->images, now * STRIPE);
        smooth_down(&work->down, work->images, now, work->between + c * STRIPE, row);
    }
    smooth_along(&work->along, work->between, numbers->down.count, work->smoothed);
}

/* One stripe of results. Without smoothing, those with `spread` stay a stripe; others become images one behind the other. */
static void filter_stripe(const Work *work, int64_t stripe, int64_t filter, const real *spectrum, real *result)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t entries = numbers->height * numbers->width, wavelets = numbers->spread ? 1 : numbers->filters;
    const real *images = work->images;
    product_rows(work, filter, spectrum);
    if (numbers->down.count > 0) {
        take_smoothed(work);
        entries = numbers->down.count * numbers->along.count;
        images = work->smoothed;
    } else if (numbers->spread) {
        take_images(work, result + stripe * entries * STRIPE);
        return;
    } else {
        take_images(work, work->images);
    }
    int64_t first = stripes_first(stripe, numbers->run) * wavelets + (numbers->spread ? 0 : filter);
    stripe_scatter(images, entries, stripes_used(stripe, numbers->run), result + first * entries, wavelets * entries);
}

static void filter_sample(const Work *work, const real *spectrum, real *result)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t item = (numbers->spread ? 2 : STRIPE_PAIR) * numbers->places;
    for (int64_t i = 0; i < numbers->items; i++)
        for (int64_t f = 0; f < numbers->filters; f++)
            filter_stripe(work, numbers->spread ? i * numbers->filters + f : i, f, spectrum + i * item, result);
}

static Work work_begin(const KernelArguments *arguments)
{
    Work work = {.plans = stripe_plans(arguments->table)};
    const StripedFilterNumbers *numbers = &work.numbers;
    memcpy(&work.numbers, arguments->integers, sizeof work.numbers);
    const void *const *operands = arguments->operands;
    work.bank = (StripeBank){operands[1], operands[2], operands[3], numbers->spread, numbers->places};
    if (numbers->down.count > 0) {
        work.down = smooth_begin(numbers->down, numbers->height, operands[4]);
        work.along = smooth_begin(numbers->along, numbers->width, operands[5]);
    }
    int64_t length = stripes_line(numbers->height, numbers->width);
    work.pitch = stripes_pitch(numbers->width);
    work.product = arguments->scratch;
    work.line = work.product + stripes_matrix(numbers->height, numbers->width);
    work.more = work.line + length;
    work.other = work.more + length;
    work.images = work.other + length;
    work.between = work.images + stripes_images(numbers);
    work.smoothed = work.between + numbers->down.count * numbers->width * STRIPE;
    return work;
}

void KERNEL_NAME(striped_filter)(const KernelArguments *arguments)
{
    Work work = work_begin(arguments);
    for (int64_t sample = 0; sample < arguments->samples; sample++)
        filter_sample(&work, (const real *)arguments->operands[0] + sample * arguments->strides[0],
                      (real *)arguments->result + sample * arguments->result_stride);
}

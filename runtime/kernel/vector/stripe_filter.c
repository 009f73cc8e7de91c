/* Kernel striped_filter: products of spectra with filters, summed over periods, transformed back, and their absolute values, smoothed where that is
 * wanted; ../stripes.h says how all of it lies.
 *
 * A row of the product is summed and transformed while it is in the nearest cache; then columns, one at a time, become absolute values in the same
 * way. The inverse is the transform with real and imaginary parts exchanged; its divisor is in the factors. The absolute value is the root of the
 * sum of squares: it overflows above the root of the largest real. */
#define STRIPE_BACK
#include "kernel/kernel.h"
#include "kernel/vector/stripe.h"
#include "kernel/vector/stripe_smooth.h"

#include <string.h>

typedef struct Bank {
    const real *factors, *runs, *places, *starts;
} Bank;

typedef struct Work {
    StripedFilterNumbers numbers;
    StripePlans plans;
    Bank bank;
    const real *down, *along; /* of smoothing */
    int64_t pitch;
    real *product; /* [height, pitch] pairs */
    real *line, *more, *other;
    real *images;   /* [height, width] absolute values */
    real *between;  /* [rows, width] */
    real *smoothed; /* [rows, columns] */
} Work;

/* Reads numbers from a constant. */
static inline int64_t whole(real value)
{
    return (int64_t)value;
}

/* Where the terms of a run are, and from where to where they are summed. It is handed on by value, since stores might change what a pointer leads to. */
typedef struct Run {
    const real *factors;
    const real *places;
    const real *spectrum;
    int64_t length;
    real *to;
    int64_t pitch; /* from one result to the next */
} Run;

/* A part of a pair, as long as instructions allow: both halves of it have the same factor. */
#if defined(__AVX512F__)
enum { PART_BYTES = 64 };
#else
enum { PART_BYTES = VECTOR_BYTES };
#endif
typedef real Part __attribute__((vector_size(PART_BYTES)));
typedef real PartInMemory __attribute__((vector_size(PART_BYTES), aligned(sizeof(real)), may_alias));
enum { PART_REALS = PART_BYTES / sizeof(real), PARTS = STRIPE_PAIR / PART_REALS };

/* Sums `terms` terms an entry of eight images with one filter; `more`: onto what is there. */
VECTOR_INLINE void sum_side_by_side(int terms, bool more, Run run)
{
    VECTOR_LOOP
    for (int64_t i = 0; i < run.length; i++) {
        PartInMemory *to = (PartInMemory *)run.to;
        Part sum[PARTS];
        VECTOR_UNROLL
        for (int k = 0; k < PARTS; k++)
            sum[k] = more ? (Part)to[k] : (Part){0};
        VECTOR_UNROLL
        for (int t = 0; t < terms; t++) {
            const PartInMemory *from = (const PartInMemory *)(run.spectrum + whole(run.places[t]) * STRIPE_PAIR);
            VECTOR_UNROLL
            for (int k = 0; k < PARTS; k++)
                sum[k] += from[k] * run.factors[t];
        }
        VECTOR_UNROLL
        for (int k = 0; k < PARTS; k++)
            to[k] = sum[k];
        run.places += terms;
        run.factors += terms;
        run.to += run.pitch;
    }
}

/* The same of one image, in planes, with eight filters. */
VECTOR_INLINE void sum_spread(int terms, bool more, Run run, int64_t plane)
{
    VECTOR_LOOP
    for (int64_t i = 0; i < run.length; i++) {
        const real *from[STRIPE_TERMS];
        VECTOR_UNROLL
        for (int t = 0; t < terms; t++)
            from[t] = run.spectrum + whole(run.places[t]);
        VECTOR_UNROLL
        for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
            real *to = run.to + v;
            vector re = more ? vector_load(to) : vector_fill(0), im = more ? vector_load(to + STRIPE) : vector_fill(0);
            VECTOR_UNROLL
            for (int t = 0; t < terms; t++) {
                vector factor = vector_load(run.factors + t * STRIPE + v);
                re = vector_multiply_add(vector_fill(from[t][0]), factor, re);
                im = vector_multiply_add(vector_fill(from[t][plane]), factor, im);
            }
            vector_store(to, re);
            vector_store(to + STRIPE, im);
        }
        run.places += terms;
        run.factors += terms * STRIPE;
        run.to += run.pitch;
    }
}

VECTOR_INLINE void sum_terms(const Work *work, int terms, bool more, Run run)
{
    if (work->numbers.spread)
        sum_spread(terms, more, run, work->numbers.places);
    else
        sum_side_by_side(terms, more, run);
}

static void sum_run(const Work *work, int64_t terms, bool more, Run run)
{
    if (terms == 1 && !more)
        sum_terms(work, 1, false, run);
    else if (terms == 1)
        sum_terms(work, 1, true, run);
    else if (!more)
        sum_terms(work, STRIPE_TERMS, false, run);
    else
        sum_terms(work, STRIPE_TERMS, true, run);
}

static void clear_entries(real *entries, int64_t count, int64_t pitch)
{
    for (int64_t i = 0; i < count; i++)
        vector_clear(entries + i * pitch, STRIPE_PAIR);
}

/* Row `r` of a product with a filter. */
static void sum_row(const Work *work, int64_t filter, int64_t r, const real *spectrum, real *row, int64_t pitch)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    const real *start = work->bank.starts + filter * numbers->height + r;
    int64_t first = whole(start[0]), end = whole(start[1]), width = numbers->width;
    if (first == end)
        clear_entries(row, width, pitch);
    for (int64_t i = first; i < end; i++) {
        const real *run = work->bank.runs + i * STRIPE_RUN;
        int64_t column = whole(run[0]), length = whole(run[1]), place = whole(run[3]);
        if (i == first) {
            clear_entries(row, column, pitch);
            clear_entries(row + (column + length) * pitch, width - column - length, pitch);
        }
        Run terms = {.factors = work->bank.factors + place * (numbers->spread ? STRIPE : 1),
                     .places = work->bank.places + place,
                     .spectrum = spectrum,
                     .length = length,
                     .to = row + column * pitch,
                     .pitch = pitch};
        sum_run(work, whole(run[2]), i > first, terms);
    }
}

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
            sum_row(work, filter, r + c, spectrum, work->line + c * STRIPE_PAIR, pitch);
        stripe_transform(work->plans.row, now, stripe_lines(work->line, pitch, STRIPE_PAIR), rows, more, other);
    }
}

/* The absolute values of rows of `columns` pairs, into rows that lie `stride` reals apart. */
static void take_moduli(const real *pairs, int64_t rows, int64_t columns, real *moduli, int64_t stride)
{
    for (int64_t r = 0; r < rows; r++, moduli += stride)
        for (int64_t c = 0; c < columns; c++, pairs += STRIPE_PAIR)
            VECTOR_UNROLL
    for (int v = 0; v < STRIPE; v += VECTOR_REALS) {
        vector re = vector_load(pairs + v), im = vector_load(pairs + STRIPE + v);
        vector_store(moduli + c * STRIPE + v, vector_root(vector_multiply_add(re, re, im * im)));
    }
}

/* The columns of a product, transformed back, as absolute values. */
static void take_columns(const Work *work, real *images)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t lines = stripes_lines(numbers->height), pitch = work->pitch * STRIPE_PAIR;
    for (int64_t c = 0; c < numbers->width; c += lines) {
        int64_t now = numbers->width - c < lines ? numbers->width - c : lines, step = now * STRIPE_PAIR;
        stripe_transform(work->plans.column, now, stripe_lines(work->product + c * STRIPE_PAIR, pitch, STRIPE_PAIR),
                         stripe_lines(work->line, step, STRIPE_PAIR), stripe_lines(work->more, step, STRIPE_PAIR),
                         stripe_lines(work->other, step, STRIPE_PAIR));
        take_moduli(work->line, numbers->height, now, images + c * STRIPE, numbers->width * STRIPE);
    }
}

/* One stripe of results. Without smoothing, those with `spread` stay a stripe; others become images one behind the other. */
static void filter_stripe(const Work *work, int64_t stripe, int64_t filter, const real *spectrum, real *result)
{
    const StripedFilterNumbers *numbers = &work->numbers;
    int64_t entries = numbers->height * numbers->width, wavelets = numbers->spread ? 1 : numbers->filters;
    product_rows(work, filter, spectrum);
    if (numbers->spread && !numbers->rows) {
        take_columns(work, result + stripe * entries * STRIPE);
        return;
    }
    take_columns(work, work->images);
    const real *images = work->images;
    if (numbers->rows) {
        smooth_columns(work->down, numbers->rows, numbers->height, work->images, numbers->width, work->between);
        smooth_rows(work->along, numbers->columns, numbers->width, work->between, numbers->rows, work->smoothed);
        entries = numbers->rows * numbers->columns;
        images = work->smoothed;
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
    work.bank = (Bank){operands[1], operands[2], operands[3], operands[4]};
    if (numbers->rows) {
        work.down = operands[5];
        work.along = operands[6];
    }
    int64_t length = stripes_line(numbers->height, numbers->width);
    work.pitch = stripes_pitch(numbers->width);
    work.product = arguments->scratch;
    work.line = work.product + stripes_matrix(numbers->height, numbers->width);
    work.more = work.line + length;
    work.other = work.more + length;
    work.images = work.other + length;
    work.between = work.images + numbers->height * numbers->width * STRIPE;
    work.smoothed = work.between + numbers->rows * numbers->width * STRIPE;
    return work;
}

void KERNEL_NAME(striped_filter)(const KernelArguments *arguments)
{
    Work work = work_begin(arguments);
    for (int64_t sample = 0; sample < arguments->samples; sample++)
        filter_sample(&work, (const real *)arguments->operands[0] + sample * arguments->strides[0],
                      (real *)arguments->result + sample * arguments->result_stride);
}

/* Stripes: eight images side by side, so that whatever is done to one is done to eight by vectors, with no entry out of its place. Geometry that
 * kernels, their tables, the lowering and the transform share.
 *
 * Striped images are a tensor [stripes, height, width, 8]; the images of a run of `run` (the wavelets of one image, say) fill ceil(run / 8) stripes, the last
 * one as far as it goes. A striped spectrum is a tensor [stripes, height, pitch, 16]: for each frequency eight real parts, then eight imaginary ones; an odd
 * pitch keeps the entries of a column out of each other's way in the caches.
 *
 * A bank of filters for them is three constants. `starts` says for each row of a result (wavelets, or stripes of wavelets, outermost) where it begins in
 * `runs`, and where the last one ends. A row is the place of its first factors, then runs, which fill it from its left to its right. A run is {length,
 * terms, a place for each term}: entry i of it is the sum over its terms t of entry places[t] + i of the spectrum times a factor. Factors lie as they
 * are needed: those of an entry's terms side by side, then those of the next entry. Loops have nothing to look up, and always do the same.
 *
 * Smoothing is a low-pass filter that is a product of one down the columns and one along the rows, and subsamples; `count` results of a line are kept,
 * from `first` on. Both are symmetric and go round, so that it is enough to know results p and sums over the line's first entries, folded.
 * With an odd number n / step of results of a line of n entries there are two ways to fold:
 *
 *     x[i] + x[n - i], x[i] - x[n - i]                                   for i <= n / 2
 *
 * results p and n / step - p are the sum and the difference of what these give. With an even number there are four, from
 * a, b = x[i] +- x[n - i] and c, d = x[n / 2 - i] +- x[n / 2 + i]:
 *
 *     a + c, a - c, b - d, b + d                                         for i <= n / 4
 *
 * and of the four sums s that belong to p, result p is s0 + s1 + s2 + s3, result -p is s0 + s1 - s2 - s3, result n / step / 2 - p is
 * s0 - s1 - s2 + s3, and result n / step / 2 + p is s0 - s1 + s2 - s3. A constant holds what is summed, block by block: {p, i, count}, then
 * for each of `count` entries from i on SMOOTH_SUMS factors: for each way to fold those of the results p, p + 1, ... */
#ifndef STRATA_KERNEL_STRIPES_H
#define STRATA_KERNEL_STRIPES_H

#include <stdint.h>

enum { STRIPE = 8, STRIPE_PAIR = 2 * STRIPE };

/* Where the length and the number of terms of a run stand in it, and where its places begin. */
enum { STRIPE_RUN_LENGTH, STRIPE_RUN_TERMS, STRIPE_RUN_PLACES };

/* Where in a block of smoothing there is what; sums of a block; and ways to fold lines, of which so many results are made. */
enum { SMOOTH_RESULT, SMOOTH_ENTRY, SMOOTH_COUNT, SMOOTH_FACTORS };
enum { SMOOTH_SUMS = 8, SMOOTH_WAYS = 4 };

static inline int smooth_ways(int64_t results)
{
    return results % 2 == 0 ? SMOOTH_WAYS : SMOOTH_WAYS / 2;
}

/* Smoothing of lines of one direction. */
typedef struct SmoothSide {
    int64_t count; /* 0: there is none */
    int64_t first, step;
    int64_t length; /* of the constant */
} SmoothSide;

/* Numbers of the kernel `striped_spectrum`, in their order. */
typedef struct StripedSpectrumNumbers {
    int64_t stripes, height, width;
} StripedSpectrumNumbers;

/* Numbers of the kernel `striped_filter`, in their order. */
typedef struct StripedFilterNumbers {
    int64_t items; /* images that are filtered: stripes of them, or with `spread` items of a spectrum in planes (spectrum.h) */
    int64_t height, width; /* of a result before smoothing */
    int64_t spread;  /* 1: the wavelets of one image lie side by side; 0: the images do, and have one wavelet after the other */
    int64_t run;     /* wavelets with `spread`, else images of a run */
    int64_t filters; /* stripes of wavelets with `spread`, else wavelets */
    int64_t places;  /* entries of one image in the spectrum */
    SmoothSide down, along;
} StripedFilterNumbers;

/* Numbers of the kernel `striped_smooth`, in their order. */
typedef struct StripedSmoothNumbers {
    int64_t stripes, height, width;
    int64_t run;
    SmoothSide down, along;
} StripedSmoothNumbers;

enum { STRIPED_SPECTRUM_INTEGERS = 3, STRIPED_FILTER_INTEGERS = 15, STRIPED_SMOOTH_INTEGERS = 12 };

static inline int64_t stripes_of(int64_t images)
{
    return images / STRIPE + (images % STRIPE > 0);
}

/* Entries from one row of a striped spectrum to the next. */
static inline int64_t stripes_pitch(int64_t width)
{
    return width | 1;
}

/* Images in use of stripe `stripe` in runs of `run`. */
static inline int64_t stripes_used(int64_t stripe, int64_t run)
{
    int64_t left = run - stripe % stripes_of(run) * STRIPE;
    return left < STRIPE ? left : STRIPE;
}

/* The first image of a stripe. */
static inline int64_t stripes_first(int64_t stripe, int64_t run)
{
    return stripe / stripes_of(run) * run + stripe % stripes_of(run) * STRIPE;
}

/* Lines of a size that are transformed at once: as many as stay in the nearest cache, two copies of each. */
static inline int64_t stripes_lines(int64_t size)
{
    return size <= 20 ? 6 : size <= 40 ? 4 : size <= 80 ? 2 : 1;
}

/* Reals of so many lines of the longer side of a matrix, and of the matrix. */
static inline int64_t stripes_line(int64_t height, int64_t width)
{
    int64_t rows = stripes_lines(width) * width, columns = stripes_lines(height) * height;
    return STRIPE_PAIR * (rows > columns ? rows : columns);
}

static inline int64_t stripes_matrix(int64_t height, int64_t width)
{
    return STRIPE_PAIR * height * stripes_pitch(width);
}

/* Reals of the absolute values that a filter holds: of all images of a stripe, or with smoothing of as many columns as are transformed at once. */
static inline int64_t stripes_images(const StripedFilterNumbers *numbers)
{
    if (numbers->down.count > 0)
        return numbers->height * stripes_lines(numbers->height) * STRIPE;
    return numbers->spread ? 0 : numbers->height * numbers->width * STRIPE;
}

#endif

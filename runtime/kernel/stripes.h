/* Stripes: eight images side by side, so that whatever is done to one is done to eight by vectors, with no entry out of its place. Geometry that
 * kernels, their tables, the lowering and the transform share.
 *
 * Striped images are a tensor [stripes, height, width, 8]; the images of a run of `run` (the wavelets of one image, say) fill ceil(run / 8) stripes, the last
 * one as far as it goes. A striped spectrum is a tensor [stripes, height, pitch, 16]: for each frequency eight real parts, then eight imaginary ones; an odd
 * pitch keeps the entries of a column out of each other's way in the caches.
 *
 * A bank of filters for them is four constants. `starts` says for each row of a result (wavelets, or stripes of wavelets, outermost) where its runs
 * begin in `runs`, and where the last one's end. A run is {column, length, terms, first}: to `length` entries of the row from `column` on it adds `terms`
 * terms each, 1 or 2; term t of entry i is the entry `places[first + i * terms + t]` of the spectrum times factors[first + i * terms + t]. The first run of a
 * row reaches over all that is not 0 in it, and those behind it stay within. Few runs with loops that always do the same leave the processor nothing to guess.
 *
 * Smoothing is a product from both sides with matrices [rows, height] and [columns, width]: a low-pass filter that is a product of two, with what is kept
 * of its result. */
#ifndef STRATA_KERNEL_STRIPES_H
#define STRATA_KERNEL_STRIPES_H

#include <stdint.h>

enum { STRIPE = 8, STRIPE_PAIR = 2 * STRIPE, STRIPE_RUN = 4, STRIPE_TERMS = 2 };

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
    int64_t rows, columns; /* behind smoothing; 0: there is none */
} StripedFilterNumbers;

/* Numbers of the kernel `striped_smooth`, in their order. */
typedef struct StripedSmoothNumbers {
    int64_t stripes, height, width;
    int64_t run;
    int64_t rows, columns;
} StripedSmoothNumbers;

enum { STRIPED_SPECTRUM_INTEGERS = 3, STRIPED_FILTER_INTEGERS = 9, STRIPED_SMOOTH_INTEGERS = 6 };

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
    return size <= 40 ? 4 : size <= 80 ? 2 : 1;
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

#endif

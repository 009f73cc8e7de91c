/* Spectra of real signals and images in planes, and products of them with filters: geometry that kernels, their tables and the lowering share.
 *
 * A spectrum of `items` items of height x width entries (height 1: signals) is a tensor [items, 2, places]: the real parts of an item in order,
 * then the imaginary ones, each followed by at least LANES - 1 places that hold 0, so that vectors may be loaded from any entry.
 *
 * A bank of filters is three constants. Results of one wavelet are cut, row by row, into blocks of LANES columns; `starts` says where the terms of each
 * block begin, and where the last one's end; a term is a place of the spectrum and LANES factors for the entries from there on. A product with a filter
 * and the sum over its periods are then one walk over terms, and what a filter does not have has no term.
 *
 * All transforms go along columns, then along rows of a matrix; a long signal is seen as a matrix too, with a factor for each entry in between. Lines must be
 * products of 2, 3 and 5. */
#ifndef STRATA_KERNEL_SPECTRUM_H
#define STRATA_KERNEL_SPECTRUM_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of the kernel `spectrum`, in their order. */
typedef struct SpectrumNumbers {
    int64_t items, height, width;
    int64_t places; /* of a plane */
} SpectrumNumbers;

/* Numbers of the kernel `filter_spectrum`, in their order: the results have height x width entries. */
typedef struct FilterNumbers {
    int64_t items, height, width;
    int64_t places;
    int64_t wavelets;
    int64_t modulus; /* 1: the absolute value of the complex result; 0: its real part */
} FilterNumbers;

enum { SPECTRUM_INTEGERS = 4, FILTER_INTEGERS = 6 };

/* The matrix that an item is seen as. `turned`: it is a long signal, whose entries are multiplied between columns and rows. */
typedef struct SpectrumMatrix {
    int64_t rows, columns;
    bool turned;
} SpectrumMatrix;

/* Largest radices of transforms of lines in planes and in stripes. */
enum { LINE_STAGES = 40, LARGEST_OF_PLANES = 8, LARGEST_OF_STRIPES = 24 };

/* How lines of a size are transformed: stages as in fft/plan.h, with radices 2, 3, 4, 5, 6 and 8, in stripes 9, 10, 12, 18, 20 and 24 too; offsets count reals
 * behind this header. */
typedef struct LinePlan {
    int64_t size;
    int64_t twiddles[LINE_STAGES];
    int32_t radix[LINE_STAGES];
    int32_t stages;
    int32_t unused;
} LinePlan;

/* Signals of 256 samples and more that are powers of two become matrices, each side a multiple of `lanes`. */
static inline SpectrumMatrix spectrum_matrix(int64_t height, int64_t width, int64_t lanes)
{
    bool power = width > 0 && (width & (width - 1)) == 0;
    if (height > 1 || width < lanes * lanes || !power)
        return (SpectrumMatrix){height, width, false};
    int64_t rows = lanes;
    while (4 * rows * rows <= width)
        rows *= 2;
    return (SpectrumMatrix){rows, width / rows, true};
}

/* Whether lines of this size can be transformed. */
static inline bool spectrum_has_lines(int64_t size)
{
    for (int64_t prime = 2; prime <= 5; prime++)
        while (size % prime == 0)
            size /= prime;
    return size == 1;
}

/* Items that are worked on at once: as many as stay in the nearest caches. */
static inline int64_t spectrum_group(int64_t entries, int64_t items)
{
    enum { GROUP_ENTRIES = 1 << 14 };
    int64_t group = entries >= GROUP_ENTRIES ? 1 : GROUP_ENTRIES / entries;
    return group < items ? group : items;
}

/* Reals of one plane of `count` matrices side by side (one behind the other when they are turned), with room for vectors at the end. */
static inline int64_t spectrum_pitch(const SpectrumMatrix *matrix, int64_t count, int64_t lanes)
{
    return matrix->turned ? matrix->columns : (count * matrix->columns + 2 * lanes - 1) / lanes * lanes;
}

static inline int64_t spectrum_plane(const SpectrumMatrix *matrix, int64_t count, int64_t lanes)
{
    int64_t copies = matrix->turned ? count : 1;
    return copies * matrix->rows * spectrum_pitch(matrix, count, lanes) + lanes;
}

/* Reals of one plane of LANES lines. */
static inline int64_t spectrum_lines(const SpectrumMatrix *matrix, int64_t lanes)
{
    int64_t longest = matrix->rows > matrix->columns ? matrix->rows : matrix->columns;
    return (longest + lanes) * lanes;
}

#endif

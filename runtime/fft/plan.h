/* Plans of discrete Fourier transforms of any size: how a size is factored, and the roots of unity it needs.
 *
 * A size whose prime factors are at most LARGEST_RADIX is transformed in stages, one for each factor, fours taken together. Any other size n is a
 * convolution with a chirp (Bluestein 1970), done by transforms of the next power of two from 2 n - 1 on. All roots are computed in
 * double precision, to about one unit in the last place, and rounded to the kernel's precision.
 *
 * A plan is one block of memory without pointers: an FftPlan, then its reals. It is made once, never changed, and may be used by many
 * threads; what executes it is kernel/fft.c. */
#ifndef STRATA_FFT_PLAN_H
#define STRATA_FFT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LARGEST_RADIX = 31, STAGE_LIMIT = 44 };

/* Offsets count reals from the end of this header.
 *
 * Stage k has radix r = radix[k], follows on stages of product s, and leaves m = length / (s r). Its twiddles are exp(-2 pi i p j / (m r)) for
 * p = 0 .. m - 1, j = 1 .. r - 1, as pairs; behind them for r > 5 stand the pairs cos(2 pi k / r), sin(2 pi k / r), k = 0 .. r - 1. */
typedef struct FftPlan {
    int64_t size;
    int64_t length; /* of the transforms in stages: size, or the length of the convolution */
    int64_t twiddles[STAGE_LIMIT];
    int64_t chirp;    /* exp(-pi i k^2 / size), k = 0 .. size - 1; counts only when length is not size */
    int64_t spectrum; /* of the conjugate chirp wrapped around, divided by length */
    int64_t bytes;    /* of the whole plan, a multiple of 64 */
    int32_t radix[STAGE_LIMIT];
    int32_t stages;
    int32_t unused; /* fills the header up to a multiple of 64 bytes, so that the reals are aligned */
} FftPlan;

/* Bytes of the plan of a size, a multiple of 64. */
size_t fft_plan_bytes(int64_t size, bool precise);

/* Writes the plan into that many bytes, aligned to 64. `precise`: its reals are doubles, not floats. */
void fft_plan_make(int64_t size, bool precise, void *memory);

/* Length of the transforms in stages, for a size. */
int64_t fft_length(int64_t size);

/* exp(-2 pi i k / n) for 0 <= k < n. */
void fft_root(int64_t k, int64_t n, double *re, double *im);

#endif

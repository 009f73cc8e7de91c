/* Vectors of reals, as wide as the instructions that a file is compiled for, by the vector extensions of GCC and clang.
 *
 * Kernels of this folder work on blocks of LANES channels, 64 bytes of reals at every level, so that data in blocks is the same for all of
 * them: VECTORS vectors of VECTOR_REALS reals each. Addresses need no alignment beyond that of a real. */
#ifndef STRATA_KERNEL_VECTOR_VECTOR_H
#define STRATA_KERNEL_VECTOR_VECTOR_H

#include "kernel/real.h"

#include <math.h>
#include <stdint.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

/* A file that works on eight reals at a time defines VECTOR_EIGHT before it includes this: its vectors are no longer than that. */
#if defined(__AVX512F__) && !(defined(VECTOR_EIGHT) && !defined(KERNEL_DOUBLE))
#define VECTOR_SIZE 64
#elif defined(__AVX2__)
#define VECTOR_SIZE 32
#else
#define VECTOR_SIZE 16
#endif
#if defined(KERNEL_DOUBLE)
#define VECTOR_PLACES (VECTOR_SIZE / 8)
#else
#define VECTOR_PLACES (VECTOR_SIZE / 4)
#endif

enum { VECTOR_BYTES = VECTOR_SIZE };
enum { LANES = 64 / sizeof(real), VECTOR_REALS = VECTOR_BYTES / sizeof(real), VECTORS = 64 / VECTOR_BYTES };

typedef real vector __attribute__((vector_size(VECTOR_BYTES)));
typedef real VectorInMemory __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

/* What a comparison gives: all bits of an entry set or none. */
#if defined(KERNEL_DOUBLE)
typedef int64_t VectorMask __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef int32_t VectorMask __attribute__((vector_size(VECTOR_BYTES)));
#endif

/* A function whose integer arguments are known where it is called, and its loops over registers: all of them, or (VECTOR_LOOP) none. */
#define VECTOR_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define VECTOR_UNROLL _Pragma("clang loop unroll(full)")
#define VECTOR_LOOP   _Pragma("clang loop unroll(disable)")
#else
#define VECTOR_UNROLL _Pragma("GCC unroll 64")
#define VECTOR_LOOP   _Pragma("GCC unroll 1")
#endif

/* Hides from compilers that an integer stays the same in a loop: what follows from it is then computed where it is used. They would keep all of it
 * from before the loop, in more registers than there are. */
#define VECTOR_RECOMPUTE(integer) __asm__("" : "+r"(integer))

VECTOR_INLINE vector vector_load(const real *from)
{
    return *(const VectorInMemory *)from;
}

VECTOR_INLINE void vector_store(real *to, vector value)
{
    *(VectorInMemory *)to = value;
}

VECTOR_INLINE vector vector_fill(real value)
{
    return value - (vector){0};
}

/* a * b + c; rounded once where there is an instruction for it. Files of this folder are compiled with products and sums taken together, but
 * compilers compute a product only once that several sums need, and then add it: where vectors are of the usual size they are given no choice. */
VECTOR_INLINE vector vector_multiply_add(vector a, vector b, vector c)
{
#if defined(__FMA__) && VECTOR_PLACES == 8 && VECTOR_SIZE == 32
    return (vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

VECTOR_INLINE vector vector_select(VectorMask mask, vector where_set, vector elsewhere)
{
    return (vector)((mask & (VectorMask)where_set) | (~mask & (VectorMask)elsewhere));
}

VECTOR_INLINE VectorMask vector_is_nan(vector a)
{
    vector same = a;
    return (VectorMask)(a != same);
}

/* NaN where a or b is NaN, as maximum and minimum of the language are: a comparison with NaN fails, so only a has to be asked. */
VECTOR_INLINE vector vector_maximum(vector a, vector b)
{
    return vector_select((VectorMask)(a > b) | vector_is_nan(a), a, b);
}

VECTOR_INLINE vector vector_minimum(vector a, vector b)
{
    return vector_select((VectorMask)(a < b) | vector_is_nan(a), a, b);
}

/* The same for a bound that is not NaN: one instruction on most processors. */
VECTOR_INLINE vector vector_at_least(vector value, vector bound)
{
    return vector_select((VectorMask)(bound > value), bound, value);
}

VECTOR_INLINE vector vector_at_most(vector value, vector bound)
{
    return vector_select((VectorMask)(bound < value), bound, value);
}

/* Square roots: compilers make one instruction of a loop of them only where it is alone. */
VECTOR_INLINE vector vector_root(vector a)
{
#if defined(KERNEL_DOUBLE)
#if VECTOR_PLACES == 8
    return (vector)_mm512_sqrt_pd((__m512d)a);
#elif VECTOR_PLACES == 4
    return (vector)_mm256_sqrt_pd((__m256d)a);
#else
    for (int i = 0; i < VECTOR_REALS; i++)
        a[i] = sqrt(a[i]);
    return a;
#endif
#elif VECTOR_PLACES == 16
    return (vector)_mm512_sqrt_ps((__m512)a);
#elif VECTOR_PLACES == 8
    return (vector)_mm256_sqrt_ps((__m256)a);
#else
    for (int i = 0; i < VECTOR_REALS; i++)
        a[i] = sqrtf(a[i]);
    return a;
#endif
}

/* Places of entries of two vectors, one behind the other: every second one, and those of the first and second halves taken in turn. */
#if VECTOR_PLACES == 16
#define VECTOR_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define VECTOR_ODD  1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define VECTOR_LOW  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define VECTOR_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VECTOR_PLACES == 8
#define VECTOR_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define VECTOR_ODD  1, 3, 5, 7, 9, 11, 13, 15
#define VECTOR_LOW  0, 8, 1, 9, 2, 10, 3, 11
#define VECTOR_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif VECTOR_PLACES == 4
#define VECTOR_EVEN 0, 2, 4, 6
#define VECTOR_ODD  1, 3, 5, 7
#define VECTOR_LOW  0, 4, 1, 5
#define VECTOR_HIGH 2, 6, 3, 7
#else
#define VECTOR_EVEN 0, 2
#define VECTOR_ODD  1, 3
#define VECTOR_LOW  0, 2
#define VECTOR_HIGH 1, 3
#endif

VECTOR_INLINE vector vector_even(vector a, vector b)
{
    return __builtin_shufflevector(a, b, VECTOR_EVEN);
}

VECTOR_INLINE vector vector_odd(vector a, vector b)
{
    return __builtin_shufflevector(a, b, VECTOR_ODD);
}

/* a0 b0 a1 b1 .., of the first and of the second halves of both. */
VECTOR_INLINE vector vector_interleave_low(vector a, vector b)
{
    return __builtin_shufflevector(a, b, VECTOR_LOW);
}

VECTOR_INLINE vector vector_interleave_high(vector a, vector b)
{
    return __builtin_shufflevector(a, b, VECTOR_HIGH);
}

/* Copies and clears entries, by whole vectors as far as there are any: for counts that are too small for a call of memcpy to be worth it. */
VECTOR_INLINE void vector_copy(const real *from, int64_t count, real *to)
{
    int64_t i = 0;
    for (; i + VECTOR_REALS <= count; i += VECTOR_REALS)
        vector_store(to + i, vector_load(from + i));
    if (i < count && count >= VECTOR_REALS)
        vector_store(to + count - VECTOR_REALS, vector_load(from + count - VECTOR_REALS));
    else
        for (; i < count; i++)
            to[i] = from[i];
}

VECTOR_INLINE void vector_clear(real *to, int64_t count)
{
    int64_t i = 0;
    for (; i + VECTOR_REALS <= count; i += VECTOR_REALS)
        vector_store(to + i, vector_fill(0));
    for (; i < count; i++)
        to[i] = 0;
}

#endif

/* Sums of products for several pixels and one block of filters, in registers: the inner loops of direct convolutions. */
#ifndef STRATA_KERNEL_VECTOR_SUM_PIXELS_H
#define STRATA_KERNEL_VECTOR_SUM_PIXELS_H

#include "kernel/vector/vector.h"

/* Pixels whose sums fit into the registers beside what is multiplied. */
#if defined(__AVX512F__)
enum { REGISTER_PIXELS = 28 };
#elif defined(__AVX2__)
enum { REGISTER_PIXELS = 6 };
#else
enum { REGISTER_PIXELS = 3 };
#endif

typedef vector PixelSums[REGISTER_PIXELS][VECTORS];

/* Adds `count` channels: channel c of pixel p stands at input[p * pixel_step + c * channel_step], the weights of channel c at
 * weights[c * LANES]. `pixels` and `pixel_step` are known where it is called. The loop over channels must not be unrolled: compilers would share
 * and spill entries. */
VECTOR_INLINE void sum_channels(int pixels, int pixel_step, int64_t channel_step, int64_t count, const real *input,
                                const real *weights, PixelSums sums)
{
    enum { AHEAD = 4096 / sizeof(real) }; /* weights are one stream, and wait for memory where they are many */
    VECTOR_LOOP
    for (int64_t c = 0; c < count; c++, weights += LANES, input += channel_step) {
        __builtin_prefetch(weights + AHEAD);
        vector weight[VECTORS];
        VECTOR_UNROLL
        for (int v = 0; v < VECTORS; v++)
            weight[v] = vector_load(weights + v * VECTOR_REALS);
        VECTOR_UNROLL
        for (int p = 0; p < pixels; p++) {
            vector entry = vector_fill(input[p * pixel_step]);
            VECTOR_UNROLL
            for (int v = 0; v < VECTORS; v++)
                sums[p][v] = vector_multiply_add(weight[v], entry, sums[p][v]);
        }
    }
}

#endif

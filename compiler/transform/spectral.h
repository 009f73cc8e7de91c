/* Spectral: takes a Graph, gives it with fast forms of filtered real signals and images. For inference: what training differentiates stays as it is.
 *
 * modulus or real part of ifft(periodize(fft(x) * filters)), with x real and filters constant and real, becomes a product of the spectrum of x with a packed
 * bank (ops/spectrum.c): one spectrum for all that use it, periods summed where the product is formed, and terms only where a filter has support. */
#ifndef STRATA_TRANSFORM_SPECTRAL_H
#define STRATA_TRANSFORM_SPECTRAL_H

#include "graph/graph.h"

typedef struct SpectralOptions {
    int64_t lanes;    /* reals in 64 bytes */
    double threshold; /* what a filter has below this share of its largest entry counts as 0 */
} SpectralOptions;

Graph *transform_spectral(Arena *arena, const Graph *graph, const SpectralOptions *options);

#endif

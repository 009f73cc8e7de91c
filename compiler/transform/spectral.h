/* Spectral: takes a Graph, gives it with fast forms of filtered real signals and images. For inference: what training differentiates stays as it is.
 *
 * modulus or real part of ifft(periodize(fft(x) * filters)), with x real and filters constant and real, becomes a product of the spectrum of x with a packed
 * bank: one spectrum for all that use it, periods summed where the product is formed, and terms only where a filter has support.
 *
 * - Wavelets of one image lie side by side in stripes (kernel/stripes.h), and so do the images that come of them when they are filtered again.
 * - A low-pass filter that is a product of two becomes a product with a matrix from either side, which has only what is kept of the result: no transform of
 *   what it filters is made. It joins the filters in front of it when nothing else reads what they give.
 * - Everything else, signals above all, lies in planes (kernel/spectrum.h). */
#ifndef STRATA_TRANSFORM_SPECTRAL_H
#define STRATA_TRANSFORM_SPECTRAL_H

#include "transform/transform.h"

typedef struct SpectralOptions {
    int64_t lanes;    /* reals in 64 bytes */
    double threshold; /* what a filter has below this share of its largest entry counts as 0 */
    double rest;      /* what may be left out of a low-pass filter in space, as a share of its sum of magnitudes */
} SpectralOptions;

Graph *transform_spectral(Arena *arena, const Graph *graph, const SpectralOptions *options, const TransformOptions *names);

#endif

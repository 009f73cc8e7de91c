/* Filtered signals and images in a Graph: what nodes behind one another say together. */
#ifndef STRATA_TRANSFORM_SPECTRAL_MATCH_H
#define STRATA_TRANSFORM_SPECTRAL_MATCH_H

#include "graph/graph.h"

/* A filtered tensor: modulus or real part of ifft(periodize(fft(x) * filters)), with x real and filters constant and real. */
typedef struct FilterMatch {
    const Node *last;     /* modulus or real */
    int32_t fft;          /* its node */
    int axes;             /* that are transformed: 2 or 1 */
    const double *filter; /* [wavelets, height, width] */
    int64_t wavelets;
    int64_t items;
    int64_t height, width;               /* of the spectrum; signals have height 1 */
    int64_t result_height, result_width; /* behind the sum over periods */
} FilterMatch;

/* The value behind any number of changes of shape. */
Value behind_reshapes(const Graph *graph, Value value);

/* Whether a modulus or a real part is one, with lines that vectors transform (kernel/spectrum.h). */
bool match_filter(const Graph *graph, const Node *node, FilterMatch *match);

/* A real part of one filter over two axes, and what slices of its rows and columns keep. */
typedef struct KeptMatch {
    FilterMatch filter;
    int64_t first_row, last_row, first_column, last_column;
} KeptMatch;

/* Whether a real part, or a slice of one, is that. */
bool match_kept(const Graph *graph, const Node *node, KeptMatch *match);

#endif

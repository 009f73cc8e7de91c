/* Filter banks as a net applies them: takes a Graph, gives each bank's Littlewood-Paley sum, frame bounds and filters, and how far the net can spread
 * inputs apart.
 *
 * A bank is what happens to one spectrum: all products of fft(x), or of its reshapes, with known tensors. Each product is a filter; a periodize behind it
 * subsamples what it gives. Padding stands in front of the fft, so it is part of x. With w over the frequencies of the grid, the Littlewood-Paley sum is
 *
 *     sum over the filters h of |h(w)|^2, and for real x of (|h(w)|^2 + |h(-w)|^2) / 2;
 *
 * its least and largest value A and B bound, for every x, A |x|^2 <= sum |x * h|^2 <= B |x|^2, before subsampling (Parseval). Filters may be computed
 * from weights, when these are given; else they belong to no bank. Nothing here changes the Graph; results lie in the arena given and point into the Graph's constants. */
#ifndef STRATA_ANALYSE_FRAME_H
#define STRATA_ANALYSE_FRAME_H

#include "graph/graph.h"

/* Rows and columns; a transform over one axis has one row. */
enum { FRAME_AXES = 2 };

/* One known tensor that the spectrum is multiplied by: the entry at (row, column) is data[offset + row stride[0] + column stride[1]]. */
typedef struct FrameFactor {
    const double *data;
    bool complex; /* entries are pairs */
    int64_t offset;
    int64_t stride[FRAME_AXES]; /* 0: one entry along the axis */
    const struct FrameFactor *next;
} FrameFactor;

typedef struct FrameFilter {
    int64_t signal; /* the one it is applied to, counted along all dimensions before the transformed ones; -1: to each of them */
    const FrameFactor *factors; /* their product is the filter's spectrum */
    int64_t step[FRAME_AXES];   /* every so many-th entry is kept */
    int32_t user;               /* the node that takes the product; -1: it is a result of the net */
    double peak[FRAME_AXES];    /* where its spectrum is largest, in cycles a sample, -1/2 .. 1/2 */
    double gain;                /* how large it is there */
    double width[FRAME_AXES]; /* root mean square of the distance from the mean frequency, weighted by |h|^2, in cycles a sample */
    int64_t first[FRAME_AXES],
        last[FRAME_AXES]; /* support: outside of these places lies at most a thousandth of sum |h| along the axis */
} FrameFilter;

/* An extreme value and the frequency of the grid at which it is attained (the first one of several), in cycles a sample. */
typedef struct FrameBound {
    double value;
    double at[FRAME_AXES];
} FrameBound;

/* The `pad` in front of a bank. */
typedef struct FramePadding {
    const char *mode; /* null: there is none */
    int64_t before[FRAME_AXES], behind[FRAME_AXES];
} FramePadding;

typedef struct FrameBank {
    int32_t spectrum; /* node of the fft */
    int32_t signal;   /* node that it transforms */
    int axes;
    int64_t size[FRAME_AXES];
    int64_t signals; /* how many are transformed by themselves, for one sample */
    bool real;       /* they are real */
    int64_t parent;  /* the bank whose filters the signals come from; -1: they come from the input */
    int64_t depth;   /* banks before it */
    FramePadding padding;
    FrameFilter *filters;
    int64_t filter_count, filter_capacity;
    double *sum; /* of signal `worst`, over the grid */
    FrameBound lower, upper;
    /* The same with subsampling, each coefficient counted for the samples that it stands for: extreme eigenvalues of what becomes of frequencies that
     * fall together. */
    bool subsampled; /* they were computed */
    double subsampled_lower, subsampled_upper;
} FrameBank;

/* Squared distances of two inputs grow by at most `squared` on their way to the values that `ends` says. */
typedef struct FrameSpread {
    double squared;
    bool from_input;  /* from the inputs; else from the signals of the first banks: something before them has no bound */
    int32_t obstacle; /* first node that has none, -1: all have */
} FrameSpread;

typedef struct Frame {
    const Graph *graph;
    FrameBank *banks;
    int64_t bank_count, bank_capacity;
    const ConstantInfo **known; /* for each node: its value where it is a constant, or a filter that was computed; null */
    int64_t *bank_of;           /* for each node: the bank that it is part of as spectrum, reshape or product; -1 */
    bool *filtered;             /* for each such node: it was multiplied */
    FrameSpread spread;
} Frame;

/* How much work the bounds with subsampling may take, in multiplications. */
#define FRAME_WORK_USUAL 2e9

/* All facts. Banks stand in the order of the Graph. Bounds with subsampling are left out of a bank where they would take more than `work`. `weights`: the entries of each weight of the Graph, in double precision; null: not known. What is in
 * `scratch`, an arena of the caller's with the same recovery point, is given back again and again. */
Frame analyse_frame(const Graph *graph, const double *const *weights, double work, Arena *arena, Arena *scratch);

/* The parts of analyse_frame. */
void frame_know(Frame *frame, const double *const *weights, Arena *arena);
void frame_find(Frame *frame, Arena *arena);
void frame_sum(FrameBank *bank, Arena *arena);
void frame_subsampled(FrameBank *bank, double work, Arena *scratch);
void frame_measure(FrameBank *bank, Arena *scratch);
void frame_spread(Frame *frame, Arena *arena);

/* A Graph with the same inputs and weights whose outputs are, for each sample, the energy of the signals of the first banks, "input", and of what leaves the banks with d
 * others before them, "order0" ...; for a frame with banks. It shares what it does not change with the frame's Graph. */
Graph *frame_energies(const Frame *frame, Arena *arena);

/* A filter's spectrum at a row and column of the grid. */
void frame_entry(const FrameFilter *filter, int64_t row, int64_t column, double *re, double *im);

/* The filter itself: the inverse transform of its spectrum, rows x columns pairs. */
double *frame_space(const FrameBank *bank, const FrameFilter *filter, Arena *arena);

/* Whether a filter is applied to a signal. */
static inline bool frame_applies(const FrameFilter *filter, int64_t signal)
{
    return filter->signal < 0 || filter->signal == signal;
}

/* How many signals have filters of their own; 1 where all have the same. */
int64_t frame_signals_apart(const FrameBank *bank);

/* The sum over the grid for one signal, each filter's |h|^2 times its `gain` (null: 1). `sum` has room for the grid. */
void frame_weighted_sum(const FrameBank *bank, int64_t signal, const double *gain, double *sum);

/* What a person reads, and one JSON object. `all`: the filters of every bank, else of the first. */
void frame_print(const Frame *frame, const SourceTable *sources, bool all, Text *out);
void frame_print_json(const Frame *frame, Text *out);

#endif

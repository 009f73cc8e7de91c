/* Transforms: Graph to Graph, computing the same; one list, one file each.
 *
 * A transform reads a verified Graph and gives a new one that passes the verifier too. Tables of inputs, weights and states stay as they
 * are; names, outputs and what rows refer to follow their values; nodes keep their origin. The new Graph lives in `arena` and shares strings,
 * types and attributes with the old one, so it lives as long as both arenas do. Time and memory are linear in the Graph. */
#ifndef STRATA_TRANSFORM_TRANSFORM_H
#define STRATA_TRANSFORM_TRANSFORM_H

#include "graph/graph.h"

typedef struct TransformOptions {
    bool keep_names; /* every value with a name stays, for watching; else those that a result needs */
} TransformOptions;

typedef struct Transform {
    const char *name;
    const char *summary;
    Graph *(*apply)(Arena *arena, const Graph *graph, const TransformOptions *options);
} Transform;

/* The list, in the order in which they run; ended by a row without a name. */
extern const Transform transform_list[];

/* Algebraic identities that are exact, and operations on small constants carried out. */
Graph *transform_simplify(Arena *arena, const Graph *graph, const TransformOptions *options);

/* Nodes that compute the same value become one. */
Graph *transform_deduplicate(Arena *arena, const Graph *graph, const TransformOptions *options);

/* Nodes, captures and constants that nothing needs are left out. */
Graph *transform_prune(Arena *arena, const Graph *graph, const TransformOptions *options);

/* Normalisation and scaling behind products with fixed weights go into the weights. For a Graph that does not train; rounding changes. */
Graph *transform_fold(Arena *arena, const Graph *graph, const TransformOptions *options);

typedef struct FastOptions {
    int64_t lanes;            /* reals of 64 bytes, in the precision in which the Graph will run: 16 or 8 */
    bool exact;               /* every sum of a convolution is that of its definition, in another order at most: no Winograd */
    const char *const *watch; /* names whose values stay; no others do */
    int64_t watch_count;
} FastOptions;

/* The last step before planning, for a Graph that does not train: folds, fuses, and replaces products by the fast operations of their family,
 * over images in blocks, and filtered signals and images by theirs (spectral.h). Names that are not watched are left out. Nothing behind this reads such a Graph but the planner. */
Graph *transform_fast(Arena *arena, const Graph *graph, const FastOptions *fast);

/* Element-wise operations of real numbers that follow one another become one, and with the sum over a batch in lanes behind them one too. What
 * is wanted by name must be among the results: names of inner values are left out. Nothing behind this reads such a Graph but the planner. */
Graph *transform_elements(Arena *arena, const Graph *graph, const TransformOptions *options);

typedef struct StepOptions {
    int64_t samples; /* of the batch, exactly */
    int64_t lanes;   /* reals of 64 bytes, in the precision in which the Graph will run: 16 or 8 */
} StepOptions;

/* The last step before planning for the Graph of a step of training: images are computed on with the samples in lanes, where the batch fills these. The result
 * is good for batches of exactly this size, and for the planner alone; names are left out. */
Graph *transform_step(Arena *arena, const Graph *graph, const StepOptions *step);

/* All of the list in order. With `problem` not null, the verifier runs after each one: when it complains, the result is null and `problem` a
 * sentence that begins with the transform's name. */
Graph *transform_all(Arena *arena, const Graph *graph, const TransformOptions *options, const char **problem);

#endif

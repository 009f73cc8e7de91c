/* The reference: evaluates a whole Graph as plainly as it can be said, node by node and sample by sample in double precision, by the
 * definitions in the operations' rows. It shares nothing with the Plan and the kernels, so that it can test them. */
#ifndef STRATA_TESTS_ENGINE_REFERENCE_H
#define STRATA_TESTS_ENGINE_REFERENCE_H

#include "graph/graph.h"

/* What the Graph's sources are: a row of doubles for each row of the Graph's tables; `inputs` hold `batch` samples each. */
/* Sees each result of an operation (not of a source or a scan), in regions too, and may change it; operands are whole batches. */
typedef void ReferenceHook(void *context, const Graph *graph, const Node *node, const double *const *operands, double *result);

typedef struct ReferenceSources {
    int64_t batch; /* at least 1 */
    const double *const *inputs;
    const double *const *weights; /* null: the initial values */
    const double *const *states;  /* null: likewise */
    int64_t first_sample;
    uint64_t seed;
    uint64_t step;
    double rate;
    ReferenceHook *hook; /* null: none */
    void *context;
} ReferenceSources;

typedef struct Reference Reference;

/* Evaluates every node that can be (a weight without value, and what depends on it, cannot). Everything lies in `arena`. */
Reference *reference_evaluate(Arena *arena, const Graph *graph, const ReferenceSources *sources);

/* A value: `batch` samples one behind the other, one when it is unbatched; null when it could not be evaluated. */
const double *reference_value(const Reference *reference, Value value);

/* The mean over the batch of the objective, and of the penalties. */
double reference_objective(const Reference *reference);

#endif

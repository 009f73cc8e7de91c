/* Facts about a Graph that need no weights: what it costs, what each value sees of the input, the table by layer.
 *
 * Nothing here changes a Graph. Scratch memory and results come from the arena given, never from the Graph's own. Bytes are those of single
 * precision: 4 for each real. Sums that leave 64 bits stay at INT64_MAX. */
#ifndef STRATA_ANALYSE_ANALYSE_H
#define STRATA_ANALYSE_ANALYSE_H

#include "graph/graph.h"

/* The facts `weights(n)`, `multiply_adds(n)` and `bytes(n)` of the language: entries of all weights, frozen ones too; multiply-adds of
 * convolutions and matrix products for one sample; bytes of all weights. */
int64_t analyse_weights(const Graph *graph);
int64_t analyse_multiply_adds(const Graph *graph, Arena *arena);
int64_t analyse_bytes(const Graph *graph);

/* Bytes of one sample of a value. */
int64_t analyse_value_bytes(const Type *type);

/* Sum and product that stay at INT64_MAX instead of overflowing; for numbers that are not negative. */
int64_t saturating_add(int64_t a, int64_t b);
int64_t saturating_multiply(int64_t a, int64_t b);

/* What running a Graph costs, for one sample. Counted are the nodes that a run needs: those that outputs, the objective, penalties or,
 * in training, next states depend on; the initial values of weights are computed before. */
typedef struct CostTable {
    bool *needed; /* one for each node */
    Cost *nodes;  /* likewise; zero when not needed. A scan costs its region, once for each slice */
    Cost total;
} CostTable;

CostTable analyse_cost(const Graph *graph, Arena *arena);

#endif

/* The walk back through a Graph, from gradients of some values to those of others: what gradient.c and gradient_scan.c share. */
#ifndef STRATA_TRANSFORM_GRADIENT_WALK_H
#define STRATA_TRANSFORM_GRADIENT_WALK_H

#include "graph/graph.h"
#include "ops/gradient.h"

/* A value whose gradient is known at the start. */
typedef struct GradientSeed {
    Value value, gradient;
} GradientSeed;

/* Appends to `graph` what takes the seeds' gradients to those of `of`; null, or a sentence that says why that cannot be done. */
const char *gradient_walk(Graph *graph, const GradientSeed *seeds, int64_t seed_count, const Value *of, int64_t count,
                          Value *gradients);

/* Whether a gradient can pass to a value: real and complex numbers have one. */
static inline bool gradient_passes(const Graph *graph, Value value)
{
    ElementKind element = graph_type(graph, value)->element;
    return element == ELEMENT_REAL || element == ELEMENT_COMPLEX;
}

/* The rule of a scan: upstream[i] is the gradient of result i, or no_value. Fills gradient->given. */
const char *gradient_scan(Gradient *gradient, const Node *scan, const Value *upstream);

#endif

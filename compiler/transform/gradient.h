/* Gradient: appends to a Graph the nodes that compute the gradient of a number, by reverse mode.
 *
 * Each operation's rule stands in its row of the table (ops/gradient.h). Rules append operations of the table, so a gradient is a Graph like any
 * other: it is fused, planned and compiled as such, and has a gradient itself.
 *
 * The batch. L is the scalar itself, or the mean over the batch of a batched one. For an unbatched value w (a weight) the result is dL/dw.
 * For a batched value x it is, sample by sample, N dL/dx, N being the size of the batch: where samples do not meet, the gradient of the sample's own
 * number. This way no rule depends on N.
 *
 * Complex numbers. The gradient of a real number L for z = x + i y is dL/dx + i dL/dy: the direction of steepest ascent.
 *
 * Constants. States, seed, step, rate, what stop_gradient gives, integers and booleans have no gradient: it is zero. So is that of a value
 * on which L does not depend. */
#ifndef STRATA_TRANSFORM_GRADIENT_H
#define STRATA_TRANSFORM_GRADIENT_H

#include "graph/graph.h"

/* Fills gradients[k], a value of the type of of[k] (real where that is of integers or booleans), for each of the `count` values. They may be
 * any values of the Graph: sources, weights, inner ones. `scalar` is real and has rank 0. New nodes get the origin of the node that they
 * belong to. Null, or a sentence that says why there is no gradient: the scalar is none, or an internal operation lies between. */
const char *gradient_append(Graph *graph, Value scalar, const Value *of, int64_t count, Value *gradients);

/* The same on a copy of the Graph in `arena`, which keeps the old one's numbering of nodes; the result lives as long as both arenas do. Null after
 * filling `problem`. */
Graph *transform_gradient(Arena *arena, const Graph *graph, Value scalar, const Value *of, int64_t count, Value *gradients,
                          const char **problem);

#endif

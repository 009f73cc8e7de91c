/* Makes a failing model small: nodes are dropped while it still fails. */
#ifndef STRATA_TESTS_ENGINE_SHRINK_H
#define STRATA_TESTS_ENGINE_SHRINK_H

#include "engine/local_check.h"

/* A Graph with the data of a run. */
typedef struct ModelCase {
    const Graph *graph;
    ModelData data;
} ModelCase;

/* Whether a case still fails. */
typedef bool StillFails(void *context, Arena *arena, const ModelCase *model);

/* Outputs are left out, and a node's values become an input (or a weight, if unbatched) that holds what the interpreter computed for them,
 * for as long as the case fails. Everything is made in `arena`. */
ModelCase shrink(Arena *arena, ModelCase model, const CheckOptions *options, StillFails *fails, void *context);

/* Nodes that are not sources, regions included. */
int64_t operation_count(const Graph *graph);

/* The case as text: a line for each node. */
const char *case_text(Arena *arena, const Graph *graph);

#endif

/* A survey of a Graph: what a transform wants to know of all nodes before it begins. */
#ifndef STRATA_TRANSFORM_SURVEY_H
#define STRATA_TRANSFORM_SURVEY_H

#include "graph/graph.h"
#include "transform/transform.h"

typedef struct Survey {
    int32_t *readers; /* how many operands and results of the Graph (with `keep_names` names too) are the node's values */
    int32_t *reader;  /* the last node that reads it, -1: none does */
    bool *fixed;      /* it depends on weights, states and constants alone: computed once for them, before any run */
} Survey;

/* Time is linear in the Graph. */
Survey survey_make(Arena *arena, const Graph *graph, const TransformOptions *options);

#endif

/* Inside the planner: what its passes hand to each other. plan.c names the passes in their order. */
#ifndef STRATA_ENGINE_PLANNER_H
#define STRATA_ENGINE_PLANNER_H

#include "engine/plan.h"

typedef struct GraphFacts GraphFacts;

/* What the planner knows of a node. */
typedef struct NodeFacts {
    bool needed;        /* something that is asked for depends on it */
    bool varies;        /* it depends on inputs, seed, step, rate or chance: computed in `run`, else in `prepare` */
    bool done;          /* its steps are in the list */
    int32_t level;      /* number of loops that it must stand in */
    int32_t value;      /* the Plan's value of result 0 (further results follow), or -1 */
    GraphFacts *region; /* of a scan */
} NodeFacts;

/* The Graph, or the region of a scan. */
struct GraphFacts {
    const Graph *graph;
    NodeFacts *nodes;
    GraphFacts *outer; /* null for the Graph itself */
    bool ahead;        /* what does not vary is computed in `prepare` */
    const Node *scan;  /* the node whose region it is */
    int64_t states;    /* of the scan: states and sequences come first among the region's inputs, the others are captures */
    int64_t sequences;
    bool draws;  /* holds, at any depth, an operation that draws random numbers */
    bool varies; /* holds, at any depth, one that varies by itself */
};

/* What a Plan is asked for: values of the Graph with the kind of step that hands them over. */
typedef struct Root {
    StepKind kind; /* STEP_STORE, STEP_NEXT_STATE or STEP_OBJECTIVE */
    int32_t row;
    Value value;
} Root;

typedef struct RootList {
    Root *items;
    int64_t count, capacity;
} RootList;

/* facts.c: which nodes are needed, in which list and how deep in loops each one stands. Without `ahead` nothing is prepared. Null after filling `error` (a region that reads a
 * weight or a state instead of a capture). */
GraphFacts *facts_find(Arena *arena, const Graph *graph, const RootList *roots, bool ahead, StrataError *error);

/* emit.c: the steps of both lists, values and buffers; the Graph's own nodes in this order. False after filling `error`. */
bool plan_emit(Plan *plan, GraphFacts *facts, const RootList *roots, const int32_t *order, StrataError *error);

/* order.c: an order of the nodes that tends to need less memory than the Graph's own. */
int32_t *order_by_need(Arena *arena, const Graph *graph, const RootList *roots);

/* liveness.c: first and last step of every buffer, results that take over an operand's memory, and the schedules that follow. */
void plan_lifetimes(Plan *plan);

/* Whether a buffer has a place of its own in the arena of `prepare` or of `run`. */
bool plan_lies_in_arena(const Buffer *buffer, bool prepare);

/* lend.c: the buffers that may lie in the caller's memory. */
void plan_lend(Plan *plan);

/* layout.c: sizes for a number of samples and the lower bound that follows; then offsets and the peak. */
void plan_sizes(Plan *plan, int layout, int64_t samples);
void plan_offsets(Plan *plan, int layout);

#endif

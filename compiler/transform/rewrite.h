/* Building a new Graph from an old one, node by node: what every transform does. */
#ifndef STRATA_TRANSFORM_REWRITE_H
#define STRATA_TRANSFORM_REWRITE_H

#include "graph/graph.h"

typedef struct Rewrite {
    const Graph *old;
    Graph *graph; /* the new one */
    Value *map;   /* for each old node, the new value of its result 0; no_value: left out, or not reached yet */
} Rewrite;

/* A new Graph with the old one's tables and no nodes, names and results. */
Rewrite rewrite_begin(Arena *arena, const Graph *old);

/* The new value of an old one; no_value when it was left out. */
Value rewrite_value(const Rewrite *rewrite, Value old);

/* The new values of a node's operands, in an array of the caller's with room for them all. */
void rewrite_operands(const Rewrite *rewrite, const Node *node, Value *operands);

/* Appends a node as it is, over other operands (copied) and another region, without running its shape rule again. */
Value rewrite_append(Rewrite *rewrite, const Node *node, const Value *operands, Graph *region);

/* Maps initial and next values, outputs, penalties, objective and names; names of what was left out are left out too. */
Graph *rewrite_end(Rewrite *rewrite);

/* The most operands that a node of the Graph has. */
int32_t rewrite_widest(const Graph *graph);

#endif

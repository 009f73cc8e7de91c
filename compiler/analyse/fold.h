/* Nodes folded by the definitions that they come from: the tree that the summary and the picture of a Graph walk. */
#ifndef STRATA_ANALYSE_FOLD_H
#define STRATA_ANALYSE_FOLD_H

#include "graph/graph.h"

/* A node of the Graph, or an origin with something in it. */
typedef struct FoldItem {
    bool is_origin;
    int32_t index;
} FoldItem;

typedef struct FoldList {
    FoldItem *items;
    int64_t count, capacity;
} FoldList;

typedef struct Fold {
    const Graph *graph;
    FoldList *inside; /* for each origin: its nodes and origins, in the order in which the Graph comes to them */
    FoldList top;     /* those outside of any origin */
    int32_t *last;    /* for each origin: the node that gives its value */
} Fold;

/* Only nodes that `included` says. */
Fold fold_make(const Graph *graph, const bool *included, Arena *arena);

/* The part of a path behind that of the definition around it; all of it when it lies elsewhere. */
const char *fold_inner_path(const char *path, const char *around);

/* Whether an origin is a `let` or an index, not an applied definition: its content counts as that of the origin around it. */
bool fold_is_transparent(const Graph *graph, int32_t origin);

#endif

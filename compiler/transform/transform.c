/* The list of transforms and their driver; see transform.h. */
#include "transform/transform.h"

const Transform transform_list[] = {
    {"simplify", "identities that are exact, and constants folded", transform_simplify},
    {"deduplicate", "equal values computed once", transform_deduplicate},
    {"prune", "nodes that nothing needs left out", transform_prune},
    {NULL, NULL, NULL},
};

Graph *transform_all(Arena *arena, const Graph *graph, const TransformOptions *options, const char **problem)
{
    const Graph *before = graph;
    Graph *after = NULL;
    for (const Transform *transform = transform_list; transform->name; transform++) {
        after = transform->apply(arena, before, options);
        const char *complaint = problem ? graph_verify(after, arena) : NULL;
        if (complaint) {
            *problem = arena_printf(arena, "%s: %s", transform->name, complaint);
            return NULL;
        }
        before = after;
    }
    return after;
}

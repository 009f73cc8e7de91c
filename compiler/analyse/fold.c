/* Folding nodes by origin; see fold.h. */
#include "analyse/fold.h"

#include "base/map.h"

#include <string.h>

bool fold_is_transparent(const Graph *graph, int32_t origin)
{
    return graph->origins[origin].definition == NULL || graph->origins[origin].parent < 0;
}

const char *fold_inner_path(const char *path, const char *around)
{
    size_t length = strlen(around);
    bool inside = length > 0 && strncmp(path, around, length) == 0 && path[length] == '.';
    return inside ? path + length + 1 : path;
}

static void add_item(Arena *arena, FoldList *list, FoldItem item)
{
    list->items = arena_grow(arena, list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = item;
}

static FoldList *list_of(Fold *fold, int32_t origin)
{
    return origin < 0 ? &fold->top : &fold->inside[origin];
}

/* Enters an origin into the one around it, once, and that one before; as deep as origins are, which the verifier limits. */
static void link_origin(Arena *arena, Fold *fold, bool *linked, int32_t origin)
{
    if (origin < 0 || linked[origin])
        return;
    int32_t parent = fold->graph->origins[origin].parent;
    link_origin(arena, fold, linked, parent);
    add_item(arena, list_of(fold, parent), (FoldItem){.is_origin = true, .index = origin});
    linked[origin] = true;
}

/* The value of an origin is the one that bears its name; where none does, its last. */
static void find_last(Arena *arena, Fold *fold, const bool *included)
{
    const Graph *graph = fold->graph;
    for (int64_t i = 0; i < graph->origin_count; i++)
        fold->last[i] = -1;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (included[i] && graph->nodes[i].origin >= 0)
            fold->last[graph->nodes[i].origin] = (int32_t)i;
    for (int64_t i = graph->origin_count - 1; i > 0; i--) {
        int32_t parent = graph->origins[i].parent;
        if (parent >= 0 && fold->last[i] > fold->last[parent])
            fold->last[parent] = fold->last[i];
    }
    Map names = map_make(arena);
    for (int64_t i = 0; i < graph->name_count; i++)
        map_set(&names, graph->names[i].path, (void *)&graph->names[i]);
    for (int64_t i = 0; i < graph->origin_count; i++) {
        if (fold->last[i] < 0)
            continue;
        const NamedValue *named = map_get(&names, graph_origin_path(graph, (int32_t)i, arena));
        if (named && included[named->value.node])
            fold->last[i] = named->value.node;
    }
}

Fold fold_make(const Graph *graph, const bool *included, Arena *arena)
{
    Fold fold = {.graph = graph};
    fold.inside = arena_zero(arena, (size_t)graph->origin_count, sizeof *fold.inside);
    fold.last = arena_take(arena, (size_t)graph->origin_count * sizeof *fold.last);
    bool *linked = arena_zero(arena, (size_t)graph->origin_count, sizeof *linked);
    for (int64_t i = 0; i < graph->node_count; i++) {
        if (!included[i])
            continue;
        link_origin(arena, &fold, linked, graph->nodes[i].origin);
        add_item(arena, list_of(&fold, graph->nodes[i].origin), (FoldItem){.index = (int32_t)i});
    }
    find_last(arena, &fold, included);
    return fold;
}

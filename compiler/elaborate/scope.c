/* Full names: a tree of scopes, one for each applied definition, `let` and index on the way to a weight.
 *
 * A definition applied for the n-th time in a scope is the part "name" + n; a `let` or an index is entered again when it comes again, so that
 * counting goes on and no two weights get one name. Each scope has a row in the origin tree of the Graph that its nodes are in. */
#include "elaborate/elaborator.h"

#include <string.h>

static Scope *scope_make(Elaborator *e, Scope *parent, const char *path, const char *part, const char *definition, SourceSpan span)
{
    Scope *scope = arena_zero(e->arena, 1, sizeof *scope);
    *scope = (Scope){.parent = parent, .path = path, .part = part, .definition = definition, .span = span, .origin = -1};
    return scope;
}

Scope *scope_root(Elaborator *e, Graph *graph, const char *path)
{
    SourceSpan span = e->build && e->build->net ? e->build->net->ast->span : no_span;
    Scope *scope = scope_make(e, NULL, path, path[0] ? path : NULL, NULL, span);
    scope->graph = graph;
    scope->origin = graph_add_origin(graph, (Origin){.parent = -1, .definition = graph->name, .path = scope->part, .span = span});
    return scope;
}

const char *scope_join(Elaborator *e, const Scope *scope, const char *part)
{
    return scope->path[0] ? arena_printf(e->arena, "%s.%s", scope->path, part) : part;
}

static Map *map_new(Elaborator *e)
{
    Map *map = arena_take(e->arena, sizeof *map);
    *map = map_make(e->arena);
    return map;
}

Scope *scope_child(Elaborator *e, const char *part, const char *definition, SourceSpan span)
{
    Scope *parent = e->build->scope;
    if (!definition) {
        if (!parent->children)
            parent->children = map_new(e);
        Scope *known = map_get(parent->children, part);
        if (known)
            return known;
    }
    Scope *scope = scope_make(e, parent, scope_join(e, parent, part), part, definition, span);
    if (!definition)
        map_set(parent->children, part, scope);
    return scope;
}

Scope *scope_fresh(Elaborator *e, const char *path, const char *part, const char *definition, SourceSpan span)
{
    return scope_make(e, e->build->scope, path, part, definition, span);
}

const char *scope_ordinal(Elaborator *e, const char *name)
{
    Scope *scope = e->build->scope;
    if (!scope->ordinals)
        scope->ordinals = map_new(e);
    int64_t *count = map_get(scope->ordinals, name);
    if (!count) {
        count = arena_zero(e->arena, 1, sizeof *count);
        map_set(scope->ordinals, name, count);
    }
    return arena_printf(e->arena, "%s%lld", name, (long long)++*count);
}

/* The key of a random tensor: its place in the net or, for what a weight starts with, the weight's name; as a word or as a hash of 53 bits,
 * so that the number is exact as a double too. */
AttributeValue next_place(Elaborator *e, const char *name, AttributeKind kind)
{
    Build *build = e->build;
    const char *place = name;
    if (build && build->place)
        place = build->draws++ ? arena_printf(e->arena, "%s#%lld", build->place, (long long)build->draws) : build->place;
    else if (build)
        place = scope_join(e, build->scope, scope_ordinal(e, name));
    if (kind == ATTRIBUTE_NAME)
        return (AttributeValue){.name = place};
    return (AttributeValue){.integer = (int64_t)(hash_bytes(place, strlen(place)) >> 11)};
}

static int32_t origin_of(Scope *scope, Graph *graph)
{
    if (scope->origin >= 0 && scope->graph == graph)
        return scope->origin;
    int32_t parent = scope->parent ? origin_of(scope->parent, graph) : 0;
    scope->graph = graph;
    scope->origin = graph_add_origin(
        graph, (Origin){.parent = parent, .definition = scope->definition, .path = scope->part, .span = scope->span});
    return scope->origin;
}

int32_t scope_origin(Elaborator *e)
{
    return origin_of(e->build->scope, e->build->graph);
}

void name_result(Elaborator *e, const char *path, Object result)
{
    Build *build = e->build;
    if (build->region || build->place || build->sharing)
        return;
    if (result.kind == OBJECT_TENSOR && result.tensor->graph == build->root && !map_has(&build->names, path)) {
        graph_add_name(build->root, path, result.tensor->value);
        map_set(&build->names, path, build);
    }
    if (result.kind != OBJECT_RECORD)
        return;
    for (int64_t i = 0; i < result.record->count; i++)
        name_result(e, arena_printf(e->arena, "%s.%s", path, result.record->names[i]), result.record->values[i]);
}

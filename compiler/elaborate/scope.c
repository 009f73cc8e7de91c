/* Full names: a tree of scopes, one for each applied definition, `let` and index on the way to a weight.
 *
 * A definition applied for the n-th time in a scope is the part "name" + n; a `let` or an index is entered again when it comes again, so that
 * counting goes on and no two weights get one name. Each scope has a row in the origin tree of the Graph that its nodes are in. */
#include "elaborate/elaborator.h"

#include <stdlib.h>
#include <string.h>

static Scope *scope_make(Elaborator *e, Scope *parent, const char *path, const char *part, const char *definition, SourceSpan span)
{
    Scope *scope = arena_zero(e->arena, 1, sizeof *scope);
    *scope = (Scope){.parent = parent, .path = path, .part = part, .definition = definition, .span = span, .origin = -1};
    scope->depth = parent ? parent->depth + 1 : 0;
    if (scope->depth >= GRAPH_ORIGIN_DEPTH - 1) /* a node may add a place of its own */
        stop(e, 1010, span, "definitions, `let`s and repetitions are nested too deeply here");
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
    size_t before = strlen(scope->path);
    size_t behind = strlen(part);
    if (before == 0)
        return part;
    char *path = arena_take(e->arena, before + behind + 2);
    memcpy(path, scope->path, before);
    path[before] = '.';
    memcpy(path + before + 1, part, behind + 1);
    return path;
}

static Map *map_new(Elaborator *e)
{
    Map *map = arena_take(e->arena, sizeof *map);
    *map = map_make(e->arena);
    return map;
}

enum { FEW_ORDINALS = 16, MOST_DIGITS = 20 };

/* The ordinal of the first `length` characters of a name. */
static Ordinal *find_ordinal(Elaborator *e, const Scope *scope, const char *name, size_t length)
{
    if (scope->ordinal_index)
        return map_get(scope->ordinal_index, name[length] == '\0' ? name : arena_string(e->arena, name, length));
    for (Ordinal *ordinal = scope->ordinals; ordinal; ordinal = ordinal->next)
        if (strncmp(ordinal->name, name, length) == 0 && ordinal->name[length] == '\0')
            return ordinal;
    return NULL;
}

static Ordinal *add_ordinal(Elaborator *e, Scope *scope, const char *name)
{
    Ordinal *ordinal = arena_zero(e->arena, 1, sizeof *ordinal);
    *ordinal = (Ordinal){.name = name, .next = scope->ordinals};
    scope->ordinals = ordinal;
    if (++scope->ordinal_count == FEW_ORDINALS) {
        scope->ordinal_index = map_new(e);
        for (Ordinal *known = ordinal->next; known; known = known->next)
            map_set(scope->ordinal_index, known->name, known);
    }
    if (scope->ordinal_index)
        map_set(scope->ordinal_index, name, ordinal);
    return ordinal;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool ends_in_digit(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && is_digit(name[length - 1]);
}

/* `let conv1 = ...` beside the first application of conv, or the first of `l2` beside the 21st of `l`, are the same part. Weights of one
 * name are refused; values of one name are named only once. `own` is the length of the name whose number ends a definition's part. */
static bool clashes(Elaborator *e, const Scope *parent, const char *part, size_t own)
{
    if (!parent->has_numbered)
        return false;
    if (own > 0 && parent->children && map_has(parent->children, part))
        return true;
    size_t whole = strlen(part);
    for (size_t length = whole; length > 1 && is_digit(part[length - 1]) && whole - length < MOST_DIGITS; length--) {
        const Ordinal *ordinal = length - 1 == own ? NULL : find_ordinal(e, parent, part, length - 1);
        if (ordinal && strtoll(part + length - 1, NULL, 10) <= ordinal->count)
            return true;
    }
    return false;
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
    parent->has_numbered |= ends_in_digit(definition ? definition : part) && !(!definition && is_digit(part[0]));
    scope->unnamed = parent->unnamed || clashes(e, parent, part, definition ? strlen(definition) : 0);
    if (!definition)
        map_set(parent->children, part, scope);
    return scope;
}

Scope *scope_fresh(Elaborator *e, const char *path, const char *part, const char *definition, SourceSpan span)
{
    return scope_make(e, e->build->scope, path, part, definition, span);
}

/* A name with a number behind it. */
static const char *numbered(Elaborator *e, const char *name, size_t length, int64_t number)
{
    char digits[MOST_DIGITS];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    char *text = arena_take(e->arena, length + (size_t)count + 1);
    memcpy(text, name, length);
    for (int i = 0; i < count; i++)
        text[length + (size_t)i] = digits[count - 1 - i];
    text[length + (size_t)count] = '\0';
    return text;
}

const char *scope_index(Elaborator *e, int64_t index)
{
    return numbered(e, "", 0, index);
}

const char *scope_ordinal(Elaborator *e, const char *name)
{
    Scope *scope = e->build->scope;
    size_t length = strlen(name);
    Ordinal *ordinal = find_ordinal(e, scope, name, length);
    if (!ordinal)
        ordinal = add_ordinal(e, scope, name);
    return numbered(e, name, length, ++ordinal->count);
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

/* Names a tensor, or each field of a record. */
static void name_object(Elaborator *e, const char *path, Object result)
{
    Graph *root = e->build->root;
    if (result.kind == OBJECT_TENSOR && result.tensor->graph == root)
        graph_add_name(root, path, result.tensor->value);
    for (int64_t i = 0; result.kind == OBJECT_RECORD && i < result.record->count; i++)
        name_object(e, arena_printf(e->arena, "%s.%s", path, result.record->names[i]), result.record->values[i]);
}

void name_result(Elaborator *e, Scope *scope, Object result)
{
    const Build *build = e->build;
    if (scope->unnamed || scope->named || build->region || build->place || build->sharing)
        return;
    scope->named = true;
    name_object(e, scope->path, result);
}

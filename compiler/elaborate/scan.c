/* scan(xs, init, (s, x) -> s'): the body is elaborated once, as a Graph of its own whose inputs are the state, one slice of each sequence
 * and what it takes from around it.
 *
 * State and sequences are tensors or records of them. A state is batched when anything that comes in is: an unbatched initial value is
 * then the start of every sample. */
#include "elaborate/builtin.h"

#include <string.h>

enum { SCAN_XS, SCAN_INIT, SCAN_STEP, SCAN_REVERSE, MOST_PARTS = 64, SCAN_DEPTH_LIMIT = 32 };

/* The tensors of an object: itself, or the fields of a record. */
typedef struct Parts {
    Tensor *tensors[MOST_PARTS];
    const char *const *names; /* null: a single tensor */
    int64_t count;
} Parts;

static bool take_parts(Elaborator *e, Object object, SourceSpan span, const char *what, Parts *parts)
{
    *parts = (Parts){.count = 1};
    if (object.kind != OBJECT_RECORD) {
        parts->tensors[0] = as_tensor(e, object, span, what, NULL);
        return parts->tensors[0] != NULL;
    }
    if (object.record->count > MOST_PARTS || object.record->count < 1) {
        complain(e, 606, span, "%s has between 1 and %d fields", what, MOST_PARTS);
        return false;
    }
    parts->names = object.record->names;
    parts->count = object.record->count;
    for (int64_t i = 0; i < parts->count; i++) {
        parts->tensors[i] = as_tensor(e, object.record->values[i], span, what, NULL);
        if (!parts->tensors[i])
            return false;
    }
    return true;
}

static Object object_of(Elaborator *e, const Parts *like, Tensor *const *tensors)
{
    if (!like->names)
        return object_tensor(tensors[0]);
    Object *values = arena_take(e->arena, (size_t)like->count * sizeof *values);
    for (int64_t i = 0; i < like->count; i++)
        values[i] = object_tensor(tensors[i]);
    return object_record(e->arena, like->names, values, like->count);
}

/* All states of one part, stacked along a new dimension 0, are a tensor too. */
static bool check_stack(BuiltinCall *call, const Type *state, int64_t length)
{
    Elaborator *e = call->e;
    SourceSpan span = argument_span(call, SCAN_INIT);
    if (state->rank == MAX_RANK) {
        complain(e, 606, span, "a scan stacks its states along a new dimension, and %s has %d already", type_name(e->arena, state),
                 MAX_RANK);
        return false;
    }
    if (type_elements(state) <= ELEMENT_LIMIT / length)
        return true;
    complain(e, 612, span, "%lld states of %s have more than 2^40 elements together", (long long)length,
             type_name(e->arena, state));
    return false;
}

static bool check_stacks(BuiltinCall *call, const Parts *init, const Parts *xs)
{
    for (int64_t i = 0; i < init->count; i++)
        if (!check_stack(call, init->tensors[i]->type, xs->tensors[0]->type->size[0]))
            return false;
    return true;
}

/* All sequences have one length, in dimension 0. */
static bool check_sequences(BuiltinCall *call, const Parts *xs)
{
    for (int64_t i = 0; i < xs->count; i++) {
        const Type *type = xs->tensors[i]->type;
        if (type->rank > 0 && type->size[0] == xs->tensors[0]->type->size[0])
            continue;
        complain(call->e, 606, argument_span(call, SCAN_XS),
                 "a scan runs over dimension 0 of its sequences, all of one length, got %s", type_name(call->e->arena, type));
        return false;
    }
    return true;
}

static Type slice_type(const Type *sequence)
{
    Type type = *sequence;
    type.rank--;
    memmove(type.size, type.size + 1, (size_t)type.rank * sizeof type.size[0]);
    return type;
}

static bool any_batched(const Parts *parts)
{
    bool batched = false;
    for (int64_t i = 0; i < parts->count; i++)
        batched |= parts->tensors[i]->type->batched;
    return batched;
}

static Tensor *region_input(Elaborator *e, Graph *graph, const char *kind, int64_t index, Type type)
{
    const char *name = arena_printf(e->arena, "%s%lld", kind, (long long)index);
    int32_t row = graph_add_input(graph, (InputInfo){.name = name, .type = type});
    return tensor_value(e, graph, graph_source(graph, OP_INPUT, row, 0));
}

/* The body over the region's inputs: an object like `init`. */
static Object elaborate_body(BuiltinCall *call, Region *region, const Parts *xs, const Parts *init, bool batched)
{
    Elaborator *e = call->e;
    Tensor *states[MOST_PARTS] = {NULL};
    Tensor *slices[MOST_PARTS] = {NULL};
    for (int64_t i = 0; i < init->count; i++) {
        Type type = *init->tensors[i]->type;
        type.batched = batched;
        states[i] = region_input(e, region->graph, "state", i, type);
    }
    for (int64_t i = 0; i < xs->count; i++)
        slices[i] = region_input(e, region->graph, "slice", i, slice_type(xs->tensors[i]->type));
    Object step = none_object;
    if (!argument_function(call, SCAN_STEP, &step))
        return error_object;
    Object inputs[] = {object_of(e, init, states), object_of(e, xs, slices)};
    return apply_function(e, step, inputs, 2, argument_span(call, SCAN_STEP));
}

/* The next state has the fields and shapes of the state. */
static bool check_next(BuiltinCall *call, Object next, const Parts *init, bool batched, Parts *parts)
{
    Elaborator *e = call->e;
    SourceSpan span = argument_span(call, SCAN_STEP);
    if (next.kind == OBJECT_ERROR || !take_parts(e, next, span, "the next state of a scan", parts))
        return false;
    if (!parts->names != !init->names || parts->count != init->count) {
        complain(e, 606, span, "the next state of a scan has the same fields as the first");
        return false;
    }
    Tensor *ordered[MOST_PARTS] = {NULL};
    for (int64_t i = 0; i < init->count; i++) {
        const Object *field = init->names ? record_find(next.record, init->names[i]) : &next;
        ordered[i] = field ? as_tensor(e, *field, span, "the next state of a scan", NULL) : NULL;
        const char *name = init->names ? init->names[i] : "the state";
        if (!field) {
            complain(e, 606, span, "the next state of a scan lacks the field `%s`", name);
            return false;
        }
        const Type *wanted = init->tensors[i]->type;
        if (!ordered[i])
            return false;
        if (!type_same_shape(ordered[i]->type, wanted) || ordered[i]->type->element != wanted->element) {
            complain(e, 606, span, "%s of a scan is %s at first and %s next; it keeps its shape", name, type_name(e->arena, wanted),
                     type_name(e->arena, ordered[i]->type));
            return false;
        }
        if (ordered[i]->type->batched != batched) {
            help(e,
                 complain(e, 606, span, "%s of a scan differs from sample to sample %s", name,
                          batched ? "at first but not next" : "next but not at first"),
                 "let it depend on the sequence that the scan runs over");
            return false;
        }
    }
    memcpy(parts->tensors, ordered, sizeof ordered);
    return true;
}

/* Closes the region and appends the scan: an object like `init`, each state stacked. */
static Object append_scan(BuiltinCall *call, Region *region, const Parts *xs, const Parts *init, bool reverse)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    int64_t count = init->count + xs->count + region->count;
    Value *operands = arena_take(e->arena, (size_t)count * sizeof *operands);
    int64_t next = 0;
    for (int64_t i = 0; i < init->count; i++)
        operands[next++] = tensor_in_graph(e, init->tensors[i], argument_span(call, SCAN_INIT));
    for (int64_t i = 0; i < xs->count; i++)
        operands[next++] = tensor_in_graph(e, xs->tensors[i], argument_span(call, SCAN_XS));
    for (int64_t i = 0; i < region->count; i++)
        operands[next++] = region->values[i];
    for (int64_t i = 0; i < next; i++)
        if (operands[i].node < 0)
            return error_object;
    Value first =
        graph_append_scan(build->graph, region->graph, operands, (int)count, init->count, xs->count, reverse, scope_origin(e));
    Tensor *results[MOST_PARTS] = {NULL};
    for (int64_t i = 0; i < init->count; i++)
        results[i] = tensor_value(e, build->graph, (Value){first.node, (int32_t)i});
    return object_of(e, init, results);
}

Object builtin_scan(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    Parts xs;
    Parts init;
    bool reverse = false;
    if (!build) {
        complain(e, 310, call->span, "`scan` works inside a net only");
        return error_object;
    }
    if (!take_parts(e, argument_value(call, SCAN_XS), argument_span(call, SCAN_XS), "a sequence", &xs) ||
        !take_parts(e, argument_value(call, SCAN_INIT), argument_span(call, SCAN_INIT), "the initial state", &init) ||
        !argument_boolean(call, SCAN_REVERSE, &reverse) || !check_sequences(call, &xs) || !check_stacks(call, &init, &xs))
        return error_object;
    int depth = 1;
    for (const Region *around = build->region; around; around = around->outer)
        depth++;
    if (depth > SCAN_DEPTH_LIMIT) {
        complain(e, 1010, call->span, "scans stand at most %d deep in one another", SCAN_DEPTH_LIMIT);
        return error_object;
    }
    bool batched = any_batched(&xs) || any_batched(&init);
    Region region = {.outer = build->region, .graph = graph_make(e->arena, "scan"), .captures = map_make(e->arena)};
    region.graph->training = build->root->training;
    Scope *outer = build->scope;
    Graph *graph = build->graph;
    Scope *scope = scope_child(e, scope_ordinal(e, "scan"), "scan", call->span);
    scope->parent = NULL;
    scope->graph = region.graph;
    scope->origin =
        graph_add_origin(region.graph, (Origin){.parent = -1, .definition = "scan", .path = scope->path, .span = call->span});
    build->scope = scope;
    build->graph = region.graph;
    build->region = &region;
    Parts next;
    Object body = elaborate_body(call, &region, &xs, &init, batched);
    bool fine = check_next(call, body, &init, batched, &next);
    for (int64_t i = 0; i < init.count && fine; i++) {
        Value value = tensor_in_graph(e, next.tensors[i], argument_span(call, SCAN_STEP));
        graph_add_output(region.graph, (OutputInfo){.name = init.names ? init.names[i] : NULL, .value = value});
        fine = value.node >= 0;
    }
    build->region = region.outer;
    build->graph = graph;
    build->scope = outer;
    return fine ? append_scan(call, &region, &xs, &init, reverse) : error_object;
}

/* Repetition: repeat, iterate, and what goes with lists of layers. scan has a file of its own. */
#include "elaborate/builtin.h"

/* x |> repeat(n, f): f n times; application i is named by its index. */
static Object repeat(BuiltinCall *call)
{
    Elaborator *e = call->e;
    int64_t count = 0;
    Object layer = none_object;
    Object value = argument_value(call, 0);
    if (!argument_whole(call, 1, 0, LIST_LIMIT, &count) || !argument_function(call, 2, &layer))
        return error_object;
    Build *build = e->build;
    Scope *outer = build ? build->scope : NULL;
    Scope *scope = NULL;
    if (build) {
        scope = scope_child(e, scope_ordinal(e, "repeat"), "repeat", call->span);
        build->scope = scope;
    }
    for (int64_t i = 0; i < count && value.kind != OBJECT_ERROR; i++) {
        const char *index = build ? scope_index(e, i) : NULL;
        if (build)
            build->scope = scope_fresh(e, scope_join(e, scope, index), index, NULL, call->span);
        value = apply_function(e, layer, &value, 1, call->span);
        if (build)
            build->scope = scope;
    }
    if (build) {
        build->scope = outer;
        name_result(e, scope, value);
    }
    return value;
}

/* The list start, step(start), ... as long as the condition holds. */
static Object iterate(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object step = none_object;
    Object condition = none_object;
    Object value = argument_value(call, 0);
    if (!argument_function(call, 1, &step) || !argument_function(call, 2, &condition))
        return error_object;
    Object *items = NULL;
    int64_t count = 0;
    int64_t capacity = 0;
    while (value.kind != OBJECT_ERROR) {
        bool goes_on;
        Object holds = apply_function(e, condition, &value, 1, argument_span(call, 2));
        if (!as_condition(e, holds, argument_span(call, 2), &goes_on))
            return error_object;
        if (!goes_on)
            break;
        if (count == ITERATE_LIMIT) {
            complain(e, 1014, call->span, "`iterate` stops after 10,000 values: does its condition ever become false?");
            return error_object;
        }
        items = arena_grow(e->arena, items, count, &capacity, sizeof *items);
        items[count++] = value;
        value = apply_function(e, step, &value, 1, argument_span(call, 1));
    }
    if (value.kind == OBJECT_ERROR)
        return value;
    return list_of(e, items, count, call->span);
}

const Builtin builtin_control[] = {
    {.name = "repeat",
     .summary = "the layer f, n times, each with weights of its own",
     .parameters = {"x", "n", "f"},
     .required = 3,
     .waits = WAITS_FOR_TENSOR,
     .call = repeat},
    {.name = "iterate",
     .summary = "the list start, step(start), ... as long as the condition holds",
     .parameters = {"start", "step", "while"},
     .required = 3,
     .call = iterate},
    {.name = "scan",
     .summary = "a recurrence along dimension 0: every next state, stacked",
     .parameters = {"xs", "init", "step", "reverse"},
     .required = 3,
     .waits = WAITS_FOR_TENSOR,
     .call = builtin_scan},
    {.name = NULL},
};

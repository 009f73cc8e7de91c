/* Facts about nets, for asserts: weights(net), multiply_adds(net), bytes(net); and the types of inputs and outputs. */
#include "analyse/analyse.h"
#include "elaborate/builtin.h"

/* --- facts ---------------------------------------------------------------------------------------------------------------------- */

/* A net with its settings, of a function object; false when it is none. */
static bool as_net(BuiltinCall *call, Definition **net, Arguments *settings)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_FUNCTION) {
        const Function *function = value.function;
        bool bare = function->kind == FUNCTION_DEFINITION && function->defined.definition->ast->kind == AST_NET;
        if (bare || function->kind == FUNCTION_NET) {
            *net = function->defined.definition;
            *settings = bare ? (Arguments){NULL, 0} : function->defined.arguments;
            return true;
        }
    }
    argument_refuse(call, 0, "a net");
    return false;
}

/* Settings as text, to find the Graph of a net with the same ones; null when one of them cannot be told by its text. */
static const char *settings_key(Elaborator *e, Arguments settings)
{
    Text text = text_make(e->arena);
    for (int64_t i = 0; i < settings.count; i++) {
        ObjectKind kind = settings.items[i].value.kind;
        if (kind != OBJECT_NUMBER && kind != OBJECT_BOOLEAN && kind != OBJECT_SHAPE && kind != OBJECT_STRING)
            return NULL;
        text_printf(&text, "%s=", settings.items[i].name ? settings.items[i].name : "");
        object_print(e->arena, settings.items[i].value, &text);
        text_add(&text, ";");
    }
    return text_string(&text);
}

Graph *inference_graph(Elaborator *e, Definition *net, Arguments settings, SourceSpan span)
{
    const char *key = settings_key(e, settings);
    if (!net->graphs) {
        net->graphs = arena_take(e->arena, sizeof *net->graphs);
        *net->graphs = map_make(e->arena);
    }
    if (key && map_has(net->graphs, key))
        return map_get(net->graphs, key);
    if (net->elaborating) {
        complain(e, 304, span, "a fact about `%s` depends on itself: it is asked for inside `%s`", net->name, net->name);
        return NULL;
    }
    net->elaborating = true;
    Graph *graph = elaborate_net(e, net, settings, false, NULL, span);
    net->elaborating = false;
    if (key)
        map_set(net->graphs, key, graph);
    return graph;
}

static Object fact(BuiltinCall *call, int64_t (*count)(const Graph *graph, Arena *arena))
{
    Definition *net = NULL;
    Arguments settings = {NULL, 0};
    if (!as_net(call, &net, &settings) || !enter_call(call->e, call->span))
        return error_object;
    call->e->depth++;
    Graph *graph = inference_graph(call->e, net, settings, call->span);
    call->e->depth--;
    return graph ? object_number((double)count(graph, call->e->arena)) : error_object;
}

static int64_t count_weights(const Graph *graph, Arena *arena)
{
    (void)arena;
    return analyse_weights(graph);
}

static int64_t count_bytes(const Graph *graph, Arena *arena)
{
    (void)arena;
    return analyse_bytes(graph);
}

static Object weights(BuiltinCall *call)
{
    return fact(call, count_weights);
}

static Object multiply_adds(BuiltinCall *call)
{
    return fact(call, analyse_multiply_adds);
}

/* --- types ---------------------------------------------------------------------------------------------------------------------- */

static Object type_object(Elaborator *e, TypeObject type)
{
    return (Object){.kind = OBJECT_TYPE, .type = arena_copy(e->arena, &type, sizeof type)};
}

/* Of a net the bytes of its weights; of a shape the type of an input. */
static Object bytes(BuiltinCall *call)
{
    if (argument_value(call, 0).kind == OBJECT_FUNCTION)
        return fact(call, count_bytes);
    TypeObject type = {.kind = TYPE_BYTES, .below = 256};
    return argument_shape(call, 0, &type.shape) ? type_object(call->e, type) : error_object;
}

static Object integers(BuiltinCall *call)
{
    TypeObject type = {.kind = TYPE_INTEGERS};
    if (!argument_shape(call, 0, &type.shape) || !argument_whole(call, 1, 1, 1 << 24, &type.below))
        return error_object;
    return type_object(call->e, type);
}

static Object classes(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object value = argument_value(call, 0);
    TypeObject type = {.kind = TYPE_CLASSES};
    if (value.kind != OBJECT_LIST)
        return argument_whole(call, 0, 1, 1 << 24, &type.below) ? type_object(e, type) : error_object;
    const char **labels = arena_take(e->arena, (size_t)value.list->count * sizeof *labels);
    Map seen = map_make(e->arena);
    for (int64_t i = 0; i < value.list->count; i++) {
        Object label = value.list->items[i];
        if (label.kind != OBJECT_STRING || map_has(&seen, label.string)) {
            argument_refuse(call, 0, "a number, or a list of different names");
            return error_object;
        }
        labels[i] = label.string;
        map_set(&seen, labels[i], &type);
    }
    if (value.list->count == 0) {
        argument_refuse(call, 0, "a number, or a list of at least one name");
        return error_object;
    }
    type.below = value.list->count;
    type.labels = labels;
    return type_object(e, type);
}

const Builtin builtin_facts[] = {
    {.name = "weights", .summary = "how many weights a net has", .parameters = {"net"}, .required = 1, .call = weights},
    {.name = "multiply_adds",
     .summary = "multiply-adds of convolutions and matrix products for one sample",
     .parameters = {"net"},
     .required = 1,
     .call = multiply_adds},
    {.name = "bytes",
     .summary = "of a net the bytes of its weights; of a shape an input of numbers 0 to 255",
     .parameters = {"x"},
     .required = 1,
     .call = bytes},
    {.name = "integers",
     .summary = "an input of whole numbers 0 to below - 1",
     .parameters = {"shape", "below"},
     .required = 2,
     .call = integers},
    {.name = "classes",
     .summary = "an output with a score for each class: how many, or their names",
     .parameters = {"names"},
     .required = 1,
     .call = classes},
    {.name = NULL},
};

/* Lists of numbers and of tensors: sums, products, lengths. */
#include "elaborate/builtin.h"

/* Sum of a list by one operation after the other: numbers give a number, tensors the nodes of a chain of additions. */
static Object fold(BuiltinCall *call, const List *list, AstOperator operation, double start)
{
    if (list->count == 0)
        return object_number(start);
    Object result = list->items[0];
    call->e->steps += list->count;
    for (int64_t i = 1; i < list->count && !call->e->stopped; i++)
        result = operate(call->e, operation, false, result, list->items[i], call->span);
    return result;
}

/* Over a list of tensors, the sum remembers which weights belong to which item: the slices of product(p). */
static Object sum_list(BuiltinCall *call, const List *list)
{
    Object result = fold(call, list, OPERATOR_ADD, 0);
    Build *build = call->e->build;
    if (build && !build->region && result.kind == OBJECT_TENSOR && list->weights) {
        build->sum = result.tensor->value;
        build->sum_weights = list->weights;
        build->sum_count = list->count;
    }
    return result;
}

static Object sum(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_LIST)
        return sum_list(call, value.list);
    if (value.kind == OBJECT_NUMBER)
        return value;
    const OpInfo *info = op_info(OP_REDUCE_SUM);
    if (!object_is_input(value) || !info) {
        argument_refuse(call, 0, "a tensor or a list");
        return error_object;
    }
    Argument settings[2];
    int64_t count = 0;
    static const char *const names[] = {"axes", "keep"};
    for (int i = 0; i < 2; i++)
        if (call->bound[i + 1]) {
            settings[count] = *call->bound[i + 1];
            settings[count++].name = names[i];
        }
    return apply_operation(call->e, info, &value, 1, (Arguments){settings, count}, call->span);
}

/* Of a shape the number of entries, of a list the product; of a function the penalty over the slices of a sum. */
static Object product(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_NUMBER)
        return value;
    if (value.kind == OBJECT_LIST)
        return fold(call, value.list, OPERATOR_MULTIPLY, 1);
    if (value.kind == OBJECT_SHAPE) {
        double entries = 1;
        for (int i = 0; i < value.shape->rank; i++)
            entries *= (double)value.shape->size[i];
        return object_number(entries);
    }
    if (value.kind != OBJECT_FUNCTION) {
        argument_refuse(call, 0, "a list, a shape, or a penalty");
        return error_object;
    }
    Function *function = function_make(e, FUNCTION_PRODUCT, "product", call->span);
    function->wrapped.inner = complete_function(e, value, argument_span(call, 0));
    return function->wrapped.inner.kind == OBJECT_ERROR ? error_object : object_function(function);
}

/* A penalty over all paths through the net from an input to an output: what its weights, along each, multiply to. */
static Object path_norm(BuiltinCall *call)
{
    double power = 0;
    if (argument_value(call, 0).kind == OBJECT_TENSOR) {
        help(call->e, complain(call->e, 537, call->span, "`path_norm` is a penalty of a whole net, and is no function of a tensor"),
             "`train NET { penalty = 1e-4 * path_norm(2) }`");
        return error_object;
    }
    if (!argument_number(call, 0, &power))
        return error_object;
    if (!(power >= 1 && power <= 16)) {
        argument_refuse(call, 0, "a number from 1 to 16");
        return error_object;
    }
    Function *function = function_make(call->e, FUNCTION_PATHS, "path_norm", call->span);
    function->power = power;
    return object_function(function);
}

static Object length(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_LIST)
        return object_number((double)value.list->count);
    argument_refuse(call, 0, "a list");
    return error_object;
}

static Object reverse(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind != OBJECT_LIST) {
        argument_refuse(call, 0, "a list");
        return error_object;
    }
    int64_t count = value.list->count;
    Object *items = arena_take(call->e->arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = value.list->items[count - 1 - i];
    return object_list(call->e->arena, items, count);
}

const Builtin builtin_lists[] = {
    {.name = "sum",
     .summary = "of a list its sum; of a tensor the sum over axes, all when none is named",
     .parameters = {"x", "axes", "keep"},
     .required = 1,
     .waits = WAITS_FOR_ANY,
     .call = sum},
    {.name = "path_norm",
     .summary =
         "a penalty of a net: the norm, of this power, of the products of weights along all paths from its input to its output",
     .parameters = {"power"},
     .required = 1,
     .call = path_norm},
    {.name = "product",
     .summary = "of a list or shape its product; of a penalty, that over the slices of a sum",
     .parameters = {"x"},
     .required = 1,
     .call = product},
    {.name = "length", .summary = "how many entries a list has", .parameters = {"x"}, .required = 1, .call = length},
    {.name = "reverse", .summary = "a list from its end to its start", .parameters = {"x"}, .required = 1, .call = reverse},
    {.name = NULL},
};

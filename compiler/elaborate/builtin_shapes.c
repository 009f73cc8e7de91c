/* Shapes: making them, and asking tensors for theirs. */
#include "elaborate/builtin.h"

static Object make_shape(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Shape shape = {0};
    Object *items = arena_take(e->arena, (size_t)call->rest.count * sizeof *items);
    for (int64_t i = 0; i < call->rest.count; i++) {
        Shape part;
        if (!as_shape(e, call->rest.items[i].value, call->rest.items[i].span, &part))
            return error_object;
        items[i] = call->rest.items[i].value;
    }
    Object list = list_of(e, items, call->rest.count, call->span);
    if (list.kind == OBJECT_ERROR || !as_shape(e, list, call->span, &shape))
        return error_object;
    return object_shape(e->arena, shape.size, shape.rank);
}

static Object shape_of(BuiltinCall *call)
{
    Tensor *tensor;
    if (!argument_tensor(call, 0, &tensor))
        return error_object;
    return object_shape(call->e->arena, tensor->type->size, tensor->type->rank);
}

static Object rank_of(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_SHAPE)
        return object_number(value.shape->rank);
    Tensor *tensor;
    return argument_tensor(call, 0, &tensor) ? object_number(tensor->type->rank) : error_object;
}

static Object dimension(BuiltinCall *call, int64_t index, SourceSpan span)
{
    Tensor *tensor;
    if (!argument_tensor(call, 0, &tensor))
        return error_object;
    if (index >= tensor->type->rank) {
        complain(call->e, 605, span, "%s has no dimension %lld", describe(call->e, argument_value(call, 0)), (long long)index);
        return error_object;
    }
    return object_number((double)tensor->type->size[index]);
}

static Object dim(BuiltinCall *call)
{
    int64_t index = 0;
    if (!argument_whole(call, 1, 0, MAX_RANK, &index))
        return error_object;
    return dimension(call, index, argument_span(call, 1));
}

static Object channels(BuiltinCall *call)
{
    return dimension(call, 0, call->span);
}

static Object elements(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    Type type;
    if (value.kind == OBJECT_TENSOR || value.kind == OBJECT_SAMPLE) {
        Tensor *tensor;
        if (!argument_tensor(call, 0, &tensor))
            return error_object;
        type = *tensor->type;
    } else {
        Shape shape;
        if (!argument_shape(call, 0, &shape))
            return error_object;
        type = type_of_shape(&shape);
    }
    return object_number((double)type_elements(&type));
}

const Builtin builtin_shapes[] = {
    {.name = "shape",
     .summary = "a shape of these dimensions; shapes and lists among them are spliced in",
     .variadic = true,
     .call = make_shape},
    {.name = "shape_of", .summary = "the shape of a tensor", .parameters = {"x"}, .required = 1, .call = shape_of},
    {.name = "rank", .summary = "how many dimensions a tensor or a shape has", .parameters = {"x"}, .required = 1, .call = rank_of},
    {.name = "dim", .summary = "dimension i of a tensor, from 0", .parameters = {"x", "i"}, .required = 2, .call = dim},
    {.name = "channels", .summary = "dimension 0 of a tensor", .parameters = {"x"}, .required = 1, .call = channels},
    {.name = "elements",
     .summary = "how many entries a tensor or a shape has",
     .parameters = {"x"},
     .required = 1,
     .call = elements},
    {.name = NULL},
};

/* Known values and questions about kinds: pi, training, is_function(x). */
#include "elaborate/builtin.h"

#include <math.h>

static Object constant_pi(Elaborator *e, SourceSpan span)
{
    (void)e;
    (void)span;
    return object_number(3.14159265358979323846);
}

static Object constant_infinity(Elaborator *e, SourceSpan span)
{
    (void)e;
    (void)span;
    return object_number(INFINITY);
}

static Object constant_none(Elaborator *e, SourceSpan span)
{
    (void)e;
    (void)span;
    return none_object;
}

static Object constant_training(Elaborator *e, SourceSpan span)
{
    if (!e->build) {
        help(e, complain(e, 310, span, "`training` is known inside a net only"),
             "write it inside the function: `x -> if training then ... else ...`");
        return error_object;
    }
    e->build->asks_mode = true;
    return object_boolean(e->build->training && !e->build->frozen);
}

static Object constant_step(Elaborator *e, SourceSpan span)
{
    if (!e->build || !e->build->training) {
        complain(e, 310, span, "`step` is known in training only");
        return error_object;
    }
    Tensor *tensor = map_get(&e->build->numbers, "step");
    if (!tensor) {
        tensor = tensor_value(e, e->build->root, graph_source(e->build->root, OP_STEP, 0, 0));
        map_set(&e->build->numbers, "step", tensor);
    }
    return object_tensor(tensor);
}

/* 1, unless something that is known only while training changes all rates. */
static Object constant_rate_scale(Elaborator *e, SourceSpan span)
{
    (void)span;
    if (!e->build || !e->build->rate_varies)
        return object_number(1);
    Tensor *tensor = map_get(&e->build->numbers, "rate");
    if (!tensor) {
        tensor = tensor_value(e, e->build->root, graph_source(e->build->root, OP_RATE, 0, 0));
        map_set(&e->build->numbers, "rate", tensor);
    }
    return object_tensor(tensor);
}

static Object kind_is(BuiltinCall *call, ObjectKind kind)
{
    return object_boolean(argument_value(call, 0).kind == kind);
}

static Object is_function(BuiltinCall *call)
{
    return kind_is(call, OBJECT_FUNCTION);
}

static Object is_number(BuiltinCall *call)
{
    return kind_is(call, OBJECT_NUMBER);
}

static Object is_list(BuiltinCall *call)
{
    return kind_is(call, OBJECT_LIST);
}

static Object is_record(BuiltinCall *call)
{
    return kind_is(call, OBJECT_RECORD);
}

static Object is_string(BuiltinCall *call)
{
    return kind_is(call, OBJECT_STRING);
}

static Object is_shape(BuiltinCall *call)
{
    return kind_is(call, OBJECT_SHAPE);
}

static Object is_tensor(BuiltinCall *call)
{
    return object_boolean(object_is_tensor(argument_value(call, 0)));
}

static Object is_known(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    return object_boolean(value.kind == OBJECT_NUMBER || value.kind == OBJECT_BOOLEAN ||
                          (value.kind == OBJECT_TENSOR && value.tensor->data != NULL));
}

static Object is_complex(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    return object_boolean(value.kind == OBJECT_TENSOR && value.tensor->type->element == ELEMENT_COMPLEX);
}

static Object to_text(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_STRING)
        return value;
    Text text = text_make(call->e->arena);
    object_print(call->e->arena, value, &text);
    return object_string(text_string(&text));
}

const Builtin builtin_values[] = {
    {.name = "pi", .summary = "the circle's number", .constant = constant_pi},
    {.name = "infinity", .summary = "larger than every number", .constant = constant_infinity},
    {.name = "none", .summary = "no value, where a setting may be absent", .constant = constant_none},
    {.name = "training", .summary = "whether the net is elaborated for training", .constant = constant_training},
    {.name = "step", .summary = "the number of the training step, from 0: a tensor of rank 0", .constant = constant_step},
    {.name = "rate_scale",
     .summary = "what optimizers multiply their rates by: 1, or less where `plateau` has lowered them",
     .constant = constant_rate_scale},
    {.name = "is_function", .summary = "whether a value is a function", .parameters = {"x"}, .required = 1, .call = is_function},
    {.name = "is_number", .summary = "whether a value is a number", .parameters = {"x"}, .required = 1, .call = is_number},
    {.name = "is_list", .summary = "whether a value is a list", .parameters = {"x"}, .required = 1, .call = is_list},
    {.name = "is_record", .summary = "whether a value is a record", .parameters = {"x"}, .required = 1, .call = is_record},
    {.name = "is_string", .summary = "whether a value is a string", .parameters = {"x"}, .required = 1, .call = is_string},
    {.name = "is_shape",
     .summary = "whether a value is a shape of rank 0, 2 or more",
     .parameters = {"x"},
     .required = 1,
     .call = is_shape},
    {.name = "is_tensor", .summary = "whether a value is a tensor", .parameters = {"x"}, .required = 1, .call = is_tensor},
    {.name = "is_known",
     .summary = "whether a value is a number, or a tensor that is known while the net is elaborated",
     .parameters = {"x"},
     .required = 1,
     .call = is_known},
    {.name = "is_complex",
     .summary = "whether a value is a complex tensor",
     .parameters = {"x"},
     .required = 1,
     .call = is_complex},
    {.name = "text", .summary = "a value as a string", .parameters = {"x"}, .required = 1, .call = to_text},
    {.name = NULL},
};

/* Calling functions of the compiler: arguments to parameters, and reading them. */
#include "elaborate/builtin.h"

#include <string.h>

static int parameter_count(const Builtin *builtin)
{
    int count = 0;
    while (count < MOST_PARAMETERS && builtin->parameters[count])
        count++;
    return count;
}

const char *builtin_signature(Elaborator *e, const Builtin *builtin)
{
    Text text = text_make(e->arena);
    text_printf(&text, "%s(", builtin->name);
    for (int i = 0; i < parameter_count(builtin); i++)
        text_printf(&text, i < builtin->required ? "%s%s" : "%s%s=", i ? ", " : "", builtin->parameters[i]);
    text_add(&text, builtin->variadic ? "...)" : builtin->open ? ", NAME=...)" : ")");
    return text_string(&text);
}

static bool misuse(Elaborator *e, const Builtin *builtin, Diagnostic *diagnostic)
{
    diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", builtin_signature(e, builtin));
    return false;
}

static int find_parameter(const Builtin *builtin, const char *name)
{
    for (int i = 0; i < parameter_count(builtin); i++)
        if (strcmp(builtin->parameters[i], name) == 0)
            return i;
    return -1;
}

static bool unknown_parameter(Elaborator *e, const Builtin *builtin, const Argument *argument)
{
    Diagnostic *diagnostic = complain(e, 401, argument->name_span, "`%s` has no setting `%s`", builtin->name, argument->name);
    const char *near = suggest_setting(argument->name, builtin->parameters, parameter_count(builtin));
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    return misuse(e, builtin, diagnostic);
}

static bool add_named(BuiltinCall *call, const Argument *argument)
{
    for (int64_t i = 0; i < call->named.count; i++)
        if (strcmp(call->named.items[i].name, argument->name) == 0)
            return misuse(call->e, call->builtin, complain(call->e, 403, argument->span, "`%s` is given twice", argument->name));
    Argument *items = arena_take(call->e->arena, (size_t)(call->named.count + 1) * sizeof *items);
    for (int64_t i = 0; i < call->named.count; i++)
        items[i] = call->named.items[i];
    items[call->named.count] = *argument;
    call->named = (Arguments){items, call->named.count + 1};
    return true;
}

static bool place_argument(BuiltinCall *call, const Argument *argument, int *next)
{
    Elaborator *e = call->e;
    const Builtin *builtin = call->builtin;
    int index = argument->name ? find_parameter(builtin, argument->name) : (*next)++;
    if (index < 0 && builtin->open)
        return add_named(call, argument);
    if (index < 0)
        return unknown_parameter(e, builtin, argument);
    if (index >= parameter_count(builtin))
        return misuse(e, builtin, complain(e, 404, argument->span, "`%s` takes no further argument", builtin->name));
    if (call->bound[index])
        return misuse(e, builtin, complain(e, 403, argument->span, "`%s` is given twice", builtin->parameters[index]));
    call->bound[index] = argument;
    return true;
}

/* Positional arguments of a variadic function are its rest, named ones its parameters. */
static bool place_variadic(BuiltinCall *call, Arguments arguments)
{
    int next = 0;
    call->rest = arguments;
    for (int64_t i = 0; i < arguments.count; i++) {
        if (arguments.items[i].name && call->rest.count == arguments.count)
            call->rest.count = i;
        if (arguments.items[i].name && !place_argument(call, &arguments.items[i], &next))
            return false;
    }
    return true;
}

static bool bind(BuiltinCall *call, Arguments arguments)
{
    if (call->builtin->variadic)
        return place_variadic(call, arguments);
    int next = 0;
    bool fine = true;
    for (int64_t i = 0; i < arguments.count && next <= parameter_count(call->builtin); i++)
        fine &= place_argument(call, &arguments.items[i], &next);
    for (int i = 0; i < call->builtin->required && fine; i++)
        if (!call->bound[i])
            fine = misuse(call->e, call->builtin,
                          complain(call->e, 402, call->span, "`%s` needs `%s`", call->builtin->name, call->builtin->parameters[i]));
    return fine;
}

static bool waits(const Builtin *builtin, Arguments arguments)
{
    bool positional = arguments.count > 0 && !arguments.items[0].name;
    if (builtin->waits == WAITS_FOR_ANY)
        return !positional;
    if (builtin->waits == WAITS_BY_FUNCTION)
        return positional && arguments.items[0].value.kind == OBJECT_FUNCTION;
    if (builtin->waits == WAITS_FOR_PATHS)
        return !positional || arguments.items[0].value.kind == OBJECT_FUNCTION;
    return builtin->waits == WAITS_FOR_TENSOR && !(positional && object_is_input(arguments.items[0].value));
}

static Object call_now(Elaborator *e, const Builtin *builtin, Arguments arguments, SourceSpan span)
{
    BuiltinCall call = {.e = e, .builtin = builtin, .span = span};
    return bind(&call, arguments) ? builtin->call(&call) : error_object;
}

Object call_builtin(Elaborator *e, const Builtin *builtin, Arguments arguments, SourceSpan span)
{
    if (!waits(builtin, arguments))
        return call_now(e, builtin, arguments, span);
    Function *function = function_make(e, FUNCTION_BUILTIN, builtin->name, span);
    function->primitive.builtin = builtin;
    function->primitive.arguments = arguments_keep(e, arguments);
    return object_function(function);
}

Object apply_builtin(Elaborator *e, const Builtin *builtin, const Object *inputs, int64_t count, Arguments arguments,
                     SourceSpan span)
{
    Argument *items = arena_zero(e->arena, (size_t)(count + arguments.count), sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = (Argument){.span = span, .value = inputs[i]};
    for (int64_t i = 0; i < arguments.count; i++)
        items[count + i] = arguments.items[i];
    return call_now(e, builtin, (Arguments){items, count + arguments.count}, span);
}

Object argument_value(const BuiltinCall *call, int parameter)
{
    return call->bound[parameter] ? call->bound[parameter]->value : error_object;
}

SourceSpan argument_span(const BuiltinCall *call, int parameter)
{
    return call->bound[parameter] ? call->bound[parameter]->span : call->span;
}

bool argument_refuse(BuiltinCall *call, int parameter, const char *wanted)
{
    Object value = argument_value(call, parameter);
    if (value.kind != OBJECT_ERROR)
        complain(call->e, 405, argument_span(call, parameter), "`%s` of `%s` is %s, got %s", call->builtin->parameters[parameter],
                 call->builtin->name, wanted, describe(call->e, value));
    return false;
}

bool argument_number(BuiltinCall *call, int parameter, double *result)
{
    if (!call->bound[parameter])
        return true;
    if (argument_value(call, parameter).kind != OBJECT_NUMBER)
        return argument_refuse(call, parameter, "a number");
    *result = argument_value(call, parameter).number;
    return true;
}

bool argument_boolean(BuiltinCall *call, int parameter, bool *result)
{
    if (!call->bound[parameter])
        return true;
    if (argument_value(call, parameter).kind != OBJECT_BOOLEAN)
        return argument_refuse(call, parameter, "true or false");
    *result = argument_value(call, parameter).boolean;
    return true;
}

bool argument_string(BuiltinCall *call, int parameter, const char **result)
{
    if (!call->bound[parameter])
        return true;
    if (argument_value(call, parameter).kind != OBJECT_STRING)
        return argument_refuse(call, parameter, "a string");
    *result = argument_value(call, parameter).string;
    return true;
}

bool argument_shape(BuiltinCall *call, int parameter, Shape *result)
{
    if (!call->bound[parameter])
        return true;
    return as_shape(call->e, argument_value(call, parameter), argument_span(call, parameter), result);
}

bool argument_tensor(BuiltinCall *call, int parameter, Tensor **result)
{
    if (!call->bound[parameter])
        return true;
    Object value = argument_value(call, parameter);
    const char *what = "an argument";
    if (value.kind != OBJECT_TENSOR && value.kind != OBJECT_NUMBER)
        what = arena_printf(call->e->arena, "`%s`", call->builtin->parameters[parameter]);
    *result = as_tensor(call->e, value, argument_span(call, parameter), what, call->builtin->name);
    return *result != NULL;
}

bool argument_function(BuiltinCall *call, int parameter, Object *result)
{
    if (!call->bound[parameter])
        return true;
    *result = complete_function(call->e, argument_value(call, parameter), argument_span(call, parameter));
    if (result->kind == OBJECT_ERROR)
        return false;
    return result->kind == OBJECT_FUNCTION || argument_refuse(call, parameter, "a function");
}

bool argument_whole(BuiltinCall *call, int parameter, int64_t least, int64_t most, int64_t *result)
{
    if (!call->bound[parameter])
        return true;
    const char *what = arena_printf(call->e->arena, "`%s` of `%s`", call->builtin->parameters[parameter], call->builtin->name);
    return as_whole(call->e, argument_value(call, parameter), argument_span(call, parameter), what, least, most, result);
}

/* Calls and applications. A definition called with settings gives a layer; leading tensors are inputs, to which it is applied. */
#include "elaborate/builtin.h"

#include <string.h>

Function *function_make(Elaborator *e, FunctionKind kind, const char *name, SourceSpan span)
{
    Function *function = arena_zero(e->arena, 1, sizeof *function);
    function->kind = kind;
    function->name = name;
    function->span = span;
    return function;
}

Arguments arguments_keep(Elaborator *e, Arguments arguments)
{
    const Argument *items = arena_copy(e->arena, arguments.items, (size_t)arguments.count * sizeof *items);
    return (Arguments){items, arguments.count};
}

int64_t function_inputs(Object object)
{
    while (object.kind == OBJECT_FUNCTION) {
        const Function *function = object.function;
        switch (function->kind) {
        case FUNCTION_CLOSURE:
            return function->closure.ast->function.count;
        case FUNCTION_LAYER:
            object = function->defined.inner;
            break;
        case FUNCTION_COMPOSITION:
            object = function->composition.items[0];
            break;
        case FUNCTION_SHARED:
        case FUNCTION_FROZEN:
        case FUNCTION_PRODUCT:
            object = function->wrapped.inner;
            break;
        default:
            return -1;
        }
    }
    return -1;
}

static Object wrong_inputs(Elaborator *e, const Function *function, int64_t wanted, int64_t got, SourceSpan span)
{
    const char *own = function->name;
    if (!own && e->frame && span_equal(e->frame->call, span))
        own = e->frame->name;
    const char *name = own ? arena_printf(e->arena, "`%s`", own) : "the function";
    Diagnostic *diagnostic =
        complain(e, 407, span, "%s takes %lld input%s, got %lld", name, (long long)wanted, wanted == 1 ? "" : "s", (long long)got);
    if (function->span.file >= 0)
        diagnostic_note(e->diagnostics, diagnostic, function->span, "it is made here");
    return error_object;
}

/* The body of a function, with its inputs bound. The frame says where the call stands, for errors inside. */
static Object apply_closure(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    const Ast *ast = function->closure.ast;
    if (ast->function.count != count)
        return wrong_inputs(e, function, ast->function.count, count, span);
    View view = locals_make(e, function->closure.view, function->closure.view.locals->unit, count);
    for (int64_t i = 0; i < count; i++)
        view = locals_bind(e, view, ast->function.parameters[i].text, inputs[i]);
    Frame frame = {.caller = e->frame, .call = span, .name = function->name};
    KnownMark mark = known_mark(e);
    e->frame = &frame;
    Object result = evaluate(e, ast->function.body, view);
    e->frame = frame.caller;
    known_sweep(e, mark, result);
    return result;
}

/* A layer of the standard library shows no pipe of its own in error messages, and one of the user's starts a new one. */
static Object apply_layer(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    Scope *outer = e->build ? e->build->scope : NULL;
    Scope *scope = NULL;
    if (outer) {
        scope = scope_child(e, scope_ordinal(e, function->name), function->name, span);
        e->build->scope = scope;
    }
    Frame frame = {.caller = e->frame, .call = span, .name = function->name};
    e->frame = &frame;
    Object result = apply_function(e, function->defined.inner, inputs, count, span);
    e->frame = frame.caller;
    if (outer) {
        e->build->scope = outer;
        name_result(e, scope, result);
    }
    return result;
}

static Object apply_pointwise(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    Object left = function->pointwise.left;
    Object right = function->pointwise.right;
    if (left.kind == OBJECT_FUNCTION)
        left = apply_function(e, left, inputs, count, span);
    if (right.kind == OBJECT_FUNCTION)
        right = apply_function(e, right, inputs, count, span);
    return operate(e, function->pointwise.operation, function->pointwise.power, left, right, function->span);
}

/* One set of weights: every application counts its parts anew, under the name that `shared` was given. */
static Object apply_shared(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    Build *build = e->build;
    if (!build)
        return apply_function(e, function->wrapped.inner, inputs, count, span);
    Scope *outer = build->scope;
    bool sharing = build->sharing;
    build->scope = scope_fresh(e, function->wrapped.path, function->wrapped.path, NULL, span);
    build->sharing = true;
    Object result = apply_function(e, function->wrapped.inner, inputs, count, span);
    build->sharing = sharing;
    build->scope = outer;
    return result;
}

static Object apply_frozen(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    bool frozen = e->build && e->build->frozen;
    if (e->build)
        e->build->frozen = true;
    Object result = apply_function(e, function->wrapped.inner, inputs, count, span);
    if (e->build)
        e->build->frozen = frozen;
    return result;
}

static Object apply_kind(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    switch (function->kind) {
    case FUNCTION_CLOSURE:
        return apply_closure(e, function, inputs, count, span);
    case FUNCTION_LAYER:
        return apply_layer(e, function, inputs, count, span);
    case FUNCTION_NET:
        return apply_net(e, function, inputs, count, span);
    case FUNCTION_BUILTIN:
        return apply_builtin(e, function->primitive.builtin, inputs, count, function->primitive.arguments, span);
    case FUNCTION_OPERATION:
        return apply_operation(e, function->primitive.operation, inputs, count, function->primitive.arguments, span);
    case FUNCTION_COMPOSITION:
        return apply_composition(e, function, inputs, count, span);
    case FUNCTION_POINTWISE:
        return apply_pointwise(e, function, inputs, count, span);
    case FUNCTION_SHARED:
        return apply_shared(e, function, inputs, count, span);
    case FUNCTION_FROZEN:
        return apply_frozen(e, function, inputs, count, span);
    case FUNCTION_PRODUCT:
        return apply_function(e, function->wrapped.inner, inputs, count, span);
    case FUNCTION_PATHS:
        help(e, complain(e, 537, span, "`path_norm` is a penalty of a whole net, and is no function of a tensor"),
             "`train NET { penalty = 1e-4 * path_norm(2) }`");
        break;
    case FUNCTION_DEFINITION:
        break;
    }
    return error_object;
}

static Object not_callable(Elaborator *e, Object object, SourceSpan span)
{
    if (object.kind == OBJECT_ERROR)
        return object;
    Diagnostic *diagnostic = complain(e, 503, span, "%s cannot be called", describe(e, object));
    if (object.kind == OBJECT_TENSOR)
        help(e, diagnostic, "to multiply, write `*`");
    return error_object;
}

Object apply_function(Elaborator *e, Object callee, const Object *inputs, int64_t count, SourceSpan span)
{
    callee = complete_function(e, callee, span);
    if (callee.kind != OBJECT_FUNCTION)
        return not_callable(e, callee, span);
    for (int64_t i = 0; i < count; i++)
        if (inputs[i].kind == OBJECT_ERROR)
            return error_object;
    if (!enter_call(e, span))
        return error_object;
    /* a layer is its definition's function applied: one call, counted where the body is evaluated */
    FunctionKind kind = callee.function->kind;
    int depth = e->depth;
    e->depth += kind == FUNCTION_CLOSURE || kind == FUNCTION_NET;
    Object result = apply_kind(e, callee.function, inputs, count, span);
    e->depth = depth;
    return result;
}

/* How many leading arguments are inputs: the positional ones that are tensors and the like, no more than the layer's function takes. A
 * definition without settings takes whatever is given. */
static int64_t leading_inputs(const Definition *definition, Arguments arguments)
{
    const Ast *body = definition->ast->definition.value;
    int64_t most = body->kind == AST_FUNCTION ? body->function.count : arguments.count;
    int64_t count = 0;
    while (count < arguments.count && count < most && !arguments.items[count].name &&
           (definition->ast->definition.count == 0 || object_is_input(arguments.items[count].value)))
        count++;
    return count;
}

static Object call_layer(Elaborator *e, Definition *definition, Arguments arguments, SourceSpan span)
{
    int64_t inputs = leading_inputs(definition, arguments);
    Arguments rest = {inputs > 0 ? arguments.items + inputs : arguments.items, arguments.count - inputs};
    if (!enter_call(e, span))
        return error_object;
    View view;
    Frame frame = {.caller = e->frame, .call = span, .name = definition->name};
    if (!bind_settings(e, definition, rest, span, &view))
        return error_object;
    e->depth++;
    e->frame = &frame;
    Object inner = evaluate(e, definition->ast->definition.value, view);
    e->frame = frame.caller;
    e->depth--;
    if (inner.kind == OBJECT_ERROR || (inner.kind != OBJECT_FUNCTION && inputs == 0))
        return inner;
    Function *layer = function_make(e, FUNCTION_LAYER, definition->name, span);
    layer->defined.definition = definition;
    layer->defined.inner = inner;
    if (inputs == 0 || !arguments.items)
        return object_function(layer);
    Object *objects = arena_take(e->arena, (size_t)inputs * sizeof *objects);
    for (int64_t i = 0; i < inputs; i++)
        objects[i] = arguments.items[i].value;
    return apply_function(e, object_function(layer), objects, inputs, span);
}

/* Which input an argument is: by its place, or by the name of a parameter; -1 after complaining. */
static int64_t input_of(Elaborator *e, const Function *function, const Argument *argument, int64_t place)
{
    if (!argument->name)
        return place;
    const Ast *ast = function->kind == FUNCTION_CLOSURE ? function->closure.ast : NULL;
    for (int64_t i = 0; ast && i < ast->function.count; i++)
        if (strcmp(ast->function.parameters[i].text, argument->name) == 0)
            return i;
    complain(e, 401, argument->name_span, "this function has no setting `%s`", argument->name);
    return -1;
}

/* A function that is no definition has inputs only; they may be given by the names of its parameters. */
static Object call_inputs(Elaborator *e, const Function *function, Arguments arguments, SourceSpan span)
{
    Object *inputs = arena_zero(e->arena, (size_t)arguments.count, sizeof *inputs);
    for (int64_t i = 0; i < arguments.count; i++) {
        int64_t index = input_of(e, function, &arguments.items[i], i);
        if (index < 0)
            return error_object;
        if (index >= arguments.count || inputs[index].kind != OBJECT_ERROR) {
            complain(e, 403, arguments.items[i].span, "an input is missing or given twice");
            return error_object;
        }
        inputs[index] = arguments.items[i].value;
    }
    return apply_function(e, object_function(function), inputs, arguments.count, span);
}

Object call_function(Elaborator *e, Object callee, Arguments arguments, SourceSpan span)
{
    if (callee.kind != OBJECT_FUNCTION)
        return not_callable(e, callee, span);
    const Function *function = callee.function;
    switch (function->kind) {
    case FUNCTION_DEFINITION:
        if (function->defined.definition->ast->kind == AST_NET)
            return call_net(e, function, arguments, span);
        return call_layer(e, function->defined.definition, arguments, span);
    case FUNCTION_BUILTIN:
        if (function->primitive.arguments.count == 0)
            return call_builtin(e, function->primitive.builtin, arguments, span);
        return call_inputs(e, function, arguments, span);
    case FUNCTION_OPERATION:
        if (function->primitive.arguments.count == 0)
            return call_operation(e, function->primitive.operation, arguments, span);
        return call_inputs(e, function, arguments, span);
    case FUNCTION_NET:
        return call_net(e, function, arguments, span);
    default:
        return call_inputs(e, function, arguments, span);
    }
}

Object complete_function(Elaborator *e, Object object, SourceSpan span)
{
    if (object.kind != OBJECT_FUNCTION || object.function->kind != FUNCTION_DEFINITION)
        return object;
    return call_function(e, object, (Arguments){NULL, 0}, span);
}

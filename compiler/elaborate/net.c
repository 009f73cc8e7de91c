/* A net to a Graph: its settings, its inputs, its body, its outputs; and a net applied inside another. */
#include "elaborate/elaborator.h"
#include "elaborate/label.h"
#include "elaborate/train.h"

#include <string.h>

Build *build_make(Elaborator *e, const char *name, bool training)
{
    Build *build = arena_zero(e->arena, 1, sizeof *build);
    build->root = graph_make(e->arena, name);
    build->root->training = training;
    build->graph = build->root;
    build->training = training;
    build->weights = map_make(e->arena);
    build->states = map_make(e->arena);
    build->numbers = map_make(e->arena);
    build->sum = no_value;
    return build;
}

/* --- declared types ------------------------------------------------------------------------------------------------------------- */

/* Reads the type of an input: a shape, bytes(shape) or integers(shape, below=n). */
static bool declared_input(Elaborator *e, Object object, SourceSpan span, InputInfo *input)
{
    if (object.kind == OBJECT_ERROR)
        return false;
    if (object.kind == OBJECT_TYPE && object.type->kind != TYPE_CLASSES) {
        input->type = type_of_shape(&object.type->shape);
        input->type.element = ELEMENT_INTEGER;
        input->kind = object.type->kind == TYPE_BYTES ? INPUT_BYTES : INPUT_INTEGERS;
        input->below = object.type->below;
    } else if (object.kind == OBJECT_NUMBER || object.kind == OBJECT_SHAPE) {
        Shape shape;
        if (!as_shape(e, object, span, &shape))
            return false;
        input->type = type_of_shape(&shape);
        input->kind = INPUT_REAL;
    } else {
        help(e, complain(e, 514, span, "an input has a shape, got %s", describe(e, object)),
             "for example `1x28x28`, `shape(1, H, W)`, `bytes(28x28)` or `integers(100, below=5000)`");
        return false;
    }
    input->type.batched = true;
    return true;
}

/* Reads the type of an output: a shape or classes(...). */
static bool declared_output(Elaborator *e, Object object, SourceSpan span, Declared *declared)
{
    *declared = (Declared){0};
    if (object.kind == OBJECT_ERROR)
        return false;
    Shape shape;
    if (object.kind == OBJECT_TYPE && object.type->kind == TYPE_CLASSES) {
        declared->classes = object.type->below;
        declared->labels = object.type->labels;
        shape = (Shape){.rank = 1, .size = {object.type->below}};
    } else if (object.kind == OBJECT_NUMBER || object.kind == OBJECT_SHAPE) {
        if (!as_shape(e, object, span, &shape))
            return false;
    } else {
        help(e, complain(e, 514, span, "an output has a shape, got %s", describe(e, object)),
             "for example `10`, `classes(10)` or a record of them: `{mean: 5, scale: 5}`");
        return false;
    }
    declared->type = type_of_shape(&shape);
    declared->type.batched = true;
    return true;
}

/* --- outputs -------------------------------------------------------------------------------------------------------------------- */

/* The expression that makes the value: the last step of a pipe, the end of a block. */
static SourceSpan value_span(const Ast *ast)
{
    while (ast->kind == AST_BLOCK)
        ast = ast->block.value;
    return ast->kind == AST_PIPE ? ast->chain.items[ast->chain.count - 1]->span : ast->span;
}

static void suggest_output(Elaborator *e, Diagnostic *diagnostic, const Type *got, const Type *wanted)
{
    if (wanted->rank == 1 && got->rank > 1)
        help(e, diagnostic, "end the net with `flatten |> dense(%lld)`", (long long)wanted->size[0]);
    else if (wanted->rank == 1 && got->rank == 1)
        help(e, diagnostic, "the last layer decides: `dense(%lld)`", (long long)wanted->size[0]);
}

/* One output: the value has the declared shape, is real, and depends on the input. */
static Tensor *check_output(Elaborator *e, const Ast *net, const char *field, Object value, const Declared *declared)
{
    SourceSpan span = value_span(net->definition.value);
    Tensor *tensor = value.kind == OBJECT_ERROR ? NULL : as_tensor(e, value, span, "the value of a net", NULL);
    if (!tensor)
        return NULL;
    const char *which = field ? arena_printf(e->arena, "`%s` of ", field) : "";
    const char *name = net->definition.name.text;
    Trail *trail = e->trail;
    e->trail = e->last_trail;
    bool fine = false;
    if (!type_same_shape(tensor->type, &declared->type)) {
        Diagnostic *diagnostic = complain(e, 602, span, "%s`%s` is declared as %s, but its value is %s", which, name,
                                          type_name(e->arena, &declared->type), type_name(e->arena, tensor->type));
        diagnostic_note(e->diagnostics, diagnostic, net->definition.result->span, "declared here");
        suggest_output(e, diagnostic, tensor->type, &declared->type);
    } else if (tensor->type->element == ELEMENT_COMPLEX) {
        help(e, complain(e, 515, span, "%s`%s` is complex", which, name), "`modulus`, `real` or `imag` give real numbers");
    } else if (!tensor->type->batched) {
        complain(e, 604, span, e->build->root->input_count > 0 ? "%s`%s` does not depend on its input" : "%s`%s` has no input",
                 which, name);
    } else {
        fine = true;
    }
    e->trail = trail;
    return fine ? tensor : NULL;
}

static bool wrong_fields(Elaborator *e, const Ast *net, Object value)
{
    if (value.kind != OBJECT_ERROR) {
        Diagnostic *diagnostic =
            complain(e, 603, value_span(net->definition.value), "`%s` gives a record of its declared outputs, got %s",
                     net->definition.name.text, describe(e, value));
        diagnostic_note(e->diagnostics, diagnostic, net->definition.result->span, "declared here");
    }
    return false;
}

/* Reads the declared type and checks the value against it, output by output. */
static bool check_outputs(Elaborator *e, const Ast *net, Object declared, Object value, Outputs *outputs)
{
    SourceSpan span = net->definition.result->span;
    *outputs = (Outputs){.count = 1};
    bool record = declared.kind == OBJECT_RECORD;
    if (record)
        outputs->count = declared.record->count;
    outputs->names = record ? declared.record->names : NULL;
    outputs->declared = arena_zero(e->arena, (size_t)outputs->count, sizeof *outputs->declared);
    outputs->tensors = arena_zero(e->arena, (size_t)outputs->count, sizeof(Tensor *));
    if (record && (value.kind != OBJECT_RECORD || value.record->count != outputs->count))
        return wrong_fields(e, net, value);
    bool fine = true;
    for (int64_t i = 0; i < outputs->count; i++) {
        Object type = record ? declared.record->values[i] : declared;
        const Object *item = record ? record_find(value.record, outputs->names[i]) : &value;
        if (!item)
            return wrong_fields(e, net, value);
        fine = declared_output(e, type, span, &outputs->declared[i]) && fine;
        if (!fine)
            continue;
        outputs->tensors[i] = check_output(e, net, record ? outputs->names[i] : NULL, *item, &outputs->declared[i]);
        fine = outputs->tensors[i] != NULL;
    }
    return fine;
}

static bool add_outputs(Elaborator *e, const Outputs *outputs, SourceSpan span)
{
    for (int64_t i = 0; i < outputs->count; i++) {
        Value value = tensor_in_graph(e, outputs->tensors[i], span);
        const List *rows = outputs->tensors[i]->rows;
        if (value.node < 0)
            return false;
        graph_add_output(e->build->root, (OutputInfo){
                                             .name = outputs->names ? outputs->names[i] : NULL,
                                             .value = value,
                                             .classes = outputs->declared[i].classes,
                                             .labels = outputs->declared[i].labels,
                                             .paths = rows ? label_table(e, rows) : NULL,
                                         });
    }
    return true;
}

/* --- a net by itself ------------------------------------------------------------------------------------------------------------ */

/* Inputs of the Graph, bound as locals behind the settings. */
static bool make_inputs(Elaborator *e, const Ast *net, View settings, View *view)
{
    bool fine = true;
    View inner = locals_make(e, settings, settings.locals->unit, net->definition.count);
    for (int64_t i = 0; i < net->definition.count; i++) {
        const AstParameter *parameter = &net->definition.parameters[i];
        if (!parameter->type)
            continue;
        InputInfo input = {.name = parameter->name.text};
        if (!declared_input(e, evaluate(e, parameter->type, settings), parameter->type->span, &input)) {
            fine = false;
            continue;
        }
        int32_t row = graph_add_input(e->build->root, input);
        Value value = graph_source(e->build->root, OP_INPUT, row, scope_origin(e));
        inner = locals_bind(e, inner, input.name, object_tensor(tensor_value(e, e->build->root, value)));
    }
    *view = inner;
    return fine;
}

static bool elaborate_body(Elaborator *e, Definition *net, Arguments settings, Training *training, SourceSpan span)
{
    const Ast *ast = net->ast;
    View view;
    View inner;
    if (!bind_settings(e, net, settings, span, &view) || !make_inputs(e, ast, view, &inner))
        return false;
    e->last_trail = NULL;
    Object value = evaluate(e, ast->definition.value, inner);
    Object declared = evaluate(e, ast->definition.result, view);
    Outputs outputs;
    if (!check_outputs(e, ast, declared, value, &outputs) || !add_outputs(e, &outputs, value_span(ast->definition.value)))
        return false;
    if (training)
        training->given = settings;
    return !training || elaborate_objective(e, training, &outputs, value);
}

Graph *elaborate_net(Elaborator *e, Definition *net, Arguments settings, bool training, Training *plan, SourceSpan span)
{
    Surroundings outside = leave_surroundings(e);
    int64_t errors = e->diagnostics->errors;
    e->build = build_make(e, net->name, training);
    e->build->net = net;
    e->build->scope = scope_root(e, e->build->root, "");
    bool fine = elaborate_body(e, net, settings, plan, span);
    Graph *graph = e->build->root;
    if (graph->node_count > NODE_LIMIT)
        stop(e, 1011, span, operations_message);
    if (!training)
        net->asks_mode |= e->build->asks_mode;
    enter_surroundings(e, outside);
    return fine && e->diagnostics->errors == errors && !e->stopped ? graph : NULL;
}

/* --- a net inside another ------------------------------------------------------------------------------------------------------- */

static bool check_input(Elaborator *e, const Function *function, const InputInfo *wanted, Object given, SourceSpan span,
                        Object *result)
{
    Tensor *tensor = as_tensor(e, given, span, "an input of a net", NULL);
    if (!tensor)
        return false;
    *result = object_tensor(tensor);
    bool fits = type_same_shape(tensor->type, &wanted->type) && tensor->type->element == wanted->type.element;
    if (!fits)
        complain(e, 603, span, "`%s` takes %s for `%s`, got %s", function->name, type_name(e->arena, &wanted->type), wanted->name,
                 type_name(e->arena, tensor->type));
    return fits;
}

static int64_t count_inputs(const Ast *net)
{
    int64_t count = 0;
    for (int64_t i = 0; i < net->definition.count; i++)
        count += net->definition.parameters[i].type != NULL;
    return count;
}

/* A net's value with the classes that its result says, for whoever shows it. */
static Object with_classes(Elaborator *e, Object value, Object declared)
{
    if (value.kind != OBJECT_TENSOR || declared.kind != OBJECT_TYPE || declared.type->kind != TYPE_CLASSES)
        return value;
    Tensor *tensor = arena_copy(e->arena, value.tensor, sizeof *tensor);
    tensor->classes = declared.type->below;
    tensor->labels = declared.type->labels;
    return object_tensor(tensor);
}

static Object apply_net_body(Elaborator *e, const Function *function, const Object *inputs, SourceSpan span)
{
    const Ast *net = function->defined.definition->ast;
    View settings = function->defined.settings;
    View view = locals_make(e, settings, settings.locals->unit, net->definition.count);
    int64_t next = 0;
    for (int64_t i = 0; i < net->definition.count; i++) {
        const AstParameter *parameter = &net->definition.parameters[i];
        if (!parameter->type)
            continue;
        InputInfo wanted = {.name = parameter->name.text};
        Object input;
        if (!declared_input(e, evaluate(e, parameter->type, settings), parameter->type->span, &wanted) ||
            !check_input(e, function, &wanted, inputs[next++], span, &input))
            return error_object;
        view = locals_bind(e, view, wanted.name, input);
    }
    Object value = evaluate(e, net->definition.value, view);
    Object declared = evaluate(e, net->definition.result, settings);
    Outputs outputs;
    bool whole = value.kind == OBJECT_TENSOR && (value.tensor->data || !value.tensor->type->batched);
    if (value.kind == OBJECT_ERROR || (!whole && !check_outputs(e, net, declared, value, &outputs)))
        return error_object;
    return with_classes(e, value, declared);
}

Object apply_body_again(Elaborator *e, Definition *net, Arguments settings, const Object *inputs, SourceSpan span)
{
    Function function = {.kind = FUNCTION_NET, .name = net->name, .span = span};
    function.defined.definition = net;
    if (!bind_settings(e, net, settings, span, &function.defined.settings))
        return error_object;
    return apply_net_body(e, &function, inputs, span);
}

/* Whether a net is given as many inputs as it takes. */
static bool right_count(Elaborator *e, const Definition *net, int64_t count, SourceSpan span)
{
    int64_t wanted = count_inputs(net->ast);
    if (count == wanted)
        return true;
    Diagnostic *diagnostic = complain(e, 407, span, "`%s` takes %lld input%s, got %lld", net->name, (long long)wanted,
                                      wanted == 1 ? "" : "s", (long long)count);
    show_definition(e, diagnostic, net);
    return false;
}

Object apply_net(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    if (!right_count(e, function->defined.definition, count, span))
        return error_object;
    Build *build = e->build;
    Scope *outer = build ? build->scope : NULL;
    Scope *scope = NULL;
    if (build) {
        scope = scope_child(e, scope_ordinal(e, function->name), function->name, span);
        build->scope = scope;
    }
    Frame frame = {.caller = e->frame, .call = span, .name = function->name};
    e->frame = &frame;
    Object result = apply_net_body(e, function, inputs, span);
    e->frame = frame.caller;
    if (build) {
        build->scope = outer;
        name_result(e, scope, result);
    }
    return result;
}

/* The index among a net's inputs of a parameter of this name, or -1. */
static int64_t input_index(const Ast *net, const char *name)
{
    int64_t index = 0;
    for (int64_t i = 0; i < net->definition.count; i++) {
        if (!net->definition.parameters[i].type)
            continue;
        if (strcmp(net->definition.parameters[i].name.text, name) == 0)
            return index;
        index++;
    }
    return -1;
}

/* Leading tensors and arguments with the name of an input are inputs, the rest are settings. */
Object call_net(Elaborator *e, const Function *function, Arguments arguments, SourceSpan span)
{
    Definition *definition = function->defined.definition;
    int64_t most = count_inputs(definition->ast);
    Object *inputs = arena_zero(e->arena, (size_t)most + 1, sizeof *inputs);
    Argument *settings = arena_take(e->arena, (size_t)arguments.count * sizeof *settings);
    int64_t given = 0;
    int64_t rest = 0;
    for (int64_t i = 0; i < arguments.count; i++) {
        const Argument *argument = &arguments.items[i];
        int64_t index = argument->name ? input_index(definition->ast, argument->name) : -1;
        if (!argument->name && object_is_input(argument->value) && i < most)
            index = i;
        if (index < 0) {
            settings[rest++] = *argument;
            continue;
        }
        if (inputs[index].kind != OBJECT_ERROR) {
            complain(e, 403, argument->span, "this input of `%s` is given twice", definition->name);
            return error_object;
        }
        inputs[index] = argument->value;
        given++;
    }
    if (given > 0 && !right_count(e, definition, given, span))
        return error_object;
    View view = function->defined.settings;
    if (function->kind == FUNCTION_DEFINITION || rest > 0) {
        if (!bind_settings(e, definition, (Arguments){settings, rest}, span, &view))
            return error_object;
    }
    Function *net = function_make(e, FUNCTION_NET, definition->name, span);
    net->defined.definition = definition;
    net->defined.settings = view;
    net->defined.arguments = (Arguments){settings, rest};
    return given == 0 ? object_function(net) : apply_function(e, object_function(net), inputs, given, span);
}

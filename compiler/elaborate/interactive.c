/* Values of expressions in a module: what a session asks, line by line.
 *
 * An expression is elaborated like the body of a net whose inputs are the tensors that names stand for. So a layer may be applied to a picture at top
 * level, with weights, and what is known stays known. */
#include "elaborate/elaborator.h"
#include "elaborate/label.h"
#include "elaborate/train.h"
#include "syntax/parse.h"
#include "syntax/token.h"

#include <string.h>

/* --- the expression --------------------------------------------------------------------------------------------------------------- */

static bool begins_with_let(Module *module, int32_t file)
{
    TokenFilter filter = filter_make(module->arena, NULL, module->diagnostics->sources, file);
    Token first = filter_next(&filter);
    size_t length;
    const char *text = token_text(module->diagnostics->sources, first.span, &length);
    return length == 3 && memcmp(text, "let", 3) == 0;
}

/* The expression of a text, or that of its only `let`; null after complaining. */
static const Ast *read_expression(Module *module, const char *name, const char *text, size_t length, Evaluated *result)
{
    Diagnostics *diagnostics = module->diagnostics;
    int64_t errors = diagnostics->errors;
    int32_t file = source_add(diagnostics->sources, name, text, length, false);
    const Ast *expression = NULL;
    if (begins_with_let(module, file)) {
        const AstFile *parsed = parse_file(module->arena, diagnostics, file);
        const Ast *item = parsed->items.count == 1 ? parsed->items.items[0] : NULL;
        if (item && item->kind == AST_LET) {
            result->binding = item->definition.name.text;
            expression = item->definition.value;
        }
    } else {
        expression = parse_expression(module->arena, diagnostics, file);
    }
    return diagnostics->errors == errors ? expression : NULL;
}

/* --- named tensors ----------------------------------------------------------------------------------------------------------------- */

/* All names that an expression needs, by way of the definitions that it mentions. */
static Map needed_names(const Module *module, const Ast *expression)
{
    Map names = map_make(module->arena);
    ast_mentions(expression, &names);
    for (int64_t i = 0; i < names.count; i++) {
        const Definition *definition = map_get(&module->main->names, names.entries[i].key);
        if (definition)
            ast_mentions(definition->ast, &names);
    }
    return names;
}

/* What a name stands for in this Graph, in the place of what its definition says. */
static void name_tensor(Elaborator *e, Definition *definition, const Type *type, const double *data)
{
    definition->state = DEFINITION_READY;
    if (data) {
        definition->value = object_tensor(tensor_known(e, type, data));
        return;
    }
    Graph *graph = e->build->root;
    InputInfo input = {.name = definition->name, .type = *type, .below = INT32_MAX};
    input.kind = type->element == ELEMENT_INTEGER ? INPUT_INTEGERS : INPUT_REAL;
    int32_t row = graph_add_input(graph, input);
    definition->value = object_tensor(tensor_value(e, graph, graph_source(graph, OP_INPUT, row, scope_origin(e))));
}

/* Gives the names that an expression needs their tensors; whether there were any. */
static bool name_tensors(Elaborator *e, const Ast *expression, NamedTensors tensors)
{
    bool any = false;
    Map names = needed_names(e->module, expression);
    for (int64_t i = 0; i < names.count; i++) {
        Definition *definition = map_get(&e->module->main->names, names.entries[i].key);
        Type type;
        const double *data;
        if (!definition || !tensors.find(tensors.context, e->arena, definition->name, &type, &data))
            continue;
        name_tensor(e, definition, &type, data);
        any = true;
    }
    return any;
}

/* --- layers(f, x...) ---------------------------------------------------------------------------------------------------------------- */

/* Whether an expression asks what each step of a function makes. */
static bool asks_layers(Elaborator *e, const Ast *ast)
{
    return is_call_of(ast, "layers") && ast->call.arguments.count >= 2 && !is_global(e, e->module->main, "layers");
}

/* Whether a path is one step of the outermost scope that was applied: "lenet1.conv1", not "lenet1" and not "lenet1.block1.conv1". */
static bool is_step(const char *path)
{
    const char *dot = strchr(path, '.');
    return dot && !strchr(dot + 1, '.');
}

static Object steps_of(Elaborator *e, const Graph *graph, bool (*wanted)(const char *path))
{
    const char **names = arena_take(e->arena, (size_t)(graph->name_count + 1) * sizeof *names);
    Object *values = arena_take(e->arena, (size_t)(graph->name_count + 1) * sizeof *values);
    int64_t count = 0;
    for (int64_t i = 0; i < graph->name_count; i++) {
        const char *path = graph->names[i].path;
        if (!wanted(path))
            continue;
        const char *dot = strchr(path, '.');
        names[count] = dot ? dot + 1 : path;
        values[count++] = object_tensor(tensor_value(e, e->build->root, graph->names[i].value));
    }
    return object_record(e->arena, names, values, count);
}

static bool is_outermost(const char *path)
{
    return !strchr(path, '.');
}

/* The steps of a definition that was applied; of a composition, which has no name, what each of its layers makes. */
static Object evaluate_layers(Elaborator *e, const Ast *ast, View view)
{
    const AstArguments *arguments = &ast->call.arguments;
    Object function = evaluate(e, arguments->items[0].value, view);
    int64_t count = arguments->count - 1;
    Object *inputs = arena_take(e->arena, (size_t)count * sizeof *inputs);
    for (int64_t i = 0; i < count; i++) {
        inputs[i] = evaluate(e, arguments->items[i + 1].value, view);
        if (inputs[i].kind == OBJECT_ERROR)
            return error_object;
    }
    if (function.kind == OBJECT_ERROR)
        return error_object;
    Object last = apply_function(e, function, inputs, count, ast->span);
    if (last.kind == OBJECT_ERROR)
        return error_object;
    Object steps = steps_of(e, e->build->root, is_step);
    if (steps.record->count == 0)
        steps = steps_of(e, e->build->root, is_outermost);
    return steps.record->count > 0 ? steps : last;
}

/* --- its value ------------------------------------------------------------------------------------------------------------------------ */

void object_tensors(Object object, void (*each)(void *context, Tensor *tensor), void *context)
{
    if (object.kind == OBJECT_TENSOR)
        each(context, object.tensor);
    for (int64_t i = 0; object.kind == OBJECT_LIST && i < object.list->count; i++)
        object_tensors(object.list->items[i], each, context);
    for (int64_t i = 0; object.kind == OBJECT_RECORD && i < object.record->count; i++)
        object_tensors(object.record->values[i], each, context);
}

typedef struct OutputsOf {
    Elaborator *e;
    SourceSpan span;
    int64_t count;
} OutputsOf;

static void add_output(void *context, Tensor *tensor)
{
    OutputsOf *outputs = context;
    if (tensor->data)
        return;
    const char *name = arena_printf(outputs->e->arena, "%lld", (long long)outputs->count++);
    Value value = tensor_in_graph(outputs->e, tensor, outputs->span);
    if (value.node >= 0)
        graph_add_output(outputs->e->build->root,
                         (OutputInfo){.name = name,
                                      .value = value,
                                      .classes = tensor->classes,
                                      .labels = tensor->labels,
                                      .paths = tensor->rows ? label_table(outputs->e, tensor->rows) : NULL});
}

const DataCall *module_data(Module *module, const Evaluated *evaluated)
{
    return evaluated->value->kind == OBJECT_DATA ? data_call(&module->elaborator, evaluated->value->data) : NULL;
}

static Object evaluate_at_top(Elaborator *e, const Ast *expression)
{
    View view = {e->module->main->root, 0};
    return asks_layers(e, expression) ? evaluate_layers(e, expression, view) : evaluate(e, expression, view);
}

bool module_evaluate(Module *module, const char *name, const char *text, size_t length, NamedTensors tensors, Evaluated *result)
{
    const char stack = 0;
    Elaborator *e = &module->elaborator;
    *result = (Evaluated){0};
    if (module->unreadable)
        return false;
    int64_t errors = module->diagnostics->errors;
    const Ast *expression = read_expression(module, name, text, length, result);
    if (!expression)
        return false;
    elaboration_begin(e, &stack);
    e->build = build_make(e, "expression", false);
    e->build->scope = scope_root(e, e->build->root, "");
    result->uses_tensors = name_tensors(e, expression, tensors);
    Object value = evaluate_at_top(e, expression);
    OutputsOf outputs = {.e = e, .span = expression->span};
    object_tensors(value, add_output, &outputs);
    result->value = arena_copy(e->arena, &value, sizeof value);
    result->graph = e->build->root;
    bool fine = value.kind != OBJECT_ERROR && !e->stopped && module->diagnostics->errors == errors;
    e->build = NULL;
    e->stack = NULL;
    return fine;
}

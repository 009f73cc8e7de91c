/* An expression to an object, in the order of the source; blocks are strict. Every function here gives an error object after something
 * was reported, and takes one silently. */
#include "elaborate/elaborator.h"
#include "elaborate/train.h"

#include <math.h>
#include <string.h>

enum { INDEX_FROM = 16, FEW_ARGUMENTS = 4 };

View locals_make(Elaborator *e, View around, Unit *unit, int64_t capacity)
{
    Locals *locals = arena_zero(e->arena, 1, sizeof *locals);
    locals->around = around;
    locals->unit = unit;
    if (capacity > 0)
        locals->bindings = arena_take(e->arena, (size_t)capacity * sizeof *locals->bindings);
    locals->capacity = capacity;
    return (View){locals, 0};
}

/* Large blocks are found by a map; it is made when the block has grown. */
static void index_bindings(Elaborator *e, Locals *locals)
{
    int64_t first = locals->count - 1;
    if (!locals->index) {
        locals->index = arena_take(e->arena, sizeof *locals->index);
        *locals->index = map_make(e->arena);
        first = 0;
    }
    for (int64_t i = first; i < locals->count; i++) {
        int64_t *position = arena_copy(e->arena, &i, sizeof i);
        map_set(locals->index, locals->bindings[i].name, position);
    }
}

View locals_bind(Elaborator *e, View view, const char *name, Object value)
{
    Locals *locals = view.locals;
    locals->bindings = arena_grow(e->arena, locals->bindings, locals->count, &locals->capacity, sizeof *locals->bindings);
    locals->bindings[locals->count++] = (Binding){name, value};
    if (locals->count > INDEX_FROM)
        index_bindings(e, locals);
    return (View){locals, locals->count};
}

const Object *locals_find(View view, const char *name)
{
    for (; view.locals; view = view.locals->around) {
        if (view.locals->index) {
            const int64_t *position = map_get(view.locals->index, name);
            if (position && *position < view.visible)
                return &view.locals->bindings[*position].value;
            continue;
        }
        for (int64_t i = view.visible - 1; i >= 0; i--)
            if (strcmp(view.locals->bindings[i].name, name) == 0)
                return &view.locals->bindings[i].value;
    }
    return NULL;
}

bool as_condition(Elaborator *e, Object object, SourceSpan span, bool *result)
{
    if (object.kind == OBJECT_BOOLEAN) {
        *result = object.boolean;
        return true;
    }
    if (object.kind == OBJECT_ERROR)
        return false;
    if (object.kind == OBJECT_TENSOR && object.tensor->data)
        help(e, complain(e, 505, span, "a condition is a known true or false, got %s", describe(e, object)),
             "`item(t)` gives the entry of a known tensor");
    else if (object.kind == OBJECT_TENSOR || object.kind == OBJECT_SAMPLE)
        help(e, complain(e, 505, span, "a condition must be known while elaborating, got a tensor"),
             "`where(condition, a, b)` chooses entry by entry");
    else
        complain(e, 504, span, "a condition is true or false, got %s", describe(e, object));
    return false;
}

Object list_of(Elaborator *e, Object *items, int64_t count, SourceSpan span)
{
    Object list = object_list(e->arena, items, count);
    if (list.kind == OBJECT_ERROR)
        complain(e, 1012, span, "a list has at most 1,000,000 entries and 1,000 lists within lists");
    return list;
}

/* Remembers how many weights the Graph had before each item, so that a penalty can find the slices of a sum. */
static void count_weights(Elaborator *e, int64_t *counts, int64_t index)
{
    if (counts)
        counts[index] = e->build->root->weight_count;
}

static Object evaluate_list(Elaborator *e, const Ast *ast, View view)
{
    int64_t count = ast->list.count;
    Object *items = arena_take(e->arena, (size_t)count * sizeof *items);
    int64_t *weights = e->build ? arena_take(e->arena, (size_t)(count + 1) * sizeof *weights) : NULL;
    bool failed = false;
    for (int64_t i = 0; i < count; i++) {
        count_weights(e, weights, i);
        items[i] = evaluate(e, ast->list.items[i], view);
        failed |= items[i].kind == OBJECT_ERROR;
    }
    count_weights(e, weights, count);
    if (failed)
        return error_object;
    Object list = list_of(e, items, count, ast->span);
    if (list.kind == OBJECT_LIST)
        ((List *)list.list)->weights = weights;
    return list;
}

/* What a comprehension has gathered. */
typedef struct Gathering {
    Object *items;
    int64_t *weights;
    int64_t count, capacity, weight_capacity;
    bool failed;
} Gathering;

static void note_weights(Elaborator *e, Gathering *list)
{
    list->weights = arena_grow(e->arena, list->weights, list->count, &list->weight_capacity, sizeof *list->weights);
    list->weights[list->count] = e->build->root->weight_count;
}

/* One item, elaborated in a scope named by its index. */
static void gather(Elaborator *e, const Ast *ast, View view, Gathering *list)
{
    Scope *outer = e->build ? e->build->scope : NULL;
    if (outer) {
        note_weights(e, list);
        e->build->scope = scope_child(e, scope_index(e, list->count), NULL, ast->comprehension.value->span);
    }
    Object item = evaluate(e, ast->comprehension.value, view);
    if (outer)
        e->build->scope = outer;
    if (item.kind == OBJECT_ERROR || list->count >= LIST_LIMIT) {
        if (item.kind != OBJECT_ERROR)
            complain(e, 1012, ast->span, "a list has at most 1,000,000 entries");
        list->failed = true;
        return;
    }
    list->items = arena_grow(e->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = item;
    if (outer)
        note_weights(e, list);
}

static void gather_clause(Elaborator *e, const Ast *ast, int64_t clause, View view, Gathering *list)
{
    if (clause == ast->comprehension.count) {
        gather(e, ast, view, list);
        return;
    }
    const AstClause *row = &ast->comprehension.clauses[clause];
    Object source = evaluate(e, row->source, view);
    if (source.kind != OBJECT_LIST) {
        if (source.kind != OBJECT_ERROR)
            help(e, complain(e, 511, row->source->span, "`for` runs over a list, got %s", describe(e, source)),
                 "a range is a list: `for i in 1..4`");
        list->failed = true;
        return;
    }
    for (int64_t i = 0; i < source.list->count && !list->failed; i++) {
        View inner = locals_bind(e, locals_make(e, view, view.locals->unit, 1), row->name.text, source.list->items[i]);
        bool wanted = true;
        if (row->condition && !as_condition(e, evaluate(e, row->condition, inner), row->condition->span, &wanted))
            list->failed = true;
        else if (wanted)
            gather_clause(e, ast, clause + 1, inner, list);
    }
}

static Object evaluate_comprehension(Elaborator *e, const Ast *ast, View view)
{
    Gathering list = {0};
    gather_clause(e, ast, 0, view, &list);
    if (list.failed)
        return error_object;
    Object result = list_of(e, list.items, list.count, ast->span);
    if (result.kind == OBJECT_LIST && list.count > 0)
        ((List *)result.list)->weights = list.weights;
    return result;
}

static Object evaluate_record(Elaborator *e, const Ast *ast, View view)
{
    int64_t count = ast->record.count;
    const char **names = arena_take(e->arena, (size_t)count * sizeof *names);
    Object *values = arena_take(e->arena, (size_t)count * sizeof *values);
    bool failed = false;
    for (int64_t i = 0; i < count; i++) {
        const AstArgument *field = &ast->record.items[i];
        names[i] = field->name.text;
        values[i] = evaluate(e, field->value, view);
        failed |= values[i].kind == OBJECT_ERROR;
    }
    if (failed)
        return error_object;
    Object record = object_record(e->arena, names, values, count);
    if (record.kind == OBJECT_ERROR)
        complain(e, 1012, ast->span, "a record has at most 1,000,000 entries and 1,000 records within records");
    return record;
}

bool is_call_of(const Ast *ast, const char *name)
{
    return ast->kind == AST_CALL && ast->call.callee->kind == AST_NAME && strcmp(ast->call.callee->name.text, name) == 0;
}

/* Whether a value is a weight or a state, perhaps chosen by an `if`. */
static bool names_itself(const Ast *value)
{
    if (value->kind == AST_IF)
        return names_itself(value->branch.then) || names_itself(value->branch.otherwise);
    return is_call_of(value, "weight") || is_call_of(value, "state");
}

/* The value of a block's `let`, in a scope of its name. A weight or state that is the value itself bears its own name, not the let's. */
static Object evaluate_let(Elaborator *e, const Ast *let, View view)
{
    const Ast *value = let->definition.value;
    if (!e->build || names_itself(value))
        return evaluate(e, value, view);
    Scope *outer = e->build->scope;
    Scope *scope = scope_child(e, let->definition.name.text, NULL, let->span);
    e->build->scope = scope;
    e->binding = is_call_of(value, "shared") ? let->definition.name.text : NULL;
    Object result = evaluate(e, value, view);
    e->binding = NULL;
    e->build->scope = outer;
    if (!span_in_library(e, let->span))
        name_result(e, scope, result);
    return result;
}

static Object evaluate_block(Elaborator *e, const Ast *ast, View view)
{
    const AstList *statements = &ast->block.statements;
    View inner = locals_make(e, view, view.locals->unit, statements->count);
    for (int64_t i = 0; i < statements->count; i++) {
        const Ast *statement = statements->items[i];
        if (e->stopped)
            return error_object;
        if (statement->kind == AST_LET)
            inner = locals_bind(e, inner, statement->definition.name.text, evaluate_let(e, statement, inner));
        else if (statement->kind == AST_ASSERT && !evaluate_assert(e, statement, inner))
            return error_object;
    }
    return evaluate(e, ast->block.value, inner);
}

static Object evaluate_function(Elaborator *e, const Ast *ast, View view)
{
    Function *function = function_make(e, FUNCTION_CLOSURE, NULL, ast->span);
    function->closure.ast = ast;
    function->closure.view = view;
    return object_function(function);
}

static Object evaluate_if(Elaborator *e, const Ast *ast, View view)
{
    bool condition;
    if (!as_condition(e, evaluate(e, ast->branch.condition, view), ast->branch.condition->span, &condition))
        return error_object;
    return evaluate(e, condition ? ast->branch.then : ast->branch.otherwise, view);
}

static Object evaluate_shape(Elaborator *e, const Ast *ast)
{
    int64_t elements = 1;
    for (int i = 0; i < ast->shape.rank; i++) {
        int64_t size = ast->shape.size[i];
        if (size < 1) {
            complain(e, 509, ast->span, "dimensions are at least 1");
            return error_object;
        }
        if (i >= MAX_RANK || size > ELEMENT_LIMIT / elements) {
            complain(e, 509, ast->span, "a shape has at most 8 dimensions and 2^40 elements");
            return error_object;
        }
        elements *= size;
    }
    return object_shape(e->arena, ast->shape.size, ast->shape.rank);
}

static Object evaluate_call(Elaborator *e, const Ast *ast, View view)
{
    const AstArguments *given = &ast->call.arguments;
    const char *binding = e->binding; /* belongs to this call, not to those among its arguments */
    e->binding = NULL;
    Object callee = evaluate(e, ast->call.callee, view);
    Argument few[FEW_ARGUMENTS];
    Argument *items = few;
    if (given->count > FEW_ARGUMENTS)
        items = arena_take(e->arena, (size_t)given->count * sizeof *items);
    bool failed = callee.kind == OBJECT_ERROR;
    for (int64_t i = 0; i < given->count; i++) {
        const AstArgument *argument = &given->items[i];
        items[i] = (Argument){argument->name.text, argument->name.span, argument->value->span, evaluate(e, argument->value, view)};
        failed |= items[i].value.kind == OBJECT_ERROR;
    }
    if (failed)
        return error_object;
    e->binding = binding;
    Object result = call_function(e, callee, (Arguments){items, given->count}, ast->span);
    e->binding = NULL;
    return result;
}

/* `blocks.name` of `use "blocks.net" as blocks`: null when the base is no such name. */
static Unit *aliased_unit(const Ast *base, View view)
{
    if (base->kind != AST_NAME || locals_find(view, base->name.text))
        return NULL;
    return map_get(&view.locals->unit->aliases, base->name.text);
}

static Object unit_member(Elaborator *e, Unit *unit, const AstName *name)
{
    Definition *definition = map_get(&unit->names, name->text);
    if (unit->missing)
        return error_object;
    bool exported = definition && definition->ast->kind != AST_DATA && name->text[0] != '_';
    if (exported)
        return definition_object(e, definition, name->span);
    Diagnostic *diagnostic = complain(e, 309, name->span, "%s has no `%s` to use", unit->name, name->text);
    if (definition)
        help(e, diagnostic, "only `let`, `layer` and `net` are exported, and not those that begin with `_`");
    else if (suggest_name(e, name->text, unit, (View){NULL, 0}))
        help(e, diagnostic, "did you mean `%s`?", suggest_name(e, name->text, unit, (View){NULL, 0}));
    return error_object;
}

static Object no_field(Elaborator *e, Object base, const AstName *name, View view, const char *const *names, int64_t count)
{
    Diagnostic *diagnostic = complain(e, 507, name->span, "%s has no field `%s`", describe(e, base), name->text);
    if (base.kind == OBJECT_TENSOR && (strcmp(name->text, "shape") == 0 || strcmp(name->text, "size") == 0)) {
        help(e, diagnostic, "`shape_of(x)` is the shape of a tensor, `dim(x, 0)` a dimension of it");
        return error_object;
    }
    if ((base.kind == OBJECT_TENSOR || base.kind == OBJECT_FUNCTION) && is_global(e, view.locals->unit, name->text)) {
        help(e, diagnostic, "layers are joined by `|>`: `%s |> %s`", base.kind == OBJECT_TENSOR ? "x" : "f", name->text);
        return error_object;
    }
    const char *near = nearest_name(name->text, names, count);
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    else if (count > 0)
        help(e, diagnostic, "its first field is `%s`", names[0]);
    return error_object;
}

static Object evaluate_field(Elaborator *e, const Ast *ast, View view)
{
    const AstName *name = &ast->field.name;
    Unit *unit = aliased_unit(ast->field.base, view);
    if (unit)
        return unit_member(e, unit, name);
    Object base = evaluate(e, ast->field.base, view);
    if (base.kind == OBJECT_ERROR)
        return base;
    if (base.kind == OBJECT_SAMPLE)
        return sample_field(e, base.sample, name);
    if (base.kind != OBJECT_RECORD)
        return no_field(e, base, name, view, NULL, 0);
    const Object *value = record_find(base.record, name->text);
    return value ? *value : no_field(e, base, name, view, base.record->names, base.record->count);
}

static Object evaluate_index(Elaborator *e, const Ast *ast, View view)
{
    Object base = evaluate(e, ast->index.base, view);
    Object index = evaluate(e, ast->index.index, view);
    if (base.kind == OBJECT_ERROR || index.kind == OBJECT_ERROR)
        return error_object;
    int64_t count = base.kind == OBJECT_LIST ? base.list->count : base.kind == OBJECT_SHAPE ? base.shape->rank : 1;
    if (base.kind != OBJECT_LIST && base.kind != OBJECT_SHAPE && base.kind != OBJECT_NUMBER) {
        Diagnostic *diagnostic =
            complain(e, 508, ast->span, "only a list or a shape has entries to index, got %s", describe(e, base));
        if (base.kind == OBJECT_TENSOR)
            help(e, diagnostic, "`slice(x, axis=0, start=i, stop=i + 1)` takes a part of a tensor");
        return error_object;
    }
    if (index.kind != OBJECT_NUMBER || floor(index.number) != index.number || index.number < 0 || index.number >= (double)count) {
        complain(e, 508, ast->index.index->span, "an index here is a whole number from 0 to %lld, got %s", (long long)count - 1,
                 describe(e, index));
        return error_object;
    }
    if (base.kind == OBJECT_LIST)
        return base.list->items[(int64_t)index.number];
    if (base.kind == OBJECT_SHAPE)
        return object_number((double)base.shape->size[(int64_t)index.number]);
    return base;
}

static Object evaluate_kind(Elaborator *e, const Ast *ast, View view)
{
    switch (ast->kind) {
    case AST_NUMBER:
        return object_number(ast->number);
    case AST_SHAPE:
        return evaluate_shape(e, ast);
    case AST_STRING:
        return object_string(ast->string);
    case AST_BOOLEAN:
        return object_boolean(ast->boolean);
    case AST_NAME:
        return name_lookup(e, ast->name.text, ast->span, view);
    case AST_LIST:
        return evaluate_list(e, ast, view);
    case AST_COMPREHENSION:
        return evaluate_comprehension(e, ast, view);
    case AST_RECORD:
        return evaluate_record(e, ast, view);
    case AST_BLOCK:
        return evaluate_block(e, ast, view);
    case AST_FUNCTION:
        return evaluate_function(e, ast, view);
    case AST_IF:
        return evaluate_if(e, ast, view);
    case AST_PIPE:
        return evaluate_pipe(e, ast, view);
    case AST_OR:
    case AST_AND:
        return evaluate_logic(e, ast, view);
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
    case AST_POWER:
        return evaluate_chain(e, ast, view);
    case AST_RANGE:
        return evaluate_range(e, ast, view);
    case AST_NOT:
    case AST_NEGATE:
        return evaluate_unary(e, ast, view);
    case AST_CALL:
        return evaluate_call(e, ast, view);
    case AST_FIELD:
        return evaluate_field(e, ast, view);
    case AST_INDEX:
        return evaluate_index(e, ast, view);
    default:
        return error_object;
    }
}

Object evaluate(Elaborator *e, const Ast *ast, View view)
{
    if (!may_go_on(e, ast->span))
        return error_object;
    return evaluate_kind(e, ast, view);
}

/* Names to objects: locals, the file, its `use`s, the prelude, and below it the functions of the compiler. */
#include "elaborate/builtin.h"

#include <string.h>

Definition *unit_find(Unit *unit, const char *name)
{
    Definition *definition = map_get(&unit->names, name);
    return definition ? definition : map_get(&unit->imported, name);
}

const Native *native_find(const Module *module, const char *name)
{
    return map_get(&module->natives, name);
}

static void add_builtins(Module *module, const Builtin *row)
{
    for (; row->name; row++) {
        Native *native = arena_zero(module->arena, 1, sizeof *native);
        native->builtin = row;
        map_set(&module->natives, row->name, native);
    }
}

/* Operations that make no sense as a call: sources are made by nets and weights, a scan by the function of that name, internal ones
 * by transforms; and those that have a keyword as name. */
static bool callable(const OpInfo *info)
{
    bool keyword = info->op == OP_NOT || info->op == OP_AND || info->op == OP_OR;
    return !op_is_source(info->op) && !info->internal && info->op != OP_SCAN && !keyword;
}

void module_natives(Module *module)
{
    module->natives = map_make(module->arena);
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = op_info(op);
        if (!info || !callable(info))
            continue;
        Native *native = arena_zero(module->arena, 1, sizeof *native);
        native->operation = info;
        map_set(&module->natives, info->name, native);
    }
    const Builtin *const tables[] = {builtin_values,  builtin_shapes, builtin_lists, builtin_tensors, builtin_weights,
                                     builtin_control, builtin_facts,  builtin_data,  builtin_paths};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        add_builtins(module, tables[i]);
}

/* The object of a function of the compiler; the same for every use. */
static Object native_object(Elaborator *e, Native *native, const char *name, SourceSpan span)
{
    if (native->builtin && native->builtin->constant)
        return native->builtin->constant(e, span);
    if (native->value.kind == OBJECT_FUNCTION)
        return native->value;
    Function *function = function_make(e, native->builtin ? FUNCTION_BUILTIN : FUNCTION_OPERATION, name, no_span);
    function->primitive.builtin = native->builtin;
    function->primitive.operation = native->operation;
    native->value = object_function(function);
    return native->value;
}

/* "a -> b -> a", from the first of the names under way that is this definition. */
static Object report_cycle(Elaborator *e, const Definition *definition, SourceSpan span)
{
    Text text = text_make(e->arena);
    int64_t start = 0;
    while (start < e->underway_count && e->underway[start] != definition)
        start++;
    for (int64_t i = start; i < e->underway_count; i++)
        text_printf(&text, "%s -> ", e->underway[i]->name);
    text_add(&text, definition->name);
    Diagnostic *diagnostic = complain(e, 304, span, "`%s` depends on itself: %s", definition->name, text_string(&text));
    diagnostic_note(e->diagnostics, diagnostic, definition->ast->definition.name.span, "`%s` is defined here", definition->name);
    return error_object;
}

Surroundings leave_surroundings(Elaborator *e)
{
    Surroundings surroundings = {e->build, e->frame, e->trail, e->last_trail, e->binding};
    e->build = NULL;
    e->frame = NULL;
    e->trail = NULL;
    e->binding = NULL;
    return surroundings;
}

void enter_surroundings(Elaborator *e, Surroundings surroundings)
{
    e->build = surroundings.build;
    e->frame = surroundings.frame;
    e->trail = surroundings.trail;
    e->last_trail = surroundings.last_trail;
    e->binding = surroundings.binding;
}

/* A top-level value is independent of who asks for it: it is evaluated outside any net. */
static Object evaluate_definition(Elaborator *e, Definition *definition)
{
    Surroundings outside = leave_surroundings(e);
    e->binding = is_call_of(definition->ast->definition.value, "shared") ? definition->name : NULL;
    e->underway = arena_grow(e->arena, e->underway, e->underway_count, &e->underway_capacity, sizeof(Definition *));
    e->underway[e->underway_count++] = definition;
    definition->state = DEFINITION_UNDERWAY;
    KnownMark mark = known_mark(e);
    Object value = evaluate(e, definition->ast->definition.value, (View){definition->unit->root, 0});
    known_sweep(e, mark, value);
    known_keep(e, mark);
    definition->state = DEFINITION_READY;
    definition->value = value;
    e->underway_count--;
    enter_surroundings(e, outside);
    return value;
}

static Object evaluate_data(Elaborator *e, Definition *definition)
{
    Object value = evaluate_definition(e, definition);
    if (value.kind != OBJECT_DATA && value.kind != OBJECT_ERROR) {
        help(e,
             complain(e, 530, definition->ast->definition.value->span, "`data %s` needs data, got %s", definition->name,
                      describe(e, value)),
             "for example `idx(\"images.gz\", \"labels.gz\")`, `csv(\"table.csv\")` or `folder(\"pictures\")`");
        definition->value = error_object;
    }
    return definition->value;
}

Object definition_object(Elaborator *e, Definition *definition, SourceSpan span)
{
    if (definition->state == DEFINITION_READY)
        return definition->value;
    if (definition->ast->kind == AST_LAYER || definition->ast->kind == AST_NET) {
        Function *function = function_make(e, FUNCTION_DEFINITION, definition->name, definition->ast->span);
        function->defined.definition = definition;
        definition->value = object_function(function);
        definition->state = DEFINITION_READY;
        return definition->value;
    }
    if (definition->state == DEFINITION_UNDERWAY)
        return report_cycle(e, definition, span);
    return definition->ast->kind == AST_DATA ? evaluate_data(e, definition) : evaluate_definition(e, definition);
}

static Object unknown_name(Elaborator *e, const char *name, SourceSpan span, View view)
{
    Unit *unit = view.locals ? view.locals->unit : NULL;
    Diagnostic *diagnostic = complain(e, 301, span, "nothing here is called `%.100s`", name);
    const char *near = suggest_name(e, name, unit, view);
    if (unit && map_has(&unit->aliases, name))
        help(e, diagnostic, "`%s` is a file: its definitions are `%s.name`", name, name);
    else if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    return error_object;
}

/* A definition of the prelude; those that begin with `_` are for the library alone. */
static Definition *prelude_find(const Elaborator *e, const Unit *unit, const char *name)
{
    return name[0] == '_' && !unit->library ? NULL : map_get(&e->module->prelude->names, name);
}

bool is_global(const Elaborator *e, Unit *unit, const char *name)
{
    return unit_find(unit, name) || prelude_find(e, unit, name) || native_find(e->module, name);
}

Object name_lookup(Elaborator *e, const char *name, SourceSpan span, View view)
{
    const Object *local = locals_find(view, name);
    if (local)
        return *local;
    Definition *definition = unit_find(view.locals->unit, name);
    if (!definition)
        definition = prelude_find(e, view.locals->unit, name);
    if (definition)
        return definition_object(e, definition, span);
    Native *native = map_get(&e->module->natives, name);
    if (native)
        return native_object(e, native, name, span);
    return unknown_name(e, name, span, view);
}

/* Names of a file, looked up before anything is elaborated: unknown ones are found in branches that are not taken and layers that are
 * not used, and a local never hides another. */
#include "elaborate/elaborator.h"
#include "syntax/walk.h"

#include <string.h>

/* The locals at one point: a map from each name to where it stands, and the order in which they came, so that leaving a block takes its
 * own away again. */
typedef struct Local {
    const AstName *name;
    const AstName *hidden; /* what it hides, by mistake; else null */
} Local;

typedef struct Resolver {
    Elaborator *e;
    Unit *unit;
    Map places;   /* name -> AstName, null when it is out of sight */
    Local *names; /* in sight, outermost first */
    int64_t count;
    int64_t capacity;
} Resolver;

static void add_local(Resolver *r, const AstName *name)
{
    const AstName *hidden = map_get(&r->places, name->text);
    if (hidden) {
        Diagnostics *diagnostics = r->e->diagnostics;
        Diagnostic *diagnostic =
            diagnostics_error(diagnostics, 303, name->span, "`%s` hides another local of that name", name->text);
        diagnostic_note(diagnostics, diagnostic, hidden->span, "the other one is here");
        diagnostic_help(diagnostics, diagnostic, "give it another name; locals are never changed or hidden");
    }
    r->names = arena_grow(r->e->arena, r->names, r->count, &r->capacity, sizeof *r->names);
    r->names[r->count++] = (Local){name, hidden};
    map_set(&r->places, name->text, (void *)name);
}

/* Takes away the locals behind the first `count`. */
static void leave(Resolver *r, int64_t count)
{
    while (r->count > count) {
        const Local *local = &r->names[--r->count];
        map_set(&r->places, local->name->text, (void *)local->hidden);
    }
}

static void resolve(Resolver *r, const Ast *ast);

static const char *nearest_local(const Resolver *r, const char *name)
{
    const char **names = arena_take(r->e->arena, (size_t)(r->count + 1) * sizeof *names);
    for (int64_t i = 0; i < r->count; i++)
        names[i] = r->names[r->count - 1 - i].name->text;
    return nearest_name(name, names, r->count);
}

static bool is_known(const Resolver *r, const char *name)
{
    return is_global(r->e, r->unit, name);
}

static void resolve_name(Resolver *r, const AstName *name)
{
    if (map_get(&r->places, name->text) || is_known(r, name->text))
        return;
    Diagnostics *diagnostics = r->e->diagnostics;
    Diagnostic *diagnostic = diagnostics_error(diagnostics, 301, name->span, "nothing here is called `%.100s`", name->text);
    const char *near = nearest_local(r, name->text);
    if (!near)
        near = suggest_name(r->e, name->text, r->unit, (View){NULL, 0});
    if (map_has(&r->unit->aliases, name->text))
        diagnostic_help(diagnostics, diagnostic, "`%s` is a file: its definitions are `%s.name`", name->text, name->text);
    else if (near)
        diagnostic_help(diagnostics, diagnostic, "did you mean `%s`?", near);
}

static void resolve_block(Resolver *r, const Ast *ast)
{
    int64_t outer = r->count;
    for (int64_t i = 0; i < ast->block.statements.count; i++) {
        const Ast *statement = ast->block.statements.items[i];
        if (statement->kind == AST_LET) {
            resolve(r, statement->definition.value);
            add_local(r, &statement->definition.name);
        } else if (statement->kind == AST_ASSERT) {
            resolve(r, statement);
        }
    }
    resolve(r, ast->block.value);
    leave(r, outer);
}

static void resolve_comprehension(Resolver *r, const Ast *ast)
{
    int64_t outer = r->count;
    for (int64_t i = 0; i < ast->comprehension.count; i++) {
        const AstClause *clause = &ast->comprehension.clauses[i];
        resolve(r, clause->source);
        add_local(r, &clause->name);
        if (clause->condition)
            resolve(r, clause->condition);
    }
    resolve(r, ast->comprehension.value);
    leave(r, outer);
}

static void resolve_function(Resolver *r, const Ast *ast)
{
    int64_t outer = r->count;
    for (int64_t i = 0; i < ast->function.count; i++)
        add_local(r, &ast->function.parameters[i]);
    resolve(r, ast->function.body);
    leave(r, outer);
}

/* `blocks.name` is checked when it is evaluated; here only a base that is no file. */
static void resolve_field(Resolver *r, const Ast *ast)
{
    const Ast *base = ast->field.base;
    bool file = base->kind == AST_NAME && !map_get(&r->places, base->name.text) && map_has(&r->unit->aliases, base->name.text);
    if (!file)
        resolve(r, base);
}

static void resolve_part(void *resolver, const Ast *ast)
{
    resolve(resolver, ast);
}

/* What binds locals says where they are seen; all other kinds are resolved part by part. */
static void resolve(Resolver *r, const Ast *ast)
{
    if (r->e->diagnostics->full)
        return;
    switch (ast->kind) {
    case AST_NAME:
        resolve_name(r, &(AstName){ast->name.text, ast->span});
        break;
    case AST_COMPREHENSION:
        resolve_comprehension(r, ast);
        break;
    case AST_BLOCK:
        resolve_block(r, ast);
        break;
    case AST_FUNCTION:
        resolve_function(r, ast);
        break;
    case AST_FIELD:
        resolve_field(r, ast);
        break;
    default:
        ast_each_child(ast, resolve_part, r);
        break;
    }
}

static void check_parameter(Resolver *r, const Ast *ast, const AstParameter *parameter)
{
    Diagnostics *diagnostics = r->e->diagnostics;
    const char *name = parameter->name.text;
    if (ast->kind != AST_NET || parameter->type || parameter->value)
        return;
    Diagnostic *diagnostic = diagnostics_error(diagnostics, 408, parameter->name.span,
                                               "`%s` is neither an input nor a setting: it has no shape and no value", name);
    diagnostic_help(diagnostics, diagnostic, "an input has a shape: `%s: 1x28x28`; a setting has a value: `%s=1`", name, name);
}

/* Settings see those before them; types of inputs and outputs see the settings, wherever these stand. */
static void resolve_definition(Resolver *r, const Ast *ast)
{
    const AstParameter *parameters = ast->definition.parameters;
    for (int64_t i = 0; i < ast->definition.count; i++) {
        check_parameter(r, ast, &parameters[i]);
        if (parameters[i].value)
            resolve(r, parameters[i].value);
        if (!parameters[i].type)
            add_local(r, &parameters[i].name);
    }
    if (ast->definition.result)
        resolve(r, ast->definition.result);
    for (int64_t i = 0; i < ast->definition.count; i++)
        if (parameters[i].type)
            resolve(r, parameters[i].type);
    for (int64_t i = 0; i < ast->definition.count; i++)
        if (parameters[i].type)
            add_local(r, &parameters[i].name);
    resolve(r, ast->definition.value);
    leave(r, 0);
}

static void resolve_train(Resolver *r, const Ast *ast)
{
    const AstName *name = &ast->train.net;
    const Definition *net = unit_find(r->unit, name->text);
    if (!net && !is_known(r, name->text))
        resolve_name(r, name);
    else if (!net || net->ast->kind != AST_NET)
        diagnostics_error(r->e->diagnostics, 516, name->span, "`train` needs a net, and `%s` is none", name->text);
    ast_each_child(ast, resolve_part, r);
}

void resolve_unit(Elaborator *e, Unit *unit)
{
    Resolver r = {.e = e, .unit = unit, .places = map_make(e->arena)};
    for (int64_t f = 0; f < unit->file_count; f++)
        for (int64_t i = 0; i < unit->files[f]->items.count; i++) {
            const Ast *item = unit->files[f]->items.items[i];
            if (item->kind == AST_ASSERT)
                resolve(&r, item);
            else if (item->kind == AST_TRAIN)
                resolve_train(&r, item);
            else if (item->kind == AST_LET || item->kind == AST_DATA || item->kind == AST_LAYER || item->kind == AST_NET)
                resolve_definition(&r, item);
        }
}

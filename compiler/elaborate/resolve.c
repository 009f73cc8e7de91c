/* Names of a file, looked up before anything is elaborated: unknown ones are found in branches that are not taken and layers that are
 * not used, and a local never hides another. */
#include "elaborate/elaborator.h"

#include <string.h>

/* Locals from the inside out; a list on the C stack, as deep as the syntax. */
typedef struct Known {
    const struct Known *outer;
    const AstName *name;
} Known;

typedef struct Resolver {
    Elaborator *e;
    Unit *unit;
    View view; /* names around, for suggestions: none */
} Resolver;

static const AstName *find_local(const Known *known, const char *name)
{
    for (; known; known = known->outer)
        if (strcmp(known->name->text, name) == 0)
            return known->name;
    return NULL;
}

static void check_hiding(Resolver *r, const Known *known, const AstName *name)
{
    const AstName *hidden = find_local(known, name->text);
    if (!hidden)
        return;
    Diagnostic *diagnostic =
        diagnostics_error(r->e->diagnostics, 303, name->span, "`%s` hides another local of that name", name->text);
    diagnostic_note(r->e->diagnostics, diagnostic, hidden->span, "the other one is here");
    diagnostic_help(r->e->diagnostics, diagnostic, "give it another name; locals are never changed or hidden");
}

static void resolve(Resolver *r, const Ast *ast, const Known *known);

static const char *nearest_local(const Known *known, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST];
    int64_t count = 0;
    for (; known && count < MOST; known = known->outer)
        names[count++] = known->name->text;
    return nearest_name(name, names, count);
}

static bool is_known(const Resolver *r, const char *name)
{
    return unit_find(r->unit, name) || map_has(&r->e->module->prelude->names, name) || native_find(r->e->module, name);
}

static void resolve_name(Resolver *r, const AstName *name, const Known *known)
{
    if (find_local(known, name->text) || is_known(r, name->text))
        return;
    Diagnostics *diagnostics = r->e->diagnostics;
    Diagnostic *diagnostic = diagnostics_error(diagnostics, 301, name->span, "nothing here is called `%s`", name->text);
    const char *near = nearest_local(known, name->text);
    if (!near)
        near = suggest_name(r->e, name->text, r->unit, r->view);
    if (map_has(&r->unit->aliases, name->text))
        diagnostic_help(diagnostics, diagnostic, "`%s` is a file: its definitions are `%s.name`", name->text, name->text);
    else if (near)
        diagnostic_help(diagnostics, diagnostic, "did you mean `%s`?", near);
}

static void resolve_all(Resolver *r, Ast *const *items, int64_t count, const Known *known)
{
    for (int64_t i = 0; i < count; i++)
        resolve(r, items[i], known);
}

static void resolve_arguments(Resolver *r, const AstArguments *arguments, const Known *known)
{
    for (int64_t i = 0; i < arguments->count; i++)
        resolve(r, arguments->items[i].value, known);
}

/* Chains a list of locals in front of others; they lie in the arena. */
static const Known *add_local(Resolver *r, const Known *known, const AstName *name)
{
    check_hiding(r, known, name);
    const Known local = {known, name};
    return arena_copy(r->e->arena, &local, sizeof local);
}

static void resolve_block(Resolver *r, const Ast *ast, const Known *known)
{
    for (int64_t i = 0; i < ast->block.statements.count; i++) {
        const Ast *statement = ast->block.statements.items[i];
        if (statement->kind == AST_LET) {
            resolve(r, statement->definition.value, known);
            known = add_local(r, known, &statement->definition.name);
        } else if (statement->kind == AST_ASSERT) {
            resolve_all(r, statement->list.items, statement->list.count, known);
        }
    }
    resolve(r, ast->block.value, known);
}

static void resolve_comprehension(Resolver *r, const Ast *ast, const Known *known)
{
    for (int64_t i = 0; i < ast->comprehension.count; i++) {
        const AstClause *clause = &ast->comprehension.clauses[i];
        resolve(r, clause->source, known);
        known = add_local(r, known, &clause->name);
        if (clause->condition)
            resolve(r, clause->condition, known);
    }
    resolve(r, ast->comprehension.value, known);
}

static void resolve_function(Resolver *r, const Ast *ast, const Known *known)
{
    for (int64_t i = 0; i < ast->function.count; i++)
        known = add_local(r, known, &ast->function.parameters[i]);
    resolve(r, ast->function.body, known);
}

/* `blocks.name` is checked when it is evaluated; here only a base that is no file. */
static void resolve_field(Resolver *r, const Ast *ast, const Known *known)
{
    const Ast *base = ast->field.base;
    bool file = base->kind == AST_NAME && !find_local(known, base->name.text) && map_has(&r->unit->aliases, base->name.text);
    if (!file)
        resolve(r, base, known);
}

static void resolve(Resolver *r, const Ast *ast, const Known *known)
{
    switch (ast->kind) {
    case AST_NAME:
        resolve_name(r, &(AstName){ast->name.text, ast->span}, known);
        break;
    case AST_LIST:
        resolve_all(r, ast->list.items, ast->list.count, known);
        break;
    case AST_COMPREHENSION:
        resolve_comprehension(r, ast, known);
        break;
    case AST_RECORD:
        resolve_arguments(r, &ast->record, known);
        break;
    case AST_BLOCK:
        resolve_block(r, ast, known);
        break;
    case AST_FUNCTION:
        resolve_function(r, ast, known);
        break;
    case AST_IF:
        resolve(r, ast->branch.condition, known);
        resolve(r, ast->branch.then, known);
        resolve(r, ast->branch.otherwise, known);
        break;
    case AST_PIPE:
    case AST_OR:
    case AST_AND:
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
    case AST_RANGE:
    case AST_POWER:
    case AST_NOT:
    case AST_NEGATE:
        resolve_all(r, ast->chain.items, ast->chain.count, known);
        break;
    case AST_CALL:
        resolve(r, ast->call.callee, known);
        resolve_arguments(r, &ast->call.arguments, known);
        break;
    case AST_FIELD:
        resolve_field(r, ast, known);
        break;
    case AST_INDEX:
        resolve(r, ast->index.base, known);
        resolve(r, ast->index.index, known);
        break;
    default:
        break;
    }
}

/* Parameters see those before them; types of inputs see the settings, wherever these stand. */
static void resolve_definition(Resolver *r, const Ast *ast)
{
    const Known *settings = NULL;
    for (int64_t i = 0; i < ast->definition.count; i++) {
        const AstParameter *parameter = &ast->definition.parameters[i];
        if (parameter->value)
            resolve(r, parameter->value, settings);
        if (!parameter->type && !parameter->value && ast->kind == AST_NET)
            diagnostic_help(
                r->e->diagnostics,
                diagnostics_error(r->e->diagnostics, 408, parameter->name.span,
                                  "`%s` is neither an input nor a setting: it has no shape and no value", parameter->name.text),
                "an input has a shape: `%s: 1x28x28`; a setting has a value: `%s=1`", parameter->name.text, parameter->name.text);
        if (!parameter->type)
            settings = add_local(r, settings, &parameter->name);
    }
    const Known *all = settings;
    for (int64_t i = 0; i < ast->definition.count; i++) {
        const AstParameter *parameter = &ast->definition.parameters[i];
        if (!parameter->type)
            continue;
        resolve(r, parameter->type, settings);
        all = add_local(r, all, &parameter->name);
    }
    if (ast->definition.result)
        resolve(r, ast->definition.result, settings);
    resolve(r, ast->definition.value, all);
}

static void resolve_train(Resolver *r, const Ast *ast)
{
    const AstName *name = &ast->train.net;
    const Definition *net = map_get(&r->unit->names, name->text);
    if (!net)
        net = unit_find(r->unit, name->text);
    if (!net) {
        resolve_name(r, name, NULL);
        if (is_known(r, name->text))
            net = NULL;
    }
    if ((net && net->ast->kind != AST_NET) || (!net && is_known(r, name->text)))
        diagnostics_error(r->e->diagnostics, 516, name->span, "`train` needs a net, and `%s` is none", name->text);
    resolve_arguments(r, &ast->train.arguments, NULL);
    resolve_arguments(r, &ast->train.entries, NULL);
}

void resolve_unit(Elaborator *e, Unit *unit)
{
    Resolver r = {.e = e, .unit = unit};
    for (int64_t f = 0; f < unit->file_count; f++)
        for (int64_t i = 0; i < unit->files[f]->items.count; i++) {
            const Ast *item = unit->files[f]->items.items[i];
            if (item->kind == AST_ASSERT)
                resolve_all(&r, item->list.items, item->list.count, NULL);
            else if (item->kind == AST_TRAIN)
                resolve_train(&r, item);
            else if (item->kind == AST_LET || item->kind == AST_DATA || item->kind == AST_LAYER || item->kind == AST_NET)
                resolve_definition(&r, item);
        }
}

/* Which names an expression mentions, and which definitions need which others. Names of locals are among them: a definition is then thought to need one
 * that it does not, which costs a little time and nothing else. */
#include "elaborate/elaborator.h"

static void mention_all(Ast *const *items, int64_t count, Map *names)
{
    for (int64_t i = 0; i < count; i++)
        ast_mentions(items[i], names);
}

static void mention_arguments(const AstArguments *arguments, Map *names)
{
    for (int64_t i = 0; i < arguments->count; i++)
        ast_mentions(arguments->items[i].value, names);
}

static void mention_comprehension(const Ast *ast, Map *names)
{
    for (int64_t i = 0; i < ast->comprehension.count; i++) {
        ast_mentions(ast->comprehension.clauses[i].source, names);
        ast_mentions(ast->comprehension.clauses[i].condition, names);
    }
    ast_mentions(ast->comprehension.value, names);
}

static void mention_definition(const Ast *ast, Map *names)
{
    for (int64_t i = 0; i < ast->definition.count; i++) {
        ast_mentions(ast->definition.parameters[i].type, names);
        ast_mentions(ast->definition.parameters[i].value, names);
    }
    ast_mentions(ast->definition.result, names);
    ast_mentions(ast->definition.value, names);
}

static void mention_train(const Ast *ast, Map *names)
{
    map_set(names, ast->train.net.text, (void *)ast);
    mention_arguments(&ast->train.arguments, names);
    mention_arguments(&ast->train.entries, names);
}

void ast_mentions(const Ast *ast, Map *names)
{
    if (!ast)
        return;
    switch (ast->kind) {
    case AST_NAME:
        map_set(names, ast->name.text, (void *)ast);
        break;
    case AST_LIST:
    case AST_ASSERT:
        mention_all(ast->list.items, ast->list.count, names);
        break;
    case AST_COMPREHENSION:
        mention_comprehension(ast, names);
        break;
    case AST_RECORD:
        mention_arguments(&ast->record, names);
        break;
    case AST_BLOCK:
        mention_all(ast->block.statements.items, ast->block.statements.count, names);
        ast_mentions(ast->block.value, names);
        break;
    case AST_FUNCTION:
        ast_mentions(ast->function.body, names);
        break;
    case AST_IF:
        ast_mentions(ast->branch.condition, names);
        ast_mentions(ast->branch.then, names);
        ast_mentions(ast->branch.otherwise, names);
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
        mention_all(ast->chain.items, ast->chain.count, names);
        break;
    case AST_CALL:
        ast_mentions(ast->call.callee, names);
        mention_arguments(&ast->call.arguments, names);
        break;
    case AST_FIELD:
        ast_mentions(ast->field.base, names);
        break;
    case AST_INDEX:
        ast_mentions(ast->index.base, names);
        ast_mentions(ast->index.index, names);
        break;
    case AST_LET:
    case AST_LAYER:
    case AST_NET:
    case AST_DATA:
        mention_definition(ast, names);
        break;
    case AST_TRAIN:
        mention_train(ast, names);
        break;
    default:
        break;
    }
}

/* Whether an item mentions one of the names. */
static bool mentions_any(Module *module, const Ast *item, const Map *names)
{
    Map mentioned = map_make(module->arena);
    ast_mentions(item, &mentioned);
    for (int64_t i = 0; i < mentioned.count; i++)
        if (map_has(names, mentioned.entries[i].key))
            return true;
    return false;
}

/* The definition that an item makes, when it is the one that counts. */
static Definition *visible_definition(const Module *module, const Ast *item)
{
    if (item->kind != AST_LET && item->kind != AST_LAYER && item->kind != AST_NET && item->kind != AST_DATA)
        return NULL;
    Definition *definition = map_get(&module->main->names, item->definition.name.text);
    return definition && definition->ast == item ? definition : NULL;
}

/* Adds the definitions that mention one of the names to them; false when there was none to add. */
static bool spread(Module *module, Map *needed)
{
    bool spread = false;
    for (int64_t f = 0; f < module->main->file_count; f++)
        for (int64_t i = 0; i < module->main->files[f]->items.count; i++) {
            const Ast *item = module->main->files[f]->items.items[i];
            Definition *definition = visible_definition(module, item);
            if (!definition || map_has(needed, definition->name) || !mentions_any(module, item, needed))
                continue;
            map_set(needed, definition->name, definition);
            spread = true;
        }
    return spread;
}

int64_t module_dependents(Module *module, const char *const *names, int64_t count, const char ***dependents)
{
    Map needed = map_make(module->arena);
    for (int64_t i = 0; i < count; i++)
        map_set(&needed, names[i], module);
    while (spread(module, &needed))
        ;
    *dependents = arena_take(module->arena, (size_t)(needed.count + 1) * sizeof **dependents);
    for (int64_t i = count; i < needed.count; i++)
        (*dependents)[i - count] = needed.entries[i].key;
    return needed.count - count;
}

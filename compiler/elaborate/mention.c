/* Which names an expression mentions, and which definitions need which others. Names of locals are among them: a definition is then thought to need one
 * that it does not, which costs a little time and nothing else. */
#include "elaborate/elaborator.h"
#include "syntax/walk.h"

static void mention(void *context, const Ast *ast)
{
    ast_mentions(ast, context);
}

void ast_mentions(const Ast *ast, Map *names)
{
    if (ast->kind == AST_NAME)
        map_set(names, ast->name.text, (void *)ast);
    if (ast->kind == AST_TRAIN)
        map_set(names, ast->train.net.text, (void *)ast);
    ast_each_child(ast, mention, names);
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

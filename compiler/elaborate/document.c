/* Definitions with their documentation: the comment above each, its signature, its source. */
#include "elaborate/builtin.h"

#include <string.h>

static const char *source_text(const Module *module, SourceSpan span)
{
    const SourceFile *file = &module->diagnostics->sources->files[span.file];
    return arena_string(module->arena, file->text + span.start, span.end - span.start);
}

static Documentation document(Module *module, const Definition *definition)
{
    const Ast *ast = definition->ast;
    return (Documentation){
        .name = definition->name,
        .module = definition->unit->name,
        .signature = definition_signature(&module->elaborator, definition),
        .comment = ast->definition.comment ? ast->definition.comment : "",
        .source = source_text(module, ast->span),
    };
}

static Documentation document_native(Module *module, const Native *native)
{
    const char *name = native->builtin ? native->builtin->name : native->operation->name;
    return (Documentation){
        .name = name,
        .module = "builtin",
        .signature = native->builtin ? (native->builtin->call ? builtin_signature(&module->elaborator, native->builtin) : name)
                                     : operation_signature(&module->elaborator, native->operation),
        .comment = native->builtin ? native->builtin->summary : native->operation->summary,
        .source = "",
    };
}

bool module_documentation(Module *module, const char *name, Documentation *result)
{
    const Definition *definition = unit_find(module->main, name);
    if (!definition)
        definition = map_get(&module->prelude->names, name);
    for (int64_t i = 0; i < module->units.count && !definition; i++)
        definition = map_get(&((Unit *)module->units.entries[i].value)->names, name);
    const Native *native = definition ? NULL : native_find(module, name);
    if (definition)
        *result = document(module, definition);
    else if (native)
        *result = document_native(module, native);
    return definition || native;
}

static int64_t add_unit(Module *module, const Unit *unit, Documentation *rows, int64_t count)
{
    for (int64_t i = 0; i < unit->names.count; i++) {
        const Definition *definition = unit->names.entries[i].value;
        if (definition->name[0] == '_' || !definition->ast->definition.comment)
            continue;
        rows[count++] = document(module, definition);
    }
    return count;
}

int64_t module_documented(Module *module, const Documentation **list)
{
    int64_t most = module->prelude->names.count + module->natives.count;
    for (int64_t i = 0; i < module->units.count; i++)
        most += ((Unit *)module->units.entries[i].value)->names.count;
    Documentation *rows = arena_take(module->arena, (size_t)most * sizeof *rows);
    int64_t count = add_unit(module, module->prelude, rows, 0);
    for (int64_t i = 0; i < module->units.count; i++)
        count = add_unit(module, module->units.entries[i].value, rows, count);
    for (int64_t i = 0; i < module->natives.count; i++)
        rows[count++] = document_native(module, module->natives.entries[i].value);
    *list = rows;
    return count;
}

/* Definitions with their documentation: the comment above each, its signature, its source. */
#include "elaborate/builtin.h"

#include <string.h>

static const char *source_text(const Module *module, SourceSpan span)
{
    const SourceFile *file = &module->diagnostics->sources->files[span.file];
    return arena_string(module->arena, file->text + span.start, span.end - span.start);
}

/* The comment at the head of a file, without its signs. */
static const char *head_comment(Module *module, const SourceFile *file)
{
    Text text = text_make(module->arena);
    for (const char *line = file->text; *line == '#';) {
        size_t length = strcspn(line, "\n");
        size_t skip = line[1] == ' ' ? 2 : 1;
        text_printf(&text, "%s%.*s", text.length > 0 ? "\n" : "", (int)(length - skip), line + skip);
        line += length + (line[length] == '\n');
    }
    return text_string(&text);
}

static Documentation document(Module *module, const Definition *definition)
{
    const Ast *ast = definition->ast;
    const SourceFile *file = &module->diagnostics->sources->files[ast->span.file];
    return (Documentation){
        .name = definition->name,
        .module = definition->unit->name,
        .file = file->name,
        .about = head_comment(module, file),
        .signature = definition_signature(&module->elaborator, definition),
        .comment = ast->definition.comment ? ast->definition.comment : "",
        .source = source_text(module, ast->span),
    };
}

static Documentation document_builtin(Module *module, const Builtin *builtin)
{
    return (Documentation){
        .name = builtin->name,
        .module = "builtin",
        .about = "Functions and values of the compiler: what the language cannot say itself.",
        .signature = builtin->call ? builtin_signature(&module->elaborator, builtin) : builtin->name,
        .comment = builtin->summary,
        .source = "",
    };
}

/* The summary of an operation, and the words that its settings take. */
static const char *operation_comment(Module *module, const OpInfo *info)
{
    Text text = text_make(module->arena);
    text_add(&text, info->summary);
    const char *before = "\n\n";
    for (const AttributeInfo *row = info->attributes; row && row->name; row++) {
        if (!row->words)
            continue;
        text_printf(&text, "%s`%s` is one of: %s.", before, row->name, row->words);
        before = " ";
    }
    return text_string(&text);
}

static Documentation document_operation(Module *module, const OpInfo *info)
{
    return (Documentation){
        .name = info->name,
        .module = "operation",
        .about = "Operations on tensors: the primitives that everything else is made of.",
        .signature = operation_signature(&module->elaborator, info),
        .comment = operation_comment(module, info),
        .source = "",
    };
}

static Documentation document_native(Module *module, const Native *native)
{
    return native->builtin ? document_builtin(module, native->builtin) : document_operation(module, native->operation);
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
        if (definition->name[0] == '_' || (unit->library && !definition->ast->definition.comment))
            continue;
        rows[count++] = document(module, definition);
    }
    return count;
}

int64_t module_documented(Module *module, const Documentation **list)
{
    if (module->documented) {
        *list = module->documented;
        return module->documented_count;
    }
    int64_t most = module->prelude->names.count + module->natives.count;
    for (int64_t i = 0; i < module->units.count; i++)
        most += ((Unit *)module->units.entries[i].value)->names.count;
    Documentation *rows = arena_take(module->arena, (size_t)most * sizeof *rows);
    int64_t count = add_unit(module, module->prelude, rows, 0);
    for (int64_t i = 0; i < module->units.count; i++)
        count = add_unit(module, module->units.entries[i].value, rows, count);
    for (int64_t i = 0; i < module->natives.count; i++)
        rows[count++] = document_native(module, module->natives.entries[i].value);
    module->documented = rows;
    module->documented_count = count;
    *list = rows;
    return count;
}

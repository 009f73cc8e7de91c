/* Modules: source text, and everything that needs no more than the text and what it uses. */
#include "api/api.h"

#include "syntax/parse.h"

#include <string.h>

StrataModule *module_object(const StrataContext *context, const char *name, StrataDiagnostics *diagnostics)
{
    StrataModule *module = object_make(context, sizeof *module, diagnostics);
    if (!module)
        return NULL;
    module->context = *context;
    module->owners = 1;
    arena_init(&module->arena, &module->context.allocator);
    module->arena.limit = context->memory_limit;
    module->name_size = strlen(name) + 1;
    module->name = allocator_take(&context->allocator, module->name_size, 1);
    if (!module->name) {
        strata_module_release(module);
        diagnostics_memory(diagnostics);
        return NULL;
    }
    memcpy(module->name, name, module->name_size);
    return module;
}

StrataModule *strata_module_load(const StrataContext *context, const char *path, StrataDiagnostics *diagnostics)
{
    if (!context)
        return NULL;
    StrataModule *module = module_object(context, path, diagnostics);
    StrataError error;
    if (module && !source_read(context, path, &module->source, &error)) {
        if (error.status == STRATA_MEMORY)
            diagnostics_failure(diagnostics, &error);
        else
            diagnostics_say(diagnostics, error.status, error.code, "cannot read %s: %s", path, error.message);
        strata_module_release(module);
        return NULL;
    }
    return module;
}

StrataModule *strata_module_load_text(const StrataContext *context, const char *name, const char *text, size_t length,
                                      StrataDiagnostics *diagnostics)
{
    if (!context)
        return NULL;
    StrataModule *module = module_object(context, name, diagnostics);
    if (!module)
        return NULL;
    BufferSink sink = {.buffer = &module->source, .allocator = &module->context.allocator, .limit = SOURCE_LIMIT};
    if (buffer_append(&sink, text, length) || sink.cut)
        return module;
    diagnostics_memory(diagnostics);
    strata_module_release(module);
    return NULL;
}

StrataModule *module_retain(StrataModule *module)
{
    module->owners++;
    return module;
}

void strata_module_release(StrataModule *module)
{
    if (!module || --module->owners > 0)
        return;
    StrataAllocator allocator = module->context.allocator;
    arena_release(&module->arena);
    buffer_release(&module->source, &allocator);
    buffer_release(&module->reading, &allocator);
    if (module->name)
        allocator_give(&allocator, module->name, module->name_size, 1);
    allocator_give(&allocator, module, 1, sizeof *module);
}

/* The buffer belongs to the module, so that it survives a failed allocation of the arena. */
static const char *read_used_file(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    StrataModule *module = context;
    if (!source_read(&module->context, path, &module->reading, error))
        return NULL;
    *length = module->reading.length;
    const char *text = arena_string(arena, module->reading.bytes, module->reading.length);
    buffer_release(&module->reading, &module->context.allocator);
    return text;
}

static bool elaboration_goes_on(void *context)
{
    const StrataModule *module = context;
    return progress_goes_on(&module->context, 0, 0);
}

void module_load_source(StrataModule *module, const ModulePart *parts, int64_t count)
{
    Arena *arena = &module->arena;
    module->sources = source_table_make(arena);
    module->diagnostics = diagnostics_make(arena, &module->sources);
    SourceReader reader = {.read = read_used_file, .goes_on = elaboration_goes_on, .context = module};
    const Buffer *source = &module->source;
    module->module = parts ? module_load_parts(arena, &module->diagnostics, reader, parts, count)
                           : module_load(arena, &module->diagnostics, reader, module->name, source->bytes, source->length);
    module->loaded_entries = module->diagnostics.count;
    module->loaded_errors = module->diagnostics.errors;
}

void module_ready(StrataModule *module)
{
    if (!module->module)
        module_load_source(module, NULL, 0);
    module->diagnostics.count = module->loaded_entries;
    module->diagnostics.errors = module->loaded_errors;
    module->diagnostics.full = false;
    module->diagnostics.cancelled = false;
}

bool strata_module_check(StrataModule *module, StrataDiagnostics *diagnostics)
{
    if (!module)
        return false;
    if (ARENA_TRY(&module->arena) != 0)
        return diagnostics_memory(diagnostics);
    module_ready(module);
    module_check(module->module);
    diagnostics_copy(diagnostics, &module->diagnostics);
    return module->diagnostics.errors == 0;
}

const char *strata_module_net(StrataModule *module, int64_t index, StrataDiagnostics *diagnostics)
{
    if (!module)
        return NULL;
    if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(diagnostics);
        return NULL;
    }
    module_ready(module);
    if (index < 0 || index >= module_net_count(module->module))
        return NULL;
    return module_net_name(module->module, index);
}

/* ---- What the front end sees: made from the text alone, in the arena of the result ---- */

typedef enum View { VIEW_TOKENS, VIEW_AST, VIEW_FORMAT } View;

static bool print_view(const StrataModule *module, View view, StrataText *text, StrataDiagnostics *diagnostics)
{
    Arena *arena = &text->arena;
    SourceTable sources = source_table_make(arena);
    Diagnostics said = diagnostics_make(arena, &sources);
    int32_t file = source_add(&sources, module->name, module->source.bytes, module->source.length, false);
    if (view == VIEW_TOKENS) {
        print_tokens(arena, &said, file, &text->text);
    } else {
        AstFile *ast = parse_file(arena, &said, file);
        if (view == VIEW_AST)
            print_ast(&sources, ast, &text->text);
        else if (said.errors == 0)
            format_file(arena, &said, ast, &text->text);
    }
    diagnostics_copy(diagnostics, &said);
    return view != VIEW_FORMAT || said.errors == 0;
}

static StrataText *view_text(const StrataModule *module, View view, StrataDiagnostics *diagnostics)
{
    if (!module)
        return NULL;
    StrataText *text = text_object(&module->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    if (print_view(module, view, text, diagnostics))
        return text;
    strata_text_release(text);
    return NULL;
}

StrataText *strata_module_tokens(StrataModule *module, StrataDiagnostics *diagnostics)
{
    return view_text(module, VIEW_TOKENS, diagnostics);
}

StrataText *strata_module_ast(StrataModule *module, StrataDiagnostics *diagnostics)
{
    return view_text(module, VIEW_AST, diagnostics);
}

StrataText *strata_module_format(StrataModule *module, StrataDiagnostics *diagnostics)
{
    return view_text(module, VIEW_FORMAT, diagnostics);
}

/* ---- Documentation ---- */

static void definition_of(const Documentation *found, StrataDefinition *result)
{
    *result = (StrataDefinition){.name = found->name,
                                 .module = found->module,
                                 .file = found->file,
                                 .about = found->about,
                                 .signature = found->signature,
                                 .comment = found->comment,
                                 .source = found->source};
}

bool strata_module_definition(StrataModule *module, const char *name, StrataDefinition *result, StrataDiagnostics *diagnostics)
{
    if (!module)
        return false;
    if (ARENA_TRY(&module->arena) != 0)
        return diagnostics_memory(diagnostics);
    module_ready(module);
    Documentation found;
    if (!module_documentation(module->module, name, &found))
        return false;
    definition_of(&found, result);
    return true;
}

bool strata_module_definition_at(StrataModule *module, int64_t index, StrataDefinition *result, StrataDiagnostics *diagnostics)
{
    if (!module)
        return false;
    if (ARENA_TRY(&module->arena) != 0)
        return diagnostics_memory(diagnostics);
    module_ready(module);
    const Documentation *list;
    if (index < 0 || index >= module_documented(module->module, &list))
        return false;
    definition_of(&list[index], result);
    return true;
}

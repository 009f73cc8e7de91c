/* Fuzzes the front end: any bytes are parsed, dumped and, when they are right, formatted. Formatting must keep the tree and, done twice,
 * change nothing; a text that parses must be complete input for the REPL. */
#include "syntax/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The tree as text without places, which formatting changes. */
static const char *tree(Arena *arena, const SourceTable *sources, const AstFile *file)
{
    Text text = text_make(arena);
    print_ast(sources, file, &text);
    char *result = arena_duplicate(arena, text_string(&text));
    char *out = result;
    for (const char *line = text_string(&text); *line;) {
        size_t length = strcspn(line, "\n");
        size_t kept = length;
        while (kept > 0 && line[kept - 1] != ' ')
            kept--;
        memcpy(out, line, kept);
        out += kept;
        *out++ = '\n';
        line += length + (line[length] == '\n');
    }
    *out = '\0';
    return result;
}

static const AstFile *parse(Arena *arena, SourceTable *sources, Diagnostics *diagnostics, const char *text, size_t length)
{
    *sources = source_table_make(arena);
    *diagnostics = diagnostics_make(arena, sources);
    return parse_file(arena, diagnostics, source_add(sources, "fuzz.net", text, length, false));
}

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void try_text(Arena *arena, const char *text, size_t length)
{
    SourceTable sources[3];
    Diagnostics diagnostics[3];
    const AstFile *file = parse(arena, &sources[0], &diagnostics[0], text, length);
    Text dump = text_make(arena);
    print_tokens(arena, &diagnostics[0], file->file, &dump);
    for (int64_t i = 0; i < diagnostics[0].count; i++)
        diagnostic_print(&diagnostics[0], &diagnostics[0].items[i], false, &dump);
    const char *before = tree(arena, &sources[0], file);
    bool complete = parse_is_complete(arena, text, length);
    if (diagnostics[0].errors > 0)
        return;
    must(complete);
    Text once = text_make(arena);
    format_file(arena, &diagnostics[0], file, &once);
    const AstFile *again = parse(arena, &sources[1], &diagnostics[1], text_string(&once), once.length);
    must(diagnostics[1].errors == 0 && strcmp(before, tree(arena, &sources[1], again)) == 0);
    Text twice = text_make(arena);
    format_file(arena, &diagnostics[1], again, &twice);
    must(strcmp(text_string(&once), text_string(&twice)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    if (ARENA_TRY(&arena) == 0)
        try_text(&arena, (const char *)data, size);
    arena_release(&arena);
    return 0;
}

/* Source files and places in them; see source.h. */
#include "diagnose/source.h"

#include "base/utf8.h"

SourceTable source_table_make(Arena *arena)
{
    return (SourceTable){.arena = arena};
}

static void find_lines(Arena *arena, SourceFile *file)
{
    int64_t capacity = 0;
    file->lines = arena_grow(arena, NULL, 0, &capacity, sizeof *file->lines);
    file->lines[file->line_count++] = 0;
    for (size_t i = 0; i < file->length; i++) {
        if (file->text[i] != '\n')
            continue;
        file->lines = arena_grow(arena, file->lines, file->line_count, &capacity, sizeof *file->lines);
        file->lines[file->line_count++] = (uint32_t)(i + 1);
    }
}

int32_t source_add(SourceTable *table, const char *name, const char *text, size_t length, bool library)
{
    table->files = arena_grow(table->arena, table->files, table->count, &table->capacity, sizeof *table->files);
    SourceFile *file = &table->files[table->count];
    *file = (SourceFile){
        .name = arena_duplicate(table->arena, name),
        .text = arena_string(table->arena, text, length),
        .length = length,
        .library = library,
    };
    find_lines(table->arena, file);
    return (int32_t)table->count++;
}

/* Index of the last line that starts at or before `offset`. */
static int64_t line_index(const SourceFile *file, uint32_t offset)
{
    int64_t low = 0;
    int64_t high = file->line_count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (file->lines[middle] <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

SourcePlace source_place(const SourceTable *table, int32_t file, uint32_t offset)
{
    const SourceFile *source = &table->files[file];
    if (offset > source->length)
        offset = (uint32_t)source->length;
    int64_t line = line_index(source, offset);
    int column = 1;
    for (uint32_t i = source->lines[line]; i < offset; i++)
        column += !utf8_continues(source->text[i]);
    return (SourcePlace){.line = (int)line + 1, .column = column};
}

const char *source_line(const SourceTable *table, int32_t file, int line, size_t *length)
{
    const SourceFile *source = &table->files[file];
    uint32_t start = source->lines[line - 1];
    size_t end = line < source->line_count ? source->lines[line] - 1 : source->length;
    if (end > start && source->text[end - 1] == '\r')
        end--;
    *length = end - start;
    return source->text + start;
}

SourceSpan span_join(SourceSpan first, SourceSpan last)
{
    if (first.file < 0)
        return last;
    if (last.file < 0)
        return first;
    return (SourceSpan){
        .file = first.file,
        .start = first.start < last.start ? first.start : last.start,
        .end = first.end > last.end ? first.end : last.end,
    };
}

bool span_equal(SourceSpan a, SourceSpan b)
{
    return a.file == b.file && a.start == b.start && a.end == b.end;
}

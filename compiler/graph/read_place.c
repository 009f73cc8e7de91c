/* Places of the Graph's text: `at lenet.net:12:6-20`. The text has lines and columns, a span has bytes of a source that need not be at hand. So
 * the reader makes up a source of blank lines, each as long as the places in it need: lines, columns and names come out as they were. */
#include "graph/reader.h"

#include <string.h>

static int32_t find_file(Reader *reader, const char *name)
{
    const int32_t *known = map_get(&reader->file_numbers, name);
    if (known)
        return *known;
    reader->files = arena_grow(reader->arena, reader->files, reader->file_count, &reader->file_capacity, sizeof *reader->files);
    int32_t number = (int32_t)reader->file_count++;
    reader->files[number] = (BlankFile){.name = name};
    map_set(&reader->file_numbers, name, arena_copy(reader->arena, &number, sizeof number));
    return number;
}

/* A line or column: from 1, as many as a source may have bytes. */
static bool is_position(int64_t number)
{
    return number >= 1 && number <= SOURCE_LIMIT;
}

static const char *read_position(const char *at, int64_t *number)
{
    *number = 0;
    for (; *at >= '0' && *at <= '9' && *number <= SOURCE_LIMIT; at++)
        *number = 10 * *number + (*at - '0');
    return at;
}

/* `12:6-20`, or `12:6-14:3`: words with colons between them. */
static bool read_range(Reader *reader, LatePlace *place)
{
    SourceSpan span = reader->token.span;
    if (!read_integer(reader, &place->line[0]) || !expect_sign(reader, ':'))
        return false;
    if (reader->token.kind != TOKEN_WORD)
        return reader_expected(reader, "columns like 6-20");
    const char *at = read_position(reader->token.text, &place->column[0]);
    if (*at != '-')
        return reader_expected(reader, "columns like 6-20");
    at = read_position(at + 1, &place->column[1]);
    if (*at != '\0')
        return reader_expected(reader, "columns like 6-20");
    reader_next(reader);
    place->line[1] = place->line[0];
    if (take_sign(reader, ':')) {
        place->line[1] = place->column[1];
        if (!read_integer(reader, &place->column[1]))
            return false;
    }
    for (int i = 0; i < 2; i++)
        if (!is_position(place->line[i]) || !is_position(place->column[i]))
            return reader_fail(reader, E_LIMIT, span, "lines and columns are from 1 to %d", SOURCE_LIMIT);
    return !reader->failed;
}

/* Lines cost memory before they are known to be used, so all files together have as many as one source may have. */
static bool count_lines(Reader *reader, const LatePlace *place, SourceSpan span)
{
    BlankFile *file = &reader->files[place->file];
    for (int i = 0; i < 2; i++) {
        if (place->line[i] <= file->lines)
            continue;
        reader->blank_lines += place->line[i] - file->lines;
        file->lines = place->line[i];
    }
    if (reader->blank_lines <= SOURCE_LIMIT)
        return true;
    return reader_fail(reader, E_LIMIT, span, "the places of a Graph lie in at most %d lines", SOURCE_LIMIT);
}

bool read_place(Reader *reader, Graph *graph, PlaceOwner owner, int64_t row)
{
    const char *name;
    SourceSpan span = reader->token.span;
    if (!take_word(reader, "at"))
        return !reader->failed;
    LatePlace place = {.graph = graph, .owner = owner, .row = row};
    if (!read_name(reader, &name) || !expect_sign(reader, ':') || !read_range(reader, &place))
        return false;
    place.file = find_file(reader, name);
    if (!count_lines(reader, &place, span))
        return false;
    reader->places =
        arena_grow(reader->arena, reader->places, reader->place_count, &reader->place_capacity, sizeof *reader->places);
    reader->places[reader->place_count++] = place;
    return true;
}

/* How long each line must be: lengths[file][line - 1]. */
static int32_t **line_lengths(const Reader *reader)
{
    int32_t **lengths = arena_take(reader->arena, (size_t)reader->file_count * sizeof *lengths);
    for (int64_t i = 0; i < reader->file_count; i++)
        lengths[i] = arena_zero(reader->arena, (size_t)reader->files[i].lines, sizeof *lengths[i]);
    for (int64_t i = 0; i < reader->place_count; i++) {
        const LatePlace *place = &reader->places[i];
        for (int k = 0; k < 2; k++) {
            int32_t *length = &lengths[place->file][place->line[k] - 1];
            if (place->column[k] - 1 > *length)
                *length = (int32_t)(place->column[k] - 1);
        }
    }
    return lengths;
}

static bool add_blank_file(Reader *reader, BlankFile *file, const int32_t *lengths)
{
    int64_t bytes = file->lines - 1;
    for (int64_t line = 0; line < file->lines; line++)
        bytes += lengths[line];
    if (bytes > SOURCE_LIMIT)
        return reader_fail(reader, E_LIMIT, no_span, "the places in %s need a source of more than %d bytes", file->name,
                           SOURCE_LIMIT);
    char *text = arena_take(reader->arena, (size_t)bytes + 1);
    memset(text, ' ', (size_t)bytes + 1);
    int64_t at = -1;
    for (int64_t line = 0; line + 1 < file->lines; line++) {
        at += lengths[line] + 1;
        text[at] = '\n';
    }
    file->number = source_add(reader->diagnostics->sources, file->name, text, (size_t)bytes, false);
    return true;
}

static uint32_t place_offset(const SourceFile *source, int64_t line, int64_t column)
{
    return source->lines[line - 1] + (uint32_t)(column - 1);
}

static SourceSpan *span_of(const LatePlace *place)
{
    switch (place->owner) {
    case PLACE_OF_WEIGHT:
        return &place->graph->weights[place->row].span;
    case PLACE_OF_STATE:
        return &place->graph->states[place->row].span;
    case PLACE_OF_ORIGIN:
        break;
    }
    return &place->graph->origins[place->row].span;
}

bool resolve_places(Reader *reader)
{
    int32_t **lengths = line_lengths(reader);
    for (int64_t i = 0; i < reader->file_count; i++)
        if (!add_blank_file(reader, &reader->files[i], lengths[i]))
            return false;
    for (int64_t i = 0; i < reader->place_count; i++) {
        const LatePlace *place = &reader->places[i];
        int32_t file = reader->files[place->file].number;
        const SourceFile *source = &reader->diagnostics->sources->files[file];
        *span_of(place) = (SourceSpan){
            .file = file,
            .start = place_offset(source, place->line[0], place->column[0]),
            .end = place_offset(source, place->line[1], place->column[1]),
        };
    }
    return true;
}

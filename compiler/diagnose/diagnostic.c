/* Collecting and printing diagnostics; see diagnostic.h. */
#include "diagnose/diagnostic.h"

#include "base/utf8.h"

#include <string.h>

Diagnostics diagnostics_make(Arena *arena, SourceTable *sources)
{
    return (Diagnostics){.arena = arena, .sources = sources};
}

static bool already_there(const Diagnostics *list, int code, SourceSpan span)
{
    for (int64_t i = 0; i < list->count; i++)
        if (list->items[i].code == code && span_equal(list->items[i].span, span))
            return true;
    return false;
}

static Diagnostic *add(Diagnostics *list, int code, SourceSpan span, const char *message)
{
    Diagnostic fresh = {.severity = SEVERITY_ERROR, .code = code, .span = span, .message = message};
    if (list->errors >= DIAGNOSTIC_LIMIT)
        list->full = true;
    if (list->full || already_there(list, code, span)) {
        Diagnostic *scratch = arena_take(list->arena, sizeof *scratch);
        *scratch = fresh;
        return scratch;
    }
    list->items = arena_grow(list->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    list->errors++;
    list->items[list->count] = fresh;
    return &list->items[list->count++];
}

Diagnostic *diagnostics_error(Diagnostics *list, int code, SourceSpan span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(list->arena, format, arguments);
    va_end(arguments);
    return add(list, code, span, message);
}

void diagnostic_note(Diagnostics *list, Diagnostic *diagnostic, SourceSpan span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(list->arena, format, arguments);
    va_end(arguments);
    diagnostic->notes =
        arena_grow(list->arena, diagnostic->notes, diagnostic->note_count, &diagnostic->note_capacity, sizeof *diagnostic->notes);
    diagnostic->notes[diagnostic->note_count++] = (Note){.span = span, .message = message};
}

void diagnostic_help(Diagnostics *list, Diagnostic *diagnostic, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostic->help = arena_vprintf(list->arena, format, arguments);
    va_end(arguments);
}

/* The colours of a terminal, all empty when colour is off. */
typedef struct Palette {
    const char *bold, *error, *warning, *note, *help, *off;
} Palette;

static const Palette plain = {"", "", "", "", "", ""};
static const Palette coloured = {"\033[1m", "\033[1;31m", "\033[1;35m", "\033[36m", "\033[32m", "\033[0m"};

enum { LONGEST_EXCERPT = 160 };

/* The source line of a span, and under it the carets. Tabs are shown as one space, so that the carets stand right; of a very
 * long line only the part around the span is shown. */
static void print_excerpt(const Diagnostics *list, SourceSpan span, const Palette *palette, Text *out)
{
    SourcePlace place = source_place(list->sources, span.file, span.start);
    size_t length;
    const char *line = source_line(list->sources, span.file, place.line, &length);
    size_t start = span.start - list->sources->files[span.file].lines[place.line - 1];
    size_t first = start > LONGEST_EXCERPT / 2 && length > LONGEST_EXCERPT ? start - LONGEST_EXCERPT / 2 : 0;
    while (first < length && utf8_continues(line[first]))
        first++;
    size_t last = length - first > LONGEST_EXCERPT ? first + LONGEST_EXCERPT : length;
    while (last < length && utf8_continues(line[last]))
        last++;
    int gutter = 0;
    for (int n = place.line; n > 0; n /= 10)
        gutter++;
    if (gutter < 4)
        gutter = 4;
    text_printf(out, "%*d | ", gutter, place.line);
    for (size_t i = first; i < last; i++)
        text_add_character(out, (unsigned char)line[i] < 0x20 || line[i] == 0x7F ? ' ' : line[i]);
    text_printf(out, "\n%*s | %s", gutter, "", palette->error);
    size_t end = span.end > span.start ? start + (span.end - span.start) : start + 1;
    for (size_t i = first; i < end && i <= last; i++) {
        if (i < last && utf8_continues(line[i]))
            continue;
        if (i < last || i == start)
            text_add_character(out, i < start ? ' ' : '^');
    }
    text_printf(out, "%s\n", palette->off);
}

static void print_place(const Diagnostics *list, SourceSpan span, Text *out)
{
    if (span.file < 0) {
        text_add(out, "strata: ");
        return;
    }
    SourcePlace place = source_place(list->sources, span.file, span.start);
    text_printf(out, "%s:%d:%d: ", list->sources->files[span.file].name, place.line, place.column);
}

void diagnostic_print(const Diagnostics *list, const Diagnostic *diagnostic, bool colour, Text *out)
{
    const Palette *palette = colour ? &coloured : &plain;
    bool error = diagnostic->severity == SEVERITY_ERROR;
    text_add(out, palette->bold);
    print_place(list, diagnostic->span, out);
    text_printf(out, "%s%s%s[E%04d]%s%s: %s%s\n", palette->off, error ? palette->error : palette->warning,
                error ? "error" : "warning", diagnostic->code, palette->off, palette->bold, diagnostic->message, palette->off);
    if (diagnostic->span.file >= 0)
        print_excerpt(list, diagnostic->span, palette, out);
    for (int64_t i = 0; i < diagnostic->note_count; i++) {
        const Note *note = &diagnostic->notes[i];
        text_printf(out, "  %snote%s: ", palette->note, palette->off);
        if (note->span.file >= 0)
            print_place(list, note->span, out);
        text_printf(out, "%s\n", note->message);
    }
    if (diagnostic->shapes)
        text_printf(out, "  %sshapes%s: %s\n", palette->note, palette->off, diagnostic->shapes);
    if (diagnostic->help)
        text_printf(out, "  %shelp%s: %s\n", palette->help, palette->off, diagnostic->help);
}

enum { LONGEST_NAME = 64 };

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edit distance with insertions, deletions, replacements and swaps of neighbours (optimal string alignment); names longer than
 * LONGEST_NAME are far from everything. */
static int edit_distance(const char *a, const char *b)
{
    size_t m = strlen(a);
    size_t n = strlen(b);
    if (m > LONGEST_NAME || n > LONGEST_NAME)
        return LONGEST_NAME;
    int row[3][LONGEST_NAME + 1];
    for (size_t j = 0; j <= n; j++)
        row[0][j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        int *current = row[i % 3];
        const int *previous = row[(i + 2) % 3];
        const int *before = row[(i + 1) % 3];
        current[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            current[j] = smallest(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < current[j])
                current[j] = before[j - 2] + 1;
        }
    }
    return row[m % 3][n];
}

enum { SHORTEST_STEM = 3 };

/* Whether one of two names begins with the other, as `padding` does with `pad`. */
static bool same_stem(const char *a, const char *b)
{
    size_t m = strlen(a);
    size_t n = strlen(b);
    size_t shorter = m < n ? m : n;
    return shorter >= SHORTEST_STEM && strncmp(a, b, shorter) == 0;
}

const char *nearest_name(const char *name, const char *const *names, int64_t count)
{
    if (strlen(name) > LONGEST_NAME)
        return NULL;
    int64_t best = -1;
    int best_distance = (int)(strlen(name) / 3);
    if (best_distance < 1)
        best_distance = 1;
    for (int64_t i = 0; i < count; i++) {
        int distance = edit_distance(name, names[i]);
        if (distance < best_distance || (distance == best_distance && best < 0)) {
            best = i;
            best_distance = distance;
        }
    }
    for (int64_t i = 0; i < count && best < 0; i++)
        if (same_stem(name, names[i]))
            best = i;
    return best < 0 ? NULL : names[best];
}

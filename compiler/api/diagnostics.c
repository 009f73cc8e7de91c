/* The caller's list of diagnostics: each entry is copied with everything that may be asked of it, so that it needs neither the source nor
 * the module that it speaks of. */
#include "api/api.h"

#include "base/codes.h"

#include <string.h>

/* What is said when there is no memory to say anything with. */
static const StrataDiagnostic memory_entry = {
    .severity = STRATA_ERROR,
    .code = E_MEMORY,
    .message = "out of memory",
    .text = "strata: error[E1090]: out of memory\n",
    .coloured = "\033[1mstrata: \033[0m\033[1;31merror[E1090]\033[0m\033[1m: out of memory\033[0m\n",
    .json = "{\"file\":null,\"line\":0,\"column\":0,\"endLine\":0,\"endColumn\":0,\"severity\":\"error\",\"code\":\"E1090\","
            "\"message\":\"out of memory\",\"notes\":[],\"shapes\":null,\"help\":null}",
};

StrataDiagnostics *strata_diagnostics_make(const StrataContext *context)
{
    StrataDiagnostics *list = context ? object_make(context, sizeof *list, NULL) : NULL;
    if (!list)
        return NULL;
    list->context = *context;
    arena_init(&list->arena, &context->allocator);
    return list;
}

void strata_diagnostics_release(StrataDiagnostics *list)
{
    if (!list)
        return;
    arena_release(&list->arena);
    StrataAllocator allocator = list->context.allocator;
    allocator_give(&allocator, list, 1, sizeof *list);
}

void strata_diagnostics_clear(StrataDiagnostics *list)
{
    arena_release(&list->arena);
    arena_init(&list->arena, &list->context.allocator);
    list->items = NULL;
    list->count = list->capacity = list->errors = 0;
    list->status = STRATA_OK;
}

int64_t strata_diagnostics_count(const StrataDiagnostics *list)
{
    return list->count + (list->status == STRATA_MEMORY);
}

int64_t strata_diagnostics_errors(const StrataDiagnostics *list)
{
    return list->errors + (list->status == STRATA_MEMORY);
}

bool strata_diagnostics_get(const StrataDiagnostics *list, int64_t index, StrataDiagnostic *result)
{
    if (index < 0 || index >= strata_diagnostics_count(list))
        return false;
    *result = index < list->count ? list->items[index] : memory_entry;
    return true;
}

StrataStatus strata_diagnostics_status(const StrataDiagnostics *list)
{
    return list->status;
}

/* Which of two kinds of failure is told to the caller: memory above defects above cancelling above the rest. */
static int rank_of(StrataStatus status)
{
    switch (status) {
    case STRATA_MEMORY:
        return 6;
    case STRATA_INTERNAL:
        return 5;
    case STRATA_CANCELLED:
        return 4;
    case STRATA_USAGE:
        return 3;
    case STRATA_FILE:
        return 2;
    case STRATA_INVALID:
        return 1;
    case STRATA_OK:
        break;
    }
    return 0;
}

static void raise_status(StrataDiagnostics *list, StrataStatus status)
{
    if (rank_of(status) > rank_of(list->status))
        list->status = status;
}

bool diagnostics_memory(StrataDiagnostics *list)
{
    if (list)
        raise_status(list, STRATA_MEMORY);
    return false;
}

static bool same_place(const StrataDiagnostic *a, const StrataDiagnostic *b)
{
    bool same_file = a->file == b->file || (a->file && b->file && strcmp(a->file, b->file) == 0);
    return a->code == b->code && a->line == b->line && a->column == b->column && same_file && strcmp(a->message, b->message) == 0;
}

/* Adds an entry whose strings lie in the list's arena. */
static void add_entry(StrataDiagnostics *list, const StrataDiagnostic *entry)
{
    for (int64_t i = 0; i < list->count; i++)
        if (same_place(&list->items[i], entry))
            return;
    list->items = arena_grow(&list->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = *entry;
    list->errors += entry->severity == STRATA_ERROR;
}

/* ---- JSON ---- */

static void json_place(Text *out, const SourceTable *sources, SourceSpan span)
{
    if (span.file < 0) {
        text_add(out, "\"file\":null,\"line\":0,\"column\":0,\"endLine\":0,\"endColumn\":0");
        return;
    }
    SourcePlace start = source_place(sources, span.file, span.start);
    SourcePlace end = source_place(sources, span.file, span.end);
    text_add(out, "\"file\":");
    text_json(out, sources->files[span.file].name);
    text_printf(out, ",\"line\":%d,\"column\":%d,\"endLine\":%d,\"endColumn\":%d", start.line, start.column, end.line, end.column);
}

static void json_string_or_null(Text *out, const char *key, const char *string)
{
    text_printf(out, ",\"%s\":", key);
    if (string)
        text_json(out, string);
    else
        text_add(out, "null");
}

static const char *json_of(Arena *arena, const SourceTable *sources, const Diagnostic *said)
{
    Text out = text_make(arena);
    text_add(&out, "{");
    json_place(&out, sources, said->span);
    text_printf(&out, ",\"severity\":\"%s\",\"code\":", said->severity == SEVERITY_ERROR ? "error" : "warning");
    text_printf(&out, said->code ? "\"E%04d\"" : "null", said->code);
    text_add(&out, ",\"message\":");
    text_json(&out, said->message);
    text_add(&out, ",\"notes\":[");
    for (int64_t i = 0; i < said->note_count; i++) {
        text_add(&out, i ? ",{" : "{");
        json_place(&out, sources, said->notes[i].span);
        json_string_or_null(&out, "message", said->notes[i].message);
        text_add(&out, "}");
    }
    text_add(&out, "]");
    json_string_or_null(&out, "shapes", said->shapes);
    json_string_or_null(&out, "help", said->help);
    text_add(&out, "}");
    return text_string(&out);
}

/* ---- Copying ---- */

static const char *rendered(Arena *arena, const Diagnostics *said, const Diagnostic *diagnostic, bool colour)
{
    Text text = text_make(arena);
    diagnostic_print(said, diagnostic, colour, &text);
    return text_string(&text);
}

static void copy_entry(StrataDiagnostics *list, const Diagnostics *said, const Diagnostic *diagnostic)
{
    Arena *arena = &list->arena;
    StrataDiagnostic entry = {
        .severity = diagnostic->severity == SEVERITY_ERROR ? STRATA_ERROR : STRATA_WARNING,
        .code = diagnostic->code,
        .message = arena_duplicate(arena, diagnostic->message),
        .text = rendered(arena, said, diagnostic, false),
        .coloured = rendered(arena, said, diagnostic, true),
        .json = json_of(arena, said->sources, diagnostic),
    };
    SourceSpan span = diagnostic->span;
    if (span.file >= 0) {
        SourcePlace start = source_place(said->sources, span.file, span.start);
        SourcePlace end = source_place(said->sources, span.file, span.end);
        entry.file = arena_duplicate(arena, said->sources->files[span.file].name);
        entry.line = start.line;
        entry.column = start.column;
        entry.end_line = end.line;
        entry.end_column = end.column;
    }
    add_entry(list, &entry);
}

void diagnostics_copy(StrataDiagnostics *list, const Diagnostics *said)
{
    if (list && said->cancelled)
        diagnostics_say(list, STRATA_CANCELLED, 0, "stopped");
    if (!list || said->count == 0 || said->cancelled)
        return;
    if (said->errors > 0)
        raise_status(list, STRATA_INVALID);
    if (ARENA_TRY(&list->arena) != 0) {
        diagnostics_memory(list);
        return;
    }
    for (int64_t i = 0; i < said->count; i++)
        copy_entry(list, said, &said->items[i]);
}

bool diagnostics_detail(StrataDiagnostics *list, StrataSeverity severity, int code, const char *message, const char *details)
{
    if (!list)
        return false;
    if (severity == STRATA_ERROR)
        raise_status(list, STRATA_INVALID);
    if (ARENA_TRY(&list->arena) != 0)
        return diagnostics_memory(list);
    /* The inner printer says entries without a place; details stand behind its first line. */
    SourceTable sources = source_table_make(&list->arena);
    Diagnostics said = diagnostics_make(&list->arena, &sources);
    Diagnostic diagnostic = {.severity = severity == STRATA_ERROR ? SEVERITY_ERROR : SEVERITY_WARNING,
                             .code = code,
                             .span = no_span,
                             .message = message};
    StrataDiagnostic entry = {
        .severity = severity,
        .code = code,
        .message = arena_duplicate(&list->arena, message),
        .text = arena_printf(&list->arena, "%s%s", rendered(&list->arena, &said, &diagnostic, false), details ? details : ""),
        .coloured = arena_printf(&list->arena, "%s%s", rendered(&list->arena, &said, &diagnostic, true), details ? details : ""),
    };
    if (details)
        diagnostic_note(&said, &diagnostic, no_span, "%s", details);
    entry.json = json_of(&list->arena, &sources, &diagnostic);
    add_entry(list, &entry);
    return false;
}

bool diagnostics_failure(StrataDiagnostics *list, const StrataError *error)
{
    if (!list || error->status == STRATA_MEMORY)
        return diagnostics_memory(list);
    diagnostics_detail(list, STRATA_ERROR, error->code, error->message, NULL);
    raise_status(list, error->status);
    return false;
}

bool diagnostics_say(StrataDiagnostics *list, StrataStatus status, int code, const char *format, ...)
{
    StrataError error;
    va_list arguments;
    va_start(arguments, format);
    error_set_arguments(&error, status, code, format, arguments);
    va_end(arguments);
    return diagnostics_failure(list, &error);
}

StrataText *strata_diagnostics_json(const StrataDiagnostics *list)
{
    StrataText *text = text_object(&list->context, NULL);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, NULL);
    text_add(&text->text, "[");
    StrataDiagnostic entry;
    for (int64_t i = 0; strata_diagnostics_get(list, i, &entry); i++)
        text_printf(&text->text, "%s\n  %s", i ? "," : "", entry.json);
    text_add(&text->text, "\n]\n");
    return text;
}

const char *strata_nearest(const char *name, const char *const *names, int64_t count)
{
    return nearest_name(name, names, count);
}

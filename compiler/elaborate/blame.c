/* Where an error is said: the innermost place outside the standard library, with notes inward to the formula that failed and outward to
 * the calls that led there. */
#include "elaborate/elaborator.h"

#include <string.h>

enum { MOST_NOTES = 3 };

bool span_in_library(const Elaborator *e, SourceSpan span)
{
    return span.file >= 0 && e->diagnostics->sources->files[span.file].library;
}

/* The frame whose call is to blame, or null when the place itself is the user's (or no user's call led there). */
static const Frame *blamed(const Elaborator *e, SourceSpan span)
{
    if (!span_in_library(e, span))
        return NULL;
    const Frame *frame = e->frame;
    while (frame && span_in_library(e, frame->call))
        frame = frame->caller;
    while (frame && !frame->name && frame->caller && span_equal(frame->call, frame->caller->call))
        frame = frame->caller;
    return frame;
}

/* A pipe of a thousand steps is shown by its ends. */
static const char *trail_text(Elaborator *e)
{
    Trail *trail = e->trail;
    if (!trail || trail->count == 0)
        return NULL;
    Text text = text_make(e->arena);
    for (int64_t i = 0; i < trail->count; i++) {
        if (i == TRAIL_HEAD && trail->count > TRAIL_HEAD + TRAIL_TAIL) {
            text_add(&text, " |> ...");
            i = trail->count - TRAIL_TAIL;
        }
        if (i > 0)
            text_printf(&text, " |> %s ", trail_at(trail, i)->name);
        Object value = trail_at(trail, i)->value;
        text_add(&text, value.kind == OBJECT_TENSOR ? type_name(e->arena, value.tensor->type) : describe(e, value));
    }
    return text_string(&text);
}

/* Calls of the user's own definitions around the blamed place, innermost first. */
static void note_callers(Elaborator *e, Diagnostic *diagnostic, const Frame *frame, SourceSpan place)
{
    int notes = 0;
    for (; frame && notes < MOST_NOTES; frame = frame->caller) {
        bool same = span_equal(frame->call, place);
        if (!frame->name || same || span_in_library(e, frame->call))
            continue;
        diagnostic_note(e->diagnostics, diagnostic, frame->call, "in `%s`, called here", frame->name);
        notes++;
    }
}

Diagnostic *complain(Elaborator *e, int code, SourceSpan span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(e->arena, format, arguments);
    va_end(arguments);
    const Frame *frame = blamed(e, span);
    SourceSpan place = frame ? frame->call : span;
    Diagnostic *diagnostic = diagnostics_error(e->diagnostics, code, place, "%s", message);
    diagnostic->shapes = trail_text(e);
    if (frame)
        diagnostic_note(e->diagnostics, diagnostic, span, frame->name ? "inside `%s`" : "inside %s",
                        frame->name ? frame->name : "a function");
    note_callers(e, diagnostic, frame ? frame->caller : e->frame, place);
    return diagnostic;
}

void help(Elaborator *e, Diagnostic *diagnostic, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(e->arena, format, arguments);
    va_end(arguments);
    diagnostic_help(e->diagnostics, diagnostic, "%s", message);
}

void show_definition(Elaborator *e, Diagnostic *diagnostic, const Definition *definition)
{
    diagnostic_note(e->diagnostics, diagnostic, definition->ast->definition.name.span, "%s", definition_signature(e, definition));
}

const char *describe(Elaborator *e, Object object)
{
    return object_describe(e->arena, object);
}

/* The source text of a span. */
static void add_source(const Elaborator *e, SourceSpan span, Text *out)
{
    const SourceFile *file = &e->diagnostics->sources->files[span.file];
    text_add_bytes(out, file->text + span.start, span.end - span.start);
}

const char *definition_signature(Elaborator *e, const Definition *definition)
{
    const Ast *ast = definition->ast;
    Text text = text_make(e->arena);
    text_add(&text, definition->name);
    if (ast->kind != AST_LAYER && ast->kind != AST_NET)
        return text_string(&text);
    for (int64_t i = 0; i < ast->definition.count; i++) {
        const AstParameter *parameter = &ast->definition.parameters[i];
        text_add(&text, i ? ", " : "(");
        text_add(&text, parameter->name.text);
        if (parameter->type) {
            text_add(&text, ": ");
            add_source(e, parameter->type->span, &text);
        }
        if (parameter->value) {
            text_add(&text, "=");
            add_source(e, parameter->value->span, &text);
        }
    }
    text_add(&text, ast->definition.count ? ")" : "");
    return text_string(&text);
}

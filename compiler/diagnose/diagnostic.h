/* Diagnostics: what is wrong, where, why and what to do, as values that are collected and printed by whoever wants them.
 *
 * Codes are stable numbers, printed E0601. The hundreds say the family:
 *   01 lexical   02 syntax   03 names   04 settings   05 types   06 shapes   07 weights   08 data and files   09 promises
 *   10 limits and memory   11 Graph text   12 command line
 * Each code has a page docs/errors/EXXXX.md with an example that shows it and its repair; `strata explain` prints it. */
#ifndef STRATA_DIAGNOSE_DIAGNOSTIC_H
#define STRATA_DIAGNOSE_DIAGNOSTIC_H

#include "base/text.h"
#include "diagnose/source.h"

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING } Severity;

typedef struct Note {
    SourceSpan span; /* no_span when the note has no place */
    const char *message;
} Note;

typedef struct Diagnostic {
    Severity severity;
    int code;
    SourceSpan span;
    const char *message; /* one sentence without a full stop, in the user's words */
    Note *notes;
    int64_t note_count;
    int64_t note_capacity;
    const char *shapes; /* "1x28x28 |> conv 6x28x28 |> ...", or null */
    const char *help;   /* a way out, or null */
} Diagnostic;

typedef struct Diagnostics {
    Arena *arena;
    SourceTable *sources;
    Diagnostic *items;
    int64_t count;
    int64_t capacity;
    int64_t errors;
    bool full;      /* more than DIAGNOSTIC_LIMIT errors: the rest is dropped */
    bool cancelled; /* whoever asked for the work does not want it any more: counted as an error, without an entry */
} Diagnostics;

enum { DIAGNOSTIC_LIMIT = 20 };

Diagnostics diagnostics_make(Arena *arena, SourceTable *sources);

/* Adds an error and gives it, so that notes and help can be attached; never null. A second diagnostic with the
 * same code at the same span is dropped (what it gives is then a scratch value). */
Diagnostic *diagnostics_error(Diagnostics *list, int code, SourceSpan span, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
void diagnostic_note(Diagnostics *list, Diagnostic *diagnostic, SourceSpan span, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
void diagnostic_help(Diagnostics *list, Diagnostic *diagnostic, const char *format, ...) FORMAT_LIKE_PRINTF(3, 4);

/* Prints one as text: `FILE:LINE:COLUMN: error[E0601]: message`, the source line with the span underlined, notes, shapes, help.
 * With `colour`, ANSI escapes. */
void diagnostic_print(const Diagnostics *list, const Diagnostic *diagnostic, bool colour, Text *out);

/* The name among `names` that is nearest to `name` (edit distance at most a third of its length, at least 1), else one that begins with
 * it or that it begins with, else null. */
const char *nearest_name(const char *name, const char *const *names, int64_t count);

#endif

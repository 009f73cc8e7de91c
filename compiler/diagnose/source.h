/* Source files and places in them.
 *
 * A place is a file and two byte offsets; line, column and the text of a line are computed only when something is printed. */
#ifndef STRATA_DIAGNOSE_SOURCE_H
#define STRATA_DIAGNOSE_SOURCE_H

#include "base/arena.h"

/* Bytes [start, end) of a file of the table. File -1 means "no place". */
typedef struct SourceSpan {
    int32_t file;
    uint32_t start;
    uint32_t end;
} SourceSpan;

typedef struct SourceFile {
    const char *name; /* as the user wrote it, or "std/wavelet.net" */
    const char *text; /* `length` bytes and a final 0; may hold zeros inside */
    size_t length;
    bool library;    /* part of the standard library: blame goes to the caller */
    uint32_t *lines; /* offset of each line's first byte */
    int64_t line_count;
} SourceFile;

typedef struct SourceTable {
    Arena *arena;
    SourceFile *files;
    int64_t count;
    int64_t capacity;
} SourceTable;

/* Line and column from 1; the column counts characters of UTF-8, not bytes. */
typedef struct SourcePlace {
    int line;
    int column;
} SourcePlace;

enum { SOURCE_LIMIT = 8 * 1024 * 1024 };

static const SourceSpan no_span = {-1, 0, 0};

SourceTable source_table_make(Arena *arena);

/* Adds a file (text and name are copied) and gives its number. */
int32_t source_add(SourceTable *table, const char *name, const char *text, size_t length, bool library);

SourcePlace source_place(const SourceTable *table, int32_t file, uint32_t offset);

/* The text of line `line` (from 1) without its end: start and length. */
const char *source_line(const SourceTable *table, int32_t file, int line, size_t *length);

/* The smallest span that holds both; both lie in one file. */
SourceSpan span_join(SourceSpan first, SourceSpan last);

bool span_equal(SourceSpan a, SourceSpan b);

#endif

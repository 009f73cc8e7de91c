/* CSV to numbers; see table.h. The text is walked twice: once to count and to see what labels are, once to fill. */
#include "file/table.h"

#include "base/codes.h"
#include "base/number.h"
#include "file/read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ENTRY_ROOM = 512 };

/* A walk over the entries of a text. */
typedef struct Walk {
    const char *name;
    const char *at, *end;
    int64_t line, column; /* of the entry just read, from 1 */
    bool last;            /* of its line */
    char entry[ENTRY_ROOM];
    size_t length;
} Walk;

static bool damaged(const Walk *walk, StrataError *error, const char *what)
{
    return error_set(error, STRATA_INVALID, E_TABLE_DAMAGED, "%s:%" PRId64 ": column %" PRId64 ": %s", walk->name, walk->line,
                     walk->column, what);
}

static bool add_character(Walk *walk, char character, StrataError *error)
{
    if (walk->length + 1 >= ENTRY_ROOM)
        return damaged(walk, error, "an entry is longer than 500 characters");
    walk->entry[walk->length++] = character;
    return true;
}

/* What stands in quotes; the opening one has been passed. */
static bool read_quoted(Walk *walk, StrataError *error)
{
    while (walk->at < walk->end) {
        char character = *walk->at++;
        if (character == '"' && (walk->at == walk->end || *walk->at != '"'))
            return true;
        if (character == '"')
            walk->at++;
        if (!add_character(walk, character, error))
            return false;
    }
    return damaged(walk, error, "a quote is never closed");
}

static void trim(Walk *walk)
{
    size_t from = 0;
    while (walk->length > 0 && strchr(" \t\r", walk->entry[walk->length - 1]))
        walk->length--;
    while (from < walk->length && strchr(" \t", walk->entry[from]))
        from++;
    walk->length -= from;
    memmove(walk->entry, walk->entry + from, walk->length);
    walk->entry[walk->length] = '\0';
}

/* The next entry. Call only while at < end. */
static bool next_entry(Walk *walk, StrataError *error)
{
    bool begins = walk->last;
    walk->line += begins;
    walk->column = begins ? 1 : walk->column + 1;
    walk->length = 0;
    walk->last = true;
    while (walk->at < walk->end) {
        char character = *walk->at++;
        if (character == '\n')
            break;
        if (character == ',') {
            walk->last = false;
            break;
        }
        bool good = character == '"' ? read_quoted(walk, error) : add_character(walk, character, error);
        if (!good)
            return false;
    }
    trim(walk);
    return true;
}

/* Passes lines without any entry. */
static void skip_empty(Walk *walk)
{
    while (walk->last && walk->at < walk->end) {
        const char *at = walk->at;
        while (at < walk->end && strchr(" \t\r", *at))
            at++;
        if (at < walk->end && *at != '\n')
            return;
        walk->at = at < walk->end ? at + 1 : at;
        walk->line++;
    }
}

static Walk walk_begin(const char *name, const char *bytes, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* of UTF-8 */
    size_t skipped = size >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    return (Walk){.name = name, .at = bytes + skipped, .end = bytes + size, .last = true};
}

/* What the first walk finds. */
typedef struct Layout {
    int64_t columns; /* all, that of labels included */
    int64_t label;   /* its index, or -1 */
    int64_t rows;
    bool words;    /* labels are words */
    bool fraction; /* one label is no whole number */
} Layout;

/* The first line: how many columns there are, and how they are called. */
static bool read_header(Walk *walk, const TableOptions *options, Layout *layout, Table *table, StrataError *error)
{
    Walk before = *walk;
    do {
        char number[32];
        if (walk->at >= walk->end && !(walk->column > 0 && !walk->last))
            return damaged(walk, error, "the table is empty");
        if (!next_entry(walk, error))
            return false;
        snprintf(number, sizeof number, "c%" PRId64, layout->columns);
        const char *name = options->header ? walk->entry : number;
        if (options->label && strcmp(name, options->label) == 0)
            layout->label = layout->columns;
        else if (!name_list_add(&table->allocator, &table->names, name, strlen(name), error))
            return false;
        layout->columns++;
    } while (!walk->last);
    table->columns = table->names.count;
    if (options->label && layout->label < 0)
        return error_set(error, STRATA_INVALID, E_TABLE_DAMAGED, "%s: has no column called %s; the first one is called %s",
                         walk->name, options->label, table->names.count ? table->names.items[0] : "");
    if (table->columns == 0)
        return damaged(walk, error, "there is no column beside the labels");
    if (!options->header)
        *walk = before;
    return true;
}

/* A number, or a complaint about a text. */
static bool read_number(const Walk *walk, double *number, StrataError *error)
{
    if (number_read(walk->entry, walk->length, number) && isfinite(*number))
        return true;
    char message[ENTRY_ROOM + 64];
    snprintf(message, sizeof message, walk->length ? "`%.60s` is no finite number" : "there is no number", walk->entry);
    return damaged(walk, error, message);
}

/* One record: checks that it has as many entries as there are columns, and hands each to `take`. */
typedef bool TakeEntry(void *context, const Walk *walk, int64_t row, int64_t column, StrataError *error);

static bool read_rows(Walk *walk, const Layout *layout, int64_t *rows, TakeEntry *take, void *context, StrataError *error)
{
    *rows = 0;
    for (skip_empty(walk); walk->at < walk->end; skip_empty(walk)) {
        for (int64_t column = 0; column < layout->columns; column++) {
            if (!next_entry(walk, error) || !take(context, walk, *rows, column, error))
                return false;
            if (walk->last != (column == layout->columns - 1)) {
                char message[120];
                snprintf(message, sizeof message, "a row of the table has %" PRId64 " entries, this one has %s", layout->columns,
                         walk->last ? "fewer" : "more");
                return damaged(walk, error, message);
            }
        }
        ++*rows;
    }
    return true;
}

/* First walk: what labels are. */
typedef struct Survey {
    Layout *layout;
    Table *table;
} Survey;

static bool survey_entry(void *context, const Walk *walk, int64_t row, int64_t column, StrataError *error)
{
    Survey *survey = context;
    double number;
    (void)row;
    if (column != survey->layout->label)
        return read_number(walk, &number, error);
    if (walk->length == 0)
        return damaged(walk, error, "there is no label");
    if (number_read(walk->entry, walk->length, &number) && isfinite(number))
        survey->layout->fraction |= number != floor(number) || fabs(number) > 9e15;
    else
        survey->layout->words = true;
    NameList *classes = &survey->table->classes;
    enum { MOST_CLASSES = 10000 };
    if (classes->count > MOST_CLASSES || name_list_find(classes, walk->entry, walk->length) >= 0)
        return true;
    return name_list_add(&survey->table->allocator, classes, walk->entry, walk->length, error);
}

/* Second walk. */
static bool fill_entry(void *context, const Walk *walk, int64_t row, int64_t column, StrataError *error)
{
    Survey *survey = context;
    const Layout *layout = survey->layout;
    Table *table = survey->table;
    double number = 0;
    if (column == layout->label && layout->words) {
        ((int64_t *)table->labels->data)[row] = name_list_find(&table->classes, walk->entry, walk->length);
        return true;
    }
    if (!read_number(walk, &number, error))
        return false;
    if (column != layout->label) {
        int64_t at = column - (layout->label >= 0 && column > layout->label);
        ((double *)table->numbers->data)[row * table->columns + at] = number;
    } else if (layout->fraction) {
        ((double *)table->labels->data)[row] = number;
    } else {
        ((int64_t *)table->labels->data)[row] = (int64_t)number;
    }
    return true;
}

static bool take_memory(const Layout *layout, Table *table, StrataError *error)
{
    int64_t sizes[2] = {layout->rows, table->columns};
    table->numbers = tensor_make(&table->allocator, STRATA_FLOAT64, 2, sizes, error);
    bool real = layout->fraction && !layout->words;
    if (table->numbers && layout->label >= 0)
        table->labels = tensor_make(&table->allocator, real ? STRATA_FLOAT64 : STRATA_INT64, 1, sizes, error);
    return table->numbers && (layout->label < 0 || table->labels);
}

static bool decode(const char *name, const char *bytes, size_t size, const TableOptions *options, Table *table, StrataError *error)
{
    Layout layout = {.label = -1};
    Survey survey = {.layout = &layout, .table = table};
    Walk walk = walk_begin(name, bytes, size);
    skip_empty(&walk);
    if (!read_header(&walk, options, &layout, table, error))
        return false;
    Walk start = walk;
    if (!read_rows(&walk, &layout, &layout.rows, survey_entry, &survey, error))
        return false;
    if (layout.rows == 0)
        return error_set(error, STRATA_INVALID, E_TABLE_DAMAGED, "%s: the table has no rows", name);
    name_list_sort(&table->classes);
    if (!take_memory(&layout, table, error))
        return false;
    if (!read_rows(&start, &layout, &layout.rows, fill_entry, &survey, error))
        return false;
    if (!layout.words)
        name_list_release(&table->allocator, &table->classes);
    return true;
}

bool table_decode(const StrataAllocator *allocator, const char *name, const char *bytes, size_t size, const TableOptions *options,
                  Table *table, StrataError *error)
{
    *table = (Table){.allocator = *allocator};
    if (decode(name, bytes, size, options, table, error))
        return true;
    table_release(table);
    return false;
}

bool table_read(const StrataAllocator *allocator, const char *path, const TableOptions *options, Table *table, StrataError *error)
{
    FileContent content;
    *table = (Table){.allocator = *allocator};
    if (!file_read(allocator, path, 0, &content, error))
        return false;
    bool done = table_decode(allocator, content.name, (const char *)content.bytes, content.size, options, table, error);
    file_content_release(&content);
    return done;
}

void table_release(Table *table)
{
    tensor_release(table->numbers);
    tensor_release(table->labels);
    name_list_release(&table->allocator, &table->names);
    name_list_release(&table->allocator, &table->classes);
    table->numbers = table->labels = NULL;
}

/* Making, naming and comparing objects; see object.h. */
#include "elaborate/object.h"
#include "elaborate/function.h"

#include <math.h>
#include <string.h>

Object object_number(double number)
{
    return (Object){.kind = OBJECT_NUMBER, .number = isnan(number) ? NAN : number}; /* what is no number has no sign to print */
}

Object object_boolean(bool boolean)
{
    return (Object){.kind = OBJECT_BOOLEAN, .boolean = boolean};
}

Object object_string(const char *string)
{
    return (Object){.kind = OBJECT_STRING, .string = string};
}

Object object_function(const Function *function)
{
    return (Object){.kind = OBJECT_FUNCTION, .function = function};
}

Object object_tensor(Tensor *tensor)
{
    return (Object){.kind = OBJECT_TENSOR, .tensor = tensor};
}

Object object_shape(Arena *arena, const int64_t *size, int rank)
{
    if (rank == 1)
        return object_number((double)size[0]);
    Shape *shape = arena_zero(arena, 1, sizeof *shape);
    shape->rank = rank;
    for (int i = 0; i < rank; i++)
        shape->size[i] = size[i];
    return (Object){.kind = OBJECT_SHAPE, .shape = shape};
}

/* What is in a list or record of these items; false when it is too much. */
static bool measure(const Object *items, int64_t count, Contents *contents)
{
    *contents = (Contents){.depth = 1, .entries = count, .inputs = count > 0};
    for (int64_t i = 0; i < count && contents->entries <= LIST_LIMIT; i++) {
        Contents inner = {0};
        if (items[i].kind == OBJECT_LIST)
            inner = items[i].list->contents;
        else if (items[i].kind == OBJECT_RECORD)
            inner = items[i].record->contents;
        contents->entries += inner.entries;
        contents->inputs &= object_is_input(items[i]);
        if (inner.depth + 1 > contents->depth)
            contents->depth = inner.depth + 1;
    }
    return contents->depth <= OBJECT_DEPTH_LIMIT && contents->entries <= LIST_LIMIT;
}

Object object_list(Arena *arena, Object *items, int64_t count)
{
    List *list = arena_zero(arena, 1, sizeof *list);
    list->items = items;
    list->count = count;
    if (!measure(items, count, &list->contents))
        return error_object;
    return (Object){.kind = OBJECT_LIST, .list = list};
}

enum { INDEX_FROM = 16 };

/* Large records are found by a map. */
static void index_record(Arena *arena, Record *record)
{
    record->index = arena_take(arena, sizeof *record->index);
    *record->index = map_make(arena);
    for (int64_t i = record->count - 1; i >= 0; i--)
        map_set(record->index, record->names[i], &record->values[i]);
}

Object object_record(Arena *arena, const char *const *names, Object *values, int64_t count)
{
    Record *record = arena_zero(arena, 1, sizeof *record);
    record->names = names;
    record->values = values;
    record->count = count;
    if (!measure(values, count, &record->contents))
        return error_object;
    if (count >= INDEX_FROM)
        index_record(arena, record);
    return (Object){.kind = OBJECT_RECORD, .record = record};
}

const Object *record_find(const Record *record, const char *name)
{
    if (record->index)
        return map_get(record->index, name);
    for (int64_t i = 0; i < record->count; i++)
        if (strcmp(record->names[i], name) == 0)
            return &record->values[i];
    return NULL;
}

bool object_is_input(Object object)
{
    switch (object.kind) {
    case OBJECT_TENSOR:
    case OBJECT_DATA:
    case OBJECT_SAMPLE:
        return true;
    case OBJECT_LIST:
        return object.list->contents.inputs;
    case OBJECT_RECORD:
        return object.record->contents.inputs;
    default:
        return false;
    }
}

enum { LONGEST_STRING = 60, MOST_PRINTED = 16, LONGEST_PRINTED = 400 };

const char *object_describe(Arena *arena, Object object)
{
    Text text = text_make(arena);
    switch (object.kind) {
    case OBJECT_ERROR:
        return "an error";
    case OBJECT_NONE:
        return "none";
    case OBJECT_NUMBER:
        text_add(&text, "the number ");
        break;
    case OBJECT_BOOLEAN:
        return object.boolean ? "true" : "false";
    case OBJECT_STRING:
        text_printf(&text, "the string \"%.*s%s\"", LONGEST_STRING, object.string,
                    strlen(object.string) > LONGEST_STRING ? "..." : "");
        return text_string(&text);
    case OBJECT_SHAPE:
        text_add(&text, "the shape ");
        break;
    case OBJECT_LIST:
        return arena_printf(arena, "a list of %lld", (long long)object.list->count);
    case OBJECT_RECORD:
        return "a record";
    case OBJECT_FUNCTION:
        return object.function->name ? arena_printf(arena, "the function `%s`", object.function->name) : "a function";
    case OBJECT_TENSOR:
        if (object.tensor->type->rank == 0)
            return "a tensor of rank 0";
        return arena_printf(arena, "a tensor %s", type_name(arena, object.tensor->type));
    case OBJECT_TYPE:
        return "a type";
    case OBJECT_DATA:
        return "data";
    case OBJECT_SAMPLE:
        return "a sample";
    }
    object_print(arena, object, &text);
    return text_string(&text);
}

static void print_shape(const Shape *shape, Text *out)
{
    if (shape->rank == 0)
        text_add(out, "shape()");
    for (int i = 0; i < shape->rank; i++)
        text_printf(out, i ? "x%lld" : "%lld", (long long)shape->size[i]);
}

static void print_list(Arena *arena, const List *list, Text *out)
{
    text_add_character(out, '[');
    for (int64_t i = 0; i < list->count && i < MOST_PRINTED && out->length < LONGEST_PRINTED; i++) {
        text_add(out, i ? ", " : "");
        object_print(arena, list->items[i], out);
    }
    text_add(out, list->count > MOST_PRINTED ? ", ...]" : "]");
}

static void print_record(Arena *arena, const Record *record, Text *out)
{
    text_add_character(out, '{');
    for (int64_t i = 0; i < record->count && i < MOST_PRINTED && out->length < LONGEST_PRINTED; i++) {
        text_printf(out, "%s%s: ", i ? ", " : "", record->names[i]);
        object_print(arena, record->values[i], out);
    }
    text_add(out, record->count > MOST_PRINTED ? ", ...}" : "}");
}

void object_print(Arena *arena, Object object, Text *out)
{
    switch (object.kind) {
    case OBJECT_NUMBER:
        text_number(out, object.number);
        break;
    case OBJECT_STRING:
        text_printf(out, "\"%s\"", object.string);
        break;
    case OBJECT_SHAPE:
        print_shape(object.shape, out);
        break;
    case OBJECT_LIST:
        print_list(arena, object.list, out);
        break;
    case OBJECT_RECORD:
        print_record(arena, object.record, out);
        break;
    default:
        text_add(out, object_describe(arena, object));
    }
}

/* Whether it is a list of records with the same names. */
static bool is_table(Object object)
{
    if (object.kind != OBJECT_LIST || object.list->count == 0 || object.list->items[0].kind != OBJECT_RECORD)
        return false;
    const Record *first = object.list->items[0].record;
    for (int64_t i = 1; i < object.list->count; i++) {
        const Record *record = object.list->items[i].kind == OBJECT_RECORD ? object.list->items[i].record : NULL;
        if (!record || record->count != first->count)
            return false;
        for (int64_t k = 0; k < first->count; k++)
            if (strcmp(record->names[k], first->names[k]) != 0)
                return false;
    }
    return first->count > 0;
}

static const char *cell_text(Arena *arena, Object object)
{
    Text text = text_make(arena);
    if (object.kind == OBJECT_NUMBER && object.number != floor(object.number))
        text_printf(&text, "%.6g", object.number);
    else
        object_print(arena, object, &text);
    return text_string(&text);
}

bool object_print_table(Arena *arena, Object object, Text *out)
{
    if (!is_table(object))
        return false;
    const Record *first = object.list->items[0].record;
    int64_t columns = first->count, rows = object.list->count;
    const char **cells = arena_take(arena, (size_t)(columns * (rows + 1)) * sizeof *cells);
    size_t *widths = arena_zero(arena, (size_t)columns, sizeof *widths);
    for (int64_t i = 0; i <= rows; i++)
        for (int64_t k = 0; k < columns; k++) {
            const char *cell = i == 0 ? first->names[k] : cell_text(arena, object.list->items[i - 1].record->values[k]);
            cells[i * columns + k] = cell;
            widths[k] = strlen(cell) > widths[k] ? strlen(cell) : widths[k];
        }
    for (int64_t i = 0; i <= rows; i++) {
        for (int64_t k = 0; k + 1 < columns; k++)
            text_printf(out, "%-*s", (int)widths[k] + 2, cells[i * columns + k]);
        text_printf(out, i < rows ? "%s\n" : "%s", cells[i * columns + columns - 1]);
    }
    return true;
}

enum { STRING_STEP = 64 }; /* bytes of a string that are compared in a step */

static bool lists_equal(const List *a, const List *b, Comparison *comparison)
{
    if (a->count != b->count)
        return false;
    for (int64_t i = 0; i < a->count; i++)
        if (!object_equal(a->items[i], b->items[i], comparison))
            return false;
    return true;
}

static bool records_equal(const Record *a, const Record *b, Comparison *comparison)
{
    if (a->count != b->count)
        return false;
    for (int64_t i = 0; i < a->count; i++) {
        const Object *other = record_find(b, a->names[i]);
        if (!other || !object_equal(a->values[i], *other, comparison))
            return false;
    }
    return true;
}

static bool shapes_equal(const Shape *a, const Shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, (size_t)a->rank * sizeof a->size[0]) == 0;
}

/* Things that are never equal but may be compared: a shape with a number, anything with `none`. */
static bool differ(Object a, Object b, Comparison *comparison)
{
    bool shapes = (a.kind == OBJECT_SHAPE && b.kind == OBJECT_NUMBER) || (a.kind == OBJECT_NUMBER && b.kind == OBJECT_SHAPE);
    if (!shapes && a.kind != OBJECT_NONE && b.kind != OBJECT_NONE)
        comparison->comparable = false;
    return false;
}

bool object_equal(Object a, Object b, Comparison *comparison)
{
    if (--comparison->steps < 0)
        return false;
    if (a.kind != b.kind)
        return differ(a, b, comparison);
    switch (a.kind) {
    case OBJECT_NONE:
        return true;
    case OBJECT_NUMBER:
        return a.number == b.number;
    case OBJECT_BOOLEAN:
        return a.boolean == b.boolean;
    case OBJECT_STRING:
        comparison->steps -= (int64_t)(strlen(a.string) / STRING_STEP);
        return strcmp(a.string, b.string) == 0;
    case OBJECT_SHAPE:
        return shapes_equal(a.shape, b.shape);
    case OBJECT_LIST:
        return lists_equal(a.list, b.list, comparison);
    case OBJECT_RECORD:
        return records_equal(a.record, b.record, comparison);
    default:
        comparison->comparable = false;
        return false;
    }
}

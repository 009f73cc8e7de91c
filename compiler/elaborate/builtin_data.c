/* Data: descriptions of sequences of records. Nothing is read while elaborating; what can be known is checked. */
#include "elaborate/builtin.h"

#include <string.h>

static const char *const picture_fields[] = {"x", "label"};

/* The description of a call: its function, all its settings by name, its source. */
static Object describe_data(BuiltinCall *call, const Data *source, const char *const *fields, int64_t field_count)
{
    Elaborator *e = call->e;
    const char **names = arena_take(e->arena, MOST_PARAMETERS * sizeof *names);
    Object *values = arena_take(e->arena, MOST_PARAMETERS * sizeof *values);
    int64_t count = 0;
    for (int i = source ? 1 : 0; i < MOST_PARAMETERS && call->builtin->parameters[i]; i++)
        if (call->bound[i]) {
            names[count] = call->builtin->parameters[i];
            values[count++] = argument_value(call, i);
        }
    Object settings = object_record(e->arena, names, values, count);
    Data *data = arena_zero(e->arena, 1, sizeof *data);
    *data =
        (Data){.function = call->builtin->name, .source = source, .fields = fields, .field_count = field_count, .span = call->span};
    data->settings = settings.record;
    return (Object){.kind = OBJECT_DATA, .data = data};
}

static bool take_source(BuiltinCall *call, const Data **source)
{
    *source = NULL;
    if (argument_value(call, 0).kind == OBJECT_DATA)
        *source = argument_value(call, 0).data;
    else
        argument_refuse(call, 0, "data");
    return *source != NULL;
}

/* --- readers -------------------------------------------------------------------------------------------------------------------- */

static bool all_strings(BuiltinCall *call, int count)
{
    const char *ignored;
    bool fine = true;
    for (int i = 0; i < count; i++)
        fine = argument_string(call, i, &ignored) && fine;
    return fine;
}

static Object idx(BuiltinCall *call)
{
    if (!all_strings(call, 2))
        return error_object;
    return describe_data(call, NULL, picture_fields, call->bound[1] ? 2 : 1);
}

static Object folder(BuiltinCall *call)
{
    return all_strings(call, 1) ? describe_data(call, NULL, picture_fields, 2) : error_object;
}

static Object csv(BuiltinCall *call)
{
    const char *ignored;
    bool header = true;
    if (!argument_string(call, 0, &ignored) || !argument_boolean(call, 1, &header) || !argument_string(call, 2, &ignored))
        return error_object;
    return describe_data(call, NULL, NULL, 0);
}

/* npy("x.npy", "labels.npy"), or npz with the names of its arrays as fields. */
static Object npy(BuiltinCall *call)
{
    return all_strings(call, 2) ? describe_data(call, NULL, picture_fields, call->bound[1] ? 2 : 1) : error_object;
}

static Object npz(BuiltinCall *call)
{
    return all_strings(call, 1) ? describe_data(call, NULL, NULL, 0) : error_object;
}

/* --- functions of data ---------------------------------------------------------------------------------------------------------- */

/* map(d, s -> {...}) of data; of a list it applies f to each entry. */
static Object map_list(BuiltinCall *call, const List *list, Object function)
{
    Elaborator *e = call->e;
    Object *items = arena_take(e->arena, (size_t)list->count * sizeof *items);
    for (int64_t i = 0; i < list->count; i++) {
        items[i] = apply_function(e, function, &list->items[i], 1, argument_span(call, 1));
        if (items[i].kind == OBJECT_ERROR)
            return error_object;
    }
    return list_of(e, items, list->count, call->span);
}

static Object map(BuiltinCall *call)
{
    Object function = none_object;
    const Data *source = NULL;
    if (!argument_function(call, 1, &function))
        return error_object;
    if (argument_value(call, 0).kind == OBJECT_LIST)
        return map_list(call, argument_value(call, 0).list, function);
    if (function_inputs(function) > 1) {
        argument_refuse(call, 1, "a function of one record");
        return error_object;
    }
    return take_source(call, &source) ? describe_data(call, source, NULL, 0) : error_object;
}

/* generate(count, i -> {...}): records made of nothing but their number and random draws. */
static Object generate(BuiltinCall *call)
{
    enum { COUNT, FUNCTION, SEED };
    Object function = none_object;
    int64_t count = 0, seed = 0;
    if (!argument_whole(call, COUNT, 1, INT64_C(1) << 40, &count) || !argument_function(call, FUNCTION, &function) ||
        !argument_whole(call, SEED, 0, INT64_C(1) << 53, &seed))
        return error_object;
    if (function_inputs(function) > 1) {
        argument_refuse(call, FUNCTION, "a function of the number of the record");
        return error_object;
    }
    return describe_data(call, NULL, NULL, 0);
}

/* {first, second}: the given share of the records and the rest. Of a tensor the list of its parts. */
static Object split(BuiltinCall *call)
{
    Elaborator *e = call->e;
    if (argument_value(call, 0).kind == OBJECT_TENSOR)
        return split_tensor(call);
    const Data *source = NULL;
    double share = 0;
    if (!take_source(call, &source) || !argument_number(call, 1, &share))
        return error_object;
    if (!(share > 0 && share < 1)) {
        argument_refuse(call, 1, "a share between 0 and 1");
        return error_object;
    }
    static const char *const names[] = {"first", "second"};
    Object *parts = arena_take(e->arena, 2 * sizeof *parts);
    for (int i = 0; i < 2; i++) {
        parts[i] = describe_data(call, source, source->fields, source->field_count);
        Data *part = arena_copy(e->arena, parts[i].data, sizeof *part);
        part->function = i == 0 ? "split_first" : "split_second";
        parts[i].data = part;
    }
    return object_record(e->arena, names, parts, 2);
}

static Object shuffle(BuiltinCall *call)
{
    const Data *source = NULL;
    int64_t seed = 0;
    if (!take_source(call, &source) || !argument_whole(call, 1, 0, INT64_C(1) << 53, &seed))
        return error_object;
    return describe_data(call, source, source->fields, source->field_count);
}

static Object take(BuiltinCall *call)
{
    const Data *source = NULL;
    int64_t count = 0;
    if (!take_source(call, &source) || !argument_whole(call, 1, 1, INT64_C(1) << 53, &count))
        return error_object;
    return describe_data(call, source, source->fields, source->field_count);
}

static Object pairs(BuiltinCall *call)
{
    const Data *source = NULL;
    return take_source(call, &source) ? describe_data(call, source, NULL, 0) : error_object;
}

/* A window of each picture. */
static Object crop(BuiltinCall *call)
{
    const Data *source = NULL;
    int64_t size = 0;
    if (!take_source(call, &source) || !argument_whole(call, 1, 1, INT32_MAX, &size) ||
        !argument_whole(call, 2, 1, INT32_MAX, &size))
        return error_object;
    return describe_data(call, source, source->fields, source->field_count);
}

/* (x - mean) / deviation of the field x, by given numbers or by those of the data. */
static Object normalise(BuiltinCall *call)
{
    const Data *source = NULL;
    double ignored;
    if (!take_source(call, &source) || !argument_number(call, 1, &ignored) || !argument_number(call, 2, &ignored))
        return error_object;
    return describe_data(call, source, source->fields, source->field_count);
}

/* Pictures changed at random each time they are drawn. */
static Object augment(BuiltinCall *call)
{
    enum { FLIP = 2 };
    const Data *source = NULL;
    bool flip;
    if (!take_source(call, &source) || !argument_boolean(call, FLIP, &flip))
        return error_object;
    for (int i = 1; i < MOST_PARAMETERS && call->builtin->parameters[i]; i++) {
        double size = 0;
        if (i == FLIP || !call->bound[i])
            continue;
        if (!argument_number(call, i, &size))
            return error_object;
        if (!(size >= 0 && size < 1e6)) {
            argument_refuse(call, i, "a number that is not negative");
            return error_object;
        }
    }
    return describe_data(call, source, source->fields, source->field_count);
}

const Builtin builtin_data[] = {
    {.name = "idx",
     .summary = "records {x, label} of IDX files, also gzipped",
     .parameters = {"images", "labels"},
     .required = 1,
     .call = idx},
    {.name = "folder",
     .summary = "records {x, label} of a folder of PNGs, one folder a class",
     .parameters = {"path"},
     .required = 1,
     .call = folder},
    {.name = "csv",
     .summary = "records of a table, a field for each column",
     .parameters = {"path", "header", "label"},
     .required = 1,
     .call = csv},
    {.name = "npy", .summary = "records {x, label} of arrays", .parameters = {"x", "labels"}, .required = 1, .call = npy},
    {.name = "npz", .summary = "records with a field for each array", .parameters = {"path"}, .required = 1, .call = npz},
    {.name = "map",
     .summary = "each record, or entry of a list, as f gives it",
     .parameters = {"data", "f"},
     .required = 2,
     .waits = WAITS_BY_FUNCTION,
     .call = map},
    {.name = "generate",
     .summary = "so many records as f gives them from the number of each, counted from 0, and from random draws",
     .parameters = {"count", "f", "seed"},
     .required = 2,
     .call = generate},
    {.name = "split",
     .summary =
         "of data {first, second}: a share of the records, and the rest; of a tensor the list of n equal parts along an axis",
     .parameters = {"x", "parts", "axis"},
     .required = 2,
     .waits = WAITS_FOR_TENSOR,
     .call = split},
    {.name = "shuffle",
     .summary = "the records in a random order",
     .parameters = {"data", "seed"},
     .required = 1,
     .waits = WAITS_FOR_TENSOR,
     .call = shuffle},
    {.name = "take",
     .summary = "the first n records",
     .parameters = {"data", "n"},
     .required = 2,
     .waits = WAITS_FOR_TENSOR,
     .call = take},
    {.name = "pairs",
     .summary = "records {a, b, same} of two records each",
     .parameters = {"data"},
     .required = 1,
     .waits = WAITS_FOR_TENSOR,
     .call = pairs},
    {.name = "crop",
     .summary =
         "a window of so many rows and columns of each picture: at a random place whenever training draws it, else in its middle",
     .parameters = {"data", "rows", "columns"},
     .required = 3,
     .waits = WAITS_FOR_TENSOR,
     .call = crop},
    {.name = "normalise",
     .summary = "x with mean 0 and deviation 1",
     .parameters = {"data", "mean", "deviation"},
     .required = 1,
     .waits = WAITS_FOR_TENSOR,
     .call = normalise},
    {.name = "augment",
     .summary =
         "pictures changed at random whenever training draws them: moved by up to `shift` pixels, mirrored, rotated by up to so "
         "many degrees, scaled by up to a share, bent by up to so many pixels, with noise of a deviation",
     .parameters = {"data", "shift", "flip", "rotate", "scale", "elastic", "noise"},
     .required = 1,
     .waits = WAITS_FOR_TENSOR,
     .call = augment},
    {.name = NULL},
};

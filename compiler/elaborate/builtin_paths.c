/* Tables of paths in the language: labelled(x, rows), paths(x), select(x, order=2, j1=0), table(rows). */
#include "elaborate/builtin.h"
#include "elaborate/label.h"

#include <string.h>

/* --- labelled, paths ---------------------------------------------------------------------------------------------------------------- */

static bool all_records(const List *list)
{
    for (int64_t i = 0; i < list->count; i++)
        if (list->items[i].kind != OBJECT_RECORD)
            return false;
    return true;
}

static Object labelled(BuiltinCall *call)
{
    Tensor *tensor = NULL;
    Object rows = argument_value(call, 1);
    if (!argument_tensor(call, 0, &tensor))
        return error_object;
    int64_t count = tensor->type->rank > 0 ? tensor->type->size[0] : 0;
    if (rows.kind != OBJECT_LIST || rows.list->count != count || !all_records(rows.list)) {
        argument_refuse(
            call, 1, arena_printf(call->e->arena, "a list of %lld records, one for each entry of dimension 0", (long long)count));
        return error_object;
    }
    Tensor *result = arena_copy(call->e->arena, tensor, sizeof *tensor);
    result->rows = rows.list;
    return object_tensor(result);
}

static bool no_paths(BuiltinCall *call, Object value)
{
    if (value.kind != OBJECT_ERROR) {
        Diagnostic *diagnostic =
            complain(call->e, 517, argument_span(call, 0), "`%s` takes a tensor whose channels have names, got %s",
                     call->builtin->name, describe(call->e, value));
        help(call->e, diagnostic,
             "`labelled(x, rows)` says what each entry of dimension 0 stands for; scattering layers say it themselves, and "
             "`flatten` or `dense` lose it");
    }
    return false;
}

static Object paths(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_TENSOR && value.tensor->rows)
        return (Object){.kind = OBJECT_LIST, .list = value.tensor->rows};
    no_paths(call, value);
    return error_object;
}

/* --- select ------------------------------------------------------------------------------------------------------------------------- */

static bool equal(Object a, Object b)
{
    enum { STEPS = 1000 };
    Comparison comparison = {.comparable = true, .steps = STEPS};
    return a.kind == b.kind && object_equal(a, b, &comparison);
}

static bool among(Object value, const List *list)
{
    for (int64_t i = 0; i < list->count; i++)
        if (equal(value, list->items[i]))
            return true;
    return false;
}

/* A list is met by the same list, or by one of its entries; a number by itself, or by a list with it. */
static bool fits(Object field, Object wanted)
{
    if (field.kind == OBJECT_LIST && wanted.kind != OBJECT_LIST)
        return among(wanted, field.list);
    if (field.kind != OBJECT_LIST && wanted.kind == OBJECT_LIST)
        return among(field, wanted.list);
    return equal(field, wanted);
}

/* Whether a row meets all that is asked by name; marks the names that the row knows. */
static bool row_fits(const BuiltinCall *call, const Record *row, bool *known)
{
    bool met = true;
    for (int64_t i = 0; i < call->named.count; i++) {
        Object field;
        bool has = false;
        met &= label_field(row, call->named.items[i].name, &field, &has) && fits(field, call->named.items[i].value);
        known[i] |= has;
    }
    return met;
}

/* Whether the function of the second argument, if there is one, takes the row; false in `fine` after complaining. */
static bool function_fits(BuiltinCall *call, Object row, bool *fine)
{
    Object where = none_object, answer;
    bool result = false;
    if (!call->bound[1])
        return true;
    *fine = argument_function(call, 1, &where);
    if (!*fine)
        return false;
    answer = apply_function(call->e, where, &row, 1, argument_span(call, 1));
    *fine = as_condition(call->e, answer, argument_span(call, 1), &result);
    return *fine && result;
}

static bool unknown_field(BuiltinCall *call, const List *rows, int64_t name)
{
    const Argument *argument = &call->named.items[name];
    const Record *row = rows->items[0].record;
    Diagnostic *diagnostic = complain(call->e, 401, argument->name_span, "no path has a field `%s`", argument->name);
    const char *near = suggest_setting(argument->name, row->names, (int64_t)row->count);
    if (near)
        help(call->e, diagnostic, "did you mean `%s`?", near);
    else
        help(call->e, diagnostic, "the first path is %s", describe(call->e, rows->items[0]));
    return false;
}

/* The places of the rows that fit, in their order; false after complaining. */
static bool find_rows(BuiltinCall *call, const List *rows, int64_t *places, int64_t *count)
{
    bool *known = arena_zero(call->e->arena, (size_t)call->named.count + 1, sizeof *known);
    bool fine = true;
    *count = 0;
    for (int64_t i = 0; i < rows->count && fine; i++)
        if (row_fits(call, rows->items[i].record, known) && function_fits(call, rows->items[i], &fine))
            places[(*count)++] = i;
    for (int64_t i = 0; i < call->named.count && fine && rows->count > 0; i++)
        if (!known[i])
            return unknown_field(call, rows, i);
    return fine;
}

static Object chosen_rows(BuiltinCall *call, const List *rows, const int64_t *places, int64_t count)
{
    Object *items = arena_take(call->e->arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = rows->items[places[i]];
    return object_list(call->e->arena, items, count);
}

/* The chosen entries of dimension 0: a slice where they stand side by side, else gathered. */
static Object chosen_entries(BuiltinCall *call, Tensor *tensor, const int64_t *places, int64_t count)
{
    Elaborator *e = call->e;
    if (places[count - 1] - places[0] == count - 1) {
        AttributeValue attributes[] = {{.integer = 0}, {.integer = places[0]}, {.integer = places[0] + count}, {.integer = 1}};
        return emit_object(e, OP_SLICE, &tensor, 1, attributes, call->span);
    }
    double *indices = arena_take(e->arena, (size_t)count * sizeof *indices);
    for (int64_t i = 0; i < count; i++)
        indices[i] = (double)places[i];
    Type type = {.element = ELEMENT_INTEGER, .rank = 1, .size = {count}};
    AttributeValue axis = {.integer = 0};
    return emit_object(e, OP_GATHER, (Tensor *[]){tensor, tensor_known(e, &type, indices)}, 2, &axis, call->span);
}

static Object select_paths(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object value = argument_value(call, 0);
    bool tensor = value.kind == OBJECT_TENSOR && value.tensor->rows;
    bool list = value.kind == OBJECT_LIST && all_records(value.list);
    if (!tensor && !list) {
        no_paths(call, value);
        return error_object;
    }
    const List *rows = tensor ? value.tensor->rows : value.list;
    int64_t *places = arena_take(e->arena, (size_t)rows->count * sizeof *places);
    int64_t count;
    if (!find_rows(call, rows, places, &count))
        return error_object;
    Object chosen = chosen_rows(call, rows, places, count);
    if (!tensor)
        return chosen;
    if (count == 0) {
        help(e, complain(e, 518, call->span, "no path fits, of %lld", (long long)rows->count), "`paths(x)` has all of them");
        return error_object;
    }
    Object result = chosen_entries(call, value.tensor, places, count);
    if (result.kind == OBJECT_TENSOR)
        result.tensor->rows = chosen.list;
    return result;
}

/* --- table -------------------------------------------------------------------------------------------------------------------------- */

static Object table(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_TENSOR && value.tensor->rows)
        value = (Object){.kind = OBJECT_LIST, .list = value.tensor->rows};
    Text text = text_make(call->e->arena);
    if (!object_print_table(call->e->arena, value, &text)) {
        argument_refuse(call, 0, "a list of records with the same fields");
        return error_object;
    }
    return object_string(text_string(&text));
}

const Builtin builtin_paths[] = {
    {.name = "labelled",
     .summary = "a tensor with a record for each entry of dimension 0 that says what it stands for",
     .parameters = {"x", "rows"},
     .required = 2,
     .waits = WAITS_FOR_TENSOR,
     .call = labelled},
    {.name = "paths",
     .summary = "the records that say what the entries of dimension 0 stand for",
     .parameters = {"x"},
     .required = 1,
     .call = paths},
    {.name = "select",
     .summary = "of a list of records, or a tensor with one for each entry of dimension 0, those whose fields are as named: "
                "select(x, order=2, j=[0, 1], theta1=3); or that "
                "a function takes: select(x, p -> p.order < 2)",
     .parameters = {"x", "where"},
     .required = 1,
     .open = true,
     .waits = WAITS_FOR_PATHS,
     .call = select_paths},
    {.name = "table",
     .summary = "a list of records as lines with a column for each field",
     .parameters = {"rows"},
     .required = 1,
     .call = table},
    {.name = NULL},
};

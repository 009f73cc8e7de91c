/* Known tensors and random ones: constant, grid, item, uniform, normal. */
#include "elaborate/builtin.h"

#include <math.h>
#include <string.h>

/* --- constants ------------------------------------------------------------------------------------------------------------------ */

/* The shape of nested lists of numbers, by their first entries. When all lists have the lengths of the first ones, they hold no more
 * numbers than the outermost counts; a larger product shows that they have not, before it can overflow. */
static bool list_shape(Object object, Shape *shape)
{
    int64_t most = object.kind == OBJECT_LIST ? object.list->contents.entries : 1;
    int64_t numbers = 1;
    for (; object.kind == OBJECT_LIST; object = object.list->items[0]) {
        int64_t count = object.list->count;
        if (count == 0 || shape->rank == MAX_RANK || count > most / numbers)
            return false;
        shape->size[shape->rank++] = count;
        numbers *= count;
    }
    return true;
}

/* Fills numbers in the order of the lists; false when one has another length than the first of its kind, or an entry is no number. */
static bool fill_numbers(Object object, const Shape *shape, int axis, double **next)
{
    if (axis == shape->rank) {
        if (object.kind != OBJECT_NUMBER && object.kind != OBJECT_BOOLEAN)
            return false;
        *(*next)++ = object.kind == OBJECT_BOOLEAN ? object.boolean : object.number;
        return true;
    }
    if (object.kind != OBJECT_LIST || object.list->count != shape->size[axis])
        return false;
    for (int64_t i = 0; i < object.list->count; i++)
        if (!fill_numbers(object.list->items[i], shape, axis + 1, next))
            return false;
    return true;
}

static bool too_large(BuiltinCall *call, int64_t reals)
{
    Elaborator *e = call->e;
    int64_t more = known_is_free(e, reals) ? 0 : reals;
    if (reals <= KNOWN_TENSOR_LIMIT && e->known + more <= KNOWN_TOTAL_LIMIT) {
        e->known += more;
        return false;
    }
    complain(e, 1013, call->span, "this known tensor, or all of them together, are too large to be computed while elaborating");
    return true;
}

/* A list of known tensors of one shape, stacked along a new dimension 0. */
static Object stack_known(BuiltinCall *call, const List *list)
{
    Elaborator *e = call->e;
    const Tensor *first = list->items[0].tensor;
    Type type = *first->type;
    int64_t reals = type_reals(&type);
    if (type.rank == MAX_RANK || too_large(call, reals * list->count))
        return error_object;
    memmove(type.size + 1, type.size, (size_t)type.rank * sizeof type.size[0]);
    type.size[0] = list->count;
    type.rank++;
    double *data = known_take(e, reals * list->count);
    for (int64_t i = 0; i < list->count; i++) {
        const Tensor *item = list->items[i].kind == OBJECT_TENSOR ? list->items[i].tensor : NULL;
        if (!item || !item->data || !type_equal(item->type, first->type)) {
            argument_refuse(call, 0, "a list of known tensors of one shape");
            return error_object;
        }
        memcpy(data + i * reals, item->data, (size_t)reals * sizeof *data);
    }
    return object_tensor(tensor_known(e, &type, data));
}

static Object constant(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_TENSOR && value.tensor->data)
        return value;
    if (value.kind == OBJECT_LIST && value.list->count > 0 && value.list->items[0].kind == OBJECT_TENSOR)
        return stack_known(call, value.list);
    Shape shape = {0};
    Type type = {0};
    if (value.kind == OBJECT_TENSOR || !list_shape(value, &shape)) {
        argument_refuse(call, 0, "a number, lists of numbers, all of one length, or a known tensor");
        return error_object;
    }
    type = type_of_shape(&shape);
    int64_t entries = type_elements(&type);
    if (too_large(call, entries))
        return error_object;
    double *data = known_take(e, entries);
    double *next = data;
    if (!fill_numbers(value, &shape, 0, &next)) {
        argument_refuse(call, 0, "a number or lists of numbers, all of the same length");
        return error_object;
    }
    return object_tensor(tensor_known(e, &type, data));
}

static Object grid(BuiltinCall *call)
{
    int64_t count = 0;
    if (!argument_whole(call, 0, 1, KNOWN_TENSOR_LIMIT, &count) || too_large(call, count))
        return error_object;
    double *data = known_take(call->e, count);
    for (int64_t i = 0; i < count; i++)
        data[i] = (double)i;
    Type type = {.rank = 1, .size = {count}};
    return object_tensor(tensor_known(call->e, &type, data));
}

static Object item(BuiltinCall *call)
{
    Object value = argument_value(call, 0);
    if (value.kind == OBJECT_NUMBER || value.kind == OBJECT_BOOLEAN)
        return value;
    bool one = value.kind == OBJECT_TENSOR && type_reals(value.tensor->type) == 1;
    if (one && !value.tensor->data) {
        Diagnostic *said =
            complain(call->e, 405, argument_span(call, 0), "`item` takes an entry that is known, and this one is not");
        help(call->e, said, "it depends on an input or a weight, or takes too much to be computed beforehand (E1013)");
        return error_object;
    }
    if (!one) {
        argument_refuse(call, 0, "a known tensor with one entry");
        return error_object;
    }
    double number = value.tensor->data[0];
    return value.tensor->type->element == ELEMENT_BOOLEAN ? object_boolean(number != 0) : object_number(number);
}

/* --- a number everywhere -------------------------------------------------------------------------------------------------------- */

static Object fill(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Shape shape;
    Tensor *number;
    if (!argument_shape(call, 0, &shape) || !argument_tensor(call, 1, &number))
        return error_object;
    AttributeValue size = {.list = {arena_copy(e->arena, shape.size, sizeof shape.size), shape.rank}};
    return emit_object(e, OP_BROADCAST, &number, 1, &size, call->span);
}

/* --- parts ---------------------------------------------------------------------------------------------------------------------- */

static Object slice_of(BuiltinCall *call, Tensor *tensor, int64_t axis, int64_t start, int64_t stop)
{
    Elaborator *e = call->e;
    const OpInfo *info = op_info(OP_SLICE);
    AttributeValue *values = arena_zero(e->arena, (size_t)op_attribute_count(info), sizeof *values);
    for (int i = 0; i < op_attribute_count(info); i++) {
        const char *name = info->attributes[i].name;
        values[i] = attribute_default(e->arena, &info->attributes[i]);
        if (strcmp(name, "axis") == 0)
            values[i].integer = axis;
        else if (strcmp(name, "start") == 0)
            values[i].integer = start;
        else if (strcmp(name, "stop") == 0)
            values[i].integer = stop;
    }
    return emit_object(e, OP_SLICE, &tensor, 1, values, call->span);
}

Object split_tensor(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Tensor *tensor = NULL;
    int64_t parts = 1;
    int64_t axis = 0;
    if (!argument_tensor(call, 0, &tensor) || !argument_whole(call, 1, 1, LIST_LIMIT, &parts) ||
        !argument_whole(call, 2, 0, MAX_RANK, &axis))
        return error_object;
    const char *name = type_name(e->arena, tensor->type);
    if (axis >= tensor->type->rank) {
        complain(e, 605, call->span, "%s has no dimension %lld", name, (long long)axis);
        return error_object;
    }
    if (tensor->type->size[axis] % parts != 0) {
        complain(e, 605, call->span, "dimension %lld of %s does not fall into %lld equal parts", (long long)axis, name,
                 (long long)parts);
        return error_object;
    }
    int64_t size = tensor->type->size[axis] / parts;
    Object *items = arena_take(e->arena, (size_t)parts * sizeof *items);
    for (int64_t i = 0; i < parts; i++) {
        items[i] = slice_of(call, tensor, axis, i * size, (i + 1) * size);
        if (items[i].kind == OBJECT_ERROR)
            return error_object;
    }
    return object_list(e->arena, items, parts);
}

/* --- random --------------------------------------------------------------------------------------------------------------------- */

enum { DRAW_SHAPE, DRAW_LIKE, DRAW_FIRST, DRAW_SECOND, DRAW_SEED, DRAW_PER_SAMPLE };

/* One attribute of a random operation: from the call's argument of its name, else its default. */
static bool random_attribute(BuiltinCall *call, const AttributeInfo *row, const Shape *shape, AttributeValue *value)
{
    *value = attribute_default(call->e->arena, row);
    if (strcmp(row->name, "place") == 0)
        *value = next_place(call->e, call->builtin->name, row->kind);
    else if (strcmp(row->name, "seed") == 0)
        return argument_whole(call, DRAW_SEED, 0, INT64_C(1) << 53, &value->integer);
    else if (strcmp(row->name, "per_sample") == 0)
        return argument_boolean(call, DRAW_PER_SAMPLE, &value->boolean);
    else if (strcmp(row->name, call->builtin->parameters[DRAW_FIRST]) == 0)
        return argument_number(call, DRAW_FIRST, &value->real);
    else if (strcmp(row->name, call->builtin->parameters[DRAW_SECOND]) == 0)
        return argument_number(call, DRAW_SECOND, &value->real);
    else if (strcmp(row->name, "shape") == 0 && call->bound[DRAW_SHAPE])
        value->list.items = arena_copy(call->e->arena, shape->size, sizeof shape->size), value->list.count = shape->rank;
    return true;
}

/* With a seed it is drawn now: the same numbers whatever the run's seed is. */
static Object draw_known(BuiltinCall *call, const OpInfo *info, const AttributeValue *attributes)
{
    OpUse use;
    if (!graph_infer(call->e->arena, info->op, NULL, 0, attributes, &use)) {
        complain(call->e, use.error, call->span, "%s", use.message);
        return error_object;
    }
    int64_t reals = type_reals(&use.result);
    if (too_large(call, reals))
        return error_object;
    double *data = known_take(call->e, reals);
    const EvaluationPoint point = {.samples = 1};
    info->evaluate(&use, &point, NULL, data);
    return object_tensor(tensor_known(call->e, &use.result, data));
}

static Object draw(BuiltinCall *call, Op op)
{
    Elaborator *e = call->e;
    const OpInfo *info = op_info(op);
    Shape shape = {0};
    Tensor *like = NULL;
    if (!argument_shape(call, DRAW_SHAPE, &shape) || !argument_tensor(call, DRAW_LIKE, &like))
        return error_object;
    if (!call->bound[DRAW_SHAPE] == !like) {
        complain(e, 402, call->span, "`%s` needs a shape, or `like=x`, and not both", info->name);
        return error_object;
    }
    AttributeValue *attributes = arena_zero(e->arena, (size_t)op_attribute_count(info) + 1, sizeof *attributes);
    for (int i = 0; i < op_attribute_count(info); i++)
        if (!random_attribute(call, &info->attributes[i], &shape, &attributes[i]))
            return error_object;
    if (call->bound[DRAW_SEED] && !like)
        return draw_known(call, info, attributes);
    return emit_object(e, op, &like, like ? 1 : 0, attributes, call->span);
}

static Object uniform(BuiltinCall *call)
{
    return draw(call, OP_UNIFORM);
}

static Object normal(BuiltinCall *call)
{
    return draw(call, OP_NORMAL);
}

const Builtin builtin_tensors[] = {
    {.name = "constant",
     .summary = "a known tensor: of a number, of lists of numbers, of known tensors stacked",
     .parameters = {"x"},
     .required = 1,
     .call = constant},
    {.name = "grid", .summary = "the numbers 0 .. n - 1 as a known tensor", .parameters = {"n"}, .required = 1, .call = grid},
    {.name = "item",
     .summary = "the entry of a known tensor with one, as a number or a truth",
     .parameters = {"x"},
     .required = 1,
     .call = item},
    {.name = "fill",
     .summary = "a tensor of a shape with one number everywhere",
     .parameters = {"shape", "value"},
     .required = 2,
     .call = fill},
    {.name = "uniform",
     .summary = "random numbers from 0 to 1: like=x for each sample, of a shape once a step, with a seed while elaborating",
     .parameters = {"shape", "like", "low", "high", "seed", "per_sample"},
     .call = uniform},
    {.name = "normal",
     .summary =
         "random numbers of mean 0 and deviation 1: like=x for each sample, of a shape once a step, with a seed while elaborating",
     .parameters = {"shape", "like", "mean", "deviation", "seed", "per_sample"},
     .call = normal},
    {.name = NULL},
};

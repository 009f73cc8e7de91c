/* Calls of operations, generic over the table: leading tensors are the operands, what follows are the attributes of the row by position or
 * name. A call without its operands gives a function that waits for the first of them: `x |> maximum(0)`. */
#include "elaborate/elaborator.h"

#include <math.h>
#include <string.h>

static bool stands_for_tensor(Object object)
{
    return object_is_tensor(object) || object.kind == OBJECT_NUMBER || object.kind == OBJECT_BOOLEAN;
}

static bool is_tensor_list(Object object)
{
    return object.kind == OBJECT_LIST && object_is_input(object);
}

/* "reshape(x, shape)": how an operation is called. */
const char *operation_signature(Elaborator *e, const OpInfo *info)
{
    Text text = text_make(e->arena);
    text_printf(&text, "%s(", info->name);
    const char *separator = "";
    for (const char *at = info->operand_names; at && *at;) {
        size_t length = strcspn(at, " ");
        text_add(&text, separator);
        text_add_bytes(&text, at, length);
        separator = ", ";
        at += length + strspn(at + length, " ");
    }
    for (int i = 0; i < op_attribute_count(info); i++) {
        const AttributeInfo *row = &info->attributes[i];
        text_printf(&text, row->fallback ? "%s%s=%s" : "%s%s", separator, row->name, row->fallback);
        separator = ", ";
    }
    text_add(&text, ")");
    return text_string(&text);
}

static bool wrong_kind(Elaborator *e, const OpInfo *info, const AttributeInfo *row, const Argument *argument, const char *wanted)
{
    complain(e, 405, argument->span, "the setting `%s` of `%s` is %s, got %s", row->name, info->name, wanted,
             describe(e, argument->value));
    return false;
}

static bool whole(double number)
{
    return floor(number) == number && fabs(number) <= 9007199254740992.0;
}

/* Gathers whole numbers: of a number, a shape, or lists of them. */
static bool gather_numbers(Object object, int64_t *items, int64_t *count, int64_t most)
{
    if (object.kind == OBJECT_NUMBER) {
        if (!whole(object.number) || *count >= most)
            return false;
        items[(*count)++] = (int64_t)object.number;
        return true;
    }
    if (object.kind == OBJECT_SHAPE) {
        for (int i = 0; i < object.shape->rank; i++)
            if (!gather_numbers(object_number((double)object.shape->size[i]), items, count, most))
                return false;
        return true;
    }
    if (object.kind != OBJECT_LIST)
        return false;
    for (int64_t i = 0; i < object.list->count; i++)
        if (!gather_numbers(object.list->items[i], items, count, most))
            return false;
    return true;
}

static bool list_attribute(Elaborator *e, const OpInfo *info, const AttributeInfo *row, const Argument *argument,
                           AttributeValue *value)
{
    int64_t most = argument->value.kind == OBJECT_LIST ? argument->value.list->contents.entries + MAX_RANK : MAX_RANK;
    int64_t *items = arena_take(e->arena, (size_t)most * sizeof *items);
    int64_t count = 0;
    if (!gather_numbers(argument->value, items, &count, most))
        return wrong_kind(e, info, row, argument, "a whole number, a shape or a list of whole numbers");
    value->list.items = items;
    value->list.count = count;
    return true;
}

static bool name_attribute(Elaborator *e, const OpInfo *info, const AttributeInfo *row, const Argument *argument,
                           AttributeValue *value)
{
    if (argument->value.kind != OBJECT_STRING || !attribute_allows(row, argument->value.string)) {
        const char *wanted = row->words ? arena_printf(e->arena, "one of these words: %s", row->words) : "a word";
        return wrong_kind(e, info, row, argument, wanted);
    }
    value->name = argument->value.string;
    return true;
}

static bool read_attribute(Elaborator *e, const OpInfo *info, int index, const Argument *argument, AttributeValue *value)
{
    const AttributeInfo *row = &info->attributes[index];
    Object object = argument->value;
    switch (row->kind) {
    case ATTRIBUTE_INTEGER:
        if (object.kind != OBJECT_NUMBER || !whole(object.number))
            return wrong_kind(e, info, row, argument, "a whole number");
        value->integer = (int64_t)object.number;
        return true;
    case ATTRIBUTE_REAL:
        if (object.kind != OBJECT_NUMBER)
            return wrong_kind(e, info, row, argument, "a number");
        value->real = object.number;
        return true;
    case ATTRIBUTE_BOOLEAN:
        if (object.kind != OBJECT_BOOLEAN)
            return wrong_kind(e, info, row, argument, "true or false");
        value->boolean = object.boolean;
        return true;
    case ATTRIBUTE_NAME:
        return name_attribute(e, info, row, argument, value);
    case ATTRIBUTE_LIST:
        return list_attribute(e, info, row, argument, value);
    }
    return false;
}

static int find_attribute(const OpInfo *info, const char *name)
{
    for (int i = 0; i < op_attribute_count(info); i++)
        if (strcmp(info->attributes[i].name, name) == 0)
            return i;
    return -1;
}

static bool unknown_setting(Elaborator *e, const OpInfo *info, const Argument *argument)
{
    int count = op_attribute_count(info);
    const char **names = arena_take(e->arena, (size_t)(count + 1) * sizeof *names);
    for (int i = 0; i < count; i++)
        names[i] = info->attributes[i].name;
    const char *near = suggest_setting(argument->name, names, count);
    Diagnostic *diagnostic = complain(e, 401, argument->name_span, "`%s` has no setting `%s`", info->name, argument->name);
    diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", operation_signature(e, info));
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    return false;
}

/* Which attribute an argument is, or -1 after complaining. `next` counts those by position. */
static int place_attribute(Elaborator *e, const OpInfo *info, const Argument *argument, int *next, bool *given)
{
    int count = op_attribute_count(info);
    int index = argument->name ? find_attribute(info, argument->name) : (*next)++;
    if (argument->name && index < 0) {
        unknown_setting(e, info, argument);
        return -1;
    }
    if (index >= count) {
        Diagnostic *diagnostic =
            complain(e, 404, argument->span, "`%s` takes no further argument %s", info->name, describe(e, argument->value));
        diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", operation_signature(e, info));
        if (count > 0 && info->attributes[count - 1].kind == ATTRIBUTE_LIST && argument->value.kind == OBJECT_NUMBER)
            help(e, diagnostic, "a list stands in brackets: `%s([...])`", info->name);
        return -1;
    }
    if (given[index]) {
        complain(e, 403, argument->span, "the setting `%s` is given twice", info->attributes[index].name);
        return -1;
    }
    given[index] = true;
    return index;
}

/* All attributes of a call, defaults included; null after complaining. */
static AttributeValue *read_attributes(Elaborator *e, const OpInfo *info, Arguments arguments, SourceSpan span)
{
    int count = op_attribute_count(info);
    bool given[MOST_ATTRIBUTES] = {false};
    AttributeValue *values = arena_zero(e->arena, (size_t)count, sizeof *values);
    int next = 0;
    bool fine = true;
    for (int64_t i = 0; i < arguments.count; i++) {
        int index = place_attribute(e, info, &arguments.items[i], &next, given);
        if (index < 0)
            return NULL;
        fine = read_attribute(e, info, index, &arguments.items[i], &values[index]) && fine;
    }
    for (int i = 0; i < count && fine; i++) {
        const AttributeInfo *row = &info->attributes[i];
        if (given[i])
            continue;
        if (info->random && strcmp(row->name, "place") == 0)
            values[i] = next_place(e, info->name, row->kind);
        else if (row->fallback)
            values[i] = attribute_default(e->arena, row);
        else {
            Diagnostic *diagnostic = complain(e, 402, span, "`%s` needs `%s`", info->name, row->name);
            diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", operation_signature(e, info));
            fine = false;
        }
    }
    return fine ? values : NULL;
}

/* A node that the user's source names by calling the operation gets a part of the path, as an applied definition does. */
static Object emit_named(Elaborator *e, const OpInfo *info, Tensor **operands, int count, const AttributeValue *attributes,
                         SourceSpan span)
{
    bool named = e->build && !e->build->place && !span_in_library(e, span);
    if (!named)
        return emit_object(e, info->op, operands, count, attributes, span);
    Scope *outer = e->build->scope;
    Scope *scope = scope_child(e, scope_ordinal(e, info->name), info->name, span);
    e->build->scope = scope;
    Object result = emit_object(e, info->op, operands, count, attributes, span);
    e->build->scope = outer;
    name_result(e, scope, result);
    return result;
}

/* Numbers alone give a number: sqrt(2), maximum(3, n). */
static Object number_of(Object result)
{
    if (result.kind != OBJECT_TENSOR || !result.tensor->data || result.tensor->type->rank != 0)
        return result;
    double number = result.tensor->data[0];
    if (result.tensor->type->element == ELEMENT_BOOLEAN)
        return object_boolean(number != 0);
    return result.tensor->type->element == ELEMENT_COMPLEX ? result : object_number(number);
}

static Object wrong_operands(Elaborator *e, const OpInfo *info, SourceSpan span)
{
    Diagnostic *diagnostic = complain(e, 407, span, "`%s` takes %s%d tensor%s", info->name, info->variadic ? "at least " : "",
                                      info->operands, info->operands == 1 ? "" : "s");
    diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", operation_signature(e, info));
    return error_object;
}

static Object emit_call(Elaborator *e, const OpInfo *info, const Object *operands, const SourceSpan *spans, int count,
                        Arguments settings, SourceSpan span)
{
    bool numbers = true;
    Tensor *few[FEW_OPERANDS];
    Tensor **tensors = count <= FEW_OPERANDS ? few : arena_take(e->arena, (size_t)count * sizeof(Tensor *));
    for (int i = 0; i < count; i++) {
        tensors[i] = as_tensor(e, operands[i], spans[i], "an operand", info->name);
        if (!tensors[i])
            return error_object;
        numbers &= !object_is_tensor(operands[i]);
    }
    AttributeValue *attributes = read_attributes(e, info, settings, span);
    if (!attributes)
        return error_object;
    if (numbers && !info->attributes)
        return number_of(emit_object(e, info->op, tensors, count, attributes, span));
    return emit_named(e, info, tensors, count, attributes, span);
}

/* The operands of a call, and where each stands; few of them lie here. */
typedef struct Operands {
    const Object *items;
    const SourceSpan *spans;
    int64_t count;
    Object few[FEW_OPERANDS];
    SourceSpan few_spans[FEW_OPERANDS];
} Operands;

/* The operands among positional arguments: a list of tensors for an operation that takes any number, else the leading ones. Gives how
 * many arguments they are, 0 when operands are missing. */
static int64_t find_operands(Elaborator *e, const OpInfo *info, Arguments arguments, Operands *operands)
{
    int64_t positional = 0;
    while (positional < arguments.count && !arguments.items[positional].name)
        positional++;
    if (info->variadic && positional > 0 && is_tensor_list(arguments.items[0].value)) {
        const List *list = arguments.items[0].value.list;
        SourceSpan *places = arena_take(e->arena, (size_t)list->count * sizeof *places);
        for (int64_t i = 0; i < list->count; i++)
            places[i] = arguments.items[0].span;
        operands->items = list->items;
        operands->spans = places;
        operands->count = list->count;
        return 1;
    }
    int64_t wanted = info->operands;
    while (info->variadic && wanted < positional && object_is_tensor(arguments.items[wanted].value))
        wanted++;
    if (positional < wanted)
        return 0;
    bool fit = wanted <= FEW_OPERANDS;
    Object *objects = fit ? operands->few : arena_take(e->arena, (size_t)wanted * sizeof *objects);
    SourceSpan *places = fit ? operands->few_spans : arena_take(e->arena, (size_t)wanted * sizeof *places);
    bool any = false;
    bool all = true;
    for (int64_t i = 0; i < wanted; i++) {
        objects[i] = arguments.items[i].value;
        places[i] = arguments.items[i].span;
        any |= object_is_tensor(objects[i]);
        all &= stands_for_tensor(objects[i]);
    }
    operands->items = objects;
    operands->spans = places;
    operands->count = wanted;
    return any || (all && !info->attributes) ? wanted : 0;
}

/* A layer on the place of a tensor is the usual slip; anything else that is no operand waits for one. */
static Object waiting(Elaborator *e, const OpInfo *info, Arguments arguments, SourceSpan span)
{
    for (int64_t i = 0; i < arguments.count; i++)
        if (arguments.items[i].value.kind == OBJECT_FUNCTION) {
            as_tensor(e, arguments.items[i].value, arguments.items[i].span, "an operand", info->name);
            return error_object;
        }
    Function *function = function_make(e, FUNCTION_OPERATION, info->name, span);
    function->primitive.operation = info;
    function->primitive.arguments = arguments_keep(e, arguments);
    return object_function(function);
}

Object call_operation(Elaborator *e, const OpInfo *info, Arguments arguments, SourceSpan span)
{
    Operands operands;
    int64_t used = find_operands(e, info, arguments, &operands);
    if (used == 0)
        return waiting(e, info, arguments, span);
    return emit_call(e, info, operands.items, operands.spans, (int)operands.count,
                     (Arguments){arguments.items + used, arguments.count - used}, span);
}

Object apply_operation(Elaborator *e, const OpInfo *info, const Object *inputs, int64_t count, Arguments arguments, SourceSpan span)
{
    Argument few[FEW_OPERANDS] = {{0}};
    Argument *items = few;
    if (count + arguments.count > FEW_OPERANDS)
        items = arena_take(e->arena, (size_t)(count + arguments.count) * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = (Argument){.span = span, .value = inputs[i]};
    for (int64_t i = 0; i < arguments.count; i++)
        items[count + i] = arguments.items[i];
    Arguments all = {items, count + arguments.count};
    Operands operands;
    int64_t used = find_operands(e, info, all, &operands);
    if (used == 0) {
        for (int64_t i = 0; i < count; i++)
            if (!as_tensor(e, inputs[i], span, "an operand", info->name))
                return error_object;
        return wrong_operands(e, info, span);
    }
    return emit_call(e, info, operands.items, operands.spans, (int)operands.count, (Arguments){items + used, all.count - used},
                     span);
}

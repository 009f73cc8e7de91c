/* Records that the language makes: the functions of `map` and `generate`, applied once the fields of their source are known. */
#include "elaborate/elaborator.h"

#include <string.h>

/* The inputs of the Graph as what the function takes: of `map` a record of the fields, of `generate` the number of the record. */
static Object record_inputs(Elaborator *e, const RecordField *fields, int64_t count, bool index)
{
    Graph *graph = e->build->root;
    const char **names = arena_take(e->arena, ((size_t)count + 1) * sizeof *names);
    Object *values = arena_take(e->arena, ((size_t)count + 1) * sizeof *values);
    for (int64_t i = 0; i < count; i++) {
        InputInfo input = {.name = arena_duplicate(e->arena, fields[i].name), .type = fields[i].type, .kind = INPUT_REAL};
        int32_t row = graph_add_input(graph, input);
        names[i] = input.name;
        values[i] = object_tensor(tensor_value(e, graph, graph_source(graph, OP_INPUT, row, scope_origin(e))));
    }
    return index ? values[0] : object_record(e->arena, names, values, count);
}

static bool add_field(Elaborator *e, const char *name, Object value, SourceSpan span)
{
    Tensor *tensor = value.kind == OBJECT_ERROR ? NULL : as_tensor(e, value, span, "a field of a record", NULL);
    if (!tensor)
        return false;
    if (tensor->type->element == ELEMENT_COMPLEX) {
        help(e, complain(e, 515, span, "the field `%s` is complex", name), "`modulus`, `real` or `imag` give real numbers");
        return false;
    }
    Value node = tensor_in_graph(e, tensor, span);
    if (node.node >= 0)
        graph_add_output(e->build->root, (OutputInfo){.name = name, .value = node});
    return node.node >= 0;
}

static bool add_fields(Elaborator *e, const char *function, Object value, SourceSpan span)
{
    if (value.kind == OBJECT_ERROR)
        return false;
    if (object_is_tensor(value) || value.kind == OBJECT_NUMBER)
        return add_field(e, "x", value, span);
    if (value.kind != OBJECT_RECORD || value.record->count == 0) {
        help(e, complain(e, 535, span, "the function of `%s` gives a record of tensors, got %s", function, describe(e, value)),
             "for example `s -> {x: 2 * s.x, label: s.label}`");
        return false;
    }
    bool fine = true;
    for (int64_t i = 0; i < value.record->count && fine; i++)
        fine = add_field(e, value.record->names[i], value.record->values[i], span);
    return fine;
}

/* Records have no weights: nothing would ever train them. */
static bool has_no_weights(Elaborator *e, const char *function, SourceSpan span)
{
    if (e->build->root->weight_count == 0 && e->build->root->state_count == 0)
        return true;
    complain(e, 536, span, "the function of `%s` makes the weight or state `%s`", function,
             e->build->root->weight_count > 0 ? e->build->root->weights[0].name : e->build->root->states[0].name);
    return false;
}

Graph *module_elaborate_record(Module *module, const DataCall *call, const RecordField *fields, int64_t count)
{
    const char stack = 0;
    Elaborator *e = &module->elaborator;
    elaboration_begin(e, &stack);
    int64_t errors = module->diagnostics->errors;
    Surroundings outside = leave_surroundings(e);
    Build *build = build_make(e, call->function, false);
    e->build = build;
    build->scope = scope_root(e, build->root, "");
    Object input = record_inputs(e, fields, count, strcmp(call->function, "generate") == 0);
    Object value = apply_function(e, object_function(call->record), &input, 1, call->span);
    bool fine = add_fields(e, call->function, value, call->span) && has_no_weights(e, call->function, call->span);
    enter_surroundings(e, outside);
    e->stack = NULL;
    return fine && !e->stopped && module->diagnostics->errors == errors ? build->root : NULL;
}

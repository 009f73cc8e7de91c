/* The verifier: takes a Graph, checks every rule that graph.h states, and says which one is broken. Passes run between two calls of it, so it
 * trusts nothing but that pointers and counts of the tables are what they say. Time is linear in the Graph. */
#include "graph/text.h"

#include <string.h>

typedef struct Verifier {
    Arena *arena;
    const Graph *graph;
    int depth; /* of regions */
    const char *problem;
} Verifier;

/* Keeps the first problem; gives false. */
static bool fail(Verifier *verifier, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);

static bool fail(Verifier *verifier, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!verifier->problem)
        verifier->problem = arena_vprintf(verifier->arena, format, arguments);
    va_end(arguments);
    return false;
}

static const char *type_text(const Verifier *verifier, const Type *type)
{
    Text text = text_make(verifier->arena);
    type_print(type, &text);
    return text_string(&text);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------- */

/* One name of a table: there, and not there before. */
static bool check_name(Verifier *verifier, Map *names, const char *kind, const char *name)
{
    if (!name)
        return fail(verifier, "a row of the table of %ss has no name", kind);
    if (map_has(names, name))
        return fail(verifier, "two %ss are called `%s`", kind, name);
    map_set(names, name, NULL);
    return true;
}

static bool check_row_type(Verifier *verifier, const char *kind, int64_t index, const Type *type, bool may_be_batched)
{
    if (!check_type(type))
        return fail(verifier, "%s %lld has sizes that no tensor can have", kind, (long long)index);
    if (type->batched && !may_be_batched)
        return fail(verifier, "%s %lld is batched: only inputs are", kind, (long long)index);
    return true;
}

static bool check_origins(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    int32_t *depth = arena_zero(verifier->arena, (size_t)graph->origin_count, sizeof *depth);
    for (int64_t i = 0; i < graph->origin_count; i++) {
        int32_t parent = graph->origins[i].parent;
        if (parent < -1 || parent >= i)
            return fail(verifier, "origin @%lld lies in @%d, which does not come before it", (long long)i, parent);
        depth[i] = parent < 0 ? 0 : depth[parent] + 1;
        if (depth[i] > GRAPH_ORIGIN_DEPTH)
            return fail(verifier, "origin @%lld lies more than %d deep", (long long)i, GRAPH_ORIGIN_DEPTH);
    }
    return true;
}

static bool check_inputs(Verifier *verifier)
{
    Map names = map_make(verifier->arena);
    for (int64_t i = 0; i < verifier->graph->input_count; i++) {
        const InputInfo *input = &verifier->graph->inputs[i];
        if (!check_name(verifier, &names, "input", input->name) || !check_row_type(verifier, "input", i, &input->type, true))
            return false;
        if (input->kind == INPUT_INTEGERS && input->below < 1)
            return fail(verifier, "input `%s` has integers below %lld: there are none", input->name, (long long)input->below);
    }
    return true;
}

static bool check_weights(Verifier *verifier)
{
    Map names = map_make(verifier->arena);
    for (int64_t i = 0; i < verifier->graph->weight_count; i++)
        if (!check_name(verifier, &names, "weight", verifier->graph->weights[i].name) ||
            !check_row_type(verifier, "weight", i, &verifier->graph->weights[i].type, false))
            return false;
    return true;
}

static bool check_states(Verifier *verifier)
{
    Map names = map_make(verifier->arena);
    for (int64_t i = 0; i < verifier->graph->state_count; i++)
        if (!check_name(verifier, &names, "state", verifier->graph->states[i].name) ||
            !check_row_type(verifier, "state", i, &verifier->graph->states[i].type, false))
            return false;
    return true;
}

static bool check_constants(Verifier *verifier)
{
    for (int64_t i = 0; i < verifier->graph->constant_count; i++) {
        if (!check_row_type(verifier, "constant", i, &verifier->graph->constants[i].type, false))
            return false;
        if (!verifier->graph->constants[i].data)
            return fail(verifier, "constant %lld has no data", (long long)i);
    }
    return true;
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------------------ */

static bool fail_node(Verifier *verifier, int64_t index, const char *sentence)
{
    const char *name = op_info(verifier->graph->nodes[index].op)->name;
    return fail(verifier, "node %%%lld (%s): %s", (long long)index, name, sentence);
}

static bool check_operands(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    const OpInfo *info = op_info(node->op);
    if (node->operand_count < info->operands || (!info->variadic && node->operand_count != info->operands))
        return fail_node(verifier, index, arena_printf(verifier->arena, "has %d operands", node->operand_count));
    for (int32_t k = 0; k < node->operand_count; k++) {
        Value operand = node->operands[k];
        if (operand.node < 0 || operand.node >= index)
            return fail_node(verifier, index,
                             arena_printf(verifier->arena, "operand %d is %%%d, which is not computed before it", k, operand.node));
        if (operand.result < 0 || operand.result >= verifier->graph->nodes[operand.node].result_count)
            return fail_node(
                verifier, index,
                arena_printf(verifier->arena, "operand %d is result %d of %%%d, which has fewer", k, operand.result, operand.node));
    }
    return true;
}

static int64_t row_count(const Graph *graph, Op op)
{
    switch (op) {
    case OP_INPUT:
        return graph->input_count;
    case OP_WEIGHT:
        return graph->weight_count;
    case OP_STATE:
        return graph->state_count;
    default:
        return graph->constant_count;
    }
}

static Type row_type(const Graph *graph, const Node *node)
{
    int64_t row = op_has_row(node->op) ? node->attributes[0].integer : 0;
    switch (node->op) {
    case OP_INPUT:
        return graph->inputs[row].type;
    case OP_WEIGHT:
        return graph->weights[row].type;
    case OP_STATE:
        return graph->states[row].type;
    case OP_CONSTANT:
        return graph->constants[row].type;
    case OP_RATE:
        return (Type){.element = ELEMENT_REAL};
    default:
        return (Type){.element = ELEMENT_INTEGER};
    }
}

static bool check_result(Verifier *verifier, int64_t index, int32_t result, const Type *expected)
{
    const Type *type = &verifier->graph->nodes[index].types[result];
    if (type_equal(type, expected))
        return true;
    return fail_node(verifier, index,
                     arena_printf(verifier->arena, "result %d is said to be %s, but is %s", result, type_text(verifier, type),
                                  type_text(verifier, expected)));
}

static bool check_source(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    if (op_has_row(node->op)) {
        int64_t row = node->attributes[0].integer;
        if (row < 0 || row >= row_count(verifier->graph, node->op))
            return fail_node(verifier, index, arena_printf(verifier->arena, "reads row %lld, which is not there", (long long)row));
    }
    Type type = row_type(verifier->graph, node);
    return check_result(verifier, index, 0, &type);
}

static bool check_attribute_words(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    const OpInfo *info = op_info(node->op);
    for (int i = 0; i < op_attribute_count(info); i++) {
        const AttributeInfo *attribute = &info->attributes[i];
        if (attribute->kind != ATTRIBUTE_NAME)
            continue;
        const char *word = node->attributes[i].name;
        if (!word || !attribute_allows(attribute, word))
            return fail_node(verifier, index,
                             arena_printf(verifier->arena, "%s is not one of: %s", attribute->name, attribute->words));
    }
    return true;
}

/* The shape rule again: it must accept, give the same type, and leave the attributes as they are, since they are resolved. */
static bool check_operation(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    const OpInfo *info = op_info(node->op);
    if (!check_attribute_words(verifier, index))
        return false;
    OpUse use = graph_use(verifier->graph, node, verifier->arena);
    OpUse again;
    if (!graph_infer(verifier->arena, node->op, use.operand, use.operand_count, node->attributes, &again))
        return fail_node(verifier, index, again.message ? again.message : "its shape rule refuses the operands");
    for (int i = 0; i < op_attribute_count(info); i++)
        if (!graph_same_attribute(&info->attributes[i], &node->attributes[i], &again.attributes[i]))
            return fail_node(verifier, index,
                             arena_printf(verifier->arena, "attribute %s is not resolved", info->attributes[i].name));
    return check_result(verifier, index, 0, &again.result);
}

static bool check_graph(Verifier *verifier);

static bool check_scan_node(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    if (!node->region)
        return fail_node(verifier, index, "has no region");
    Verifier inner = {.arena = verifier->arena, .graph = node->region, .depth = verifier->depth + 1};
    if (inner.depth > GRAPH_REGION_DEPTH)
        return fail_node(verifier, index, "lies too deep in other scans");
    if (!check_graph(&inner))
        return fail_node(verifier, index, arena_printf(verifier->arena, "in its region, %s", inner.problem));
    int64_t states = node->attributes[0].integer;
    const char *problem = check_scan(verifier->graph, node->region, node->operands, node->operand_count, states,
                                     node->attributes[1].integer, verifier->arena);
    if (problem)
        return fail_node(verifier, index, problem);
    if (node->result_count != states)
        return fail_node(verifier, index, "has not one result for each state");
    for (int32_t i = 0; i < node->result_count; i++) {
        const Type *state = &node->region->inputs[i].type;
        Type stacked = {.element = state->element, .batched = state->batched, .rank = state->rank + 1};
        stacked.size[0] = graph_type(verifier->graph, node->operands[states])->size[0];
        memcpy(stacked.size + 1, state->size, (size_t)state->rank * sizeof *state->size);
        if (!check_result(verifier, index, i, &stacked))
            return false;
    }
    return true;
}

static bool check_node(Verifier *verifier, int64_t index)
{
    const Node *node = &verifier->graph->nodes[index];
    if ((int)node->op < 0 || node->op >= OP_COUNT || !op_info(node->op))
        return fail(verifier, "node %%%lld has an operation that is not in the table: %d", (long long)index, (int)node->op);
    if (node->origin < -1 || node->origin >= verifier->graph->origin_count)
        return fail_node(verifier, index, arena_printf(verifier->arena, "origin @%d is not there", node->origin));
    if (!check_operands(verifier, index))
        return false;
    if (node->op == OP_SCAN)
        return check_scan_node(verifier, index);
    if (node->region)
        return fail_node(verifier, index, "has a region, which only a scan has");
    if (node->result_count != 1)
        return fail_node(verifier, index, "has several results, which only a scan has");
    return op_is_source(node->op) ? check_source(verifier, index) : check_operation(verifier, index);
}

/* ---- What the rows and results refer to ------------------------------------------------------------------------------------- */

/* Whether a value exists; `what` says who refers to it. */
static bool check_value(Verifier *verifier, Value value, const char *what, const char *name)
{
    const Graph *graph = verifier->graph;
    if (value.node >= 0 && value.node < graph->node_count && value.result >= 0 &&
        value.result < graph->nodes[value.node].result_count)
        return true;
    return fail(verifier, "%s `%s` is %%%d, which is not there", what, name, value.node);
}

/* The initial or next value of a row, where it has one: exists, and is of the row's type. */
static bool check_row_value(Verifier *verifier, Value value, const char *what, const char *name, const Type *type)
{
    if (value.node == -1)
        return true;
    if (!check_value(verifier, value, what, name))
        return false;
    const Type *have = graph_type(verifier->graph, value);
    if (type_equal(have, type))
        return true;
    return fail(verifier, "%s `%s` is %s, not %s", what, name, type_text(verifier, have), type_text(verifier, type));
}

/* For each node, whether it depends on something that is not there when initial values are computed. */
static bool *find_given(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    bool *given = arena_zero(verifier->arena, (size_t)graph->node_count, sizeof *given);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        given[i] = op_is_source(node->op) && node->op != OP_CONSTANT && node->op != OP_SEED;
        for (int32_t k = 0; k < node->operand_count; k++)
            given[i] |= given[node->operands[k].node];
    }
    return given;
}

static bool check_initial(Verifier *verifier, const bool *given, Value value, const char *what, const char *name, const Type *type)
{
    if (!check_row_value(verifier, value, what, name, type))
        return false;
    if (value.node >= 0 && given[value.node])
        return fail(verifier, "%s `%s` depends on more than the seed", what, name);
    return true;
}

static bool check_row_values(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    const bool *given = find_given(verifier);
    for (int64_t i = 0; i < graph->weight_count; i++) {
        const WeightInfo *weight = &graph->weights[i];
        if (!check_initial(verifier, given, weight->initial, "the initial value of weight", weight->name, &weight->type))
            return false;
    }
    for (int64_t i = 0; i < graph->state_count; i++) {
        const StateInfo *state = &graph->states[i];
        if (!check_initial(verifier, given, state->initial, "the initial value of state", state->name, &state->type) ||
            !check_row_value(verifier, state->next, "the next value of state", state->name, &state->type))
            return false;
    }
    return true;
}

static bool check_outputs(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    Map names = map_make(verifier->arena);
    for (int64_t i = 0; i < graph->output_count; i++) {
        const OutputInfo *output = &graph->outputs[i];
        const char *name = output->name ? output->name : "output";
        if (!output->name && graph->output_count > 1 && verifier->depth == 0)
            return fail(verifier, "an output has no name, and there are several");
        if (output->name && !check_name(verifier, &names, "output", name))
            return false;
        if (!check_value(verifier, output->value, "output", name))
            return false;
        if (output->classes < 0 || (output->labels && output->classes == 0))
            return fail(verifier, "output `%s` has %lld classes", name, (long long)output->classes);
        for (int64_t k = 0; output->labels && k < output->classes; k++)
            if (!output->labels[k])
                return fail(verifier, "a class of output `%s` has no label", name);
        const Type *type = graph_type(graph, output->value);
        if (output->paths && (type->rank == 0 || type->size[0] != output->paths->rows || output->paths->columns < 1))
            return fail(verifier, "output `%s` has %lld paths", name, (long long)output->paths->rows);
    }
    return true;
}

static bool check_scalar(Verifier *verifier, Value value, const char *what)
{
    if (!check_value(verifier, value, "the", what))
        return false;
    const Type *type = graph_type(verifier->graph, value);
    if (type->rank == 0 && type->element == ELEMENT_REAL)
        return true;
    return fail(verifier, "the %s is %s, not a number", what, type_text(verifier, type));
}

static bool check_results(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    Map names = map_make(verifier->arena);
    for (int64_t i = 0; i < graph->name_count; i++)
        if (!check_name(verifier, &names, "value", graph->names[i].path) ||
            !check_value(verifier, graph->names[i].value, "value", graph->names[i].path))
            return false;
    for (int64_t i = 0; i < graph->penalty_count; i++)
        if (!check_scalar(verifier, graph->penalties[i], "penalty"))
            return false;
    return graph->objective.node == -1 || check_scalar(verifier, graph->objective, "objective");
}

static bool check_graph(Verifier *verifier)
{
    const Graph *graph = verifier->graph;
    if (!graph->name)
        return fail(verifier, "the Graph has no name");
    if (graph->node_count > NODE_LIMIT)
        return fail(verifier, "the Graph has more than %d nodes", NODE_LIMIT);
    if (!check_origins(verifier) || !check_inputs(verifier) || !check_weights(verifier) || !check_states(verifier) ||
        !check_constants(verifier))
        return false;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (!check_node(verifier, i))
            return false;
    return check_row_values(verifier) && check_outputs(verifier) && check_results(verifier);
}

const char *graph_verify(const Graph *graph, Arena *arena)
{
    Verifier verifier = {.arena = arena, .graph = graph};
    check_graph(&verifier);
    return verifier.problem;
}

/* Building and asking a Graph; see graph.h. Text form, reader and verifier have files of their own. */
#include "graph/graph.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

Graph *graph_make(Arena *arena, const char *name)
{
    Graph *graph = arena_zero(arena, 1, sizeof *graph);
    graph->arena = arena;
    graph->name = arena_duplicate(arena, name);
    graph->objective = no_value;
    return graph;
}

int32_t graph_add_origin(Graph *graph, Origin origin)
{
    graph->origins = arena_grow(graph->arena, graph->origins, graph->origin_count, &graph->origin_capacity, sizeof *graph->origins);
    graph->origins[graph->origin_count] = origin;
    return (int32_t)graph->origin_count++;
}

int32_t graph_add_input(Graph *graph, InputInfo input)
{
    graph->inputs = arena_grow(graph->arena, graph->inputs, graph->input_count, &graph->input_capacity, sizeof *graph->inputs);
    graph->inputs[graph->input_count] = input;
    return (int32_t)graph->input_count++;
}

int32_t graph_add_weight(Graph *graph, WeightInfo weight)
{
    graph->weights = arena_grow(graph->arena, graph->weights, graph->weight_count, &graph->weight_capacity, sizeof *graph->weights);
    graph->weights[graph->weight_count] = weight;
    return (int32_t)graph->weight_count++;
}

int32_t graph_add_state(Graph *graph, StateInfo state)
{
    graph->states = arena_grow(graph->arena, graph->states, graph->state_count, &graph->state_capacity, sizeof *graph->states);
    graph->states[graph->state_count] = state;
    return (int32_t)graph->state_count++;
}

int32_t graph_add_constant(Graph *graph, ConstantInfo constant)
{
    graph->constants =
        arena_grow(graph->arena, graph->constants, graph->constant_count, &graph->constant_capacity, sizeof *graph->constants);
    graph->constants[graph->constant_count] = constant;
    return (int32_t)graph->constant_count++;
}

void graph_add_output(Graph *graph, OutputInfo output)
{
    graph->outputs = arena_grow(graph->arena, graph->outputs, graph->output_count, &graph->output_capacity, sizeof *graph->outputs);
    graph->outputs[graph->output_count++] = output;
}

void graph_add_penalty(Graph *graph, Value value)
{
    graph->penalties =
        arena_grow(graph->arena, graph->penalties, graph->penalty_count, &graph->penalty_capacity, sizeof *graph->penalties);
    graph->penalties[graph->penalty_count++] = value;
}

void graph_add_name(Graph *graph, const char *path, Value value)
{
    graph->names = arena_grow(graph->arena, graph->names, graph->name_count, &graph->name_capacity, sizeof *graph->names);
    graph->names[graph->name_count++] = (NamedValue){.path = path, .value = value};
}

/* Appends a node and gives its number; the caller fills results and attributes. */
static Node *append(Graph *graph, Op op, const Value *operands, int operand_count, int32_t origin)
{
    graph->nodes = arena_grow(graph->arena, graph->nodes, graph->node_count, &graph->node_capacity, sizeof *graph->nodes);
    Node *node = &graph->nodes[graph->node_count++];
    *node = (Node){.op = op, .origin = origin, .operand_count = operand_count};
    node->operands = arena_copy(graph->arena, operands, (size_t)operand_count * sizeof *operands);
    return node;
}

static Value newest(const Graph *graph)
{
    return (Value){.node = (int32_t)(graph->node_count - 1), .result = 0};
}

static Type source_type(const Graph *graph, Op op, int32_t index)
{
    switch (op) {
    case OP_INPUT:
        return graph->inputs[index].type;
    case OP_WEIGHT:
        return graph->weights[index].type;
    case OP_STATE:
        return graph->states[index].type;
    case OP_CONSTANT:
        return graph->constants[index].type;
    case OP_SEED:
    case OP_STEP:
        return (Type){.element = ELEMENT_INTEGER};
    default:
        return (Type){.element = ELEMENT_REAL};
    }
}

Value graph_source(Graph *graph, Op op, int32_t index, int32_t origin)
{
    Node *node = append(graph, op, NULL, 0, origin);
    Type type = source_type(graph, op, index);
    AttributeValue attribute = {.integer = index};
    node->attributes = arena_copy(graph->arena, &attribute, sizeof attribute);
    node->result_count = 1;
    node->types = arena_copy(graph->arena, &type, sizeof type);
    return newest(graph);
}

bool graph_infer(Arena *arena, Op op, const Type *operand_types, int operand_count, const AttributeValue *attributes, OpUse *use)
{
    const OpInfo *info = op_info(op);
    *use = (OpUse){.info = info, .operand = operand_types, .operand_count = operand_count, .arena = arena};
    use->attributes = arena_copy(arena, attributes, (size_t)op_attribute_count(info) * sizeof *attributes);
    return info->shape(use);
}

/* Types of operands, gathered into one array. */
static Type *gather_types(const Graph *graph, const Value *operands, int count, Arena *arena)
{
    Type *types = arena_take(arena, (size_t)count * sizeof *types);
    for (int i = 0; i < count; i++)
        types[i] = *graph_type(graph, operands[i]);
    return types;
}

Value graph_append(Graph *graph, Op op, const Value *operands, int operand_count, const AttributeValue *attributes, int32_t origin)
{
    OpUse use;
    Type *types = gather_types(graph, operands, operand_count, graph->arena);
    if (!graph_infer(graph->arena, op, types, operand_count, attributes, &use))
        abort();
    return graph_append_use(graph, &use, operands, origin);
}

/* The type of a result: the first operand's own one where it is the same, as it is along chains of element-wise operations. */
static Type *result_type(Graph *graph, const Type *type, const Value *operands, int operand_count)
{
    if (operand_count > 0) {
        const Node *first = &graph->nodes[operands[0].node];
        Type *known = &first->types[operands[0].result];
        if (type_equal(known, type))
            return known;
    }
    return arena_copy(graph->arena, type, sizeof *type);
}

Value graph_append_use(Graph *graph, const OpUse *use, const Value *operands, int32_t origin)
{
    Node *node = append(graph, use->info->op, operands, use->operand_count, origin);
    node->attributes = use->attributes;
    node->result_count = 1;
    node->types = result_type(graph, &use->result, operands, use->operand_count);
    return newest(graph);
}

/* The type of a state stacked over `length` steps. */
static Type stacked(const Type *state, int64_t length)
{
    Type type = *state;
    type.rank = state->rank + 1;
    type.size[0] = length;
    for (int i = 0; i < state->rank; i++)
        type.size[i + 1] = state->size[i];
    return type;
}

Value graph_append_scan(Graph *graph, Graph *region, const Value *operands, int operand_count, int64_t states, int64_t sequences,
                        bool reverse, int32_t origin)
{
    int64_t length = graph_type(graph, operands[states])->size[0];
    Node *node = append(graph, OP_SCAN, operands, operand_count, origin);
    const AttributeValue attributes[] = {{.integer = states}, {.integer = sequences}, {.boolean = reverse}};
    node->attributes = arena_copy(graph->arena, attributes, sizeof attributes);
    node->region = region;
    node->result_count = (int32_t)states;
    node->types = arena_take(graph->arena, (size_t)states * sizeof *node->types);
    for (int64_t i = 0; i < states; i++)
        node->types[i] = stacked(graph_type(region, region->outputs[i].value), length);
    return newest(graph);
}

/* Reads `[1, 2]` or `[]`. */
static AttributeValue parse_list(Arena *arena, const char *text)
{
    int64_t items[16];
    int64_t count = 0;
    for (const char *at = text; *at && count < 16;) {
        char *end;
        long long item = strtoll(at, &end, 10);
        if (end == at) {
            at++;
            continue;
        }
        items[count++] = item;
        at = end;
    }
    AttributeValue value = {.list = {.count = count}};
    value.list.items = arena_copy(arena, items, (size_t)count * sizeof *items);
    return value;
}

AttributeValue attribute_default(Arena *arena, const AttributeInfo *info)
{
    AttributeValue value = {.list = {NULL, 0}};
    if (!info->fallback)
        return value;
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        value.integer = strtoll(info->fallback, NULL, 10);
        break;
    case ATTRIBUTE_REAL:
        number_read(info->fallback, strlen(info->fallback), &value.real);
        break;
    case ATTRIBUTE_BOOLEAN:
        value.boolean = strcmp(info->fallback, "true") == 0;
        break;
    case ATTRIBUTE_NAME:
        value.name = info->fallback;
        break;
    case ATTRIBUTE_LIST:
        value = parse_list(arena, info->fallback);
        break;
    }
    return value;
}

const Node *graph_node(const Graph *graph, Value value)
{
    return &graph->nodes[value.node];
}

const Type *graph_type(const Graph *graph, Value value)
{
    return &graph->nodes[value.node].types[value.result];
}

OpUse graph_use(const Graph *graph, const Node *node, Arena *arena)
{
    return (OpUse){
        .info = op_info(node->op),
        .operand = gather_types(graph, node->operands, node->operand_count, arena),
        .operand_count = node->operand_count,
        .attributes = node->attributes,
        .result = node->types[0],
        .arena = arena,
    };
}

/* Writes the parts from the root down by going up first; a chain of origins is as deep as the calls were. */
static void add_path(const Graph *graph, int32_t origin, Text *text)
{
    const Origin *row = &graph->origins[origin];
    if (row->parent >= 0)
        add_path(graph, row->parent, text);
    if (!row->path)
        return;
    if (text->length > 0)
        text_add_character(text, '.');
    text_add(text, row->path);
}

const char *graph_origin_path(const Graph *graph, int32_t origin, Arena *arena)
{
    Text text = text_make(arena);
    if (origin >= 0 && origin < graph->origin_count)
        add_path(graph, origin, &text);
    return text_string(&text);
}

Value graph_find_name(const Graph *graph, const char *path)
{
    for (int64_t i = 0; i < graph->name_count; i++)
        if (strcmp(graph->names[i].path, path) == 0)
            return graph->names[i].value;
    return no_value;
}

/* See shrink.h. A smaller case is a new Graph that keeps some outputs and cuts some nodes off what they depend on. */
#include "engine/shrink.h"
#include "engine/random_graph.h"

#include <string.h>

/* What a smaller Graph keeps. */
typedef struct Choice {
    bool *source;  /* of each node: its values are given */
    bool *output;  /* of each output: kept */
    int64_t bared; /* a node whose operands become outputs, or -1 */
    bool training;
} Choice;

typedef struct Rebuild {
    Arena *arena;
    const ModelCase *from;
    const Choice *choice;
    double ***values;
    ModelCase to;
    Graph *graph;
    Value **map; /* of each old node: its new values; null when left out */
    int64_t input_capacity, weight_capacity, state_capacity;
} Rebuild;

/* --- sources ----------------------------------------------------------------------------------------------------------------- */

static void give_row(Arena *arena, double ***rows, int64_t count, int64_t *capacity, double *row)
{
    *rows = arena_grow(arena, *rows, count, capacity, sizeof **rows);
    (*rows)[count] = row;
}

static Value give_input(Rebuild *rebuild, InputInfo info, double *data)
{
    give_row(rebuild->arena, &rebuild->to.data.inputs, rebuild->graph->input_count, &rebuild->input_capacity, data);
    info.name = arena_printf(rebuild->arena, "x%lld", (long long)rebuild->graph->input_count);
    return graph_source(rebuild->graph, OP_INPUT, graph_add_input(rebuild->graph, info), 0);
}

static Value give_weight(Rebuild *rebuild, Type type, double *data)
{
    give_row(rebuild->arena, &rebuild->to.data.weights, rebuild->graph->weight_count, &rebuild->weight_capacity, data);
    WeightInfo info = {.name = arena_printf(rebuild->arena, "w%lld", (long long)rebuild->graph->weight_count), .type = type};
    info.initial = no_value;
    return graph_source(rebuild->graph, OP_WEIGHT, graph_add_weight(rebuild->graph, info), 0);
}

static Value give_state(Rebuild *rebuild, const StateInfo *old, double *data)
{
    give_row(rebuild->arena, &rebuild->to.data.states, rebuild->graph->state_count, &rebuild->state_capacity, data);
    StateInfo info = {.name = arena_printf(rebuild->arena, "s%lld", (long long)rebuild->graph->state_count), .type = old->type};
    info.initial = info.next = no_value;
    return graph_source(rebuild->graph, OP_STATE, graph_add_state(rebuild->graph, info), 0);
}

static Value copy_source(Rebuild *rebuild, const Node *node)
{
    const Graph *graph = rebuild->from->graph;
    const ModelData *data = &rebuild->from->data;
    int64_t row = node->op <= OP_CONSTANT ? node->attributes[0].integer : 0;
    switch (node->op) {
    case OP_INPUT:
        return give_input(rebuild, graph->inputs[row], data->inputs[row]);
    case OP_WEIGHT:
        return give_weight(rebuild, graph->weights[row].type, data->weights[row]);
    case OP_STATE:
        return give_state(rebuild, &graph->states[row], data->states[row]);
    case OP_CONSTANT:
        return graph_source(rebuild->graph, OP_CONSTANT, graph_add_constant(rebuild->graph, graph->constants[row]), 0);
    default:
        return graph_source(rebuild->graph, node->op, 0, 0);
    }
}

/* --- nodes ------------------------------------------------------------------------------------------------------------------- */

static void copy_node(Rebuild *rebuild, int64_t index)
{
    const Node *node = &rebuild->from->graph->nodes[index];
    Value *results = arena_take(rebuild->arena, (size_t)node->result_count * sizeof *results);
    rebuild->map[index] = results;
    if (node->op <= OP_RATE) {
        results[0] = copy_source(rebuild, node);
        return;
    }
    if (rebuild->choice->source[index]) {
        for (int32_t k = 0; k < node->result_count; k++) {
            double *data = rebuild->values[index][k];
            results[k] = node->types[k].batched ? give_input(rebuild, (InputInfo){.type = node->types[k]}, data)
                                                : give_weight(rebuild, node->types[k], data);
        }
        return;
    }
    Value operands[64];
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = rebuild->map[node->operands[k].node][node->operands[k].result];
    Value first = node->op == OP_SCAN
                      ? graph_append_scan(rebuild->graph, node->region, operands, node->operand_count, node->attributes[0].integer,
                                          node->attributes[1].integer, node->attributes[2].boolean, 0)
                      : graph_append(rebuild->graph, node->op, operands, node->operand_count, node->attributes, 0);
    for (int32_t k = 0; k < node->result_count; k++)
        results[k] = (Value){first.node, k};
}

static Value new_value(const Rebuild *rebuild, Value old)
{
    return old.node < 0 ? no_value : rebuild->map[old.node][old.result];
}

/* Nodes that the kept results depend on. */
static bool *find_needed(const Rebuild *rebuild)
{
    const Graph *graph = rebuild->from->graph;
    bool *needed = arena_zero(rebuild->arena, (size_t)graph->node_count, sizeof *needed);
    for (int64_t i = 0; i < graph->output_count; i++)
        if (rebuild->choice->output[i])
            needed[graph->outputs[i].value.node] = true;
    if (rebuild->choice->training) {
        for (int64_t i = 0; i < graph->penalty_count; i++)
            needed[graph->penalties[i].node] = true;
        if (graph->objective.node >= 0)
            needed[graph->objective.node] = true;
    }
    for (int32_t k = 0; rebuild->choice->bared >= 0 && k < graph->nodes[rebuild->choice->bared].operand_count; k++)
        needed[graph->nodes[rebuild->choice->bared].operands[k].node] = true;
    for (int64_t i = graph->node_count - 1; i >= 0; i--)
        for (int32_t k = 0; needed[i] && !rebuild->choice->source[i] && k < graph->nodes[i].operand_count; k++)
            needed[graph->nodes[i].operands[k].node] = true;
    return needed;
}

static void keep_output(Rebuild *rebuild, Value old)
{
    const char *name = arena_printf(rebuild->arena, "y%lld", (long long)rebuild->graph->output_count);
    graph_add_output(rebuild->graph, (OutputInfo){.name = name, .value = new_value(rebuild, old)});
}

static ModelCase rebuild_case(Arena *arena, const ModelCase *from, const Choice *choice, double ***values)
{
    const Graph *graph = from->graph;
    Rebuild rebuild = {.arena = arena, .from = from, .choice = choice, .values = values, .graph = graph_make(arena, graph->name)};
    rebuild.to.graph = rebuild.graph;
    rebuild.to.data.batch = from->data.batch;
    rebuild.to.data.seed = from->data.seed;
    rebuild.to.data.rate = from->data.rate;
    rebuild.graph->training = choice->training;
    graph_add_origin(rebuild.graph, (Origin){.parent = -1});
    rebuild.map = arena_zero(arena, (size_t)graph->node_count, sizeof *rebuild.map);
    const bool *needed = find_needed(&rebuild);
    for (int64_t i = 0; i < graph->node_count; i++)
        if (needed[i])
            copy_node(&rebuild, i);
    for (int64_t i = 0; i < graph->output_count; i++)
        if (choice->output[i])
            keep_output(&rebuild, graph->outputs[i].value);
    for (int32_t k = 0; choice->bared >= 0 && k < graph->nodes[choice->bared].operand_count; k++)
        keep_output(&rebuild, graph->nodes[choice->bared].operands[k]);
    if (choice->training) {
        rebuild.graph->objective = new_value(&rebuild, graph->objective);
        for (int64_t i = 0; i < graph->penalty_count; i++)
            graph_add_penalty(rebuild.graph, new_value(&rebuild, graph->penalties[i]));
    }
    name_values(rebuild.graph);
    return rebuild.to;
}

/* --- search ------------------------------------------------------------------------------------------------------------------ */

/* One attempt: the case with one thing less, if that still fails. */
static bool try_choice(Arena *arena, ModelCase *model, const Choice *choice, double ***values, StillFails *fails, void *context)
{
    ModelCase smaller = rebuild_case(arena, model, choice, values);
    if (!fails(context, arena, &smaller))
        return false;
    *model = smaller;
    return true;
}

static Choice keep_all(Arena *arena, const Graph *graph)
{
    Choice choice = {.training = graph->training, .bared = -1};
    choice.source = arena_zero(arena, (size_t)graph->node_count, sizeof *choice.source);
    choice.output = arena_take(arena, (size_t)graph->output_count * sizeof *choice.output);
    memset(choice.output, true, (size_t)graph->output_count * sizeof *choice.output);
    return choice;
}

/* Tries to leave out one thing more; false when nothing more can be left out. Values are taken anew for each Graph. */
static bool shrink_once(Arena *arena, ModelCase *model, const CheckOptions *options, StillFails *fails, void *context)
{
    const char *problem;
    const Graph *graph = model->graph;
    double ***values = watched_values(arena, graph, &model->data, options, &problem);
    if (!values)
        return false;
    for (int64_t i = 0; i < graph->output_count + 1; i++) {
        Choice choice = keep_all(arena, graph);
        if (i == graph->output_count && graph->training && graph->output_count > 0)
            choice.training = false;
        else if (i < graph->output_count && graph->output_count > 1)
            choice.output[i] = false;
        else
            continue;
        if (try_choice(arena, model, &choice, values, fails, context))
            return true;
    }
    for (int64_t i = graph->node_count - 1; i >= 0; i--) {
        Choice choice = keep_all(arena, graph);
        choice.source[i] = true;
        if (graph->nodes[i].op <= OP_RATE)
            continue;
        if (try_choice(arena, model, &choice, values, fails, context))
            return true;
        choice.bared = i;
        if (try_choice(arena, model, &choice, values, fails, context))
            return true;
    }
    return false;
}

/* The same case with every value that nobody uses among its outputs, so that none is lost when only outputs are kept. */
static ModelCase keep_dead_ends(Arena *arena, ModelCase model)
{
    Graph *graph = arena_copy(arena, model.graph, sizeof *model.graph);
    bool *used = arena_zero(arena, (size_t)graph->node_count, sizeof *used);
    for (int64_t i = 0; i < graph->node_count; i++)
        for (int32_t k = 0; k < graph->nodes[i].operand_count; k++)
            used[graph->nodes[i].operands[k].node] = true;
    for (int32_t i = 0; i < graph->node_count; i++)
        if (!used[i])
            graph_add_output(graph, (OutputInfo){.name = arena_printf(arena, "end%d", i), .value = {i, 0}});
    model.graph = graph;
    return model;
}

ModelCase shrink(Arena *arena, ModelCase model, const CheckOptions *options, StillFails *fails, void *context)
{
    model = keep_dead_ends(arena, model);
    Choice everything = keep_all(arena, model.graph);
    try_choice(arena, &model, &everything, NULL, fails, context);
    for (int i = 0; i < 1000; i++)
        if (!shrink_once(arena, &model, options, fails, context))
            break;
    return model;
}

int64_t operation_count(const Graph *graph)
{
    int64_t count = 0;
    for (int64_t i = 0; i < graph->node_count; i++) {
        count += graph->nodes[i].op > OP_RATE;
        if (graph->nodes[i].region)
            count += operation_count(graph->nodes[i].region);
    }
    return count;
}

static void add_lines(const Graph *graph, int depth, Text *text)
{
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        text_repeat(text, ' ', 2 * (int64_t)depth);
        text_printf(text, "%%%lld ", (long long)i);
        type_print(&node->types[0], text);
        text_printf(text, " = %s", op_info(node->op)->name);
        for (int32_t k = 0; k < node->operand_count; k++)
            text_printf(text, " %%%d.%d", node->operands[k].node, node->operands[k].result);
        text_add(text, "\n");
        if (node->region)
            add_lines(node->region, depth + 1, text);
    }
}

const char *case_text(Arena *arena, const Graph *graph)
{
    Text text = text_make(arena);
    add_lines(graph, 1, &text);
    return text_string(&text);
}

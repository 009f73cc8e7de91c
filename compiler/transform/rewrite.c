/* Building a new Graph from an old one; see rewrite.h. */
#include "transform/rewrite.h"

/* Tables that do not change are shared: the new Graph's capacity is its count, so that adding a row makes a copy first. */
static void share_tables(Graph *graph, const Graph *old)
{
    graph->origins = old->origins;
    graph->origin_count = graph->origin_capacity = old->origin_count;
    graph->inputs = old->inputs;
    graph->input_count = graph->input_capacity = old->input_count;
    graph->constants = old->constants;
    graph->constant_count = graph->constant_capacity = old->constant_count;
}

Rewrite rewrite_begin(Arena *arena, const Graph *old)
{
    Graph *graph = arena_zero(arena, 1, sizeof *graph);
    graph->arena = arena;
    graph->name = old->name;
    graph->training = old->training;
    graph->objective = no_value;
    share_tables(graph, old);
    graph->weights = arena_copy(arena, old->weights, (size_t)old->weight_count * sizeof *old->weights);
    graph->weight_count = graph->weight_capacity = old->weight_count;
    graph->states = arena_copy(arena, old->states, (size_t)old->state_count * sizeof *old->states);
    graph->state_count = graph->state_capacity = old->state_count;
    graph->node_capacity = old->node_count;
    graph->nodes = arena_take(arena, (size_t)old->node_count * sizeof *graph->nodes);
    Rewrite rewrite = {.old = old, .graph = graph};
    rewrite.map = arena_take(arena, (size_t)old->node_count * sizeof *rewrite.map);
    for (int64_t i = 0; i < old->node_count; i++)
        rewrite.map[i] = no_value;
    return rewrite;
}

Value rewrite_value(const Rewrite *rewrite, Value old)
{
    if (old.node < 0 || rewrite->map[old.node].node < 0)
        return no_value;
    Value value = rewrite->map[old.node];
    value.result += old.result;
    return value;
}

void rewrite_operands(const Rewrite *rewrite, const Node *node, Value *operands)
{
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = rewrite_value(rewrite, node->operands[k]);
}

Value rewrite_append(Rewrite *rewrite, const Node *node, const Value *operands, Graph *region)
{
    Graph *graph = rewrite->graph;
    graph->nodes = arena_grow(graph->arena, graph->nodes, graph->node_count, &graph->node_capacity, sizeof *graph->nodes);
    Node *copy = &graph->nodes[graph->node_count++];
    *copy = *node;
    copy->operands = arena_copy(graph->arena, operands, (size_t)node->operand_count * sizeof *operands);
    copy->region = region;
    return (Value){.node = (int32_t)(graph->node_count - 1)};
}

/* Paths are shared with the old Graph. */
static void map_names(Rewrite *rewrite)
{
    const Graph *old = rewrite->old;
    Graph *graph = rewrite->graph;
    graph->names = arena_take(graph->arena, (size_t)old->name_count * sizeof *graph->names);
    graph->name_capacity = old->name_count;
    for (int64_t i = 0; i < old->name_count; i++) {
        Value value = rewrite_value(rewrite, old->names[i].value);
        if (value.node >= 0)
            graph->names[graph->name_count++] = (NamedValue){.path = old->names[i].path, .value = value};
    }
}

Graph *rewrite_end(Rewrite *rewrite)
{
    const Graph *old = rewrite->old;
    Graph *graph = rewrite->graph;
    for (int64_t i = 0; i < graph->weight_count; i++)
        graph->weights[i].initial = rewrite_value(rewrite, old->weights[i].initial);
    for (int64_t i = 0; i < graph->state_count; i++) {
        graph->states[i].initial = rewrite_value(rewrite, old->states[i].initial);
        graph->states[i].next = rewrite_value(rewrite, old->states[i].next);
    }
    for (int64_t i = 0; i < old->output_count; i++) {
        OutputInfo output = old->outputs[i];
        output.value = rewrite_value(rewrite, output.value);
        graph_add_output(graph, output);
    }
    for (int64_t i = 0; i < old->penalty_count; i++)
        graph_add_penalty(graph, rewrite_value(rewrite, old->penalties[i]));
    graph->objective = rewrite_value(rewrite, old->objective);
    map_names(rewrite);
    return graph;
}

int32_t rewrite_widest(const Graph *graph)
{
    int32_t widest = 0;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].operand_count > widest)
            widest = graph->nodes[i].operand_count;
    return widest;
}

/* What a Graph costs: takes a Graph, gives for each node the work of one sample, from the cost rule of its operation; see analyse.h. */
#include "analyse/analyse.h"

enum { BYTES_OF_REAL = 4 };

int64_t saturating_add(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int64_t saturating_multiply(int64_t a, int64_t b)
{
    return b > 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

int64_t analyse_value_bytes(const Type *type)
{
    return saturating_multiply(type_reals(type), BYTES_OF_REAL);
}

int64_t analyse_weights(const Graph *graph)
{
    int64_t entries = 0;
    for (int64_t i = 0; i < graph->weight_count; i++)
        entries = saturating_add(entries, type_elements(&graph->weights[i].type));
    return entries;
}

int64_t analyse_bytes(const Graph *graph)
{
    int64_t bytes = 0;
    for (int64_t i = 0; i < graph->weight_count; i++)
        bytes = saturating_add(bytes, analyse_value_bytes(&graph->weights[i].type));
    return bytes;
}

int64_t analyse_multiply_adds(const Graph *graph, Arena *arena)
{
    return analyse_cost(graph, arena).total.multiply_adds;
}

static void need(bool *needed, Value value)
{
    if (value.node >= 0)
        needed[value.node] = true;
}

/* Operands come before their users, so one walk from the last node to the first reaches everything. */
static bool *find_needed(const Graph *graph, Arena *arena)
{
    bool *needed = arena_zero(arena, (size_t)graph->node_count, sizeof *needed);
    for (int64_t i = 0; i < graph->output_count; i++)
        need(needed, graph->outputs[i].value);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        need(needed, graph->penalties[i]);
    for (int64_t i = 0; graph->training && i < graph->state_count; i++)
        need(needed, graph->states[i].next);
    need(needed, graph->objective);
    for (int64_t i = graph->node_count - 1; i >= 0; i--)
        for (int32_t k = 0; needed[i] && k < graph->nodes[i].operand_count; k++)
            need(needed, graph->nodes[i].operands[k]);
    return needed;
}

static Cost add_costs(Cost a, Cost b)
{
    return (Cost){
        .multiply_adds = saturating_add(a.multiply_adds, b.multiply_adds),
        .operations = saturating_add(a.operations, b.operations),
    };
}

/* The region once for each slice, and what the loop itself does. */
static Cost scan_cost(const Graph *graph, const Node *node, Arena *arena)
{
    int64_t length = graph_type(graph, node->operands[node->attributes[0].integer])->size[0];
    Cost region = analyse_cost(node->region, arena).total;
    Cost cost = {
        .multiply_adds = saturating_multiply(region.multiply_adds, length),
        .operations = saturating_multiply(region.operations, length),
    };
    for (int32_t i = 0; i < node->result_count; i++)
        cost.operations = saturating_add(cost.operations, type_elements(&node->types[i]));
    return cost;
}

static Cost node_cost(const Graph *graph, const Node *node, Arena *arena)
{
    const OpInfo *info = op_info(node->op);
    if (node->op == OP_SCAN)
        return scan_cost(graph, node, arena);
    if (!info->cost)
        return (Cost){.operations = type_elements(&node->types[0])};
    OpUse use = graph_use(graph, node, arena);
    return info->cost(&use);
}

CostTable analyse_cost(const Graph *graph, Arena *arena)
{
    CostTable table = {
        .needed = find_needed(graph, arena),
        .nodes = arena_zero(arena, (size_t)graph->node_count, sizeof *table.nodes),
    };
    for (int64_t i = 0; i < graph->node_count; i++) {
        if (!table.needed[i])
            continue;
        table.nodes[i] = node_cost(graph, &graph->nodes[i], arena);
        table.total = add_costs(table.total, table.nodes[i]);
    }
    return table;
}

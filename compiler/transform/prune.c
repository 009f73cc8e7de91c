/* Prune: takes any Graph, gives it without the nodes that nothing needs.
 *
 * Needed are outputs, objective, penalties, next states and initial values, on request names, and what these depend on. Of the region of a scan, the
 * next states are needed; a capture that its region does not read is no operand any more. Rows of constants that no node reads go; those of
 * inputs, weights and states stay, since files and callers know them. */
#include "transform/rewrite.h"
#include "transform/transform.h"

/* The region of a scan, pruned, and which of the scan's operands it still takes. */
typedef struct PrunedRegion {
    Graph *graph;
    bool *takes;
} PrunedRegion;

typedef struct Pruner {
    Arena *arena;
    const Graph *graph;
    const TransformOptions *options;
    bool *live;
    PrunedRegion *regions; /* of live scans, by node */
} Pruner;

static void need(Pruner *pruner, Value value)
{
    if (value.node >= 0)
        pruner->live[value.node] = true;
}

static void need_results(Pruner *pruner)
{
    const Graph *graph = pruner->graph;
    for (int64_t i = 0; i < graph->output_count; i++)
        need(pruner, graph->outputs[i].value);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        need(pruner, graph->penalties[i]);
    for (int64_t i = 0; i < graph->weight_count; i++)
        need(pruner, graph->weights[i].initial);
    for (int64_t i = 0; i < graph->state_count; i++) {
        need(pruner, graph->states[i].initial);
        need(pruner, graph->states[i].next);
    }
    for (int64_t i = 0; pruner->options->keep_names && i < graph->name_count; i++)
        need(pruner, graph->names[i].value);
    need(pruner, graph->objective);
}

/* Leaves out the inputs of captures that no node reads; what is left is numbered anew. The first `kept` inputs stay in any case. */
static void drop_captures(Arena *arena, PrunedRegion *region, int64_t kept)
{
    Graph *graph = region->graph;
    int64_t count = graph->input_count;
    int64_t *row = arena_take(arena, (size_t)count * sizeof *row);
    for (int64_t k = 0; k < count; k++)
        region->takes[k] = k < kept;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].op == OP_INPUT)
            region->takes[graph->nodes[i].attributes[0].integer] = true;
    graph->inputs = arena_copy(arena, graph->inputs, (size_t)count * sizeof *graph->inputs);
    graph->input_count = 0;
    for (int64_t k = 0; k < count; k++) {
        row[k] = graph->input_count;
        if (region->takes[k])
            graph->inputs[graph->input_count++] = graph->inputs[k];
    }
    for (int64_t i = 0; i < graph->node_count; i++) {
        Node *node = &graph->nodes[i];
        if (node->op != OP_INPUT || row[node->attributes[0].integer] == node->attributes[0].integer)
            continue;
        AttributeValue index = {.integer = row[node->attributes[0].integer]};
        node->attributes = arena_copy(arena, &index, sizeof index);
    }
}

static void need_scan(Pruner *pruner, int64_t index)
{
    const Node *node = &pruner->graph->nodes[index];
    PrunedRegion *region = &pruner->regions[index];
    region->graph = transform_prune(pruner->arena, node->region, pruner->options);
    region->takes = arena_zero(pruner->arena, (size_t)node->operand_count, sizeof *region->takes);
    drop_captures(pruner->arena, region, node->attributes[0].integer + node->attributes[1].integer);
    for (int32_t k = 0; k < node->operand_count; k++)
        if (region->takes[k])
            need(pruner, node->operands[k]);
}

/* Operands come before their users, so one walk from the last node to the first reaches everything. */
static void need_operands(Pruner *pruner)
{
    for (int64_t i = pruner->graph->node_count - 1; i >= 0; i--) {
        const Node *node = &pruner->graph->nodes[i];
        if (!pruner->live[i])
            continue;
        if (node->op == OP_SCAN) {
            need_scan(pruner, i);
            continue;
        }
        for (int32_t k = 0; k < node->operand_count; k++)
            need(pruner, node->operands[k]);
    }
}

static Value append_scan(Rewrite *rewrite, const Node *node, Value *operands, const PrunedRegion *region)
{
    Node scan = *node;
    scan.operand_count = 0;
    for (int32_t k = 0; k < node->operand_count; k++)
        if (region->takes[k])
            operands[scan.operand_count++] = operands[k];
    return rewrite_append(rewrite, &scan, operands, region->graph);
}

/* Rows of constants in the order of the nodes that read them. */
static void renumber_constants(Arena *arena, Graph *graph)
{
    const ConstantInfo *rows = graph->constants;
    int64_t count = graph->constant_count;
    int64_t *row = arena_take(arena, (size_t)count * sizeof *row);
    for (int64_t i = 0; i < count; i++)
        row[i] = -1;
    graph->constants = NULL;
    graph->constant_count = graph->constant_capacity = 0;
    for (int64_t i = 0; i < graph->node_count; i++) {
        Node *node = &graph->nodes[i];
        if (node->op != OP_CONSTANT)
            continue;
        int64_t old = node->attributes[0].integer;
        if (row[old] < 0)
            row[old] = graph_add_constant(graph, rows[old]);
        AttributeValue index = {.integer = row[old]};
        if (row[old] != old)
            node->attributes = arena_copy(arena, &index, sizeof index);
    }
}

Graph *transform_prune(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    Pruner pruner = {.arena = arena, .graph = graph, .options = options};
    pruner.live = arena_zero(arena, (size_t)graph->node_count, sizeof *pruner.live);
    pruner.regions = arena_zero(arena, (size_t)graph->node_count, sizeof *pruner.regions);
    need_results(&pruner);
    need_operands(&pruner);
    Rewrite rewrite = rewrite_begin(arena, graph);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        if (!pruner.live[i])
            continue;
        rewrite_operands(&rewrite, node, operands);
        rewrite.map[i] = node->op == OP_SCAN ? append_scan(&rewrite, node, operands, &pruner.regions[i])
                                             : rewrite_append(&rewrite, node, operands, NULL);
    }
    renumber_constants(arena, rewrite.graph);
    return rewrite_end(&rewrite);
}

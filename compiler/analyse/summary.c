/* Rows of the summary: takes a Graph, sums what its nodes cost by the definitions that they come from; see summary.h. */
#include "analyse/summary.h"

#include "analyse/fold.h"

#include <string.h>

/* Sums over an origin and all inside it. */
typedef struct OriginSum {
    int64_t weights, frozen, weight_bytes;
    Cost cost;
    int64_t operations; /* nodes that compute */
} OriginSum;

typedef struct Summarizer {
    Arena *arena;
    const Graph *graph;
    int64_t depth;
    CostTable costs;
    Receptive *fields;
    Fold fold;
    OriginSum *nodes;   /* what each node adds */
    OriginSum *origins; /* by origin */
    Summary *summary;
} Summarizer;

static void add_sum(OriginSum *sum, const OriginSum *more)
{
    sum->weights = saturating_add(sum->weights, more->weights);
    sum->frozen = saturating_add(sum->frozen, more->frozen);
    sum->weight_bytes = saturating_add(sum->weight_bytes, more->weight_bytes);
    sum->cost.multiply_adds = saturating_add(sum->cost.multiply_adds, more->cost.multiply_adds);
    sum->cost.operations = saturating_add(sum->cost.operations, more->cost.operations);
    sum->operations += more->operations;
}

/* A weight counts where it is read first. */
static OriginSum node_sum(const Summarizer *summarizer, int64_t index, bool *counted)
{
    const Node *node = &summarizer->graph->nodes[index];
    OriginSum sum = {.cost = summarizer->costs.nodes[index], .operations = !op_is_source(node->op)};
    if (node->op != OP_WEIGHT || counted[node->attributes[0].integer])
        return sum;
    counted[node->attributes[0].integer] = true;
    const WeightInfo *weight = &summarizer->graph->weights[node->attributes[0].integer];
    sum.weights = type_elements(&weight->type);
    sum.frozen = weight->frozen ? sum.weights : 0;
    sum.weight_bytes = analyse_value_bytes(&weight->type);
    return sum;
}

/* Nodes add to their origin, origins to those around them: a parent has a smaller number. */
static void sum_origins(Summarizer *summarizer)
{
    const Graph *graph = summarizer->graph;
    bool *counted = arena_zero(summarizer->arena, (size_t)graph->weight_count, sizeof *counted);
    summarizer->nodes = arena_zero(summarizer->arena, (size_t)graph->node_count, sizeof *summarizer->nodes);
    summarizer->origins = arena_zero(summarizer->arena, (size_t)graph->origin_count, sizeof *summarizer->origins);
    for (int64_t i = 0; i < graph->node_count; i++) {
        if (!summarizer->costs.needed[i])
            continue;
        summarizer->nodes[i] = node_sum(summarizer, i, counted);
        if (graph->nodes[i].origin >= 0)
            add_sum(&summarizer->origins[graph->nodes[i].origin], &summarizer->nodes[i]);
    }
    for (int64_t i = graph->origin_count - 1; i > 0; i--)
        if (graph->origins[i].parent >= 0)
            add_sum(&summarizer->origins[graph->origins[i].parent], &summarizer->origins[i]);
}

static void add_row(Summarizer *summarizer, SummaryRow row, const OriginSum *sum)
{
    Summary *summary = summarizer->summary;
    row.output = summarizer->graph->nodes[row.node].types[0];
    row.receptive = summarizer->fields[row.node];
    row.weights = sum->weights;
    row.frozen = sum->frozen;
    row.weight_bytes = sum->weight_bytes;
    row.cost = sum->cost;
    summary->rows = arena_grow(summarizer->arena, summary->rows, summary->row_count, &summary->row_capacity, sizeof *summary->rows);
    summary->rows[summary->row_count++] = row;
}

/* Inputs, weights and states are shown by their names, operations by their numbers; constants are not shown. */
static void add_node(Summarizer *summarizer, int32_t index, int level, const char *around)
{
    const Graph *graph = summarizer->graph;
    const Node *node = &graph->nodes[index];
    int64_t row = op_is_source(node->op) ? node->attributes[0].integer : 0;
    const char *path;
    if (!op_is_source(node->op))
        path = arena_printf(summarizer->arena, "%%%d", index);
    else if (node->op == OP_INPUT)
        path = graph->inputs[row].name;
    else if (node->op == OP_WEIGHT)
        path = graph->weights[row].name;
    else if (node->op == OP_STATE)
        path = graph->states[row].name;
    else
        return;
    SummaryRow line = {.level = level, .path = path, .definition = op_info(node->op)->name, .node = index};
    line.label = fold_inner_path(path, around);
    add_row(summarizer, line, &summarizer->nodes[index]);
}

static void add_list(Summarizer *summarizer, const FoldList *list, int level, const char *around);

static void add_origin(Summarizer *summarizer, int32_t index, int level, const char *around)
{
    const FoldList *inside = &summarizer->fold.inside[index];
    const OriginSum *sum = &summarizer->origins[index];
    if (fold_is_transparent(summarizer->graph, index)) {
        add_list(summarizer, inside, level, around);
        return;
    }
    if (sum->operations == 0 && sum->weights == 0)
        return;
    const char *path = graph_origin_path(summarizer->graph, index, summarizer->arena);
    SummaryRow row = {.level = level, .path = path, .definition = summarizer->graph->origins[index].definition};
    row.label = fold_inner_path(path, around);
    row.node = summarizer->fold.last[index];
    add_row(summarizer, row, sum);
    bool composed = sum->operations > 1 || sum->weights > 0;
    if (composed && (summarizer->depth == 0 || level + 1 < summarizer->depth))
        add_list(summarizer, inside, level + 1, path);
}

static void add_list(Summarizer *summarizer, const FoldList *list, int level, const char *around)
{
    for (int64_t i = 0; i < list->count; i++) {
        if (list->items[i].is_origin)
            add_origin(summarizer, list->items[i].index, level, around);
        else
            add_node(summarizer, list->items[i].index, level, around);
    }
}

static int64_t frozen_weights(const Graph *graph)
{
    int64_t frozen = 0;
    for (int64_t i = 0; i < graph->weight_count; i++)
        if (graph->weights[i].frozen)
            frozen = saturating_add(frozen, type_elements(&graph->weights[i].type));
    return frozen;
}

Summary analyse_summary(const Graph *graph, const SummaryOptions *options, Arena *arena)
{
    Summary summary = {
        .graph = graph,
        .weights = analyse_weights(graph),
        .frozen = frozen_weights(graph),
        .weight_bytes = analyse_bytes(graph),
        .peak_bytes = options->peak_bytes,
    };
    Summarizer summarizer = {
        .arena = arena,
        .graph = graph,
        .depth = options->depth,
        .costs = analyse_cost(graph, arena),
        .fields = analyse_receptive(graph, arena),
        .summary = &summary,
    };
    summarizer.fold = fold_make(graph, summarizer.costs.needed, arena);
    summary.cost = summarizer.costs.total;
    sum_origins(&summarizer);
    add_list(&summarizer, &summarizer.fold.top, 0, "");
    return summary;
}

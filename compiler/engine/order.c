/* Another order of the nodes, to be tried against the Graph's own: depth first from what is asked for, and of a node's operands first
 * the one whose own computation needs the most memory beyond what it leaves behind. For trees this order is optimal (Liu 1987, after Sethi
 * and Ullman); for the graphs of nets, which are nearly so, it is a good guess. */
#include "engine/planner.h"

#include <stdlib.h>

/* Batched values count as much as a tile of this many samples; the order depends little on it. */
enum { NOMINAL_TILE = 8 };

/* An operand with the memory that its computation needs at most, and that which its value keeps. */
typedef struct Branch {
    int32_t node;
    int32_t place; /* among the operands: decides between equals */
    double need;
    double keeps;
} Branch;

static double value_size(const Node *node)
{
    double reals = 0;
    if (node->op >= OP_WEIGHT && node->op <= OP_CONSTANT)
        return 0;
    for (int32_t i = 0; i < node->result_count; i++)
        reals += (double)type_reals(&node->types[i]) * (node->types[i].batched ? NOMINAL_TILE : 1);
    return reals;
}

static int compare_branches(const void *left, const void *right)
{
    const Branch *a = left, *b = right;
    double difference = (a->need - a->keeps) - (b->need - b->keeps);
    if (difference != 0)
        return difference > 0 ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* The branches of every node, sorted; those of node i are from start[i] on, as many as it has operands. */
typedef struct Branches {
    Branch *items;
    int64_t *start;
} Branches;

static Branches sort_branches(Arena *arena, const Graph *graph)
{
    Branches branches = {.start = arena_take(arena, (size_t)(graph->node_count + 1) * sizeof *branches.start)};
    double *need = arena_take(arena, (size_t)graph->node_count * sizeof *need);
    branches.start[0] = 0;
    for (int64_t i = 0; i < graph->node_count; i++)
        branches.start[i + 1] = branches.start[i] + graph->nodes[i].operand_count;
    branches.items = arena_take(arena, (size_t)branches.start[graph->node_count] * sizeof *branches.items);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        Branch *own = branches.items + branches.start[i];
        for (int32_t k = 0; k < node->operand_count; k++) {
            int32_t operand = node->operands[k].node;
            own[k] = (Branch){operand, k, need[operand], value_size(&graph->nodes[operand])};
        }
        qsort(own, (size_t)node->operand_count, sizeof *own, compare_branches);
        double kept = 0;
        need[i] = 0;
        for (int32_t k = 0; k < node->operand_count; k++) {
            if (kept + own[k].need > need[i])
                need[i] = kept + own[k].need;
            kept += own[k].keeps;
        }
        if (kept + value_size(node) > need[i])
            need[i] = kept + value_size(node);
    }
    return branches;
}

/* A depth-first walk without recursion, since chains are long. */
typedef struct Walk {
    const Graph *graph;
    Branches branches;
    int32_t *stack;
    int32_t *next; /* of each node: the branch that comes next */
    bool *entered;
    int32_t *order;
    int64_t count;
} Walk;

static void visit(Walk *walk, int32_t root)
{
    int64_t depth = 0;
    if (walk->entered[root])
        return;
    walk->entered[root] = true;
    walk->stack[depth++] = root;
    while (depth > 0) {
        int32_t at = walk->stack[depth - 1];
        if (walk->next[at] == walk->graph->nodes[at].operand_count) {
            walk->order[walk->count++] = at;
            depth--;
            continue;
        }
        int32_t operand = walk->branches.items[walk->branches.start[at] + walk->next[at]++].node;
        if (!walk->entered[operand]) {
            walk->entered[operand] = true;
            walk->stack[depth++] = operand;
        }
    }
}

int32_t *order_by_need(Arena *arena, const Graph *graph, const RootList *roots)
{
    size_t count = (size_t)graph->node_count;
    Walk walk = {.graph = graph, .branches = sort_branches(arena, graph)};
    walk.stack = arena_take(arena, count * sizeof *walk.stack);
    walk.next = arena_zero(arena, count, sizeof *walk.next);
    walk.entered = arena_zero(arena, count, sizeof *walk.entered);
    walk.order = arena_take(arena, count * sizeof *walk.order);
    for (int64_t i = 0; i < roots->count; i++)
        visit(&walk, roots->items[i].value.node);
    for (int32_t i = 0; i < graph->node_count; i++)
        visit(&walk, i);
    return walk.order;
}

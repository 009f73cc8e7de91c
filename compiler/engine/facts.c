/* Facts of nodes: takes a Graph and what is asked for, gives for every node whether it is needed, whether it can be computed before
 * any run, and how many loops it must stand in. A node of a scan's region that does not depend on the iteration belongs in front
 * of the loop; one that depends on weights alone belongs into the Binding. */
#include "engine/planner.h"

#include <stdlib.h>

static GraphFacts *facts_make(Arena *arena, const Graph *graph, GraphFacts *outer, const Node *scan)
{
    GraphFacts *facts = arena_zero(arena, 1, sizeof *facts);
    facts->graph = graph;
    facts->outer = outer;
    facts->scan = scan;
    facts->ahead = !outer || outer->ahead;
    facts->nodes = arena_zero(arena, (size_t)graph->node_count, sizeof *facts->nodes);
    for (int64_t i = 0; i < graph->node_count; i++)
        facts->nodes[i].value = -1;
    if (scan) {
        facts->states = scan->attributes[0].integer;
        facts->sequences = scan->attributes[1].integer;
    }
    return facts;
}

static void need(GraphFacts *facts, Value value)
{
    if (value.node >= 0)
        facts->nodes[value.node].needed = true;
}

static void find_needed(Arena *arena, GraphFacts *facts);

/* A scan needs its region's outputs; of the captures, only those that the region then needs. */
static void find_needed_scan(Arena *arena, GraphFacts *facts, const Node *node, NodeFacts *own)
{
    GraphFacts *region = facts_make(arena, node->region, facts, node);
    own->region = region;
    for (int64_t i = 0; i < region->states; i++)
        need(region, node->region->outputs[i].value);
    find_needed(arena, region);
    for (int64_t i = 0; i < region->states + region->sequences; i++)
        need(facts, node->operands[i]);
    for (int64_t i = 0; i < node->region->node_count; i++) {
        const Node *inner = &node->region->nodes[i];
        if (inner->op == OP_INPUT && region->nodes[i].needed)
            need(facts, node->operands[inner->attributes[0].integer]);
    }
    facts->draws |= region->draws;
    facts->varies |= region->varies;
}

/* Operands come before their users, so one walk from the last node to the first reaches everything. */
static void find_needed(Arena *arena, GraphFacts *facts)
{
    for (int64_t i = facts->graph->node_count - 1; i >= 0; i--) {
        const Node *node = &facts->graph->nodes[i];
        if (!facts->nodes[i].needed)
            continue;
        if (node->op == OP_SCAN) {
            find_needed_scan(arena, facts, node, &facts->nodes[i]);
            continue;
        }
        for (int32_t k = 0; k < node->operand_count; k++)
            need(facts, node->operands[k]);
        const OpInfo *info = op_info(node->op);
        facts->draws |= info && info->random;
        facts->varies |= (info && info->random) || node->op == OP_SEED || node->op == OP_STEP || node->op == OP_RATE;
    }
}

/* Level and variation that come from operands. */
static void inherit(NodeFacts *own, const NodeFacts *from)
{
    own->varies |= from->varies;
    if (from->level > own->level)
        own->level = from->level;
}

static bool classify_source(GraphFacts *facts, const Node *node, NodeFacts *own, int32_t body_level, StrataError *error)
{
    bool table_of_graph = node->op == OP_WEIGHT || node->op == OP_STATE;
    if (table_of_graph && facts->outer)
        return error_set(error, STRATA_INTERNAL, 0, "the region of a scan reads a %s; it must capture it", op_info(node->op)->name);
    if (node->op != OP_INPUT) {
        int64_t row = table_of_graph ? node->attributes[0].integer : 0;
        bool changes = node->op == OP_STATE && facts->graph->training && facts->graph->states[row].next.node >= 0;
        own->varies = !facts->ahead || changes || (!table_of_graph && node->op != OP_CONSTANT);
        return true;
    }
    int64_t index = node->attributes[0].integer;
    if (!facts->outer) {
        own->varies = true;
    } else if (index < facts->states + facts->sequences) {
        own->varies = facts->outer->nodes[facts->scan - facts->outer->graph->nodes].varies;
        own->level = body_level;
    } else {
        inherit(own, &facts->outer->nodes[facts->scan->operands[index].node]);
    }
    return true;
}

/* There is no batch before a run, even where every sample would get the same. */
static bool is_batched(const Node *node)
{
    bool batched = false;
    for (int32_t k = 0; k < node->result_count; k++)
        batched |= node->types[k].batched;
    return batched;
}

static bool classify(GraphFacts *facts, int32_t body_level, StrataError *error)
{
    for (int64_t i = 0; i < facts->graph->node_count; i++) {
        const Node *node = &facts->graph->nodes[i];
        NodeFacts *own = &facts->nodes[i];
        if (!own->needed)
            continue;
        const OpInfo *info = op_info(node->op);
        if (!info || (!info->lower && !op_is_source(node->op) && node->op != OP_SCAN))
            return error_set(error, STRATA_INTERNAL, 0, "operation %d has no kernel", (int)node->op);
        if (op_is_source(node->op)) {
            if (!classify_source(facts, node, own, body_level, error))
                return false;
            continue;
        }
        for (int32_t k = 0; k < node->operand_count; k++)
            if (facts->nodes[node->operands[k].node].needed)
                inherit(own, &facts->nodes[node->operands[k].node]);
        own->varies |= info->random || (own->region && own->region->varies) || is_batched(node);
        if (info->random || (own->region && own->region->draws))
            own->level = body_level;
        if (own->region && !classify(own->region, own->level + 1, error))
            return false;
    }
    return true;
}

GraphFacts *facts_find(Arena *arena, const Graph *graph, const RootList *roots, bool ahead, StrataError *error)
{
    GraphFacts *facts = facts_make(arena, graph, NULL, NULL);
    facts->ahead = ahead;
    for (int64_t i = 0; i < roots->count; i++)
        need(facts, roots->items[i].value);
    find_needed(arena, facts);
    return classify(facts, 0, error) ? facts : NULL;
}

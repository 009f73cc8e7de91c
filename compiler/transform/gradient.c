/* Gradient: takes a Graph and a number in it, appends what computes the number's gradient; see gradient.h.
 *
 * Nodes are visited once, from the last to the first: when a node's turn comes, all that use it have added their share to the gradients of its
 * results, and the rule of its operation hands it on to its operands. Visited are only nodes that lead from a wanted value to the number. */
#include "transform/gradient.h"
#include "transform/gradient_walk.h"
#include "transform/rewrite.h"

typedef struct Walk {
    Graph *graph;
    int64_t node_count; /* before anything was appended */
    int32_t *slot;      /* of each node: where the gradients of its results stand */
    Value *sum;         /* by slot: what was given so far; no_value: nothing */
    bool *leads;        /* for each node: a wanted value is among its results or behind an operand */
    Value *operands;    /* room for the widest node */
    Value *given;
    bool *wanted;
} Walk;

/* Whether the operation hands gradients on at all. */
static bool is_differentiable(const Node *node)
{
    return node->op == OP_SCAN || op_info(node->op)->gradient != gradient_none;
}

static bool wants(const Walk *walk, Value operand)
{
    return walk->leads[operand.node] && gradient_passes(walk->graph, operand);
}

static void find_leads(Walk *walk, const Value *of, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        walk->leads[of[k].node] = true;
    for (int64_t i = 0; i < walk->node_count; i++) {
        const Node *node = &walk->graph->nodes[i];
        for (int32_t k = 0; k < node->operand_count && !walk->leads[i] && is_differentiable(node); k++)
            walk->leads[i] = wants(walk, node->operands[k]);
    }
}

static Walk begin(Graph *graph, const Value *of, int64_t count)
{
    Arena *arena = graph->arena;
    Walk walk = {.graph = graph, .node_count = graph->node_count};
    size_t nodes = (size_t)graph->node_count, widest = (size_t)rewrite_widest(graph);
    walk.slot = arena_take(arena, nodes * sizeof *walk.slot);
    int32_t slots = 0;
    for (int64_t i = 0; i < graph->node_count; i++) {
        walk.slot[i] = slots;
        slots += graph->nodes[i].result_count;
    }
    walk.sum = arena_take(arena, (size_t)slots * sizeof *walk.sum);
    for (int32_t i = 0; i < slots; i++)
        walk.sum[i] = no_value;
    walk.leads = arena_zero(arena, nodes, sizeof *walk.leads);
    walk.operands = arena_take(arena, widest * sizeof *walk.operands);
    walk.given = arena_take(arena, widest * sizeof *walk.given);
    walk.wanted = arena_take(arena, widest * sizeof *walk.wanted);
    find_leads(&walk, of, count);
    return walk;
}

static void add_share(Walk *walk, Value value, Value share, int32_t origin)
{
    Value *sum = &walk->sum[walk->slot[value.node] + value.result];
    const Value both[] = {*sum, share};
    *sum = sum->node < 0 ? share : graph_append(walk->graph, OP_ADD, both, 2, NULL, origin);
}

/* Hands the gradients of a node's results on to its operands. */
static const char *visit(Walk *walk, int64_t index)
{
    Graph *graph = walk->graph;
    const Node node = graph->nodes[index];
    const Value *upstream = &walk->sum[walk->slot[index]];
    bool any_wanted = false, any_given = false;
    for (int32_t k = 0; k < node.operand_count; k++) {
        walk->given[k] = no_value;
        walk->wanted[k] = wants(walk, node.operands[k]);
        any_wanted |= walk->wanted[k];
    }
    for (int32_t i = 0; i < node.result_count; i++)
        any_given |= upstream[i].node >= 0;
    if (!any_wanted || !any_given || !is_differentiable(&node))
        return NULL;
    if (node.op != OP_SCAN && !op_info(node.op)->gradient)
        return arena_printf(graph->arena, "%s has no gradient", op_info(node.op)->name);
    OpUse use = graph_use(graph, &node, graph->arena);
    Gradient gradient = {.graph = graph,
                         .origin = node.origin,
                         .use = &use,
                         .operand = node.operands,
                         .result = {.node = (int32_t)index},
                         .upstream = upstream[0],
                         .wanted = walk->wanted,
                         .given = walk->given};
    const char *problem = NULL;
    if (node.op == OP_SCAN)
        problem = gradient_scan(&gradient, &node, upstream);
    else
        use.info->gradient(&gradient);
    for (int32_t k = 0; k < node.operand_count; k++)
        if (walk->wanted[k] && walk->given[k].node >= 0)
            add_share(walk, node.operands[k], walk->given[k], node.origin);
    return problem;
}

/* The gradient of a wanted value in its own type: real zeros where none arrived. */
static Value finish(Walk *walk, Value of)
{
    Graph *graph = walk->graph;
    Gradient gradient = {.graph = graph, .origin = graph->nodes[of.node].origin};
    Value value = walk->sum[walk->slot[of.node] + of.result];
    const Type type = *graph_type(graph, of);
    if (value.node < 0 || !gradient_passes(graph, of)) {
        value = gradient_number(&gradient, 0);
        if (type.element == ELEMENT_COMPLEX)
            value = gradient_binary(&gradient, OP_COMPLEX, value, value);
        value = gradient_repeat(&gradient, value, type.size, type.rank);
    }
    return type.batched ? gradient_batched(&gradient, value, of) : value;
}

const char *gradient_walk(Graph *graph, const GradientSeed *seeds, int64_t seed_count, const Value *of, int64_t count,
                          Value *gradients)
{
    Walk walk = begin(graph, of, count);
    for (int64_t i = 0; i < seed_count; i++)
        add_share(&walk, seeds[i].value, seeds[i].gradient, graph->nodes[seeds[i].value.node].origin);
    for (int64_t i = walk.node_count - 1; i >= 0; i--) {
        const char *problem = walk.leads[i] ? visit(&walk, i) : NULL;
        if (problem)
            return problem;
    }
    for (int64_t k = 0; k < count; k++)
        gradients[k] = finish(&walk, of[k]);
    return NULL;
}

const char *gradient_append(Graph *graph, Value scalar, const Value *of, int64_t count, Value *gradients)
{
    const Type *type = graph_type(graph, scalar);
    if (type->rank != 0 || type->element != ELEMENT_REAL)
        return arena_printf(graph->arena, "only a real number has a gradient, not %s", type_name(graph->arena, type));
    Gradient gradient = {.graph = graph, .origin = graph->nodes[scalar.node].origin};
    GradientSeed seed = {.value = scalar, .gradient = gradient_number(&gradient, 1)};
    return gradient_walk(graph, &seed, 1, of, count, gradients);
}

Graph *transform_gradient(Arena *arena, const Graph *graph, Value scalar, const Value *of, int64_t count, Value *gradients,
                          const char **problem)
{
    Rewrite rewrite = rewrite_begin(arena, graph);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int64_t i = 0; i < graph->node_count; i++) {
        rewrite_operands(&rewrite, &graph->nodes[i], operands);
        rewrite.map[i] = rewrite_append(&rewrite, &graph->nodes[i], operands, graph->nodes[i].region);
    }
    Graph *copy = rewrite_end(&rewrite);
    *problem = gradient_append(copy, scalar, of, count, gradients);
    return *problem ? NULL : copy;
}

/* Simplify: takes any Graph, gives it with fewer or cheaper operations, by identities that are exact, and with small constants carried out.
 *
 * Exact means: the same numbers whatever the operands are, NaN and infinity included, the sign of a zero aside. So x + 0 and x * 1 go, x * 0
 * stays. A value is only replaced by one of the same type. Nodes that become unused stay for `prune`. */
#include "transform/constant.h"
#include "transform/transform.h"

/* A node at hand: as it is in the old Graph, and its operands in the new one. */
typedef struct Site {
    Rewrite *rewrite;
    const Node *node;
    const Value *x;
} Site;

static const Graph *graph_of(const Site *site)
{
    return site->rewrite->graph;
}

/* The node that computes operand k. */
static const Node *operand_node(const Site *site, int k)
{
    return graph_node(graph_of(site), site->x[k]);
}

/* Replaces the node's value by another one, where the types agree. */
static bool become(const Site *site, Value value, Value *result)
{
    if (!type_equal(graph_type(graph_of(site), value), &site->node->types[0]))
        return false;
    *result = value;
    return true;
}

static bool is_number(const Site *site, int k, double number)
{
    double have;
    return constant_number(graph_of(site), site->x[k], &have) && have == number;
}

/* f(g(x)) for these two operations: gives x. */
static bool is_applied_to(const Site *site, Op inner, Value *x)
{
    const Node *node = operand_node(site, 0);
    if (node->op != inner)
        return false;
    *x = node->operands[0];
    return true;
}

/* ---- Arithmetic ------------------------------------------------------------------------------------------------------------- */

static bool simplify_arithmetic(const Site *site, Value *result)
{
    const Value *x = site->x;
    switch (site->node->op) {
    case OP_ADD:
        return (is_number(site, 1, 0) && become(site, x[0], result)) || (is_number(site, 0, 0) && become(site, x[1], result));
    case OP_SUBTRACT:
        return is_number(site, 1, 0) && become(site, x[0], result);
    case OP_MULTIPLY:
        return (is_number(site, 1, 1) && become(site, x[0], result)) || (is_number(site, 0, 1) && become(site, x[1], result));
    case OP_DIVIDE:
    case OP_POWER:
        return is_number(site, 1, 1) && become(site, x[0], result);
    case OP_MAXIMUM:
    case OP_MINIMUM:
    case OP_AND:
    case OP_OR:
        return value_equal(x[0], x[1]) && become(site, x[0], result);
    default:
        return false;
    }
}

static bool simplify_where(const Site *site, Value *result)
{
    double condition;
    if (value_equal(site->x[1], site->x[2]))
        return become(site, site->x[1], result);
    return constant_number(graph_of(site), site->x[0], &condition) && become(site, site->x[condition != 0 ? 1 : 2], result);
}

/* ---- One operand ------------------------------------------------------------------------------------------------------------ */

/* Operations that undo themselves, or that do nothing the second time. */
static bool simplify_twice(const Site *site, Value *result)
{
    Value inner;
    if (!is_applied_to(site, site->node->op, &inner))
        return false;
    switch (site->node->op) {
    case OP_NEGATE:
    case OP_NOT:
    case OP_CONJ:
        return become(site, inner, result);
    case OP_ABS:
    case OP_RELU:
    case OP_FLOOR:
    case OP_SIGN:
    case OP_STOP_GRADIENT:
        return become(site, site->x[0], result);
    default:
        return false;
    }
}

/* The node again over another operand. */
static bool apply_to(const Site *site, Value operand, Value *result)
{
    *result = rewrite_append(site->rewrite, site->node, &operand, NULL);
    return true;
}

static bool simplify_parts(const Site *site, Value *result)
{
    Value inner;
    switch (site->node->op) {
    case OP_REAL:
        return is_applied_to(site, OP_COMPLEX, &inner) && become(site, inner, result);
    case OP_IMAG:
        return is_applied_to(site, OP_COMPLEX, &inner) && become(site, operand_node(site, 0)->operands[1], result);
    case OP_ABS:
        if (operand_node(site, 0)->op == OP_RELU)
            return become(site, site->x[0], result);
        return is_applied_to(site, OP_NEGATE, &inner) && apply_to(site, inner, result);
    case OP_RELU:
        return operand_node(site, 0)->op == OP_ABS && become(site, site->x[0], result);
    case OP_MODULUS:
        return is_applied_to(site, OP_CONJ, &inner) && apply_to(site, inner, result);
    default:
        return false;
    }
}

/* ---- Shape ------------------------------------------------------------------------------------------------------------------ */

static OpUse use_of(const Site *site)
{
    return (OpUse){.info = op_info(site->node->op), .attributes = site->node->attributes};
}

static bool is_identity_order(const Site *site)
{
    OpUse use = use_of(site);
    int64_t count;
    const int64_t *axes = use_list(&use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        if (axes[i] != i)
            return false;
    return true;
}

/* Axis i of the result is axis axes[i] of the operand, which is axis inner[axes[i]] of its own. */
static bool simplify_permute(const Site *site, Value *result)
{
    const Node *inner = operand_node(site, 0);
    if (is_identity_order(site))
        return become(site, site->x[0], result);
    if (inner->op != OP_PERMUTE)
        return false;
    OpUse outer_use = use_of(site);
    OpUse inner_use = {.info = op_info(OP_PERMUTE), .attributes = inner->attributes};
    int64_t count;
    int64_t axes[MAX_RANK];
    const int64_t *outer_axes = use_list(&outer_use, "axes", &count);
    const int64_t *inner_axes = use_list(&inner_use, "axes", &count);
    bool identity = true;
    for (int64_t i = 0; i < count; i++) {
        axes[i] = inner_axes[outer_axes[i]];
        identity &= axes[i] == i;
    }
    if (identity)
        return become(site, inner->operands[0], result);
    AttributeValue attribute = {.list = {.items = axes, .count = count}};
    attribute.list.items = arena_copy(site->rewrite->graph->arena, axes, (size_t)count * sizeof *axes);
    Node node = *site->node;
    node.attributes = arena_copy(site->rewrite->graph->arena, &attribute, sizeof attribute);
    Value operand = inner->operands[0];
    *result = rewrite_append(site->rewrite, &node, &operand, NULL);
    return true;
}

static bool is_all_zero(const Site *site, const char *attribute)
{
    OpUse use = use_of(site);
    int64_t count;
    const int64_t *items = use_list(&use, attribute, &count);
    for (int64_t i = 0; i < count; i++)
        if (items[i] != 0)
            return false;
    return true;
}

static bool simplify_shape(const Site *site, Value *result)
{
    Value inner;
    Op op = site->node->op;
    switch (op) {
    case OP_RESHAPE:
    case OP_BROADCAST:
        if (become(site, site->x[0], result))
            return true;
        if (!is_applied_to(site, op, &inner))
            return false;
        return become(site, inner, result) || apply_to(site, inner, result);
    case OP_PERMUTE:
        return simplify_permute(site, result);
    case OP_SLICE: {
        OpUse use = use_of(site);
        return use_integer(&use, "step") > 0 && become(site, site->x[0], result);
    }
    case OP_PAD:
        return is_all_zero(site, "amounts") && become(site, site->x[0], result);
    case OP_CONCATENATE:
        return site->node->operand_count == 1 && become(site, site->x[0], result);
    default:
        return false;
    }
}

/* ---- The pass --------------------------------------------------------------------------------------------------------------- */

static bool simplify_node(const Site *site, Value *result)
{
    if (site->node->operand_count == 0)
        return false;
    if (constant_fold(site->rewrite, site->node, site->x, result))
        return true;
    if (site->node->op == OP_WHERE)
        return simplify_where(site, result);
    return simplify_arithmetic(site, result) || simplify_twice(site, result) || simplify_parts(site, result) ||
           simplify_shape(site, result);
}

Graph *transform_simplify(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    Rewrite rewrite = rewrite_begin(arena, graph);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        rewrite_operands(&rewrite, node, operands);
        Site site = {.rewrite = &rewrite, .node = node, .x = operands};
        if (node->region)
            rewrite.map[i] = rewrite_append(&rewrite, node, operands, transform_simplify(arena, node->region, options));
        else if (!simplify_node(&site, &rewrite.map[i]))
            rewrite.map[i] = rewrite_append(&rewrite, node, operands, NULL);
    }
    return rewrite_end(&rewrite);
}

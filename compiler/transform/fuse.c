/* Finding fusions; see fuse.h. A fusion grows along values that have one reader, in the order of the tail. */
#include "transform/fuse.h"

#include "transform/constant.h"
#include "transform/product.h"

#include <string.h>

typedef struct Fuser {
    const Graph *graph;
    const Survey *survey;
    Fusion *fusions;
} Fuser;

static bool continue_add(const Fuser *fuser, const Node *node, int k, Fusion *fusion)
{
    Product product;
    Value other = node->operands[1 - k];
    product_describe(fuser->graph, fuser->survey, &fuser->graph->nodes[fusion->product], &product);
    if (fusion->stage < FUSION_BIAS &&
        product_is_per_channel(fuser->graph, fuser->survey, other, &node->types[0], product.result_axis)) {
        fusion->stage = FUSION_BIAS;
        fusion->bias = other;
        return true;
    }
    if (fusion->stage >= FUSION_ADDITION || !type_equal(graph_type(fuser->graph, other), &node->types[0]))
        return false;
    fusion->stage = FUSION_ADDITION;
    fusion->addition = other;
    return true;
}

static bool continue_relu(Fusion *fusion)
{
    if (fusion->stage >= FUSION_ACTIVATION)
        return false;
    fusion->stage = FUSION_ACTIVATION;
    fusion->activation = "relu";
    return true;
}

/* min(relu(x), high) is a clamp. */
static bool continue_minimum(const Fuser *fuser, const Node *node, int k, Fusion *fusion)
{
    if (fusion->stage != FUSION_ACTIVATION || strcmp(fusion->activation, "relu") != 0 ||
        !constant_number(fuser->graph, node->operands[1 - k], &fusion->high) || !(fusion->high >= 0))
        return false;
    fusion->activation = "clamp";
    return true;
}

static bool has_all(const OpUse *use, const char *name, int64_t number)
{
    int64_t count;
    const int64_t *items = use_list(use, name, &count);
    for (int64_t i = 0; i < count; i++)
        if (items[i] != number)
            return false;
    return true;
}

static bool continue_pool(const Fuser *fuser, const Node *node, Fusion *fusion)
{
    OpUse use = {.info = op_info(OP_POOL_MAX), .attributes = node->attributes};
    bool image = fuser->graph->nodes[fusion->product].op == OP_CONVOLVE && node->types[0].rank == 3;
    if (!image || fusion->stage >= FUSION_POOL || !has_all(&use, "window", 2) || !has_all(&use, "stride", 2) ||
        !has_all(&use, "pad", 0) || use_boolean(&use, "ceil"))
        return false;
    fusion->stage = FUSION_POOL;
    return true;
}

static bool continues(const Fuser *fuser, const Node *node, int k, Fusion *fusion)
{
    if (!type_equal(&node->types[0], graph_type(fuser->graph, node->operands[k])) && node->op != OP_POOL_MAX)
        return false;
    switch (node->op) {
    case OP_ADD:
        return continue_add(fuser, node, k, fusion);
    case OP_RELU:
        return continue_relu(fusion);
    case OP_MINIMUM:
        return continue_minimum(fuser, node, k, fusion);
    case OP_POOL_MAX:
        return continue_pool(fuser, node, fusion);
    default:
        return false;
    }
}

/* Of two products that are added, the later one takes the other as its addition. */
static int32_t candidate(const Fuser *fuser, const Node *node, int k)
{
    if (k >= node->operand_count || node->operands[k].result != 0)
        return -1;
    int32_t operand = node->operands[k].node;
    return fuser->survey->readers[operand] == 1 ? fuser->fusions[operand].product : -1;
}

static void continue_fusion(const Fuser *fuser, int32_t index)
{
    const Node *node = &fuser->graph->nodes[index];
    int first = candidate(fuser, node, 1) > candidate(fuser, node, 0);
    for (int turn = 0; turn < 2; turn++) {
        int k = turn == 0 ? first : 1 - first;
        if (candidate(fuser, node, k) < 0)
            continue;
        Fusion fusion = fuser->fusions[node->operands[k].node];
        fusion.inner = false;
        if (!continues(fuser, node, k, &fusion))
            continue;
        fuser->fusions[index] = fusion;
        fuser->fusions[node->operands[k].node].inner = true;
        return;
    }
}

Fusion *fusions_find(Arena *arena, const Graph *graph, const Survey *survey, bool (*is_fast)(const void *context, const Node *node),
                     const void *context)
{
    Fuser fuser = {graph, survey, arena_take(arena, (size_t)graph->node_count * sizeof *fuser.fusions)};
    for (int32_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        fuser.fusions[i] = (Fusion){.product = -1, .bias = no_value, .addition = no_value, .activation = "none"};
        if (is_fast(context, node))
            fuser.fusions[i].product = i;
        else if (node->operand_count <= 2)
            continue_fusion(&fuser, i);
    }
    return fuser.fusions;
}

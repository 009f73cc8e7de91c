/* Constants in the Graph under construction; see constant.h. */
#include "transform/constant.h"

static const ConstantInfo *small_constant(const Graph *graph, Value value)
{
    const Node *node = graph_node(graph, value);
    if (node->op != OP_CONSTANT)
        return NULL;
    const ConstantInfo *constant = &graph->constants[node->attributes[0].integer];
    return type_reals(&constant->type) <= CONSTANT_REALS ? constant : NULL;
}

bool constant_number(const Graph *graph, Value value, double *number)
{
    const ConstantInfo *constant = small_constant(graph, value);
    if (!constant || constant->type.element == ELEMENT_COMPLEX)
        return false;
    *number = constant->data[0];
    for (int64_t i = 1; i < type_reals(&constant->type); i++)
        if (constant->data[i] != *number)
            return false;
    return true;
}

/* Whether the node's work is small; operations without a cost rule do one operation an element. */
static bool is_cheap(const OpUse *use)
{
    if (type_reals(&use->result) > CONSTANT_REALS)
        return false;
    if (!use->info->cost)
        return true;
    Cost cost = use->info->cost(use);
    return cost.multiply_adds <= CONSTANT_WORK && cost.operations <= CONSTANT_WORK;
}

static Value append_constant(Rewrite *rewrite, const Type *type, const double *data, int32_t origin)
{
    int32_t row = graph_add_constant(rewrite->graph, (ConstantInfo){.type = *type, .data = data});
    return graph_source(rewrite->graph, OP_CONSTANT, row, origin);
}

bool constant_fold(Rewrite *rewrite, const Node *node, const Value *operands, Value *result)
{
    const OpInfo *info = op_info(node->op);
    Arena *arena = rewrite->graph->arena;
    if (!info->evaluate || info->random || info->over_batch || node->types[0].batched || node->operand_count == 0)
        return false;
    for (int32_t k = 0; k < node->operand_count; k++)
        if (!small_constant(rewrite->graph, operands[k]))
            return false;
    Type *types = arena_take(arena, (size_t)node->operand_count * sizeof *types);
    const double **data = arena_take(arena, (size_t)node->operand_count * sizeof *data);
    for (int32_t k = 0; k < node->operand_count; k++) {
        const ConstantInfo *constant = small_constant(rewrite->graph, operands[k]);
        types[k] = constant->type;
        data[k] = constant->data;
    }
    OpUse use = {
        .info = info,
        .operand = types,
        .operand_count = node->operand_count,
        .attributes = node->attributes,
        .result = node->types[0],
        .arena = arena,
    };
    if (!is_cheap(&use))
        return false;
    double *reals = arena_zero(arena, (size_t)type_reals(&use.result), sizeof *reals);
    EvaluationPoint point = {.samples = 1};
    info->evaluate(&use, &point, data, reals);
    *result = append_constant(rewrite, &use.result, reals, node->origin);
    return true;
}

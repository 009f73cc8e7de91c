/* Products with fixed weights; see product.h. */
#include "transform/product.h"

static bool describe_matmul(const Graph *graph, const Survey *survey, const Node *node, Product *product)
{
    OpUse use = {.info = op_info(OP_MATMUL), .attributes = node->attributes};
    product->weight = survey->fixed[node->operands[0].node] ? 0 : 1;
    bool left = product->weight == 0;
    const Type *other = graph_type(graph, node->operands[1 - product->weight]);
    bool transposed = use_boolean(&use, left ? "transpose_a" : "transpose_b");
    product->weight_axis = left == transposed ? 1 : 0;
    product->result_axis = left && other->rank > 1 ? node->types[0].rank - 2 : node->types[0].rank - 1;
    return graph_type(graph, node->operands[product->weight])->rank == 2;
}

/* Filters of a transposed convolution in groups repeat along no axis of the weights, so there is no scaling them by an element-wise product. */
bool product_describe(const Graph *graph, const Survey *survey, const Node *node, Product *product)
{
    if (node->operand_count != 2 || node->types[0].element != ELEMENT_REAL)
        return false;
    bool left = survey->fixed[node->operands[0].node], right = survey->fixed[node->operands[1].node];
    OpUse use = {.info = op_info(node->op), .attributes = node->attributes};
    *product = (Product){.weight = 1};
    switch (node->op) {
    case OP_CONVOLVE:
        return !left && right;
    case OP_CONVOLVE_TRANSPOSED:
        product->weight_axis = 1;
        return !left && right && use_integer(&use, "groups") == 1;
    case OP_MATMUL:
        return left != right && describe_matmul(graph, survey, node, product);
    default:
        return false;
    }
}

bool product_is_per_channel(const Graph *graph, const Survey *survey, Value value, const Type *whole, int axis)
{
    const Type *type = graph_type(graph, value);
    if (!survey->fixed[value.node] || type->element != ELEMENT_REAL || type->rank > whole->rank)
        return false;
    for (int i = 0; i < type->rank; i++)
        if (type->size[i] != 1 && i + whole->rank - type->rank != axis)
            return false;
    return true;
}

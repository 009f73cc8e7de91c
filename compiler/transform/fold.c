/* Fold: takes a Graph that does not train, gives it with normalisation folded into weights.
 *
 * A product of a value with fixed weights (convolution, matrix product) that is then scaled and shifted channel by channel, by values that
 * are fixed too, becomes a product with scaled weights and one shift:
 *
 *     (w x + b - mean) * factor + shift  =  (factor * w) x + ((b - mean) * factor + shift)
 *
 * Fixed is what depends on weights, states and constants alone: it is computed once for them, in front of all runs. Values on the way that
 * somebody else reads end a chain, and so do names that are kept. Regions stay as they are: what is fixed there would be computed anew for every
 * slice. The numbers change by rounding: each product of scaled weights has one
 * rounding more, relative to the terms of its sum, as the sum itself has. */
#include "transform/product.h"
#include "transform/rewrite.h"

/* What a node's value is: scale * product + shift. Both are values of the new Graph with one entry, or one for each channel. */
typedef struct Chain {
    int32_t product; /* a node of the old Graph; -1: not such a value */
    int32_t steps;   /* operations behind the product */
    Value scale;     /* no_value: 1 */
    Value shift;     /* no_value: 0 */
} Chain;

typedef struct Folder {
    Arena *arena;
    const Graph *old;
    Rewrite rewrite;
    Survey survey;
    Chain *chains;
    bool *inner; /* the only reader continues the chain, so that the value itself is not needed */
} Folder;

/* ---- What can be folded ----------------------------------------------------------------------------------------------------- */

/* The operand along which a node continues a chain; -1 when it does not. */
static int continued_operand(const Folder *folder, const Node *node)
{
    bool unary = node->op == OP_NEGATE;
    if (!unary && node->op != OP_ADD && node->op != OP_SUBTRACT && node->op != OP_MULTIPLY && node->op != OP_DIVIDE)
        return -1;
    for (int k = 0; k < node->operand_count; k++) {
        int32_t operand = node->operands[k].node;
        if (folder->chains[operand].product < 0 || folder->survey.readers[operand] != 1 || (node->op == OP_DIVIDE && k == 1))
            continue;
        Product product;
        product_describe(folder->old, &folder->survey, &folder->old->nodes[folder->chains[operand].product], &product);
        if (type_equal(&node->types[0], graph_type(folder->old, node->operands[k])) &&
            (unary ||
             product_is_per_channel(folder->old, &folder->survey, node->operands[1 - k], &node->types[0], product.result_axis)))
            return k;
    }
    return -1;
}

/* Marks the nodes of chains and those that only lead on. */
static void find_chains(Folder *folder)
{
    for (int32_t i = 0; i < folder->old->node_count; i++) {
        const Node *node = &folder->old->nodes[i];
        Product product;
        folder->chains[i] = (Chain){.product = product_describe(folder->old, &folder->survey, node, &product) ? i : -1,
                                    .scale = no_value,
                                    .shift = no_value};
        int k = continued_operand(folder, node);
        if (k < 0)
            continue;
        const Chain *before = &folder->chains[node->operands[k].node];
        folder->chains[i].product = before->product;
        folder->chains[i].steps = before->steps + 1;
        folder->inner[node->operands[k].node] = true;
    }
}

/* ---- Building --------------------------------------------------------------------------------------------------------------- */

static Value reshape(Folder *folder, Value value, const int64_t *size, int64_t rank, int32_t origin)
{
    AttributeValue shape = {.list = {.items = arena_copy(folder->arena, size, (size_t)rank * sizeof *size), .count = rank}};
    return graph_append(folder->rewrite.graph, OP_RESHAPE, &value, 1, &shape, origin);
}

static Value combine(Folder *folder, Op op, Value a, Value b, int32_t origin)
{
    return graph_append(folder->rewrite.graph, op, (Value[]){a, b}, 2, NULL, origin);
}

static Value number(Folder *folder, double value, int32_t origin)
{
    ConstantInfo constant = {.type = {.element = ELEMENT_REAL}, .data = arena_copy(folder->arena, &value, sizeof value)};
    return graph_source(folder->rewrite.graph, OP_CONSTANT, graph_add_constant(folder->rewrite.graph, constant), origin);
}

/* A per-channel value as a vector, one with a single entry as a number. */
static Value flat_channels(Folder *folder, Value old, int32_t origin)
{
    Value value = rewrite_value(&folder->rewrite, old);
    int64_t count = type_elements(graph_type(folder->old, old));
    return reshape(folder, value, &count, count > 1, origin);
}

/* A flat value along one axis of a tensor. */
static Value along_axis(Folder *folder, Value flat, int rank, int axis, int32_t origin)
{
    int64_t size[MAX_RANK];
    const Type *type = graph_type(folder->rewrite.graph, flat);
    if (type->rank == 0)
        return flat;
    for (int i = 0; i < rank - axis; i++)
        size[i] = i == 0 ? type->size[0] : 1;
    return reshape(folder, flat, size, rank - axis, origin);
}

static Value scaled_by(Folder *folder, Op op, Value have, Value factor, int32_t origin)
{
    if (have.node >= 0)
        return combine(folder, op, have, factor, origin);
    return op == OP_DIVIDE ? combine(folder, op, number(folder, 1, origin), factor, origin) : factor;
}

static Value negated(Folder *folder, Value value, int32_t origin)
{
    return graph_append(folder->rewrite.graph, OP_NEGATE, &value, 1, NULL, origin);
}

static void negate_chain(Folder *folder, Chain *chain, int32_t origin)
{
    chain->scale = chain->scale.node >= 0 ? negated(folder, chain->scale, origin) : number(folder, -1, origin);
    if (chain->shift.node >= 0)
        chain->shift = negated(folder, chain->shift, origin);
}

/* scale and shift of a node from those of the operand that it continues. */
static void continue_chain(Folder *folder, const Node *node, Chain *chain)
{
    int k = continued_operand(folder, node);
    const Chain *before = &folder->chains[node->operands[k].node];
    chain->scale = before->scale;
    chain->shift = before->shift;
    if (node->op == OP_NEGATE) {
        negate_chain(folder, chain, node->origin);
        return;
    }
    Value other = flat_channels(folder, node->operands[1 - k], node->origin);
    if (node->op == OP_MULTIPLY || node->op == OP_DIVIDE) {
        chain->scale = scaled_by(folder, node->op, chain->scale, other, node->origin);
        if (chain->shift.node >= 0)
            chain->shift = combine(folder, node->op, chain->shift, other, node->origin);
        return;
    }
    if (node->op == OP_SUBTRACT && k == 1)
        negate_chain(folder, chain, node->origin);
    else if (node->op == OP_SUBTRACT)
        other = negated(folder, other, node->origin);
    chain->shift = chain->shift.node >= 0 ? combine(folder, OP_ADD, chain->shift, other, node->origin) : other;
}

/* The product over scaled weights, then the shift. */
static Value build_chain(Folder *folder, const Node *last, const Chain *chain)
{
    const Node *node = &folder->old->nodes[chain->product];
    Product product;
    product_describe(folder->old, &folder->survey, node, &product);
    Value operands[2];
    rewrite_operands(&folder->rewrite, node, operands);
    if (chain->scale.node >= 0) {
        int rank = graph_type(folder->old, node->operands[product.weight])->rank;
        Value scale = along_axis(folder, chain->scale, rank, product.weight_axis, node->origin);
        operands[product.weight] = combine(folder, OP_MULTIPLY, operands[product.weight], scale, node->origin);
    }
    Value result = rewrite_append(&folder->rewrite, node, operands, NULL);
    if (chain->shift.node < 0)
        return result;
    Value shift = along_axis(folder, chain->shift, node->types[0].rank, product.result_axis, last->origin);
    return combine(folder, OP_ADD, result, shift, last->origin);
}

/* A bias alone is as it should be. */
static bool is_folded(const Folder *folder, int32_t index)
{
    const Node *node = &folder->old->nodes[index];
    const Chain *chain = &folder->chains[index];
    return chain->steps == 0 || (chain->steps == 1 && node->op == OP_ADD);
}

static void fold_node(Folder *folder, int32_t index, Value *operands)
{
    const Node *node = &folder->old->nodes[index];
    Chain *chain = &folder->chains[index];
    if (chain->steps > 0)
        continue_chain(folder, node, chain);
    /* the one operation behind a bias that is not folded reads the product itself */
    bool lone = chain->steps == 0 && folder->inner[index] && is_folded(folder, folder->survey.reader[index]) &&
                !folder->inner[folder->survey.reader[index]];
    if (folder->inner[index] && !lone)
        return;
    if (!is_folded(folder, index)) {
        folder->rewrite.map[index] = build_chain(folder, node, chain);
        return;
    }
    rewrite_operands(&folder->rewrite, node, operands);
    folder->rewrite.map[index] = rewrite_append(&folder->rewrite, node, operands, node->region);
}

Graph *transform_fold(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    Folder folder = {
        .arena = arena,
        .old = graph,
        .rewrite = rewrite_begin(arena, graph),
        .survey = survey_make(arena, graph, options),
        .chains = arena_take(arena, (size_t)graph->node_count * sizeof *folder.chains),
        .inner = arena_zero(arena, (size_t)graph->node_count, sizeof *folder.inner),
    };
    find_chains(&folder);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int32_t i = 0; i < graph->node_count; i++)
        fold_node(&folder, i, operands);
    return rewrite_end(&folder.rewrite);
}

/* Tensors that are the same for every input: constants, and what is computed of them and of weights; see frame.h.
 *
 * Only what spectra are multiplied by is computed, and what that needs: by the definitions of the operations, in double precision. */
#include "analyse/frame.h"

/* Nodes that depend on constants and on weights that are there. */
static bool *find_fixed(const Graph *graph, const double *const *weights, Arena *arena)
{
    bool *fixed = arena_zero(arena, (size_t)graph->node_count, sizeof *fixed);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        const OpInfo *info = op_info(node->op);
        fixed[i] = node->op == OP_CONSTANT || (node->op == OP_WEIGHT && weights);
        if (op_is_source(node->op) || info->random || info->over_batch || !info->evaluate || node->result_count != 1)
            continue;
        fixed[i] = true;
        for (int32_t k = 0; k < node->operand_count; k++)
            fixed[i] = fixed[i] && fixed[node->operands[k].node];
    }
    return fixed;
}

/* Fixed factors of complex values that are not, and what they are computed from. */
static bool *find_needed(const Graph *graph, const bool *fixed, Arena *arena)
{
    bool *needed = arena_zero(arena, (size_t)graph->node_count, sizeof *needed);
    for (int64_t i = graph->node_count - 1; i >= 0; i--) {
        const Node *node = &graph->nodes[i];
        for (int32_t k = 0; k < node->operand_count; k++) {
            int32_t operand = node->operands[k].node;
            bool factor = node->op == OP_MULTIPLY && !fixed[i] && node->types[0].element == ELEMENT_COMPLEX;
            needed[operand] = needed[operand] || (fixed[operand] && (factor || needed[i]));
        }
    }
    return needed;
}

static const double *evaluate(const Frame *frame, const Node *node, Arena *arena)
{
    OpUse use = graph_use(frame->graph, node, arena);
    const double **operands = arena_take(arena, (size_t)(node->operand_count + 1) * sizeof *operands);
    double *result = arena_zero(arena, (size_t)type_reals(&use.result), sizeof *result);
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = frame->known[node->operands[k].node]->data;
    use.info->evaluate(&use, &(EvaluationPoint){.samples = 1}, operands, result);
    return result;
}

void frame_know(Frame *frame, const double *const *weights, Arena *arena)
{
    const Graph *graph = frame->graph;
    const bool *fixed = find_fixed(graph, weights, arena), *needed = find_needed(graph, fixed, arena);
    frame->known = arena_zero(arena, (size_t)graph->node_count, sizeof(const ConstantInfo *));
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        if (node->op == OP_CONSTANT)
            frame->known[i] = &graph->constants[node->attributes[0].integer];
        if (node->op == OP_CONSTANT || !needed[i])
            continue;
        ConstantInfo known = {.type = node->types[0]};
        known.data = node->op == OP_WEIGHT ? weights[node->attributes[0].integer] : evaluate(frame, node, arena);
        frame->known[i] = arena_copy(arena, &known, sizeof known);
    }
}

/* Arrange: takes a Graph that does not train, gives one whose products are the fast operations of their family, over images in blocks.
 *
 * One walk in the order of the Graph. Each product with its tail (fuse.h) becomes one node; what follows works on blocked images where it can, so
 * that images are converted at the edges of the net alone. Packing weights is an operation of fixed values: the planner does it once, in
 * front of all runs. docs/explanation/fast-layouts.md says how algorithms are chosen. */
#include "transform/arrange.h"

/* --- nodes ------------------------------------------------------------------------------------------------------------------- */

OpUse arrange_attributes(Arranger *arranger, Op op)
{
    const OpInfo *info = op_info(op);
    int count = op_attribute_count(info);
    OpUse use = {.info = info, .arena = arranger->arena};
    use.attributes = arena_zero(arranger->arena, (size_t)count, sizeof *use.attributes);
    for (int i = 0; i < count; i++)
        if (info->attributes[i].fallback)
            use.attributes[i] = attribute_default(arranger->arena, &info->attributes[i]);
    return use;
}

void arrange_set_integer(OpUse *use, const char *name, int64_t integer)
{
    use_attribute(use, name)->integer = integer;
}

void arrange_set_list(OpUse *use, const char *name, const int64_t *items, int64_t count)
{
    use_set_list(use, name, items, count);
}

bool arrange_try(Arranger *arranger, const OpUse *use, const Value *operands, int count, int32_t origin, Value *result)
{
    Graph *graph = arranger->rewrite.graph;
    Type *types = arena_take(arranger->arena, (size_t)count * sizeof *types);
    for (int i = 0; i < count; i++)
        types[i] = *graph_type(graph, operands[i]);
    OpUse checked;
    if (!graph_infer(arranger->arena, use->info->op, types, count, use->attributes, &checked))
        return false;
    *result = graph_append_use(graph, &checked, operands, origin);
    return true;
}

Value arrange_append(Arranger *arranger, const OpUse *use, const Value *operands, int count, int32_t origin)
{
    return graph_append(arranger->rewrite.graph, use->info->op, operands, count, use->attributes, origin);
}

Value arrange_reshape(Arranger *arranger, Value value, const int64_t *size, int rank, int32_t origin)
{
    OpUse use = arrange_attributes(arranger, OP_RESHAPE);
    arrange_set_list(&use, "shape", size, rank);
    return arrange_append(arranger, &use, &value, 1, origin);
}

/* --- forms of a value -------------------------------------------------------------------------------------------------------- */

bool arrange_image(const Type *type, int64_t size[3])
{
    if (type->element != ELEMENT_REAL || (type->rank != 3 && type->rank != 2))
        return false;
    size[0] = type->size[0];
    size[1] = type->rank == 3 ? type->size[1] : 1;
    size[2] = type->size[type->rank - 1];
    return true;
}

bool arrange_has_blocked(const Arranger *arranger, Value old)
{
    return old.result == 0 && arranger->blocked[old.node].node >= 0;
}

Value arrange_plain(Arranger *arranger, Value old, int32_t origin)
{
    if (old.node < 0)
        return no_value;
    Value value = rewrite_value(&arranger->rewrite, old);
    if (value.node >= 0 || !arrange_has_blocked(arranger, old))
        return value;
    const Type *type = graph_type(arranger->old, old);
    OpUse use = arrange_attributes(arranger, OP_FROM_BLOCKS);
    arrange_set_integer(&use, "channels", type->size[0]);
    value = arrange_append(arranger, &use, &arranger->blocked[old.node], 1, origin);
    if (type->rank == 2)
        value = arrange_reshape(arranger, value, type->size, 2, origin);
    arranger->rewrite.map[old.node] = value;
    return value;
}

Value arrange_blocked(Arranger *arranger, Value old, int32_t origin)
{
    if (arrange_has_blocked(arranger, old))
        return arranger->blocked[old.node];
    int64_t size[3];
    const Type *type = graph_type(arranger->old, old);
    Value value = arrange_plain(arranger, old, origin);
    arrange_image(type, size);
    if (type->rank == 2)
        value = arrange_reshape(arranger, value, size, 3, origin);
    OpUse use = arrange_attributes(arranger, OP_TO_BLOCKS);
    arrange_set_integer(&use, "lanes", arranger->lanes);
    value = arrange_append(arranger, &use, &value, 1, origin);
    if (old.result == 0)
        arranger->blocked[old.node] = value;
    return value;
}

/* --- the walk ---------------------------------------------------------------------------------------------------------------- */

static void copy_node(Arranger *arranger, int32_t index, Value *operands)
{
    const Node *node = &arranger->old->nodes[index];
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = arrange_plain(arranger, node->operands[k], node->origin);
    arranger->rewrite.map[index] = rewrite_append(&arranger->rewrite, node, operands, node->region);
}

/* What the tables name must be plain. */
static void finish_values(Arranger *arranger, const TransformOptions *options)
{
    const Graph *old = arranger->old;
    for (int64_t i = 0; i < old->output_count; i++)
        arrange_plain(arranger, old->outputs[i].value, old->nodes[old->outputs[i].value.node].origin);
    for (int64_t i = 0; i < old->penalty_count; i++)
        arrange_plain(arranger, old->penalties[i], 0);
    for (int64_t i = 0; i < old->state_count; i++)
        arrange_plain(arranger, old->states[i].next, 0);
    for (int64_t i = 0; options->keep_names && i < old->name_count; i++)
        arrange_plain(arranger, old->names[i].value, 0);
    arrange_plain(arranger, old->objective, 0);
}

Graph *arrange(Arena *arena, const Graph *graph, const FastOptions *fast, const TransformOptions *options)
{
    Arranger arranger = {
        .arena = arena,
        .old = graph,
        .lanes = fast->lanes,
        .exact = fast->exact,
        .rewrite = rewrite_begin(arena, graph),
        .blocked = arena_take(arena, (size_t)graph->node_count * sizeof *arranger.blocked),
        .survey = survey_make(arena, graph, options),
    };
    arranger.fusions = fusions_find(arena, graph, &arranger.survey, arrange_is_fast, &arranger);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int32_t i = 0; i < graph->node_count; i++)
        arranger.blocked[i] = no_value;
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (arranger.fusions[i].inner)
            continue;
        if (arranger.fusions[i].product >= 0)
            arrange_product(&arranger, i);
        else if (!arrange_on_blocks(&arranger, i))
            copy_node(&arranger, i, operands);
    }
    finish_values(&arranger, options);
    return rewrite_end(&arranger.rewrite);
}

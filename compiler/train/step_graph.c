/* The Graph of one step; see step_graph.h. */
#include "train/step_graph.h"

#include "transform/gradient.h"
#include "transform/rewrite.h"

/* What training makes small: the objective and all penalties, in one number. */
static Value total_objective(Graph *graph)
{
    Value total = graph->objective;
    for (int64_t i = 0; i < graph->penalty_count; i++) {
        Value terms[] = {total, graph->penalties[i]};
        total = graph_append(graph, OP_ADD, terms, 2, NULL, graph_node(graph, terms[1])->origin);
    }
    return total;
}

/* The way from the old Graph to the new one. */
typedef struct Step {
    Rewrite rewrite;
    const TrainingStep *training;
    Value *gradients;  /* by trained weight, in the old Graph */
    int32_t *state;    /* by weight of the old Graph: its state in the new one, or -1 */
    int32_t *weight;   /* by weight of the old Graph: its row in the new one, or -1 */
    Value *stands_for; /* by input of the old Graph: the gradient that it stands for, or no_value */
} Step;

/* A state for each trained weight, behind the net's own; the other weights move up. */
static void move_weights(Step *step)
{
    const Graph *old = step->rewrite.old;
    Graph *graph = step->rewrite.graph;
    graph->weight_count = 0;
    for (int64_t i = 0; i < old->weight_count; i++)
        step->state[i] = step->weight[i] = -1;
    for (int64_t i = 0; i < step->training->weight_count; i++) {
        int32_t row = step->training->weights[i].weight;
        const WeightInfo *info = &old->weights[row];
        step->state[row] = graph_add_state(
            graph, (StateInfo){.name = info->name, .type = info->type, .initial = no_value, .next = no_value, .span = info->span});
    }
    for (int64_t i = 0; i < old->weight_count; i++)
        if (step->state[i] < 0) {
            step->weight[i] = (int32_t)graph->weight_count;
            graph->weights[graph->weight_count++] = old->weights[i];
        }
}

/* Inputs that stand for gradients were added last. */
static void drop_inputs(Step *step)
{
    const Graph *old = step->rewrite.old;
    Graph *graph = step->rewrite.graph;
    for (int64_t i = 0; i < old->input_count; i++)
        step->stands_for[i] = no_value;
    for (int64_t i = 0; i < step->training->weight_count; i++) {
        int32_t input = step->training->weights[i].gradient;
        step->stands_for[input] = step->gradients[i];
        if (input < graph->input_count)
            graph->input_count = graph->input_capacity = input;
    }
}

static Value rewrite_source(Step *step, const Node *node)
{
    Graph *graph = step->rewrite.graph;
    int64_t row = node->attributes ? node->attributes[0].integer : 0;
    if (node->op == OP_WEIGHT && step->state[row] >= 0)
        return graph_source(graph, OP_STATE, step->state[row], node->origin);
    if (node->op == OP_WEIGHT)
        return graph_source(graph, OP_WEIGHT, step->weight[row], node->origin);
    if (node->op == OP_INPUT && step->stands_for[row].node >= 0)
        return rewrite_value(&step->rewrite, step->stands_for[row]);
    return rewrite_append(&step->rewrite, node, NULL, node->region);
}

/* Copies the nodes that need no gradient, then those that do: behind the gradients, which were appended last. */
static void copy_nodes(Step *step, Arena *arena)
{
    const Graph *old = step->rewrite.old;
    Value *operands = arena_take(arena, ((size_t)rewrite_widest(old) + 1) * sizeof *operands);
    bool *waits = arena_zero(arena, (size_t)old->node_count + 1, sizeof *waits);
    for (int64_t i = 0; i < old->node_count; i++) {
        const Node *node = &old->nodes[i];
        waits[i] = node->op == OP_INPUT && step->stands_for[node->attributes[0].integer].node >= 0;
        for (int32_t k = 0; k < node->operand_count; k++)
            waits[i] |= waits[node->operands[k].node];
    }
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < old->node_count; i++) {
            const Node *node = &old->nodes[i];
            if (waits[i] != (pass == 1))
                continue;
            if (op_is_source(node->op)) {
                step->rewrite.map[i] = rewrite_source(step, node);
                continue;
            }
            rewrite_operands(&step->rewrite, node, operands);
            step->rewrite.map[i] = rewrite_append(&step->rewrite, node, operands, node->region);
        }
}

static void map_tables(Step *step)
{
    const Graph *old = step->rewrite.old;
    Graph *graph = step->rewrite.graph;
    const Rewrite *rewrite = &step->rewrite;
    for (int64_t i = 0; i < old->state_count; i++) {
        graph->states[i].initial = rewrite_value(rewrite, old->states[i].initial);
        graph->states[i].next = rewrite_value(rewrite, old->states[i].next);
    }
    for (int64_t i = 0; i < old->weight_count; i++) {
        Value initial = rewrite_value(rewrite, old->weights[i].initial);
        if (step->state[i] >= 0)
            graph->states[step->state[i]].initial = initial;
        else
            graph->weights[step->weight[i]].initial = initial;
    }
    for (int64_t i = 0; i < step->training->weight_count; i++) {
        const StepWeight *weight = &step->training->weights[i];
        graph->states[step->state[weight->weight]].next = rewrite_value(rewrite, weight->next);
    }
    for (int64_t i = 0; i < old->penalty_count; i++)
        graph_add_penalty(graph, rewrite_value(rewrite, old->penalties[i]));
    graph->objective = rewrite_value(rewrite, old->objective);
}

Graph *step_graph_make(Arena *arena, TrainingStep *training, const char **problem)
{
    Graph *old = training->graph;
    int64_t count = training->weight_count;
    Value *weights = arena_take(arena, ((size_t)count + 1) * sizeof *weights);
    Step step = {.training = training};
    step.gradients = arena_take(arena, ((size_t)count + 1) * sizeof *step.gradients);
    for (int64_t i = 0; i < count; i++)
        weights[i] = training->weights[i].value;
    *problem = gradient_append(old, total_objective(old), weights, count, step.gradients);
    if (*problem)
        return NULL;
    step.rewrite = rewrite_begin(arena, old);
    step.state = arena_take(arena, ((size_t)old->weight_count + 1) * sizeof *step.state);
    step.weight = arena_take(arena, ((size_t)old->weight_count + 1) * sizeof *step.weight);
    step.stands_for = arena_take(arena, ((size_t)old->input_count + 1) * sizeof *step.stands_for);
    move_weights(&step);
    drop_inputs(&step);
    copy_nodes(&step, arena);
    map_tables(&step);
    return step.rewrite.graph;
}

/* Energies by order: takes a Graph with its banks, gives a Graph that computes, for each sample, how much of the signals' energy the filters of each depth give for good.
 *
 * What a filter gives either goes on to another bank or leaves. The energy of order d is that of what leaves the banks with d others before them, each
 * coefficient counted for the k samples it stands for: with Y the subsampled spectrum of N / k numbers, |y|^2 k = |Y|^2 k^2 / N. */
#include "analyse/frame.h"

/* Nodes that take a filter's product on the way to another bank. */
static bool *find_onward(const Frame *frame, Arena *arena)
{
    const Graph *graph = frame->graph;
    bool *onward = arena_zero(arena, (size_t)graph->node_count, sizeof *onward);
    for (int64_t i = 0; i < frame->bank_count; i++) {
        if (frame->banks[i].parent < 0)
            continue;
        int32_t index = frame->banks[i].signal;
        while (!frame->filtered[graph->nodes[index].operands[0].node])
            index = graph->nodes[index].operands[0].node;
        onward[index] = true;
    }
    return onward;
}

/* The same Graph, to which nodes can be added without changing the old one: tables are copied when they grow. */
static Graph *copy_graph(const Graph *old, Arena *arena)
{
    Graph *graph = arena_copy(arena, old, sizeof *old);
    graph->arena = arena;
    graph->node_capacity = old->node_count;
    graph->constant_capacity = old->constant_count;
    graph->outputs = NULL;
    graph->output_count = graph->output_capacity = 0;
    graph->names = NULL;
    graph->name_count = graph->name_capacity = 0;
    return graph;
}

static Value scalar(Graph *graph, double number)
{
    ConstantInfo constant = {.type = {.element = ELEMENT_REAL, .rank = 0},
                             .data = arena_copy(graph->arena, &number, sizeof number)};
    return graph_source(graph, OP_CONSTANT, graph_add_constant(graph, constant), 0);
}

/* `factor` times the squared norm of a value, for one sample. */
static Value energy(Graph *graph, Value value, double factor)
{
    Op size = graph_type(graph, value)->element == ELEMENT_COMPLEX ? OP_MODULUS : OP_ABS;
    Value modulus = graph_append(graph, size, &value, 1, NULL, 0);
    Value square = graph_append(graph, OP_MULTIPLY, (Value[]){modulus, modulus}, 2, NULL, 0);
    AttributeValue attributes[2] = {{.list = {NULL, 0}}, {.boolean = false}};
    Value sum = graph_append(graph, OP_REDUCE_SUM, &square, 1, attributes, 0);
    return graph_append(graph, OP_MULTIPLY, (Value[]){sum, scalar(graph, factor)}, 2, NULL, 0);
}

static Value added(Graph *graph, Value sum, Value more)
{
    return sum.node < 0 ? more : graph_append(graph, OP_ADD, (Value[]){sum, more}, 2, NULL, 0);
}

/* What a filter gives: subsampled where a periodize takes it, else the product itself. */
static Value taken_value(const Graph *graph, const Frame *frame, const FrameFilter *filter)
{
    const Node *user = &graph->nodes[filter->user];
    if (user->op == OP_PERIODIZE)
        return (Value){filter->user, 0};
    for (int32_t k = 0; k < user->operand_count; k++)
        if (frame->filtered[user->operands[k].node])
            return user->operands[k];
    return no_value;
}

/* The energy of what leaves a bank; each node that takes filters stands for all that it takes. */
static Value bank_energy(Graph *graph, const Frame *frame, const FrameBank *bank, const bool *onward, Value sum)
{
    int32_t before = -1;
    for (int64_t i = 0; i < bank->filter_count; i++) {
        const FrameFilter *filter = &bank->filters[i];
        if (filter->user < 0 || filter->user == before || onward[filter->user])
            continue;
        before = filter->user;
        double step = (double)(filter->step[0] * filter->step[1]), grid = (double)(bank->size[0] * bank->size[1]);
        sum = added(graph, sum, energy(graph, taken_value(graph, frame, filter), step * step / grid));
    }
    return sum;
}

Graph *frame_energies(const Frame *frame, Arena *arena)
{
    Graph *graph = copy_graph(frame->graph, arena);
    const bool *onward = find_onward(frame, arena);
    Value input = no_value;
    int64_t deepest = 0;
    for (int64_t i = 0; i < frame->bank_count; i++) {
        const FrameBank *bank = &frame->banks[i];
        deepest = bank->depth > deepest ? bank->depth : deepest;
        if (bank->parent < 0)
            input = added(graph, input, energy(graph, (Value){bank->signal, 0}, 1));
    }
    graph_add_output(graph, (OutputInfo){.name = "input", .value = input});
    for (int64_t depth = 0; depth <= deepest; depth++) {
        Value sum = no_value;
        for (int64_t i = 0; i < frame->bank_count; i++)
            if (frame->banks[i].depth == depth)
                sum = bank_energy(graph, frame, &frame->banks[i], onward, sum);
        sum = sum.node >= 0 ? sum : scalar(graph, 0);
        graph_add_output(graph, (OutputInfo){.name = arena_printf(arena, "order%d", (int)depth), .value = sum});
    }
    return graph;
}

/* See local_check.h: runs of a Graph with everything watched, and what they must agree with. */
#include "engine/local_check.h"

#include <math.h>
#include <string.h>

/* --- runs -------------------------------------------------------------------------------------------------------------------- */

/* A Program ready to run these data. */
typedef struct Prepared {
    Program *program;
    Binding *binding;
    Workspace *workspace;
    OutputBuffer *outputs;
    OutputBuffer *next_states;
    double objective;
} Prepared;

static InputBuffer *input_buffers(Arena *arena, double *const *rows, int64_t count)
{
    InputBuffer *buffers = arena_take(arena, (size_t)count * sizeof *buffers);
    for (int64_t i = 0; i < count; i++)
        buffers[i] = (InputBuffer){.data = rows[i], .element = PRECISION_DOUBLE};
    return buffers;
}

static OutputBuffer *output_buffers(Arena *arena, const Program *program, int64_t count,
                                    const ProgramValue *(*row)(const Program *program, int64_t index), int64_t batch)
{
    OutputBuffer *buffers = arena_take(arena, (size_t)count * sizeof *buffers);
    for (int64_t i = 0; i < count; i++) {
        const Type *type = &row(program, i)->type;
        size_t bytes = (size_t)(type_reals(type) * (type->batched ? batch : 1)) * sizeof(double);
        buffers[i] = (OutputBuffer){.data = arena_take(arena, bytes), .element = PRECISION_DOUBLE};
        memset(buffers[i].data, 0xff, bytes);
    }
    return buffers;
}

static void release(Prepared *prepared)
{
    workspace_release(prepared->workspace);
    binding_release(prepared->binding);
    program_release(prepared->program);
}

/* Makes everything, runs once, releases everything but the results. */
static const char *run_once(Arena *arena, const Graph *graph, const ModelData *data, const CheckOptions *options, bool watch,
                            Prepared *prepared)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    const char **names = arena_take(arena, (size_t)graph->name_count * sizeof *names);
    for (int64_t i = 0; i < graph->name_count; i++)
        names[i] = graph->names[i].path;
    ProgramOptions program_options = {
        .precision = options->precision,
        .watch = names,
        .watch_count = watch ? graph->name_count : 0,
        .tile = options->tile,
        .batch = options->exact ? data->batch : 0,
    };
    *prepared = (Prepared){.program = program_make(graph, &program_options, &allocator, &error)};
    const Program *program = prepared->program;
    CompileOptions everything = {.samples = INT64_MAX};
    bool done = program && (!options->compile || program_compile(prepared->program, &everything, NULL, &error));
    if (done) {
        prepared->binding = binding_make(program, input_buffers(arena, data->weights, graph->weight_count),
                                         input_buffers(arena, data->states, graph->state_count), false, &error);
        prepared->workspace = workspace_make(program, 0, options->pool, &error);
        prepared->outputs = output_buffers(arena, program, program_output_count(program), program_output, data->batch);
        prepared->next_states = output_buffers(arena, program, program_state_count(program), program_state, data->batch);
        Run run = {
            .batch = data->batch,
            .inputs = input_buffers(arena, data->inputs, graph->input_count),
            .outputs = prepared->outputs,
            .next_states = prepared->next_states,
            .lends_states = true,
            .seed = data->seed,
            .step = 3,
            .rate = 0.25,
        };
        done =
            prepared->binding && prepared->workspace && program_run(program, prepared->binding, prepared->workspace, &run, &error);
        prepared->objective = run.objective;
    }
    release(prepared);
    return done ? NULL : arena_printf(arena, "the run fails: %s", error.message);
}

/* The names of a Graph are those of its values, in order. */
static double ***arrange(Arena *arena, const Graph *graph, const OutputBuffer *watched)
{
    double ***values = arena_take(arena, (size_t)graph->node_count * sizeof *values);
    for (int64_t i = 0; i < graph->node_count; i++) {
        values[i] = arena_take(arena, (size_t)graph->nodes[i].result_count * sizeof **values);
        for (int32_t k = 0; k < graph->nodes[i].result_count; k++)
            values[i][k] = (watched++)->data;
    }
    return values;
}

double ***watched_values(Arena *arena, const Graph *graph, const ModelData *data, const CheckOptions *options, const char **problem)
{
    Prepared prepared;
    *problem = run_once(arena, graph, data, options, true, &prepared);
    return *problem ? NULL : arrange(arena, graph, prepared.outputs + graph->output_count);
}

/* --- values ------------------------------------------------------------------------------------------------------------------ */

typedef struct Check {
    Arena *arena;
    const Graph *graph;
    const ModelData *data;
    const CheckOptions *options;
    CheckCounts *counts;
    double ***values;
} Check;

static int64_t value_count(const Check *check, Value value)
{
    const Type *type = graph_type(check->graph, value);
    return type_reals(type) * (type->batched ? check->data->batch : 1);
}

/* Same bits, except that one NaN is as good as another. */
static bool same_bits(const double *a, const double *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

static const char *check_source(const Check *check, int64_t index)
{
    const Node *node = &check->graph->nodes[index];
    int64_t row = node->op <= OP_CONSTANT ? node->attributes[0].integer : 0;
    double scalar = node->op == OP_SEED ? (double)check->data->seed : node->op == OP_STEP ? 3 : 0.25;
    const double *given = node->op == OP_INPUT      ? check->data->inputs[row]
                          : node->op == OP_WEIGHT   ? check->data->weights[row]
                          : node->op == OP_STATE    ? check->data->states[row]
                          : node->op == OP_CONSTANT ? check->graph->constants[row].data
                                                    : &scalar;
    for (int64_t i = 0; i < value_count(check, (Value){(int32_t)index, 0}); i++) {
        double expected = check->options->precision == PRECISION_SINGLE ? (float)given[i] : given[i];
        if (!same_bits(&check->values[index][0][i], &expected, 1))
            return arena_printf(check->arena, "%%%lld = %s: entry %lld is %.17g, not %.17g", (long long)index,
                                op_info(node->op)->name, (long long)i, check->values[index][0][i], expected);
    }
    return NULL;
}

/* --- scans ------------------------------------------------------------------------------------------------------------------- */

/* Copies what sample i reads: all of a value, or its slice at `position` (-1: all). */
static double *region_input(const Check *check, const Type *to, const double *from, const Type *from_type, int64_t position)
{
    int64_t samples = to->batched ? check->data->batch : 1;
    double *input = arena_take(check->arena, (size_t)(samples * type_reals(to)) * sizeof *input);
    for (int64_t i = 0; i < samples; i++)
        memcpy(input + i * type_reals(to),
               from + (from_type->batched ? i * type_reals(from_type) : 0) + (position < 0 ? 0 : position * type_reals(to)),
               (size_t)type_reals(to) * sizeof *input);
    return input;
}

/* What the region got in the iteration at `position`, by the stacks that the interpreter wrote. */
static double **region_inputs(const Check *check, const Node *node, double *const *stacks, int64_t position)
{
    int64_t states = node->attributes[0].integer, sequences = node->attributes[1].integer;
    bool reverse = node->attributes[2].boolean;
    int64_t before = reverse ? position + 1 : position - 1;
    bool first = before < 0 || before >= node->types[0].size[0];
    double **inputs = arena_take(check->arena, (size_t)node->operand_count * sizeof *inputs);
    for (int64_t k = 0; k < node->operand_count; k++) {
        Value operand = node->operands[k];
        const double *from = check->values[operand.node][operand.result];
        const Type *from_type = graph_type(check->graph, operand);
        bool stacked = k < states && !first, sliced = k >= states && k < states + sequences;
        inputs[k] =
            region_input(check, &node->region->inputs[k].type, stacked ? stacks[k] : from, stacked ? &node->types[k] : from_type,
                         stacked  ? before
                         : sliced ? position
                                  : -1);
    }
    return inputs;
}

/* The region, run by itself, gives the very bits that the loop stacked; and each value in it is right. */
static const char *check_iteration(const Check *check, int64_t index, int64_t position)
{
    const Node *node = &check->graph->nodes[index];
    double **stacks = check->values[index];
    ModelData data = *check->data;
    data.inputs = region_inputs(check, node, stacks, position);
    const char *problem = local_check(check->arena, node->region, &data, check->options, check->counts);
    if (problem)
        return arena_printf(check->arena, "in the region of %%%lld: %s", (long long)index, problem);
    Prepared prepared;
    problem = run_once(check->arena, node->region, &data, check->options, false, &prepared);
    for (int32_t k = 0; !problem && k < node->result_count; k++) {
        const Type *type = &node->region->inputs[k].type;
        double *slice = region_input(check, type, stacks[k], &node->types[k], position);
        if (!same_bits(slice, prepared.outputs[k].data, type_reals(type) * (type->batched ? data.batch : 1)))
            problem = arena_printf(check->arena, "%%%lld = scan: slice %lld of result %d is not what the region gives",
                                   (long long)index, (long long)position, k);
    }
    return problem;
}

static const char *check_scan(const Check *check, int64_t index)
{
    const char *problem = NULL;
    int64_t iterations = check->options->compile ? 1 : check->graph->nodes[index].types[0].size[0];
    for (int64_t i = 0; !problem && i < iterations; i++)
        problem = check_iteration(check, index, i);
    return problem;
}

/* --- all --------------------------------------------------------------------------------------------------------------------- */

static const char *check_node(const Check *check, int64_t index)
{
    const Node *node = &check->graph->nodes[index];
    if (node->op <= OP_RATE)
        return check_source(check, index);
    if (node->op == OP_SCAN)
        return check_scan(check, index);
    const double **operands = arena_take(check->arena, (size_t)node->operand_count * sizeof *operands);
    for (int32_t k = 0; k < node->operand_count; k++)
        operands[k] = check->values[node->operands[k].node][node->operands[k].result];
    LocalValue value = {
        .graph = check->graph,
        .node = node,
        .operands = operands,
        .computed = check->values[index][0],
        .batch = check->data->batch,
        .seed = check->data->seed,
        .precision = check->options->precision,
    };
    return check_operation(check->arena, &value, check->counts);
}

/* A run that gives these results must give the very bits of the watched values. */
static const char *check_results(const Check *check, const Prepared *prepared, const char *which)
{
    const Graph *graph = check->graph;
    for (int64_t i = 0; i < graph->output_count; i++) {
        Value value = graph->outputs[i].value;
        if (!same_bits(prepared->outputs[i].data, check->values[value.node][value.result], value_count(check, value)))
            return arena_printf(check->arena, "output %lld of %s is not the value %%%d", (long long)i, which, value.node);
    }
    for (int64_t i = 0; i < graph->state_count; i++) {
        Value next = graph->training ? graph->states[i].next : no_value;
        if (next.node >= 0 &&
            !same_bits(prepared->next_states[i].data, check->values[next.node][next.result], value_count(check, next)))
            return arena_printf(check->arena, "next state %lld of %s is not the value %%%d", (long long)i, which, next.node);
    }
    return NULL;
}

static double mean_of(const Check *check, Value value)
{
    int64_t count = value_count(check, value);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += check->values[value.node][value.result][i] / (double)count;
    return sum;
}

static const char *check_objective(const Check *check, double objective)
{
    const Graph *graph = check->graph;
    if (!graph->training)
        return NULL;
    double expected = graph->objective.node >= 0 ? mean_of(check, graph->objective) : 0;
    for (int64_t i = 0; i < graph->penalty_count; i++)
        expected += mean_of(check, graph->penalties[i]);
    bool same =
        same_bits(&objective, &expected, 1) || fabs(objective - expected) <= 1e-12 * (1 + fabs(expected)) || isinf(expected);
    return same ? NULL : arena_printf(check->arena, "the objective is %.17g, not %.17g", objective, expected);
}

/* Without anything watched, memory is used again sooner; in other tiles, the loops are cut elsewhere. */
static const char *check_other_runs(const Check *check)
{
    Prepared plain;
    const char *problem = run_once(check->arena, check->graph, check->data, check->options, false, &plain);
    if (!problem)
        problem = check_results(check, &plain, "the run without watching");
    if (!problem)
        problem = check_objective(check, plain.objective);
    if (problem || check->options->exact)
        return problem;
    CheckOptions other = *check->options;
    other.tile = other.tile == 1 ? 3 : 1;
    problem = run_once(check->arena, check->graph, check->data, &other, false, &plain);
    return problem ? problem : check_results(check, &plain, "the run in other tiles");
}

const char *local_check(Arena *arena, const Graph *graph, const ModelData *data, const CheckOptions *options, CheckCounts *counts)
{
    const char *problem;
    Check check = {.arena = arena, .graph = graph, .data = data, .options = options, .counts = counts};
    check.values = watched_values(arena, graph, data, options, &problem);
    if (problem)
        return problem;
    for (int64_t i = 0; !problem && i < graph->node_count; i++)
        problem = check_node(&check, i);
    return problem || options->compile ? problem : check_other_runs(&check);
}

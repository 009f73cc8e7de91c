/* See harness.h. */
#include "engine/harness.h"
#include "ops/harness.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

Type type_real(bool batched, int rank, ...)
{
    Type type = {.batched = batched, .rank = rank};
    va_list sizes;
    va_start(sizes, rank);
    for (int i = 0; i < rank; i++)
        type.size[i] = va_arg(sizes, int);
    va_end(sizes);
    return type;
}

void model_begin(Model *model, const char *name)
{
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&model->arena, &allocator);
    model->graph = graph_make(&model->arena, name);
    graph_add_origin(model->graph, (Origin){.parent = -1});
}

void model_end(Model *model)
{
    arena_release(&model->arena);
}

Value model_input(Graph *graph, const char *name, Type type)
{
    return graph_source(graph, OP_INPUT, graph_add_input(graph, (InputInfo){.name = name, .type = type}), 0);
}

Value model_weight(Graph *graph, const char *name, Type type)
{
    WeightInfo weight = {.name = name, .type = type, .initial = no_value};
    return graph_source(graph, OP_WEIGHT, graph_add_weight(graph, weight), 0);
}

Value model_state(Graph *graph, const char *name, Type type)
{
    StateInfo state = {.name = name, .type = type, .initial = no_value, .next = no_value};
    return graph_source(graph, OP_STATE, graph_add_state(graph, state), 0);
}

Value model_constant(Graph *graph, Type type, const double *values)
{
    ConstantInfo constant = {.type = type};
    constant.data = arena_copy(graph->arena, values, (size_t)type_reals(&type) * sizeof *values);
    return graph_source(graph, OP_CONSTANT, graph_add_constant(graph, constant), 0);
}

Value model_fill(Graph *graph, Type type, double value)
{
    double *values = arena_take(graph->arena, (size_t)type_reals(&type) * sizeof *values);
    for (int64_t i = 0; i < type_reals(&type); i++)
        values[i] = value;
    return model_constant(graph, type, values);
}

Value apply(Graph *graph, const char *op, const char *attributes, int count, const Value *operands)
{
    const OpInfo *info = op_find(op);
    if (!info)
        fail_msg("there is no operation %s", op);
    return graph_append(graph, info->op, operands, count, trial_attributes(graph->arena, info, attributes), 0);
}

Value apply1(Graph *graph, const char *op, const char *attributes, Value a)
{
    return apply(graph, op, attributes, 1, &a);
}

Value apply2(Graph *graph, const char *op, const char *attributes, Value a, Value b)
{
    return apply(graph, op, attributes, 2, (Value[]){a, b});
}

void model_output(Graph *graph, const char *name, Value value)
{
    graph_add_output(graph, (OutputInfo){.name = name, .value = value});
}

/* Splitmix64 (Vigna), as a number in -1 .. 1 that single precision holds. */
static double random_real(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (float)((double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1);
}

static double *random_reals(Arena *arena, int64_t count, const InputInfo *input, uint64_t *state)
{
    double *reals = arena_take(arena, (size_t)count * sizeof *reals);
    double below = !input || input->kind == INPUT_REAL ? 0 : input->kind == INPUT_BYTES ? 256 : (double)input->below;
    for (int64_t i = 0; i < count; i++) {
        double real = random_real(state);
        reals[i] = below > 0 ? floor((real + 1) / 2 * below) : real;
        if (below > 0 && reals[i] >= below)
            reals[i] = below - 1;
    }
    return reals;
}

ModelData model_data(Arena *arena, const Graph *graph, int64_t batch, uint64_t seed)
{
    ModelData data = {.batch = batch, .seed = seed, .rate = 0.25};
    uint64_t state = seed;
    data.inputs = arena_take(arena, (size_t)graph->input_count * sizeof *data.inputs);
    data.weights = arena_take(arena, (size_t)graph->weight_count * sizeof *data.weights);
    data.states = arena_take(arena, (size_t)graph->state_count * sizeof *data.states);
    for (int64_t i = 0; i < graph->input_count; i++) {
        const InputInfo *row = &graph->inputs[i];
        data.inputs[i] = random_reals(arena, type_reals(&row->type) * (row->type.batched ? batch : 1), row, &state);
    }
    for (int64_t i = 0; i < graph->weight_count; i++)
        data.weights[i] = random_reals(arena, type_reals(&graph->weights[i].type), NULL, &state);
    for (int64_t i = 0; i < graph->state_count; i++)
        data.states[i] = random_reals(arena, type_reals(&graph->states[i].type), NULL, &state);
    return data;
}

static InputBuffer *input_buffers(Arena *arena, double *const *rows, int64_t count)
{
    InputBuffer *buffers = arena_take(arena, (size_t)count * sizeof *buffers);
    for (int64_t i = 0; i < count; i++)
        buffers[i] = (InputBuffer){.data = rows[i], .element = PRECISION_DOUBLE};
    return buffers;
}

static double **result_rows(Arena *arena, OutputBuffer **buffers, int64_t count)
{
    *buffers = arena_take(arena, (size_t)count * sizeof **buffers);
    return arena_take(arena, (size_t)count * sizeof(double *));
}

/* Memory that the run must fill: anything left shows as NaN. */
static double *result_row(Arena *arena, const Type *type, int64_t batch, OutputBuffer *buffer)
{
    int64_t count = type_reals(type) * (type->batched ? batch : 1);
    double *row = arena_take(arena, (size_t)count * sizeof *row);
    for (int64_t i = 0; i < count; i++)
        row[i] = NAN;
    *buffer = (OutputBuffer){.data = row, .element = PRECISION_DOUBLE};
    return row;
}

ModelResult model_run(Arena *arena, const Program *program, const ModelData *data, ThreadPool *pool)
{
    StrataError error = {0};
    InputBuffer *weights = input_buffers(arena, data->weights, program_weight_count(program));
    InputBuffer *states = input_buffers(arena, data->states, program_state_count(program));
    InputBuffer *inputs = input_buffers(arena, data->inputs, program_input_count(program));
    Binding *binding = binding_make(program, weights, states, false, &error);
    Workspace *workspace = workspace_make(program, 0, pool, &error);
    if (!binding || !workspace)
        fail_msg("%s", error.message);
    Run run = {.batch = data->batch, .inputs = inputs, .lends_states = true, .seed = data->seed, .step = 3, .rate = data->rate};
    ModelResult result;
    result.outputs = result_rows(arena, &run.outputs, program_output_count(program));
    result.next_states = result_rows(arena, &run.next_states, program_state_count(program));
    for (int64_t i = 0; i < program_output_count(program); i++)
        result.outputs[i] = result_row(arena, &program_output(program, i)->type, data->batch, &run.outputs[i]);
    for (int64_t i = 0; i < program_state_count(program); i++)
        result.next_states[i] = result_row(arena, &program_state(program, i)->type, data->batch, &run.next_states[i]);
    if (!program_run(program, binding, workspace, &run, &error))
        fail_msg("%s", error.message);
    result.objective = run.objective;
    workspace_release(workspace);
    binding_release(binding);
    return result;
}

static void compare(const char *name, const double *got, const double *expected, int64_t count, double tolerance)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(got[i] - expected[i]) <= tolerance * largest))
            fail_msg("%s[%lld]: got %.17g, expected %.17g", name, (long long)i, got[i], expected[i]);
}

static void compare_all(const Graph *graph, const Program *program, const ModelResult *result, const Reference *reference,
                        const ModelData *data, double tolerance)
{
    for (int64_t i = 0; i < graph->output_count; i++) {
        Value value = graph->outputs[i].value;
        const Type *type = graph_type(graph, value);
        compare(program_output(program, i)->name, result->outputs[i], reference_value(reference, value),
                type_reals(type) * (type->batched ? data->batch : 1), tolerance);
    }
    for (int64_t i = 0; i < graph->state_count; i++) {
        bool changes = graph->training && graph->states[i].next.node >= 0;
        const double *expected = changes ? reference_value(reference, graph->states[i].next) : data->states[i];
        compare(graph->states[i].name, result->next_states[i], expected, type_reals(&graph->states[i].type), tolerance);
    }
    if (program_has_objective(program)) {
        double objective = reference_objective(reference);
        compare("objective", &result->objective, &objective, 1, tolerance);
    }
}

void model_check(const Graph *graph, int64_t batch, int64_t exact_batch, double terms)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    ModelData data = model_data(&arena, graph, batch, 7);
    ReferenceSources sources = {
        .batch = batch,
        .inputs = (const double *const *)data.inputs,
        .weights = (const double *const *)data.weights,
        .states = (const double *const *)data.states,
        .seed = data.seed,
        .step = 3,
        .rate = data.rate,
    };
    const Reference *reference = reference_evaluate(&arena, graph, &sources);
    for (int precise = 0; precise < 2; precise++) {
        StrataError error = {0};
        ProgramOptions options = {.precision = precise ? PRECISION_DOUBLE : PRECISION_SINGLE, .batch = exact_batch};
        Program *program = program_make(graph, &options, &allocator, &error);
        if (!program)
            fail_msg("%s", error.message);
        ModelResult result = model_run(&arena, program, &data, NULL);
        compare_all(graph, program, &result, reference, &data, terms * (precise ? DBL_EPSILON : FLT_EPSILON));
        program_release(program);
    }
    arena_release(&arena);
}

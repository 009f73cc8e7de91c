/* Programs against the reference, on Graphs made by hand; what a run promises about batches, buffers, errors and threads. */
#include "engine/harness.h"
#include "thread/pool.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* relu(x * w + b) in a few steps, with a branch: values die at different times. */
static void build_small(Graph *graph)
{
    Value x = model_input(graph, "x", type_real(true, 2, 3, 5));
    Value w = model_weight(graph, "w", type_real(false, 1, 5));
    Value b = model_weight(graph, "b", type_real(false, 2, 3, 1));
    Value product = apply2(graph, "multiply", NULL, x, apply1(graph, "exp", NULL, w));
    Value sum = apply2(graph, "add", NULL, product, b);
    Value relu = apply1(graph, "relu", NULL, sum);
    Value skip = apply2(graph, "add", NULL, relu, x);
    Value flat = apply1(graph, "reshape", "shape=[15]", skip);
    graph_add_name(graph, "sum", sum);
    graph_add_name(graph, "skip", skip);
    model_output(graph, "flat", flat);
    model_output(graph, "total", apply1(graph, "reduce_sum", "axes=[0,1]", relu));
}

static void check_every_batch(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "small");
    build_small(model.graph);
    const int64_t batches[] = {1, 2, 31, 32, 33, 100};
    for (int i = 0; i < 6; i++)
        model_check(model.graph, batches[i], 0, 32);
    model_check(model.graph, 7, 7, 32);
    model_end(&model);
}

static Program *make(const Graph *graph, const ProgramOptions *options)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    Program *program = program_make(graph, options, &allocator, &error);
    if (!program)
        fail_msg("%s", error.message);
    return program;
}

static const double small_weights[] = {0.5, -1, 0.25, 2, 0};
static const double small_bias[] = {0.125, -0.5, 1};

static Binding *bind_small(const Program *program)
{
    StrataError error = {0};
    const InputBuffer weights[] = {{small_weights, PRECISION_DOUBLE}, {small_bias, PRECISION_DOUBLE}};
    Binding *binding = binding_make(program, weights, NULL, false, &error);
    if (!binding)
        fail_msg("%s", error.message);
    return binding;
}

/* No sample: success, nothing written. */
static void run_an_empty_batch(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "small");
    build_small(model.graph);
    Program *program = make(model.graph, &(ProgramOptions){0});
    Binding *binding = bind_small(program);
    StrataError error;
    Workspace *workspace = workspace_make(program, 0, NULL, &error);
    float untouched = 5;
    OutputBuffer outputs[] = {{&untouched, PRECISION_SINGLE}, {&untouched, PRECISION_SINGLE}};
    InputBuffer input = {NULL, PRECISION_SINGLE};
    assert_true(program_run(program, binding, workspace, &(Run){.inputs = &input, .outputs = outputs}, &error));
    assert_true(untouched == 5);
    assert_true(program_run(program, binding, workspace, &(Run){0}, &error));
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* Buffers at odd addresses and of either precision give the same as aligned ones. */
static void take_unaligned_buffers(void **state)
{
    (void)state;
    enum { BATCH = 5, REALS = BATCH * 15 };
    Model model;
    model_begin(&model, "small");
    build_small(model.graph);
    Program *program = make(model.graph, &(ProgramOptions){0});
    Binding *binding = bind_small(program);
    StrataError error;
    Workspace *workspace = workspace_make(program, 2, NULL, &error);
    float x[REALS], plain[REALS];
    double wide[REALS];
    for (int i = 0; i < REALS; i++)
        wide[i] = x[i] = (float)(i % 13) - 6.5f;
    unsigned char *odd_input = malloc(sizeof x + 1), *odd_output = malloc(sizeof wide + 1);
    memcpy(odd_input + 1, x, sizeof x);
    OutputBuffer outputs[] = {{plain, PRECISION_SINGLE}, {NULL, PRECISION_SINGLE}};
    Run run = {.batch = BATCH, .inputs = &(InputBuffer){wide, PRECISION_DOUBLE}, .outputs = outputs};
    assert_true(program_run(program, binding, workspace, &run, &error));
    outputs[0] = (OutputBuffer){odd_output + 1, PRECISION_DOUBLE};
    run.inputs = &(InputBuffer){odd_input + 1, PRECISION_SINGLE};
    assert_true(program_run(program, binding, workspace, &run, &error));
    memcpy(wide, odd_output + 1, sizeof wide);
    for (int i = 0; i < REALS; i++)
        assert_true(wide[i] == plain[i]);
    free(odd_input);
    free(odd_output);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* Values lie in the caller's memory where they can; where a result overlaps an input, or is not wanted, all is as before, and inputs keep their entries. */
static void borrow_the_callers_memory(void **state)
{
    (void)state;
    enum { BATCH = 5, REALS = BATCH * 15 };
    Model model;
    model_begin(&model, "turned");
    Value turned = apply1(model.graph, "permute", "axes=[1,0]", model_input(model.graph, "x", type_real(true, 2, 3, 5)));
    model_output(model.graph, "turned", turned);
    model_output(model.graph, "total", apply1(model.graph, "reduce_sum", "axes=[0,1]", turned));
    StrataError error;
    Program *program = make(model.graph, &(ProgramOptions){0});
    Binding *binding = binding_make(program, NULL, NULL, false, &error);
    assert_non_null(binding);
    Workspace *workspace = workspace_make(program, 2, NULL, &error);
    float x[REALS + 1], kept[REALS], apart[REALS], total[BATCH], again[BATCH];
    for (int i = 0; i < REALS; i++)
        kept[i] = x[i] = (float)(i % 13) - 6.5f;
    OutputBuffer outputs[] = {{apart, PRECISION_SINGLE}, {total, PRECISION_SINGLE}};
    Run run = {.batch = BATCH, .inputs = &(InputBuffer){x, PRECISION_SINGLE}, .outputs = outputs};
    assert_true(program_run(program, binding, workspace, &run, &error));
    assert_memory_equal(x, kept, sizeof kept);
    outputs[0].data = NULL;
    outputs[1].data = again;
    assert_true(program_run(program, binding, workspace, &run, &error));
    assert_memory_equal(again, total, sizeof total);
    outputs[0].data = x + 1;
    assert_true(program_run(program, binding, workspace, &run, &error));
    assert_memory_equal(x + 1, apart, sizeof apart);
    assert_memory_equal(again, total, sizeof total);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* Watched values are outputs behind the net's own, and watching changes no bit of them. */
static void watch_values(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "small");
    build_small(model.graph);
    const char *const names[] = {"sum", "skip"};
    Program *watching = make(model.graph, &(ProgramOptions){.watch = names, .watch_count = 2});
    Program *plain = make(model.graph, &(ProgramOptions){0});
    assert_int_equal(program_output_count(watching), 4);
    assert_string_equal(program_output(watching, 3)->name, "skip");
    ModelData data = model_data(&model.arena, model.graph, 40, 1);
    ModelResult all = model_run(&model.arena, watching, &data, NULL);
    ModelResult some = model_run(&model.arena, plain, &data, NULL);
    assert_memory_equal(all.outputs[0], some.outputs[0], 40 * 15 * sizeof(double));
    assert_memory_equal(all.outputs[3], some.outputs[0], 40 * 15 * sizeof(double));
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    const char *const wrong[] = {"product"};
    assert_null(program_make(model.graph, &(ProgramOptions){.watch = wrong, .watch_count = 1}, &allocator, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    program_release(watching);
    program_release(plain);
    model_end(&model);
}

/* What depends on weights alone is computed once, again after an update, and is an output like any other. */
static void prepare_values(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "prepared");
    Graph *graph = model.graph;
    Value w = model_weight(graph, "w", type_real(false, 1, 2));
    Value x = model_input(graph, "x", type_real(true, 1, 2));
    Value square = apply2(graph, "multiply", NULL, w, w);
    Value bias = apply1(graph, "negate", NULL, apply2(graph, "add", NULL, square, model_fill(graph, type_real(false, 0), 1)));
    model_output(graph, "y", apply2(graph, "add", NULL, x, bias));
    model_output(graph, "bias", bias);
    model_check(graph, 3, 0, 4);
    Program *program = make(graph, &(ProgramOptions){.precision = PRECISION_DOUBLE});
    assert_true(program_memory(program).prepared > 0);
    StrataError error;
    double weights[] = {2, 3}, x_value[] = {0, 10}, y[2], b[2];
    Binding *binding = binding_make(program, &(InputBuffer){weights, PRECISION_DOUBLE}, NULL, true, &error);
    Workspace *workspace = workspace_make(program, 1, NULL, &error);
    OutputBuffer outputs[] = {{y, PRECISION_DOUBLE}, {b, PRECISION_DOUBLE}};
    Run run = {.batch = 1, .inputs = &(InputBuffer){x_value, PRECISION_DOUBLE}, .outputs = outputs};
    assert_true(program_run(program, binding, workspace, &run, &error));
    assert_true(y[0] == -5 && y[1] == 0 && b[0] == -5 && b[1] == -10);
    assert_ptr_equal(binding_weight(binding, 0), weights);
    assert_false(binding_update(binding, &(InputBuffer){weights, PRECISION_DOUBLE}, NULL, &error));
    binding_release(binding);
    binding = binding_make(program, &(InputBuffer){weights, PRECISION_DOUBLE}, NULL, false, &error);
    float other[] = {1, 0};
    assert_true(binding_update(binding, &(InputBuffer){other, PRECISION_SINGLE}, NULL, &error));
    assert_true(program_run(program, binding, workspace, &run, &error));
    assert_true(y[0] == -2 && y[1] == 9);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* An objective with a batched and an unbatched penalty, a mean over the batch, and a moving state. */
static void build_training(Graph *graph)
{
    graph->training = true;
    Value x = model_input(graph, "x", type_real(true, 1, 4));
    Value w = model_weight(graph, "w", type_real(false, 1, 4));
    Value mean = apply1(graph, "batch_mean", NULL, x);
    Value old = model_state(graph, "mean", type_real(false, 1, 4));
    model_state(graph, "still", type_real(false, 1, 3));
    Value half = model_fill(graph, type_real(false, 0), 0.5);
    Value next = apply2(graph, "multiply", NULL, half, apply2(graph, "add", NULL, old, mean));
    graph->states[0].next = next;
    Value y = apply2(graph, "multiply", NULL, w, apply2(graph, "subtract", NULL, x, mean));
    graph->objective = apply1(graph, "reduce_sum", "axes=[0]", apply2(graph, "multiply", NULL, y, y));
    graph_add_penalty(graph, apply1(graph, "reduce_max", "axes=[0]", y));
    graph_add_penalty(graph, apply1(graph, "reduce_sum", "axes=[0]", apply1(graph, "abs", NULL, w)));
    model_output(graph, "y", y);
}

/* States as an optimizer makes them: one from what the other becomes, one seen in another shape, one value for two states, and one that is overwritten by the value
 * after it. Those that lie in the caller's memory are the same as those that are copied there. */
static void build_states(Graph *graph)
{
    enum { STATES = 5 };
    graph->training = true;
    Value x = model_input(graph, "x", type_real(true, 1, 6)), old[STATES];
    Value gradient = apply1(graph, "batch_mean", NULL, x);
    const char *names[STATES] = {"momentum", "weight", "shaped", "same", "other"};
    for (int i = 0; i < STATES; i++)
        old[i] = model_state(graph, names[i], i == 2 ? type_real(false, 2, 2, 3) : type_real(false, 1, 6));
    Value momentum = apply2(graph, "add", NULL, gradient, old[0]);
    Value weight = apply2(graph, "subtract", NULL, old[1], momentum);
    Value square = apply2(graph, "multiply", NULL, weight, weight);
    Value twice = apply2(graph, "add", NULL, square, square);
    const Value next[STATES] = {momentum, weight, apply1(graph, "reshape", "shape=[2,3]", square), twice, twice};
    for (int i = 0; i < STATES; i++)
        graph->states[i].next = next[i];
    graph->objective = apply1(graph, "reduce_sum", "axes=[0]", apply1(graph, "exp", NULL, twice));
}

static void lend_states(void **state)
{
    (void)state;
    enum { STATES = 5, REALS = 6 };
    Model model;
    model_begin(&model, "states");
    build_states(model.graph);
    model_check(model.graph, 4, 4, 32);
    StrataError error;
    Program *program = make(model.graph, &(ProgramOptions){.batch = 2});
    const float x[2 * REALS] = {1, 2, 3, 4, 5, 6, -1, 7, 0.5f, 2, 3, -9}, old[REALS] = {0.25f, 1, 2, 3, -1, 4};
    InputBuffer input = {x, PRECISION_SINGLE}, states[STATES];
    float next[2][STATES][REALS];
    OutputBuffer buffers[STATES];
    for (int i = 0; i < STATES; i++)
        states[i] = (InputBuffer){old, PRECISION_SINGLE};
    Binding *binding = binding_make(program, NULL, states, false, &error);
    Workspace *workspace = workspace_make(program, 2, NULL, &error);
    for (int lends = 0; lends < 2; lends++) {
        for (int i = 0; i < STATES; i++)
            buffers[i] = (OutputBuffer){next[lends][i], PRECISION_SINGLE};
        Run run = {.batch = 2, .inputs = &input, .next_states = buffers, .lends_states = lends == 1};
        assert_true(program_run(program, binding, workspace, &run, &error));
    }
    assert_memory_equal(next[0], next[1], sizeof next[0]);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

static void train_one_step(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "training");
    build_training(model.graph);
    model_check(model.graph, 6, 6, 32);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    assert_null(program_make(model.graph, &(ProgramOptions){0}, &allocator, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    Program *program = make(model.graph, &(ProgramOptions){.batch = 4});
    double values[] = {1, 2, 3, 4};
    const InputBuffer buffers[] = {{values, PRECISION_DOUBLE}, {values, PRECISION_DOUBLE}};
    Binding *binding = binding_make(program, buffers, buffers, false, &error);
    Workspace *workspace = workspace_make(program, 0, NULL, &error);
    assert_false(program_run(program, binding, workspace, &(Run){.batch = 3}, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

static bool cancel_later(void *context)
{
    int *left = context;
    return (*left)-- == 0;
}

static void refuse_wrong_runs(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "wrong");
    Graph *graph = model.graph;
    Type type = type_real(true, 1, 2);
    type.element = ELEMENT_INTEGER;
    InputInfo input = {.name = "classes", .type = type, .kind = INPUT_INTEGERS, .below = 10};
    Value x = graph_source(graph, OP_INPUT, graph_add_input(graph, input), 0);
    model_output(graph, NULL, apply1(graph, "negate", NULL, x));
    Program *program = make(graph, &(ProgramOptions){0});
    assert_string_equal(program_output(program, 0)->name, "output");
    StrataError error;
    Binding *binding = binding_make(program, NULL, NULL, false, &error);
    Workspace *workspace = workspace_make(program, 0, NULL, &error);
    const double wrong[] = {10, -1, 0.5, NAN, INFINITY, 1e300};
    for (int i = 0; i < 6; i++) {
        double entries[] = {9, wrong[i]};
        assert_false(program_run(program, binding, workspace,
                                 &(Run){.batch = 1, .inputs = &(InputBuffer){entries, PRECISION_DOUBLE}}, &error));
        assert_int_equal(error.status, STRATA_INVALID);
        assert_int_equal(error.code, 850);
    }
    double entries[] = {9, 0};
    Run run = {.batch = 1, .inputs = &(InputBuffer){entries, PRECISION_DOUBLE}};
    assert_true(program_run(program, binding, workspace, &run, &error));
    int left = 1;
    run.cancelled = cancel_later;
    run.context = &left;
    assert_false(program_run(program, binding, workspace, &run, &error));
    assert_int_equal(error.status, STRATA_CANCELLED);
    assert_false(program_run(program, binding, workspace, &(Run){.batch = 1}, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    assert_false(program_run(program, binding, workspace, &(Run){.batch = -1}, &error));
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* Initial values are those of the reference, whatever else the Graph has, and another seed gives others. */
static void compute_initial_values(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "initial");
    Graph *graph = model.graph;
    Value w = model_weight(graph, "w", type_real(false, 2, 4, 3));
    Value x = model_input(graph, "x", type_real(true, 1, 3));
    model_state(graph, "mean", type_real(false, 1, 2));
    model_output(graph, "y", apply2(graph, "matmul", NULL, w, x));
    Value draw = apply(graph, "normal", "shape=[4,3] place=w", 0, NULL);
    graph->weights[0].initial = apply2(graph, "multiply", NULL, draw, model_fill(graph, type_real(false, 0), 0.5));
    StrataError error;
    Program *program = make(graph, &(ProgramOptions){.precision = PRECISION_DOUBLE});
    assert_null(binding_make_initial(program, graph, 1, &error));
    assert_int_equal(error.code, 750);
    graph->states[0].initial = model_fill(graph, type_real(false, 1, 2), 3);
    const double *inputs[] = {(double[3]){0}};
    const Reference *reference =
        reference_evaluate(&model.arena, graph, &(ReferenceSources){.batch = 1, .inputs = inputs, .seed = 5});
    Binding *binding = binding_make_initial(program, graph, 5, &error);
    Binding *other = binding_make_initial(program, graph, 6, &error);
    const double *expected = reference_value(reference, graph->weights[0].initial);
    const double *weight = binding_weight(binding, 0), *other_weight = binding_weight(other, 0), *mean = binding_state(binding, 0);
    for (int i = 0; i < 12; i++) {
        assert_true(fabs(weight[i] - expected[i]) < 1e-14);
        assert_true(weight[i] != other_weight[i]);
    }
    assert_true(mean[0] == 3 && mean[1] == 3);
    binding_release(other);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

/* One of several threads that run one Program and one Binding, each with a Workspace of its own and all with one pool. */
typedef struct Runner {
    const Program *program;
    const Binding *binding;
    ThreadPool *pool;
    const float *input;
    const float *expected;
    bool agreed;
} Runner;

enum { RUNNERS = 8, RUNNER_BATCH = 37, RUNNER_REALS = RUNNER_BATCH * 15 };

static bool run_once(const Runner *runner, float *result)
{
    StrataError error;
    OutputBuffer outputs[] = {{result, PRECISION_SINGLE}, {NULL, PRECISION_SINGLE}};
    Workspace *workspace = workspace_make(runner->program, 0, runner->pool, &error);
    Run run = {.batch = RUNNER_BATCH, .inputs = &(InputBuffer){runner->input, PRECISION_SINGLE}, .outputs = outputs};
    bool done = workspace && program_run(runner->program, runner->binding, workspace, &run, &error);
    workspace_release(workspace);
    return done;
}

static void *run_many_times(void *context)
{
    Runner *runner = context;
    runner->agreed = true;
    for (int i = 0; i < 50; i++) {
        float result[RUNNER_REALS];
        runner->agreed &= run_once(runner, result) && memcmp(result, runner->expected, sizeof result) == 0;
    }
    return NULL;
}

static void share_between_threads(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "small");
    build_small(model.graph);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Program *program = make(model.graph, &(ProgramOptions){0});
    Binding *binding = bind_small(program);
    ThreadPool *pool = thread_pool_make(&allocator, 3, &error);
    float input[RUNNER_REALS], expected[RUNNER_REALS];
    for (int i = 0; i < RUNNER_REALS; i++)
        input[i] = (float)sin(i);
    Runner shared = {.program = program, .binding = binding, .input = input, .expected = expected};
    assert_true(run_once(&shared, expected));
    shared.pool = pool;
    Runner runners[RUNNERS];
    pthread_t threads[RUNNERS];
    for (int i = 0; i < RUNNERS; i++) {
        runners[i] = shared;
        assert_int_equal(pthread_create(&threads[i], NULL, run_many_times, &runners[i]), 0);
    }
    for (int i = 0; i < RUNNERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(runners[i].agreed);
    }
    thread_pool_release(pool);
    binding_release(binding);
    program_release(program);
    model_end(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_every_batch),
        cmocka_unit_test(run_an_empty_batch),
        cmocka_unit_test(take_unaligned_buffers),
        cmocka_unit_test(watch_values),
        cmocka_unit_test(prepare_values),
        cmocka_unit_test(train_one_step),
        cmocka_unit_test(refuse_wrong_runs),
        cmocka_unit_test(share_between_threads),
        cmocka_unit_test(compute_initial_values),
        cmocka_unit_test(borrow_the_callers_memory),
        cmocka_unit_test(lend_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The C interface from weights on: fitting weights and inputs, runs, evaluation, threads, cancelling, failing allocations. */
#include "api/model.h"

#include <math.h>
#include <pthread.h>

/* A net and its weights, ready to run. */
typedef struct Ready {
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
} Ready;

static void ready_begin(Caller *caller, Ready *ready, const StrataProgramOptions *options)
{
    ready->module = load(caller, line_model);
    ready->net = strata_net_make(ready->module, NULL, caller->diagnostics);
    StrataTensorSet *set = line_weights(caller);
    ready->weights = strata_weights_take(ready->net, set, NULL, caller->diagnostics);
    strata_tensor_set_release(set);
    ready->program = strata_program_make(ready->net, ready->weights, options, caller->diagnostics);
    assert_non_null(ready->program);
    ready->workspace = strata_workspace_make(ready->program, 1, caller->diagnostics);
    assert_non_null(ready->workspace);
}

static void ready_end(Ready *ready)
{
    /* in the order in which they were made: an object keeps what it needs */
    strata_module_release(ready->module);
    strata_net_release(ready->net);
    strata_weights_release(ready->weights);
    strata_program_release(ready->program);
    strata_workspace_release(ready->workspace);
}

/* ---- Weights ---- */

/* Takes a set for line_model that is not right; the codes said, in order. */
static void expect_refused(void (*spoil)(const Caller *, StrataTensorSet *), const StrataWeightsOptions *options, const int *codes)
{
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    StrataTensorSet *set = set_of(&caller);
    spoil(&caller, set);
    assert_null(strata_weights_take(net, set, options, caller.diagnostics));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_INVALID);
    StrataDiagnostic entry;
    int64_t count = 0;
    for (; codes[count]; count++) {
        assert_true(strata_diagnostics_get(caller.diagnostics, count, &entry));
        assert_int_equal(entry.code, codes[count]);
    }
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), count);
    strata_tensor_set_release(set);
    strata_net_release(net);
    strata_module_release(module);
    caller_end(&caller);
}

static void foreign_names(const Caller *caller, StrataTensorSet *set)
{
    give(set, "fc.bias", tensor_of(caller, 1, (int64_t[]){3}, NULL));
    give(set, "fc.weight", tensor_of(caller, 2, (int64_t[]){3, 2}, NULL));
}

static void wrong_in_every_way(const Caller *caller, StrataTensorSet *set)
{
    give(set, "dense1.weight", tensor_of(caller, 2, (int64_t[]){2, 3}, (float[]){0, 0, NAN, 0, 0, INFINITY}));
    give(set, "extra", tensor_of(caller, 0, NULL, NULL));
}

static void complex_entries(const Caller *caller, StrataTensorSet *set)
{
    StrataError error;
    give(set, "dense1.weight", strata_tensor_make(&caller->allocator, STRATA_COMPLEX64, 2, (int64_t[]){3, 2}, &error));
    give(set, "dense1.bias", tensor_of(caller, 1, (int64_t[]){3}, NULL));
}

static void mistakes_in_weights_are_all_said_at_once(void **state)
{
    (void)state;
    expect_refused(foreign_names, NULL, (int[]){720, 721, 0});
    expect_refused(wrong_in_every_way, NULL, (int[]){720, 721, 722, 723, 0});
    expect_refused(complex_entries, NULL, (int[]){724, 0});
    StrataNamePair unknown[] = {{"dense1.wait", "fc.weight"}, {"dense1.bias", "fc.bais"}};
    StrataWeightsOptions options = {.pairs = unknown, .pair_count = 2};
    expect_refused(foreign_names, &options, (int[]){725, 725, 720, 721, 0});
    StrataNamePair twice[] = {{"dense1.weight", "fc.weight"}, {"dense1.bias", "fc.weight"}};
    options.pairs = twice;
    expect_refused(foreign_names, &options, (int[]){726, 720, 721, 0});
    /* in this order the shapes differ */
    options = (StrataWeightsOptions){.by_order = true};
    expect_refused(foreign_names, &options, (int[]){727, 0});
}

static void weights_with_foreign_names_are_mapped(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    StrataTensorSet *set = set_of(&caller);
    foreign_names(&caller, set);
    StrataNamePair pairs[] = {{"dense1.weight", "fc.weight"}, {"dense1.bias", "fc.bias"}};
    StrataWeightsOptions options = {.pairs = pairs, .pair_count = 2};
    StrataWeights *weights = strata_weights_take(net, set, &options, caller.diagnostics);
    assert_non_null(weights);
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 0);
    assert_string_equal(strata_tensor_set_name(strata_weights_set(weights), 0), "dense1.weight");
    strata_weights_release(weights);
    /* one by name, the other by order, said as a warning */
    options = (StrataWeightsOptions){.pairs = pairs, .pair_count = 1, .by_order = true};
    weights = strata_weights_take(net, set, &options, caller.diagnostics);
    assert_non_null(weights);
    StrataDiagnostic entry;
    assert_true(strata_diagnostics_get(caller.diagnostics, 0, &entry));
    assert_int_equal(entry.severity, STRATA_WARNING);
    assert_non_null(strstr(entry.text, "dense1.bias=fc.bias"));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_OK);
    strata_weights_release(weights);
    strata_tensor_set_release(set);
    strata_net_release(net);
    strata_module_release(module);
    caller_end(&caller);
}

static void initial_weights_depend_on_the_seed_alone(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    StrataNetOptions training = {.training = true};
    StrataNet *trained = strata_net_make(module, &training, caller.diagnostics);
    StrataWeights *first = strata_weights_initialise(net, 1, caller.diagnostics);
    StrataWeights *again = strata_weights_initialise(trained, 1, caller.diagnostics);
    StrataWeights *other = strata_weights_initialise(net, 2, caller.diagnostics);
    const void *a = strata_tensor_data_const(strata_tensor_set_find(strata_weights_set(first), "dense1.weight"));
    const void *b = strata_tensor_data_const(strata_tensor_set_find(strata_weights_set(again), "dense1.weight"));
    const void *c = strata_tensor_data_const(strata_tensor_set_find(strata_weights_set(other), "dense1.weight"));
    assert_memory_equal(a, b, 6 * sizeof(float));
    assert_memory_not_equal(a, c, 6 * sizeof(float));
    strata_weights_release(first);
    strata_weights_release(again);
    strata_weights_release(other);
    strata_net_release(net);
    strata_net_release(trained);
    strata_module_release(module);
    caller_end(&caller);
}

/* ---- Runs ---- */

static StrataTensorSet *run_one(Caller *caller, const Ready *ready, StrataTensor *tensor)
{
    StrataTensorSet *inputs = set_of(caller);
    give(inputs, "x", tensor);
    StrataTensorSet *results = strata_run(ready->workspace, inputs, NULL, caller->diagnostics);
    strata_tensor_set_release(inputs);
    return results;
}

static void a_run_computes_what_the_net_says(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    const char *values[] = {"dense1"};
    StrataProgramOptions options = {.values = values, .value_count = 1};
    Ready ready;
    ready_begin(&caller, &ready, &options);
    StrataTensorSet *results = run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){2, 2}, (float[]){3, 1, -2, 5}));
    const StrataTensor *output = strata_tensor_set_find(results, "output");
    const float wanted[] = {3, 1, -4, -2, 5, -3};
    assert_int_equal(strata_tensor_rank(output), 2);
    assert_int_equal(strata_tensor_size(output, 0), 2);
    assert_memory_equal(strata_tensor_data_const(output), wanted, sizeof wanted); /* small whole numbers: exact */
    assert_memory_equal(strata_tensor_data_const(strata_tensor_set_find(results, "dense1")), wanted, sizeof wanted);
    strata_tensor_set_release(results);
    StrataMemory memory = strata_program_memory(ready.program);
    assert_true(memory.program >= (int64_t)(9 * sizeof(float)));
    assert_true(memory.peak >= memory.lower_bound && memory.lower_bound > 0);
    ready_end(&ready);
    caller_end(&caller);
}

/* A profile counts the runs that it was given to, and no others; and those of its own program alone. */
static void a_profile_counts_steps(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Ready ready, other;
    ready_begin(&caller, &ready, NULL);
    ready_begin(&caller, &other, NULL);
    StrataTensorSet *inputs = set_of(&caller);
    give(inputs, "x", tensor_of(&caller, 2, (int64_t[]){1, 2}, (float[]){3, 1}));
    StrataRunOptions options = {.profile = strata_profile_make(ready.program, caller.diagnostics)};
    const StrataRunOptions *given[] = {&options, NULL, &options};
    for (int i = 0; i < 3; i++)
        strata_tensor_set_release(strata_run(ready.workspace, inputs, given[i], caller.diagnostics));
    StrataText *text = strata_profile_text(options.profile, caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(text), "profile of line: 2 passes"));
    assert_non_null(strstr(strata_text_bytes(text), "# dense1"));
    strata_text_release(text);
    assert_null(strata_run(other.workspace, inputs, &options, caller.diagnostics));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_USAGE);
    strata_profile_release(options.profile);
    strata_tensor_set_release(inputs);
    ready_end(&other);
    ready_end(&ready);
    caller_end(&caller);
}

static void double_precision_is_asked_for(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataProgramOptions options = {.precision = STRATA_DOUBLE};
    Ready ready;
    ready_begin(&caller, &ready, &options);
    StrataTensorSet *results = run_one(&caller, &ready, tensor_of(&caller, 1, (int64_t[]){2}, (float[]){0.5f, 0.25f}));
    const StrataTensor *output = strata_tensor_set_tensor(results, 0);
    assert_int_equal(strata_tensor_kind(output), STRATA_FLOAT64);
    assert_int_equal(strata_tensor_size(output, 0), 1); /* a missing batch is one sample */
    assert_true(((const double *)strata_tensor_data_const(output))[2] == -0.75);
    strata_tensor_set_release(results);
    ready_end(&ready);
    caller_end(&caller);
}

static void an_empty_batch_gives_an_empty_result(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, NULL);
    StrataTensorSet *results = run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){0, 2}, NULL));
    assert_non_null(results);
    assert_int_equal(strata_tensor_size(strata_tensor_set_tensor(results, 0), 0), 0);
    strata_tensor_set_release(results);
    ready_end(&ready);
    caller_end(&caller);
}

static void inputs_that_do_not_fit_are_said(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, NULL);
    assert_null(run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){2, 3}, NULL)));
    assert_int_equal(first_code(&caller), 841);
    strata_diagnostics_clear(caller.diagnostics);
    StrataTensorSet *none = set_of(&caller);
    assert_null(strata_run(ready.workspace, none, NULL, caller.diagnostics));
    assert_int_equal(first_code(&caller), 840);
    strata_tensor_set_release(none);
    assert_null(strata_program_fit(ready.program, 1, NULL, caller.diagnostics));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_USAGE);
    ready_end(&ready);
    caller_end(&caller);
}

/* A net on small pictures of 2x2. */
static StrataProgram *picture_program(Caller *caller, const char *type)
{
    char text[200];
    snprintf(text, sizeof text, "net f(image: %s) -> classes(2) = image |> flatten |> slice(axis=0, start=0, stop=2)\n", type);
    StrataModule *module = load(caller, text);
    StrataNet *net = strata_net_make(module, NULL, caller->diagnostics);
    StrataWeights *weights = strata_weights_initialise(net, 0, caller->diagnostics);
    StrataProgram *program = strata_program_make(net, weights, NULL, caller->diagnostics);
    assert_non_null(program);
    strata_weights_release(weights);
    strata_net_release(net);
    strata_module_release(module);
    return program;
}

/* Fits a tensor of bytes; expects these entries, or null when none are wanted. */
static void expect_fit(Caller *caller, const StrataProgram *program, int rank, const int64_t *sizes, const uint8_t *bytes,
                       const float *wanted, int count)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_make(&caller->allocator, STRATA_UINT8, rank, sizes, &error);
    memcpy(strata_tensor_data(tensor), bytes, (size_t)strata_tensor_elements(tensor));
    StrataTensor *fitted = strata_program_fit(program, 0, tensor, caller->diagnostics);
    strata_tensor_release(tensor);
    if (!wanted) {
        assert_null(fitted);
        return;
    }
    assert_non_null(fitted);
    assert_int_equal(strata_tensor_rank(fitted), 4);
    assert_int_equal(strata_tensor_elements(fitted), count);
    for (int i = 0; i < count; i++) /* one rounding of the sum of three terms, one of the scale: three units of 1 */
        assert_true(fabs(((const float *)strata_tensor_data_const(fitted))[i] - wanted[i]) <= 3 * 6e-8);
    strata_tensor_release(fitted);
}

static void pictures_are_made_to_fit(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataProgram *grey = picture_program(&caller, "1x2x2"), *colour = picture_program(&caller, "3x2x2");
    StrataProgram *bytes = picture_program(&caller, "bytes(1x2x2)");
    const uint8_t four[] = {0, 51, 102, 255};
    expect_fit(&caller, grey, 2, (int64_t[]){2, 2}, four, (float[]){0, 0.2f, 0.4f, 1}, 4);
    expect_fit(&caller, grey, 3, (int64_t[]){1, 2, 2}, four, (float[]){0, 0.2f, 0.4f, 1}, 4);
    expect_fit(&caller, bytes, 3, (int64_t[]){1, 2, 2}, four, (float[]){0, 51, 102, 255}, 4);
    const uint8_t red_green_blue[] = {255, 0, 0, 51, 0, 255, 0, 51, 0, 0, 255, 51};
    expect_fit(&caller, grey, 3, (int64_t[]){3, 2, 2}, red_green_blue, (float[]){0.299f, 0.587f, 0.114f, 0.2f}, 4);
    const uint8_t opaque[] = {0, 51, 102, 255, 255, 255, 255, 255};
    expect_fit(&caller, grey, 3, (int64_t[]){2, 2, 2}, opaque, (float[]){0, 0.2f, 0.4f, 1}, 4);
    expect_fit(&caller, colour, 3, (int64_t[]){1, 2, 2}, four, (float[]){0, 0.2f, 0.4f, 1, 0, 0.2f, 0.4f, 1, 0, 0.2f, 0.4f, 1}, 12);
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 0);
    expect_fit(&caller, grey, 3, (int64_t[]){1, 1, 4}, four, NULL, 0); /* the size of a picture is never changed */
    StrataDiagnostic entry;
    assert_true(strata_diagnostics_get(caller.diagnostics, 0, &entry));
    assert_int_equal(entry.code, 841);
    assert_non_null(strstr(entry.text, "2x2"));
    strata_program_release(grey);
    strata_program_release(colour);
    strata_program_release(bytes);
    caller_end(&caller);
}

/* ---- Evaluation ---- */

static void an_evaluation_counts(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, NULL);
    StrataTensorSet *inputs = set_of(&caller);
    give(inputs, "x", tensor_of(&caller, 2, (int64_t[]){4, 2}, (float[]){3, 1, 1, 3, -1, -1, 2, 1}));
    StrataTensor *labels = tensor_of(&caller, 1, (int64_t[]){4}, (float[]){0, 1, 2, 2});
    StrataEvaluation *evaluation = strata_evaluate(ready.workspace, inputs, labels, caller.diagnostics);
    assert_non_null(evaluation);
    assert_int_equal(strata_evaluation_samples(evaluation), 4);
    assert_int_equal(strata_evaluation_right(evaluation), 3);
    assert_int_equal(strata_evaluation_classes(evaluation), 3);
    assert_int_equal(strata_evaluation_confusion(evaluation, 2, 0), 1);
    assert_int_equal(strata_evaluation_confusion(evaluation, 2, 2), 1);
    assert_int_equal(strata_evaluation_confusion(evaluation, 3, 0), 0);
    strata_evaluation_release(evaluation);
    ((float *)strata_tensor_data(labels))[1] = 3;
    assert_null(strata_evaluate(ready.workspace, inputs, labels, caller.diagnostics));
    assert_int_equal(first_code(&caller), 845);
    strata_diagnostics_clear(caller.diagnostics);
    StrataError error;
    StrataTensor *few = strata_tensor_rows(labels, 0, 3, &error);
    assert_null(strata_evaluate(ready.workspace, inputs, few, caller.diagnostics));
    assert_int_equal(first_code(&caller), 844);
    strata_tensor_release(few);
    strata_tensor_release(labels);
    strata_tensor_set_release(inputs);
    ready_end(&ready);
    caller_end(&caller);
}

static void an_output_that_is_not_a_number_is_no_answer(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, NULL);
    StrataTensorSet *inputs = set_of(&caller);
    give(inputs, "x", tensor_of(&caller, 1, (int64_t[]){2}, (float[]){NAN, 0}));
    StrataTensor *labels = tensor_of(&caller, 1, (int64_t[]){1}, (float[]){0});
    assert_null(strata_evaluate(ready.workspace, inputs, labels, caller.diagnostics));
    assert_int_equal(first_code(&caller), 847);
    strata_tensor_release(labels);
    strata_tensor_set_release(inputs);
    ready_end(&ready);
    caller_end(&caller);
}

/* ---- Threads and cancelling ---- */

enum { THREADS = 4, RUNS = 50 };

/* One thread: a workspace of its own, its own lists, the shared program. */
static void *run_in_thread(void *argument)
{
    StrataProgram *program = argument;
    StrataContext *context = strata_context_make(NULL);
    StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, diagnostics);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    intptr_t wrong = 0;
    for (int i = 0; i < RUNS; i++) {
        StrataTensorSet *inputs = strata_tensor_set_make(&allocator, &error);
        StrataTensor *x = strata_tensor_make(&allocator, STRATA_FLOAT32, 1, (int64_t[]){2}, &error);
        ((float *)strata_tensor_data(x))[0] = (float)i;
        give(inputs, "x", x);
        StrataTensorSet *results = strata_run(workspace, inputs, NULL, diagnostics);
        wrong += ((const float *)strata_tensor_data_const(strata_tensor_set_tensor(results, 0)))[0] != (float)i;
        strata_tensor_set_release(results);
        strata_tensor_set_release(inputs);
    }
    strata_workspace_release(workspace);
    strata_diagnostics_release(diagnostics);
    strata_context_release(context);
    return (void *)wrong;
}

static void threads_share_a_program(void **state)
{
    (void)state;
    /* malloc: the counting allocator is for one thread */
    StrataContext *context = strata_context_make(NULL);
    StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
    StrataModule *module = strata_module_load_text(context, "model.net", line_model, strlen(line_model), diagnostics);
    StrataNet *net = strata_net_make(module, NULL, diagnostics);
    Caller caller = {.allocator = strata_default_allocator()};
    StrataTensorSet *set = line_weights(&caller);
    StrataWeights *weights = strata_weights_take(net, set, NULL, diagnostics);
    StrataProgram *program = strata_program_make(net, weights, NULL, diagnostics);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, program), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    strata_program_release(program);
    strata_weights_release(weights);
    strata_tensor_set_release(set);
    strata_net_release(net);
    strata_module_release(module);
    strata_diagnostics_release(diagnostics);
    strata_context_release(context);
}

/* Stops at its third call. */
static bool stop_soon(void *user, int64_t done, int64_t total)
{
    assert_true(done <= total);
    return ++*(int *)user < 3;
}

static void a_run_can_be_stopped(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    int calls = 0;
    strata_context_set_progress(caller.context, stop_soon, &calls);
    Ready ready;
    ready_begin(&caller, &ready, NULL);
    assert_null(run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){1000, 2}, NULL)));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_CANCELLED);
    assert_int_equal(calls, 3);
    ready_end(&ready);
    caller_end(&caller);
}

static void training_mode_runs_an_exact_batch(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f(x: 1) -> 1 = x |> norm(affine=false)\n");
    StrataNetOptions training = {.training = true};
    StrataNet *net = strata_net_make(module, &training, caller.diagnostics);
    StrataWeights *weights = strata_weights_initialise(net, 0, caller.diagnostics);
    StrataProgramOptions options = {.batch = 2};
    StrataProgram *program = strata_program_make(net, weights, &options, caller.diagnostics);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, caller.diagnostics);
    Ready ready = {module, net, weights, program, workspace};
    StrataTensorSet *results = run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){2, 1}, (float[]){1, 3}));
    assert_non_null(results);
    /* mean 2, variance 1: (x - 2) / sqrt(1 + 1e-5); a few roundings of numbers near 1 */
    const float *y = strata_tensor_data_const(strata_tensor_set_tensor(results, 0));
    assert_true(fabs(y[1] - 1 / sqrt(1.00001)) < 1e-6 && y[0] == -y[1]);
    strata_tensor_set_release(results);
    assert_null(run_one(&caller, &ready, tensor_of(&caller, 2, (int64_t[]){3, 1}, (float[]){1, 3, 5})));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_USAGE);
    ready_end(&ready);
    caller_end(&caller);
}

/* A chain of makers whose first one fails: the reason is said once, and every later one gives null. */
static void nothing_comes_of_nothing(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = strata_module_load(caller.context, "no/such/file.net", caller.diagnostics);
    assert_false(strata_module_check(module, caller.diagnostics));
    assert_null(strata_module_net(module, 0, caller.diagnostics));
    assert_null(strata_module_ast(module, caller.diagnostics));
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    StrataText *blobs;
    assert_null(strata_net_graph(net, &blobs, caller.diagnostics));
    assert_null(blobs);
    assert_null(strata_net_dot(net, false, caller.diagnostics));
    assert_null(strata_net_summary(net, false, false, caller.diagnostics));
    assert_null(strata_net_plan(net, NULL, caller.diagnostics));
    StrataWeights *weights = strata_weights_read(net, "lenet.safetensors", NULL, caller.diagnostics);
    assert_null(strata_weights_initialise(net, 1, caller.diagnostics));
    StrataProgram *program = strata_program_make(net, weights, NULL, caller.diagnostics);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, caller.diagnostics);
    StrataTensorSet *inputs = set_of(&caller);
    StrataProfile *profile = strata_profile_make(program, caller.diagnostics);
    assert_null(strata_profile_text(profile, caller.diagnostics));
    assert_null(strata_run(workspace, inputs, NULL, caller.diagnostics));
    assert_null(strata_evaluate(workspace, inputs, NULL, caller.diagnostics));
    strata_tensor_set_release(inputs);
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 1);
    assert_null(strata_diagnostics_make(NULL));
    caller_end(&caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_in_weights_are_all_said_at_once),
        cmocka_unit_test(weights_with_foreign_names_are_mapped),
        cmocka_unit_test(initial_weights_depend_on_the_seed_alone),
        cmocka_unit_test(a_run_computes_what_the_net_says),
        cmocka_unit_test(a_profile_counts_steps),
        cmocka_unit_test(double_precision_is_asked_for),
        cmocka_unit_test(an_empty_batch_gives_an_empty_result),
        cmocka_unit_test(inputs_that_do_not_fit_are_said),
        cmocka_unit_test(pictures_are_made_to_fit),
        cmocka_unit_test(an_evaluation_counts),
        cmocka_unit_test(an_output_that_is_not_a_number_is_no_answer),
        cmocka_unit_test(threads_share_a_program),
        cmocka_unit_test(a_run_can_be_stopped),
        cmocka_unit_test(training_mode_runs_an_exact_batch),
        cmocka_unit_test(nothing_comes_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

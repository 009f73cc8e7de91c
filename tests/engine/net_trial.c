/* See net_trial.h. */
#include "engine/net_trial.h"
#include "engine/random_graph.h"
#include "transform/transform.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

enum { ENOUGH = 20 }; /* models to judge by */

static int64_t batch_of(uint64_t seed)
{
    static const int64_t batches[] = {1, 2, 3, 4, 7, 1, 5, 33};
    return batches[seed / 2 % 8];
}

NetTrial net_trial_make(Arena *arena, uint64_t seed, Precision precision, ExpectedCounts *counts)
{
    NetTrial trial = {.seed = seed, .precision = precision, .counts = counts};
    trial.model.graph = random_net(arena, seed);
    trial.model.data = model_data(arena, trial.model.graph, batch_of(seed), seed);
    trial.model.data.rate = 0; /* what libraries have */
    trial.name = arena_printf(arena, "m%llu%s", (unsigned long long)seed, precision == PRECISION_DOUBLE ? "double" : "single");
    trial.expected = expected_outputs(arena, trial.model.graph, &trial.model.data, precision);
    return trial;
}

const Graph *net_trial_graph(Arena *arena, const NetTrial *trial)
{
    const Graph *simple = transform_all(arena, trial->model.graph, &(TransformOptions){.keep_names = true}, NULL);
    FastOptions fast = {.lanes = trial->precision == PRECISION_DOUBLE ? 8 : 16, .exact = trial->seed % 11 == 0};
    return transform_fast(arena, simple, &fast);
}

Program *net_trial_program(Arena *arena, const NetTrial *trial)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    ProgramOptions options = {.precision = trial->precision, .tile = trial->seed % 3 ? 0 : 2};
    Program *program = program_make(net_trial_graph(arena, trial), &options, &allocator, &error);
    if (!program)
        fail_msg("seed %llu: %s", (unsigned long long)trial->seed, error.message);
    return program;
}

const char *net_trial_run(Arena *arena, const NetTrial *trial, bool compile, ThreadPool *pool)
{
    Program *program = net_trial_program(arena, trial);
    StrataError error = {0};
    CompileOptions everything = {.samples = INT64_MAX};
    if (compile && !program_compile(program, &everything, NULL, &error))
        fail_msg("seed %llu: %s", (unsigned long long)trial->seed, error.message);
    ModelResult result = model_run(arena, program, &trial->model.data, pool);
    program_release(program);
    return net_trial_check(arena, trial, result.outputs);
}

const char *net_trial_check(Arena *arena, const NetTrial *trial, double *const *outputs)
{
    return expected_check(arena, trial->model.graph, &trial->model.data, &trial->expected, trial->precision, outputs,
                          trial->counts);
}

/* --- failures ---------------------------------------------------------------------------------------------------------------- */

typedef struct Failure {
    NetTrial trial;
    NetTrialCheck *check;
} Failure;

static bool still_fails(void *context, Arena *arena, const ModelCase *model)
{
    const Failure *failure = context;
    NetTrial trial = failure->trial;
    trial.model = *model;
    trial.expected = expected_outputs(arena, model->graph, &model->data, trial.precision);
    return failure->check(arena, &trial) != NULL;
}

/* All on standard error, since cmocka cuts messages. */
void net_trial_report(Arena *arena, const NetTrial *trial, NetTrialCheck *check, const char *way, const char *problem)
{
    fprintf(stderr, "seed %llu, %s, %s precision, batch %lld: %s\n", (unsigned long long)trial->seed, way,
            trial->precision == PRECISION_DOUBLE ? "double" : "single", (long long)trial->model.data.batch, problem);
    Failure failure = {.trial = *trial, .check = check};
    CheckOptions options = {.precision = trial->precision};
    failure.trial.model = shrink(arena, trial->model, &options, still_fails, &failure);
    fprintf(stderr, "small:\n%s", case_text(arena, failure.trial.model.graph));
    fprintf(stderr, "in its fast form:\n%s", case_text(arena, net_trial_graph(arena, &failure.trial)));
    fail_msg("seed %llu", (unsigned long long)trial->seed);
}

void net_trial_count(const ExpectedCounts *counts, uint64_t first_seed, uint64_t model_count)
{
    print_message("seeds %llu to %llu: %lld outputs compared, %lld of them sharply, %lld skipped for overflow\n",
                  (unsigned long long)first_seed, (unsigned long long)(first_seed + model_count - 1), (long long)counts->compared,
                  (long long)counts->sharp, (long long)counts->skipped);
    assert_true(counts->skipped * 5 < counts->compared || model_count < ENOUGH);
    assert_true(counts->sharp * 2 > counts->compared || model_count < ENOUGH);
}

/* The way of strata.h from a file to results, held in one object. */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>

struct Runner {
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
    StrataTensorSet *inputs;
    StrataTensor *input; /* held by the set */
    StrataTensorSet *results;
};

static bool make_input(Runner *runner, int64_t samples)
{
    StrataValue value;
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    if (!strata_net_input(runner->net, 0, &value))
        return false;
    int64_t sizes[STRATA_RANK_LIMIT] = {samples};
    for (int i = 0; i < value.rank && i + 1 < STRATA_RANK_LIMIT; i++)
        sizes[i + 1] = value.sizes[i];
    runner->inputs = strata_tensor_set_make(&allocator, &error);
    runner->input = strata_tensor_make(&allocator, STRATA_FLOAT32, value.rank + 1, sizes, &error);
    bool added = runner->inputs && runner->input && strata_tensor_set_add(runner->inputs, value.name, runner->input, &error);
    strata_tensor_release(runner->input);
    return added;
}

static void make_steps(Runner *runner, const char *model, const char *net, const char *weights, int64_t samples, int threads)
{
    StrataDiagnostics *diagnostics = runner->diagnostics;
    StrataNetOptions of_net = {.net = net};
    StrataProgramOptions of_program = {.tile = samples};
    runner->module = strata_module_load(runner->context, model, diagnostics);
    runner->net = strata_net_make(runner->module, &of_net, diagnostics);
    runner->weights = strata_weights_read(runner->net, weights, NULL, diagnostics);
    runner->program = strata_program_make(runner->net, runner->weights, &of_program, diagnostics);
    runner->workspace = strata_workspace_make(runner->program, threads, diagnostics);
}

static bool compile(Runner *runner)
{
    StrataText *report = strata_program_compile(runner->program, INT64_MAX, runner->diagnostics);
    strata_text_release(report);
    return report != NULL;
}

static void print_diagnostics(const Runner *runner)
{
    StrataDiagnostic diagnostic;
    for (int64_t i = 0; strata_diagnostics_get(runner->diagnostics, i, &diagnostic); i++)
        fprintf(stderr, "%s\n", diagnostic.text);
}

Runner *runner_make(const char *model, const char *net, const char *weights, int64_t samples, int threads, bool compiled)
{
    Runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return NULL;
    runner->context = strata_context_make(NULL);
    runner->diagnostics = strata_diagnostics_make(runner->context);
    make_steps(runner, model, net, weights, samples, threads);
    if (runner->workspace && (!compiled || compile(runner)) && make_input(runner, samples))
        return runner;
    print_diagnostics(runner);
    runner_release(runner);
    return NULL;
}

void runner_release(Runner *runner)
{
    if (!runner)
        return;
    strata_tensor_set_release(runner->results);
    strata_tensor_set_release(runner->inputs);
    strata_workspace_release(runner->workspace);
    strata_program_release(runner->program);
    strata_weights_release(runner->weights);
    strata_net_release(runner->net);
    strata_module_release(runner->module);
    strata_diagnostics_release(runner->diagnostics);
    strata_context_release(runner->context);
    free(runner);
}

float *runner_input(Runner *runner)
{
    return strata_tensor_data(runner->input);
}

const float *runner_output(const Runner *runner)
{
    StrataTensor *output = strata_tensor_set_tensor(runner->results, 0);
    return output ? strata_tensor_data_const(output) : NULL;
}

bool runner_run(Runner *runner)
{
    strata_tensor_set_release(runner->results);
    runner->results = strata_run(runner->workspace, runner->inputs, NULL, runner->diagnostics);
    if (!runner->results)
        print_diagnostics(runner);
    return runner->results != NULL;
}

/* Random models as users run them, by the JIT and as built libraries, in both precisions; see net_trial.h.
 *
 *     test_compiled_nets [FIRST_SEED [COUNT]] */
#include "engine/built_models.h"
#include "engine/net_trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

/* TOGETHER: models in one library. */
enum { MODELS = 1000, TOGETHER = 20 };

static uint64_t first_seed = 1;
static uint64_t model_count = MODELS;

static const char *check_compiled(Arena *arena, const NetTrial *trial)
{
    return net_trial_run(arena, trial, true, NULL);
}

/* --- libraries --------------------------------------------------------------------------------------------------------------- */

static const char *add_library(Arena *arena, const NetTrial *trial, BuiltModels *models)
{
    static const BuildPacking packings[] = {BUILD_PACK_SMALL, BUILD_PACK, BUILD_PACK_NOT, BUILD_PACK_NOT};
    Program *program = net_trial_program(arena, trial);
    const char *problem = built_models_add(arena, models, trial->name, program, &trial->model.data, packings[trial->seed % 4],
                                           trial->seed % 16 == 3 || trial->seed % 16 == 10);
    program_release(program);
    return problem;
}

/* Whether an output of integers or booleans has an entry that is none: an index that was computed had no entry. A library refuses to give it. */
static bool lacks_a_number(const NetTrial *trial)
{
    const Graph *graph = trial->model.graph;
    for (int64_t i = 0; i < graph->output_count; i++) {
        const Type *type = graph_type(graph, graph->outputs[i].value);
        bool whole = type->element == ELEMENT_INTEGER || type->element == ELEMENT_BOOLEAN;
        int64_t count = whole ? type_reals(type) * (type->batched ? trial->model.data.batch : 1) : 0;
        for (int64_t k = 0; k < count; k++)
            if (isnan(trial->expected.outputs[i][k]))
                return true;
    }
    return false;
}

static const char *run_library(Arena *arena, const NetTrial *trial, const BuiltModels *models)
{
    const char *problem;
    double **outputs = built_models_run(arena, models, trial->name, &trial->model.data, trial->seed % 2, &problem);
    if (lacks_a_number(trial))
        return outputs ? "the library gives an integer that is none" : NULL;
    return outputs ? net_trial_check(arena, trial, outputs) : problem;
}

static const char *check_library(Arena *arena, const NetTrial *trial)
{
    BuiltModels models;
    built_models_begin(arena, &models);
    const char *problem = add_library(arena, trial, &models);
    if (!problem)
        problem = built_models_load(arena, &models);
    if (!problem)
        problem = run_library(arena, trial, &models);
    built_models_end(&models);
    return problem;
}

/* --- all --------------------------------------------------------------------------------------------------------------------- */

static void check_together(uint64_t first, uint64_t count, ExpectedCounts *counts)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    BuiltModels models;
    built_models_begin(&arena, &models);
    NetTrial trials[2 * TOGETHER];
    const char *problem;
    for (uint64_t i = 0; i < 2 * count; i++) {
        NetTrial *trial = &trials[i];
        *trial = net_trial_make(&arena, first + i / 2, i % 2 ? PRECISION_DOUBLE : PRECISION_SINGLE, counts);
        if ((problem = check_compiled(&arena, trial)))
            net_trial_report(&arena, trial, check_compiled, "JIT", problem);
        if ((problem = add_library(&arena, trial, &models)))
            net_trial_report(&arena, trial, check_library, "library", problem);
    }
    if ((problem = built_models_load(&arena, &models)))
        fail_msg("%s", problem);
    for (uint64_t i = 0; i < 2 * count; i++)
        if ((problem = run_library(&arena, &trials[i], &models)))
            net_trial_report(&arena, &trials[i], check_library, "library", problem);
    built_models_end(&models);
    arena_release(&arena);
}

static void check_nets(void **state)
{
    (void)state;
    ExpectedCounts counts = {0};
    for (uint64_t done = 0; done < model_count; done += TOGETHER)
        check_together(first_seed + done, model_count - done < TOGETHER ? model_count - done : TOGETHER, &counts);
    net_trial_count(&counts, first_seed, model_count);
}

int main(int count, char **words)
{
    if (count > 1)
        first_seed = strtoull(words[1], NULL, 10);
    if (count > 2)
        model_count = strtoull(words[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_nets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

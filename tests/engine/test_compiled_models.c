/* Random models through what LLVM makes of the kernels, each value against its definition; see local_check.h. Whatever the compiled kernels
 * give must lie within the same derived bounds as what the kernels give as they are.
 *
 *     test_compiled_models [FIRST_SEED [COUNT]] */
#include "engine/local_check.h"
#include "engine/random_graph.h"
#include "engine/shrink.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MODELS = 1000 };

static uint64_t first_seed = 1;
static uint64_t model_count = MODELS;

/* Each model in one of the precisions, in turn: compiling takes most of the time. */
static CheckOptions options_of(uint64_t seed)
{
    return (CheckOptions){
        .precision = seed % 2 ? PRECISION_SINGLE : PRECISION_DOUBLE,
        .tile = seed % 3 ? 0 : 2,
        .exact = seed % 5 == 0,
        .compile = true,
    };
}

static void check_models(void **state)
{
    (void)state;
    CheckCounts counts = {0};
    StrataAllocator allocator = strata_default_allocator();
    for (uint64_t seed = first_seed; seed < first_seed + model_count; seed++) {
        Arena arena;
        arena_init(&arena, &allocator);
        CheckOptions options = options_of(seed);
        const Graph *graph = random_graph(&arena, seed, options.exact);
        ModelData data = model_data(&arena, graph, 1 + (int64_t)(seed % 4), seed);
        const char *problem = local_check(&arena, graph, &data, &options, &counts);
        if (problem) {
            fprintf(stderr, "seed %llu: %s\n%s", (unsigned long long)seed, problem, case_text(&arena, graph));
            fail_msg("seed %llu", (unsigned long long)seed);
        }
        arena_release(&arena);
    }
    print_message("seeds %llu to %llu: %lld values compared, %lld skipped for overflow\n", (unsigned long long)first_seed,
                  (unsigned long long)(first_seed + model_count - 1), (long long)counts.values, (long long)counts.skipped);
}

int main(int count, char **words)
{
    if (count > 1)
        first_seed = strtoull(words[1], NULL, 10);
    if (count > 2)
        model_count = strtoull(words[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_models)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Random models through the interpreter, each value against its definition; see local_check.h.
 *
 *     test_random_models [FIRST_SEED [COUNT]]
 *
 * A failure prints its seed and a small model that still fails. */
#include "engine/plan.h"
#include "engine/random_graph.h"
#include "engine/shrink.h"
#include "thread/pool.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MODELS = 1000 };

static uint64_t first_seed = 1;
static uint64_t model_count = MODELS;

/* How a seed is run. */
static CheckOptions options_of(uint64_t seed, bool training, ThreadPool *pool)
{
    static const int64_t tiles[] = {0, 0, 1, 2, 5};
    return (CheckOptions){
        .precision = PRECISION_SINGLE,
        .tile = training ? 0 : tiles[seed / 7 % 5],
        .exact = training,
        .pool = seed % 3 ? NULL : pool,
    };
}

static int64_t batch_of(uint64_t seed)
{
    static const int64_t batches[] = {1, 2, 3, 4, 7, 1, 5, 33};
    return batches[seed % 8];
}

static bool still_fails(void *context, Arena *arena, const ModelCase *model)
{
    CheckCounts counts = {0};
    return local_check(arena, model->graph, &model->data, context, &counts) != NULL;
}

/* All on standard error, since cmocka cuts messages. */
static void report(Arena *arena, uint64_t seed, ModelCase model, CheckOptions *options, const char *problem)
{
    fprintf(stderr, "seed %llu, %s precision, batch %lld: %s\n", (unsigned long long)seed,
            options->precision == PRECISION_DOUBLE ? "double" : "single", (long long)model.data.batch, problem);
    ModelCase small = shrink(arena, model, options, still_fails, options);
    CheckCounts counts = {0};
    const char *still = local_check(arena, small.graph, &small.data, options, &counts);
    StrataError error;
    const ProgramOptions plain = {.precision = options->precision, .batch = options->exact ? small.data.batch : 0};
    const Plan *plan = plan_build(arena, small.graph, &plain, &error);
    Text text = text_make(arena);
    if (plan)
        plan_print(plan, &text);
    fprintf(stderr, "small: %s\n%s%s\n", still ? still : "(fails no more)", case_text(arena, small.graph), text_string(&text));
    fail_msg("seed %llu", (unsigned long long)seed);
}

static void check_seed(uint64_t seed, ThreadPool *pool, CheckCounts *counts, int64_t *uses)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    bool training = seed % 5 == 0;
    const Graph *graph = random_graph(&arena, seed, training);
    CheckOptions options = options_of(seed, training, pool);
    ModelCase model = {.graph = graph, .data = model_data(&arena, graph, batch_of(seed), seed)};
    for (int64_t i = 0; i < graph->node_count; i++)
        uses[graph->nodes[i].op]++;
    for (int precise = 0; precise < 2; precise++) {
        options.precision = precise ? PRECISION_DOUBLE : PRECISION_SINGLE;
        const char *problem = local_check(&arena, graph, &model.data, &options, counts);
        if (problem)
            report(&arena, seed, model, &options, problem);
    }
    arena_release(&arena);
}

static void check_models(void **state)
{
    (void)state;
    CheckCounts counts = {0};
    int64_t uses[OP_COUNT] = {0};
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    ThreadPool *pool = thread_pool_make(&allocator, 3, &error);
    assert_non_null(pool);
    for (uint64_t seed = first_seed; seed < first_seed + model_count; seed++)
        check_seed(seed, pool, &counts, uses);
    thread_pool_release(pool);
    print_message("seeds %llu to %llu: %lld values compared, %lld skipped for overflow\n", (unsigned long long)first_seed,
                  (unsigned long long)(first_seed + model_count - 1), (long long)counts.values, (long long)counts.skipped);
    assert_true(counts.skipped * 20 < counts.values);
    for (int op = 0; op < OP_COUNT && model_count >= MODELS; op++)
        if (op_info((Op)op) && !op_info((Op)op)->internal && uses[op] == 0)
            fail_msg("no model uses %s", op_info((Op)op)->name);
}

/* The shrinker at work: a "failure" that needs one matmul and nothing else. */
static bool has_matmul(void *context, Arena *arena, const ModelCase *model)
{
    (void)context;
    (void)arena;
    for (int64_t i = 0; i < model->graph->node_count; i++)
        if (model->graph->nodes[i].op == OP_MATMUL)
            return true;
    return false;
}

static void shrink_failures(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    int tried = 0;
    for (uint64_t seed = 1; tried < 5; seed++) {
        Arena arena;
        arena_init(&arena, &allocator);
        const Graph *graph = random_graph(&arena, seed, false);
        CheckOptions options = {.precision = PRECISION_DOUBLE};
        ModelCase model = {.graph = graph, .data = model_data(&arena, graph, 2, seed)};
        ModelCase reached = shrink(&arena, model, &options, has_matmul, NULL);
        if (has_matmul(NULL, &arena, &reached) && operation_count(graph) > 10) {
            assert_int_equal(operation_count(reached.graph), 1);
            assert_null(local_check(&arena, reached.graph, &reached.data, &options, &(CheckCounts){0}));
            tried++;
        }
        arena_release(&arena);
    }
}

int main(int count, char **words)
{
    if (count > 1)
        first_seed = strtoull(words[1], NULL, 10);
    if (count > 2)
        model_count = strtoull(words[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_models), cmocka_unit_test(shrink_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

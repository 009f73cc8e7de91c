/* Random models as users run them, by the interpreter, in both precisions; see net_trial.h.
 *
 *     test_random_nets [FIRST_SEED [COUNT]]
 *
 * A failure prints its seed and a small model that still fails. */
#include "engine/net_trial.h"
#include "thread/pool.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MODELS = 1000 };

static uint64_t first_seed = 1;
static uint64_t model_count = MODELS;

static const char *check_interpreter(Arena *arena, const NetTrial *trial)
{
    return net_trial_run(arena, trial, false, NULL);
}

static void check_net(uint64_t seed, ThreadPool *pool, ExpectedCounts *counts, int64_t *uses)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    for (int precise = 0; precise < 2; precise++) {
        NetTrial trial = net_trial_make(&arena, seed, precise ? PRECISION_DOUBLE : PRECISION_SINGLE, counts);
        const char *problem = net_trial_run(&arena, &trial, false, seed % 3 ? NULL : pool);
        if (problem)
            net_trial_report(&arena, &trial, check_interpreter, "interpreter", problem);
        const Graph *fast = net_trial_graph(&arena, &trial);
        for (int64_t i = 0; i < fast->node_count; i++)
            uses[fast->nodes[i].op]++;
    }
    arena_release(&arena);
}

/* Every fast form of products and pools comes up. */
static void check_uses(const int64_t *uses)
{
    for (int op = OP_TO_BLOCKS; op <= OP_CONVOLVE_ROWS && model_count >= MODELS; op++)
        if (uses[op] == 0)
            fail_msg("no model becomes %s", op_info((Op)op)->name);
}

static void check_nets(void **state)
{
    (void)state;
    ExpectedCounts counts = {0};
    int64_t uses[OP_COUNT] = {0};
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    ThreadPool *pool = thread_pool_make(&allocator, 3, &error);
    assert_non_null(pool);
    for (uint64_t seed = first_seed; seed < first_seed + model_count; seed++)
        check_net(seed, pool, &counts, uses);
    thread_pool_release(pool);
    net_trial_count(&counts, first_seed, model_count);
    check_uses(uses);
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

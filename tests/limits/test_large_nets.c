/* Large nets go through every stage in time and memory that grow as the net does: 100,000 operations and nearly the million that a net may have.
 * What each stage took is printed; the bounds are generous, since machines and sanitizers differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "elaborate/elaborate.h"
#include "engine/program.h"
#include "transform/transform.h"

enum { STAGES = 5, SMALL = 100000, LARGE = 900000, MOST_GROWTH = 30 };

static const double shortest = 0.02; /* seconds that say nothing about growth */

static const char *const stage_names[STAGES] = {"check", "elaborate", "verify", "transform", "plan"};

typedef struct Took {
    double seconds[STAGES];
    size_t bytes; /* of the compilation's arena behind the check */
} Took;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double lap(double *start)
{
    double before = *start;
    *start = now();
    return *start - before;
}

static Graph *elaborate(Arena *arena, Diagnostics *diagnostics, const char *text, Took *took, double *start)
{
    Module *module = module_load(arena, diagnostics, (SourceReader){.read = NULL}, "large.net", text, strlen(text));
    module_check(module);
    took->seconds[0] = lap(start);
    took->bytes = arena->total;
    if (diagnostics->errors > 0)
        fail_msg("E%04d: %s", diagnostics->items[0].code, diagnostics->items[0].message);
    Graph *graph = module_elaborate(module, NULL, NULL, 0, MODE_INFERENCE);
    assert_non_null(graph);
    took->seconds[1] = lap(start);
    return graph;
}

static void plan(const Graph *graph)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    ProgramOptions options = {.tile = 1};
    Program *program = program_make(graph, &options, &allocator, &error);
    if (!program)
        fail_msg("%s", error.message);
    program_release(program);
}

/* All stages of one net, which has about so many nodes. */
static Took try_net(const char *text, int64_t operations)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    SourceTable sources = source_table_make(&arena);
    Diagnostics diagnostics = diagnostics_make(&arena, &sources);
    Took took = {.bytes = 0};
    double start = now();
    const Graph *graph = elaborate(&arena, &diagnostics, text, &took, &start);
    assert_in_range(graph->node_count, operations / 10, NODE_LIMIT);
    assert_null(graph_verify(graph, &arena));
    took.seconds[2] = lap(&start);
    Arena other;
    arena_init(&other, &allocator);
    const Graph *better = transform_all(&other, graph, &(TransformOptions){.keep_names = false}, NULL);
    took.seconds[3] = lap(&start);
    plan(better);
    took.seconds[4] = lap(&start);
    arena_release(&other);
    arena_release(&arena);
    return took;
}

static void print(const char *shape, int64_t operations, const Took *took)
{
    print_message("%-10s %7lld:", shape, (long long)operations);
    for (int i = 0; i < STAGES; i++)
        print_message(" %s %.2f s", stage_names[i], took->seconds[i]);
    print_message(", %zu bytes an operation\n", took->bytes / (size_t)operations);
}

/* A net by the text in front of and behind the number of repetitions, of which each makes `each` operations. */
static void grow(const char *name, int64_t large, const char *before, int64_t each, const char *behind)
{
    Took took[2];
    for (int i = 0; i < 2; i++) {
        int64_t operations = i ? large : SMALL;
        char text[400];
        snprintf(text, sizeof text, "%s%lld%s\n", before, (long long)(operations / each), behind);
        took[i] = try_net(text, operations);
        print(name, operations, &took[i]);
    }
    for (int i = 0; i < STAGES; i++)
        assert_true(took[1].seconds[i] < MOST_GROWTH * (took[0].seconds[i] + shortest));
}

static void large_nets(void **state)
{
    (void)state;
    grow("chain", LARGE, "net f(x: 4) -> 4 = x |> repeat(", 2, ", relu |> sin)");
    grow("nested", LARGE, "net f(x: 4) -> 4 = x |> repeat(1000, repeat(", 2000, ", y -> sin(y) + x))");
    grow("list", LARGE, "net f(x: 4) -> 4 = sum([x * i for i in 1..", 3, "])");
    grow("scans", LARGE, "net f(x: 3x4) -> 3x4 = x |> repeat(", 8, ", y -> scan(y, fill(4, 0), (s, e) -> sin(s + e)))");
    grow("weights", LARGE / 2, "net f(x: 4) -> 4 = x |> repeat(", 9, ", dense(4) |> relu)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(large_nets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

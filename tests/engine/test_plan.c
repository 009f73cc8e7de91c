/* Plans: their text, their memory, their cost for large Graphs, and failing allocations at every point. */
#include "engine/gaps.h"
#include "engine/harness.h"
#include "engine/planner.h"
#include "runtime/counting_allocator.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* A block with a branch: norm(x) * w, then relu, beside a skip; weights fold into one prepared value. */
static void build_block(Graph *graph)
{
    Value x = model_input(graph, "image", type_real(true, 3, 2, 4, 4));
    Value w = model_weight(graph, "scale", type_real(false, 3, 2, 1, 1));
    Value v = model_state(graph, "variance", type_real(false, 3, 2, 1, 1));
    int32_t place = graph_add_origin(graph, (Origin){.parent = 0, .path = "norm1"});
    Value gain = apply2(graph, "divide", NULL, w, apply1(graph, "sqrt", NULL, v));
    Value y = apply2(graph, "multiply", NULL, x, gain);
    graph->nodes[y.node].origin = place;
    Value z = apply2(graph, "add", NULL, apply1(graph, "relu", NULL, y), x);
    Value flat = apply1(graph, "reshape", "shape=[32]", z);
    model_output(graph, NULL, apply1(graph, "reduce_sum", "axes=[0]", flat));
    graph_add_name(graph, "norm1", y);
}

static void build_loop(Graph *graph)
{
    Graph *region = graph_make(graph->arena, "region");
    Value s = model_input(region, "s", type_real(true, 1, 3));
    Value x = model_input(region, "x", type_real(true, 1, 3));
    Value u = model_input(region, "u", type_real(false, 1, 3));
    Value product = apply2(region, "multiply", NULL, s, apply1(region, "exp", NULL, u));
    model_output(region, "s", apply1(region, "tanh", NULL, apply2(region, "add", NULL, product, x)));
    Value xs = model_input(graph, "xs", type_real(true, 2, 4, 3));
    Value weight = model_weight(graph, "u", type_real(false, 1, 3));
    Value zero = model_fill(graph, type_real(false, 1, 3), 0);
    model_output(graph, "states", graph_append_scan(graph, region, (Value[]){zero, xs, weight}, 3, 1, 1, true, 0));
}

static char *read_text(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    return text;
}

static void check_text(const char *name, void (*build)(Graph *graph), const ProgramOptions *options)
{
    Model model;
    model_begin(&model, name);
    build(model.graph);
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    Program *program = program_make(model.graph, options, &allocator, &error);
    assert_non_null(program);
    Text text = text_make(&model.arena);
    program_print_plan(program, &text);
    const char *expected = read_text(arena_printf(&model.arena, "tests/engine/plans/%s.txt", name));
    if (strcmp(expected, text_string(&text)) != 0)
        fail_msg("the plan of %s is now\n%s", name, text_string(&text));
    program_release(program);
    model_end(&model);
}

static void print_plans(void **state)
{
    (void)state;
    const char *watch[] = {"norm1"};
    check_text("block", build_block, &(ProgramOptions){.watch = watch, .watch_count = 1});
    check_text("loop", build_loop, &(ProgramOptions){.precision = PRECISION_DOUBLE, .batch = 3});
}

/* No two buffers that live at one time share a byte, and none reaches past the peak. */
static void check_places(const Plan *plan, const StepList *list, int layout)
{
    bool prepare = list == &plan->prepare;
    assert_true(list->peak[layout] >= list->bound[layout]);
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        const Buffer *a = &plan->buffers[i];
        if (!plan_lies_in_arena(a, prepare))
            continue;
        assert_int_equal(a->offset[layout] % BUFFER_ALIGNMENT, 0);
        assert_true(a->offset[layout] + a->bytes[layout] <= list->peak[layout]);
        for (int64_t j = 0; j < i; j++) {
            const Buffer *b = &plan->buffers[j];
            if (!plan_lies_in_arena(b, prepare) || b->last < a->first || a->last < b->first)
                continue;
            bool apart = b->offset[layout] + b->bytes[layout] <= a->offset[layout] ||
                         a->offset[layout] + a->bytes[layout] <= b->offset[layout];
            assert_true(apart);
        }
    }
}

static uint32_t random_below(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static Value random_operation(Graph *graph, Value from, Value narrow, uint32_t kind)
{
    switch (kind) {
    case 0:
        return apply1(graph, "sin", NULL, from);
    case 1:
        if (graph_type(graph, from)->size[0] > 2)
            return apply1(graph, "slice", "axis=0 start=1 stop=-1", from);
        return apply2(graph, "add", NULL, from, narrow);
    case 2:
        return apply2(graph, "multiply", NULL, from, narrow);
    default:
        return apply2(graph, "add", NULL, from, from);
    }
}

/* A Graph of more than `count` nodes over vectors of many sizes, with long and short lives; each value is used by the next. */
static void build_random(Graph *graph, int count, uint32_t seed)
{
    uint32_t state = seed;
    Value *values = arena_take(graph->arena, ((size_t)count + 1) * sizeof *values);
    values[0] = model_input(graph, "x", type_real(true, 1, 64));
    for (int i = 1; i <= count; i++) {
        uint32_t back = random_below(&state, 10) ? random_below(&state, 8) : random_below(&state, (uint32_t)i);
        Value from = values[back < (uint32_t)i ? (uint32_t)i - 1 - back : 0];
        Value narrow = apply1(graph, "reduce_mean", "axes=[0]", values[i - 1]);
        values[i] = apply2(graph, "add", NULL, narrow, random_operation(graph, from, narrow, random_below(&state, 4)));
    }
    for (int i = 0; i < 5; i++)
        model_output(graph, arena_printf(graph->arena, "y%d", i), values[count - i]);
}

/* Peaks near the lower bound: the test prints the mean and the worst ratio, and holds them. */
static void stay_near_the_bound(void **state)
{
    (void)state;
    double sum = 0, worst = 0;
    enum { MODELS = 60 };
    for (int i = 0; i < MODELS; i++) {
        Model model;
        model_begin(&model, "random");
        build_random(model.graph, 20 + 5 * i, (uint32_t)i);
        StrataError error;
        const Plan *plan = plan_build(&model.arena, model.graph, &(ProgramOptions){0}, &error);
        assert_non_null(plan);
        for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
            check_places(plan, &plan->run, layout);
            check_places(plan, &plan->prepare, layout);
        }
        double ratio = (double)plan->run.peak[LAYOUT_TILE] / (double)plan->run.bound[LAYOUT_TILE];
        sum += ratio;
        worst = fmax(worst, ratio);
        model_end(&model);
    }
    print_message("memory over lower bound: mean %.3f, worst %.3f of %d plans\n", sum / MODELS, worst, MODELS);
    assert_true(sum / MODELS < 1.02);
    assert_true(worst < 1.15);
}

/* Taking and giving against a map of every byte. */
static void keep_gaps_apart(void **state)
{
    (void)state;
    enum { BYTES = 4096, BLOCKS = 64 };
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    Gaps gaps = gaps_make(&arena);
    bool used[BYTES] = {false};
    size_t offset[BLOCKS] = {0}, size[BLOCKS] = {0};
    uint32_t random = 5;
    for (int round = 0; round < 20000; round++) {
        uint32_t block = random_below(&random, BLOCKS);
        if (size[block]) {
            gaps_give(&gaps, offset[block], size[block]);
            memset(used + offset[block], 0, size[block]);
            size[block] = 0;
            continue;
        }
        size[block] = 1 + random_below(&random, 40);
        offset[block] = gaps_take(&gaps, size[block]);
        assert_true(offset[block] + size[block] <= BYTES);
        size_t lowest = 0;
        for (size_t i = 0; i - lowest < size[block]; i++)
            if (used[i])
                lowest = i + 1;
        assert_int_equal(offset[block], lowest);
        memset(used + offset[block], 1, size[block]);
    }
    arena_release(&arena);
}

/* Another order of the nodes is taken when it needs less: here the Graph computes all of the large values first. */
static void reorder_for_memory(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "wide");
    Graph *graph = model.graph;
    Value x = model_input(graph, "x", type_real(true, 2, 1, 1000));
    Value large[8], small[8];
    for (int i = 0; i < 8; i++)
        large[i] = apply2(graph, "power", NULL, x, model_fill(graph, type_real(false, 0), i));
    for (int i = 0; i < 8; i++)
        small[i] = apply1(graph, "reduce_sum", "axes=[1]", large[i]);
    for (int i = 1; i < 8; i++)
        small[0] = apply2(graph, "add", NULL, small[0], small[i]);
    model_output(graph, "y", small[0]);
    StrataError error;
    const Plan *plan = plan_build(&model.arena, graph, &(ProgramOptions){0}, &error);
    assert_true(plan->run.peak[LAYOUT_ONE] < 3 * 4096);
    model_check(graph, 3, 0, 2000);
    model_end(&model);
}

/* Time and memory for n nodes; the arena's total counts every byte that planning took. */
static double measure(int count, size_t *bytes)
{
    Model model;
    model_begin(&model, "long");
    build_random(model.graph, count, 1);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Arena arena;
    arena_init(&arena, &allocator);
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    const Plan *plan = plan_build(&arena, model.graph, &(ProgramOptions){0}, &error);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    assert_non_null(plan);
    *bytes = arena.total;
    arena_release(&arena);
    model_end(&model);
    return (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
}

static void plan_in_linear_time(void **state)
{
    (void)state;
    size_t few_bytes, many_bytes;
    double few = measure(8000, &few_bytes);
    double many = measure(32000, &many_bytes);
    double time_exponent = log(many / few) / log(4), memory_exponent = log((double)many_bytes / (double)few_bytes) / log(4);
    print_message("planning 100000 steps: %.3f s, %.1f MB; exponents %.2f of time, %.2f of memory\n", many,
                  (double)many_bytes / 1e6, time_exponent, memory_exponent);
    assert_true(memory_exponent < 1.1);
    assert_true(time_exponent < 1.5);
}

/* Everything from planning to a run with an allocator that fails at its nth request: an error that says so, and nothing left. */
static bool plan_and_run(const Graph *graph, const StrataAllocator *allocator, StrataError *error)
{
    double zeros[64] = {0};
    const InputBuffer buffers[] = {{zeros, PRECISION_DOUBLE}, {zeros, PRECISION_DOUBLE}};
    Program *program = program_make(graph, &(ProgramOptions){0}, allocator, error);
    Binding *binding = program ? binding_make(program, buffers, buffers, false, error) : NULL;
    Binding *initial = binding ? binding_make_initial(program, graph, 1, error) : NULL;
    Workspace *workspace = initial ? workspace_make(program, 0, NULL, error) : NULL;
    bool done = workspace && program_run(program, binding, workspace, &(Run){.batch = 2, .inputs = buffers}, error);
    workspace_release(workspace);
    binding_release(initial);
    binding_release(binding);
    program_release(program);
    return done;
}

static void survive_failing_allocations(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "block");
    build_block(model.graph);
    model.graph->weights[0].initial = model_fill(model.graph, type_real(false, 3, 2, 1, 1), 1);
    model.graph->states[0].initial = model.graph->weights[0].initial;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error;
    assert_true(plan_and_run(model.graph, &allocator, &error));
    assert_true(counting_clean(&counting));
    long requests = counting.requests;
    for (long i = 1; i <= requests; i++) {
        counting = (Counting){.fail_at = i};
        assert_false(plan_and_run(model.graph, &allocator, &error));
        assert_int_equal(error.status, STRATA_MEMORY);
        assert_true(counting_clean(&counting));
    }
    print_message("%ld allocations, each failed once\n", requests);
    model_end(&model);
}

/* A batch of absurd size is an error before anything is taken; as a bound of a tile such a number says nothing. */
static void refuse_what_cannot_be_addressed(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "block");
    build_block(model.graph);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Program *program = program_make(model.graph, &(ProgramOptions){.tile = INT64_MAX}, &allocator, &error);
    assert_non_null(program);
    assert_true(program_memory(program).work < 1 << 26);
    program_release(program);
    assert_null(program_make(model.graph, &(ProgramOptions){.batch = INT64_MAX}, &allocator, &error));
    assert_int_equal(error.status, STRATA_MEMORY);
    assert_int_equal(error.code, 1050);
    assert_null(program_make(model.graph, &(ProgramOptions){.batch = -1}, &allocator, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    model_end(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(print_plans),
        cmocka_unit_test(stay_near_the_bound),
        cmocka_unit_test(keep_gaps_apart),
        cmocka_unit_test(reorder_for_memory),
        cmocka_unit_test(plan_in_linear_time),
        cmocka_unit_test(survive_failing_allocations),
        cmocka_unit_test(refuse_what_cannot_be_addressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

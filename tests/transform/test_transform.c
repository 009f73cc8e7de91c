/* Transforms: each identity on a small Graph, and that random Graphs compute the same afterwards. */
#include "transform/transform.h"

#include "engine/reference.h"
#include "graph/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const TransformOptions no_options = {.keep_names = false};

/* A Graph under test with one batched input x of 2x3 and one weight w of the same shape. */
typedef struct Sample {
    Bench *bench;
    Graph *graph;
    Value x;
    Value w;
} Sample;

static Sample sample_make(void)
{
    Sample sample = {.bench = bench_make()};
    sample.graph = graph_make(&sample.bench->arena, "sample");
    graph_add_origin(sample.graph, (Origin){.parent = -1, .definition = "sample", .span = no_span});
    sample.x = bench_input(sample.graph, "x", bench_type("f*[2x3]"));
    WeightInfo weight = {.name = "w", .type = bench_type("f[2x3]"), .initial = no_value, .span = no_span};
    sample.w = graph_source(sample.graph, OP_WEIGHT, graph_add_weight(sample.graph, weight), 0);
    return sample;
}

static Value apply1(Sample *sample, const char *op, Value x, const char *attributes)
{
    return bench_apply1(sample->graph, op, x, attributes, 0);
}

static Value apply2(Sample *sample, const char *op, Value a, Value b)
{
    return bench_apply2(sample->graph, op, a, b, NULL, 0);
}

/* Everything after all transforms: what is left of the nodes, as the names of operations. */
static void expect_left(Sample *sample, Value output, const char *operations)
{
    graph_add_output(sample->graph, (OutputInfo){.value = output});
    const char *problem = NULL;
    assert_null(graph_verify(sample->graph, &sample->bench->arena));
    Graph *graph = transform_all(&sample->bench->arena, sample->graph, &no_options, &problem);
    if (problem)
        print_message("%s\n", problem);
    assert_non_null(graph);
    Text left = text_make(&sample->bench->arena);
    for (int64_t i = 0; i < graph->node_count; i++)
        text_printf(&left, i ? " %s" : "%s", op_info(graph->nodes[i].op)->name);
    assert_string_equal(text_string(&left), operations);
    assert_true(type_equal(graph_type(graph, graph->outputs[0].value), graph_type(sample->graph, output)));
    bench_release(sample->bench);
}

static void neutral_numbers_go(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value zero = bench_number(s.graph, 0), one = bench_number(s.graph, 1);
    Value ones = bench_constant(s.graph, bench_type("f[3]"), (double[]){1, 1, 1});
    Value y = apply2(&s, "subtract", apply2(&s, "add", zero, apply2(&s, "add", s.x, zero)), zero);
    y = apply2(&s, "divide", apply2(&s, "multiply", ones, apply2(&s, "multiply", y, one)), one);
    expect_left(&s, apply2(&s, "power", y, one), "input");
}

static void what_is_not_neutral_stays(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value zero = bench_number(s.graph, 0);
    expect_left(&s, apply2(&s, "multiply", s.x, zero), "input constant multiply");
    s = sample_make();
    Value mixed = bench_constant(s.graph, bench_type("f[3]"), (double[]){1, 1, 2});
    expect_left(&s, apply2(&s, "multiply", s.x, mixed), "input constant multiply");
    s = sample_make();
    expect_left(&s, apply2(&s, "subtract", bench_number(s.graph, 0), s.x), "input constant subtract");
    /* a larger zero makes the result larger, an input of integers would become one of reals */
    s = sample_make();
    Value large = bench_constant(s.graph, bench_type("f[2x2x3]"), (double[12]){0});
    Value w = apply2(&s, "add", s.w, large);
    expect_left(&s, w, "weight constant add");
    s = sample_make();
    Value integers = bench_input(s.graph, "i", bench_type("i*[3]"));
    Value zero_real = bench_number(s.graph, 0);
    expect_left(&s, apply2(&s, "add", integers, zero_real), "input constant add");
}

static void operations_that_undo_themselves_go(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value y = apply1(&s, "negate", apply1(&s, "negate", s.x, NULL), NULL);
    y = apply1(&s, "relu", apply1(&s, "relu", y, NULL), NULL);
    y = apply1(&s, "abs", y, NULL);
    expect_left(&s, apply1(&s, "floor", apply1(&s, "floor", y, NULL), NULL), "input relu floor");
    s = sample_make();
    Value positive = apply2(&s, "less", bench_number(s.graph, 0), s.x);
    expect_left(&s, apply1(&s, "not", apply1(&s, "not", positive, NULL), NULL), "input constant less");
    s = sample_make();
    expect_left(&s, apply1(&s, "relu", apply1(&s, "abs", apply1(&s, "negate", s.x, NULL), NULL), NULL), "input abs");
    s = sample_make();
    Value z = apply2(&s, "complex", s.x, apply1(&s, "tanh", s.x, NULL));
    expect_left(&s, apply2(&s, "add", apply1(&s, "real", z, NULL), apply1(&s, "imag", z, NULL)), "input tanh add");
    /* the imaginary part of a batched number is batched, so it is not the weight */
    s = sample_make();
    z = apply2(&s, "complex", s.x, s.w);
    expect_left(&s, apply1(&s, "imag", z, NULL), "input weight complex imag");
    s = sample_make();
    z = apply1(&s, "conj", apply2(&s, "complex", s.x, s.w), NULL);
    expect_left(&s, apply1(&s, "modulus", z, NULL), "input weight complex modulus");
}

static void choices_that_are_known_are_made(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value yes = apply2(&s, "less", bench_number(s.graph, 1), bench_number(s.graph, 2));
    Value w = bench_append(s.graph, "where", (Value[]){yes, s.x, s.w}, 3, NULL, 0);
    expect_left(&s, w, "input");
    s = sample_make();
    Value either = apply2(&s, "less", s.x, s.w);
    Value same = apply2(&s, "maximum", s.x, s.x);
    expect_left(&s, bench_append(s.graph, "where", (Value[]){either, same, s.x}, 3, NULL, 0), "input");
}

static void changes_of_shape_are_joined(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value y = apply1(&s, "reshape", apply1(&s, "reshape", s.x, "shape=[6]"), "shape=[3, 2]");
    expect_left(&s, y, "input reshape");
    s = sample_make();
    expect_left(&s, apply1(&s, "reshape", apply1(&s, "reshape", s.x, "shape=[6]"), "shape=[2, 3]"), "input");
    s = sample_make();
    expect_left(&s, apply1(&s, "permute", apply1(&s, "permute", s.x, "axes=[1, 0]"), "axes=[1, 0]"), "input");
    s = sample_make();
    expect_left(&s, apply1(&s, "slice", s.x, "axis=1 start=0 stop=3"), "input");
    s = sample_make();
    expect_left(&s, apply1(&s, "slice", s.x, "axis=1 start=-1 stop=-4 step=-1"), "input slice");
    s = sample_make();
    expect_left(&s, apply1(&s, "concatenate", s.x, NULL), "input");
    s = sample_make();
    expect_left(&s, apply1(&s, "pad", s.x, "amounts=[0, 0, 0, 0]"), "input");
}

/* Three axes: the order of the joined permutation must be right, not its inverse. */
static void permutations_are_joined_in_order(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = graph_make(&bench->arena, "order");
    Value x = bench_input(graph, "x", bench_type("f*[2x3x5]"));
    graph->nodes[0].origin = -1;
    Value y = bench_apply1(graph, "permute", bench_apply1(graph, "permute", x, "axes=[1, 2, 0]", -1), "axes=[1, 0, 2]", -1);
    graph_add_output(graph, (OutputInfo){.value = y});
    const char *problem = NULL;
    Graph *after = transform_all(&bench->arena, graph, &no_options, &problem);
    assert_null(problem);
    assert_int_equal(after->node_count, 2);
    const AttributeValue *axes = &after->nodes[1].attributes[0];
    assert_int_equal(axes->list.items[0], 2);
    assert_int_equal(axes->list.items[1], 1);
    assert_int_equal(axes->list.items[2], 0);
    bench_release(bench);
}

static void constants_are_folded(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value three = apply2(&s, "add", bench_number(s.graph, 1), bench_number(s.graph, 2));
    Value column = apply1(&s, "broadcast", apply1(&s, "sqrt", three, NULL), "shape=[2, 3]");
    expect_left(&s, apply2(&s, "multiply", s.x, column), "input constant multiply");
}

static void equal_values_are_computed_once(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value a = apply1(&s, "exp", apply2(&s, "add", s.x, s.w), NULL);
    Value b = apply1(&s, "exp", apply2(&s, "add", s.w, s.x), NULL);
    expect_left(&s, apply2(&s, "multiply", a, b), "input weight add exp multiply");
    s = sample_make();
    a = apply2(&s, "subtract", s.x, s.w);
    b = apply2(&s, "subtract", s.w, s.x);
    expect_left(&s, apply2(&s, "multiply", a, b), "input weight subtract subtract multiply");
    s = sample_make();
    a = apply2(&s, "multiply", s.x, bench_number(s.graph, 7));
    b = apply2(&s, "add", a, bench_number(s.graph, 7));
    expect_left(&s, b, "input constant multiply add");
}

static void draws_at_different_places_stay(void **state)
{
    (void)state;
    Sample s = sample_make();
    Value a = apply1(&s, "uniform", s.x, "place=a"), b = apply1(&s, "uniform", s.x, "place=b");
    expect_left(&s, apply2(&s, "add", a, b), "input uniform uniform add");
    s = sample_make();
    a = apply1(&s, "uniform", s.x, "place=a");
    b = apply1(&s, "uniform", s.x, "place=a");
    expect_left(&s, apply2(&s, "add", a, b), "input uniform add");
}

static void names_stay_on_request(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        Sample s = sample_make();
        graph_add_name(s.graph, "unused", apply1(&s, "exp", s.x, NULL));
        Value y = apply1(&s, "tanh", s.x, NULL);
        graph_add_name(s.graph, "used", y);
        graph_add_output(s.graph, (OutputInfo){.value = y});
        Graph *after = transform_all(&s.bench->arena, s.graph, &(TransformOptions){.keep_names = keep}, &(const char *){NULL});
        assert_int_equal(after->node_count, keep ? 3 : 2);
        assert_int_equal(after->name_count, keep ? 2 : 1);
        assert_int_equal(graph_find_name(after, "used").node, after->outputs[0].value.node);
        bench_release(s.bench);
    }
}

/* Inputs, weights and states are known by callers; constants and captures are not. */
static void tables_that_callers_know_stay(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_recurrent(bench);
    const char *problem = NULL;
    Graph *after = transform_all(&bench->arena, graph, &no_options, &problem);
    assert_null(problem);
    assert_int_equal(after->input_count, graph->input_count);
    assert_int_equal(after->weight_count, graph->weight_count);
    assert_int_equal(after->state_count, graph->state_count);
    assert_int_equal(graph->constant_count, 2);
    assert_int_equal(after->constant_count, 1);
    bench_release(bench);
}

static void captures_that_are_not_read_go(void **state)
{
    (void)state;
    Sample s = sample_make();
    Arena *arena = &s.bench->arena;
    Graph *region = graph_make(arena, "step");
    const char *const names[] = {"h", "x", "unused", "used"};
    const char *const types[] = {"f*[3]", "f*[3]", "f[2x3]", "f[2x3]"};
    Value inputs[4];
    for (int k = 0; k < 4; k++) {
        inputs[k] = bench_input(region, names[k], bench_type(types[k]));
        region->nodes[inputs[k].node].origin = -1;
    }
    Value row = bench_apply1(region, "reduce_sum", inputs[3], "axes=[0]", -1);
    bench_apply1(region, "exp", inputs[2], NULL, -1);
    graph_add_output(region,
                     (OutputInfo){.value = bench_apply2(region, "add", bench_apply2(region, "add", inputs[0], row, NULL, -1),
                                                        inputs[1], NULL, -1)});
    Value zeros = bench_constant(s.graph, bench_type("f[3]"), (double[3]){0});
    Value log_w = apply1(&s, "log", s.w, NULL), exp_w = apply1(&s, "exp", s.w, NULL);
    Value scan = graph_append_scan(s.graph, region, (Value[]){zeros, s.x, log_w, exp_w}, 4, 1, 1, false, 0);
    expect_left(&s, scan, "input weight constant exp scan");
}

/* ---- Random Graphs ---------------------------------------------------------------------------------------------------------- */

/* A number that every precision holds, from a hash of its place. */
static double entry(uint64_t seed, int64_t row, int64_t index)
{
    uint64_t z = (seed * 31 + (uint64_t)row) * 1000003 + (uint64_t)index;
    z = (z ^ z >> 31) * UINT64_C(0x94d049bb133111eb);
    return (double)(z >> 40 & 1023) / 256 - 2;
}

static double *draw_row(Arena *arena, uint64_t seed, int64_t row, const Type *type, int64_t batch)
{
    int64_t count = type_reals(type) * (type->batched ? batch : 1);
    double *data = arena_take(arena, (size_t)count * sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = type->element == ELEMENT_INTEGER ? floor(fabs(entry(seed, row, i))) : entry(seed, row, i);
    return data;
}

static ReferenceSources draw_sources(Arena *arena, const Graph *graph, uint64_t seed)
{
    const double **inputs = arena_take(arena, (size_t)graph->input_count * sizeof *inputs);
    const double **weights = arena_take(arena, (size_t)graph->weight_count * sizeof *weights);
    const double **states = arena_take(arena, (size_t)graph->state_count * sizeof *states);
    for (int64_t i = 0; i < graph->input_count; i++)
        inputs[i] = draw_row(arena, seed, i, &graph->inputs[i].type, 2);
    for (int64_t i = 0; i < graph->weight_count; i++)
        weights[i] = draw_row(arena, seed, 100 + i, &graph->weights[i].type, 2);
    for (int64_t i = 0; i < graph->state_count; i++)
        states[i] = draw_row(arena, seed, 200 + i, &graph->states[i].type, 2);
    return (ReferenceSources){.batch = 2, .inputs = inputs, .weights = weights, .states = states, .seed = seed, .rate = 0.5};
}

static void expect_same(const Reference *before, const Graph *old, Value a, const Reference *after, Value b, uint64_t seed)
{
    const Type *type = graph_type(old, a);
    const double *x = reference_value(before, a);
    const double *y = reference_value(after, b);
    assert_true(x && y);
    int64_t count = type_reals(type) * (type->batched ? 2 : 1);
    for (int64_t i = 0; i < count; i++) {
        bool same = x[i] == y[i] || (isnan(x[i]) && isnan(y[i]));
        if (!same)
            print_message("seed %llu: entry %lld of %%%d is %g, then %g\n", (unsigned long long)seed, (long long)i, a.node, x[i],
                          y[i]);
        assert_true(same);
    }
}

static void random_graphs_compute_the_same(void **state)
{
    (void)state;
    int64_t nodes_before = 0, nodes_after = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        Bench *bench = bench_make();
        Arena *arena = &bench->arena;
        Graph *old = bench_random(arena, seed, 80);
        const char *problem = NULL;
        Graph *graph = transform_all(arena, old, &(TransformOptions){.keep_names = seed % 2}, &problem);
        if (problem)
            print_message("seed %llu: %s\n%s", (unsigned long long)seed, problem, bench_print(bench, old));
        assert_null(problem);
        ReferenceSources sources = draw_sources(arena, old, seed);
        Reference *before = reference_evaluate(arena, old, &sources);
        Reference *after = reference_evaluate(arena, graph, &sources);
        for (int64_t i = 0; i < old->output_count; i++)
            expect_same(before, old, old->outputs[i].value, after, graph->outputs[i].value, seed);
        for (int64_t i = 0; i < old->state_count; i++)
            if (old->states[i].next.node >= 0)
                expect_same(before, old, old->states[i].next, after, graph->states[i].next, seed);
        for (int64_t i = 0; i < graph->name_count; i++)
            expect_same(before, old, graph_find_name(old, graph->names[i].path), after, graph->names[i].value, seed);
        nodes_before += old->node_count;
        nodes_after += graph->node_count;
        bench_release(bench);
    }
    assert_true(nodes_after < nodes_before * 3 / 4);
}

/* A second round finds nothing to do for graphs without constants that appear on the way. */
static void lenet_is_left_as_it_is(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    const char *problem = NULL;
    Graph *after = transform_all(&bench->arena, graph, &no_options, &problem);
    assert_null(problem);
    assert_string_equal(bench_print(bench, graph), bench_print(bench, after));
    bench_release(bench);
}

/* ---- Time ------------------------------------------------------------------------------------------------------------------- */

static double seconds_for(int64_t blocks)
{
    Bench *bench = bench_make();
    Graph *graph = bench_chain(&bench->arena, blocks);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    Graph *after = transform_all(&bench->arena, graph, &no_options, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_true(after->node_count < graph->node_count);
    bench_release(bench);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

/* Eight times the nodes must not take 32 times as long: linear work is at 8, quadratic at 64. */
static void time_is_linear(void **state)
{
    (void)state;
    double small = 1, large = 1;
    for (int i = 0; i < 5; i++) {
        double a = seconds_for(2000), b = seconds_for(16000);
        small = a < small ? a : small;
        large = b < large ? b : large;
    }
    print_message("12,000 nodes: %.1f ms, 96,000 nodes: %.1f ms\n", 1e3 * small, 1e3 * large);
    assert_true(large < 32 * small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_numbers_go),
        cmocka_unit_test(what_is_not_neutral_stays),
        cmocka_unit_test(operations_that_undo_themselves_go),
        cmocka_unit_test(choices_that_are_known_are_made),
        cmocka_unit_test(changes_of_shape_are_joined),
        cmocka_unit_test(permutations_are_joined_in_order),
        cmocka_unit_test(constants_are_folded),
        cmocka_unit_test(equal_values_are_computed_once),
        cmocka_unit_test(draws_at_different_places_stay),
        cmocka_unit_test(names_stay_on_request),
        cmocka_unit_test(tables_that_callers_know_stay),
        cmocka_unit_test(captures_that_are_not_read_go),
        cmocka_unit_test(random_graphs_compute_the_same),
        cmocka_unit_test(lenet_is_left_as_it_is),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Analyses against published numbers, hand-made Graphs, and brute force: what really changes when an entry of the input does. */
#include "analyse/summary.h"
#include "engine/reference.h"
#include "formats/dot.h"
#include "graph/harness.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* ---- Cost ------------------------------------------------------------------------------------------------------------------- */

static void lenet_costs_what_is_published(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    assert_int_equal(analyse_weights(graph), 61706);
    assert_int_equal(analyse_multiply_adds(graph, &bench->arena), 416520);
    assert_int_equal(analyse_bytes(graph), 4 * 61706);
    bench_release(bench);
}

static void a_scan_costs_its_region_for_each_slice(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_recurrent(bench);
    /* 5 slices of a product of 3x2 and 2 */
    assert_int_equal(analyse_multiply_adds(graph, &bench->arena), 5 * 6);
    bench_release(bench);
}

static void what_nothing_needs_costs_nothing(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    Value w = {.node = 1};
    bench_apply2(graph, "convolve", (Value){.node = 0}, w, NULL, 0);
    assert_int_equal(analyse_multiply_adds(graph, &bench->arena), 416520);
    bench_release(bench);
}

static void sums_do_not_overflow(void **state)
{
    (void)state;
    assert_true(saturating_add(INT64_MAX - 1, 5) == INT64_MAX);
    assert_true(saturating_multiply(INT64_C(1) << 40, INT64_C(1) << 40) == INT64_MAX);
    assert_true(saturating_multiply(INT64_MAX, 0) == 0);
    assert_true(saturating_multiply(0, INT64_MAX) == 0);
}

/* ---- Receptive fields ------------------------------------------------------------------------------------------------------- */

static const ReceptiveAxis *field_axis(Bench *bench, const Graph *graph, Value value, int axis)
{
    return &analyse_receptive(graph, &bench->arena)[value.node].axis[axis];
}

/* LeNet's are worked out by hand in every course: 5, 6, 14, 16. */
static void lenet_sees_what_is_known(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    static const struct {
        const char *name;
        int64_t size;
        double step, first;
    } known[] = {{"conv1", 5, 1, -2}, {"maxpool1", 6, 2, -2}, {"conv2", 14, 2, -2}, {"maxpool2", 16, 4, -2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ReceptiveAxis *axis = field_axis(bench, graph, graph_find_name(graph, known[i].name), 1);
        assert_int_equal(receptive_size(axis), known[i].size);
        assert_true(axis->step == known[i].step);
        assert_true(axis->first == known[i].first);
    }
    const Receptive *fields = analyse_receptive(graph, &bench->arena);
    assert_false(receptive_is_whole(&fields[graph_find_name(graph, "maxpool2").node]));
    assert_true(receptive_is_whole(&fields[graph_find_name(graph, "dense1").node]));
    bench_release(bench);
}

/* One operation over x of 2x12 (channels, length); the second operand, if any, is a weight. */
typedef struct FieldCase {
    const char *op;
    const char *weight; /* its type, or null */
    const char *attributes;
    bool exact; /* the bound is attained */
} FieldCase;

static const FieldCase field_cases[] = {
    {"convolve", "f[3x2x5]", "pad=[2]", true},
    {"convolve", "f[3x2x3]", "stride=[2] dilation=[3]", true},
    {"convolve", "f[4x1x3]", "groups=2 pad=[1]", true},
    {"convolve_transposed", "f[2x3x4]", "stride=[2] pad=[1]", true},
    {"convolve_transposed", "f[2x3x5]", "stride=[3]", true},
    {"pool_max", NULL, "window=[3] stride=[2] pad=[1]", true},
    {"pool_mean", NULL, "window=[4]", true},
    {"adaptive_pool_mean", NULL, "size=[4]", true},
    {"adaptive_pool_mean", NULL, "size=[5]", false},
    {"resize", NULL, "size=[24]", true},
    {"resize", NULL, "size=[24] method=linear", true},
    {"resize", NULL, "size=[24] method=linear corners=align", true},
    {"resize", NULL, "size=[5] method=linear", false},
    {"resize", NULL, "size=[5]", false},
    {"slice", NULL, "axis=1 start=2 stop=11 step=3", true},
    {"slice", NULL, "axis=1 start=-1 stop=-13 step=-1", true},
    {"slice", NULL, "axis=0 start=1 stop=2", true},
    {"pad", NULL, "amounts=[3, 1]", true},
    {"permute", NULL, "axes=[1, 0]", true},
    {"reshape", NULL, "shape=[2, 1, 12]", true},
    {"reshape", NULL, "shape=[24]", false},
    {"reduce_sum", NULL, "axes=[0]", true},
    {"reduce_max", NULL, "axes=[1] keep=true", true},
    {"cumulative_sum", NULL, "axis=1", true},
    {"cumulative_sum", NULL, "axis=0", true},
    {"matmul", "f[12x4]", NULL, true},
    {"add", "f[12]", NULL, true},
    {"relu", NULL, NULL, true},
    {"fft", NULL, NULL, true},
    {"broadcast", NULL, "shape=[3, 2, 12]", true},
    {"concatenate", "f[3x12]", NULL, true},
    {"concatenate", "f[2x3]", "axis=1", false},
};

/* Entries that no zero hides: products and sums of them do not cancel, and none is larger than the rest by much. */
static double *odd_numbers(Arena *arena, int64_t count)
{
    double *numbers = arena_take(arena, (size_t)count * sizeof *numbers);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = 1 + 0.37 * sin((double)(7 * i + 1));
    return numbers;
}

/* Which entries of the input along `length` change entry i of the value, found by changing each by a large amount, both ways. */
static void brute_force(Arena *arena, const Graph *graph, Value value, bool *seen)
{
    const int64_t channels = 2, length = 12;
    double *x = odd_numbers(arena, channels * length);
    const double **weights = arena_take(arena, sizeof *weights);
    if (graph->weight_count > 0)
        weights[0] = odd_numbers(arena, type_reals(&graph->weights[0].type));
    const double *inputs[] = {x};
    ReferenceSources sources = {.batch = 1, .inputs = inputs, .weights = weights};
    int64_t count = type_reals(graph_type(graph, value));
    const double *before = reference_value(reference_evaluate(arena, graph, &sources), value);
    for (int64_t at = 0; at < channels * length; at++)
        for (int way = -1; way <= 1; way += 2) {
            x[at] += 100 * way;
            const double *after = reference_value(reference_evaluate(arena, graph, &sources), value);
            for (int64_t i = 0; i < count; i++)
                if (fabs(after[i] - before[i]) > 1e-9)
                    seen[i * length + at % length] = true;
            x[at] -= 100 * way;
        }
}

/* The field of each entry as predicted must hold what changes it, and be no larger where it is said to be exact. */
static void compare_field(const FieldCase *example, const Type *type, const ReceptiveAxis *axis, const bool *seen)
{
    const int64_t length = 12;
    int64_t width = type->element == ELEMENT_COMPLEX ? 2 : 1, behind = width;
    bool attained = false;
    for (int i = type->rank - 1; i > axis->dimension && axis->dimension >= 0; i--)
        behind *= type->size[i];
    for (int64_t i = 0; i < type_reals(type); i++) {
        double place = axis->dimension < 0 ? 0 : (double)(i / behind % type->size[axis->dimension]);
        int64_t from = length, to = -1;
        for (int64_t at = 0; at < length; at++) {
            double low = axis->first + axis->step * place - 1e-6, high = axis->last + axis->step * place + 1e-6;
            bool inside = (double)at >= low && (double)at <= high;
            if (seen[i * length + at] && !inside)
                print_message("%s %s: entry %lld sees %lld, which is outside\n", example->op, example->attributes, (long long)i,
                              (long long)at);
            assert_true(inside || !seen[i * length + at]);
            if (seen[i * length + at]) {
                from = at < from ? at : from;
                to = at;
            }
        }
        attained |= to - from + 1 == (receptive_size(axis) < length ? receptive_size(axis) : length);
    }
    if (example->exact && !attained)
        print_message("%s %s: the field of %lld is not attained\n", example->op, example->attributes,
                      (long long)receptive_size(axis));
    assert_true(attained || !example->exact);
}

static void fields_hold_what_changes_a_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof field_cases / sizeof *field_cases; i++) {
        const FieldCase *example = &field_cases[i];
        Bench *bench = bench_make();
        Graph *graph = graph_make(&bench->arena, "field");
        graph_add_origin(graph, (Origin){.parent = -1, .definition = "field", .span = no_span});
        Value operands[2] = {bench_input(graph, "x", bench_type("f*[2x12]")), no_value};
        if (example->weight) {
            WeightInfo weight = {.name = "w", .type = bench_type(example->weight), .initial = no_value, .span = no_span};
            operands[1] = graph_source(graph, OP_WEIGHT, graph_add_weight(graph, weight), 0);
        }
        Value y = bench_append(graph, example->op, operands, example->weight ? 2 : 1, example->attributes, 0);
        const Type *type = graph_type(graph, y);
        bool *seen = arena_zero(&bench->arena, (size_t)type_reals(type) * 12, sizeof *seen);
        brute_force(&bench->arena, graph, y, seen);
        compare_field(example, type, field_axis(bench, graph, y, 0), seen);
        bench_release(bench);
    }
}

/* A wide branch beside the identity: the sum sees what either does. */
static void branches_are_joined(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = graph_make(&bench->arena, "branches");
    graph_add_origin(graph, (Origin){.parent = -1, .definition = "branches", .span = no_span});
    Value x = bench_input(graph, "x", bench_type("f*[4x20x20]"));
    Value w = bench_constant(graph, bench_type("f[4x4x3x5]"), odd_numbers(&bench->arena, 240));
    Value y = bench_apply2(graph, "add", bench_apply2(graph, "convolve", x, w, "pad=[1, 2]", 0), x, NULL, 0);
    assert_int_equal(receptive_size(field_axis(bench, graph, y, 0)), 3);
    assert_int_equal(receptive_size(field_axis(bench, graph, y, 1)), 5);
    /* one branch at half the rate, seen by all after it was spread: nothing certain is left but all of the input */
    Value half = bench_apply1(graph, "pool_max", x, "window=[2, 2]", 0);
    Value mean = bench_apply1(graph, "reduce_mean", half, "axes=[1, 2] keep=true", 0);
    Value both = bench_apply2(graph, "multiply", y, mean, NULL, 0);
    assert_true(receptive_is_whole(&analyse_receptive(graph, &bench->arena)[both.node]));
    bench_release(bench);
}

/* ---- Summary ---------------------------------------------------------------------------------------------------------------- */

static const char *summary_text(Bench *bench, const Graph *graph, int64_t depth, bool json)
{
    Summary summary = analyse_summary(graph, &(SummaryOptions){.depth = depth, .peak_bytes = 23520}, &bench->arena);
    Text text = text_make(&bench->arena);
    if (json)
        summary_print_json(&summary, &text);
    else
        summary_print(&summary, &text);
    return text_string(&text);
}

static void summaries_print_as_expected(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    bench_expect_golden(bench, summary_text(bench, graph, 1, false), "tests/analyse/lenet.summary");
    bench_expect_golden(bench, summary_text(bench, graph, 0, false), "tests/analyse/lenet-unfolded.summary");
    bench_expect_golden(bench, summary_text(bench, bench_recurrent(bench), 0, false), "tests/analyse/recurrent.summary");
    bench_release(bench);
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* JSON that a reader of its own accepts, whose rows add up to the totals. */
static void rows_add_up_to_the_totals(void **state)
{
    (void)state;
    static const char *const keys[] = {"weights", "frozen", "weight_bytes", "multiply_adds", "other_operations"};
    for (int depth = 0; depth < 2; depth++) {
        Bench *bench = bench_make();
        json_t *root = json_loads(summary_text(bench, bench_lenet(bench), depth, true), 0, NULL);
        assert_non_null(root);
        const json_t *rows = json_object_get(root, "rows"), *totals = json_object_get(root, "totals");
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            int64_t sum = 0;
            for (size_t i = 0; i < json_array_size(rows); i++)
                if (number_of(json_array_get(rows, i), "level") == 0)
                    sum += number_of(json_array_get(rows, i), keys[k]);
            assert_int_equal(sum, number_of(totals, keys[k]));
        }
        assert_int_equal(number_of(totals, "weights"), 61706);
        assert_int_equal(number_of(totals, "peak_activation_bytes"), 23520);
        json_decref(root);
        bench_release(bench);
    }
}

/* Names of every length and nesting stay within the page. */
static void tables_fit_the_page(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = graph_make(&bench->arena, "deep");
    int32_t origin = graph_add_origin(graph, (Origin){.parent = -1, .definition = "deep", .span = no_span});
    Value x = bench_input(graph, "x", bench_type("f*[512x224x224]"));
    for (int i = 0; i < 30; i++) {
        origin = graph_add_origin(
            graph, (Origin){.parent = origin, .definition = "a_definition_with_a_long_name", .path = "näme", .span = no_span});
        x = bench_apply1(graph, "relu", bench_apply1(graph, "exp", x, NULL, origin), NULL, origin);
    }
    graph_add_output(graph, (OutputInfo){.value = x});
    const char *text = summary_text(bench, graph, 0, false);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        int width = 0;
        for (const char *at = line; *at && *at != '\n'; at++)
            width += ((unsigned char)*at & 0xC0) != 0x80;
        assert_true(width <= SUMMARY_WIDTH);
    }
    bench_release(bench);
}

static void random_graphs_can_be_summed_up_and_drawn(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Bench *bench = bench_make();
        Graph *graph = bench_random(&bench->arena, seed, 60);
        for (int depth = 0; depth < 3; depth++) {
            json_t *root = json_loads(summary_text(bench, graph, depth, true), 0, NULL);
            assert_non_null(root);
            json_decref(root);
            summary_text(bench, graph, depth, false);
            Text text = text_make(&bench->arena);
            dot_print(graph, &(DotOptions){.depth = depth}, &text);
        }
        bench_release(bench);
    }
}

/* ---- Pictures --------------------------------------------------------------------------------------------------------------- */

static const char *dot_text(Bench *bench, const Graph *graph, int64_t depth)
{
    Text text = text_make(&bench->arena);
    dot_print(graph, &(DotOptions){.depth = depth}, &text);
    return text_string(&text);
}

static void pictures_print_as_expected(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    bench_expect_golden(bench, dot_text(bench, bench_lenet(bench), 1), "tests/analyse/lenet.dot");
    bench_expect_golden(bench, dot_text(bench, bench_recurrent(bench), 0), "tests/analyse/recurrent.dot");
    bench_release(bench);
}

/* Graphviz itself must accept every picture, odd names included. */
static void graphviz_accepts_pictures(void **state)
{
    (void)state;
    if (system("command -v dot >/dev/null 2>&1") != 0)
        skip();
    for (uint64_t seed = 1; seed <= 5; seed++)
        for (int depth = 0; depth < 2; depth++) {
            Bench *bench = bench_make();
            Graph *graph = seed == 1 ? bench_recurrent(bench) : bench_random(&bench->arena, seed, 40);
            FILE *dot = popen("dot -Tsvg >/dev/null 2>&1", "w");
            assert_non_null(dot);
            fputs(dot_text(bench, graph, depth), dot);
            assert_int_equal(pclose(dot), 0);
            bench_release(bench);
        }
}

/* ---- Time ------------------------------------------------------------------------------------------------------------------- */

static double seconds_for(int64_t blocks)
{
    Bench *bench = bench_make();
    Graph *graph = bench_chain(&bench->arena, blocks);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    summary_text(bench, graph, 0, false);
    dot_text(bench, graph, 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    bench_release(bench);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

/* Eight times the nodes must not take 32 times as long: linear work is at 8, quadratic at 64. */
static void time_is_linear(void **state)
{
    (void)state;
    double small = 1e9, large = 1e9;
    for (int i = 0; i < 3; i++) {
        small = fmin(small, seconds_for(1000));
        large = fmin(large, seconds_for(8000));
    }
    print_message("6,000 nodes: %.1f ms, 48,000 nodes: %.1f ms\n", 1e3 * small, 1e3 * large);
    assert_true(large < 32 * small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet_costs_what_is_published),
        cmocka_unit_test(a_scan_costs_its_region_for_each_slice),
        cmocka_unit_test(what_nothing_needs_costs_nothing),
        cmocka_unit_test(sums_do_not_overflow),
        cmocka_unit_test(lenet_sees_what_is_known),
        cmocka_unit_test(fields_hold_what_changes_a_value),
        cmocka_unit_test(branches_are_joined),
        cmocka_unit_test(summaries_print_as_expected),
        cmocka_unit_test(rows_add_up_to_the_totals),
        cmocka_unit_test(tables_fit_the_page),
        cmocka_unit_test(random_graphs_can_be_summed_up_and_drawn),
        cmocka_unit_test(pictures_print_as_expected),
        cmocka_unit_test(graphviz_accepts_pictures),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

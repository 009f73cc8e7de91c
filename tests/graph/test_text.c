/* The Graph's text form: golden texts, and that reading and printing gives the same text again. */
#include "graph/harness.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void print_diagnostics(const Bench *bench)
{
    Text text = text_make((Arena *)&bench->arena);
    for (int64_t i = 0; i < bench->diagnostics.count; i++)
        diagnostic_print(&bench->diagnostics, &bench->diagnostics.items[i], false, &text);
    print_message("%s", text_string(&text));
}

/* Prints, reads in a bench of its own (which has none of the sources), prints again. */
static void expect_round_trip(Bench *bench, const Graph *graph)
{
    Text text = text_make(&bench->arena), blobs = text_make(&bench->arena);
    graph_print(graph, &bench->sources, &text, &blobs);
    Bench *other = bench_make();
    int32_t file = source_add(&other->sources, "again.graph", text_string(&text), text.length, false);
    Graph *again = graph_read(&other->arena, &other->diagnostics, file, blobs.start, blobs.length);
    if (!again)
        print_diagnostics(other);
    assert_non_null(again);
    Text second = text_make(&other->arena), second_blobs = text_make(&other->arena);
    graph_print(again, &other->sources, &second, &second_blobs);
    assert_string_equal(text_string(&text), text_string(&second));
    assert_int_equal(blobs.length, second_blobs.length);
    if (blobs.length > 0)
        assert_memory_equal(blobs.start, second_blobs.start, blobs.length);
    bench_release(other);
}

static void lenet_prints_as_expected(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_lenet(bench);
    assert_null(graph_verify(graph, &bench->arena));
    bench_expect_golden(bench, bench_print(bench, graph), "tests/graph/lenet.graph");
    expect_round_trip(bench, graph);
    bench_release(bench);
}

static void every_kind_of_row_prints_as_expected(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = bench_recurrent(bench);
    const char *problem = graph_verify(graph, &bench->arena);
    if (problem)
        print_message("%s\n", problem);
    assert_null(problem);
    bench_expect_golden(bench, bench_print(bench, graph), "tests/graph/recurrent.graph");
    expect_round_trip(bench, graph);
    bench_release(bench);
}

static void without_sources_there_are_no_places(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Text text = text_make(&bench->arena);
    graph_print(bench_lenet(bench), NULL, &text, NULL);
    assert_null(strstr(text_string(&text), "lenet.net"));
    assert_non_null(strstr(text_string(&text), "# conv1\n"));
    assert_non_null(bench_read(bench, text_string(&text)));
    bench_release(bench);
}

static void random_graphs_round_trip(void **state)
{
    (void)state;
    bool seen[OP_COUNT] = {false};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        Bench *bench = bench_make();
        Graph *graph = bench_random(&bench->arena, seed, 60);
        const char *problem = graph_verify(graph, &bench->arena);
        if (problem)
            print_message("seed %llu: %s\n%s", (unsigned long long)seed, problem, bench_print(bench, graph));
        assert_null(problem);
        expect_round_trip(bench, graph);
        for (int64_t i = 0; i < graph->node_count; i++)
            seen[graph->nodes[i].op] = true;
        bench_release(bench);
    }
    for (int op = 0; op < OP_COUNT; op++)
        if (op_info((Op)op) && !seen[op])
            print_message("no random graph has %s\n", op_info((Op)op)->name);
}

/* Numbers print in the shortest form that reads back as the same double, and blobs keep every bit. */
static void constants_keep_their_values(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = graph_make(&bench->arena, "numbers");
    const double few[] = {0.1, -0.0, 1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789012345680.0};
    double many[65];
    for (int i = 0; i < 65; i++)
        many[i] = i % 2 ? -1.0 / (i + 3) : 5e-324 * i;
    bench_constant(graph, bench_type("f[6]"), few);
    bench_constant(graph, bench_type("f[65]"), many);
    bench_constant(graph, bench_type("f[5x13]"), many);
    Text text = text_make(&bench->arena), blobs = text_make(&bench->arena);
    graph_print(graph, NULL, &text, &blobs);
    assert_int_equal(blobs.length, sizeof many);
    int32_t file = source_add(&bench->sources, "numbers.graph", text_string(&text), text.length, false);
    Graph *again = graph_read(&bench->arena, &bench->diagnostics, file, blobs.start, blobs.length);
    assert_non_null(again);
    assert_memory_equal(again->constants[0].data, few, sizeof few);
    assert_memory_equal(again->constants[1].data, many, sizeof many);
    assert_memory_equal(again->constants[2].data, many, sizeof many);
    bench_release(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet_prints_as_expected),
        cmocka_unit_test(every_kind_of_row_prints_as_expected),
        cmocka_unit_test(without_sources_there_are_no_places),
        cmocka_unit_test(random_graphs_round_trip),
        cmocka_unit_test(constants_keep_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

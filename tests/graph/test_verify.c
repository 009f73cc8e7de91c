/* The verifier: a good Graph passes, and each rule, broken on purpose, is named. */
#include "graph/harness.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* LeNet: 0 image, 1 conv1.weight, 2 convolve, 3 conv1.bias, 4 reshape, 5 add, 6 relu, 7 pool_max ... 29 add. */
typedef struct Breakage {
    void (*break_it)(Graph *graph);
    const char *complaint;
} Breakage;

static void later_operand(Graph *graph)
{
    graph->nodes[6].operands[0].node = 7;
}

static void negative_operand(Graph *graph)
{
    graph->nodes[6].operands[0].node = -1;
}

static void result_that_is_not_there(Graph *graph)
{
    graph->nodes[6].operands[0].result = 1;
}

static void one_operand_too_few(Graph *graph)
{
    graph->nodes[5].operand_count = 1;
}

/* The type of a node's result, to be changed: nodes of equal types may share one. */
static Type *own_type(Graph *graph, int64_t node)
{
    graph->nodes[node].types = arena_copy(graph->arena, graph->nodes[node].types, sizeof(Type));
    return graph->nodes[node].types;
}

static void other_type(Graph *graph)
{
    own_type(graph, 6)->size[0] = 7;
}

static void unbatched_type(Graph *graph)
{
    own_type(graph, 6)->batched = false;
}

static void unknown_operation(Graph *graph)
{
    graph->nodes[6].op = OP_COUNT;
}

static void operands_that_do_not_fit(Graph *graph)
{
    graph->nodes[9].operands[0].node = 0;
}

static void attribute_with_a_default_left(Graph *graph)
{
    AttributeValue *stride = &graph->nodes[2].attributes[0];
    stride->list.count = 1;
}

static void attribute_with_a_foreign_word(Graph *graph)
{
    graph->nodes[2].attributes[2].name = "mirror";
}

static void origin_that_is_not_there(Graph *graph)
{
    graph->nodes[6].origin = (int32_t)graph->origin_count;
}

static void origin_inside_a_later_one(Graph *graph)
{
    graph->origins[1].parent = 2;
}

static void row_that_is_not_there(Graph *graph)
{
    graph->nodes[1].attributes[0].integer = graph->weight_count;
}

static void row_of_another_type(Graph *graph)
{
    graph->nodes[1].attributes[0].integer = 2;
}

static void region_of_a_plain_node(Graph *graph)
{
    graph->nodes[6].region = graph;
}

static void several_results_of_a_plain_node(Graph *graph)
{
    graph->nodes[6].result_count = 2;
}

static void size_of_zero(Graph *graph)
{
    graph->weights[1].type.size[0] = 0;
}

static void sizes_that_overflow(Graph *graph)
{
    graph->weights[0].type.size[0] = INT64_MAX / 2;
}

static void rank_of_nine(Graph *graph)
{
    graph->inputs[0].type.rank = MAX_RANK + 1;
}

static void batched_weight(Graph *graph)
{
    graph->weights[0].type.batched = true;
}

static void equal_names_of_weights(Graph *graph)
{
    graph->weights[1].name = "conv1.weight";
}

static void weight_without_a_name(Graph *graph)
{
    graph->weights[1].name = NULL;
}

static void equal_names_of_values(Graph *graph)
{
    graph->names[1].path = "conv1";
}

static void name_of_a_value_that_is_not_there(Graph *graph)
{
    graph->names[1].value.node = (int32_t)graph->node_count;
}

static void output_that_is_not_there(Graph *graph)
{
    graph->outputs[0].value.node = -1;
}

static void labels_without_classes(Graph *graph)
{
    static const char *const labels[] = {"a"};
    graph->outputs[0].labels = labels;
    graph->outputs[0].classes = 0;
}

static void paths_of_another_count(Graph *graph)
{
    static const char *names[] = {"order"};
    static const int64_t entries[] = {0, 1};
    static const PathTable paths = {.rows = 2, .columns = 1, .names = names, .entries = entries};
    graph->outputs[0].paths = &paths;
}

static void initial_value_from_an_input(Graph *graph)
{
    graph->weights[1].initial = (Value){.node = 3};
}

static void initial_value_of_another_type(Graph *graph)
{
    graph->weights[0].initial = (Value){.node = 3};
}

static void objective_of_many_numbers(Graph *graph)
{
    graph->objective = (Value){.node = 29};
}

static void constant_without_data(Graph *graph)
{
    graph_add_constant(graph, (ConstantInfo){.type = {.element = ELEMENT_REAL}, .data = NULL});
}

static void graph_without_a_name(Graph *graph)
{
    graph->name = NULL;
}

static const Breakage lenet_breakages[] = {
    {later_operand, "node %6 (relu): operand 0 is %7, which is not computed before it"},
    {negative_operand, "node %6 (relu): operand 0 is %-1"},
    {result_that_is_not_there, "node %6 (relu): operand 0 is result 1 of %5"},
    {one_operand_too_few, "node %5 (add): has 1 operands"},
    {other_type, "node %6 (relu): result 0 is said to be f*[7x28x28], but is f*[6x28x28]"},
    {unbatched_type, "node %6 (relu): result 0 is said to be f[6x28x28]"},
    {unknown_operation, "node %6 has an operation that is not in the table"},
    {operands_that_do_not_fit, "node %9 (convolve): "},
    {attribute_with_a_default_left, "node %2 (convolve): attribute stride is not resolved"},
    {attribute_with_a_foreign_word, "node %2 (convolve): pad_mode is not one of: zero"},
    {origin_that_is_not_there, "node %6 (relu): origin @13 is not there"},
    {origin_inside_a_later_one, "origin @1 lies in @2"},
    {row_that_is_not_there, "node %1 (weight): reads row 10, which is not there"},
    {row_of_another_type, "node %1 (weight): result 0 is said to be f[6x1x5x5], but is f[16x6x5x5]"},
    {region_of_a_plain_node, "node %6 (relu): has a region"},
    {several_results_of_a_plain_node, "node %6 (relu): has several results"},
    {size_of_zero, "weight 1 has sizes that no tensor can have"},
    {sizes_that_overflow, "weight 0 has sizes that no tensor can have"},
    {rank_of_nine, "input 0 has sizes that no tensor can have"},
    {batched_weight, "weight 0 is batched"},
    {equal_names_of_weights, "two weights are called `conv1.weight`"},
    {weight_without_a_name, "a row of the table of weights has no name"},
    {equal_names_of_values, "two values are called `conv1`"},
    {name_of_a_value_that_is_not_there, "value `relu1` is %30, which is not there"},
    {output_that_is_not_there, "output `output` is %-1, which is not there"},
    {labels_without_classes, "output `output` has 0 classes"},
    {paths_of_another_count, "output `output` has 2 paths"},
    {initial_value_from_an_input, "the initial value of weight `conv1.bias` depends on more than the seed"},
    {initial_value_of_another_type, "the initial value of weight `conv1.weight` is f[6], not f[6x1x5x5]"},
    {objective_of_many_numbers, "the objective is f*[10], not a number"},
    {constant_without_data, "constant 0 has no data"},
    {graph_without_a_name, "the Graph has no name"},
};

/* The recurrent net: 4 zeros, 6 scan over (zeros, xs, w). */
static void scan_without_a_region(Graph *graph)
{
    graph->nodes[6].region = NULL;
}

static void scan_with_too_many_states(Graph *graph)
{
    graph->nodes[6].attributes[0].integer = 3;
}

static void scan_with_a_state_of_another_type(Graph *graph)
{
    graph->nodes[6].region->inputs[0].type.size[0] = 4;
}

static void scan_with_another_capture(Graph *graph)
{
    graph->nodes[6].operands[2] = (Value){.node = 3};
}

static void scan_with_a_result_too_many(Graph *graph)
{
    Node *scan = &graph->nodes[6];
    Type *types = arena_zero(graph->arena, 2, sizeof *types);
    types[0] = types[1] = scan->types[0];
    scan->types = types;
    scan->result_count = 2;
}

static void scan_of_another_length(Graph *graph)
{
    own_type(graph, 6)->size[0] = 6;
}

static void region_with_weights(Graph *graph)
{
    graph_add_weight(graph->nodes[6].region, (WeightInfo){.name = "inner", .initial = no_value});
}

static void region_with_an_objective(Graph *graph)
{
    Graph *region = graph->nodes[6].region;
    region->objective = bench_apply1(region, "reduce_sum", region->outputs[0].value, NULL, -1);
}

static void mistake_inside_a_region(Graph *graph)
{
    graph->nodes[6].region->nodes[5].operands[0].node = 9;
}

static void next_state_of_another_type(Graph *graph)
{
    graph->states[0].next = (Value){.node = 8};
}

static void input_below_nothing(Graph *graph)
{
    graph->inputs[1].below = 0;
}

static const Breakage recurrent_breakages[] = {
    {scan_without_a_region, "node %6 (scan): has no region"},
    {scan_with_too_many_states, "node %6 (scan): a scan has at least one state and one sequence"},
    {scan_with_a_state_of_another_type,
     "node %6 (scan): in its region, node %0 (input): result 0 is said to be f*[3], but is f*[4]"},
    {scan_with_another_capture, "node %6 (scan): operand 2 of the scan is 3, which does not give the 3x2"},
    {scan_with_a_result_too_many, "node %6 (scan): has not one result for each state"},
    {scan_of_another_length, "node %6 (scan): result 0 is said to be f*[6x3], but is f*[5x3]"},
    {region_with_weights, "node %6 (scan): the region of a scan has no weights"},
    {region_with_an_objective, "node %6 (scan): the region of a scan has no weights"},
    {mistake_inside_a_region, "node %6 (scan): in its region, node %5 (tanh): operand 0 is %9"},
    {next_state_of_another_type, "the next value of state `main.mean` is f*[3], not f[3]"},
    {input_below_nothing, "input `label` has integers below 0"},
};

static void expect_complaints(Graph *(*make)(Bench *), const Breakage *breakages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Bench *bench = bench_make();
        Graph *graph = make(bench);
        assert_null(graph_verify(graph, &bench->arena));
        breakages[i].break_it(graph);
        const char *problem = graph_verify(graph, &bench->arena);
        if (!problem || !strstr(problem, breakages[i].complaint))
            print_message("expected \"%s\", got \"%s\"\n", breakages[i].complaint, problem ? problem : "nothing");
        assert_non_null(problem);
        assert_non_null(strstr(problem, breakages[i].complaint));
        bench_release(bench);
    }
}

static void each_broken_rule_is_named(void **state)
{
    (void)state;
    expect_complaints(bench_lenet, lenet_breakages, sizeof lenet_breakages / sizeof *lenet_breakages);
}

static void each_broken_rule_of_scans_is_named(void **state)
{
    (void)state;
    expect_complaints(bench_recurrent, recurrent_breakages, sizeof recurrent_breakages / sizeof *recurrent_breakages);
}

static double seconds_for(int64_t blocks)
{
    Bench *bench = bench_make();
    Graph *graph = bench_chain(&bench->arena, blocks);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    assert_null(graph_verify(graph, &bench->arena));
    const char *text = bench_print(bench, graph);
    assert_non_null(bench_read(bench, text));
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
        double a = seconds_for(1000), b = seconds_for(8000);
        small = a < small ? a : small;
        large = b < large ? b : large;
    }
    print_message("verify, print and read 6,000 nodes: %.1f ms, 48,000 nodes: %.1f ms\n", 1e3 * small, 1e3 * large);
    assert_true(large < 32 * small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_broken_rule_is_named),
        cmocka_unit_test(each_broken_rule_of_scans_is_named),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Scans as loops of the Plan: both directions, exchanged states, captures, what is taken out of the loop, loops in loops. */
#include "engine/harness.h"
#include "engine/plan.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* s' = tanh(u * s + x + capture), with the state batched though its initial value is not. */
static Graph *linear_region(Graph *outer, bool batched)
{
    Graph *region = graph_make(outer->arena, "region");
    Value s = model_input(region, "s", type_real(batched, 1, 3));
    Value x = model_input(region, "x", type_real(batched, 1, 3));
    Value u = model_input(region, "u", type_real(false, 1, 3));
    Value product = apply2(region, "multiply", NULL, s, apply1(region, "exp", NULL, u));
    Value sum = apply2(region, "add", NULL, product, x);
    model_output(region, "next", apply1(region, "tanh", NULL, sum));
    return region;
}

static Value scan(Graph *graph, Graph *region, const Value *operands, int count, int64_t states, int64_t sequences, bool reverse)
{
    return graph_append_scan(graph, region, operands, count, states, sequences, reverse, 0);
}

static void build_linear(Graph *graph, bool reverse)
{
    Value x = model_input(graph, "x", type_real(true, 2, 4, 3));
    Value u = model_weight(graph, "u", type_real(false, 1, 3));
    Value zero = model_fill(graph, type_real(false, 1, 3), 0.25);
    Value all = scan(graph, linear_region(graph, true), (Value[]){zero, x, u}, 3, 1, 1, reverse);
    Value last = apply1(graph, "slice", reverse ? "axis=0 start=0 stop=1" : "axis=0 start=3 stop=4", all);
    model_output(graph, "all", all);
    model_output(graph, "last", apply2(graph, "add", NULL, last, x));
}

static void scan_both_ways(void **state)
{
    (void)state;
    for (int reverse = 0; reverse < 2; reverse++) {
        Model model;
        model_begin(&model, "linear");
        build_linear(model.graph, reverse);
        model_check(model.graph, 1, 0, 32);
        model_check(model.graph, 5, 0, 32);
        model_check(model.graph, 70, 0, 32);
        model_end(&model);
    }
}

/* (a, b) <- (b, a + x): the Fibonacci numbers of x = 0. */
static void exchange_states(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "exchange");
    Graph *graph = model.graph;
    Graph *region = graph_make(graph->arena, "region");
    Value a = model_input(region, "a", type_real(true, 0));
    Value b = model_input(region, "b", type_real(true, 0));
    Value x = model_input(region, "x", type_real(true, 0));
    model_output(region, "a", b);
    model_output(region, "b", apply2(region, "add", NULL, apply2(region, "add", NULL, a, b), x));
    Value one = model_fill(graph, type_real(false, 0), 1);
    Value zero = model_fill(graph, type_real(false, 0), 0);
    Value xs = model_input(graph, "x", type_real(true, 1, 9));
    Value stacks = scan(graph, region, (Value[]){zero, one, xs}, 3, 2, 1, false);
    model_output(graph, "a", stacks);
    model_output(graph, "b", (Value){stacks.node, 1});
    model_check(graph, 3, 0, 32);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Program *program = program_make(graph, &(ProgramOptions){0}, &allocator, &error);
    ModelData data = model_data(&model.arena, graph, 1, 1);
    memset(data.inputs[0], 0, 9 * sizeof(double));
    ModelResult result = model_run(&model.arena, program, &data, NULL);
    const double fibonacci[] = {1, 1, 2, 3, 5, 8, 13, 21, 34};
    assert_memory_equal(result.outputs[0], fibonacci, sizeof fibonacci);
    program_release(program);
    model_end(&model);
}

/* A prepared scan: everything comes from weights. */
static void scan_weights_once(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "weights");
    Graph *graph = model.graph;
    Value xs = model_weight(graph, "xs", type_real(false, 2, 5, 3));
    Value u = model_weight(graph, "u", type_real(false, 1, 3));
    Value zero = model_fill(graph, type_real(false, 1, 3), 0);
    Value all = scan(graph, linear_region(graph, false), (Value[]){zero, xs, u}, 3, 1, 1, false);
    Value x = model_input(graph, "x", type_real(true, 2, 5, 3));
    model_output(graph, "y", apply2(graph, "multiply", NULL, all, x));
    model_check(graph, 4, 0, 32);
    model_end(&model);
}

/* Rows by an outer loop, columns by an inner one; the inner body reads values of both loops and of the net. */
static void build_nested(Graph *graph, bool outer_reverse)
{
    Graph *inner = graph_make(graph->arena, "inner");
    Value s = model_input(inner, "s", type_real(true, 0));
    Value x = model_input(inner, "x", type_real(true, 0));
    Value row_bias = model_input(inner, "row_bias", type_real(true, 0));
    Value u = model_input(inner, "u", type_real(false, 0));
    Value z = model_input(inner, "z", type_real(true, 0));
    Value outside = apply1(inner, "exp", NULL, z);
    Value row = apply1(inner, "sin", NULL, row_bias);
    Value sum = apply2(inner, "add", NULL, apply2(inner, "multiply", NULL, s, apply1(inner, "tanh", NULL, u)), x);
    model_output(inner, "s", apply2(inner, "add", NULL, apply2(inner, "add", NULL, sum, row), outside));

    Graph *outer = graph_make(graph->arena, "outer");
    Value t = model_input(outer, "t", type_real(true, 1, 4));
    Value xs = model_input(outer, "xs", type_real(true, 1, 4));
    Value captured_u = model_input(outer, "u", type_real(false, 0));
    Value captured_z = model_input(outer, "z", type_real(true, 0));
    Value first = apply1(outer, "reshape", "shape=[]", apply1(outer, "slice", "axis=0 start=0 stop=1", t));
    Value start = apply1(outer, "cos", NULL, captured_z);
    Value columns = scan(outer, inner, (Value[]){start, xs, first, captured_u, captured_z}, 5, 1, 1, true);
    model_output(outer, "t", apply1(outer, "tanh", NULL, apply2(outer, "add", NULL, columns, t)));

    Value image = model_input(graph, "x", type_real(true, 2, 3, 4));
    Value z_input = model_input(graph, "z", type_real(true, 0));
    Value weight = model_weight(graph, "u", type_real(false, 0));
    Value zero = model_fill(graph, type_real(false, 1, 4), 0.5);
    Value all = scan(graph, outer, (Value[]){zero, image, weight, z_input}, 4, 1, 1, outer_reverse);
    model_output(graph, "all", all);
    model_output(graph, "z", apply1(graph, "negate", NULL, z_input));
}

static void nest_scans(void **state)
{
    (void)state;
    for (int reverse = 0; reverse < 2; reverse++) {
        Model model;
        model_begin(&model, "nested");
        build_nested(model.graph, reverse);
        model_check(model.graph, 1, 0, 64);
        model_check(model.graph, 6, 0, 64);
        model_end(&model);
    }
}

/* Random numbers differ from iteration to iteration, in loops in loops too, and stay in the loop though nothing in it changes. */
static void draw_in_loops(void **state)
{
    (void)state;
    for (int reverse = 0; reverse < 2; reverse++) {
        Model model;
        model_begin(&model, "noise");
        Graph *graph = model.graph;
        Graph *inner = graph_make(graph->arena, "inner");
        Value s = model_input(inner, "s", type_real(true, 0));
        Value x = model_input(inner, "x", type_real(true, 0));
        Value noise = apply1(inner, "uniform", "place=inner", x);
        model_output(inner, "s", apply2(inner, "add", NULL, noise, apply2(inner, "multiply", NULL, s, x)));
        Graph *outer = graph_make(graph->arena, "outer");
        Value t = model_input(outer, "t", type_real(true, 1, 4));
        model_input(outer, "unused", type_real(true, 0));
        Value row = model_input(outer, "row", type_real(true, 1, 4));
        Value zero = model_fill(outer, type_real(false, 0), 0);
        Value drawn = scan(outer, inner, (Value[]){zero, row}, 2, 1, 1, reverse);
        model_output(outer, "t", apply2(outer, "add", NULL, drawn, apply2(outer, "multiply", NULL, t, row)));
        Value start = model_fill(graph, type_real(false, 1, 4), 1);
        Value times = model_input(graph, "times", type_real(true, 1, 3));
        Value constant = model_input(graph, "x", type_real(true, 1, 4));
        model_output(graph, "all", scan(graph, outer, (Value[]){start, times, constant}, 3, 1, 1, false));
        model_check(graph, 5, 0, 64);
        model_end(&model);
    }
}

static int64_t count_kernels(const StepList *list, int64_t first, int64_t last, const char *kernel)
{
    int64_t count = 0;
    for (int64_t p = first; p < last; p++)
        count += list->items[p].kind == STEP_KERNEL && strcmp(list->items[p].kernel->name, kernel) == 0;
    return count;
}

/* tanh(u) is prepared, exp(z) stands in front of both loops, sin(row bias) in front of the inner one. */
static void move_what_does_not_change(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "nested");
    build_nested(model.graph, false);
    StrataError error;
    const Plan *plan = plan_build(&model.arena, model.graph, &(ProgramOptions){0}, &error);
    assert_non_null(plan);
    assert_int_equal(plan->loop_count, 2);
    const Loop *outer = &plan->loops[0], *inner = &plan->loops[1];
    assert_int_equal(inner->parent, 0);
    assert_int_equal(count_kernels(&plan->prepare, 0, plan->prepare.count, "tanh"), 1);
    assert_int_equal(count_kernels(&plan->run, 0, outer->begin, "exp"), 1);
    assert_int_equal(count_kernels(&plan->run, outer->begin, inner->begin, "sin"), 1);
    assert_int_equal(count_kernels(&plan->run, inner->begin, inner->end, "exp"), 0);
    assert_int_equal(count_kernels(&plan->run, inner->begin, inner->end, "sin"), 0);
    model_end(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_both_ways), cmocka_unit_test(exchange_states),           cmocka_unit_test(scan_weights_once),
        cmocka_unit_test(nest_scans),     cmocka_unit_test(move_what_does_not_change), cmocka_unit_test(draw_in_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Gradients of scans and of random models, and those that are fixed where there is no derivative. */
#include "engine/random_graph.h"
#include "transform/gradient_problem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 3 };

/* --- scans ----------------------------------------------------------------------------------------------------------------- */

/* (s, z) <- (tanh(u s + x) + z / 2, z + s w), w a matrix: states of two shapes, one of them without a batch at first. */
static Graph *two_states(Graph *outer)
{
    Graph *region = graph_make(outer->arena, "region");
    graph_add_origin(region, (Origin){.parent = -1});
    Value s = model_input(region, "s", type_real(true, 1, 3)), z = model_input(region, "z", type_real(true, 1, 2));
    Value x = model_input(region, "x", type_real(true, 1, 3)), u = model_input(region, "u", type_real(false, 1, 3));
    Value w = model_input(region, "w", type_real(false, 2, 3, 2));
    Value sum = apply2(region, "add", NULL, apply2(region, "multiply", NULL, u, s), x);
    Value half = apply1(region, "reduce_mean", NULL, z);
    model_output(region, "s", apply2(region, "add", NULL, apply1(region, "tanh", NULL, sum), half));
    model_output(region, "z", apply2(region, "add", NULL, z, apply2(region, "matmul", NULL, s, w)));
    return region;
}

static void check_scan(int length, bool reverse, bool both)
{
    Model model;
    model_begin(&model, "scan");
    Problem trial = {.graph = model.graph, .compare = true};
    Value s = model_weight(model.graph, "s", type_real(false, 1, 3)), z = model_input(model.graph, "z", type_real(true, 1, 2));
    Value x = model_input(model.graph, "x", type_real(true, 2, length, 3));
    Value u = model_weight(model.graph, "u", type_real(false, 1, 3)), w = model_weight(model.graph, "w", type_real(false, 2, 3, 2));
    const Value operands[] = {s, z, x, u, w};
    Value all = graph_append_scan(model.graph, two_states(model.graph), operands, 5, 2, 1, reverse, -1);
    trial.scalar = fold_to_number(model.graph, all, 1);
    if (both)
        trial.scalar = apply2(model.graph, "add", NULL, trial.scalar, fold_to_number(model.graph, (Value){all.node, 1}, 2));
    memcpy(trial.of, operands, sizeof operands);
    trial.count = 5;
    trial.data = model_data(model.graph->arena, model.graph, SAMPLES, 3);
    check_trial(&trial, reverse ? "scan, backward" : "scan");
    model_end(&model);
}

static void scans_have_gradients(void **state)
{
    (void)state;
    check_scan(4, false, true);
    check_scan(3, true, true);
    check_scan(3, false, false);
    check_scan(1, false, true);
    check_scan(1, true, false);
}

/* --- where there is no derivative ------------------------------------------------------------------------------------------ */

/* The gradient of op at one place is exactly this. */
static void check_at(const char *op, const char *attributes, const double *place, Type type, const double *wanted)
{
    Model model;
    model_begin(&model, "kink");
    Value x = model_weight(model.graph, "x", type), gradient;
    Value y = apply1(model.graph, op, attributes, x);
    Value number = graph_type(model.graph, y)->rank == 0 ? y : apply1(model.graph, "reduce_sum", NULL, y);
    assert_null(gradient_append(model.graph, number, &x, 1, &gradient));
    const double *const weights[] = {place};
    ReferenceSources sources = {.batch = 1, .weights = weights};
    const double *have = reference_value(reference_evaluate(model.graph->arena, model.graph, &sources), gradient);
    for (int64_t i = 0; i < type_reals(&type); i++)
        if (have[i] != wanted[i])
            fail_msg("%s: entry %d is %g, not %g", op, (int)i, have[i], wanted[i]);
    model_end(&model);
}

static void kinks_have_the_gradients_that_are_fixed(void **state)
{
    (void)state;
    const double zeros[4] = {0};
    check_at("abs", NULL, zeros, (Type)TYPE(1), (double[]){0});
    check_at("relu", NULL, zeros, (Type)TYPE(1), (double[]){0});
    check_at("sqrt", NULL, zeros, (Type)TYPE(1), (double[]){0});
    check_at("modulus", NULL, zeros, (Type){.element = ELEMENT_COMPLEX, .rank = 1, .size = {1}}, (double[]){0, 0});
    check_at("reduce_max", NULL, zeros, (Type)TYPE(2), (double[]){1, 0});
    check_at("reduce_min", NULL, zeros, (Type)TYPE(2), (double[]){1, 0});
    check_at("pool_max", "window=[2,2]", zeros, (Type)TYPE(1, 2, 2), (double[]){1, 0, 0, 0});
    check_at("pool_max", "window=[3]", zeros, (Type)TYPE(1, 3), (double[]){1, 0, 0});
    check_at("pool_max", "window=[2,2]", (double[]){1, 3, 3, 2}, (Type)TYPE(1, 2, 2), (double[]){0, 1, 0, 0});
}

/* Equal operands of maximum share; so softplus, made of it and of abs, has its slope of 1/2 at 0. */
static void equal_operands_share(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "tie");
    Value x = model_weight(model.graph, "x", type_real(false, 0)), gradient;
    Value zero = model_fill(model.graph, type_real(false, 0), 0);
    Value largest = apply2(model.graph, "maximum", NULL, x, zero);
    assert_null(gradient_append(model.graph, largest, &x, 1, &gradient));
    const double place[] = {0}, *const weights[] = {place};
    ReferenceSources sources = {.batch = 1, .weights = weights};
    assert_true(*reference_value(reference_evaluate(model.graph->arena, model.graph, &sources), gradient) == 0.5);
    model_end(&model);
}

static void only_numbers_are_differentiated(void **state)
{
    (void)state;
    Model model;
    model_begin(&model, "refused");
    Value x = model_weight(model.graph, "x", type_real(false, 1, 3)), gradient;
    const char *problem = gradient_append(model.graph, x, &x, 1, &gradient);
    assert_non_null(problem);
    assert_non_null(strstr(problem, "only a real number"));
    model_end(&model);
}

/* --- random models --------------------------------------------------------------------------------------------------------- */

/* A number made of the Graph's last values through which gradients pass, bounded so that differences can be taken. */
static Value number_of(Graph *graph)
{
    Value sum = no_value;
    int64_t count = graph->node_count;
    for (int64_t i = count - 1, taken = 0; i >= 0 && taken < 4; i--) {
        Value value = {.node = (int32_t)i};
        const Type *type = graph_type(graph, value);
        if (op_is_source(graph->nodes[i].op) || type->element == ELEMENT_INTEGER || type->element == ELEMENT_BOOLEAN)
            continue;
        Value number = apply1(graph, "tanh", NULL, fold_to_number(graph, value, (uint64_t)i));
        sum = sum.node < 0 ? number : apply2(graph, "add", NULL, sum, number);
        taken++;
    }
    return sum;
}

/* Moves all sources that have a gradient along a fixed direction; gives the derivative that the gradients say. */
static void move(const Problem *trial, double step)
{
    for (int k = 0; k < trial->count; k++) {
        const Type *type = graph_type(trial->graph, trial->of[k]);
        double *data = data_of(trial, trial->of[k]);
        for (int64_t i = 0; i < type_reals(type) * (type->batched ? trial->data.batch : 1); i++)
            data[i] += step * cos((double)(i + 3 * k));
    }
}

static double slope_of(const Problem *trial, Reference *reference, const Value *gradients)
{
    double slope = 0;
    for (int k = 0; k < trial->count; k++) {
        const Type *type = graph_type(trial->graph, trial->of[k]);
        int64_t samples = type->batched ? trial->data.batch : 1;
        const double *gradient = reference_value(reference, gradients[k]);
        for (int64_t i = 0; gradient && i < type_reals(type) * samples; i++)
            slope += gradient[i] / (double)samples * cos((double)(i + 3 * k));
    }
    return slope;
}

static double difference_of(const Problem *trial, double step)
{
    move(trial, step);
    double up = mean_of_scalar(trial);
    move(trial, -2 * step);
    double down = mean_of_scalar(trial);
    move(trial, step);
    return (up - down) / (2 * step);
}

/* Whether a node is the only one to read a row of real inputs or weights: a row that is read twice has no gradient of its own. */
static bool is_only_reader(const Graph *graph, int64_t index)
{
    const Node *node = &graph->nodes[index];
    int readers = 0;
    for (int64_t i = 0; i < graph->node_count; i++)
        readers += graph->nodes[i].op == node->op && op_has_row(node->op) &&
                   graph->nodes[i].attributes[0].integer == node->attributes[0].integer;
    return (node->op == OP_INPUT || node->op == OP_WEIGHT) && readers == 1 && node->types[0].element == ELEMENT_REAL;
}

/* Differences see through stop_gradient. */
static bool stops_gradients(const Graph *graph)
{
    bool stops = false;
    for (int64_t i = 0; i < graph->node_count && !stops; i++)
        stops = graph->nodes[i].op == OP_STOP_GRADIENT || (graph->nodes[i].region && stops_gradients(graph->nodes[i].region));
    return stops;
}

/* Whether the slope along the direction could be compared: two differences agree, so that there is no kink nearby. */
static bool compare_random(uint64_t seed)
{
    Model model;
    model_begin(&model, "random");
    Graph *graph = random_graph(&model.arena, seed, false);
    Problem trial = {.graph = graph, .scalar = number_of(graph)};
    for (int64_t i = 0; i < graph->node_count && trial.count < 8; i++)
        if (is_only_reader(graph, i))
            trial.of[trial.count++] = (Value){.node = (int32_t)i};
    bool compared = false;
    if (trial.scalar.node >= 0 && trial.count > 0 && !stops_gradients(graph)) {
        Value gradients[8];
        const char *problem = gradient_append(graph, trial.scalar, trial.of, trial.count, gradients);
        if (!problem)
            problem = graph_verify(graph, graph->arena);
        if (problem)
            fail_msg("seed %d: %s", (int)seed, problem);
        trial.data = model_data(graph->arena, graph, 2, seed);
        move(&trial,
             1e-3); /* off kinks where two entries that were drawn are equal: there, differences to both sides agree all the same */
        ReferenceSources sources = {.batch = 2,
                                    .inputs = (const double *const *)trial.data.inputs,
                                    .weights = (const double *const *)trial.data.weights,
                                    .states = (const double *const *)trial.data.states};
        double slope = slope_of(&trial, reference_evaluate(graph->arena, graph, &sources), gradients);
        double near = difference_of(&trial, 1e-6), far = difference_of(&trial, 3e-6);
        /* a NaN that the number does not see, behind where or a comparison, makes gradients NaN: nothing times NaN is NaN */
        compared = fabs(near - far) <= 1e-6 * (1 + fabs(near)) && fabs(near) < 1e3 && !isnan(slope);
        if (compared && !(fabs(near - slope) <= 1e-4 * (1 + fabs(near))))
            fail_msg("seed %d: difference %.9g, gradient %.9g", (int)seed, near, slope);
        compared &= near != 0;
    }
    model_end(&model);
    return compared;
}

static void random_models_have_gradients(void **state)
{
    (void)state;
    int compared = 0;
    for (uint64_t seed = 1; seed <= 400; seed++)
        compared += compare_random(seed);
    print_message("%d random models were compared\n", compared);
    assert_true(compared >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans_have_gradients),         cmocka_unit_test(kinks_have_the_gradients_that_are_fixed),
        cmocka_unit_test(equal_operands_share),         cmocka_unit_test(only_numbers_are_differentiated),
        cmocka_unit_test(random_models_have_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

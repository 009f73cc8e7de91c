/* Trying gradients; see gradient_problem.h. */
#include "transform/gradient_problem.h"

#include "transform/transform.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const double STEP = 1e-5, TOLERANCE = 2e-7;

Value fold_to_number(Graph *graph, Value value, uint64_t seed)
{
    const Type *type = graph_type(graph, value);
    if (type->element == ELEMENT_COMPLEX) {
        Value parts[] = {fold_to_number(graph, apply1(graph, "real", NULL, value), seed),
                         fold_to_number(graph, apply1(graph, "imag", NULL, value), seed + 1)};
        return apply(graph, "add", NULL, 2, parts);
    }
    Type plain = *type;
    plain.batched = false;
    plain.element = ELEMENT_REAL;
    double *factor = arena_take(graph->arena, (size_t)type_elements(&plain) * sizeof *factor);
    for (int64_t i = 0; i < type_elements(&plain); i++) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        factor[i] = 0.5 + (double)(seed >> 40) / (double)(1 << 24);
    }
    Value product = apply2(graph, "multiply", NULL, value, model_constant(graph, plain, factor));
    return plain.rank == 0 ? product : apply1(graph, "reduce_sum", NULL, product);
}

/* Evaluates the graph on the problem's data. */
static Reference *evaluate(const Problem *trial, Arena *arena)
{
    ReferenceSources sources = {.batch = trial->data.batch,
                                .inputs = (const double *const *)trial->data.inputs,
                                .weights = (const double *const *)trial->data.weights,
                                .states = (const double *const *)trial->data.states};
    return reference_evaluate(arena, trial->graph, &sources);
}

double mean_of_scalar(const Problem *trial)
{
    Arena arena;
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&arena, &allocator);
    assert_int_equal(ARENA_TRY(&arena), 0);
    Reference *reference = evaluate(trial, &arena);
    const double *value = reference_value(reference, trial->scalar);
    int64_t samples = graph_type(trial->graph, trial->scalar)->batched ? trial->data.batch : 1;
    double sum = 0;
    for (int64_t i = 0; i < samples; i++)
        sum += value[i];
    arena_release(&arena);
    return sum / (double)samples;
}

double *data_of(const Problem *trial, Value of)
{
    const Node *node = &trial->graph->nodes[of.node];
    int64_t row = node->attributes[0].integer;
    return node->op == OP_INPUT ? trial->data.inputs[row] : trial->data.weights[row];
}

/* Compares each entry of each gradient with a central difference of the mean of the scalar. */
static void check_differences(const Problem *trial, const Value *gradients, const char *what)
{
    Arena arena;
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&arena, &allocator);
    assert_int_equal(ARENA_TRY(&arena), 0);
    Reference *reference = evaluate(trial, &arena);
    for (int k = 0; k < trial->count; k++) {
        const Type *type = graph_type(trial->graph, trial->of[k]);
        assert_true(type_equal(type, graph_type(trial->graph, gradients[k])));
        int64_t samples = type->batched ? trial->data.batch : 1, reals = type_reals(type) * samples;
        const double *gradient = reference_value(reference, gradients[k]);
        double *data = data_of(trial, trial->of[k]);
        for (int64_t i = 0; i < reals; i++) {
            double kept = data[i];
            data[i] = kept + STEP;
            double up = mean_of_scalar(trial);
            data[i] = kept - STEP;
            double down = mean_of_scalar(trial);
            data[i] = kept;
            double difference = (up - down) / (2 * STEP) * (double)samples, scale = 1 + fabs(difference) + fabs(gradient[i]);
            if (!(fabs(difference - gradient[i]) <= TOLERANCE * (double)samples * scale)) {
                Text text = text_make(&arena);
                graph_print(trial->graph, NULL, &text, NULL);
                print_error("%s: entry %lld of value %d: difference %.12g, gradient %.12g\n%s\n", what, (long long)i, k, difference,
                            gradient[i], text_string(&text));
                fail();
            }
        }
    }
    arena_release(&arena);
}

/* The engine's result for the gradients agrees with the reference's. */
static void check_engine(Problem *trial, const Value *gradients)
{
    for (int k = 0; k < trial->count; k++)
        model_output(trial->graph, arena_printf(trial->graph->arena, "gradient%d", k), gradients[k]);
    const char *problem = NULL;
    TransformOptions options = {0};
    Graph *simple = transform_all(trial->graph->arena, trial->graph, &options, &problem);
    if (problem)
        fail_msg("%s", problem);
    model_check(simple, trial->data.batch, trial->data.batch, 4096);
}

void check_trial(Problem *trial, const char *what)
{
    Value gradients[8], second[8];
    const char *problem = gradient_append(trial->graph, trial->scalar, trial->of, trial->count, gradients);
    if (problem)
        fail_msg("%s: %s", what, problem);
    problem = graph_verify(trial->graph, trial->graph->arena);
    if (problem)
        fail_msg("%s: %s", what, problem);
    check_differences(trial, gradients, what);
    Problem again = *trial;
    again.scalar = fold_to_number(trial->graph, gradients[0], 99);
    for (int k = 1; k < trial->count; k++) {
        Value more = fold_to_number(trial->graph, gradients[k], 100 + (uint64_t)k);
        again.scalar = apply2(trial->graph, "add", NULL, again.scalar, more);
    }
    problem = gradient_append(trial->graph, again.scalar, again.of, again.count, second);
    if (problem)
        fail_msg("%s, again: %s", what, problem);
    problem = graph_verify(trial->graph, trial->graph->arena);
    if (problem)
        fail_msg("%s, again: %s", what, problem);
    check_differences(&again, second, arena_printf(trial->graph->arena, "%s, second", what));
    if (trial->compare)
        check_engine(trial, gradients);
}

/* Gradients against finite differences, in double precision by the reference evaluation.
 *
 * Each case is one operation over random operands; its result is folded with fixed random numbers to the number that is differentiated. Every entry of every
 * operand is moved up and down by h: the central difference is off by about h^2 times a third derivative plus the rounding of the number over h, both far
 * below the tolerance for h = 1e-5. The gradient's gradient is tried the same way, on the sum of the gradient's entries times random numbers. */
#include "engine/harness.h"
#include "engine/random_graph.h"
#include "ops/harness.h"
#include "transform/gradient.h"
#include "transform/transform.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 3 };
static const double STEP = 1e-5, TOLERANCE = 2e-7;

/* One use of an operation; operands are inputs where batched, weights where not. */
typedef struct Case {
    const char *op;
    const char *attributes;
    Type operands[3];
    int count;        /* 0: one */
    double low, high; /* of the operands' entries; both 0: -1 to 1 */
    int constant;     /* bit k: operand k is no variable: whole numbers below 3 */
} Case;

/* A number made of any value: real parts times fixed numbers, summed. */
static Value fold_to_number(Graph *graph, Value value, uint64_t seed)
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

/* What is differentiated, and with respect to what. */
typedef struct Problem {
    Graph *graph;
    Value scalar;
    Value of[8];
    int count;
    bool compare; /* the engine's gradients with the reference's: its data are from -1 to 1 */
    ModelData data;
} Problem;

static double mean_of_scalar(const Problem *trial)
{
    Arena arena;
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&arena, &allocator);
    assert_int_equal(ARENA_TRY(&arena), 0);
    ReferenceSources sources = {.batch = trial->data.batch,
                                .inputs = (const double *const *)trial->data.inputs,
                                .weights = (const double *const *)trial->data.weights,
                                .states = (const double *const *)trial->data.states};
    Reference *reference = reference_evaluate(&arena, trial->graph, &sources);
    const double *value = reference_value(reference, trial->scalar);
    int64_t samples = graph_type(trial->graph, trial->scalar)->batched ? trial->data.batch : 1;
    double sum = 0;
    for (int64_t i = 0; i < samples; i++)
        sum += value[i];
    arena_release(&arena);
    return sum / (double)samples;
}

static double *data_of(const Problem *trial, Value of)
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
    ReferenceSources sources = {.batch = trial->data.batch,
                                .inputs = (const double *const *)trial->data.inputs,
                                .weights = (const double *const *)trial->data.weights,
                                .states = (const double *const *)trial->data.states};
    Reference *reference = reference_evaluate(&arena, trial->graph, &sources);
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

static void check_trial(Problem *trial, const char *what)
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

static void set_range(Problem *trial, const Case *c)
{
    double low = c->low == 0 && c->high == 0 ? -1 : c->low, high = c->low == 0 && c->high == 0 ? 1 : c->high;
    for (int k = 0; k < trial->count; k++) {
        const Type *type = graph_type(trial->graph, trial->of[k]);
        double *data = data_of(trial, trial->of[k]);
        for (int64_t i = 0; i < type_reals(type) * (type->batched ? trial->data.batch : 1); i++)
            data[i] = low + (high - low) * (data[i] + 1) / 2 + 1e-3 * (double)(i % 7);
    }
}

static void check_case(const Case *c)
{
    Model model;
    model_begin(&model, "gradient");
    Problem trial = {.graph = model.graph, .compare = c->low == 0 && c->high == 0};
    int count = c->count ? c->count : 1;
    Value operands[3];
    for (int k = 0; k < count; k++) {
        Type type = c->operands[k];
        const char *name = k == 0 ? "a" : k == 1 ? "b" : "c";
        if (c->constant >> k & 1) {
            double *entries = arena_take(model.graph->arena, (size_t)type_reals(&type) * sizeof *entries);
            for (int64_t i = 0; i < type_reals(&type); i++)
                entries[i] = (double)(i * 7 % 3);
            operands[k] = model_constant(model.graph, type, entries);
            continue;
        }
        operands[k] = type.batched ? model_input(model.graph, name, type) : model_weight(model.graph, name, type);
        trial.of[trial.count++] = operands[k];
    }
    trial.scalar = fold_to_number(model.graph, apply(model.graph, c->op, c->attributes, count, operands), 7);
    trial.data = model_data(model.graph->arena, model.graph, SAMPLES, 5);
    set_range(&trial, c);
    check_trial(&trial, arena_printf(model.graph->arena, "%s %s", c->op, c->attributes ? c->attributes : ""));
    model_end(&model);
}

#define COMPLEX(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                      \
    }
#define COMPLEX_WEIGHT(...)                                                                                                        \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define NUMBER                                                                                                                     \
    {                                                                                                                              \
        .rank = 0                                                                                                                  \
    }
#define BATCHED_NUMBER                                                                                                             \
    {                                                                                                                              \
        .batched = true, .rank = 0                                                                                                 \
    }

static const Case elementwise[] = {
    {"negate", NULL, {BATCHED(3)}, .count = 1},
    {"negate", NULL, {COMPLEX(3)}, .count = 1},
    {"abs", NULL, {BATCHED(5)}, .count = 1},
    {"exp", NULL, {BATCHED(2, 3)}, .count = 1},
    {"expm1", NULL, {TYPE(3)}, .count = 1},
    {"log", NULL, {BATCHED(3)}, .low = 0.5, .high = 2},
    {"log1p", NULL, {BATCHED(3)}, .low = -0.5, .high = 2},
    {"sqrt", NULL, {BATCHED(3)}, .low = 0.5, .high = 2},
    {"sin", NULL, {BATCHED(3)}, .count = 1},
    {"cos", NULL, {BATCHED(3)}, .count = 1},
    {"tanh", NULL, {BATCHED(3)}, .count = 1},
    {"logistic", NULL, {BATCHED(3)}, .count = 1},
    {"erf", NULL, {BATCHED(3)}, .count = 1},
    {"relu", NULL, {BATCHED(7)}, .count = 1},
    {"floor", NULL, {BATCHED(7)}, .count = 1},
    {"sign", NULL, {BATCHED(7)}, .count = 1},
    {"add", NULL, {BATCHED(2, 3), TYPE(3)}, .count = 2},
    {"add", NULL, {BATCHED_NUMBER, TYPE(3)}, .count = 2},
    {"add", NULL, {COMPLEX(3), BATCHED(3)}, .count = 2},
    {"subtract", NULL, {TYPE(2, 1), BATCHED(2, 3)}, .count = 2},
    {"multiply", NULL, {BATCHED(2, 3), TYPE(3)}, .count = 2},
    {"multiply", NULL, {COMPLEX(3), BATCHED(3)}, .count = 2},
    {"multiply", NULL, {COMPLEX(3), COMPLEX_WEIGHT(1)}, .count = 2},
    {"divide", NULL, {BATCHED(2, 3), TYPE(1, 3)}, .count = 2, .low = 0.5, .high = 2},
    {"divide", NULL, {COMPLEX(3), COMPLEX_WEIGHT(3)}, .count = 2, .low = 0.5, .high = 2},
    {"divide", NULL, {BATCHED(3), COMPLEX(3)}, .count = 2, .low = 0.5, .high = 2},
    {"power", NULL, {BATCHED(3), TYPE(3)}, .count = 2, .low = 0.5, .high = 2},
    {"remainder", NULL, {BATCHED(3), TYPE(3)}, .count = 2, .low = 0.5, .high = 2},
    {"maximum", NULL, {BATCHED(5), TYPE(5)}, .count = 2},
    {"minimum", NULL, {BATCHED(5), TYPE(1)}, .count = 2},
};

static const Case spectral[] = {
    {"complex", NULL, {BATCHED(3), TYPE(3)}, .count = 2},
    {"real", NULL, {COMPLEX(3)}, .count = 1},
    {"imag", NULL, {COMPLEX(3)}, .count = 1},
    {"conj", NULL, {COMPLEX_WEIGHT(3)}, .count = 1},
    {"modulus", NULL, {COMPLEX(5)}, .count = 1},
    {"fft", NULL, {BATCHED(2, 5)}, .count = 1},
    {"fft", NULL, {COMPLEX(6)}, .count = 1},
    {"fft", "axes=2", {COMPLEX(2, 3)}, .count = 1},
    {"ifft", NULL, {COMPLEX_WEIGHT(7)}, .count = 1},
    {"ifft", "axes=2", {BATCHED(4, 3)}, .count = 1},
    {"periodize", "factors=[3]", {COMPLEX(2, 6)}, .count = 1},
    {"periodize", "factors=[2,3]", {BATCHED(4, 6)}, .count = 1},
};

static const Case reductions[] = {
    {"reduce_sum", "axes=[1]", {BATCHED(2, 3)}, .count = 1},
    {"reduce_sum", "axes=[0] keep=true", {COMPLEX(2, 3)}, .count = 1},
    {"reduce_mean", NULL, {BATCHED(2, 3)}, .count = 1},
    {"reduce_mean", "axes=[0,2]", {TYPE(2, 3, 2)}, .count = 1},
    {"reduce_max", "axes=[0,2]", {BATCHED(2, 3, 2)}, .count = 1},
    {"reduce_max", "axes=[1] keep=true", {BATCHED(2, 3)}, .count = 1},
    {"reduce_min", NULL, {TYPE(5)}, .count = 1},
    {"cumulative_sum", "axis=1", {BATCHED(2, 3)}, .count = 1},
    {"cumulative_sum", "axis=0 exclusive=true reverse=true", {TYPE(4)}, .count = 1},
    {"batch_mean", NULL, {BATCHED(3)}, .count = 1},
    {"batch_mean", NULL, {COMPLEX(2)}, .count = 1},
    {"batch_mean", NULL, {TYPE(3)}, .count = 1},
};

static const Case products[] = {
    {"matmul", NULL, {TYPE(3, 5), BATCHED(5)}, .count = 2},
    {"matmul", NULL, {BATCHED(5), TYPE(5, 3)}, .count = 2},
    {"matmul", NULL, {BATCHED(5), TYPE(5)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 3), TYPE(3, 4)}, .count = 2},
    {"matmul", NULL, {TYPE(2, 3), TYPE(3, 4)}, .count = 2},
    {"matmul", NULL, {TYPE(2, 3), BATCHED(3, 4)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 3), BATCHED(3, 4)}, .count = 2},
    {"matmul", "transpose_a=true", {BATCHED(3, 2), TYPE(3, 4)}, .count = 2},
    {"matmul", "transpose_a=true", {TYPE(3, 2), BATCHED(3, 4)}, .count = 2},
    {"matmul", "transpose_b=true", {BATCHED(2, 3), TYPE(4, 3)}, .count = 2},
    {"matmul", "transpose_b=true", {TYPE(2, 3), BATCHED(4, 3)}, .count = 2},
    {"matmul", "transpose_a=true transpose_b=true", {TYPE(3, 2), BATCHED(4, 3)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 2, 3), TYPE(3, 2)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 2, 3), TYPE(2, 3, 2)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 1, 2, 3), TYPE(3, 3, 2)}, .count = 2},
    {"matmul", NULL, {BATCHED(2, 2, 3), TYPE(3)}, .count = 2},
    {"matmul", NULL, {TYPE(3), BATCHED(2, 3, 2)}, .count = 2},
    {"matmul", "transpose_a=true", {BATCHED(2, 3, 2), TYPE(3, 2)}, .count = 2},
    {"matmul", NULL, {BATCHED(1, 1), TYPE(1, 1)}, .count = 2},
};

static const Case convolutions[] = {
    {"convolve", NULL, {BATCHED(1, 5), TYPE(2, 1, 3)}, .count = 2},
    {"convolve", "stride=[2,1] pad=[1,2]", {BATCHED(2, 5, 4), TYPE(3, 2, 3, 2)}, .count = 2},
    {"convolve", "stride=[2] pad=[1] dilation=[2] groups=2", {BATCHED(4, 6, 7), TYPE(4, 2, 2, 2)}, .count = 2},
    {"convolve", "groups=3", {BATCHED(3, 4, 4), TYPE(3, 1, 3, 3)}, .count = 2},
    {"convolve", "pad=[2] pad_mode=reflect", {BATCHED(1, 4, 3), TYPE(1, 1, 3, 3)}, .count = 2},
    {"convolve", "pad=[1,3] pad_mode=periodic", {BATCHED(1, 4), TYPE(3, 1, 3)}, .count = 2},
    {"convolve", "pad=[1,2,0,1] pad_mode=replicate stride=[2]", {TYPE(1, 3, 4), BATCHED(3, 1, 2, 2)}, .count = 2},
    {"convolve", "stride=[2] pad=[1] dilation=[2] groups=2", {BATCHED(4, 6), BATCHED(6, 2, 2)}, .count = 2},
    {"convolve", "pad=[1] stride=[1,2,1]", {BATCHED(1, 2, 3, 2), TYPE(3, 1, 2, 2, 2)}, .count = 2},
    {"convolve", NULL, {BATCHED(1, 1, 1), TYPE(1, 1, 1, 1)}, .count = 2},
    {"convolve", "auto=same", {BATCHED(2, 4, 4), TYPE(3, 2, 3, 3)}, .count = 2},
    {"convolve_transposed", "stride=[2] pad=[1] output_pad=[1]", {BATCHED(2, 3, 3), TYPE(2, 3, 3, 3)}, .count = 2},
    {"convolve_transposed", "stride=[2] dilation=[3] output_pad=[2] groups=2", {BATCHED(4, 3), TYPE(4, 1, 2)}, .count = 2},
    {"convolve_transposed", "stride=[2]", {BATCHED(2, 3), BATCHED(2, 2, 3)}, .count = 2},
};

static const Case windows[] = {
    {"pool_max", "window=[2,2]", {BATCHED(2, 4, 5)}, .count = 1},
    {"pool_max", "window=[3,2] stride=[2,1] pad=[1]", {BATCHED(1, 5, 4)}, .count = 1},
    {"pool_max", "window=[3] stride=[2] ceil=true", {TYPE(2, 6)}, .count = 1},
    {"pool_mean", "window=[2,2]", {BATCHED(2, 4, 6)}, .count = 1},
    {"pool_mean", "window=[3,2] stride=[2,1] pad=[1]", {BATCHED(2, 5, 4)}, .count = 1},
    {"pool_mean", "window=[3] stride=[2] ceil=true count_padding=false pad=[1]", {BATCHED(2, 6)}, .count = 1},
    {"pool_mean", "window=[2] stride=[3]", {TYPE(1, 9)}, .count = 1},
    {"adaptive_pool_max", "size=[2,3]", {BATCHED(2, 5, 4)}, .count = 1},
    {"adaptive_pool_max", "size=[3]", {TYPE(1, 2)}, .count = 1},
    {"adaptive_pool_mean", "size=[2,3]", {BATCHED(2, 5, 4)}, .count = 1},
    {"adaptive_pool_mean", "size=[1]", {TYPE(2, 7)}, .count = 1},
    {"resize", "size=[5,3]", {BATCHED(2, 3, 4)}, .count = 1},
    {"resize", "size=[5,2] method=bilinear", {BATCHED(1, 3, 4)}, .count = 1},
    {"resize", "size=[7] method=linear corners=align", {TYPE(2, 3)}, .count = 1},
};

#define INDICES(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_INTEGER, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }

static const Case shapes[] = {
    {"reshape", "shape=[3,2]", {BATCHED(6)}, .count = 1},
    {"broadcast", "shape=[2,3]", {BATCHED(1, 3)}, .count = 1},
    {"broadcast", "shape=[2,3]", {TYPE(3)}, .count = 1},
    {"permute", "axes=[2,0,1]", {BATCHED(2, 3, 4)}, .count = 1},
    {"slice", "axis=1 start=1 stop=4", {BATCHED(2, 5)}, .count = 1},
    {"slice", "axis=0 start=-2 stop=-6 step=-2", {BATCHED(6, 2)}, .count = 1},
    {"slice", "axis=0 start=0 stop=7 step=3", {COMPLEX(7)}, .count = 1},
    {"concatenate", "axis=1", {BATCHED(2, 3), TYPE(2, 1)}, .count = 2},
    {"pad", "amounts=[1,2]", {BATCHED(2, 3)}, .count = 1},
    {"pad", "amounts=[0,1,2,0] mode=constant value=3", {TYPE(2, 3)}, .count = 1},
    {"pad", "amounts=[1,1,2,1] mode=reflect", {BATCHED(2, 3)}, .count = 1},
    {"pad", "amounts=[4,7] mode=periodic", {COMPLEX(3)}, .count = 1},
    {"pad", "amounts=[2,0,1,3] mode=replicate", {BATCHED(2, 1)}, .count = 1},
    {"gather", "axis=0", {TYPE(4, 2), INDICES(2, 3)}, .count = 2, .constant = 2},
    {"gather", "axis=1", {BATCHED(2, 3), INDICES(4)}, .count = 2, .constant = 2},
    {"gather", "axis=0", {COMPLEX_WEIGHT(3), INDICES(5)}, .count = 2, .constant = 2},
};

#define RUN(name)                                                                                                                  \
    static void name##_have_gradients(void **state)                                                                                \
    {                                                                                                                              \
        (void)state;                                                                                                               \
        for (size_t i = 0; i < sizeof name / sizeof *name; i++)                                                                    \
            check_case(&name[i]);                                                                                                  \
    }
RUN(elementwise)
RUN(spectral)
RUN(reductions)
RUN(products)
RUN(convolutions)
RUN(windows)
RUN(shapes)

/* Every operation of the language has a rule, or says that it has no gradient. */
static void every_operation_has_a_rule(void **state)
{
    (void)state;
    for (int op = OP_RATE + 1; op < OP_COUNT; op++)
        if (!op_info((Op)op)->internal && op != OP_SCAN && !op_info((Op)op)->gradient)
            fail_msg("%s has no rule of differentiation", op_info((Op)op)->name);
}

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
        cmocka_unit_test(every_operation_has_a_rule),   cmocka_unit_test(elementwise_have_gradients),
        cmocka_unit_test(spectral_have_gradients),      cmocka_unit_test(reductions_have_gradients),
        cmocka_unit_test(products_have_gradients),      cmocka_unit_test(convolutions_have_gradients),
        cmocka_unit_test(windows_have_gradients),       cmocka_unit_test(shapes_have_gradients),
        cmocka_unit_test(scans_have_gradients),         cmocka_unit_test(kinks_have_the_gradients_that_are_fixed),
        cmocka_unit_test(equal_operands_share),         cmocka_unit_test(only_numbers_are_differentiated),
        cmocka_unit_test(random_models_have_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Gradients of each operation, over random operands; its result is folded with fixed random numbers to the number that is differentiated. */
#include "transform/gradient_problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SAMPLES = 3 };

/* One use of an operation; operands are inputs where batched, weights where not. */
typedef struct Case {
    const char *op;
    const char *attributes;
    Type operands[3];
    int count;        /* 0: one */
    double low, high; /* of the operands' entries; both 0: -1 to 1 */
    int constant;     /* bit k: operand k is no variable: whole numbers below 3 */
} Case;

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_rule), cmocka_unit_test(elementwise_have_gradients),
        cmocka_unit_test(spectral_have_gradients),    cmocka_unit_test(reductions_have_gradients),
        cmocka_unit_test(products_have_gradients),    cmocka_unit_test(convolutions_have_gradients),
        cmocka_unit_test(windows_have_gradients),     cmocka_unit_test(shapes_have_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reductions, argmax, running sums and the mean over the batch: kernels against their definition, the promised accuracy, special values. */
#include "ops/harness.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define COMPLEX_BATCHED(...)                                                                                                       \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                      \
    }
#define INTEGER(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_INTEGER, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define BOOLEAN(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_BOOLEAN, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }

static const struct {
    Type x;
    const char *attributes;
} reductions[] = {
    {BATCHED(2, 3, 5), ""},
    {BATCHED(2, 3, 5), "keep=true"},
    {BATCHED(2, 3, 5), "axes=[0]"},
    {BATCHED(2, 3, 5), "axes=[1]"},
    {BATCHED(2, 3, 5), "axes=[2]"},
    {BATCHED(2, 3, 5), "axes=[0,2]"},
    {BATCHED(2, 3, 5), "axes=[2,0] keep=true"},
    {BATCHED(4, 33, 7), "axes=[0,2]"},
    {BATCHED(4, 65, 31), "axes=[1]"},
    {BATCHED(3, 64, 32), "axes=[1]"},
    {BATCHED(3, 64, 45), "axes=[1]"},
    {BATCHED(3, 65, 4), "axes=[1]"},
    {BATCHED(3, 100, 8), "axes=[1]"},
    {TYPE(1), ""},
    {{.rank = 0}, ""},
    {BATCHED(1, 7, 1), "axes=[0]"},
    {BATCHED(1, 7, 1), "axes=[0,2]"},
    {BATCHED(1, 7, 1), "axes=[0,1]"},
    {TYPE(1009), ""},
    {TYPE(4099), ""},
    {TYPE(2, 3, 2, 3, 2, 3, 2, 3), "axes=[0,2,4,6]"},
    {TYPE(2, 3, 2, 3, 2, 3, 2, 3), "axes=[1,3,5,7]"},
    {BATCHED(2, 3, 2, 3, 2, 3, 2, 3), "axes=[1,2,5]"},
};

static void reductions_agree(void **state)
{
    (void)state;
    static const char *const names[] = {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++)
            for (int64_t samples = 1; samples <= 3; samples += 2)
                trial_check(&(Trial){.op = names[i],
                                     .operands = {reductions[r].x},
                                     .attributes = reductions[r].attributes,
                                     .samples = samples,
                                     .seed = r,
                                     .scale = i < 2 ? SCALE_ABSOLUTE : SCALE_EXACT,
                                     .terms = log2(5000) + 32});
    for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++) {
        Type x = reductions[r].x;
        x.element = ELEMENT_COMPLEX;
        for (size_t i = 0; i < 2; i++)
            trial_check(&(Trial){.op = names[i],
                                 .operands = {x},
                                 .attributes = reductions[r].attributes,
                                 .samples = 3,
                                 .scale = SCALE_ABSOLUTE,
                                 .terms = log2(5000) + 32});
    }
}

/* n terms are off by at most (log2 n + 8) eps sum |x|; plain addition of a million equal terms would be off by hundreds of times more. */
static void sums_keep_their_digits(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 1 << 20; n = n * 4 + 1) {
        for (int64_t inner = 1; inner <= 3; inner += 2) {
            Trial trial = {.op = "reduce_sum", .operands = {TYPE(n, inner)}, .attributes = "axes=[0]", .low = 0.0999, .high = 0.1};
            trial.scale = SCALE_RESULT;
            trial.terms = log2((double)n) + 8;
            trial_check(&trial);
        }
    }
}

/* The running sum is compensated: 2 eps of the result, whatever its length. */
static void running_sums(void **state)
{
    (void)state;
    static const char *const attributes[] = {
        "axis=0", "axis=1", "axis=2", "axis=1 exclusive=true", "axis=1 reverse=true", "axis=0 exclusive=true reverse=true"};
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        trial_check(&(Trial){.op = "cumulative_sum",
                             .operands = {BATCHED(3, 17, 4)},
                             .attributes = attributes[i],
                             .samples = 2,
                             .scale = SCALE_ABSOLUTE,
                             .terms = 2});
    trial_check(&(Trial){
        .op = "cumulative_sum", .operands = {TYPE(200000)}, .low = 0.0999, .high = 0.1, .scale = SCALE_RESULT, .terms = 2});
    trial_check(&(Trial){.op = "cumulative_sum", .operands = {INTEGER(9)}});
    trial_infers(&(Trial){.op = "cumulative_sum", .operands = {INTEGER(9)}}, "i[9]");
}

static void running_sum_of_infinities(void **state)
{
    (void)state;
    static const double x[] = {1, INFINITY, 1, -INFINITY, 1};
    trial_check(&(Trial){.op = "cumulative_sum", .operands = {TYPE(5)}, .data = {x}});
    trial_check(&(Trial){.op = "cumulative_sum", .operands = {TYPE(5)}, .data = {x}, .attributes = "exclusive=true"});
}

static void argmax_finds_the_first(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "argmax", .operands = {BATCHED(10)}, .samples = 3});
    trial_check(&(Trial){.op = "argmax", .operands = {BATCHED(3, 5, 7)}, .attributes = "axis=1", .samples = 3});
    trial_check(&(Trial){.op = "argmax", .operands = {BATCHED(3, 5, 7)}, .attributes = "axis=2", .samples = 2});
    trial_check(&(Trial){.op = "argmax", .operands = {INTEGER(50, 20)}, .attributes = "axis=1", .below = 3});
    trial_check(&(Trial){.op = "argmax", .operands = {TYPE(1)}});
    static const double tie[] = {1, 3, 3, 2};
    static const double nan[] = {1, 3, NAN, INFINITY, NAN};
    double *result;
    trial_compute(&(Trial){.op = "argmax", .operands = {TYPE(4)}, .data = {tie}}, &result, NULL);
    assert_true(result[0] == 1);
    free(result);
    trial_compute(&(Trial){.op = "argmax", .operands = {TYPE(5)}, .data = {nan}}, &result, NULL);
    assert_true(result[0] == 2);
    free(result);
    trial_check(&(Trial){.op = "argmax", .operands = {TYPE(5)}, .data = {nan}});
    trial_infers(&(Trial){.op = "argmax", .operands = {BATCHED(3, 5, 7)}, .attributes = "axis=1"}, "i*[3x7]");
}

/* A NaN anywhere is seen, in every lane and block. */
static void extremes_show_nan(void **state)
{
    (void)state;
    static double x[200];
    for (int64_t place = 0; place < 200; place += 7) {
        for (int64_t i = 0; i < 200; i++)
            x[i] = i == place ? (double)NAN : (double)(i % 13);
        trial_check(&(Trial){.op = "reduce_max", .operands = {TYPE(200)}, .data = {x}});
        trial_check(&(Trial){.op = "reduce_min", .operands = {TYPE(200)}, .data = {x}});
        trial_check(&(Trial){.op = "reduce_min", .operands = {TYPE(5, 40)}, .data = {x}, .attributes = "axes=[0]"});
    }
}

static void mean_over_the_batch(void **state)
{
    (void)state;
    for (int64_t samples = 1; samples <= 65; samples += 16) {
        trial_check(
            &(Trial){.op = "batch_mean", .operands = {BATCHED(3, 7)}, .samples = samples, .scale = SCALE_ABSOLUTE, .terms = 16});
        trial_check(&(Trial){
            .op = "batch_mean", .operands = {{.batched = true}}, .samples = samples, .scale = SCALE_ABSOLUTE, .terms = 16});
        trial_check(&(Trial){
            .op = "batch_mean", .operands = {COMPLEX_BATCHED(5)}, .samples = samples, .scale = SCALE_ABSOLUTE, .terms = 16});
        trial_check(&(Trial){.op = "batch_mean", .operands = {TYPE(5)}, .samples = samples});
    }
    trial_infers(&(Trial){.op = "batch_mean", .operands = {BATCHED(3, 7)}}, "f[3x7]");
}

static void types(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "reduce_sum", .operands = {BATCHED(2, 3, 5)}}, "f*[]");
    trial_infers(&(Trial){.op = "reduce_sum", .operands = {BATCHED(2, 3, 5)}, .attributes = "keep=true"}, "f*[1x1x1]");
    trial_infers(&(Trial){.op = "reduce_max", .operands = {INTEGER(2, 3)}, .attributes = "axes=[1]"}, "i[2]");
    trial_infers(&(Trial){.op = "reduce_mean", .operands = {INTEGER(2, 3)}, .attributes = "axes=[1]"}, "f[2]");
}

static void refusals(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "reduce_sum", .operands = {TYPE(2, 3)}, .attributes = "axes=[2]"}, 670, "2x3 has no axis 2");
    trial_rejects(&(Trial){.op = "reduce_sum", .operands = {TYPE(2, 3)}, .attributes = "axes=[-1]"}, 670, "2x3 has no axis -1");
    trial_rejects(&(Trial){.op = "argmax", .operands = {{.rank = 0}}}, 670, "a number has no axis 0");
    trial_rejects(&(Trial){.op = "cumulative_sum", .operands = {TYPE(2)}, .attributes = "axis=9223372036854775807"}, 670,
                  "no axis");
    trial_rejects(&(Trial){.op = "reduce_sum", .operands = {TYPE(2, 3)}, .attributes = "axes=[1,1]"}, 671, "axis 1 stands twice");
    trial_rejects(&(Trial){.op = "reduce_sum", .operands = {BOOLEAN(2)}}, 560, "reduce_sum takes numbers, got boolean 2");
    trial_rejects(&(Trial){.op = "reduce_max", .operands = {COMPLEX_BATCHED(2)}}, 561, "reduce_max is not defined");
    trial_rejects(&(Trial){.op = "argmax", .operands = {COMPLEX_BATCHED(2)}}, 561, "argmax is not defined");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reductions_agree),
        cmocka_unit_test(sums_keep_their_digits),
        cmocka_unit_test(running_sums),
        cmocka_unit_test(running_sum_of_infinities),
        cmocka_unit_test(argmax_finds_the_first),
        cmocka_unit_test(extremes_show_nan),
        cmocka_unit_test(mean_over_the_batch),
        cmocka_unit_test(types),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

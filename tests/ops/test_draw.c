/* Random tensors: kernels against their definition, moments, and independence from how samples are cut into tiles. */
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Single precision drops bits below 2^-24 of a uniform number, so it may differ by that and a rounding. */
static void kernels_agree(void **state)
{
    (void)state;
    static const char *const names[] = {"uniform", "normal"};
    for (int i = 0; i < 2; i++) {
        Trial trial = {.op = names[i], .scale = SCALE_RESULT, .terms = 2, .floor = 1, .random_seed = 7, .step = 5, .iteration = 2};
        trial.attributes = "shape=[3,5] place=conv1.weight";
        trial_check(&trial);
        trial.attributes = "shape=[1]";
        trial_check(&trial);
        trial.attributes = "";
        trial_check(&trial);
        trial.attributes = "seed=3 shape=[7]";
        trial_check(&trial);
        trial.operand_count = 1;
        trial.samples = 3;
        trial.attributes = "";
        trial.operands[0] = (Type)BATCHED(3, 5);
        trial_check(&trial);
        trial.attributes = "per_sample=false";
        trial_check(&trial);
        trial.operands[0] = (Type)TYPE(4);
        trial_check(&trial);
    }
    trial_check(&(Trial){.op = "uniform", .attributes = "shape=[9] low=-2 high=3", .scale = SCALE_RESULT, .terms = 2, .floor = 5});
    trial_check(
        &(Trial){.op = "normal", .attributes = "shape=[9] mean=4 deviation=0.5", .scale = SCALE_RESULT, .terms = 2, .floor = 1});
    trial_check(&(Trial){.op = "normal", .attributes = "shape=[9] mean=4 deviation=0"});
}

/* Means of powers over n numbers, within five standard errors of the exact moments. */
static void check_moments(const char *op, const double *moments, int count)
{
    enum { NUMBERS = 300000 };
    float *numbers;
    int64_t n = trial_compute(&(Trial){.op = op, .attributes = "shape=[300000] place=p", .random_seed = 1}, NULL, &numbers);
    assert_int_equal(n, NUMBERS);
    for (int power = 1; power <= count; power++) {
        double mean = 0;
        double square = 0;
        for (int64_t i = 0; i < n; i++) {
            double value = pow((double)numbers[i], power);
            mean += value / (double)n;
            square += value * value / (double)n;
        }
        double error = sqrt((square - mean * mean) / (double)n);
        assert_true(fabs(mean - moments[power - 1]) < 5 * error);
    }
    double product = 0; /* of neighbours: independent ones have the product of the means */
    for (int64_t i = 0; i + 1 < n; i++)
        product += (double)numbers[i] * (double)numbers[i + 1] / (double)(n - 1);
    assert_true(fabs(product - moments[0] * moments[0]) < 5 * moments[1] / sqrt((double)n) * 2);
    free(numbers);
}

static void moments(void **state)
{
    (void)state;
    check_moments("uniform", (const double[]){1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5}, 4);
    check_moments("normal", (const double[]){0, 1, 0, 3, 0, 15}, 6);
}

static void uniform_stays_inside(void **state)
{
    (void)state;
    float *numbers;
    int64_t n = trial_compute(&(Trial){.op = "uniform", .attributes = "shape=[300000]"}, NULL, &numbers);
    for (int64_t i = 0; i < n; i++)
        assert_true(numbers[i] >= 0 && numbers[i] < 1);
    free(numbers);
}

static void draw(const char *kernel, int64_t first, int64_t samples, float *result)
{
    static const int64_t integers[] = {5, 1, 1, -1, 99};
    static const double reals[] = {0, 1};
    KernelArguments arguments = {.integers = integers,
                                 .reals = reals,
                                 .result = result,
                                 .result_stride = 5,
                                 .samples = samples,
                                 .seed = 3,
                                 .step = 4,
                                 .first_sample = first};
    kernel_find(kernel)->single(&arguments);
}

/* Seven samples at once are the same as tiles of three and four, and no two samples are alike. */
static void tiles_do_not_matter(void **state)
{
    (void)state;
    static const char *const names[] = {"uniform", "normal"};
    for (int i = 0; i < 2; i++) {
        float whole[35];
        float parts[35];
        draw(names[i], 10, 7, whole);
        draw(names[i], 10, 3, parts);
        draw(names[i], 13, 4, parts + 15);
        assert_memory_equal(whole, parts, sizeof whole);
        for (int a = 0; a < 35; a++)
            for (int b = 0; b < a; b++)
                assert_true(whole[a] != whole[b]);
    }
}

/* Everything of the key changes the numbers. */
static void keys_matter(void **state)
{
    (void)state;
    const Trial trials[] = {
        {.op = "normal", .attributes = "place=a"},
        {.op = "normal", .attributes = "place=b"},
        {.op = "normal", .attributes = "place=a", .random_seed = 1},
        {.op = "normal", .attributes = "place=a", .step = 1},
        {.op = "normal", .attributes = "place=a", .iteration = 1},
        {.op = "normal", .attributes = "place=a seed=5"},
    };
    enum { COUNT = sizeof trials / sizeof *trials };
    double numbers[COUNT];
    for (int i = 0; i < COUNT; i++) {
        double *result;
        trial_compute(&trials[i], &result, NULL);
        numbers[i] = *result;
        free(result);
        for (int k = 0; k < i; k++)
            assert_true(numbers[i] != numbers[k]);
    }
}

static void types_and_refusals(void **state)
{
    (void)state;
    Trial like = {
        .op = "uniform", .operands = {{.element = ELEMENT_INTEGER, .batched = true, TRIAL_SIZES(2, 3)}}, .operand_count = 1};
    trial_infers(&like, "f*[2x3]");
    like.attributes = "shape=[2,3]";
    trial_infers(&like, "f*[2x3]");
    like.attributes = "shape=[3,2]";
    trial_rejects(&like, 402, "got both");
    trial_infers(&(Trial){.op = "normal", .attributes = "shape=[2,3]"}, "f[2x3]");
    trial_rejects(&(Trial){.op = "normal", .operands = {TYPE(2), TYPE(2)}, .operand_count = 2}, 402,
                  "one tensor to be like, got 2");
    trial_rejects(&(Trial){.op = "normal", .attributes = "shape=[0]"}, 641, "[0] is not a shape");
    trial_rejects(&(Trial){.op = "normal", .attributes = "shape=[1,1,1,1,1,1,1,1,1]"}, 649, "at most 8 dimensions");
    trial_rejects(&(Trial){.op = "normal", .attributes = "shape=[4611686018427387904]"}, 612, "2^40");
    trial_rejects(&(Trial){.op = "uniform", .attributes = "low=1 high=0"}, 677, "low = 1 and high = 0");
    trial_rejects(&(Trial){.op = "uniform", .attributes = "low=nan"}, 677, "between low and high");
    trial_rejects(&(Trial){.op = "normal", .attributes = "deviation=-1"}, 677, "deviation of at least 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree),       cmocka_unit_test(moments),     cmocka_unit_test(uniform_stays_inside),
        cmocka_unit_test(tiles_do_not_matter), cmocka_unit_test(keys_matter), cmocka_unit_test(types_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

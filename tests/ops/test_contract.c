/* Matrix products and convolutions.
 *
 * A sum of n products differs from its exact value by at most about n epsilon times the sum of the products' absolute values, in any order of
 * summation (Higham, Accuracy and Stability, 3.1); the reference's own error is far below. So `terms` is n. */
#include "kernel/kernel.h"
#include "kernel/matmul.h"
#include "ops/harness.h"
#include "thread/pool.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_sum(const char *op, const char *attributes, Type a, Type b, double terms, int64_t samples)
{
    for (uint64_t seed = 1; seed <= 2; seed++)
        trial_check(&(Trial){.op = op,
                             .attributes = attributes,
                             .operands = {a, b},
                             .samples = samples,
                             .seed = seed,
                             .scale = SCALE_ABSOLUTE,
                             .terms = terms + 1});
}

#define T(...) ((Type)TYPE(__VA_ARGS__))
#define B(...) ((Type)BATCHED(__VA_ARGS__))

static void matmul_of_every_rank(void **state)
{
    (void)state;
    check_sum("matmul", NULL, T(3, 5), T(5, 7), 5, 1);
    check_sum("matmul", NULL, T(3, 5), B(5), 5, 4);
    check_sum("matmul", NULL, T(33, 129), B(129), 129, 1);
    check_sum("matmul", NULL, B(5), T(5, 7), 5, 3);
    check_sum("matmul", NULL, B(5), B(5), 5, 3);
    check_sum("matmul", NULL, T(5), T(5), 5, 1);
    check_sum("matmul", NULL, B(3, 5), B(5, 2), 5, 3);
    check_sum("matmul", NULL, T(3, 5), B(5, 2), 5, 3);
    check_sum("matmul", NULL, B(3, 5), T(5, 2), 5, 3);
    check_sum("matmul", NULL, B(1, 1), T(1, 1), 1, 2);
    check_sum("matmul", NULL, T(131, 67), T(67, 257), 67, 1);
    check_sum("matmul", NULL, T(70, 300), B(300), 300, 5);
}

static void matmul_transposes(void **state)
{
    (void)state;
    const char *const forms[] = {"transpose_a=true", "transpose_b=true", "transpose_a=true transpose_b=true"};
    for (int form = 0; form < 3; form++) {
        Type a = form == 1 ? T(3, 5) : T(5, 3), b = form == 0 ? T(5, 4) : T(4, 5);
        for (int batched = 0; batched < 4; batched++) {
            a.batched = batched & 1;
            b.batched = batched & 2;
            check_sum("matmul", forms[form], a, b, 5, 3);
        }
    }
    check_sum("matmul", "transpose_a=true", T(5, 3), B(5), 5, 3);
    check_sum("matmul", "transpose_b=true", B(5), T(3, 5), 5, 3);
    check_sum("matmul", "transpose_b=true", B(7, 5), T(1, 5), 5, 3);
}

static void matmul_broadcasts_dimensions_in_front(void **state)
{
    (void)state;
    check_sum("matmul", NULL, B(2, 1, 3, 5), T(4, 5, 2), 5, 3);
    check_sum("matmul", NULL, B(2, 4, 3, 5), T(5, 2), 5, 3);
    check_sum("matmul", NULL, T(2, 1, 3, 5), B(1, 4, 5, 2), 5, 3);
    check_sum("matmul", NULL, B(2, 4, 3, 5), B(5), 5, 2);
    check_sum("matmul", NULL, T(5), B(3, 5, 2), 5, 2);
    check_sum("matmul", "transpose_b=true", B(2, 3, 5), B(2, 4, 5), 5, 2);
    check_sum("matmul", NULL, T(3, 5), B(6, 5, 1), 5, 2);
}

/* Sizes that fill tiles and blocks, and that do not; one row, one column, few of either. */
static void matmul_of_many_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 1},     {13, 7, 1},    {2, 3, 257},  {14, 32, 256}, {15, 33, 31},   {97, 101, 103},
                                       {1, 331, 300}, {331, 1, 300}, {211, 3, 17}, {5, 127, 600}, {401, 65, 515}, {29, 8, 64}};
    const char *const forms[] = {"transpose_a=false", "transpose_a=true", "transpose_b=true", "transpose_a=true transpose_b=true"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int form = 0; form < 4; form++) {
            int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
            Type a = form & 1 ? T(k, m) : T(m, k), b = form & 2 ? T(n, k) : T(k, n);
            check_sum("matmul", forms[form], a, b, (double)k, 1);
        }
}

/* A product of samples of `rows` x k with k x n, by a level's kernel; b holds n x k where `transposed`. */
static void run_product(bool precise, int level, int64_t samples, const int64_t *size, bool transposed, const void *const *operands,
                        const Parallel *parallel, void *result)
{
    int64_t numbers[MATMUL_INTEGERS];
    MatrixProduct product = {.m = size[0], .n = size[1], .k = size[2], .transpose_b = transposed};
    memcpy(numbers, &product, sizeof numbers);
    KernelArguments arguments = {.integers = numbers,
                                 .operands = operands,
                                 .strides = (int64_t[]){size[0] * size[2], 0},
                                 .result = result,
                                 .result_stride = size[0] * size[1],
                                 .samples = samples,
                                 .parallel = parallel};
    kernel_function(kernel_find("matmul"), precise, (KernelLevel)level)(&arguments);
}

static void fill(bool precise, void *reals, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        double value = (double)((uint64_t)i * 2654435761u % 1000003u) / 500001.5 - 1;
        if (precise)
            ((double *)reals)[i] = value;
        else
            ((float *)reals)[i] = (float)value;
    }
}

/* All samples at once, on several threads, and each by itself: the same bits. */
static void check_bits(bool precise, int level, const int64_t *size, bool transposed)
{
    enum { SAMPLES = 61 };
    StrataAllocator allocator = strata_default_allocator();
    ThreadPool *pool = thread_pool_make(&allocator, 3, NULL);
    assert_non_null(pool);
    size_t real = precise ? sizeof(double) : sizeof(float);
    int64_t inputs = size[0] * size[2], outputs = size[0] * size[1];
    char *x = malloc((size_t)(SAMPLES * inputs) * real), *weight = malloc((size_t)(size[1] * size[2]) * real);
    char *all = malloc((size_t)(SAMPLES * outputs) * real), *one = malloc((size_t)(SAMPLES * outputs) * real);
    assert_true(x && weight && all && one);
    fill(precise, x, SAMPLES * inputs);
    fill(precise, weight, size[1] * size[2]);
    run_product(precise, level, SAMPLES, size, transposed, (const void *[]){x, weight}, thread_pool_parallel(pool), all);
    for (int64_t sample = 0; sample < SAMPLES; sample++)
        run_product(precise, level, 1, size, transposed, (const void *[]){x + (size_t)(sample * inputs) * real, weight}, NULL,
                    one + (size_t)(sample * outputs) * real);
    assert_memory_equal(all, one, (size_t)(SAMPLES * outputs) * real);
    free(x);
    free(weight);
    free(all);
    free(one);
    thread_pool_release(pool);
}

static void matmul_does_not_depend_on_batch_or_threads(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1, 10, 84}, {1, 333, 784}, {1, 1, 300}, {1, 5, 1031}, {3, 70, 257}, {2, 16, 16}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int level = KERNEL_BASELINE; level <= (int)kernel_level(); level++)
            for (int form = 0; form < 4; form++)
                check_bits(form & 1, level, sizes[i], form & 2);
}

static void matmul_says_what_does_not_fit(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "matmul", .operands = {TYPE(3, 5), TYPE(3, 5)}}, 630, "3x5 times 3x5");
    trial_rejects(&(Trial){.op = "matmul", .operands = {TYPE(3, 5), BATCHED(4)}}, 630, "has 5 entries");
    trial_rejects(&(Trial){.op = "matmul", .operands = {TYPE(2, 3, 5), BATCHED(3, 5, 4)}}, 631, "in front");
    trial_rejects(&(Trial){.op = "matmul", .operands = {{.rank = 0}, BATCHED(4)}}, 632, "a number");
    trial_rejects(&(Trial){.op = "matmul", .operands = {TYPE(4), TYPE(4)}, .attributes = "transpose_a=true"}, 632, "no transpose");
    trial_rejects(&(Trial){.op = "matmul", .operands = {{.element = ELEMENT_COMPLEX, TRIAL_SIZES(2, 2)}, TYPE(2, 2)}}, 561,
                  "complex");
    trial_rejects(&(Trial){.op = "matmul", .operands = {TYPE(1048577, 1), TYPE(1, 1048577)}}, 612, "2^40");
    trial_infers(&(Trial){.op = "matmul", .operands = {TYPE(3, 5), BATCHED(5)}}, "f*[3]");
    trial_infers(&(Trial){.op = "matmul", .operands = {TYPE(5), TYPE(5)}}, "f[]");
    trial_infers(&(Trial){.op = "matmul", .operands = {BATCHED(2, 1, 3, 5), TYPE(4, 5, 2)}}, "f*[2x4x3x2]");
}

static void convolve_in_one_two_and_three_axes(void **state)
{
    (void)state;
    check_sum("convolve", NULL, B(3, 17), T(4, 3, 5), 15, 3);
    check_sum("convolve", "pad=[2] stride=[2]", B(3, 13, 11), T(5, 3, 3, 4), 36, 3);
    check_sum("convolve", "pad=[1,0,2] stride=[1,2,3] dilation=[2,1,1]", B(2, 7, 6, 9), T(3, 2, 2, 3, 2), 24, 2);
    check_sum("convolve", NULL, B(1, 1, 1), T(1, 1, 1, 1), 1, 2);
    check_sum("convolve", "pad=[1,2,3,0]", B(2, 5, 7), T(4, 2, 3, 3), 18, 1);
    check_sum("convolve", "dilation=[7] pad=[7]", B(2, 5, 5), T(3, 2, 3, 3), 18, 2);
    check_sum("convolve", "stride=[5]", B(2, 11, 7), T(3, 2, 3, 3), 18, 2);
    check_sum("convolve", "pad=[9]", B(2, 2, 3), T(3, 2, 3, 3), 18, 2);
    check_sum("convolve", NULL, B(19, 9, 9), T(23, 19, 1, 1), 19, 3);
    check_sum("convolve", "stride=[2]", B(19, 9, 9), T(23, 19, 1, 1), 19, 2);
    check_sum("convolve", "pad=[0,1,0,2]", B(19, 9, 9), T(23, 19, 1, 1), 19, 2);
}

static void convolve_with_groups(void **state)
{
    (void)state;
    check_sum("convolve", "groups=6 pad=[1]", B(6, 9, 8), T(6, 1, 3, 3), 9, 3);
    check_sum("convolve", "groups=3 pad=[1] stride=[2]", B(6, 9, 8), T(6, 2, 3, 3), 18, 3);
    check_sum("convolve", "groups=2 pad=[1]", B(6, 9, 8), T(10, 3, 3, 3), 27, 2);
    check_sum("convolve", "groups=2", B(6, 9, 8), T(10, 3, 1, 1), 3, 2);
    check_sum("convolve", "groups=5 pad=[2] dilation=[2]", B(5, 1, 13), T(10, 1, 1, 5), 5, 2);
}

static void convolve_in_several_blocks(void **state)
{
    (void)state;
    check_sum("convolve", "pad=[1]", B(64, 37, 41), T(3, 64, 3, 3), 576, 2);
    check_sum("convolve", "pad=[4]", B(5, 5003), T(4, 5, 9), 45, 2);
    check_sum("convolve", NULL, B(700, 24, 31), T(3, 700, 1, 1), 700, 1);
}

static void convolve_with_every_border(void **state)
{
    (void)state;
    const char *const modes[] = {"reflect", "periodic", "replicate", "zero"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char attributes[100];
        snprintf(attributes, sizeof attributes, "pad=[2,1,0,3] pad_mode=%s", modes[i]);
        check_sum("convolve", attributes, B(2, 5, 7), T(5, 2, 3, 4), 24, 2);
        check_sum("convolve", attributes, B(2, 5, 7), T(1, 2, 3, 4), 24, 2);
        snprintf(attributes, sizeof attributes, "pad=[3] stride=[3] dilation=[2] pad_mode=%s groups=2", modes[i]);
        check_sum("convolve", attributes, B(2, 4, 6), T(2, 1, 3, 3), 9, 2);
        check_sum("convolve", attributes, B(2, 4, 6), T(6, 1, 3, 3), 9, 2);
    }
    check_sum("convolve", "pad=[11] pad_mode=periodic", B(2, 5), T(3, 2, 3), 6, 2);
    check_sum("convolve", "pad=[11] pad_mode=replicate", B(2, 5), T(3, 2, 3), 6, 2);
    check_sum("convolve", "pad=[2] pad_mode=periodic", B(2, 1, 1), T(3, 2, 3, 3), 18, 2);
}

static void convolve_with_batched_weights(void **state)
{
    (void)state;
    check_sum("convolve", "pad=[1]", B(2, 5, 4), B(3, 2, 3, 3), 18, 3);
    check_sum("convolve", "pad=[1]", T(2, 5, 4), B(3, 2, 3, 3), 18, 3);
    check_sum("convolve", "pad=[1] groups=2", B(2, 5, 4), B(2, 1, 3, 3), 18, 3);
    check_sum("convolve_transposed", "pad=[1]", B(2, 5, 4), B(2, 3, 3, 3), 18, 3);
    check_sum("convolve_transposed", "pad=[1]", T(2, 5, 4), B(2, 3, 3, 3), 18, 3);
}

static void same_padding_keeps_the_size(void **state)
{
    (void)state;
    check_sum("convolve", "auto=same", B(2, 5, 8), T(3, 2, 3, 4), 24, 2);
    check_sum("convolve", "auto=same stride=[2]", B(2, 5, 8), T(3, 2, 3, 2), 12, 2);
    trial_infers(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 8), TYPE(3, 2, 4, 6)}, .attributes = "auto=same"},
                 "f*[3x5x8]");
    trial_infers(
        &(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 8), TYPE(3, 2, 4, 6)}, .attributes = "auto=same stride=[2,3]"},
        "f*[3x3x3]");
    trial_infers(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 8), TYPE(3, 2, 1, 1)}, .attributes = "auto=same stride=[4]"},
                 "f*[3x2x2]");
}

static void convolve_says_what_does_not_fit(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(5, 5), TYPE(3, 2, 3, 3)}}, 620, "got 5x5");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(5, 5), TYPE(3, 2)}}, 620, "3x2");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 4, 3, 3)}}, 621, "3x4x3x3");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "groups=3"}, 622,
                  "2 channels");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 1, 3, 3)}, .attributes = "groups=2"}, 622,
                  "3 filters");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "groups=0"}, 622,
                  "got 0");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 7, 7)}}, 623,
                  "a kernel of 7x7 does not fit");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "stride=[1,2,3]"}, 624,
                  "stride has 3");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "pad=[1,2,3]"}, 624,
                  "pad has 3");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "stride=[0]"}, 625,
                  "got 0");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "pad=[-1]"}, 625,
                  "got -1");
    trial_rejects(
        &(Trial){.op = "convolve", .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 3, 3)}, .attributes = "pad=[5] pad_mode=reflect"}, 627,
        "at most 4");
    trial_rejects(&(Trial){.op = "convolve",
                           .operands = {BATCHED(2, 5, 5), TYPE(3, 2, 1099511627776, 1)},
                           .attributes = "dilation=[1099511627776]"},
                  623, "does not fit");
    trial_rejects(&(Trial){.op = "convolve", .operands = {BATCHED(1, 5), TYPE(1024, 1, 1)}, .attributes = "pad=[1099511627776]"},
                  612, "2^40");
}

static void transposed_convolution_of_every_kind(void **state)
{
    (void)state;
    check_sum("convolve_transposed", NULL, B(3, 7), T(3, 4, 5), 15, 3);
    check_sum("convolve_transposed", "stride=[2] pad=[1] output_pad=[1]", B(3, 4, 5), T(3, 2, 3, 3), 27, 3);
    check_sum("convolve_transposed", "stride=[3] pad=[1] output_pad=[2] dilation=[2]", B(3, 4, 5), T(3, 2, 3, 4), 36, 2);
    check_sum("convolve_transposed", "stride=[2,1,3] groups=2", B(4, 3, 2, 4), T(4, 3, 2, 3, 2), 24, 2);
    check_sum("convolve_transposed", "groups=4 stride=[2]", B(4, 5, 3), T(4, 1, 2, 2), 4, 2);
    check_sum("convolve_transposed", NULL, B(1, 1, 1), T(1, 1, 1, 1), 1, 2);
    check_sum("convolve_transposed", "pad=[2,1,0,3]", B(2, 5, 4), T(2, 3, 4, 5), 40, 2);
    check_sum("convolve_transposed", "stride=[5] dilation=[3]", B(2, 3, 4), T(2, 3, 2, 2), 8, 2);
    check_sum("convolve_transposed", "stride=[2] pad=[1]", B(7, 40, 37), T(7, 61, 3, 4), 84, 2);
}

static void transposed_convolution_says_what_does_not_fit(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "convolve_transposed",
                          .operands = {BATCHED(3, 7, 6), TYPE(3, 4, 3, 4)},
                          .attributes = "stride=[3] pad=[1] output_pad=[2]"},
                 "f*[4x21x19]");
    trial_rejects(&(Trial){.op = "convolve_transposed", .operands = {BATCHED(2, 5), TYPE(3, 4, 3)}}, 621, "3x4x3");
    trial_rejects(&(Trial){.op = "convolve_transposed", .operands = {BATCHED(3, 5), TYPE(3, 4, 3)}, .attributes = "groups=2"}, 622,
                  "3 channels");
    trial_rejects(&(Trial){.op = "convolve_transposed", .operands = {BATCHED(3, 5), TYPE(3, 4, 3)}, .attributes = "pad=[4]"}, 623,
                  "leaves nothing");
    trial_rejects(&(Trial){.op = "convolve_transposed", .operands = {BATCHED(3, 5), TYPE(3, 4, 3)}, .attributes = "output_pad=[1]"},
                  629, "output_pad of 1");
    trial_rejects(&(Trial){.op = "convolve_transposed",
                           .operands = {BATCHED(1, 1099511627776), TYPE(1, 1, 3)},
                           .attributes = "stride=[1099511627776]"},
                  612, "2^40");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matmul_of_every_rank),
        cmocka_unit_test(matmul_transposes),
        cmocka_unit_test(matmul_broadcasts_dimensions_in_front),
        cmocka_unit_test(matmul_of_many_sizes),
        cmocka_unit_test(matmul_does_not_depend_on_batch_or_threads),
        cmocka_unit_test(matmul_says_what_does_not_fit),
        cmocka_unit_test(convolve_in_one_two_and_three_axes),
        cmocka_unit_test(convolve_with_groups),
        cmocka_unit_test(convolve_in_several_blocks),
        cmocka_unit_test(convolve_with_every_border),
        cmocka_unit_test(convolve_with_batched_weights),
        cmocka_unit_test(same_padding_keeps_the_size),
        cmocka_unit_test(convolve_says_what_does_not_fit),
        cmocka_unit_test(transposed_convolution_of_every_kind),
        cmocka_unit_test(transposed_convolution_says_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

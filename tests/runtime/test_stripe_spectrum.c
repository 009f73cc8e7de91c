/* Transforms of lines in stripes, for sizes that use every radix in every place of a plan, at every level of instructions and in both precisions: the kernel
 * striped_spectrum beside sums of the definition. */
#include "kernel/kernel.h"
#include "kernel/spectrum.h"
#include "kernel/stripes.h"
#include "kernel/table/line.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t sizes[] = {2,   3,   4,   5,   6,   8,   9,   10,  12,  15,  16,  18,  20,  24,  25,  27,  30,  32,  36,
                                40,  45,  48,  50,  54,  60,  64,  72,  75,  80,  81,  90,  96,  100, 108, 120, 125, 128, 144,
                                160, 180, 192, 200, 216, 225, 240, 243, 256, 288, 320, 324, 360, 400, 432, 480, 576};
enum { SIZES = sizeof sizes / sizeof sizes[0], LONGEST = 576 };

/* An image of a stripe: a number that no two entries share, in [-1, 1). */
static double entry_of(int64_t i)
{
    uint64_t bits = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u;
    return (double)(bits >> 40) / (1 << 23) - 1;
}

static void put(void *reals, int64_t i, double value, bool precise)
{
    if (precise)
        ((double *)reals)[i] = value;
    else
        ((float *)reals)[i] = (float)value;
}

static double get(const void *reals, int64_t i, bool precise)
{
    return precise ? ((const double *)reals)[i] : ((const float *)reals)[i];
}

static void *take(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
    assert_non_null(memory);
    return memory;
}

/* Each of `lines` lines of `size` pairs, whose entries lie `step` apart: its transform, by the definition. */
static void transform(double *pairs, int64_t lines, int64_t next, int64_t size, int64_t step)
{
    static double result[2 * LONGEST], cosines[LONGEST], sines[LONGEST];
    for (int64_t i = 0; i < size; i++) {
        cosines[i] = cos(2 * acos(-1) * (double)i / (double)size);
        sines[i] = sin(2 * acos(-1) * (double)i / (double)size);
    }
    for (int64_t l = 0; l < lines; l++, pairs += 2 * next) {
        for (int64_t k = 0; k < size; k++) {
            double re = 0, im = 0;
            for (int64_t i = 0; i < size; i++) {
                double c = cosines[i * k % size], s = -sines[i * k % size], x = pairs[2 * i * step], y = pairs[2 * i * step + 1];
                re += x * c - y * s;
                im += x * s + y * c;
            }
            result[2 * k] = re;
            result[2 * k + 1] = im;
        }
        for (int64_t k = 0; k < size; k++)
            memcpy(pairs + 2 * k * step, result + 2 * k, 2 * sizeof *result);
    }
}

/* The spectrum of one stripe of images by the kernel. */
static void run_kernel(const KernelInfo *kernel, bool precise, KernelLevel level, int64_t height, int64_t width, void *result)
{
    const int64_t integers[] = {1, height, width}, strides[] = {0};
    size_t real = precise ? sizeof(double) : sizeof(float);
    void *image = take((size_t)(height * width * STRIPE) * real), *table = take(kernel->table_size(integers, precise));
    void *scratch = take(kernel->scratch(integers, 1) * real);
    for (int64_t i = 0; i < height * width * STRIPE; i++)
        put(image, i, entry_of(i), precise);
    kernel->make_table(integers, precise, table);
    const void *operands[] = {image};
    const KernelArguments arguments = {.integers = integers,
                                       .operands = operands,
                                       .result = result,
                                       .strides = strides,
                                       .samples = 1,
                                       .scratch = scratch,
                                       .table = table};
    kernel_function(kernel, precise, level)(&arguments);
    free(image);
    free(table);
    free(scratch);
}

/* A sum of n terms by stages goes through fewer than 4 log2(n) + 4 roundings, each of at most half a unit of what all terms together can reach. */
static void compare_all(int64_t height, int64_t width, const double *expected, double sum)
{
    const KernelInfo *kernel = kernel_find("striped_spectrum");
    int64_t pitch = stripes_pitch(width);
    void *result = take((size_t)stripes_matrix(height, width) * sizeof(double));
    for (int form = 0; form < 2 * ((int)kernel_level() + 1); form++) {
        bool precise = form % 2;
        run_kernel(kernel, precise, (KernelLevel)(form / 2), height, width, result);
        double most = (4 * log2((double)(height * width)) + 4) * (precise ? DBL_EPSILON : FLT_EPSILON) / 2 * sum;
        for (int64_t i = 0; i < height * width * STRIPE; i++) {
            int64_t entry = i / STRIPE, at = (entry / width * pitch + entry % width) * STRIPE_PAIR + i % STRIPE;
            double re = get(result, at, precise) - expected[2 * i], im = get(result, at + STRIPE, precise) - expected[2 * i + 1];
            if (!(fabs(re) <= most && fabs(im) <= most))
                fail_msg("%d x %d, form %d, frequency %d: off by %g and %g, at most %g", (int)height, (int)width, form, (int)entry,
                         re, im, most);
        }
    }
    free(result);
}

static void try_size(int64_t height, int64_t width)
{
    int64_t count = height * width * STRIPE;
    double *expected = take((size_t)(2 * count) * sizeof *expected), sum = 0;
    for (int64_t i = 0; i < count; i++) {
        expected[2 * i] = (float)entry_of(i);
        expected[2 * i + 1] = 0;
        sum += fabs(expected[2 * i]) / STRIPE;
    }
    for (int64_t row = 0; row < height; row++)
        transform(expected + 2 * row * width * STRIPE, STRIPE, 1, width, STRIPE);
    transform(expected, width * STRIPE, 1, height, width * STRIPE);
    compare_all(height, width, expected, sum);
    free(expected);
}

static void test_rows_and_columns(void **state)
{
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        try_size(2 + i % 4, sizes[i]);
        try_size(sizes[i], 2 + i % 4);
    }
    try_size(18, 20);
    try_size(36, 30);
}

/* The sizes above see each radix alone, as one of the first stages of several, and as the last; 2 and 3 are seldom worth a stage. */
static void test_radices(void **state)
{
    (void)state;
    static const int radices[] = {2, 3, 4, 5, 6, 8, 9, 10, 12, 18, 20, 24};
    int places[LARGEST_OF_STRIPES + 1] = {0};
    for (int i = 0; i < SIZES; i++) {
        LinePlan *plan = take(line_bytes(sizes[i], LARGEST_OF_STRIPES, false));
        line_make(sizes[i], LARGEST_OF_STRIPES, false, plan);
        int64_t product = 1;
        for (int32_t k = 0; k < plan->stages; k++) {
            product *= plan->radix[k];
            places[plan->radix[k]] |= plan->stages == 1 ? 1 : k + 1 < plan->stages ? 2 : 4;
        }
        assert_int_equal(product, sizes[i]);
        free(plan);
    }
    for (size_t i = 0; i < sizeof radices / sizeof radices[0]; i++)
        if (places[radices[i]] != 7 && (radices[i] > 3 || !(places[radices[i]] & 1)))
            fail_msg("radix %d is not in every place: %d", radices[i], places[radices[i]]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_radices), cmocka_unit_test(test_rows_and_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Fourier transforms of every small size, and of large primes, powers and products, against their definition in extended precision.
 *
 * Tolerance: a transform in stages is a product of log2 n sparse unitary matrices, each applied with a relative error of a few eps, so the
 * error of the whole is at most c eps log2(2 n) |X| in the norm (Higham, Accuracy and Stability, chapter 24); c = 2 here, and twice
 * that for the two transforms that a large prime needs. */
#include "base/allocator.h"
#include "fft/plan.h"
#include "kernel/kernel.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const long double turn = 6.283185307179586476925286766559005768L;

/* One use of the kernel. */
typedef struct Case {
    bool inverse, complex;
    int64_t outer, rows, columns, samples;
} Case;

static int64_t entries(const Case *c)
{
    return c->outer * c->rows * c->columns * c->samples;
}

/* A number in [-1, 1) that is exact in single precision. */
static double next(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (double)(int32_t)(*state & 0xffffff00U) * 0x1p-31;
}

static double *make_input(const Case *c)
{
    uint32_t state = (uint32_t)(c->rows * 1000 + c->columns);
    int64_t count = entries(c) * (c->complex ? 2 : 1);
    double *x = malloc((size_t)count * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < count; i++)
        x[i] = next(&state);
    return x;
}

/* Runs the kernel; scratch and table are exactly as large as asked for. Gives doubles that the caller frees. */
static double *run(const Case *c, const double *x, bool precise)
{
    const int64_t integers[] = {c->inverse, c->complex, c->outer, c->rows, c->columns};
    const KernelInfo *kernel = kernel_find("fft");
    StrataAllocator allocator = strata_default_allocator();
    size_t element = precise ? sizeof(double) : sizeof(float);
    int64_t count = entries(c) * (c->complex ? 2 : 1);
    size_t table_size = kernel->table_size(integers, precise);
    size_t scratch_size = kernel->scratch(integers, c->samples) * element;
    void *table = allocator_take_aligned(&allocator, table_size);
    void *scratch = allocator_take_aligned(&allocator, scratch_size);
    char *operand = malloc((size_t)count * element);
    char *result = malloc((size_t)entries(c) * 2 * element);
    double *out = malloc((size_t)entries(c) * 2 * sizeof *out);
    assert_true(table && scratch && operand && result && out);
    kernel->make_table(integers, precise, table);
    memset(scratch, 0xff, scratch_size);
    for (int64_t i = 0; i < count; i++)
        if (precise)
            ((double *)(void *)operand)[i] = x[i];
        else
            ((float *)(void *)operand)[i] = (float)x[i];
    const void *operands[] = {operand};
    KernelArguments arguments = {
        .integers = integers, .operands = operands, .result = result, .samples = c->samples, .scratch = scratch, .table = table};
    (precise ? kernel->precise : kernel->single)(&arguments);
    for (int64_t i = 0; i < 2 * entries(c); i++)
        out[i] = precise ? ((double *)(void *)result)[i] : (double)((float *)(void *)result)[i];
    allocator_give_aligned(&allocator, table, table_size);
    allocator_give_aligned(&allocator, scratch, scratch_size);
    free(operand);
    free(result);
    return out;
}

/* The definition along one line of `size` pairs, `step` apart; `roots` are those of the size. */
static void define_line(long double *pairs, int64_t size, int64_t step, const long double *roots, long double *sums)
{
    for (int64_t k = 0; k < size; k++) {
        long double re = 0;
        long double im = 0;
        int64_t angle = 0;
        for (int64_t i = 0; i < size; i++) {
            const long double *x = pairs + 2 * i * step;
            re += x[0] * roots[2 * angle] - x[1] * roots[2 * angle + 1];
            im += x[0] * roots[2 * angle + 1] + x[1] * roots[2 * angle];
            angle += k;
            if (angle >= size)
                angle -= size;
        }
        sums[2 * k] = re;
        sums[2 * k + 1] = im;
    }
    for (int64_t k = 0; k < size; k++) {
        pairs[2 * k * step] = sums[2 * k];
        pairs[2 * k * step + 1] = sums[2 * k + 1];
    }
}

static void define_axis(long double *pairs, int64_t outer, int64_t size, int64_t inner, bool inverse)
{
    long double *roots = malloc((size_t)size * 4 * sizeof *roots);
    assert_non_null(roots);
    for (int64_t k = 0; k < size; k++) {
        roots[2 * k] = cosl(turn * (long double)k / (long double)size);
        roots[2 * k + 1] = (inverse ? 1 : -1) * sinl(turn * (long double)k / (long double)size);
    }
    for (int64_t i = 0; i < outer * inner; i++)
        define_line(pairs + 2 * (i / inner * size * inner + i % inner), size, inner, roots, roots + 2 * size);
    free(roots);
}

static long double *define(const Case *c, const double *x)
{
    int64_t count = entries(c);
    long double *pairs = malloc((size_t)count * 2 * sizeof *pairs);
    assert_non_null(pairs);
    long double divisor = c->inverse ? (long double)(c->rows * c->columns) : 1;
    for (int64_t i = 0; i < count; i++) {
        pairs[2 * i] = (c->complex ? x[2 * i] : x[i]) / divisor;
        pairs[2 * i + 1] = (c->complex ? x[2 * i + 1] : 0) / divisor;
    }
    define_axis(pairs, c->outer * c->samples * c->rows, c->columns, 1, c->inverse);
    define_axis(pairs, c->outer * c->samples, c->rows, c->columns, c->inverse);
    return pairs;
}

static double bound(const Case *c, bool precise)
{
    bool chirp = fft_length(c->rows) != c->rows || fft_length(c->columns) != c->columns;
    return (chirp ? 4 : 2) * (precise ? DBL_EPSILON : (double)FLT_EPSILON) * log2(2 * (double)(c->rows * c->columns));
}

static void check(const Case *c)
{
    double *x = make_input(c);
    long double *want = define(c, x);
    for (int precise = 0; precise < 2; precise++) {
        double *got = run(c, x, precise);
        long double error = 0;
        long double norm = 0;
        for (int64_t i = 0; i < 2 * entries(c); i++) {
            error += ((long double)got[i] - want[i]) * ((long double)got[i] - want[i]);
            norm += want[i] * want[i];
        }
        double relative = (double)sqrtl(error / norm);
        if (!(relative <= bound(c, precise)))
            fail_msg("%s %s %lld x %lld x %lld, %lld samples, %s: relative error %g where %g is allowed",
                     c->complex ? "complex" : "real", c->inverse ? "inverse" : "forward", (long long)c->outer, (long long)c->rows,
                     (long long)c->columns, (long long)c->samples, precise ? "double" : "single", relative, bound(c, precise));
        free(got);
    }
    free(x);
    free(want);
}

/* Both directions, both kinds. */
static void check_all(int64_t outer, int64_t rows, int64_t columns, int64_t samples)
{
    for (int kind = 0; kind < 4; kind++)
        check(&(Case){kind & 1, kind & 2, outer, rows, columns, samples});
}

static void every_small_size(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 130; n++) {
        check_all(1, 1, n, 1);
        check_all(3, 1, n, 1);
    }
}

static void large_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[] = {251, 509,  1009, 2039, 256,  1024,    4096,     729,  2187,
                                    625, 3125, 2401, 961,  1331, 37 * 41, 2 * 1009, 1155, 2310};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_all(1, 1, sizes[i], 1);
}

static void stacks_of_lines(void **state)
{
    (void)state;
    for (int64_t lines = 1; lines <= 19; lines++)
        check_all(lines, 1, 12, 1);
    check_all(5, 1, 37, 3);
    check_all(2, 1, 16, 7);
}

static void two_axes(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{1, 1},  {1, 7},   {7, 1},  {2, 2},  {2, 3},  {3, 2},   {5, 5},   {9, 15},
                                       {12, 9}, {36, 20}, {15, 8}, {37, 4}, {4, 37}, {37, 41}, {31, 33}, {64, 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_all(1, sizes[i][0], sizes[i][1], 1);
        check_all(3, sizes[i][0], sizes[i][1], 2);
    }
}

/* |X|^2 = n |x|^2, and the inverse brings x back, at sizes too large for the definition. */
static void energy_and_return(void **state)
{
    (void)state;
    static const int64_t sizes[] = {65536, 65537, 59049, 44100, 30030, 131071};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int precise = 0; precise < 2; precise++) {
            Case forward = {false, true, 1, 1, sizes[i], 1};
            Case inverse = {true, true, 1, 1, sizes[i], 1};
            double *x = make_input(&forward);
            double *spectrum = run(&forward, x, precise);
            double *back = run(&inverse, spectrum, precise);
            long double energy = 0;
            long double spectral_energy = 0;
            long double error = 0;
            for (int64_t k = 0; k < 2 * sizes[i]; k++) {
                energy += (long double)x[k] * x[k];
                spectral_energy += (long double)spectrum[k] * spectrum[k];
                error += ((long double)back[k] - x[k]) * ((long double)back[k] - x[k]);
            }
            double allowed = bound(&forward, precise);
            assert_true(fabsl(spectral_energy / ((long double)sizes[i] * energy) - 1) < 2 * allowed);
            assert_true(sqrtl(error / energy) < 2 * allowed);
            free(x);
            free(spectrum);
            free(back);
        }
}

/* Roots on the axes and diagonals are exact to the last place. */
static void roots_are_exact(void **state)
{
    (void)state;
    double re;
    double im;
    fft_root(3, 12, &re, &im);
    assert_true(re == 0 && im == -1);
    fft_root(6, 12, &re, &im);
    assert_true(re == -1 && im == 0);
    fft_root(9, 12, &re, &im);
    assert_true(re == 0 && im == 1);
    for (int64_t n = 1; n < 200; n++)
        for (int64_t k = 0; k < n; k++) {
            fft_root(k, n, &re, &im);
            assert_true(fabsl((long double)re - cosl(turn * (long double)k / (long double)n)) < DBL_EPSILON);
            assert_true(fabsl((long double)im + sinl(turn * (long double)k / (long double)n)) < DBL_EPSILON);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_size), cmocka_unit_test(large_sizes),       cmocka_unit_test(stacks_of_lines),
        cmocka_unit_test(two_axes),         cmocka_unit_test(energy_and_return), cmocka_unit_test(roots_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

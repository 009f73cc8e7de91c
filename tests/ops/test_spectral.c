/* Complex numbers, transforms and periodization: kernels against their definition, published values, identities. */
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COMPLEX(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define COMPLEX_BATCHED(...)                                                                                                       \
    {                                                                                                                              \
        .element = ELEMENT_COMPLEX, .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                      \
    }
#define BOOLEAN(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_BOOLEAN, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }

static void joining_and_taking_apart(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "complex", .operands = {BATCHED(3, 5), BATCHED(3, 5)}, .samples = 2});
    trial_check(&(Trial){.op = "complex", .operands = {BATCHED(3, 5), {.rank = 0}}, .samples = 2});
    trial_check(&(Trial){.op = "complex", .operands = {TYPE(5), BATCHED(3, 1)}, .samples = 3});
    static const char *const names[] = {"real", "imag", "conj"};
    for (int i = 0; i < 3; i++) {
        trial_check(&(Trial){.op = names[i], .operands = {COMPLEX_BATCHED(3, 5)}, .samples = 2});
        trial_check(&(Trial){.op = names[i], .operands = {{.element = ELEMENT_COMPLEX}}});
    }
    trial_infers(&(Trial){.op = "complex", .operands = {TYPE(5), BATCHED(3, 1)}}, "c*[3x5]");
    trial_infers(&(Trial){.op = "modulus", .operands = {COMPLEX_BATCHED(3, 5)}}, "f*[3x5]");
    trial_infers(&(Trial){.op = "conj", .operands = {COMPLEX_BATCHED(3, 5)}}, "c*[3x5]");
}

/* One rounding, and neither overflow nor underflow on the way. */
static void modulus_is_safe(void **state)
{
    (void)state;
    trial_check(&(Trial){.op = "modulus", .operands = {COMPLEX_BATCHED(7, 11)}, .samples = 3, .scale = SCALE_RESULT, .terms = 1});
    static const double z[] = {0, 0, 0x3p100, 0x4p100, 0x3p-100, 0x4p-100, NAN, 1, INFINITY, 1, INFINITY, NAN, -3, 4};
    static const double want[] = {0, 0x5p100, 0x5p-100, NAN, INFINITY, NAN, 5};
    trial_check(&(Trial){.op = "modulus", .operands = {COMPLEX(7)}, .data = {z}});
    float *computed;
    trial_compute(&(Trial){.op = "modulus", .operands = {COMPLEX(7)}, .data = {z}}, NULL, &computed);
    for (int i = 0; i < 7; i++)
        assert_true((double)computed[i] == want[i] || (isnan(want[i]) && isnan(computed[i])));
    free(computed);
}

/* The error in the norm is 2 eps log2(2 n) |X| (tests/runtime/test_fft.c); an entry may have all of it, and |X| is at most sqrt(n) times the
 * largest entry. */
static double entry_terms(double n)
{
    return 4 * log2(2 * n) * sqrt(n);
}

static void transforms(void **state)
{
    (void)state;
    static const struct {
        Type x;
        const char *axes;
        double size;
    } cases[] = {
        {BATCHED(12), "axes=1", 12},           {COMPLEX_BATCHED(3, 7), "axes=1", 7},
        {COMPLEX_BATCHED(3, 7), "axes=2", 21}, {BATCHED(5, 9, 8), "axes=2", 72},
        {COMPLEX(2, 3, 37, 5), "axes=2", 185}, {{.element = ELEMENT_INTEGER, TRIAL_SIZES(6)}, "axes=1", 6},
        {BATCHED(1, 1), "axes=2", 1},          {COMPLEX(1, 2, 1, 2, 1, 2, 3, 4), "axes=2", 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int inverse = 0; inverse < 2; inverse++)
            for (int64_t samples = 1; samples <= 3; samples += 2)
                trial_check(&(Trial){.op = inverse ? "ifft" : "fft",
                                     .operands = {cases[i].x},
                                     .attributes = cases[i].axes,
                                     .samples = samples,
                                     .scale = SCALE_LARGEST,
                                     .terms = entry_terms(cases[i].size)});
    trial_infers(&(Trial){.op = "fft", .operands = {BATCHED(3, 7)}, .attributes = "axes=2"}, "c*[3x7]");
}

/* The definition itself: a pure wave has one line. */
static void a_wave_has_one_line(void **state)
{
    (void)state;
    enum { SIZE = 15, FREQUENCY = 4 };
    double wave[2 * SIZE];
    for (int i = 0; i < SIZE; i++) {
        double angle = 2 * acos(-1) * FREQUENCY * i / SIZE;
        wave[2 * i] = cos(angle);
        wave[2 * i + 1] = sin(angle);
    }
    double *spectrum;
    trial_compute(&(Trial){.op = "fft", .operands = {COMPLEX(SIZE)}, .data = {wave}}, &spectrum, NULL);
    for (int k = 0; k < SIZE; k++) {
        assert_true(fabs(spectrum[2 * k] - (k == FREQUENCY ? SIZE : 0)) < 1e-13);
        assert_true(fabs(spectrum[2 * k + 1]) < 1e-13);
    }
    free(spectrum);
}

static void periodizing(void **state)
{
    (void)state;
    static const struct {
        Type z;
        const char *factors;
    } cases[] = {
        {COMPLEX_BATCHED(3, 12), "factors=[4]"},      {COMPLEX_BATCHED(3, 12), "factors=[3,2]"},
        {BATCHED(2, 6, 8), "factors=[2,1]"},          {BATCHED(2, 6, 8), "factors=[1,8]"},
        {COMPLEX(36, 36), "factors=[4,4]"},           {COMPLEX(5), "factors=[1]"},
        {{.element = ELEMENT_COMPLEX}, "factors=[]"}, {COMPLEX(2, 2, 2, 2, 2, 2, 2, 2), "factors=[2,1,2,1,2,1,2,1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        trial_check(&(Trial){.op = "periodize",
                             .operands = {cases[i].z},
                             .attributes = cases[i].factors,
                             .samples = 3,
                             .scale = SCALE_ABSOLUTE,
                             .terms = 64});
    trial_infers(&(Trial){.op = "periodize", .operands = {COMPLEX_BATCHED(3, 12, 8)}, .attributes = "factors=[4,2]"}, "c*[3x3x4]");
}

/* In frequency the mean over k parts is every k-th entry of the signal. */
static void periodizing_takes_every_other(void **state)
{
    (void)state;
    double x[24];
    for (int i = 0; i < 24; i++)
        x[i] = sin(3.0 * i) + i * 0.1;
    double *spectrum;
    double *folded;
    double *back;
    trial_compute(&(Trial){.op = "fft", .operands = {COMPLEX(12)}, .data = {x}}, &spectrum, NULL);
    trial_compute(&(Trial){.op = "periodize", .operands = {COMPLEX(12)}, .data = {spectrum}, .attributes = "factors=[3]"}, &folded,
                  NULL);
    trial_compute(&(Trial){.op = "ifft", .operands = {COMPLEX(4)}, .data = {folded}}, &back, NULL);
    for (int i = 0; i < 4; i++) {
        assert_true(fabs(back[2 * i] - x[6 * i]) < 1e-14);
        assert_true(fabs(back[2 * i + 1] - x[6 * i + 1]) < 1e-14);
    }
    free(spectrum);
    free(folded);
    free(back);
}

static void refusals(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "real", .operands = {TYPE(3)}}, 565, "real takes complex numbers, got 3");
    trial_rejects(&(Trial){.op = "modulus", .operands = {BOOLEAN(3)}}, 565, "modulus takes complex numbers, got boolean 3");
    trial_rejects(&(Trial){.op = "complex", .operands = {COMPLEX(3), TYPE(3)}}, 561, "complex is not defined for complex");
    trial_rejects(&(Trial){.op = "fft", .operands = {BOOLEAN(3)}}, 560, "fft takes numbers");
    trial_rejects(&(Trial){.op = "fft", .operands = {TYPE(3)}, .attributes = "axes=2"}, 672,
                  "fft over two axes takes a tensor that has them, got 3");
    trial_rejects(&(Trial){.op = "fft", .operands = {{.rank = 0}}}, 672,
                  "fft over an axis takes a tensor that has one, got a number");
    trial_rejects(&(Trial){.op = "ifft", .operands = {TYPE(3, 3, 3)}, .attributes = "axes=3"}, 672, "got axes = 3");
    trial_rejects(&(Trial){.op = "periodize", .operands = {COMPLEX(6)}, .attributes = "factors=[2,2]"}, 673,
                  "too many for complex 6");
    trial_rejects(&(Trial){.op = "periodize", .operands = {COMPLEX(6)}, .attributes = "factors=[4]"}, 674,
                  "size 6 cannot be split into 4");
    trial_rejects(&(Trial){.op = "periodize", .operands = {COMPLEX(6)}, .attributes = "factors=[0]"}, 674, "into 0");
    trial_rejects(&(Trial){.op = "periodize", .operands = {COMPLEX(6)}, .attributes = "factors=[-9223372036854775808]"}, 674,
                  "equal parts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining_and_taking_apart),
        cmocka_unit_test(modulus_is_safe),
        cmocka_unit_test(transforms),
        cmocka_unit_test(a_wave_has_one_line),
        cmocka_unit_test(periodizing),
        cmocka_unit_test(periodizing_takes_every_other),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

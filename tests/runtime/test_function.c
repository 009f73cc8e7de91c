/* The single-precision elementary functions of kernels against libm in double precision, over samples of every binade and sign. */
#include "kernel/function.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A unit in the last place of a float result; below the normal range the spacing stays what it is at its end. */
static double unit_of(double exact)
{
    double size = fabs(exact);
    if (size < (double)FLT_MIN)
        size = (double)FLT_MIN;
    return ldexp(1, ilogb(size) - 23);
}

/* The largest error in units, over one float in 997 of all there are. */
static double worst(float (*function)(float), double (*exact)(double), float *where)
{
    double most = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 997) {
        float x = float_of_bits((uint32_t)bits);
        double want = exact(x);
        float got = function(x);
        if (isnan(want) || isnan(got)) {
            assert_true(isnan(want) && isnan(got));
            continue;
        }
        if ((double)got == want || (fabs(want) >= 0x1.ffffffp127 && isinf(got) && (got > 0) == (want > 0)))
            continue;
        double error = fabs((double)got - want) / unit_of(want);
        if (error > most) {
            most = error;
            *where = x;
        }
    }
    return most;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static void accurate(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        float (*function)(float);
        double (*exact)(double);
        double units;
    } functions[] = {
        {"exp", function_exp, exp, 2},    {"log", function_log, log, 2},
        {"tanh", function_tanh, tanh, 2}, {"logistic", function_logistic, logistic, 3},
        {"erf", function_erf, erf, 2},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        float where = 0;
        double error = worst(functions[i].function, functions[i].exact, &where);
        print_message("%s: %.2f units, at %.9g\n", functions[i].name, error, (double)where);
        assert_true(error <= functions[i].units);
    }
}

static void special(void **state)
{
    (void)state;
    assert_true(isnan(function_exp(NAN)) && isnan(function_log(NAN)) && isnan(function_tanh(NAN)));
    assert_true(isnan(function_logistic(NAN)) && isnan(function_erf(NAN)));
    assert_true(function_exp(0) == 1 && function_exp(INFINITY) == INFINITY && function_exp(-INFINITY) == 0);
    assert_true(function_log(1) == 0 && function_log(0) == -INFINITY && function_log(INFINITY) == INFINITY);
    assert_true(isnan(function_log(-1)) && isnan(function_log(-INFINITY)));
    assert_true(function_tanh(INFINITY) == 1 && function_tanh(-INFINITY) == -1 && function_tanh(0) == 0);
    assert_true(function_logistic(0) == 0.5F && function_logistic(INFINITY) == 1 && function_logistic(-INFINITY) == 0);
    assert_true(function_erf(INFINITY) == 1 && function_erf(-INFINITY) == -1 && function_erf(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(accurate), cmocka_unit_test(special)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

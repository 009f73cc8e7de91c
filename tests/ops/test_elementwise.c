/* Element-wise operations: kernels against their definition over every way shapes meet, special values, rules about elements. */
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
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
#define INTEGER(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_INTEGER, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define BOOLEAN(...)                                                                                                               \
    {                                                                                                                              \
        .element = ELEMENT_BOOLEAN, TRIAL_SIZES(__VA_ARGS__)                                                                       \
    }
#define BOOLEAN_BATCHED(...)                                                                                                       \
    {                                                                                                                              \
        .element = ELEMENT_BOOLEAN, .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                      \
    }
#define SCALAR                                                                                                                     \
    {                                                                                                                              \
        .rank = 0                                                                                                                  \
    }
#define SCALAR_BATCHED                                                                                                             \
    {                                                                                                                              \
        .rank = 0, .batched = true                                                                                                 \
    }

/* Errors in units of the last place, and the interval where arguments are drawn. Zero units: exact. */
static void unary_functions(void **state)
{
    (void)state;
    static const struct {
        const char *op;
        double low, high, units;
    } functions[] = {
        {"negate", -3, 3, 0}, {"abs", -3, 3, 0},    {"exp", -80, 80, 2},      {"expm1", -5, 5, 2},
        {"log", 0, 1000, 2},  {"log1p", -1, 20, 2}, {"sqrt", 0, 1e6, 1},      {"sin", -9, 9, 2},
        {"cos", -9, 9, 2},    {"tanh", -9, 9, 2},   {"logistic", -80, 80, 3}, {"erf", -5, 5, 2},
        {"floor", -9, 9, 0},  {"sign", -1, 1, 0},   {"relu", -1, 1, 0},       {"stop_gradient", -1, 1, 0},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        Trial trial = {.op = functions[i].op,
                       .operands = {BATCHED(3, 7, 11)},
                       .samples = 3,
                       .seed = i,
                       .low = functions[i].low,
                       .high = functions[i].high,
                       .scale = functions[i].units > 0 ? SCALE_RESULT : SCALE_EXACT,
                       .terms = functions[i].units};
        trial_check(&trial);
        trial.operands[0] = (Type)SCALAR;
        trial_check(&trial);
        trial.operands[0] = (Type)TYPE(1, 2, 1, 3, 1, 2, 1, 5);
        trial_check(&trial);
    }
    trial_check(&(Trial){.op = "not", .operands = {BOOLEAN_BATCHED(13)}, .samples = 2});
}

static void unary_special_values(void **state)
{
    (void)state;
    static const double values[] = {NAN, INFINITY, -INFINITY, 0, -1, 0x1p-130, -0x1p100, 88.75, -103.875, -104.5};
    static const char *const names[] = {"negate", "abs",  "exp",      "expm1", "log",   "log1p", "sqrt", "sin",
                                        "cos",    "tanh", "logistic", "erf",   "floor", "sign",  "relu"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        trial_check(&(Trial){
            .op = names[i], .operands = {TYPE(10)}, .data = {values}, .scale = SCALE_RESULT, .terms = 4, .floor = 0x1p-126});
}

/* Every way in which shapes meet. */
static const struct {
    Type a, b;
} meetings[] = {
    {BATCHED(2, 3, 5), BATCHED(2, 3, 5)},
    {BATCHED(2, 3, 5), SCALAR},
    {SCALAR, BATCHED(2, 3, 5)},
    {BATCHED(2, 3, 5), SCALAR_BATCHED},
    {SCALAR_BATCHED, SCALAR_BATCHED},
    {SCALAR, SCALAR},
    {BATCHED(4, 3, 5), TYPE(4, 1, 1)},
    {TYPE(4, 1, 1), BATCHED(4, 3, 5)},
    {BATCHED(4, 3, 5), TYPE(5)},
    {BATCHED(4, 3, 5), TYPE(3, 5)},
    {BATCHED(4, 3, 5), TYPE(4, 3, 5)},
    {BATCHED(4, 3, 1), TYPE(1, 17)},
    {BATCHED(4, 1, 5), BATCHED(1, 3, 1)},
    {TYPE(7), TYPE(7)},
    {TYPE(2, 1, 2, 1, 3, 1, 2, 1), TYPE(1, 3, 1, 2, 1, 5, 1, 2)},
    {BATCHED(2, 1, 2, 1, 3, 1, 2, 1), TYPE(1, 3, 1, 2, 1, 5, 1, 2)},
    {BATCHED(1, 1, 1), TYPE(1)},
};

static void binary_functions(void **state)
{
    (void)state;
    static const struct {
        const char *op;
        double low, units;
    } functions[] = {
        {"add", -1, 1},     {"subtract", -1, 1}, {"multiply", -1, 1}, {"divide", -1, 1},    {"power", 0, 2}, {"remainder", -1, 1},
        {"maximum", -1, 0}, {"minimum", -1, 0},  {"equal", -1, 0},    {"not_equal", -1, 0}, {"less", -1, 0}, {"less_equal", -1, 0},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        for (size_t m = 0; m < sizeof meetings / sizeof *meetings; m++)
            for (int64_t samples = 1; samples <= 3; samples += 2)
                trial_check(&(Trial){.op = functions[i].op,
                                     .operands = {meetings[m].a, meetings[m].b},
                                     .samples = samples,
                                     .seed = m,
                                     .low = functions[i].low,
                                     .high = 1,
                                     .scale = functions[i].units > 0 ? SCALE_RESULT : SCALE_EXACT,
                                     .terms = functions[i].units});
}

/* Ties and equal entries are likely among few integers and booleans. */
static void integers_and_booleans(void **state)
{
    (void)state;
    static const char *const names[] = {"add",   "subtract",  "multiply", "maximum",    "minimum",
                                        "equal", "not_equal", "less",     "less_equal", "remainder"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        trial_check(&(Trial){.op = names[i], .operands = {INTEGER(5, 7), INTEGER(7)}, .below = 4});
    for (size_t m = 0; m < sizeof meetings / sizeof *meetings; m++) {
        Type a = meetings[m].a;
        Type b = meetings[m].b;
        a.element = ELEMENT_BOOLEAN;
        b.element = ELEMENT_BOOLEAN;
        trial_check(&(Trial){.op = "and", .operands = {a, b}, .samples = 2});
        trial_check(&(Trial){.op = "or", .operands = {a, b}, .samples = 2});
        trial_check(&(Trial){.op = "equal", .operands = {a, b}, .samples = 2});
    }
    trial_infers(&(Trial){.op = "add", .operands = {INTEGER(3), INTEGER(3)}}, "i[3]");
    trial_infers(&(Trial){.op = "add", .operands = {INTEGER(3), TYPE(3)}}, "f[3]");
    trial_infers(&(Trial){.op = "divide", .operands = {INTEGER(3), INTEGER(3)}}, "f[3]");
    trial_infers(&(Trial){.op = "less", .operands = {INTEGER(3), TYPE(2, 3)}}, "b[2x3]");
    trial_infers(&(Trial){.op = "abs", .operands = {INTEGER(3)}}, "i[3]");
    trial_infers(&(Trial){.op = "exp", .operands = {INTEGER(3)}}, "f[3]");
}

static void binary_special_values(void **state)
{
    (void)state;
    static const double special[] = {NAN, INFINITY, -INFINITY, 0, 1, -1, 2.5, -2.5};
    double a[64];
    double b[64];
    for (int i = 0; i < 64; i++) {
        a[i] = special[i / 8];
        b[i] = special[i % 8];
    }
    static const char *const names[] = {"add",     "subtract", "multiply", "divide", "power",      "remainder",
                                        "maximum", "minimum",  "equal",    "less",   "less_equal", "not_equal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        trial_check(&(Trial){.op = names[i], .operands = {TYPE(64), TYPE(64)}, .data = {a, b}, .scale = SCALE_RESULT, .terms = 2});
}

/* The remainder has the sign of the divisor, as `%` of numbers has. */
static void remainder_signs(void **state)
{
    (void)state;
    double *result;
    static const double a[] = {7, -7, 7, -7, 6, -6};
    static const double b[] = {3, 3, -3, -3, 3, 3};
    static const double want[] = {1, 2, -2, -1, 0, 0};
    trial_compute(&(Trial){.op = "remainder", .operands = {TYPE(6), TYPE(6)}, .data = {a, b}}, &result, NULL);
    for (int i = 0; i < 6; i++)
        assert_true(result[i] == want[i]);
    free(result);
}

static void where_chooses(void **state)
{
    (void)state;
    static const struct {
        Type condition, a, b;
    } meetings3[] = {
        {BOOLEAN_BATCHED(3, 5), BATCHED(3, 5), BATCHED(3, 5)},
        {BOOLEAN_BATCHED(3, 5), BATCHED(3, 5), SCALAR},
        {BOOLEAN_BATCHED(3, 5), SCALAR, BATCHED(3, 5)},
        {BOOLEAN_BATCHED(3, 5), SCALAR, SCALAR},
        {BOOLEAN(5), BATCHED(3, 5), TYPE(3, 1)},
        {BOOLEAN(3, 1), TYPE(1, 5), BATCHED(3, 5)},
        {{.element = ELEMENT_BOOLEAN}, TYPE(4), BATCHED(4)},
        {{.element = ELEMENT_BOOLEAN}, SCALAR, SCALAR_BATCHED},
        {BOOLEAN(3, 1), COMPLEX_BATCHED(3, 5), TYPE(5)},
        {BOOLEAN(3, 1), TYPE(5), COMPLEX(3, 1)},
        {BOOLEAN(3, 5), COMPLEX_BATCHED(3, 5), COMPLEX(3, 5)},
    };
    for (size_t m = 0; m < sizeof meetings3 / sizeof *meetings3; m++)
        trial_check(
            &(Trial){.op = "where", .operands = {meetings3[m].condition, meetings3[m].a, meetings3[m].b}, .samples = 3, .seed = m});
    trial_infers(&(Trial){.op = "where", .operands = {BOOLEAN(3), INTEGER(3), INTEGER(3)}}, "i[3]");
    trial_infers(&(Trial){.op = "where", .operands = {BOOLEAN(3), INTEGER(3), TYPE(3)}}, "f[3]");
    trial_infers(&(Trial){.op = "where", .operands = {BOOLEAN(3), BOOLEAN(3), BOOLEAN(3)}}, "b[3]");
}

/* A complex product has two roundings of products and one of their sum: sqrt(5) eps of |a||b|, which the absolute values bound by 3. */
static void complex_arithmetic(void **state)
{
    (void)state;
    static const char *const names[] = {"add", "subtract", "multiply", "divide", "equal", "not_equal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t m = 0; m < sizeof meetings / sizeof *meetings; m++)
            for (int kind = 1; kind < 4; kind++) {
                Type a = meetings[m].a;
                Type b = meetings[m].b;
                a.element = kind & 1 ? ELEMENT_COMPLEX : ELEMENT_REAL;
                b.element = kind & 2 ? ELEMENT_COMPLEX : ELEMENT_REAL;
                trial_check(&(Trial){.op = names[i],
                                     .operands = {a, b},
                                     .samples = 3,
                                     .seed = m,
                                     .scale = i == 3 ? SCALE_LARGEST : SCALE_ABSOLUTE,
                                     .terms = 4,
                                     .floor = 1});
            }
    trial_check(&(Trial){.op = "negate", .operands = {COMPLEX_BATCHED(3, 5)}, .samples = 2});
    trial_infers(&(Trial){.op = "multiply", .operands = {COMPLEX(3), INTEGER(3)}}, "c[3]");
}

/* |z|^2 overflows here, the quotient does not. */
static void complex_division_is_scaled(void **state)
{
    (void)state;
    static const double large[] = {3e30, 4e30};
    double *exact;
    float *computed;
    trial_compute(
        &(Trial){.op = "divide", .operands = {{.element = ELEMENT_COMPLEX}, {.element = ELEMENT_COMPLEX}}, .data = {large, large}},
        &exact, &computed);
    assert_true(fabs(exact[0] - 1) < 1e-15 && fabs(exact[1]) < 1e-15);
    assert_true(fabsf(computed[0] - 1) < 1e-6F && fabsf(computed[1]) < 1e-6F);
    free(exact);
    free(computed);
}

static void refusals(void **state)
{
    (void)state;
    trial_rejects(&(Trial){.op = "exp", .operands = {BOOLEAN(3)}}, 560, "exp takes numbers, got boolean 3");
    trial_rejects(&(Trial){.op = "add", .operands = {TYPE(3), BOOLEAN(3)}}, 560, "add takes numbers, got boolean 3");
    trial_rejects(&(Trial){.op = "maximum", .operands = {BOOLEAN(3), BOOLEAN(3)}}, 560, "numbers");
    trial_rejects(&(Trial){.op = "abs", .operands = {COMPLEX(3)}}, 561, "abs is not defined for complex numbers, got complex 3");
    trial_rejects(&(Trial){.op = "relu", .operands = {COMPLEX(3)}}, 561, "relu is not defined");
    trial_rejects(&(Trial){.op = "less", .operands = {COMPLEX(3), TYPE(3)}}, 561, "less is not defined");
    trial_rejects(&(Trial){.op = "power", .operands = {COMPLEX(3), TYPE(3)}}, 561, "power is not defined");
    trial_rejects(&(Trial){.op = "not", .operands = {TYPE(3)}}, 562, "not takes booleans, got 3");
    trial_rejects(&(Trial){.op = "and", .operands = {BOOLEAN(3), TYPE(3)}}, 562, "and takes booleans, got 3");
    trial_rejects(&(Trial){.op = "where", .operands = {TYPE(3), TYPE(3), TYPE(3)}}, 563, "boolean tensor, got 3");
    trial_rejects(&(Trial){.op = "where", .operands = {BOOLEAN(3), BOOLEAN(3), TYPE(3)}}, 564, "boolean 3 and 3");
    trial_rejects(&(Trial){.op = "equal", .operands = {BOOLEAN(3), TYPE(3)}}, 564, "boolean 3 and 3");
    trial_rejects(&(Trial){.op = "add", .operands = {BATCHED(3, 4), BATCHED(4)}}, 610, "4 cannot be combined");
    trial_rejects(&(Trial){.op = "add", .operands = {TYPE(3, 4), TYPE(3)}}, 611, "3x4 and 3 do not go together");
    trial_rejects(&(Trial){.op = "add", .operands = {TYPE(1 << 30, 1), TYPE(1 << 30)}}, 612, "2^40");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unary_functions),
        cmocka_unit_test(unary_special_values),
        cmocka_unit_test(binary_functions),
        cmocka_unit_test(integers_and_booleans),
        cmocka_unit_test(binary_special_values),
        cmocka_unit_test(remainder_signs),
        cmocka_unit_test(where_chooses),
        cmocka_unit_test(complex_arithmetic),
        cmocka_unit_test(complex_division_is_scaled),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Gradients of scattering, through strata.h in double precision: with regard to the input and to learned banks they are the slopes along a random direction,
 * and they are finite where moduli vanish.
 *
 * Central differences with the step h = 1e-5 are wrong by about h^2 times the third derivative, below 1e-8 of the slope here, and round by
 * 2^-52 times the value over h, below 1e-9 of it; 1e-6 leaves room for moduli near 0, which bend more. */
#include "api/model.h"

#include <math.h>
#include <stdlib.h>

static const double step = 1e-5, tolerance = 1e-6;

typedef struct Case {
    const char *net; /* f, of an input x */
    int rank;
    int64_t sizes[4]; /* of a batch of one */
} Case;

static const Case cases[] = {
    {"net f(x: 1x12x12) -> shape(25, 3, 3) = x |> scattering2d(J=2, L=4)", 4, {1, 1, 12, 12}},
    {"net f(x: 2x8x8) -> shape(2, 1, 1) = x |> scattering2d(J=3, L=1, order=3) |> select(order=3)", 4, {1, 2, 8, 8}},
    {"net f(x: 1x8x8) -> 6 = x |> scattering2d(J=2, L=2, average=false) |> u -> mean(u[1], axes=[1, 2])", 4, {1, 1, 8, 8}},
    {"net f(x: 1x8x8) -> 25 = x |> scattering_moments2d(J=2, L=4, tight=true)", 4, {1, 1, 8, 8}},
    {"net f(x: 1x8x8) -> shape(24, 2, 2) = renormalised(x |> scattering2d(J=2, L=4), lowpass(abs(x), 2)) |> log_coefficients(0.01) "
     "|> select(order=[1, 2])",
     4,
     {1, 1, 8, 8}},
    {"net f(x: 1x64) -> shape(length(paths1d(3, 2, 2)), 8) = x |> scattering1d(J=3, Q=2)", 3, {1, 1, 64}},
    {"net f(x: 1x64) -> shape(length(paths1d(3, 2, 2)), 8) = x |> scattering1d(J=3, Q=2, convention=\"kymatio 0.3\")",
     3,
     {1, 1, 64}},
    {"net f(x: 1x8x8) -> shape(25, 2, 2) = x |> scattering2d(J=2, L=4, bank=learned_bank2d(2, 4))", 4, {1, 1, 8, 8}},
    {"net f(x: 1x8x8) -> shape(9, 2, 2) = x |> scattering2d(J=2, L=2, bank=learned_filters2d(size -> morlet_bank2d(size, 2, 2)))",
     4,
     {1, 1, 8, 8}},
    {"net f(x: 1x64) -> shape(1 + length(scales1d(3, 1)), 8) = x |> scattering1d(J=3, order=1, bank=learned_bank1d(3, 1))",
     3,
     {1, 1, 64}},
    {"net f(x: 1x64) -> shape(4, 8) = x |> scattering1d(J=3, order=1, bank=learned_filters1d((n, levels) -> wavelet_bank1d(n, 3, "
     "meyer_mother, levels=levels)))",
     3,
     {1, 1, 64}},
    {"net f(x: 2x16) -> 2x16 = { let c = x |> wavelet_transform(daubechies(2), 2); "
     "{low: c.low, high: [tanh(d) for d in c.high]} |> inverse_wavelet_transform(daubechies(2)) }",
     3,
     {1, 2, 16}},
};

static const char value_text[] = "sum((x |> f) * (x |> f))";

typedef struct Trial {
    Caller caller;
    StrataSession *session;
    const Case *test;
    StrataTensor *x, *direction;
} Trial;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0 - 0.5;
}

static StrataTensor *doubles(const Caller *caller, int rank, const int64_t *sizes)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_make(&caller->allocator, STRATA_FLOAT64, rank, sizes, &error);
    assert_non_null(tensor);
    return tensor;
}

static StrataTensor *random_like(const Caller *caller, const StrataTensor *like, uint64_t seed)
{
    int64_t sizes[STRATA_RANK_LIMIT];
    int rank = strata_tensor_rank(like);
    for (int i = 0; i < rank; i++)
        sizes[i] = strata_tensor_size(like, i);
    StrataTensor *tensor = doubles(caller, rank, sizes);
    double *entries = strata_tensor_data(tensor);
    for (int64_t i = 0; i < strata_tensor_elements(tensor); i++)
        entries[i] = uniform(&seed);
    return tensor;
}

/* a + factor b, in double precision. */
static StrataTensor *moved(const Caller *caller, const StrataTensor *a, const StrataTensor *b, double factor)
{
    StrataError error;
    StrataTensor *copy = strata_tensor_convert(a, STRATA_FLOAT64, 1, &error);
    StrataTensor *result = random_like(caller, a, 1);
    double *entries = strata_tensor_data(result);
    const double *from = strata_tensor_data_const(copy), *along = strata_tensor_data_const(b);
    for (int64_t i = 0; i < strata_tensor_elements(result); i++)
        entries[i] = from[i] + factor * along[i];
    strata_tensor_release(copy);
    return result;
}

static void enter(Trial *trial, const char *text)
{
    StrataAnswer *answer = strata_session_enter(trial->session, "<1>", text, strlen(text), trial->caller.diagnostics);
    StrataDiagnostic entry;
    if (!answer && strata_diagnostics_get(trial->caller.diagnostics, 0, &entry))
        fail_msg("`%s`: %s", text, entry.text);
    strata_answer_release(answer);
}

static void bind_x(Trial *trial, StrataTensor *x)
{
    assert_true(strata_session_bind(trial->session, "x", x, true, trial->caller.diagnostics));
}

static void trial_begin(Trial *trial, const Case *test, uint64_t seed)
{
    *trial = (Trial){.test = test};
    caller_begin(&trial->caller);
    trial->session = strata_session_make(trial->caller.context, trial->caller.diagnostics);
    StrataSessionOptions options = strata_session_options(trial->session);
    options.precision = STRATA_DOUBLE;
    options.interpret = true;
    strata_session_set_options(trial->session, options);
    StrataTensor *shape = doubles(&trial->caller, test->rank, test->sizes);
    trial->x = random_like(&trial->caller, shape, seed);
    trial->direction = random_like(&trial->caller, shape, seed + 1);
    strata_tensor_release(shape);
    enter(trial, "use std.wavelet");
    enter(trial, test->net);
    bind_x(trial, trial->x);
}

static void trial_end(Trial *trial)
{
    strata_tensor_release(trial->x);
    strata_tensor_release(trial->direction);
    strata_session_release(trial->session);
    caller_end(&trial->caller);
}

static StrataAnswer *gradient(Trial *trial)
{
    StrataAnswer *answer = strata_session_gradient(trial->session, value_text, trial->caller.diagnostics);
    assert_non_null(answer);
    return answer;
}

static double value_now(Trial *trial)
{
    StrataAnswer *answer = strata_session_enter(trial->session, "<1>", value_text, strlen(value_text), trial->caller.diagnostics);
    StrataAnswerValue value = {0};
    assert_true(answer && strata_answer_value(answer, 0, &value));
    StrataError error;
    StrataTensor *number = strata_tensor_convert(value.tensor, STRATA_FLOAT64, 1, &error);
    double result = *(const double *)strata_tensor_data_const(number);
    strata_tensor_release(number);
    strata_answer_release(answer);
    return result;
}

/* The weights as they were, moved along a direction that depends on their place alone. */
static StrataTensorSet *moved_weights(const Trial *trial, const StrataTensorSet *weights, double factor)
{
    StrataTensorSet *result = set_of(&trial->caller);
    for (int64_t i = 0; i < strata_tensor_set_count(weights); i++) {
        const StrataTensor *from = strata_tensor_set_tensor(weights, i);
        StrataTensor *along = random_like(&trial->caller, from, 100 + (uint64_t)i);
        give(result, strata_tensor_set_name(weights, i), moved(&trial->caller, from, along, factor));
        strata_tensor_release(along);
    }
    return result;
}

/* The value with everything moved along the direction. */
static double value_at(Trial *trial, const StrataTensorSet *weights, double factor)
{
    StrataTensor *x = moved(&trial->caller, trial->x, trial->direction, factor);
    bind_x(trial, x);
    strata_tensor_release(x);
    if (strata_tensor_set_count(weights) > 0) {
        StrataTensorSet *set = moved_weights(trial, weights, factor);
        assert_true(strata_session_set_weights(trial->session, "f", set, trial->caller.diagnostics));
        strata_tensor_set_release(set);
    }
    return value_now(trial);
}

static double product(const StrataTensor *a, const StrataTensor *b)
{
    StrataError error;
    StrataTensor *left = strata_tensor_convert(a, STRATA_FLOAT64, 1, &error);
    const double *p = strata_tensor_data_const(left), *q = strata_tensor_data_const(b);
    double sum = 0;
    for (int64_t i = 0; i < strata_tensor_elements(left); i++)
        sum += p[i] * q[i];
    strata_tensor_release(left);
    return sum;
}

/* The slope along the direction, by the gradient: of the input, and of each weight of the first f in the expression and of the second, which are two uses of one. */
static double slope(Trial *trial, const StrataTensorSet *weights)
{
    StrataAnswer *answer = gradient(trial);
    StrataAnswerValue value = {0};
    double result = 0;
    for (int64_t i = 0; strata_answer_value(answer, i, &value); i++) {
        if (strcmp(value.path, "x") == 0)
            result += product(value.tensor, trial->direction);
        for (int64_t k = 0; k < strata_tensor_set_count(weights); k++) {
            const char *name = strata_tensor_set_name(weights, k);
            size_t length = strlen(name), end = strlen(value.path);
            if (end < length || strcmp(value.path + end - length, name) != 0)
                continue;
            StrataTensor *along = random_like(&trial->caller, strata_tensor_set_tensor(weights, k), 100 + (uint64_t)k);
            result += product(value.tensor, along);
            strata_tensor_release(along);
        }
    }
    strata_answer_release(answer);
    return result;
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Trial trial;
        trial_begin(&trial, &cases[i], 10 + i);
        StrataNet *net = strata_session_net(trial.session, "f", false, trial.caller.diagnostics);
        assert_non_null(net);
        StrataWeights *initial = strata_session_weights(trial.session, net, trial.caller.diagnostics);
        const StrataTensorSet *weights = strata_weights_set(initial);
        double wanted = slope(&trial, weights);
        double found = (value_at(&trial, weights, step) - value_at(&trial, weights, -step)) / (2 * step);
        if (!(fabs(found - wanted) <= tolerance * fabs(wanted)))
            fail_msg("%s: the slope is %.12g, by the gradient %.12g", cases[i].net, found, wanted);
        strata_weights_release(initial);
        strata_net_release(net);
        trial_end(&trial);
    }
}

static void set_precision(Trial *trial, StrataPrecision precision)
{
    StrataSessionOptions options = strata_session_options(trial->session);
    options.precision = precision;
    strata_session_set_options(trial->session, options);
}

static void assert_finite(const StrataTensor *tensor, const char *net)
{
    StrataError error;
    StrataTensor *entries = strata_tensor_convert(tensor, STRATA_FLOAT64, 1, &error);
    for (int64_t n = 0; n < strata_tensor_elements(entries); n++)
        if (!isfinite(((const double *)strata_tensor_data_const(entries))[n]))
            fail_msg("%s: entry %lld of the gradient at 0 is not finite", net, (long long)n);
    strata_tensor_release(entries);
}

static void gradients_are_finite_at_zero(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
        Trial trial;
        StrataAnswerValue value;
        trial_begin(&trial, &cases[i / 2], 1);
        set_precision(&trial, i % 2 ? STRATA_DOUBLE : STRATA_SINGLE);
        memset(strata_tensor_data(trial.x), 0, (size_t)strata_tensor_elements(trial.x) * sizeof(double));
        bind_x(&trial, trial.x);
        StrataAnswer *answer = gradient(&trial);
        assert_true(isfinite(value_now(&trial)));
        for (int64_t k = 0; strata_answer_value(answer, k, &value); k++)
            assert_finite(value.tensor, cases[i / 2].net);
        strata_answer_release(answer);
        trial_end(&trial);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(gradients_are_finite_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

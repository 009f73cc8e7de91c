/* Filter banks of nets: frame bounds against published and closed values, and against what random signals do. */
#include "api/model.h"

#include <math.h>
#include <stdlib.h>

/* What a test asks of one net. */
typedef struct Subject {
    Caller caller;
    StrataModule *module;
    StrataNet *net;
    StrataFrame *frame;
} Subject;

static void subject_begin(Subject *subject, const char *text)
{
    caller_begin(&subject->caller);
    subject->module = load(&subject->caller, text);
    subject->net = strata_net_make(subject->module, NULL, subject->caller.diagnostics);
    subject->frame = strata_net_frame(subject->net, NULL, false, subject->caller.diagnostics);
    StrataDiagnostic entry;
    if (strata_diagnostics_get(subject->caller.diagnostics, 0, &entry))
        print_error("%s", entry.text);
    assert_non_null(subject->frame);
}

static void subject_end(Subject *subject)
{
    strata_frame_release(subject->frame);
    strata_net_release(subject->net);
    strata_module_release(subject->module);
    caller_end(&subject->caller);
}

static StrataBank bank_of(const Subject *subject, int64_t index)
{
    StrataBank bank;
    assert_true(strata_frame_bank(subject->frame, index, &bank));
    return bank;
}

/* ---- Published bounds --------------------------------------------------------------------------------------------------------- */

typedef struct Published {
    const char *text;
    int64_t rows, columns;
    int64_t filters;
    double lower, upper;
} Published;

static void bounds_are_the_published_ones(void **state)
{
    (void)state;
    static const Published rows[] = {
        {"net s(x: 1x28x28) -> 81x7x7 = x |> scattering2d(J=2, L=8)", 36, 36, 17, 0.122989, 1.000059},
        {"net s(x: 1x48x48) -> 217x6x6 = x |> scattering2d(J=3, L=8)", 64, 64, 25, 0.122989, 1.013632},
        {"net s(x: 1x96x96) -> 33x6x6 = x |> scattering2d(J=4, L=8, order=1)", 128, 128, 33, 0.122989, 1.046568},
        {"net s(x: 1x48x32) -> 127x6x4 = x |> scattering2d(J=3, L=6)", 64, 48, 19, 0.053886, 1.000059},
        {"net s(x: 1x4096) -> 7x128 = x |> scattering1d(J=5, Q=1, order=1)", 1, 8192, 7, 0.154, 1.000},
        {"net s(x: 1x4096) -> 39x64 = x |> scattering1d(J=6, Q=8, order=1)", 1, 8192, 39, 0.000290, 1.000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300];
        snprintf(text, sizeof text, "use std.wavelet\n%s\n", rows[i].text);
        Subject subject;
        subject_begin(&subject, text);
        StrataBank bank = bank_of(&subject, 0);
        assert_int_equal(bank.rows, rows[i].rows);
        assert_int_equal(bank.columns, rows[i].columns);
        assert_int_equal(bank.filters, rows[i].filters);
        assert_true(bank.real && bank.from == -1 && bank.signals == 1);
        double digits = bank.axes == 2 ? 1e-6 : 5e-4; /* as many as the published values have */
        assert_float_equal(bank.lower, rows[i].lower, rows[i].lower < 0.001 ? 5e-7 : digits);
        assert_float_equal(bank.upper, rows[i].upper, digits);
        subject_end(&subject);
    }
}

static void padding_and_places_are_said(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, "use std.wavelet\nnet s(x: 3x28x29) -> 243x7x7 = x |> scattering2d(J=2, L=8)\n");
    StrataBank bank = bank_of(&subject, 0);
    assert_string_equal(bank.padding, "reflect");
    assert_int_equal(bank.signals, 3);
    assert_true(bank.before[0] == 4 && bank.behind[0] == 4 && bank.before[1] == 3 && bank.behind[1] == 4);
    assert_float_equal(fabs(bank.lower_at[0]), 0.5, 0);
    assert_float_equal(bank.upper_at[0], 0, 0);
    StrataFilter filter;
    assert_true(strata_frame_filter(subject.frame, 0, 3, &filter)); /* j = 0, angle 0: along rows, at 3/8 cycles */
    assert_float_equal(filter.peak[0], 0.375, 1.0 / 36);
    assert_float_equal(filter.peak[1], 0, 0);
    assert_true(filter.step[0] == 1 && filter.first[0] == -filter.last[0] && filter.signal == -1);
    assert_true(strata_frame_filter(subject.frame, 0, 16, &filter));
    assert_true(filter.step[0] == 4 && filter.step[1] == 4);
    assert_false(strata_frame_filter(subject.frame, 0, 17, &filter));
    assert_false(strata_frame_bank(subject.frame, 4, &bank));
    subject_end(&subject);
}

/* ---- Bounds in closed form ------------------------------------------------------------------------------------------------------ */

/* Keeping every second sample of a signal: the sum is 1, and with subsampling energies are from 0 to 2. */
static void subsampling_by_itself_loses_half(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, "let one = 0 * grid(8) + 1\n"
                            "net s(x: 8) -> 4 = x |> fft |> (z -> z * one) |> periodize([2]) |> ifft |> real\n");
    StrataBank bank = bank_of(&subject, 0);
    assert_float_equal(bank.lower, 1, 1e-12);
    assert_float_equal(bank.upper, 1, 1e-12);
    assert_true(bank.subsampled);
    assert_float_equal(bank.subsampled_lower, 0, 1e-12);
    assert_float_equal(bank.subsampled_upper, 2, 1e-10);
    assert_float_equal(strata_frame_lipschitz(subject.frame, NULL), 1, 1e-12);
    subject_end(&subject);
}

/* Haar's filters, every second sample kept, are an orthonormal basis: |h|^2 + |g|^2 = 2, and so it stays with subsampling. */
static const char haar[] = "let w = 2 * pi / 16 * grid(16)\n"
                           "let low = complex((1 + cos(w)) / sqrt(2), (0 - sin(w)) / sqrt(2))\n"
                           "let high = complex((1 - cos(w)) / sqrt(2), sin(w) / sqrt(2))\n"
                           "net s(x: 16) -> 16 = {\n"
                           "  let z = x |> fft\n"
                           "  let a = z * low |> periodize([2]) |> ifft |> real\n"
                           "  let b = z * high |> periodize([2]) |> ifft |> real\n"
                           "  concatenate([a, b], axis=0)\n"
                           "}\n";

static void an_orthonormal_bank_is_tight_with_subsampling(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, haar);
    StrataBank bank = bank_of(&subject, 0);
    assert_int_equal(bank.filters, 2);
    assert_float_equal(bank.lower, 2, 1e-12);
    assert_float_equal(bank.upper, 2, 1e-12);
    assert_float_equal(bank.subsampled_lower, 2, 1e-9);
    assert_float_equal(bank.subsampled_upper, 2, 1e-9);
    StrataFilter filter;
    assert_true(strata_frame_filter(subject.frame, 0, 1, &filter));
    assert_float_equal(fabs(filter.peak[1]), 0.5, 0);
    assert_true(filter.first[1] == 0 && filter.last[1] == 1);
    subject_end(&subject);
}

static void a_net_without_spectra_has_no_banks(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, line_model);
    StrataBank bank;
    assert_false(strata_frame_bank(subject.frame, 0, &bank));
    assert_null(strata_frame_sum(subject.frame, 0, subject.caller.diagnostics));
    StrataText *text = strata_frame_text(subject.frame, true, false, subject.caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(text), "no spectrum"));
    strata_text_release(text);
    subject_end(&subject);
}

/* ---- Random signals --------------------------------------------------------------------------------------------------------- */

/* The same numbers each time, in -1 .. 1. */
static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / (float)(1 << 23) - 1;
}

static double squared_norm(const StrataTensor *tensor, int64_t first, int64_t count, int64_t other)
{
    const float *entries = strata_tensor_data_const(tensor);
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = other < 0 ? entries[first + i] : (double)entries[first + i] - entries[other + i];
        sum += difference * difference;
    }
    return sum;
}

/* Runs the net on samples of noise; neighbours are alike. */
static StrataTensorSet *run_net(Subject *subject, StrataNet *net, StrataTensor *x)
{
    StrataWeights *weights = strata_weights_initialise(net, 1, subject->caller.diagnostics);
    StrataProgram *program = strata_program_make(net, weights, NULL, subject->caller.diagnostics);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, subject->caller.diagnostics);
    StrataTensorSet *inputs = set_of(&subject->caller);
    give(inputs, "x", strata_tensor_retain(x));
    StrataTensorSet *results = strata_run(workspace, inputs, NULL, subject->caller.diagnostics);
    assert_non_null(results);
    strata_tensor_set_release(inputs);
    strata_workspace_release(workspace);
    strata_program_release(program);
    strata_weights_release(weights);
    return results;
}

/* Pairs of signals, some close and some far: distances never grow by more than the bound, and energies of undecimated coefficients lie between A and B. */
static void scattering_spreads_no_further_than_the_bound(void **state)
{
    (void)state;
    enum { SAMPLES = 8, SIZE = 16 * 16 };
    Subject subject;
    subject_begin(&subject, "use std.wavelet\nnet s(x: 1x16x16) -> 81x4x4 = x |> scattering2d(J=2, L=8)\n");
    bool from_input;
    double bound = strata_frame_lipschitz(subject.frame, &from_input);
    assert_true(from_input);
    StrataBank bank = bank_of(&subject, 0);
    /* sqrt(B) max(1, B)^(m/2) sqrt(4 copies) */
    assert_true(bound <= sqrt(bank.upper) * bank.upper * 2 * (1 + 1e-9));
    StrataTensor *x = tensor_of(&subject.caller, 4, (int64_t[]){SAMPLES, 1, 16, 16}, NULL);
    float *entries = strata_tensor_data(x);
    uint32_t seed = 7;
    for (int64_t i = 0; i < SAMPLES * SIZE; i++)
        entries[i] = i % (2 * SIZE) < SIZE ? noise(&seed) : entries[i - SIZE] + 0.1f * noise(&seed);
    StrataTensorSet *results = run_net(&subject, subject.net, x);
    const StrataTensor *y = strata_tensor_set_tensor(results, 0);
    int64_t size = strata_tensor_elements(y) / SAMPLES;
    for (int64_t a = 0; a < SAMPLES; a++)
        for (int64_t b = 0; b < a; b++) {
            double before = squared_norm(x, a * SIZE, SIZE, b * SIZE), behind = squared_norm(y, a * size, size, b * size);
            assert_true(behind <= bound * bound * before);
        }
    strata_tensor_set_release(results);
    strata_tensor_release(x);
    subject_end(&subject);
}

static void energies_lie_between_the_bounds(void **state)
{
    (void)state;
    enum { SAMPLES = 8, SIZE = 64 };
    Subject subject;
    subject_begin(&subject, "use std.wavelet\n"
                            "let bank = morlet_bank1d(64, 3, 2, 0, \"kymatio 0.4\")\n"
                            "let low = gaussian1d(64, 0.1 / 8)\n"
                            "let filters = constant([w.levels[0] for w in bank] + [low])\n"
                            "net s(x: 64) -> 8x64 = modulus(ifft(reshape(fft(x), [1, 64]) * filters))\n");
    StrataBank bank = bank_of(&subject, 0);
    assert_true(bank.lower < bank.upper);
    StrataTensor *x = tensor_of(&subject.caller, 2, (int64_t[]){SAMPLES, SIZE}, NULL);
    float *entries = strata_tensor_data(x);
    uint32_t seed = 3;
    for (int64_t i = 0; i < SAMPLES * SIZE; i++)
        entries[i] = noise(&seed);
    StrataTensorSet *results = run_net(&subject, subject.net, x);
    const StrataTensor *y = strata_tensor_set_tensor(results, 0);
    int64_t size = strata_tensor_elements(y) / SAMPLES;
    for (int64_t i = 0; i < SAMPLES; i++) {
        double energy = squared_norm(x, i * SIZE, SIZE, -1), coefficients = squared_norm(y, i * size, size, -1);
        double rounding = 1e-5; /* of single precision, over transforms of 64 */
        assert_true(coefficients >= bank.lower * energy * (1 - rounding));
        assert_true(coefficients <= bank.upper * energy * (1 + rounding));
    }
    strata_tensor_set_release(results);
    strata_tensor_release(x);
    subject_end(&subject);
}

/* The eigenvalue of a symmetric matrix that is furthest from `shift`, by powers. */
static double furthest_eigenvalue(const double *matrix, int n, double shift)
{
    double x[32], y[32], value = 0;
    for (int i = 0; i < n; i++)
        x[i] = 1 + 0.1 * i;
    for (int round = 0; round < 20000; round++) {
        double norm = 0;
        for (int i = 0; i < n; i++) {
            y[i] = -shift * x[i];
            for (int k = 0; k < n; k++)
                y[i] += matrix[i * n + k] * x[k];
            norm += y[i] * y[i];
        }
        value = 0;
        for (int i = 0; i < n; i++)
            value += x[i] * y[i];
        for (int i = 0; i < n; i++)
            x[i] = y[i] / sqrt(norm);
    }
    return value + shift;
}

/* Random complex filters with steps 1, 2 and 4: the bounds are the extreme eigenvalues of what unit vectors come to, each output weighted by its step. */
static void unequal_steps_are_exact(void **state)
{
    (void)state;
    enum { SIZE = 16 };
    Subject subject;
    subject_begin(&subject, "let h = [complex(normal(16, seed=n), normal(16, seed=n + 9)) for n in 1..3]\n"
                            "let part = (z, n, step) -> {\n"
                            "  let y = ifft(periodize(z * h[n], [step]))\n"
                            "  concatenate(real(y), imag(y)) * sqrt(step)\n"
                            "}\n"
                            "net s(x: 16) -> 56 = {\n"
                            "  let z = fft(x)\n"
                            "  concatenate(part(z, 0, 1), part(z, 1, 2), part(z, 2, 4))\n"
                            "}\n");
    StrataBank bank = bank_of(&subject, 0);
    assert_true(bank.subsampled && bank.filters == 3);
    StrataTensor *x = tensor_of(&subject.caller, 2, (int64_t[]){SIZE, SIZE}, NULL);
    for (int i = 0; i < SIZE; i++)
        ((float *)strata_tensor_data(x))[i * SIZE + i] = 1;
    StrataTensorSet *results = run_net(&subject, subject.net, x);
    const float *y = strata_tensor_data_const(strata_tensor_set_tensor(results, 0));
    double matrix[SIZE * SIZE] = {0};
    for (int i = 0; i < SIZE * SIZE; i++)
        for (int k = 0; k < 56; k++)
            matrix[i] += (double)y[i / SIZE * 56 + k] * (double)y[i % SIZE * 56 + k];
    double most = furthest_eigenvalue(matrix, SIZE, 0), least = furthest_eigenvalue(matrix, SIZE, most);
    assert_float_equal(bank.subsampled_upper, most, 1e-4 * most); /* of single precision, and of the powers */
    assert_float_equal(bank.subsampled_lower, least, 1e-4 * most);
    assert_true(bank.subsampled_lower > bank.lower * 0.01);
    strata_tensor_set_release(results);
    strata_tensor_release(x);
    subject_end(&subject);
}

/* Haar's coefficients have twice the energy of every signal, counted for two samples each; a scattering's orders together have no more than B allows. */
static void energies_are_shared_out(void **state)
{
    (void)state;
    enum { SAMPLES = 4, SIZE = 16 };
    Subject subject;
    subject_begin(&subject, haar);
    StrataNet *energies = strata_frame_energies(subject.frame, subject.caller.diagnostics);
    assert_non_null(energies);
    StrataTensor *x = tensor_of(&subject.caller, 2, (int64_t[]){SAMPLES, SIZE}, NULL);
    uint32_t seed = 5;
    for (int64_t i = 0; i < SAMPLES * SIZE; i++)
        ((float *)strata_tensor_data(x))[i] = noise(&seed);
    StrataTensorSet *results = run_net(&subject, energies, x);
    assert_int_equal(strata_tensor_set_count(results), 2);
    assert_string_equal(strata_tensor_set_name(results, 1), "order0");
    const float *input = strata_tensor_data_const(strata_tensor_set_tensor(results, 0));
    const float *order = strata_tensor_data_const(strata_tensor_set_tensor(results, 1));
    for (int64_t i = 0; i < SAMPLES; i++)
        assert_float_equal((double)(order[i] / input[i]), 2, 1e-5);
    strata_tensor_set_release(results);
    strata_tensor_release(x);
    strata_net_release(energies);
    subject_end(&subject);
}

/* ---- What has no bound ------------------------------------------------------------------------------------------------------- */

static void a_bound_ends_where_there_is_none(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, "use std.wavelet\n"
                            "net s(x: 1x8x8) -> 10 = x |> scattering2d(J=1, L=4) |> log |> flatten |> dense(10)\n");
    bool from_input;
    double bound = strata_frame_lipschitz(subject.frame, &from_input);
    assert_true(from_input && bound < 3);
    StrataText *text = strata_frame_text(subject.frame, true, false, subject.caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(text), "to what log takes"));
    strata_text_release(text);
    subject_end(&subject);
    subject_begin(&subject, "use std.wavelet\n"
                            "net s(x: 1x8x8) -> 5x4x4 = x |> exp |> scattering2d(J=1, L=4)\n");
    strata_frame_lipschitz(subject.frame, &from_input);
    assert_false(from_input);
    subject_end(&subject);
}

/* A bank that is computed from weights is known when they are: with its initial values, Morlet's. */
static void filters_may_be_computed_from_weights(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(
        &subject,
        "use std.wavelet\nnet s(x: 1x28x28) -> shape(81, 7, 7) = x |> scattering2d(J=2, L=8, bank=learned_bank2d(2, 8))\n");
    assert_int_equal(bank_of(&subject, 0).filters, 1);
    StrataWeights *weights = strata_weights_initialise(subject.net, 0, subject.caller.diagnostics);
    StrataFrame *frame = strata_net_frame(subject.net, weights, false, subject.caller.diagnostics);
    StrataBank bank;
    bool from_input;
    assert_true(strata_frame_bank(frame, 0, &bank));
    assert_int_equal(bank.filters, 17);
    assert_float_equal(bank.lower, 0.122989, 1e-6);
    assert_float_equal(bank.upper, 1.000059, 1e-6);
    assert_float_equal(strata_frame_lipschitz(frame, &from_input), 2, 1e-3);
    assert_true(from_input);
    strata_frame_release(frame);
    strata_weights_release(weights);
    subject_end(&subject);
}

/* A filter that is no number somewhere certifies nothing. */
static void no_number_certifies_nothing(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, "let h = where(grid(8) == 3, log(grid(8) - 4), 1)\n"
                            "net s(x: 8) -> 8 = x |> fft |> (z -> z * h) |> ifft |> real\n");
    StrataBank bank = bank_of(&subject, 0);
    assert_true(bank.lower <= 0 && bank.upper > 1e300);
    assert_true(bank.subsampled_lower <= 0 && bank.subsampled_upper > 1e300);
    assert_true(strata_frame_lipschitz(subject.frame, NULL) > 1e300);
    StrataText *text = strata_frame_text(subject.frame, true, true, subject.caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(text), "\"B\": null"));
    strata_text_release(text);
    subject_end(&subject);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------------------ */

static void failed_allocations_come_back(void **state)
{
    (void)state;
    Subject subject;
    subject_begin(&subject, "use std.wavelet\nnet s(x: 1x8x8) -> 5x4x4 = x |> scattering2d(J=1, L=4, bank=learned_bank2d(1, 4))\n");
    StrataWeights *weights = strata_weights_initialise(subject.net, 0, subject.caller.diagnostics);
    bool whole = false;
    for (int64_t n = 0; !whole && n < 1000; n++) {
        subject.caller.counting.fail_at = subject.caller.counting.requests + 1 + n;
        StrataFrame *frame = strata_net_frame(subject.net, weights, false, subject.caller.diagnostics);
        StrataText *text = strata_frame_text(frame, true, true, subject.caller.diagnostics);
        StrataTensor *filter = strata_frame_space(frame, 0, 0, subject.caller.diagnostics);
        whole = frame && text && filter;
        subject.caller.counting.fail_at = 0;
        assert_true(whole || strata_diagnostics_status(subject.caller.diagnostics) == STRATA_MEMORY);
        strata_tensor_release(filter);
        strata_text_release(text);
        strata_frame_release(frame);
        strata_diagnostics_clear(subject.caller.diagnostics);
    }
    assert_true(whole);
    strata_weights_release(weights);
    subject_end(&subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_the_published_ones),
        cmocka_unit_test(padding_and_places_are_said),
        cmocka_unit_test(subsampling_by_itself_loses_half),
        cmocka_unit_test(an_orthonormal_bank_is_tight_with_subsampling),
        cmocka_unit_test(a_net_without_spectra_has_no_banks),
        cmocka_unit_test(scattering_spreads_no_further_than_the_bound),
        cmocka_unit_test(energies_lie_between_the_bounds),
        cmocka_unit_test(unequal_steps_are_exact),
        cmocka_unit_test(energies_are_shared_out),
        cmocka_unit_test(a_bound_ends_where_there_is_none),
        cmocka_unit_test(filters_may_be_computed_from_weights),
        cmocka_unit_test(no_number_certifies_nothing),
        cmocka_unit_test(failed_allocations_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

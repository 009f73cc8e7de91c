/* Problems of training that are small and linear, so that their solutions are known in closed form. Included by the tests that train. */
#ifndef TESTS_API_LINEAR_H
#define TESTS_API_LINEAR_H

#include "api/model.h"

enum { SAMPLES = 16, FEATURES = 4 };

/* Columns of a Hadamard matrix: x'x = SAMPLES times the unit matrix, so that each weight has its own problem. */
static double orthogonal_entry(int row, int column)
{
    int bits = row & (column + 1), parity = 0;
    for (; bits; bits &= bits - 1)
        parity ^= 1;
    return parity ? -1 : 1;
}

static const double truth[FEATURES] = {2.0, -0.7, 0.05, 0.0};

static StrataTensorSet *linear_data(const Caller *caller, bool correlated)
{
    StrataError error;
    int64_t sizes[2] = {SAMPLES, FEATURES};
    StrataTensor *x = strata_tensor_make(&caller->allocator, STRATA_FLOAT64, 2, sizes, &error);
    StrataTensor *y = strata_tensor_make(&caller->allocator, STRATA_FLOAT64, 1, sizes, &error);
    assert_non_null(x);
    assert_non_null(y);
    double *xs = strata_tensor_data(x), *ys = strata_tensor_data(y);
    for (int i = 0; i < SAMPLES; i++) {
        ys[i] = 0;
        for (int k = 0; k < FEATURES; k++) {
            double entry = orthogonal_entry(i, k) + (correlated && k > 0 ? 0.5 * orthogonal_entry(i, k - 1) : 0);
            xs[i * FEATURES + k] = entry;
            ys[i] += entry * truth[k];
        }
    }
    StrataTensorSet *set = strata_tensor_set_make(&caller->allocator, &error);
    assert_true(strata_tensor_set_add(set, "x", x, &error));
    assert_true(strata_tensor_set_add(set, "label", y, &error));
    strata_tensor_release(x);
    strata_tensor_release(y);
    return set;
}

static const char linear_net[] = "net line(x: 4) -> 1 = x |> dense(1, bias=false, init=zeros)\n"
                                 "data given = npz(\"given.npz\")\n";

/* A trainer of `linear_net` with these settings beside data and loss, in double precision, over batches of so many samples. */
static StrataTrainer *batch_trainer(Caller *caller, const char *settings, bool correlated, int64_t batch, StrataModule **module)
{
    char text[2000];
    snprintf(text, sizeof text, "%strain line { data = given; loss = mse; batch = %d; %s }\n", linear_net, SAMPLES, settings);
    *module = load(caller, text);
    StrataTensorSet *data = linear_data(caller, correlated);
    StrataTrainerOptions options = {.precision = STRATA_DOUBLE, .batch = batch, .data = data, .interpret = true};
    StrataTrainer *trainer = strata_trainer_make(*module, &options, caller->diagnostics);
    strata_tensor_set_release(data);
    StrataDiagnostic entry;
    if (strata_diagnostics_get(caller->diagnostics, 0, &entry))
        print_message("%s", entry.text);
    return trainer;
}

static StrataTrainer *linear_trainer(Caller *caller, const char *settings, bool correlated, StrataModule **module)
{
    return batch_trainer(caller, settings, correlated, SAMPLES, module);
}

#endif

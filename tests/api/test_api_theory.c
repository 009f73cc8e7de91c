/* Training through strata.h comes to what theory says: optimizers do as published, penalties and noise as their formulas, and regularised problems end at
 * their solutions in closed form. */
#include "api/learner.h"
#include "api/linear.h"

/* The weights after so many steps. */
static void train_linear(const char *settings, bool correlated, int steps, double result[FEATURES])
{
    Caller caller;
    caller_begin(&caller);
    StrataModule *module;
    StrataTrainer *trainer = linear_trainer(&caller, settings, correlated, &module);
    assert_non_null(trainer);
    for (int i = 0; i < steps; i++)
        assert_true(strata_trainer_step(trainer, caller.diagnostics));
    StrataTensorSet *weights = strata_trainer_weights(trainer, caller.diagnostics);
    assert_non_null(weights);
    memcpy(result, strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight")), FEATURES * sizeof(double));
    strata_tensor_set_release(weights);
    strata_trainer_release(trainer);
    strata_module_release(module);
    caller_end(&caller);
}

/* ---- What theory says ---- */

/* Without a penalty the truth is found. With x'x = n, a step of rate r multiplies the error by 1 - 2r: 60 steps of 0.25 leave 2^-60 of it. */
static void descent_finds_the_truth(void **state)
{
    (void)state;
    double w[FEATURES];
    train_linear("optimizer = sgd(rate=0.25)", false, 60, w);
    for (int k = 0; k < FEATURES; k++)
        assert_true(fabs(w[k] - truth[k]) < 1e-12);
}

/* Solves a w = b for a small symmetric positive definite matrix, by elimination. */
static void solve(double a[FEATURES][FEATURES], double b[FEATURES], double w[FEATURES])
{
    for (int k = 0; k < FEATURES; k++)
        for (int i = k + 1; i < FEATURES; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = k; j < FEATURES; j++)
                a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    for (int k = FEATURES - 1; k >= 0; k--) {
        w[k] = b[k];
        for (int j = k + 1; j < FEATURES; j++)
            w[k] -= a[k][j] * w[j];
        w[k] /= a[k][k];
    }
}

/* Weight decay is ridge regression: mean (y - xw)^2 + s |w|^2 is least where (x'x / n + s) w = x'y / n. */
static void weight_decay_is_ridge_regression(void **state)
{
    (void)state;
    const double s = 0.3;
    double a[FEATURES][FEATURES] = {{0}}, b[FEATURES] = {0}, expected[FEATURES], w[FEATURES];
    Caller caller;
    caller_begin(&caller);
    StrataTensorSet *data = linear_data(&caller, true);
    const double *x = strata_tensor_data(strata_tensor_set_find(data, "x")),
                 *y = strata_tensor_data(strata_tensor_set_find(data, "label"));
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < FEATURES; k++) {
            b[k] += x[i * FEATURES + k] * y[i] / SAMPLES;
            for (int j = 0; j < FEATURES; j++)
                a[k][j] += x[i * FEATURES + k] * x[i * FEATURES + j] / SAMPLES;
        }
    strata_tensor_set_release(data);
    caller_end(&caller);
    for (int k = 0; k < FEATURES; k++)
        a[k][k] += s;
    solve(a, b, expected);
    train_linear("penalty = 0.3 * l2; optimizer = sgd(rate=0.2)", true, 500, w);
    for (int k = 0; k < FEATURES; k++)
        assert_true(fabs(w[k] - expected[k]) < 1e-10);
}

static double soft_threshold(double b, double t)
{
    return b > t ? b - t : b < -t ? b + t : 0;
}

/* With x'x = n, mean (y - xw)^2 + s |w|_1 is least at the soft threshold of the truth by s / 2; zeros are exact. */
static void l1_by_proximal_steps_is_the_soft_threshold(void **state)
{
    (void)state;
    static const char *const optimizers[] = {"sgd(rate=0.25)", "adam(rate=0.02)"};
    static const int steps[] = {200, 4000};
    static const double tolerance[] = {1e-12, 2e-3}; /* Adam circles around the solution within its rate */
    for (int i = 0; i < 2; i++) {
        char settings[200];
        double w[FEATURES];
        snprintf(settings, sizeof settings, "proximal = soft_threshold(0.2); optimizer = %s", optimizers[i]);
        train_linear(settings, false, steps[i], w);
        for (int k = 0; k < FEATURES; k++) {
            double expected = soft_threshold(truth[k], 0.1);
            assert_true(fabs(w[k] - expected) < tolerance[i]);
            assert_true(expected != 0 || w[k] == 0);
        }
    }
}

/* Records whose label is a vector: that of a matrix near rank 1 times x. */
static StrataTensorSet *matrix_data(const Caller *caller)
{
    StrataError error;
    int64_t sizes[2] = {SAMPLES, FEATURES};
    StrataTensor *x = strata_tensor_make(&caller->allocator, STRATA_FLOAT64, 2, sizes, &error);
    StrataTensor *y = strata_tensor_make(&caller->allocator, STRATA_FLOAT64, 2, sizes, &error);
    double *xs = strata_tensor_data(x), *ys = strata_tensor_data(y);
    for (int i = 0; i < SAMPLES; i++)
        for (int o = 0; o < FEATURES; o++) {
            xs[i * FEATURES + o] = orthogonal_entry(i, o);
            for (int k = 0; k < FEATURES; k++) /* (1, 1, 1, 1)'(1, 1, 1, 1) / 2, and 0.05 times (1, -1, 1, -1)'(1, 1, -1, -1) / 4 */
                ys[i * FEATURES + o] += orthogonal_entry(i, k) * (0.5 + 0.0125 * (o % 2 ? -1 : 1) * (k < 2 ? 1 : -1));
        }
    StrataTensorSet *set = set_of(caller);
    give(set, "x", x);
    give(set, "label", y);
    return set;
}

/* With x'x = n the loss is a quarter of |truth - W|^2, so that s times the nuclear norm moves singular values 2 and 0.05 down by 2 s = 0.1: rank 1 is
 * left, with the first value 1.9, every entry 1.9 / 4. The 40 steps of the polar factor's iteration multiply rounding errors beside the matrix's range by up to
 * 1.5^40 = 1.1e7 each time. */
static void the_nuclear_norm_lowers_the_rank(void **state)
{
    (void)state;
    static const char text[] = "net map(x: 4) -> 4 = x |> dense(4, bias=false)\n"
                               "data given = npz(\"given.npz\")\n"
                               "train map { data = given; loss = mse; batch = 16; optimizer = sgd(rate=0.5)\n"
                               "  proximal = singular_threshold(0.05) }\n";
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, matrix_data(&learner.caller), (StrataTrainerOptions){0});
    learner_steps(&learner, 200);
    StrataTensorSet *weights = learner_weights(&learner);
    const double *w = strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight"));
    for (int i = 0; i < FEATURES * FEATURES; i++)
        assert_true(fabs(w[i] - 1.9 / 4) < 1.1e7 * 2.3e-16 * 4);
    strata_tensor_set_release(weights);
    learner_end(&learner);
}

/* The mean loss with dropout is |y - xw|^2 + (1 - q) / q sum_j w_j^2 sum_i x_ij^2, over n samples, q being the share that is kept. Weights stay (the
 * rate is 0) while masks are drawn anew in each step; the mean over m steps of n samples deviates by at most 5 standard errors. */
static void dropout_adds_its_expectation(void **state)
{
    (void)state;
    const double keep = 0.75, w[FEATURES] = {0.5, 0.5, 0.5, 0.5};
    static const char text[] = "net line(x: 4) -> 1 = x |> dropout(0.25) |> dense(1, bias=false, init=constant_init(0.5))\n"
                               "data given = npz(\"given.npz\")\n"
                               "train line { data = given; loss = mse; batch = 16; optimizer = sgd(rate=0) }\n";
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, linear_data(&learner.caller, false), (StrataTrainerOptions){0});
    LossMoments moments = learner_losses(&learner, 4000);
    double expected = 0;
    for (int k = 0; k < FEATURES; k++) /* x'x = n */
        expected += (truth[k] - w[k]) * (truth[k] - w[k]) + (1 - keep) / keep * w[k] * w[k];
    assert_true(fabs(moments.mean - expected) < 5 * moments.error);
    learner_end(&learner);
}

/* ---- Optimizers ---- */

/* What an optimizer does to a weight with gradient 2 (w - truth), by its published rule. */
typedef struct Moments {
    double first, second;
} Moments;
typedef double (*Rule)(double w, double g, Moments *moments, int step);

static double sgd_nesterov(double w, double g, Moments *m, int step)
{
    (void)step;
    m->first = 0.9 * m->first + g;
    return w - 0.01 * (g + 0.9 * m->first);
}

static double sgd_momentum(double w, double g, Moments *m, int step)
{
    (void)step;
    m->first = 0.9 * m->first + g;
    return w - 0.01 * m->first;
}

static double sgd_by_schedule(double w, double g, Moments *m, int step)
{
    (void)m;
    return w - 0.2 * pow(0.5, step - 1) * g;
}

static double adam_step(double w, double g, Moments *m, int step)
{
    m->first = 0.9 * m->first + 0.1 * g;
    m->second = 0.999 * m->second + 0.001 * g * g;
    double mean = m->first / (1 - pow(0.9, step)), square = m->second / (1 - pow(0.999, step));
    return w - 0.05 * mean / (sqrt(square) + 1e-8);
}

static double adamw_step(double w, double g, Moments *m, int step)
{
    return adam_step(w, g, m, step) - 0.05 * 0.1 * w;
}

static double rmsprop_step(double w, double g, Moments *m, int step)
{
    (void)step;
    m->second = 0.9 * m->second + 0.1 * g * g;
    m->first = 0.5 * m->first + 0.01 * g / (sqrt(m->second) + 1e-8);
    return w - m->first;
}

static double adagrad_step(double w, double g, Moments *m, int step)
{
    (void)step;
    m->second += g * g;
    return w - 0.3 * g / (sqrt(m->second) + 1e-10);
}

static void optimizers_do_as_published(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        Rule rule;
    } cases[] = {
        {"optimizer = sgd(rate=0.01, momentum=0.9, nesterov=true)", sgd_nesterov},
        {"optimizer = sgd(rate=0.01, momentum=0.9)", sgd_momentum},
        {"optimizer = sgd(rate=exponential_decay(0.2, 0.5))", sgd_by_schedule},
        {"optimizer = adam(rate=0.05)", adam_step},
        {"optimizer = adamw(rate=0.05, decay=0.1)", adamw_step},
        {"optimizer = rmsprop(rate=0.01, momentum=0.5)", rmsprop_step},
        {"optimizer = adagrad(rate=0.3)", adagrad_step},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double got[FEATURES];
        train_linear(cases[c].settings, false, 7, got);
        for (int k = 0; k < FEATURES; k++) {
            Moments moments = {0};
            double w = 0;
            for (int step = 1; step <= 7; step++)
                w = cases[c].rule(w, 2 * (w - truth[k]), &moments, step);
            /* a weight that starts at its truth has gradients of rounding errors, which steps by their root make large */
            assert_true(truth[k] == 0 || fabs(got[k] - w) < 1e-9);
        }
    }
}

/* Two steps' gradients make one change, whose direction has the norm of `clip`. */
static void clipping_is_of_what_was_accumulated(void **state)
{
    (void)state;
    double once[FEATURES], w[FEATURES], norm = 0;
    train_linear("optimizer = sgd(rate=0.5); accumulate = 2; clip = 0.25", false, 1, once);
    train_linear("optimizer = sgd(rate=0.5); accumulate = 2; clip = 0.25", false, 3, w);
    for (int k = 0; k < FEATURES; k++)
        norm += 4 * truth[k] * truth[k];
    for (int k = 0; k < FEATURES; k++) {
        assert_true(once[k] == 0);
        assert_true(fabs(w[k] - 0.5 * 0.25 * 2 * truth[k] / sqrt(norm)) < 1e-12);
    }
}

static void a_plateau_lowers_the_rate(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module;
    StrataTrainer *trainer =
        linear_trainer(&caller, "optimizer = sgd(rate=0.25); plateau = {patience: 2, factor: 0.5}", false, &module);
    assert_non_null(trainer);
    const double losses[] = {1, 2, 3}; /* two without a better one */
    for (int i = 0; i < 3; i++)
        strata_trainer_note(trainer, losses[i]);
    assert_true(strata_trainer_step(trainer, caller.diagnostics));
    StrataTensorSet *weights = strata_trainer_weights(trainer, caller.diagnostics);
    const double *w = strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight"));
    for (int k = 0; k < FEATURES; k++)
        assert_true(fabs(w[k] - 0.125 * 2 * truth[k]) < 1e-12);
    strata_tensor_set_release(weights);
    strata_trainer_release(trainer);
    strata_module_release(module);
    caller_end(&caller);
}

/* The mean m <- d m + (1 - d) w begins at the weight, here 0, which is truth (1 - (1 - 2 r)^t) after t steps. */
static void a_mean_of_weights_follows_them(void **state)
{
    (void)state;
    double mean[FEATURES];
    train_linear("optimizer = sgd(rate=0.1); average = 0.7", false, 6, mean);
    for (int k = 0; k < FEATURES; k++) {
        double expected = 0;
        for (int step = 1; step <= 6; step++)
            expected = 0.7 * expected + 0.3 * truth[k] * (1 - pow(0.8, step));
        assert_true(fabs(mean[k] - expected) < 1e-13);
    }
}

/* Two steps over halves of the samples make the change that one over all makes. */
static void accumulated_batches_are_one(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module;
    StrataTrainer *trainer = batch_trainer(&caller, "optimizer = sgd(rate=0.1); accumulate = 2", false, SAMPLES / 2, &module);
    assert_non_null(trainer);
    for (int step = 1; step <= 4; step++) {
        int changes = step / 2; /* a first half changes nothing */
        assert_true(strata_trainer_step(trainer, caller.diagnostics));
        StrataTensorSet *weights = strata_trainer_weights(trainer, caller.diagnostics);
        const double *w = strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight"));
        for (int k = 0; k < FEATURES; k++)
            assert_true(fabs(w[k] - truth[k] * (1 - pow(0.8, changes))) < 1e-13);
        strata_tensor_set_release(weights);
    }
    strata_trainer_release(trainer);
    strata_module_release(module);
    caller_end(&caller);
}

/* Trains a net other than `linear_net` on its data. */
static void train_text(const char *text, int steps, double result[FEATURES])
{
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, linear_data(&learner.caller, false), (StrataTrainerOptions){.batch = SAMPLES});
    learner_steps(&learner, steps);
    StrataTensorSet *weights = learner_weights(&learner);
    memcpy(result, strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight")), FEATURES * sizeof(double));
    strata_tensor_set_release(weights);
    learner_end(&learner);
}

/* With x'x = n the loss is the squared distance from the truth, so that the best point that a constraint allows is the nearest one: on the ball that of the
 * truth's direction, and 0 in place of what is below it. */
static void constraints_end_at_the_nearest_point(void **state)
{
    (void)state;
    static const char *const constraints[] = {"max_norm(1)", "not_negative"};
    double norm = 0;
    for (int k = 0; k < FEATURES; k++)
        norm += truth[k] * truth[k];
    norm = sqrt(norm);
    for (int i = 0; i < 2; i++) {
        char text[500];
        double w[FEATURES];
        snprintf(text, sizeof text,
                 "net line(x: 4) -> 1 = x |> dense(1, bias=false, init=zeros, constraint=%s)\ndata given = npz(\"given.npz\")\n"
                 "train line { data = given; loss = mse; optimizer = sgd(rate=0.1) }\n",
                 constraints[i]);
        train_text(text, 400, w);
        for (int k = 0; k < FEATURES; k++)
            assert_true(fabs(w[k] - (i == 0 ? truth[k] / norm : fmax(truth[k], 0))) < 1e-12);
    }
}

/* mean (y - xw)^2 + s mean (xw)^2 is least at truth / (1 + s). */
static void values_are_penalised_as_weights_are(void **state)
{
    (void)state;
    double w[FEATURES];
    train_text("net line(x: 4) -> 1 = x |> dense(1, bias=false, init=zeros) |> penalize(l2(0.6))\n"
               "data given = npz(\"given.npz\")\ntrain line { data = given; loss = mse; optimizer = sgd(rate=0.2) }\n",
               200, w);
    for (int k = 0; k < FEATURES; k++)
        assert_true(fabs(w[k] - truth[k] / 1.6) < 1e-12);
}

enum { PARTS = 4 };

/* How far the first entry of each weight of two dense layers moves in one step of a block; null: of the only one. */
static void first_moves(const char *text, const char *block, double moved[PARTS])
{
    static const char *const names[PARTS] = {"dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"};
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, NULL, (StrataTrainerOptions){.train = block});
    StrataTensorSet *before = learner_weights(&learner);
    learner_steps(&learner, 1);
    StrataTensorSet *after = learner_weights(&learner);
    for (int i = 0; i < PARTS; i++)
        moved[i] = *(const double *)strata_tensor_data(strata_tensor_set_find(after, names[i])) -
                   *(const double *)strata_tensor_data(strata_tensor_set_find(before, names[i]));
    strata_tensor_set_release(before);
    strata_tensor_set_release(after);
    learner_end(&learner);
}

/* Each group of weights has its own optimizer. */
static void groups_have_their_own_optimizers(void **state)
{
    (void)state;
    static const char text[] =
        "net f(x: 4) -> 1 = x |> dense(3) |> relu |> dense(1)\n"
        "data points = generate(16, i -> {x: normal(4), label: normal(shape())})\n"
        "train f { data = points; loss = mse; optimizer = sgd(rate=0.1)\n"
        "  groups = [{weights: \"dense2\", optimizer: sgd(rate=0)}, {weights: [\"dense1.bias\"], optimizer: (w, g) -> w + 1}] }\n";
    double moved[PARTS];
    first_moves(text, NULL, moved);
    assert_true(moved[0] != 0 && moved[1] == 1 && moved[2] == 0 && moved[3] == 0);
}

/* Of two blocks for one net, each moves the weights that it names, and no others. */
static void blocks_train_the_weights_that_they_name(void **state)
{
    (void)state;
    static const char text[] = "net f(x: 4) -> 1 = x |> dense(3) |> dense(1)\n"
                               "data points = generate(16, i -> {x: normal(4), label: normal(shape())})\n"
                               "train f as head { data = points; loss = mse; weights = \"dense2\" }\n"
                               "train f as body { data = points; loss = mse; weights = [\"dense1.weight\", \"dense1.bias\"] }\n";
    for (int block = 0; block < 2; block++) {
        double moved[PARTS];
        first_moves(text, block ? "body" : "head", moved);
        for (int i = 0; i < PARTS; i++)
            assert_true((moved[i] != 0) == (block == (i < 2)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descent_finds_the_truth),
        cmocka_unit_test(weight_decay_is_ridge_regression),
        cmocka_unit_test(l1_by_proximal_steps_is_the_soft_threshold),
        cmocka_unit_test(the_nuclear_norm_lowers_the_rank),
        cmocka_unit_test(dropout_adds_its_expectation),
        cmocka_unit_test(optimizers_do_as_published),
        cmocka_unit_test(clipping_is_of_what_was_accumulated),
        cmocka_unit_test(a_plateau_lowers_the_rate),
        cmocka_unit_test(a_mean_of_weights_follows_them),
        cmocka_unit_test(accumulated_batches_are_one),
        cmocka_unit_test(constraints_end_at_the_nearest_point),
        cmocka_unit_test(values_are_penalised_as_weights_are),
        cmocka_unit_test(groups_have_their_own_optimizers),
        cmocka_unit_test(blocks_train_the_weights_that_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

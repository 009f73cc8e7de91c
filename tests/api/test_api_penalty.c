/* Penalties and noise through strata.h, of nets that do not move: their values, their gradients, and their moments. */
#include "api/learner.h"

/* `text` is a file with one `train` block whose rate is 0. */
static LossMoments losses_of(const char *text, int steps)
{
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, NULL, (StrataTrainerOptions){0});
    LossMoments moments = learner_losses(&learner, steps);
    learner_end(&learner);
    return moments;
}

/* In both nets every path multiplies 0.5 by 2: eight paths. The three subnetworks of the sum have weights of norms 1 and 2. */
static void penalties_of_nets_count_paths_and_slices(void **state)
{
    (void)state;
    static const char deep[] =
        "x |> dense(2, bias=false, init=constant_init(0.5)) |> relu |> dense(1, bias=false, init=constant_init(2))";
    static const char parallel[] = "sum([x |> dense(1, bias=false, init=constant_init(0.5)) |> relu |> dense(1, bias=false, "
                                   "init=constant_init(2)) for i in 1..3])";
    static const struct {
        const char *net, *penalty;
        double value;
    } cases[] = {
        {deep, "path_norm(1)", 8},
        {deep, "path_norm(2)", 2.8284271247461903}, /* sqrt(8) */
        {deep, "path_norm(3)", 2},
        {deep, "0.5 * path_norm(1) + l2", 4 + 8 * 0.25 + 2 * 4},
        {parallel, "path_norm(1)", 12},
        {parallel, "product(frobenius)", 3 * 1 * 2},
        {parallel, "0.1 * product(l1) + 2 * product(frobenius)", 0.1 * 3 * 2 * 2 + 12},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "net f(x: 4) -> 1 = %s\ndata zeros_only = generate(4, i -> {x: fill(4, 0), label: 0})\n"
                 "train f { data = zeros_only; loss = mse; batch = 4; optimizer = sgd(rate=0); penalty = %s }\n",
                 cases[c].net, cases[c].penalty);
        assert_true(fabs(losses_of(text, 1).mean - cases[c].value) < 1e-12);
    }
}

/* Noise keeps the mean; what it adds to the square, and what it drops together, are those of its definition. On ones, with 5 standard errors. */
static void noise_keeps_means_and_drops_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *loss;
        double expected;
    } cases[] = {
        {"dropout(0.25)", "reduce_mean(y)", 1},
        {"dropout(0.25)", "reduce_mean(y * y)", 1 / 0.75},
        {"spatial_dropout(0.4)", "reduce_mean(y)", 1},
        {"spatial_dropout(0.4)", "reduce_mean(y * y)", 1 / 0.6},
        {"spatial_dropout(0.4)", "reduce_sum(abs(slice(y, 1, 0, 1) - slice(y, 1, 1, 2)))", 0}, /* a channel is dropped as a whole */
        {"drop_path(0.2)", "reduce_mean(y)", 1},
        {"drop_path(0.2)", "reduce_mean(y * y)", 1 / 0.8},
        {"drop_path(0.2)", "reduce_sum(abs(slice(y, 0, 0, 1) - slice(y, 0, 1, 2)))", 0}, /* and here the sample */
        {"gaussian_noise(0.3)", "reduce_mean(y)", 1},
        {"gaussian_noise(0.3)", "reduce_mean((y - 1) * (y - 1))", 0.09},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "net f(x: 3x2) -> 3x2 = x |> %s\nnet g(x: 3x2) -> 3x2 = x * weight(\"w\", shape(), init=ones) |> f\n"
                 "data one = generate(16, i -> {x: fill(3x2, 1)})\n"
                 "train g { data = one; loss = (y, s) -> %s; batch = 16; optimizer = sgd(rate=0) }\n",
                 cases[c].layer, cases[c].loss);
        LossMoments moments = losses_of(text, 1500);
        assert_true(fabs(moments.mean - cases[c].expected) <= 5 * moments.error + 1e-12);
    }
}

/* --- gradients ------------------------------------------------------------------------------------------------------------------ */

enum { ENTRIES = 6 };

/* A file whose only objective is a penalty on a matrix of 2x3 with these entries. */
static void write_penalty(const char *penalty, double rate, const double w[ENTRIES], char *text, size_t room)
{
    snprintf(text, room,
             "layer matrix = x -> matmul(weight(\"w\", 2x3, init=size -> constant([[%.17g, 0 - %.17g, %.17g], [%.17g, %.17g, 0 - "
             "%.17g]])), x)\n"
             "net f(x: 3) -> 2 = x |> matrix\ndata zeros_only = generate(2, i -> {x: fill(3, 0), label: fill(2, 0)})\n"
             "train f { data = zeros_only; loss = mse; batch = 2; optimizer = sgd(rate=%.17g); penalty = %s }\n",
             w[0], -w[1], w[2], w[3], w[4], -w[5], rate, penalty);
}

static double penalty_at(const char *penalty, const double w[ENTRIES])
{
    char text[1000];
    write_penalty(penalty, 0, w, text, sizeof text);
    return losses_of(text, 1).mean;
}

/* What a step of rate 1 takes away. */
static void gradient_at(const char *penalty, const double w[ENTRIES], double gradient[ENTRIES])
{
    char text[1000];
    write_penalty(penalty, 1, w, text, sizeof text);
    Learner learner;
    learner_load(&learner, text);
    learner_make(&learner, NULL, (StrataTrainerOptions){0});
    learner_steps(&learner, 1);
    StrataTensorSet *weights = learner_weights(&learner);
    assert_int_equal(strata_tensor_set_count(weights), 1);
    const double *moved = strata_tensor_data(strata_tensor_set_tensor(weights, 0));
    for (int i = 0; i < ENTRIES; i++)
        gradient[i] = w[i] - moved[i];
    strata_tensor_set_release(weights);
    learner_end(&learner);
}

/* A central difference with h = 1e-5 is off by h^2 times a third derivative and by the rounding of the penalty, at most 20, over h: 1e-10 each. The
 * iterations of the spectral and the nuclear norm have come to their limits, where the vectors that they hold fixed do not matter. */
static void penalties_have_their_gradients(void **state)
{
    (void)state;
    static const char *const penalties[] = {"l1(0.3)",         "l2(0.3)",        "elastic(0.2, 0.5)", "frobenius",
                                            "group(0.7)",      "nuclear(1, 40)", "spectral(2, 80)",   "orthogonality(0.1)",
                                            "total_variation", "0.5 * l2 + l1"};
    const double h = 1e-5;
    for (size_t c = 0; c < sizeof penalties / sizeof *penalties; c++) {
        double w[ENTRIES] = {0.7, -0.4, 1.1, 0.3, 0.9, -0.8}, gradient[ENTRIES];
        gradient_at(penalties[c], w, gradient);
        for (int i = 0; i < ENTRIES; i++) {
            double kept = w[i];
            w[i] = kept + h;
            double up = penalty_at(penalties[c], w);
            w[i] = kept - h;
            double down = penalty_at(penalties[c], w);
            w[i] = kept;
            if (!(fabs((up - down) / (2 * h) - gradient[i]) < 1e-8))
                fail_msg("%s, entry %d: %.12g, not %.12g", penalties[c], i, gradient[i], (up - down) / (2 * h));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(penalties_of_nets_count_paths_and_slices),
        cmocka_unit_test(noise_keeps_means_and_drops_what_it_says),
        cmocka_unit_test(penalties_have_their_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Training through strata.h: that it goes on from a checkpoint to the same bits, and what it says of what is wrong. */
#include "api/linear.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- Going on ---- */

static const char noisy_settings[] = "optimizer = adam(rate=0.01); accumulate = 2; average = 0.9; clip = 1; epochs = 3";

static void compare_sets(const StrataTensorSet *a, const StrataTensorSet *b)
{
    assert_int_equal(strata_tensor_set_count(a), strata_tensor_set_count(b));
    for (int64_t i = 0; i < strata_tensor_set_count(a); i++) {
        const StrataTensor *first = strata_tensor_set_tensor(a, i), *second = strata_tensor_set_tensor(b, i);
        assert_memory_equal(strata_tensor_data_const(first), strata_tensor_data_const(second),
                            (size_t)strata_tensor_elements(first) * sizeof(double));
    }
}

/* Two trainers of one net, of which the second goes on from where the first one is. */
typedef struct Pair {
    Caller caller;
    StrataModule *modules[2];
    StrataTrainer *trainers[2];
} Pair;

static void pair_begin(Pair *pair, const char *settings)
{
    caller_begin(&pair->caller);
    for (int k = 0; k < 2; k++)
        pair->trainers[k] = linear_trainer(&pair->caller, settings, true, &pair->modules[k]);
}

static void pair_step(Pair *pair, int k, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_true(strata_trainer_step(pair->trainers[k], pair->caller.diagnostics));
}

static void pair_hand_over(Pair *pair)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/strata-train-%ld.safetensors", (long)getpid());
    assert_true(strata_trainer_save(pair->trainers[0], path, pair->caller.diagnostics));
    assert_true(strata_trainer_restore(pair->trainers[1], path, pair->caller.diagnostics));
    remove(path);
}

/* Both must have come to the same weights. */
static void pair_end(Pair *pair)
{
    StrataTensorSet *weights[2];
    for (int k = 0; k < 2; k++)
        weights[k] = strata_trainer_weights(pair->trainers[k], pair->caller.diagnostics);
    compare_sets(weights[0], weights[1]);
    for (int k = 0; k < 2; k++) {
        strata_tensor_set_release(weights[k]);
        strata_trainer_release(pair->trainers[k]);
        strata_module_release(pair->modules[k]);
    }
    caller_end(&pair->caller);
}

static void a_checkpoint_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    Pair pair;
    pair_begin(&pair, noisy_settings);
    pair_step(&pair, 0, 7);
    pair_hand_over(&pair);
    assert_int_equal(strata_trainer_training(pair.trainers[1]).step, 7);
    for (int k = 0; k < 2; k++)
        pair_step(&pair, k, 6);
    pair_end(&pair);
}

/* What patience and a plateau count goes on too: after the same losses both rest, and step, in the same way. */
static void what_was_noted_goes_on_with_a_checkpoint(void **state)
{
    (void)state;
    Pair pair;
    pair_begin(&pair, "optimizer = sgd(rate=0.1); patience = 4; plateau = {patience: 2, factor: 0.5}; epochs = 50");
    const double losses[] = {3, 2, 2.5, 2.5, 2.5}; /* a lower rate after the fourth, one more to wait */
    for (int i = 0; i < 5; i++) {
        pair_step(&pair, 0, 1);
        strata_trainer_note(pair.trainers[0], losses[i]);
    }
    pair_hand_over(&pair);
    for (int k = 0; k < 2; k++) {
        StrataTraining before = strata_trainer_training(pair.trainers[k]);
        assert_int_equal(before.best_epoch, 2);
        assert_false(before.stops);
        strata_trainer_note(pair.trainers[k], 2.5); /* the second time that the rate falls, and the end of patience */
        assert_true(strata_trainer_training(pair.trainers[k]).stops);
        pair_step(&pair, k, 1);
    }
    pair_end(&pair);
}

/* ---- What is wrong ---- */

static void expect_failure(const char *settings, int code)
{
    Caller caller;
    caller_begin(&caller);
    StrataModule *module;
    assert_null(linear_trainer(&caller, settings, false, &module));
    assert_int_equal(first_code(&caller), code);
    strata_module_release(module);
    caller_end(&caller);
}

static void what_cannot_be_trained_is_said(void **state)
{
    (void)state;
    expect_failure("optimizer = (w, g) -> w - 0.1 * g; proximal = soft_threshold(1)", 533);
    expect_failure("weights = \"conv1\"", 534);
}

static void a_number_without_bound_is_found(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module;
    StrataTrainer *trainer = linear_trainer(&caller, "optimizer = sgd(rate=1e200)", false, &module);
    assert_non_null(trainer);
    int steps = 0;
    while (steps < 10 && strata_trainer_step(trainer, caller.diagnostics))
        steps++;
    assert_in_range(steps, 1, 5);
    StrataDiagnostic entry;
    assert_true(strata_diagnostics_get(caller.diagnostics, 0, &entry));
    assert_int_equal(entry.code, 910);
    assert_string_equal(entry.file, "model.net");
    strata_trainer_release(trainer);
    strata_module_release(module);
    caller_end(&caller);
}

/* ---- Failing allocations ---- */

/* Trains some steps, judges, and takes weights; false where an allocation failed. */
static bool train_some(const Caller *caller, const StrataTensorSet *data)
{
    char text[1000];
    snprintf(text, sizeof text, "%strain line { data = given; validate = given; loss = mse; batch = 5; optimizer = adam }\n",
             linear_net);
    StrataModule *module = strata_module_load_text(caller->context, "model.net", text, strlen(text), caller->diagnostics);
    StrataTrainerOptions options = {.data = data, .validate = data, .interpret = true};
    StrataTrainer *trainer = strata_trainer_make(module, &options, caller->diagnostics);
    StrataJudgement judgement;
    bool good = trainer != NULL;
    for (int i = 0; good && i < 5; i++)
        good = strata_trainer_step(trainer, caller->diagnostics);
    good = good && strata_trainer_judge(trainer, NULL, &judgement, caller->diagnostics);
    StrataTensorSet *weights = good ? strata_trainer_weights(trainer, caller->diagnostics) : NULL;
    good = weights && strata_trainer_start_from(trainer, weights, caller->diagnostics);
    strata_tensor_set_release(weights);
    strata_trainer_release(trainer);
    strata_module_release(module);
    return good;
}

/* Tries with the allocation number `point` failing; every few points are enough. */
static void every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    Caller given;
    caller_begin(&given);
    StrataTensorSet *data = linear_data(&given, false);
    int failures = 0;
    bool reached = true;
    for (long point = 1; reached; point += 1 + point / 40) {
        Caller caller = {.counting = {.fail_at = point}};
        caller.allocator = counting_allocator(&caller.counting);
        caller.context = strata_context_make(&caller.allocator);
        caller.diagnostics = caller.context ? strata_diagnostics_make(caller.context) : NULL;
        bool good = caller.diagnostics && train_some(&caller, data);
        reached = caller.counting.requests >= caller.counting.fail_at;
        assert_true(good || reached);
        if (!good && caller.diagnostics && strata_diagnostics_status(caller.diagnostics) != STRATA_OK)
            assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_MEMORY);
        failures += !good;
        strata_diagnostics_release(caller.diagnostics);
        strata_context_release(caller.context);
        assert_true(counting_clean(&caller.counting));
    }
    assert_true(failures > 20);
    strata_tensor_set_release(data);
    caller_end(&given);
}

static void null_in_gives_null(void **state)
{
    (void)state;
    assert_null(strata_trainer_make(NULL, NULL, NULL));
    assert_false(strata_trainer_step(NULL, NULL));
    assert_null(strata_trainer_weights(NULL, NULL));
    assert_false(strata_trainer_save(NULL, "x.safetensors", NULL));
    assert_false(strata_trainer_restore(NULL, "x.safetensors", NULL));
    assert_null(strata_module_training(NULL, 0, NULL));
    strata_trainer_release(NULL);
}

/* ---- Stopping ---- */

static bool goes_on(void *user, int64_t done, int64_t total)
{
    (void)done;
    (void)total;
    return !*(const bool *)user;
}

static void take_weights(StrataTrainer *trainer, Caller *caller, double result[FEATURES])
{
    StrataTensorSet *weights = strata_trainer_weights(trainer, caller->diagnostics);
    assert_non_null(weights);
    memcpy(result, strata_tensor_data(strata_tensor_set_find(weights, "dense1.weight")), FEATURES * sizeof(double));
    strata_tensor_set_release(weights);
}

/* Steps over batches of 4; those that `stops` names are asked for twice: they are stopped the first time, and change nothing. */
static void train_with_stops(unsigned stops, double result[FEATURES])
{
    enum { STEPS = 10 };
    Caller caller;
    caller_begin(&caller);
    bool stop = false;
    strata_context_set_progress(caller.context, goes_on, &stop);
    StrataModule *module;
    StrataTrainer *trainer = batch_trainer(&caller, "optimizer = sgd(rate=0.01, momentum=0.9)", true, 4, &module);
    assert_non_null(trainer);
    for (int i = 0; i < STEPS; i++) {
        double before[FEATURES], after[FEATURES];
        take_weights(trainer, &caller, before);
        stop = stops >> i & 1;
        if (stop) {
            assert_false(strata_trainer_step(trainer, caller.diagnostics));
            assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_CANCELLED);
            strata_diagnostics_clear(caller.diagnostics);
            take_weights(trainer, &caller, after);
            assert_memory_equal(before, after, sizeof before);
        }
        stop = false;
        assert_true(strata_trainer_step(trainer, caller.diagnostics));
    }
    take_weights(trainer, &caller, result);
    strata_trainer_release(trainer);
    strata_module_release(module);
    caller_end(&caller);
}

static void a_stopped_step_changes_nothing(void **state)
{
    (void)state;
    double straight[FEATURES], stopped[FEATURES];
    train_with_stops(0, straight);
    train_with_stops(0x2a5, stopped);
    assert_memory_equal(straight, stopped, sizeof straight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_goes_on_to_the_same_bits), cmocka_unit_test(what_was_noted_goes_on_with_a_checkpoint),
        cmocka_unit_test(what_cannot_be_trained_is_said),        cmocka_unit_test(a_number_without_bound_is_found),
        cmocka_unit_test(every_failing_allocation_is_an_error),  cmocka_unit_test(null_in_gives_null),
        cmocka_unit_test(a_stopped_step_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

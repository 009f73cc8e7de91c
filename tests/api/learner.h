/* A trainer of a file in double precision, with all that it stands on, for the tests that look at steps and weights. */
#ifndef TESTS_API_LEARNER_H
#define TESTS_API_LEARNER_H

#include "api/model.h"

#include <math.h>

typedef struct Learner {
    Caller caller;
    StrataModule *module;
    StrataTrainer *trainer;
} Learner;

/* Data may be made by the learner's caller afterwards, for learner_make. */
static inline void learner_load(Learner *learner, const char *text)
{
    caller_begin(&learner->caller);
    learner->module = load(&learner->caller, text);
}

/* Options beside precision and engine; takes over `data`, which may be null. */
static inline void learner_make(Learner *learner, StrataTensorSet *data, StrataTrainerOptions options)
{
    options.precision = STRATA_DOUBLE;
    options.interpret = true;
    options.data = data;
    learner->trainer = strata_trainer_make(learner->module, &options, learner->caller.diagnostics);
    strata_tensor_set_release(data);
    assert_non_null(learner->trainer);
}

static inline void learner_steps(Learner *learner, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_true(strata_trainer_step(learner->trainer, learner->caller.diagnostics));
}

/* The weights as they are now, for the caller to release. */
static inline StrataTensorSet *learner_weights(Learner *learner)
{
    return strata_trainer_weights(learner->trainer, learner->caller.diagnostics);
}

static inline void learner_end(Learner *learner)
{
    strata_trainer_release(learner->trainer);
    strata_module_release(learner->module);
    caller_end(&learner->caller);
}

/* The mean of a loss over many steps, and its standard error. */
typedef struct LossMoments {
    double mean, error;
} LossMoments;

/* Of a net that steps do not change: its rate is 0. */
static inline LossMoments learner_losses(Learner *learner, int steps)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < steps; i++) {
        learner_steps(learner, 1);
        double loss = strata_trainer_training(learner->trainer).last_loss;
        sum += loss;
        squares += loss * loss;
    }
    double mean = sum / steps;
    return (LossMoments){mean, sqrt(fmax(squares / steps - mean * mean, 0) / steps)};
}

#endif

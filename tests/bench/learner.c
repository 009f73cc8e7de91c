/* The way of strata.h from a `train` block to steps, held in one object. */
#include "learner.h"

#include <stdio.h>
#include <stdlib.h>

struct Learner {
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataModule *module;
    StrataTensorSet *data;
    StrataTensor *samples, *labels; /* held by the set */
    StrataTrainer *trainer;
    int64_t batch;
};

static void print_diagnostics(const Learner *learner)
{
    StrataDiagnostic diagnostic;
    for (int64_t i = 0; strata_diagnostics_get(learner->diagnostics, i, &diagnostic); i++)
        fprintf(stderr, "%s\n", diagnostic.text);
}

/* Adds a tensor of zeros to the data; the set holds it. */
static StrataTensor *add_field(Learner *learner, const char *name, int rank, const int64_t *sizes)
{
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    StrataTensor *tensor = strata_tensor_make(&allocator, STRATA_FLOAT32, rank, sizes, &error);
    bool added = tensor && strata_tensor_set_add(learner->data, name, tensor, &error);
    strata_tensor_release(tensor);
    return added ? tensor : NULL;
}

/* The first input of the net gives the name and the size of the samples. */
static bool make_data(Learner *learner)
{
    StrataError error;
    StrataValue value;
    StrataAllocator allocator = strata_default_allocator();
    StrataNetOptions of_net = {0};
    StrataNet *net = strata_net_make(learner->module, &of_net, learner->diagnostics);
    bool done = net && strata_net_input(net, 0, &value);
    learner->data = done ? strata_tensor_set_make(&allocator, &error) : NULL;
    if (learner->data) {
        int64_t sizes[STRATA_RANK_LIMIT] = {learner->batch};
        for (int i = 0; i < value.rank && i + 1 < STRATA_RANK_LIMIT; i++)
            sizes[i + 1] = value.sizes[i];
        learner->samples = add_field(learner, value.name, value.rank + 1, sizes);
        learner->labels = add_field(learner, "label", 1, sizes);
    }
    strata_net_release(net);
    return learner->samples && learner->labels;
}

Learner *learner_make(const char *model, int64_t batch)
{
    Learner *learner = calloc(1, sizeof *learner);
    if (!learner)
        return NULL;
    learner->batch = batch;
    learner->context = strata_context_make(NULL);
    learner->diagnostics = strata_diagnostics_make(learner->context);
    learner->module = strata_module_load(learner->context, model, learner->diagnostics);
    if (make_data(learner))
        return learner;
    print_diagnostics(learner);
    learner_release(learner);
    return NULL;
}

void learner_release(Learner *learner)
{
    if (!learner)
        return;
    strata_trainer_release(learner->trainer);
    strata_tensor_set_release(learner->data);
    strata_module_release(learner->module);
    strata_diagnostics_release(learner->diagnostics);
    strata_context_release(learner->context);
    free(learner);
}

float *learner_samples(Learner *learner)
{
    return strata_tensor_data(learner->samples);
}

float *learner_labels(Learner *learner)
{
    return strata_tensor_data(learner->labels);
}

bool learner_begin(Learner *learner, const char *weights, int threads, bool compiled)
{
    enum { MANY_EPOCHS = 1000000 };
    StrataError error = {.message = ""};
    StrataAllocator allocator = strata_default_allocator();
    StrataTrainerOptions options = {
        .threads = threads, .interpret = !compiled, .epochs = MANY_EPOCHS, .batch = learner->batch, .data = learner->data};
    learner->trainer = strata_trainer_make(learner->module, &options, learner->diagnostics);
    StrataTensorSet *values = strata_tensor_set_read(&allocator, weights, &error);
    bool done = values && strata_trainer_start_from(learner->trainer, values, learner->diagnostics);
    strata_tensor_set_release(values);
    if (!done)
        print_diagnostics(learner);
    return done;
}

bool learner_step(Learner *learner)
{
    if (strata_trainer_step(learner->trainer, learner->diagnostics))
        return true;
    print_diagnostics(learner);
    return false;
}

double learner_loss(const Learner *learner)
{
    return strata_trainer_training(learner->trainer).last_loss;
}

int64_t learner_peak(const Learner *learner)
{
    return strata_trainer_training(learner->trainer).peak;
}

int64_t learner_bound(const Learner *learner)
{
    return strata_trainer_training(learner->trainer).lower_bound;
}

/* Trainers: from a `train` block to steps. */
#include "api/api.h"

#include "base/sha256.h"
#include "tensor/tensor_set.h"
#include "train/not_finite.h"
#include "train/step_graph.h"
#include "transform/transform.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FACTS_ROOM = 2048 };

struct StrataTrainer {
    StrataContext context;
    StrataModule *module;
    Arena arena; /* of the step's Graphs */
    TrainingStep *training;
    Graph *step; /* before transforms */
    Dataset *data, *validate;
    Trainer *trainer;
    int64_t epochs;
    int64_t weight_count;
    char facts[FACTS_ROOM];
};

/* --- graphs --------------------------------------------------------------------------------------------------------------------- */

static void copy_settings(Arena *arena, const StrataTrainerOptions *options, Setting *settings)
{
    for (int64_t i = 0; i < options->setting_count; i++)
        settings[i] = (Setting){.name = arena_duplicate(arena, options->settings[i].name),
                                .value = arena_duplicate(arena, options->settings[i].value)};
}

/* Elaborates the block and makes the Graphs of a step and of judging; false after saying what is wrong. */
static bool make_graphs(StrataTrainer *trainer, const StrataTrainerOptions *options, TrainerSetup *setup,
                        StrataDiagnostics *diagnostics)
{
    StrataModule *module = trainer->module;
    Arena *arena = &module->arena;
    if (ARENA_TRY(arena) != 0)
        return diagnostics_memory(diagnostics);
    trainer->arena.recovery = arena->recovery;
    module_ready(module);
    Setting *settings = arena_zero(arena, (size_t)options->setting_count, sizeof *settings);
    copy_settings(arena, options, settings);
    const char *name = options->train ? arena_duplicate(arena, options->train) : NULL;
    trainer->training = module_elaborate_step(module->module, name, settings, options->setting_count);
    diagnostics_copy(diagnostics, &module->diagnostics);
    if (!trainer->training)
        return false;
    const char *problem = NULL;
    const TransformOptions whole = {0};
    trainer->step = step_graph_make(&trainer->arena, trainer->training, &problem);
    if (!trainer->step)
        return diagnostics_say(diagnostics, STRATA_INVALID, E_NO_GRADIENT, "%s cannot be trained: %s", trainer->training->net,
                               problem);
    setup->step = transform_all(&trainer->arena, trainer->step, &whole, NULL);
    const FastOptions fast = {.lanes = options->precision == STRATA_DOUBLE ? 8 : 16};
    const Graph *judge = transform_all(&trainer->arena, trainer->training->judge, &whole, NULL);
    setup->judge = transform_fast(&trainer->arena, judge, &fast);
    return true;
}

/* --- data ----------------------------------------------------------------------------------------------------------------------- */

static Dataset *open_data(StrataTrainer *trainer, const DataCall *call, const StrataTensorSet *set, StrataDiagnostics *diagnostics)
{
    if (!set)
        return data_open(trainer->module, &trainer->arena, call, diagnostics);
    StrataError error;
    Dataset *dataset = dataset_of(&trainer->context.allocator, set, &error);
    if (!dataset)
        diagnostics_failure(diagnostics, &error);
    return dataset;
}

static bool open_all(StrataTrainer *trainer, const StrataTrainerOptions *options, StrataDiagnostics *diagnostics)
{
    const TrainingStep *training = trainer->training;
    trainer->data = open_data(trainer, training->data, options->data, diagnostics);
    bool held_out = options->validate || (training->validate && !options->data);
    if (trainer->data && held_out)
        trainer->validate = open_data(trainer, training->validate, options->validate, diagnostics);
    return trainer->data && (!held_out || trainer->validate);
}

/* --- making --------------------------------------------------------------------------------------------------------------------- */

static void write_facts(StrataTrainer *trainer, const StrataTrainerOptions *options)
{
    const TrainerSetup *setup = trainer_setup(trainer->trainer);
    char hash[SHA256_TEXT];
    sha256_text(trainer->module->source.bytes, trainer->module->source.length, hash);
    int length = snprintf(trainer->facts, sizeof trainer->facts,
                          "{\"train\":\"%s\",\"net\":\"%s\",\"source\":\"sha256:%s\",\"seed\":%" PRIu64 ",\"batch\":%" PRId64
                          ",\"precision\":\"%s\",\"samples\":%" PRId64 ",\"settings\":\"",
                          trainer->training->name, trainer->training->net, hash, setup->seed, setup->batch,
                          setup->precision == PRECISION_DOUBLE ? "double" : "single", trainer->data->count);
    for (int64_t i = 0; i < options->setting_count && length > 0 && (size_t)length < sizeof trainer->facts; i++)
        length += snprintf(trainer->facts + length, sizeof trainer->facts - (size_t)length, "%s%s=%s", i ? " " : "",
                           options->settings[i].name, options->settings[i].value);
    if (length > 0 && (size_t)length < sizeof trainer->facts)
        snprintf(trainer->facts + length, sizeof trainer->facts - (size_t)length, "\"}");
}

/* Asked between the steps of the plan. */
static bool is_cancelled(void *context)
{
    StrataTrainer *trainer = context;
    int64_t done = trainer->trainer ? trainer_position(trainer->trainer).sample : 0;
    int64_t samples = trainer->trainer ? trainer_samples(trainer->trainer) : 0;
    return !progress_goes_on(&trainer->context, done, samples);
}

static bool make(StrataTrainer *trainer, const StrataTrainerOptions *options, StrataDiagnostics *diagnostics)
{
    TrainerSetup setup = {0};
    if (!make_graphs(trainer, options, &setup, diagnostics) || !open_all(trainer, options, diagnostics))
        return false;
    const TrainingStep *training = trainer->training;
    setup.net = training->net;
    setup.data = trainer->data;
    setup.validate = trainer->validate;
    trainer->epochs = setup.epochs = options->epochs > 0 ? options->epochs : training->epochs;
    setup.batch = options->batch > 0 ? options->batch : training->batch;
    setup.patience = training->patience;
    setup.plateau = training->plateau;
    setup.plateau_factor = training->plateau_factor;
    setup.seed = options->seed ? *options->seed : (uint64_t)training->seed;
    setup.precision = options->precision == STRATA_DOUBLE ? PRECISION_DOUBLE : PRECISION_SINGLE;
    setup.threads = options->threads;
    setup.compile = !options->interpret;
    setup.cancelled = trainer->context.progress ? is_cancelled : NULL;
    setup.context = trainer;
    StrataError error;
    trainer->trainer = trainer_make(&trainer->context.allocator, &setup, &error);
    if (!trainer->trainer)
        return diagnostics_failure(diagnostics, &error);
    for (int64_t i = 0; i < training->weight_count; i++)
        trainer->weight_count += type_elements(&training->graph->weights[training->weights[i].weight].type);
    write_facts(trainer, options);
    return true;
}

StrataTrainer *strata_trainer_make(StrataModule *module, const StrataTrainerOptions *options, StrataDiagnostics *diagnostics)
{
    static const StrataTrainerOptions defaults = {0};
    if (!module)
        return NULL;
    StrataTrainer *trainer = object_make(&module->context, sizeof *trainer, diagnostics);
    if (!trainer)
        return NULL;
    trainer->context = module->context;
    trainer->module = module_retain(module);
    arena_init(&trainer->arena, &trainer->context.allocator);
    if (make(trainer, options ? options : &defaults, diagnostics))
        return trainer;
    strata_trainer_release(trainer);
    return NULL;
}

void strata_trainer_release(StrataTrainer *trainer)
{
    if (!trainer)
        return;
    StrataAllocator allocator = trainer->context.allocator;
    trainer_release(trainer->trainer);
    dataset_release(trainer->data);
    dataset_release(trainer->validate);
    arena_release(&trainer->arena);
    strata_module_release(trainer->module);
    allocator_give(&allocator, trainer, 1, sizeof *trainer);
}

/* --- asking --------------------------------------------------------------------------------------------------------------------- */

StrataTraining strata_trainer_training(const StrataTrainer *trainer)
{
    const TrainerSetup *setup = trainer_setup(trainer->trainer);
    TrainerPosition at = trainer_position(trainer->trainer);
    ProgramMemory memory = trainer_memory(trainer->trainer);
    return (StrataTraining){
        .name = trainer->training->name,
        .net = trainer->training->net,
        .epoch = at.epoch,
        .epochs = trainer->epochs,
        .sample = at.sample,
        .samples = setup->data->count,
        .batch = setup->batch,
        .step = at.step,
        .seed = setup->seed,
        .loss = at.sample > 0 ? at.loss_sum / (double)at.sample : 0,
        .last_loss = trainer_last_loss(trainer->trainer),
        .validates = trainer->validate != NULL,
        .compiled = trainer_is_compiled(trainer->trainer),
        .weights = trainer->weight_count,
        .best_epoch = trainer_watch(trainer->trainer).best_epoch,
        .keeps_best = setup->patience > 0,
        .stops = trainer_stops(trainer->trainer),
        .peak = (int64_t)memory.work,
        .lower_bound = (int64_t)memory.work_bound,
    };
}

const char *strata_trainer_facts(const StrataTrainer *trainer)
{
    return trainer->facts;
}

const char *strata_module_training(StrataModule *module, int64_t index, StrataDiagnostics *diagnostics)
{
    if (!module)
        return NULL;
    if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(diagnostics);
        return NULL;
    }
    module_ready(module);
    const char *name = module_training_name(module->module, index);
    diagnostics_copy(diagnostics, &module->diagnostics);
    return name;
}

/* --- working -------------------------------------------------------------------------------------------------------------------- */

/* Says where the first value that is not finite arose; in general words when it cannot be told. */
static bool say_not_finite(StrataTrainer *trainer, const StrataError *error, StrataDiagnostics *diagnostics)
{
    StrataModule *module = trainer->module;
    if (ARENA_TRY(&module->arena) != 0)
        return diagnostics_failure(diagnostics, error);
    module_ready(module);
    NotFinite first = not_finite_find(&module->arena, trainer->trainer, trainer->step, &module->sources);
    if (!first.found)
        return diagnostics_failure(diagnostics, error);
    long long step = (long long)trainer_position(trainer->trainer).step + 1;
    const char *where = first.path[0] ? first.path : trainer->training->net;
    Diagnostic *diagnostic =
        first.given ? diagnostics_error(&module->diagnostics, E_NOT_FINITE, first.span,
                                        "in step %lld a value of `%s` is not finite before anything is computed", step, where)
                    : diagnostics_error(&module->diagnostics, E_NOT_FINITE, first.span,
                                        "in step %lld the operation `%s` in `%s` gives the first value that is not finite", step,
                                        first.operation, where);
    diagnostic_help(&module->diagnostics, diagnostic, "a smaller rate, `clip`, or normalised data keep values in range");
    diagnostics_copy(diagnostics, &module->diagnostics);
    return false;
}

bool strata_trainer_step(StrataTrainer *trainer, StrataDiagnostics *diagnostics)
{
    StrataError error;
    if (!trainer)
        return false;
    if (trainer_step(trainer->trainer, &error))
        return true;
    return error.code == E_NOT_FINITE ? say_not_finite(trainer, &error, diagnostics) : diagnostics_failure(diagnostics, &error);
}

bool strata_trainer_judge(StrataTrainer *trainer, const StrataTensorSet *data, StrataJudgement *result,
                          StrataDiagnostics *diagnostics)
{
    StrataError error;
    Judgement judgement;
    if (!trainer)
        return false;
    Dataset *given = data ? dataset_of(&trainer->context.allocator, data, &error) : NULL;
    bool done = (!data || given) && trainer_judge(trainer->trainer, given, &judgement, &error);
    dataset_release(given);
    if (!done)
        return diagnostics_failure(diagnostics, &error);
    *result = (StrataJudgement){.samples = judgement.samples,
                                .loss = judgement.loss,
                                .classifies = judgement.classifies,
                                .right = judgement.right,
                                .commonest = judgement.commonest};
    return true;
}

void strata_trainer_note(StrataTrainer *trainer, double loss)
{
    if (trainer)
        trainer_note(trainer->trainer, loss);
}

StrataTensorSet *strata_trainer_weights(const StrataTrainer *trainer, StrataDiagnostics *diagnostics)
{
    StrataError error;
    StrataTensorSet *set = trainer ? trainer_weights(trainer->trainer, &error) : NULL;
    if (trainer && !set)
        diagnostics_failure(diagnostics, &error);
    return set;
}

bool strata_trainer_start_from(StrataTrainer *trainer, const StrataTensorSet *weights, StrataDiagnostics *diagnostics)
{
    StrataError error;
    return trainer && weights &&
           (trainer_start_from(trainer->trainer, weights, &error) || diagnostics_failure(diagnostics, &error));
}

bool strata_trainer_save(const StrataTrainer *trainer, const char *path, StrataDiagnostics *diagnostics)
{
    StrataError error;
    if (!trainer)
        return false;
    StrataTensorSet *set = trainer_checkpoint(trainer->trainer, trainer->facts, &error);
    bool done = set && strata_tensor_set_write(set, path, &error);
    strata_tensor_set_release(set);
    return done || diagnostics_failure(diagnostics, &error);
}

bool strata_trainer_restore(StrataTrainer *trainer, const char *path, StrataDiagnostics *diagnostics)
{
    StrataError error;
    if (!trainer)
        return false;
    StrataTensorSet *set = strata_tensor_set_read(&trainer->context.allocator, path, &error);
    bool done = set && trainer_restore(trainer->trainer, set, path, trainer->facts, &error);
    strata_tensor_set_release(set);
    return done || diagnostics_failure(diagnostics, &error);
}

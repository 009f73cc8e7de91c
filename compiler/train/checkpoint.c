/* Checkpoints: everything that a trainer goes on from, as a set of tensors; see trainer.h.
 *
 * Values stand under their names ("conv1.weight", "optimizer.conv1.weight.velocity"). Beside them:
 *   training.position   int64: epoch, sample of the epoch, step
 *   training.losses     float64: the sum over the epoch so far, the mean over the last epoch, the best noted, the scale of rates
 *   training.watch      int64: epochs noted, the best of them, epochs waited
 *   training.facts      bytes of a text that says what was trained: hash of the source, settings, seed */
#include "train/trainer_parts.h"

#include "base/allocator.h"
#include "base/error.h"
#include "tensor/convert.h"

#include <string.h>

static const char position_name[] = "training.position";
static const char losses_name[] = "training.losses";
static const char watch_name[] = "training.watch";
static const char facts_name[] = "training.facts";

static size_t real_size(const Trainer *trainer)
{
    return trainer->setup.precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

/* The kind of a tensor that holds a row. Complex entries are pairs of reals along a last dimension of 2 in memory; no weight is complex. */
static TensorKind row_kind(const Trainer *trainer)
{
    return trainer->setup.precision == PRECISION_DOUBLE ? STRATA_FLOAT64 : STRATA_FLOAT32;
}

static bool add_bytes(TensorSet *set, const char *name, TensorKind kind, int rank, const int64_t *sizes, const void *data,
                      StrataError *error)
{
    Tensor *tensor = tensor_make(&set->allocator, kind, rank, sizes, error);
    if (!tensor)
        return false;
    memcpy(tensor->data, data, tensor_bytes(tensor));
    bool added = tensor_set_add(set, name, tensor, error);
    tensor_release(tensor);
    return added;
}

static bool add_row(const Trainer *trainer, TensorSet *set, const ProgramValue *row, const void *data, StrataError *error)
{
    return add_bytes(set, row->name, row_kind(trainer), row->type.rank, row->type.size, data, error);
}

/* All rows of the step. */
static bool add_rows(const Trainer *trainer, TensorSet *set, StrataError *error)
{
    TrainerValues values = trainer_values(trainer);
    bool done = true;
    for (int64_t i = 0; done && i < program_weight_count(values.program); i++)
        done = add_row(trainer, set, program_weight(values.program, i), values.weights[i].data, error);
    for (int64_t i = 0; done && i < program_state_count(values.program); i++)
        done = add_row(trainer, set, program_state(values.program, i), values.states[i].data, error);
    return done;
}

TensorSet *trainer_weights(const Trainer *trainer, StrataError *error)
{
    const Program *judge = trainer->judge.program;
    int64_t weights = program_weight_count(judge), count = weights + program_state_count(judge);
    TensorSet *set = tensor_set_make(&trainer->allocator, error);
    bool done = set != NULL;
    for (int64_t i = 0; done && i < count; i++) {
        const ProgramValue *row = i < weights ? program_weight(judge, i) : program_state(judge, i - weights);
        const InputBuffer *value = find_value(trainer, row->name);
        done = !value || add_row(trainer, set, row, value->data, error);
    }
    if (done)
        return set;
    tensor_set_release(set);
    return NULL;
}

TensorSet *trainer_checkpoint(const Trainer *trainer, const char *facts, StrataError *error)
{
    const TrainerPosition *at = &trainer->position;
    int64_t position[3] = {at->epoch, at->sample, at->step};
    const TrainerWatch *watch = &trainer->watch;
    double losses[4] = {at->loss_sum, trainer->last_loss, watch->best, watch->rate_scale};
    int64_t watched[3] = {watch->noted, watch->best_epoch, watch->waited};
    int64_t three = 3, four = 4, length = (int64_t)strlen(facts);
    TensorSet *set = tensor_set_make(&trainer->allocator, error);
    if (set && add_rows(trainer, set, error) && add_bytes(set, position_name, STRATA_INT64, 1, &three, position, error) &&
        add_bytes(set, losses_name, STRATA_FLOAT64, 1, &four, losses, error) &&
        add_bytes(set, watch_name, STRATA_INT64, 1, &three, watched, error) &&
        add_bytes(set, facts_name, STRATA_UINT8, 1, &length, facts, error))
        return set;
    tensor_set_release(set);
    return NULL;
}

/* --- and back ------------------------------------------------------------------------------------------------------------------- */

static const Tensor *find_exact(const TensorSet *set, const char *name, TensorKind kind, int64_t size)
{
    const Tensor *tensor = tensor_set_find(set, name);
    bool fits = tensor && tensor->kind == kind && tensor->rank == 1 && (size < 0 || tensor->size[0] == size);
    return fits ? tensor : NULL;
}

static bool same_shape(const Tensor *tensor, const Type *type)
{
    return tensor->rank == type->rank && memcmp(tensor->size, type->size, (size_t)type->rank * sizeof *type->size) == 0;
}

static bool check_row(const Trainer *trainer, const TensorSet *set, const char *file, const ProgramValue *row, StrataError *error)
{
    const Tensor *tensor = tensor_set_find(set, row->name);
    if (tensor && tensor->kind == row_kind(trainer) && same_shape(tensor, &row->type))
        return true;
    return error_set(error, STRATA_INVALID, E_CHECKPOINT_DAMAGED, "%s: the checkpoint %s %s", file,
                     tensor ? "has another shape or kind for" : "lacks", row->name);
}

static bool check_rows(const Trainer *trainer, const TensorSet *set, const char *file, StrataError *error)
{
    const Program *program = trainer->runs[0].program;
    for (int64_t i = 0; i < program_weight_count(program); i++)
        if (!check_row(trainer, set, file, program_weight(program, i), error))
            return false;
    for (int64_t i = 0; i < program_state_count(program); i++)
        if (!check_row(trainer, set, file, program_state(program, i), error))
            return false;
    return true;
}

/* The position of a checkpoint, which must be one of this training. */
static bool read_position(const Trainer *trainer, const TensorSet *set, const char *file, const char *facts,
                          TrainerPosition *position, TrainerWatch *watch, double *last_loss, StrataError *error)
{
    const Tensor *numbers = find_exact(set, position_name, STRATA_INT64, 3);
    const Tensor *losses = find_exact(set, losses_name, STRATA_FLOAT64, 4);
    const Tensor *watched = find_exact(set, watch_name, STRATA_INT64, 3);
    const Tensor *text = find_exact(set, facts_name, STRATA_UINT8, -1);
    if (!numbers || !losses || !watched || !text)
        return error_set(error, STRATA_INVALID, E_CHECKPOINT_DAMAGED, "%s: is no checkpoint of a training", file);
    if ((size_t)text->size[0] != strlen(facts) || memcmp(text->data, facts, strlen(facts)) != 0)
        return error_set(error, STRATA_INVALID, E_CHECKPOINT_OF_OTHER,
                         "%s: this checkpoint is of another training (the source, the data or a setting has changed since): %.*s",
                         file, text->size[0] < 200 ? (int)text->size[0] : 200, (const char *)text->data);
    const int64_t *at = numbers->data;
    *position = (TrainerPosition){.epoch = at[0], .sample = at[1], .step = at[2], .loss_sum = ((const double *)losses->data)[0]};
    *last_loss = ((const double *)losses->data)[1];
    const int64_t *counts = watched->data;
    *watch = (TrainerWatch){.noted = counts[0],
                            .best_epoch = counts[1],
                            .waited = counts[2],
                            .best = ((const double *)losses->data)[2],
                            .rate_scale = ((const double *)losses->data)[3]};
    bool possible =
        at[0] >= 0 && at[2] >= 0 && at[1] >= 0 && at[1] < trainer->setup.data->count && at[1] % trainer->setup.batch == 0;
    return possible || error_set(error, STRATA_INVALID, E_CHECKPOINT_DAMAGED, "%s: the checkpoint's position is impossible", file);
}

static void take_row(const Trainer *trainer, const TensorSet *set, const ProgramValue *row, void *to)
{
    const Tensor *tensor = tensor_set_find(set, row->name);
    if (tensor && same_shape(tensor, &row->type))
        memcpy(to, tensor->data, (size_t)type_reals(&row->type) * real_size(trainer));
}

static void take_rows(Trainer *trainer, const TensorSet *set)
{
    const Program *program = trainer->runs[0].program;
    for (int64_t i = 0; i < program_weight_count(program); i++)
        take_row(trainer, set, program_weight(program, i), trainer->weights.write[i].data);
    for (int64_t i = 0; i < program_state_count(program); i++)
        take_row(trainer, set, program_state(program, i), trainer->states[trainer->current].write[i].data);
}

bool trainer_restore(Trainer *trainer, const TensorSet *checkpoint, const char *file, const char *facts, StrataError *error)
{
    TrainerPosition position = {0};
    TrainerWatch watch = {0};
    double last_loss = 0;
    if (!read_position(trainer, checkpoint, file, facts, &position, &watch, &last_loss, error) ||
        !check_rows(trainer, checkpoint, file, error))
        return false;
    take_rows(trainer, checkpoint);
    trainer_place(trainer, position);
    trainer->last_loss = last_loss;
    trainer->watch = watch;
    return true;
}

bool trainer_start_from(Trainer *trainer, const TensorSet *weights, StrataError *error)
{
    TensorSet *converted = tensor_set_make(&trainer->allocator, error);
    bool done = converted != NULL;
    for (int64_t i = 0; done && i < weights->count; i++) {
        Tensor *tensor = tensor_convert(weights->items[i].tensor, row_kind(trainer), 1, error);
        done = tensor && tensor_set_add(converted, weights->items[i].name, tensor, error);
        tensor_release(tensor);
    }
    if (done)
        take_rows(trainer, converted);
    tensor_set_release(converted);
    return done;
}

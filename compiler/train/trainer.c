/* The trainer; see trainer.h. Judging is in judge.c, checkpoints in checkpoint.c. */
#include "train/trainer_parts.h"

#include "base/allocator.h"
#include "base/error.h"
#include "random/random.h"
#include "thread/pool.h"
#include "transform/transform.h"

#include <math.h>
#include <string.h>

/* --- memory --------------------------------------------------------------------------------------------------------------------- */

static size_t real_size(const Trainer *trainer)
{
    return trainer->setup.precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

enum { VALUE_ALIGNMENT = 64 };

static size_t row_bytes(const Trainer *trainer, const ProgramValue *row)
{
    size_t bytes = (size_t)type_reals(&row->type) * real_size(trainer);
    return (bytes + VALUE_ALIGNMENT - 1) / VALUE_ALIGNMENT * VALUE_ALIGNMENT;
}

/* One block for a table, and a buffer for each row in it. */
static bool take_rows(Trainer *trainer, int64_t count, const ProgramValue *(*row)(const Program *, int64_t), ValueRows *rows,
                      StrataError *error)
{
    const Program *program = trainer->runs[0].program;
    rows->count = count;
    rows->size = VALUE_ALIGNMENT;
    for (int64_t i = 0; i < count; i++)
        rows->size += row_bytes(trainer, row(program, i));
    rows->block = allocator_take_aligned(&trainer->allocator, rows->size);
    rows->read = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *rows->read);
    rows->write = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *rows->write);
    if (!rows->block || !rows->read || !rows->write)
        return error_memory(error, rows->size);
    unsigned char *at = rows->block;
    for (int64_t i = 0; i < count; i++) {
        rows->read[i] = (InputBuffer){.data = at, .element = trainer->setup.precision};
        rows->write[i] = (OutputBuffer){.data = at, .element = trainer->setup.precision};
        at += row_bytes(trainer, row(program, i));
    }
    return true;
}

static void give_rows(Trainer *trainer, ValueRows *rows)
{
    if (rows->block)
        allocator_give_aligned(&trainer->allocator, rows->block, rows->size);
    allocator_give(&trainer->allocator, rows->read, (size_t)rows->count + 1, sizeof *rows->read);
    allocator_give(&trainer->allocator, rows->write, (size_t)rows->count + 1, sizeof *rows->write);
}

static bool take_inputs(Trainer *trainer, InputSide *side, StrataError *error)
{
    const Program *program = trainer->runs[0].program;
    int64_t count = program_input_count(program);
    side->buffers = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *side->buffers);
    side->inputs = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *side->inputs);
    side->order = allocator_take(&trainer->allocator, (size_t)trainer->setup.batch, sizeof *side->order);
    if (!side->buffers || !side->inputs || !side->order)
        return error_memory(error, (size_t)trainer->setup.batch * sizeof *side->order);
    for (int64_t i = 0; i < count; i++) {
        size_t bytes = (size_t)(trainer->setup.batch * type_reals(&program_input(program, i)->type)) * real_size(trainer);
        side->buffers[i] = allocator_take_aligned(&trainer->allocator, bytes);
        if (!side->buffers[i])
            return error_memory(error, bytes);
        side->inputs[i] = (InputBuffer){.data = side->buffers[i], .element = trainer->setup.precision};
    }
    return true;
}

static void give_inputs(Trainer *trainer, InputSide *side)
{
    const Program *program = trainer->runs[0].program;
    int64_t count = program ? program_input_count(program) : 0;
    for (int64_t i = 0; side->buffers && i < count; i++) {
        size_t bytes = (size_t)(trainer->setup.batch * type_reals(&program_input(program, i)->type)) * real_size(trainer);
        allocator_give_aligned(&trainer->allocator, side->buffers[i], bytes);
    }
    allocator_give(&trainer->allocator, side->buffers, (size_t)count + 1, sizeof *side->buffers);
    allocator_give(&trainer->allocator, side->inputs, (size_t)count + 1, sizeof *side->inputs);
    allocator_give(&trainer->allocator, side->order, (size_t)trainer->setup.batch, sizeof *side->order);
}

/* --- making --------------------------------------------------------------------------------------------------------------------- */

enum { LANE_BYTES = 64 };

/* The Program of the step in the form that is fast for a number of samples. The Graphs on the way are gone when it is made. */
static Program *plan_step(Trainer *trainer, int64_t batch, StrataError *error)
{
    ProgramOptions options = {.precision = trainer->setup.precision, .batch = batch};
    StepOptions step = {.samples = batch, .lanes = LANE_BYTES / (int64_t)real_size(trainer)};
    Arena arena;
    arena_init(&arena, &trainer->allocator);
    if (ARENA_TRY(&arena) != 0) {
        arena_release(&arena);
        error_memory(error, 0);
        return NULL;
    }
    Graph *graph = transform_step(&arena, trainer->setup.step, &step);
    Program *program = program_make(graph, &options, &trainer->allocator, error);
    arena_release(&arena);
    return program;
}

/* The step for a number of samples, without its bindings: these need the values, and these the tables of the first step. */
static bool make_program(Trainer *trainer, StepRun *run, int64_t batch, StrataError *error)
{
    const TrainerSetup *setup = &trainer->setup;
    run->batch = batch;
    run->program = plan_step(trainer, batch, error);
    if (!run->program)
        return false;
    StrataError ignored;
    if (setup->compile)
        program_compile(run->program, &(CompileOptions){.samples = setup->data->count * setup->epochs}, NULL, &ignored);
    run->workspace = workspace_make(run->program, batch, trainer->pool, error);
    return run->workspace != NULL;
}

static bool bind_run(Trainer *trainer, StepRun *run, StrataError *error)
{
    for (int side = 0; side < 2; side++) {
        run->bindings[side] = binding_make(run->program, trainer->weights.read, trainer->states[side].read, true, error);
        if (!run->bindings[side])
            return false;
    }
    return true;
}

/* Initial values of weights and states, into side 0. */
static bool begin_values(Trainer *trainer, StrataError *error)
{
    const Program *program = trainer->runs[0].program;
    Binding *initial = binding_make_initial(program, trainer->setup.step, trainer->setup.seed, error);
    if (!initial)
        return false;
    for (int64_t i = 0; i < trainer->weights.count; i++)
        memcpy(trainer->weights.write[i].data, binding_weight(initial, i),
               (size_t)type_reals(&program_weight(program, i)->type) * real_size(trainer));
    for (int64_t i = 0; i < trainer->states[0].count; i++)
        memcpy(trainer->states[0].write[i].data, binding_state(initial, i),
               (size_t)type_reals(&program_state(program, i)->type) * real_size(trainer));
    binding_release(initial);
    return true;
}

static bool make_values(Trainer *trainer, StrataError *error)
{
    const Program *program = trainer->runs[0].program;
    return take_rows(trainer, program_weight_count(program), program_weight, &trainer->weights, error) &&
           take_rows(trainer, program_state_count(program), program_state, &trainer->states[0], error) &&
           take_rows(trainer, program_state_count(program), program_state, &trainer->states[1], error) &&
           begin_values(trainer, error);
}

/* The order of the samples in an epoch. */
static void order_samples(Trainer *trainer)
{
    int64_t count = trainer->setup.data->count;
    for (int64_t i = 0; i < count; i++)
        trainer->order[i] = i;
    RandomStream stream = random_stream(trainer->setup.seed, UINT64_C(0x6F72646572), (uint64_t)trainer->position.epoch, 0, 0);
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t k = (int64_t)(random_uniform(&stream, i) * (double)(i + 1));
        int64_t kept = trainer->order[i];
        trainer->order[i] = trainer->order[k];
        trainer->order[k] = kept;
    }
}

static bool make_runs(Trainer *trainer, StrataError *error)
{
    int64_t count = trainer->setup.data->count;
    int64_t rest = count % trainer->setup.batch;
    return make_program(trainer, &trainer->runs[0], trainer->setup.batch, error) && make_values(trainer, error) &&
           bind_run(trainer, &trainer->runs[0], error) &&
           (rest == 0 || (make_program(trainer, &trainer->runs[1], rest, error) && bind_run(trainer, &trainer->runs[1], error)));
}

static bool build(Trainer *trainer, StrataError *error)
{
    TrainerSetup *setup = &trainer->setup;
    if (setup->batch > setup->data->count)
        setup->batch = setup->data->count;
    trainer->order = allocator_take(&trainer->allocator, (size_t)setup->data->count, sizeof *trainer->order);
    if (!trainer->order)
        return error_memory(error, (size_t)setup->data->count * sizeof *trainer->order);
    if (setup->threads > 1 && !(trainer->pool = thread_pool_make(&trainer->allocator, setup->threads, error)))
        return false;
    if (!make_runs(trainer, error) || !judge_make(trainer, error) ||
        !batch_plan_make(&trainer->plan, setup->data, trainer->runs[0].program, trainer->judge.program, setup->net, error) ||
        !take_inputs(trainer, &trainer->sides[0], error) || !take_inputs(trainer, &trainer->sides[1], error))
        return false;
    bool ahead = setup->threads > 1 && batch_plan_needs_room(&trainer->plan); /* else all threads fill batches together */
    if (ahead && !(trainer->prefetch = prefetch_make(&trainer->allocator, &trainer->plan, error)))
        return false;
    order_samples(trainer);
    return true;
}

Trainer *trainer_make(const StrataAllocator *allocator, const TrainerSetup *setup, StrataError *error)
{
    error_clear(error);
    Trainer *trainer = allocator_take_zero(allocator, 1, sizeof *trainer);
    if (!trainer) {
        error_memory(error, sizeof *trainer);
        return NULL;
    }
    trainer->allocator = *allocator;
    trainer->setup = *setup;
    trainer->watch = (TrainerWatch){.rate_scale = 1};
    if (build(trainer, error))
        return trainer;
    trainer_release(trainer);
    return NULL;
}

void trainer_release(Trainer *trainer)
{
    if (!trainer)
        return;
    StrataAllocator allocator = trainer->allocator;
    prefetch_release(trainer->prefetch);
    judge_release(trainer);
    batch_plan_release(&trainer->plan);
    for (int side = 0; side < 2; side++) {
        give_inputs(trainer, &trainer->sides[side]);
        give_rows(trainer, &trainer->states[side]);
    }
    give_rows(trainer, &trainer->weights);
    for (int i = 0; i < 2; i++) {
        StepRun *run = &trainer->runs[i];
        binding_release(run->bindings[0]);
        binding_release(run->bindings[1]);
        workspace_release(run->workspace);
        program_release(run->program);
    }
    if (trainer->pool)
        thread_pool_release(trainer->pool);
    if (trainer->order)
        allocator_give(&allocator, trainer->order, (size_t)trainer->setup.data->count, sizeof *trainer->order);
    allocator_give(&allocator, trainer, 1, sizeof *trainer);
}

/* --- asking --------------------------------------------------------------------------------------------------------------------- */

const TrainerSetup *trainer_setup(const Trainer *trainer)
{
    return &trainer->setup;
}

TrainerPosition trainer_position(const Trainer *trainer)
{
    return trainer->position;
}

int64_t trainer_samples(const Trainer *trainer)
{
    return trainer->setup.data->count;
}

ProgramMemory trainer_memory(const Trainer *trainer)
{
    return program_memory(trainer->runs[0].program);
}

bool trainer_is_compiled(const Trainer *trainer)
{
    return program_is_compiled(trainer->runs[0].program);
}

TrainerValues trainer_values(const Trainer *trainer)
{
    return (TrainerValues){
        .program = trainer->runs[0].program, .weights = trainer->weights.read, .states = trainer->states[trainer->current].read};
}

/* --- stepping ------------------------------------------------------------------------------------------------------------------- */

static int64_t batch_at(const Trainer *trainer, int64_t sample)
{
    int64_t left = trainer->setup.data->count - sample;
    return left < trainer->setup.batch ? left : trainer->setup.batch;
}

static BatchRequest request_at(const Trainer *trainer, int64_t sample)
{
    return (BatchRequest){.samples = trainer->order + sample,
                          .count = batch_at(trainer, sample),
                          .seed = trainer->setup.seed,
                          .epoch = (uint64_t)trainer->position.epoch,
                          .augment = true};
}

/* The batch at the position, in the side that it gives. Null after filling `error`. */
static InputSide *current_batch(Trainer *trainer, StrataError *error)
{
    InputSide *side = &trainer->sides[trainer->filled];
    bool ahead = trainer->ahead;
    trainer->ahead = false;
    if (trainer->prefetch && !prefetch_wait(trainer->prefetch, error))
        return NULL;
    BatchRequest request = request_at(trainer, trainer->position.sample);
    request.parallel = thread_pool_parallel(trainer->pool);
    return ahead || batch_fill(&trainer->plan, &request, side->buffers, error) ? side : NULL;
}

/* Lets the thread fill the next batch of this epoch into the other side. */
static void read_ahead(Trainer *trainer)
{
    int64_t next = trainer->position.sample + batch_at(trainer, trainer->position.sample);
    if (!trainer->prefetch || next >= trainer->setup.data->count)
        return;
    trainer->filled = !trainer->filled;
    trainer->ahead = true;
    BatchRequest request = request_at(trainer, next);
    prefetch_start(trainer->prefetch, &request, trainer->sides[trainer->filled].buffers);
}

static void move_on(Trainer *trainer, int64_t count, double objective)
{
    TrainerPosition *position = &trainer->position;
    position->step++;
    position->sample += count;
    position->loss_sum += objective * (double)count;
    if (position->sample < trainer->setup.data->count)
        return;
    trainer->last_loss = position->loss_sum / (double)position->sample;
    position->epoch++;
    position->sample = 0;
    position->loss_sum = 0;
    order_samples(trainer);
}

bool trainer_step(Trainer *trainer, StrataError *error)
{
    int64_t count = batch_at(trainer, trainer->position.sample);
    StepRun *step = &trainer->runs[count == trainer->setup.batch ? 0 : 1];
    InputSide *side = current_batch(trainer, error);
    if (!side)
        return false;
    read_ahead(trainer);
    Run run = {.batch = count,
               .inputs = side->inputs,
               .next_states = trainer->states[!trainer->current].write,
               .lends_states = true,
               .first_sample = trainer->position.sample,
               .seed = trainer->setup.seed,
               .step = (uint64_t)trainer->position.step,
               .rate = trainer->watch.rate_scale,
               .cancelled = trainer->setup.cancelled,
               .context = trainer->setup.context};
    trainer->last_inputs = side->inputs;
    trainer->last_count = count;
    if (!program_run(step->program, step->bindings[trainer->current], step->workspace, &run, error)) {
        trainer_place(trainer, trainer->position); /* the batch that was read ahead is not the next one */
        return false;
    }
    if (!isfinite(run.objective))
        return error_set(error, STRATA_INVALID, E_NOT_FINITE, "the objective is not finite in step %lld",
                         (long long)trainer->position.step + 1);
    trainer->current = !trainer->current;
    move_on(trainer, count, run.objective);
    return true;
}

void trainer_place(Trainer *trainer, TrainerPosition position)
{
    StrataError ignored;
    if (trainer->prefetch)
        prefetch_wait(trainer->prefetch, &ignored);
    trainer->ahead = false;
    trainer->position = position;
    order_samples(trainer);
}

double trainer_last_loss(const Trainer *trainer)
{
    return trainer->last_loss;
}

/* --- watching the loss ---------------------------------------------------------------------------------------------------------- */

void trainer_note(Trainer *trainer, double loss)
{
    TrainerWatch *watch = &trainer->watch;
    watch->noted++;
    watch->waited++;
    if (watch->best_epoch == 0 || loss < watch->best) {
        watch->best = loss;
        watch->best_epoch = watch->noted;
        watch->waited = 0;
    }
    if (trainer->setup.plateau > 0 && watch->waited >= trainer->setup.plateau) {
        watch->rate_scale *= trainer->setup.plateau_factor;
        watch->waited = 0;
    }
}

TrainerWatch trainer_watch(const Trainer *trainer)
{
    return trainer->watch;
}

bool trainer_stops(const Trainer *trainer)
{
    const TrainerWatch *watch = &trainer->watch;
    return trainer->setup.patience > 0 && watch->noted - watch->best_epoch >= trainer->setup.patience;
}

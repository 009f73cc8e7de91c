/* Judging a net by data that it was not trained on: loss and accuracy; see trainer.h. */
#include "train/trainer_parts.h"

#include "thread/pool.h"

#include "base/allocator.h"
#include "base/error.h"

#include <string.h>

enum { CHUNK = 256 };

static size_t real_size(const Trainer *trainer)
{
    return trainer->setup.precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

static size_t output_bytes(const Trainer *trainer, int64_t output)
{
    return (size_t)(CHUNK * type_reals(&program_output(trainer->judge.program, output)->type)) * real_size(trainer);
}

bool judge_make(Trainer *trainer, StrataError *error)
{
    Judge *judge = &trainer->judge;
    ProgramOptions options = {.precision = trainer->setup.precision};
    judge->program = program_make(trainer->setup.judge, &options, &trainer->allocator, error);
    if (!judge->program)
        return false;
    StrataError ignored;
    if (trainer->setup.compile)
        program_compile(
            judge->program,
            &(CompileOptions){.samples = trainer->setup.validate ? trainer->setup.validate->count * trainer->setup.epochs : 1},
            NULL, &ignored);
    judge->workspace = workspace_make(judge->program, CHUNK, trainer->pool, error);
    int64_t count = program_output_count(judge->program);
    judge->outputs = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *judge->outputs);
    if (!judge->workspace || !judge->outputs)
        return judge->workspace ? error_memory(error, (size_t)count * sizeof *judge->outputs) : false;
    judge->output = judge->label = -1;
    for (int64_t i = 0; i < count; i++) {
        if (program_output(judge->program, i)->classes > 0 && judge->output < 0)
            judge->output = i;
        judge->outputs[i] = (OutputBuffer){.data = allocator_take_aligned(&trainer->allocator, output_bytes(trainer, i)),
                                           .element = trainer->setup.precision};
        if (!judge->outputs[i].data)
            return error_memory(error, output_bytes(trainer, i));
    }
    for (int64_t i = 0; i < program_input_count(judge->program); i++)
        if (strncmp(program_input(judge->program, i)->name, "label", strlen("label")) == 0 && judge->label < 0)
            judge->label = i;
    judge->classes = judge->output >= 0 ? program_output(judge->program, judge->output)->classes : 0;
    judge->known = allocator_take_zero(&trainer->allocator, (size_t)judge->classes + 1, sizeof *judge->known);
    return judge->known || error_memory(error, (size_t)judge->classes * sizeof *judge->known);
}

void judge_release(Trainer *trainer)
{
    Judge *judge = &trainer->judge;
    int64_t count = judge->program ? program_output_count(judge->program) : 0;
    for (int64_t i = 0; judge->outputs && i < count; i++)
        if (judge->outputs[i].data)
            allocator_give_aligned(&trainer->allocator, judge->outputs[i].data, output_bytes(trainer, i));
    allocator_give(&trainer->allocator, judge->outputs, (size_t)count + 1, sizeof *judge->outputs);
    allocator_give(&trainer->allocator, judge->known, (size_t)judge->classes + 1, sizeof *judge->known);
    workspace_release(judge->workspace);
    program_release(judge->program);
}

static const InputBuffer *find_state(const Trainer *trainer, const char *prefix, const char *name)
{
    const Program *program = trainer->runs[0].program;
    size_t length = strlen(prefix);
    for (int64_t i = 0; i < program_state_count(program); i++) {
        const char *own = program_state(program, i)->name;
        if (strncmp(own, prefix, length) == 0 && strcmp(own + length, name) == 0)
            return &trainer->states[trainer->current].read[i];
    }
    return NULL;
}

const InputBuffer *find_value(const Trainer *trainer, const char *name)
{
    const Program *program = trainer->runs[0].program;
    const InputBuffer *state = find_state(trainer, "average.", name);
    if (!state)
        state = find_state(trainer, "", name);
    for (int64_t i = 0; !state && i < program_weight_count(program); i++)
        if (strcmp(program_weight(program, i)->name, name) == 0)
            return &trainer->weights.read[i];
    return state;
}

static Binding *bind_judge(Trainer *trainer, StrataError *error)
{
    const Program *program = trainer->judge.program;
    int64_t weights = program_weight_count(program), states = program_state_count(program);
    InputBuffer *buffers = allocator_take_zero(&trainer->allocator, (size_t)(weights + states) + 1, sizeof *buffers);
    if (!buffers) {
        error_memory(error, (size_t)(weights + states) * sizeof *buffers);
        return NULL;
    }
    for (int64_t i = 0; i < weights + states; i++) {
        const ProgramValue *row = i < weights ? program_weight(program, i) : program_state(program, i - weights);
        const InputBuffer *value = find_value(trainer, row->name);
        if (value)
            buffers[i] = *value;
    }
    Binding *binding = binding_make(program, buffers, buffers + weights, true, error);
    allocator_give(&trainer->allocator, buffers, (size_t)(weights + states) + 1, sizeof *buffers);
    return binding;
}

static double read_real(const Trainer *trainer, const void *data, int64_t at)
{
    return trainer->setup.precision == PRECISION_DOUBLE ? ((const double *)data)[at] : (double)((const float *)data)[at];
}

/* Samples whose largest output is that of their label. `known` counts the labels of each class. */
static int64_t count_right(const Trainer *trainer, const InputSide *side, int64_t samples, int64_t *known)
{
    const Judge *judge = &trainer->judge;
    int64_t classes = program_output(judge->program, judge->output)->classes, right = 0;
    for (int64_t i = 0; i < samples; i++) {
        int64_t best = 0;
        for (int64_t k = 1; k < classes; k++)
            if (read_real(trainer, judge->outputs[judge->output].data, i * classes + k) >
                read_real(trainer, judge->outputs[judge->output].data, i * classes + best))
                best = k;
        double label = read_real(trainer, side->buffers[judge->label], i);
        right += (double)best == label;
        if (label >= 0 && label < (double)classes)
            known[(int64_t)label]++;
    }
    return right;
}

/* Buffers of a chunk of inputs. */
static bool take_side(Trainer *trainer, InputSide *side, StrataError *error)
{
    const Program *program = trainer->judge.program;
    int64_t count = program_input_count(program);
    side->buffers = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *side->buffers);
    side->inputs = allocator_take_zero(&trainer->allocator, (size_t)count + 1, sizeof *side->inputs);
    side->order = allocator_take(&trainer->allocator, CHUNK, sizeof *side->order);
    bool done = side->buffers && side->inputs && side->order;
    for (int64_t i = 0; done && i < count; i++) {
        size_t bytes = (size_t)(CHUNK * type_reals(&program_input(program, i)->type)) * real_size(trainer);
        side->buffers[i] = allocator_take_aligned(&trainer->allocator, bytes);
        side->inputs[i] = (InputBuffer){.data = side->buffers[i], .element = trainer->setup.precision};
        done = side->buffers[i] != NULL;
    }
    return done || error_memory(error, CHUNK * sizeof *side->order);
}

static void give_side(Trainer *trainer, InputSide *side)
{
    const Program *program = trainer->judge.program;
    int64_t count = program_input_count(program);
    for (int64_t i = 0; side->buffers && i < count; i++)
        if (side->buffers[i])
            allocator_give_aligned(&trainer->allocator, side->buffers[i],
                                   (size_t)(CHUNK * type_reals(&program_input(program, i)->type)) * real_size(trainer));
    allocator_give(&trainer->allocator, side->buffers, (size_t)count + 1, sizeof *side->buffers);
    allocator_give(&trainer->allocator, side->inputs, (size_t)count + 1, sizeof *side->inputs);
    allocator_give(&trainer->allocator, side->order, CHUNK, sizeof *side->order);
}

static bool judge_all(Trainer *trainer, const BatchPlan *plan, const Binding *binding, InputSide *side, Judgement *result,
                      StrataError *error)
{
    const Judge *judge = &trainer->judge;
    int64_t total = plan->dataset->count;
    memset(judge->known, 0, (size_t)judge->classes * sizeof *judge->known);
    for (int64_t first = 0; first < total; first += CHUNK) {
        int64_t count = total - first < CHUNK ? total - first : CHUNK;
        for (int64_t i = 0; i < count; i++)
            side->order[i] = first + i;
        BatchRequest request = {.samples = side->order, .count = count, .parallel = thread_pool_parallel(trainer->pool)};
        if (!batch_fill(plan, &request, side->buffers, error))
            return false;
        Run run = {.batch = count,
                   .inputs = side->inputs,
                   .outputs = judge->outputs,
                   .first_sample = first,
                   .seed = trainer->setup.seed,
                   .cancelled = trainer->setup.cancelled,
                   .context = trainer->setup.context};
        if (!program_run(judge->program, binding, judge->workspace, &run, error))
            return false;
        result->loss += run.objective * (double)count;
        result->samples += count;
        if (result->classifies)
            result->right += count_right(trainer, side, count, judge->known);
    }
    for (int64_t i = 0; i < judge->classes; i++)
        result->commonest = judge->known[i] > result->commonest ? judge->known[i] : result->commonest;
    result->loss /= (double)result->samples;
    return true;
}

bool trainer_judge(Trainer *trainer, const Dataset *data, Judgement *result, StrataError *error)
{
    const Judge *judge = &trainer->judge;
    *result = (Judgement){.classifies = judge->output >= 0 && judge->label >= 0};
    data = data ? data : trainer->setup.validate;
    if (!data)
        return error_set(error, STRATA_USAGE, 0, "there are no held-out data to judge by");
    BatchPlan plan;
    InputSide side = {0};
    if (!batch_plan_make(&plan, data, judge->program, judge->program, trainer->setup.net, error))
        return false;
    Binding *binding = bind_judge(trainer, error);
    bool done = binding && take_side(trainer, &side, error) && judge_all(trainer, &plan, binding, &side, result, error);
    give_side(trainer, &side);
    binding_release(binding);
    batch_plan_release(&plan);
    return done;
}

/* Workspaces, and runs: a batch is cut into tiles, each of which goes through the steps once. */
#include "engine/interpreter/interpreter.h"
#include "engine/profile.h"

#include "thread/pool.h"

bool machine_make(Machine *machine, const Program *program, size_t work_size, StrataError *error)
{
    const Plan *plan = program->plan;
    const StrataAllocator *allocator = &program->allocator;
    machine->work_size = work_size;
    machine->work = allocator_take_aligned(allocator, work_size);
    machine->operands = allocator_take(allocator, (size_t)plan->widest, sizeof *machine->operands);
    machine->strides = allocator_take(allocator, (size_t)plan->widest, sizeof *machine->strides);
    machine->iterations = allocator_take(allocator, (size_t)plan->loop_count, sizeof *machine->iterations);
    if (machine->work && machine->operands && machine->strides && machine->iterations)
        return true;
    machine_release(machine, program);
    return error_memory(error, work_size);
}

void machine_release(Machine *machine, const Program *program)
{
    const Plan *plan = program->plan;
    const StrataAllocator *allocator = &program->allocator;
    allocator_give_aligned(allocator, machine->work, machine->work_size);
    allocator_give(allocator, machine->operands, (size_t)plan->widest, sizeof *machine->operands);
    allocator_give(allocator, machine->strides, (size_t)plan->widest, sizeof *machine->strides);
    allocator_give(allocator, machine->iterations, (size_t)plan->loop_count, sizeof *machine->iterations);
}

Workspace *workspace_make(const Program *program, int64_t samples, ThreadPool *pool, StrataError *error)
{
    const Plan *plan = program->plan;
    error_clear(error);
    Workspace *workspace = allocator_take_zero(&program->allocator, 1, sizeof *workspace);
    if (!workspace) {
        error_memory(error, sizeof *workspace);
        return NULL;
    }
    bool one = samples == 1 && plan->first_layout == LAYOUT_ONE;
    size_t size = plan->run.peak[one ? LAYOUT_ONE : LAYOUT_TILE];
    if (plan->run.peak[plan->first_layout] > size)
        size = plan->run.peak[plan->first_layout];
    workspace->program = program;
    workspace->pool = pool;
    workspace->capacity = one ? 1 : plan->tile;
    if (machine_make(&workspace->machine, program, size, error))
        return workspace;
    allocator_give(&program->allocator, workspace, 1, sizeof *workspace);
    return NULL;
}

void workspace_release(Workspace *workspace)
{
    if (!workspace)
        return;
    const Program *program = workspace->program;
    machine_release(&workspace->machine, program);
    allocator_give(&program->allocator, workspace, 1, sizeof *workspace);
}

/* States that nothing changes are handed over as they were. */
static void store_old_states(const Execution *execution)
{
    const Plan *plan = execution->program->plan;
    for (int64_t i = 0; execution->run->next_states && i < plan->state_count; i++) {
        const OutputBuffer *buffer = &execution->run->next_states[i];
        if (buffer->data)
            copy_reals(buffer->data, buffer->element, binding_state(execution->binding, i), plan->precision,
                       type_reals(&plan->states[i].type));
    }
}

static bool check_run(const Program *program, const Binding *binding, const Workspace *workspace, const Run *run,
                      StrataError *error)
{
    const Plan *plan = program->plan;
    if (binding->program != program || workspace->program != program)
        return error_set(error, STRATA_USAGE, 0, "the weights or the workspace belong to another program");
    if (run->profile && profile_program(run->profile) != program)
        return error_set(error, STRATA_USAGE, 0, "the profile belongs to another program");
    if (run->batch < 0)
        return error_set(error, STRATA_USAGE, 0, "a batch of %lld samples", (long long)run->batch);
    if (plan->batch > 0 && run->batch != plan->batch)
        return error_set(error, STRATA_USAGE, 0, "the program is planned for %lld samples, got %lld", (long long)plan->batch,
                         (long long)run->batch);
    return true;
}

/* A range of the caller's memory. */
typedef struct Range {
    uintptr_t start;
    size_t bytes;
} Range;

static Range range_of(const void *data, Precision element, const Type *type, int64_t batch)
{
    size_t reals = (size_t)(type_reals(type) * (type->batched ? batch : 1));
    return (Range){(uintptr_t)data, data ? reals * precision_size(element) : 0};
}

static bool overlap(Range a, Range b)
{
    return a.start < b.start + b.bytes && b.start < a.start + a.bytes;
}

/* Whether results lie apart from one another and from the inputs: then values may lie in the caller's memory from the start. With more of them
 * than usual it is not worth asking. */
static bool lies_apart(const Plan *plan, const Run *run)
{
    enum { MOST_VALUES = 16 };
    if (plan->input_count > MOST_VALUES || plan->output_count > MOST_VALUES)
        return false;
    for (int64_t i = 0; run->outputs && i < plan->output_count; i++) {
        Range output = range_of(run->outputs[i].data, run->outputs[i].element, &plan->outputs[i].type, run->batch);
        for (int64_t j = 0; run->inputs && j < plan->input_count; j++)
            if (overlap(output, range_of(run->inputs[j].data, run->inputs[j].element, &plan->inputs[j].type, run->batch)))
                return false;
        for (int64_t j = 0; j < i; j++)
            if (overlap(output, range_of(run->outputs[j].data, run->outputs[j].element, &plan->outputs[j].type, run->batch)))
                return false;
    }
    return true;
}

bool program_run(const Program *program, const Binding *binding, Workspace *workspace, Run *run, StrataError *error)
{
    const Plan *plan = program->plan;
    error_clear(error);
    if (!check_run(program, binding, workspace, run, error))
        return false;
    Execution execution = {
        .program = program,
        .binding = binding,
        .list = &plan->run,
        .functions = program_functions(program),
        .machine = &workspace->machine,
        .parallel = thread_pool_parallel(workspace->pool),
        .run = run,
        .lent = lies_apart(plan, run),
    };
    store_old_states(&execution);
    do {
        int64_t left = run->batch - execution.first;
        execution.samples = left < workspace->capacity ? left : workspace->capacity;
        execution.layout = execution.samples <= 1 ? plan->first_layout : LAYOUT_TILE;
        if (!execute(&execution, error))
            return false;
        execution.first += execution.samples;
    } while (execution.first < run->batch);
    run->objective = execution.objective;
    return true;
}

/* Bindings: weights and states in the Program's precision, and what follows from them alone. */
#include "engine/interpreter/interpreter.h"

static int64_t row_count(const Plan *plan)
{
    return plan->weight_count + plan->state_count;
}

static const ProgramValue *row_value(const Plan *plan, int64_t row)
{
    return row < plan->weight_count ? &plan->weights[row] : &plan->states[row - plan->weight_count];
}

static int64_t row_reals(const Plan *plan, int64_t row)
{
    return type_reals(&row_value(plan, row)->type);
}

static size_t row_size(const Plan *plan, int64_t row)
{
    return size_aligned(size_multiply((size_t)row_reals(plan, row), precision_size(plan->precision)));
}

/* The caller's buffer of a row, or null. */
static const InputBuffer *given(const Plan *plan, const InputBuffer *weights, const InputBuffer *states, int64_t row)
{
    const InputBuffer *buffers = row < plan->weight_count ? weights : states;
    if (!buffers)
        return NULL;
    const InputBuffer *buffer = &buffers[row < plan->weight_count ? row : row - plan->weight_count];
    return buffer->data ? buffer : NULL;
}

/* Computes the prepared values; the arena for it is needed no longer than that. */
static bool prepare(Binding *binding, StrataError *error)
{
    const Program *program = binding->program;
    const Plan *plan = program->plan;
    if (plan->prepare.count == 0)
        return true;
    Machine machine;
    if (!machine_make(&machine, program, plan->prepare.peak[LAYOUT_TILE], error))
        return false;
    Run run = {0};
    Execution execution = {
        .program = program,
        .binding = binding,
        .list = &plan->prepare,
        .machine = &machine,
        .run = &run,
        .layout = LAYOUT_TILE,
        .samples = 1,
    };
    bool done = execute(&execution, error);
    machine_release(&machine, program);
    return done;
}

/* A Binding with room for all rows that are not borrowed; nothing is copied yet. */
static Binding *make_empty(const Program *program, const InputBuffer *weights, const InputBuffer *states, bool borrow,
                           StrataError *error)
{
    const Plan *plan = program->plan;
    const StrataAllocator *allocator = &program->allocator;
    Binding *binding = allocator_take_zero(allocator, 1, sizeof *binding);
    if (!binding) {
        error_memory(error, sizeof *binding);
        return NULL;
    }
    size_t rows = (size_t)row_count(plan);
    binding->program = program;
    binding->rows = allocator_take_zero(allocator, rows, sizeof *binding->rows);
    binding->borrowed = allocator_take_zero(allocator, rows, sizeof *binding->borrowed);
    binding->prepared = allocator_take_aligned(allocator, plan->prepared);
    for (size_t i = 0; i < rows && binding->borrowed; i++) {
        const InputBuffer *buffer = given(plan, weights, states, (int64_t)i);
        binding->borrowed[i] = borrow && buffer && buffer->element == plan->precision &&
                               (uintptr_t)buffer->data % precision_size(plan->precision) == 0;
        if (!binding->borrowed[i])
            binding->owned_size = size_add(binding->owned_size, row_size(plan, (int64_t)i));
    }
    binding->owned = allocator_take_aligned(allocator, binding->owned_size);
    if (binding->rows && binding->borrowed && binding->prepared && binding->owned)
        return binding;
    error_memory(error, size_add(binding->owned_size, plan->prepared));
    binding_release(binding);
    return NULL;
}

/* Copies or borrows each row. */
static void fill_rows(Binding *binding, const InputBuffer *weights, const InputBuffer *states)
{
    const Plan *plan = binding->program->plan;
    unsigned char *next = binding->owned;
    for (int64_t i = 0; i < row_count(plan); i++) {
        const InputBuffer *buffer = given(plan, weights, states, i);
        if (binding->borrowed[i]) {
            binding->rows[i] = buffer->data;
            continue;
        }
        if (buffer)
            copy_reals(next, plan->precision, buffer->data, buffer->element, row_reals(plan, i));
        binding->rows[i] = next;
        next += row_size(plan, i);
    }
}

Binding *binding_make(const Program *program, const InputBuffer *weights, const InputBuffer *states, bool borrow,
                      StrataError *error)
{
    const Plan *plan = program->plan;
    error_clear(error);
    for (int64_t i = 0; i < row_count(plan); i++) {
        if (given(plan, weights, states, i))
            continue;
        error_set(error, STRATA_USAGE, 0, "%s %s is missing", i < plan->weight_count ? "weight" : "state",
                  row_value(plan, i)->name);
        return NULL;
    }
    Binding *binding = make_empty(program, weights, states, borrow, error);
    if (!binding)
        return NULL;
    fill_rows(binding, weights, states);
    if (prepare(binding, error))
        return binding;
    binding_release(binding);
    return NULL;
}

/* Runs a Program whose outputs are the initial values, straight into the rows. */
static bool compute_initial(Binding *binding, const Program *initial, uint64_t seed, StrataError *error)
{
    const Plan *plan = binding->program->plan;
    const StrataAllocator *allocator = &binding->program->allocator;
    size_t rows = (size_t)row_count(plan);
    OutputBuffer *outputs = allocator_take(allocator, rows, sizeof *outputs);
    if (!outputs)
        return error_memory(error, rows * sizeof *outputs);
    for (size_t i = 0; i < rows; i++)
        outputs[i] = (OutputBuffer){.data = (void *)binding->rows[i], .element = plan->precision};
    Binding *nothing = make_empty(initial, NULL, NULL, false, error);
    if (nothing)
        fill_rows(nothing, NULL, NULL);
    Workspace *workspace = nothing ? workspace_make(initial, 1, NULL, error) : NULL;
    Run run = {.batch = 1, .outputs = outputs, .seed = seed};
    bool done = workspace && program_run(initial, nothing, workspace, &run, error);
    workspace_release(workspace);
    binding_release(nothing);
    allocator_give(allocator, outputs, rows, sizeof *outputs);
    return done;
}

Binding *binding_make_initial(const Program *program, const Graph *graph, uint64_t seed, StrataError *error)
{
    ProgramOptions options = {.precision = program->plan->precision, .purpose = PURPOSE_INITIAL};
    Program *initial = program_make(graph, &options, &program->allocator, error);
    if (!initial)
        return NULL;
    Binding *binding = make_empty(program, NULL, NULL, false, error);
    if (binding)
        fill_rows(binding, NULL, NULL);
    bool done = binding && compute_initial(binding, initial, seed, error) && prepare(binding, error);
    program_release(initial);
    if (done)
        return binding;
    binding_release(binding);
    return NULL;
}

void binding_release(Binding *binding)
{
    if (!binding)
        return;
    const Plan *plan = binding->program->plan;
    const StrataAllocator *allocator = &binding->program->allocator;
    size_t rows = (size_t)row_count(plan);
    allocator_give_aligned(allocator, binding->owned, binding->owned_size);
    allocator_give_aligned(allocator, binding->prepared, plan->prepared);
    allocator_give(allocator, binding->borrowed, rows, sizeof *binding->borrowed);
    allocator_give(allocator, binding->rows, rows, sizeof *binding->rows);
    allocator_give(allocator, binding, 1, sizeof *binding);
}

const void *binding_prepared(const Binding *binding)
{
    return binding->prepared;
}

const void *binding_weight(const Binding *binding, int64_t index)
{
    return binding->rows[index];
}

const void *binding_state(const Binding *binding, int64_t index)
{
    return binding->rows[binding->program->plan->weight_count + index];
}

bool binding_update(Binding *binding, const InputBuffer *weights, const InputBuffer *states, StrataError *error)
{
    const Plan *plan = binding->program->plan;
    error_clear(error);
    for (int64_t i = 0; i < row_count(plan); i++)
        if (given(plan, weights, states, i) && binding->borrowed[i])
            return error_set(error, STRATA_USAGE, 0, "%s belongs to the caller and cannot be replaced", row_value(plan, i)->name);
    for (int64_t i = 0; i < row_count(plan); i++) {
        const InputBuffer *buffer = given(plan, weights, states, i);
        if (buffer)
            copy_reals((void *)binding->rows[i], plan->precision, buffer->data, buffer->element, row_reals(plan, i));
    }
    return prepare(binding, error);
}

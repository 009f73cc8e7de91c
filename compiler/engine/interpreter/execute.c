/* Execution of a list of steps for one tile: a loop over the steps that calls a kernel for each, and knows no operation. It takes
 * memory from nobody. */
#include "engine/interpreter/interpreter.h"
#include "engine/profile.h"
#include "thread/parallel.h"

static const void *row_address(const Execution *execution, const Buffer *buffer)
{
    const Plan *plan = execution->program->plan;
    int64_t row = buffer->storage == STORAGE_STATE ? plan->weight_count + buffer->row : buffer->row;
    return execution->binding->rows[row];
}

static bool is_lent(const void *data, Precision element, Precision wanted)
{
    return data && element == wanted && (uintptr_t)data % precision_size(wanted) == 0;
}

/* A buffer's place in the memory of the caller, where it may lie there; else null. */
static unsigned char *lent_address(const Execution *execution, const Buffer *buffer)
{
    const Plan *plan = execution->program->plan;
    const Run *run = execution->run;
    if (!execution->lent || (buffer->input < 0 && buffer->output < 0))
        return NULL;
    size_t first = buffer->batched ? (size_t)(buffer->reals * execution->first) * precision_size(plan->precision) : 0;
    if (buffer->input >= 0 && run->inputs) {
        const InputBuffer *input = &run->inputs[buffer->input];
        return is_lent(input->data, input->element, plan->precision) ? (unsigned char *)input->data + first : NULL;
    }
    if (buffer->output >= 0 && run->outputs && (buffer->batched || execution->first == 0)) {
        const OutputBuffer *output = &run->outputs[buffer->output];
        return is_lent(output->data, output->element, plan->precision) ? (unsigned char *)output->data + first : NULL;
    }
    return NULL;
}

/* The same for a value that becomes a next state. */
static unsigned char *state_address(const Execution *execution, const PlanValue *value)
{
    const Run *run = execution->run;
    if (value->next < 0 || !run->lends_states || !run->next_states || execution->first > 0)
        return NULL;
    const OutputBuffer *next = &run->next_states[value->next];
    return is_lent(next->data, next->element, execution->program->plan->precision) ? (unsigned char *)next->data : NULL;
}

static unsigned char *work_address(const Execution *execution, const PlanValue *value, const Buffer *buffer)
{
    unsigned char *lent = state_address(execution, value);
    lent = lent ? lent : lent_address(execution, buffer);
    return lent ? lent : execution->machine->work + buffer->offset[execution->layout];
}

/* Weights, states and constants are only read, though kernels' results and operands share this type. */
unsigned char *value_address(const Execution *execution, int32_t value)
{
    const Plan *plan = execution->program->plan;
    const Buffer *buffer = &plan->buffers[plan->values[value].buffer];
    switch (buffer->storage) {
    case STORAGE_WORK:
        return work_address(execution, &plan->values[value], buffer);
    case STORAGE_PREPARED:
        return execution->binding->prepared + buffer->offset[LAYOUT_TILE];
    case STORAGE_CONSTANT:
        return execution->program->fixed + plan->constant_rows[buffer->row].offset;
    default:
        return (unsigned char *)row_address(execution, buffer);
    }
}

int64_t value_stride(const Plan *plan, int32_t value)
{
    const Type *type = &plan->values[value].type;
    return type->batched ? type_reals(type) : 0;
}

bool step_is_batched(const Plan *plan, const Step *step)
{
    bool batched = plan->values[step->result].type.batched;
    for (int32_t k = 0; k < step->operand_count; k++)
        batched |= plan->values[step->operands[k]].type.batched;
    return batched;
}

/* The kernel with the step's numbers built in where there is one, unless several threads together are faster. */
static KernelFunction function_of(const Execution *execution, const Step *step)
{
    bool shared = step->kernel->specialised_alone && parallel_threads(execution->parallel) > 1;
    const KernelFunction *functions = shared ? NULL : execution->functions;
    if (functions && functions[step - execution->list->items])
        return functions[step - execution->list->items];
    return kernel_function(step->kernel, execution->program->plan->precision == PRECISION_DOUBLE, kernel_level());
}

static void execute_kernel(Execution *execution, const Step *step, int32_t loop)
{
    const Program *program = execution->program;
    const Plan *plan = program->plan;
    Machine *machine = execution->machine;
    bool batched = plan->values[step->result].type.batched;
    for (int32_t k = 0; k < step->operand_count; k++) {
        machine->operands[k] = value_address(execution, step->operands[k]);
        machine->strides[k] = value_stride(plan, step->operands[k]);
    }
    KernelArguments arguments = {
        .integers = step->integers,
        .reals = step->reals,
        .operands = machine->operands,
        .result = value_address(execution, step->result),
        .strides = machine->strides,
        .result_stride = value_stride(plan, step->result),
        .samples = step_is_batched(plan, step) ? execution->samples : 1,
        .scratch = step->scratch >= 0 ? machine->work + plan->buffers[step->scratch].offset[execution->layout] : NULL,
        .table = step->table >= 0 ? program->fixed + plan->tables[step->table].offset : NULL,
        .seed = execution->run->seed,
        .step = execution->run->step,
        .iteration = scan_iteration(execution, loop),
        .first_sample = batched ? execution->run->first_sample + execution->first : 0,
        .parallel = execution->parallel,
    };
    if (arguments.samples > 0)
        function_of(execution, step)(&arguments);
}

/* Where the list goes on after the end of an iteration; the loop that it is then in goes to `loop`. */
static int64_t next_iteration(Execution *execution, int64_t position, int32_t *loop)
{
    const Loop *row = &execution->program->plan->loops[*loop];
    int64_t *finished = &execution->machine->iterations[*loop];
    if (++*finished < row->length)
        return row->begin + 1;
    *loop = row->parent;
    return position + 1;
}

static bool cancelled(const Execution *execution, StrataError *error)
{
    const Run *run = execution->run;
    if (!run->cancelled || !run->cancelled(run->context))
        return false;
    error_set(error, STRATA_CANCELLED, 0, "the run was cancelled");
    return true;
}

bool execute(Execution *execution, StrataError *error)
{
    const StepList *list = execution->list;
    Profile *profile = execution->run->profile;
    if (profile)
        profile_pass(profile);
    int32_t loop = -1;
    int64_t position = 0;
    while (position < list->count) {
        const Step *step = &list->items[position];
        if (cancelled(execution, error))
            return false;
        double start = profile ? profile_clock() : 0;
        switch (step->kind) {
        case STEP_KERNEL:
            execute_kernel(execution, step, loop);
            break;
        case STEP_LOAD:
            if (!execute_load(execution, step, error))
                return false;
            break;
        case STEP_STORE:
        case STEP_NEXT_STATE:
            execute_store(execution, step);
            break;
        case STEP_OBJECTIVE:
            execute_objective(execution, step);
            break;
        case STEP_SCAN_BEGIN:
            loop = step->row;
            execution->machine->iterations[loop] = 0;
            break;
        case STEP_SCAN_STATE:
            execute_scan_state(execution, step);
            break;
        case STEP_SCAN_SLICE:
            execute_scan_slice(execution, step);
            break;
        case STEP_SCAN_STACK:
            execute_scan_stack(execution, step);
            break;
        case STEP_SCAN_END:
            position = next_iteration(execution, position, &loop);
            continue;
        }
        if (profile)
            profile_add(profile, position, profile_clock() - start);
        position++;
    }
    return true;
}

/* Between the caller's memory and the Plan's: inputs in, outputs, next states and the objective out. */
#include "engine/interpreter/interpreter.h"

#include <math.h>
#include <string.h>

/* The caller's reals may lie at any address, hence the copies of single elements by memcpy; compilers make plain moves of them. */
static double read_real(const void *from, Precision element, int64_t index)
{
    if (element == PRECISION_DOUBLE) {
        double real;
        memcpy(&real, (const unsigned char *)from + (size_t)index * sizeof real, sizeof real);
        return real;
    }
    float real;
    memcpy(&real, (const unsigned char *)from + (size_t)index * sizeof real, sizeof real);
    return real;
}

static void widen(unsigned char *to, const unsigned char *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        float narrow;
        memcpy(&narrow, from + (size_t)i * sizeof narrow, sizeof narrow);
        double wide = narrow;
        memcpy(to + (size_t)i * sizeof wide, &wide, sizeof wide);
    }
}

static void narrow(unsigned char *to, const unsigned char *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        double wide;
        memcpy(&wide, from + (size_t)i * sizeof wide, sizeof wide);
        float narrow = (float)wide;
        memcpy(to + (size_t)i * sizeof narrow, &narrow, sizeof narrow);
    }
}

void copy_reals(void *to, Precision to_element, const void *from, Precision from_element, int64_t count)
{
    if (count <= 0 || to == from)
        return;
    if (to_element == from_element)
        memcpy(to, from, (size_t)count * precision_size(to_element));
    else if (to_element == PRECISION_DOUBLE)
        widen(to, from, count);
    else
        narrow(to, from, count);
}

/* Whole numbers in their range: kernels use them as indices. A NaN fails the first comparison. */
static bool check_entries(const ProgramValue *input, const void *from, Precision element, int64_t count, StrataError *error)
{
    if (input->kind == INPUT_REAL)
        return true;
    double end = input->kind == INPUT_BYTES ? 256 : (double)input->below;
    for (int64_t i = 0; i < count; i++) {
        double entry = read_real(from, element, i);
        if (!(entry >= 0 && entry < end) || floor(entry) != entry)
            return error_set(error, STRATA_INVALID, 850, "input %s takes whole numbers from 0 to %.0f, got %.17g", input->name,
                             end - 1, entry);
    }
    return true;
}

static bool load_input(Execution *execution, const Step *step, StrataError *error)
{
    const Plan *plan = execution->program->plan;
    const ProgramValue *input = &plan->inputs[step->row];
    int64_t reals = type_reals(&input->type);
    int64_t count = input->type.batched ? reals * execution->samples : reals;
    if (count == 0)
        return true;
    const InputBuffer *buffer = execution->run->inputs ? &execution->run->inputs[step->row] : NULL;
    if (!buffer || !buffer->data)
        return error_set(error, STRATA_USAGE, 0, "input %s is missing", input->name);
    int64_t first = input->type.batched ? reals * execution->first : 0;
    const unsigned char *from = (const unsigned char *)buffer->data + (size_t)first * precision_size(buffer->element);
    if (!check_entries(input, from, buffer->element, count, error))
        return false;
    copy_reals(value_address(execution, step->result), plan->precision, from, buffer->element, count);
    return true;
}

bool execute_load(Execution *execution, const Step *step, StrataError *error)
{
    const Run *run = execution->run;
    if (step->op == OP_INPUT)
        return load_input(execution, step, error);
    double scalar = step->op == OP_SEED ? (double)run->seed : step->op == OP_STEP ? (double)run->step : run->rate;
    copy_reals(value_address(execution, step->result), execution->program->plan->precision, &scalar, PRECISION_DOUBLE, 1);
    return true;
}

void execute_store(Execution *execution, const Step *step)
{
    const Plan *plan = execution->program->plan;
    OutputBuffer *buffers = step->kind == STEP_STORE ? execution->run->outputs : execution->run->next_states;
    const Type *type = &plan->values[step->operands[0]].type;
    bool wanted = buffers && buffers[step->row].data && (type->batched || execution->first == 0);
    if (!wanted)
        return;
    const OutputBuffer *buffer = &buffers[step->row];
    int64_t reals = type_reals(type);
    int64_t first = type->batched ? reals * execution->first : 0;
    unsigned char *to = (unsigned char *)buffer->data + (size_t)first * precision_size(buffer->element);
    copy_reals(to, buffer->element, value_address(execution, step->operands[0]), plan->precision,
               type->batched ? reals * execution->samples : reals);
}

/* A value for each sample counts by its mean, one for all samples as it is. */
void execute_objective(Execution *execution, const Step *step)
{
    const Plan *plan = execution->program->plan;
    const unsigned char *from = value_address(execution, step->operands[0]);
    bool batched = plan->values[step->operands[0]].type.batched;
    if (!batched && execution->first == 0)
        execution->objective += read_real(from, plan->precision, 0);
    for (int64_t i = 0; batched && i < execution->samples; i++)
        execution->objective += read_real(from, plan->precision, i) / (double)execution->run->batch;
}

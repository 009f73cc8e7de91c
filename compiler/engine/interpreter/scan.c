/* The steps of a scan's loop: slices of sequences and stacks. A sequence is batch x length x slice, so a tile's slice is copied sample by
 * sample. The state of an iteration is read back from the stack, where the one before put it: so states need no memory of their own
 * between iterations, and a body that exchanges two states needs no care. */
#include "engine/interpreter/interpreter.h"

#include <string.h>

int64_t scan_position(const Execution *execution, int32_t loop)
{
    const Loop *row = &execution->program->plan->loops[loop];
    int64_t finished = execution->machine->iterations[loop];
    return row->reverse ? row->length - 1 - finished : finished;
}

uint64_t scan_iteration(const Execution *execution, int32_t loop)
{
    uint64_t iteration = 0;
    uint64_t factor = 1;
    for (; loop >= 0; loop = execution->program->plan->loops[loop].parent) {
        iteration += factor * (uint64_t)scan_position(execution, loop);
        factor *= (uint64_t)execution->program->plan->loops[loop].length;
    }
    return iteration;
}

/* One side of a copy: where the first sample's reals lie, and how far the next sample's are. */
typedef struct Side {
    unsigned char *start;
    size_t stride;
} Side;

static Side whole_side(const Execution *execution, int32_t value)
{
    const Plan *plan = execution->program->plan;
    const Type *type = &plan->values[value].type;
    size_t bytes = (size_t)type_reals(type) * precision_size(plan->precision);
    return (Side){value_address(execution, value), type->batched ? bytes : 0};
}

/* The slice at `position` along dimension 0. */
static Side slice_side(const Execution *execution, int32_t value, int64_t position)
{
    const Plan *plan = execution->program->plan;
    const Type *type = &plan->values[value].type;
    size_t bytes = (size_t)type_reals(type) * precision_size(plan->precision);
    size_t slice = bytes / (size_t)type->size[0];
    return (Side){value_address(execution, value) + slice * (size_t)position, type->batched ? bytes : 0};
}

/* Copies `bytes` for each sample; an unbatched source gives every sample the same. */
static void copy_samples(const Execution *execution, Side to, Side from, size_t bytes)
{
    int64_t samples = to.stride ? execution->samples : 1;
    for (int64_t i = 0; i < samples; i++)
        memcpy(to.start + to.stride * (size_t)i, from.start + from.stride * (size_t)i, bytes);
}

static size_t value_bytes(const Execution *execution, int32_t value)
{
    const Plan *plan = execution->program->plan;
    return (size_t)type_reals(&plan->values[value].type) * precision_size(plan->precision);
}

void execute_scan_state(Execution *execution, const Step *step)
{
    const Loop *row = &execution->program->plan->loops[step->row];
    Side from = whole_side(execution, step->operands[0]);
    if (execution->machine->iterations[step->row] > 0) {
        int64_t position = scan_position(execution, step->row);
        from = slice_side(execution, step->operands[1], row->reverse ? position + 1 : position - 1);
    }
    copy_samples(execution, whole_side(execution, step->result), from, value_bytes(execution, step->result));
}

void execute_scan_slice(Execution *execution, const Step *step)
{
    Side from = slice_side(execution, step->operands[0], scan_position(execution, step->row));
    copy_samples(execution, whole_side(execution, step->result), from, value_bytes(execution, step->result));
}

void execute_scan_stack(Execution *execution, const Step *step)
{
    Side to = slice_side(execution, step->operands[1], scan_position(execution, step->row));
    copy_samples(execution, to, whole_side(execution, step->operands[0]), value_bytes(execution, step->operands[0]));
}

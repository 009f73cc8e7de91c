/* Lending: finds the buffers that can be the caller's own memory, so that inputs need not be copied in and results not copied out.
 *
 * An input can be read where the caller has it when nothing but its load writes to its buffer. A buffer can be the memory of an output or of a next state
 * from its first entry on when it is handed over once and nobody writes to it afterwards. Whether it is so in a run depends on what the caller gives: an element
 * type of its own, or memory that overlaps, goes through the arena, where the buffer keeps its place for that. */
#include "engine/planner.h"

/* What happens to a buffer in the list. */
typedef struct Use {
    int64_t writes, stores;
    int64_t last_write, store; /* positions */
    int32_t input, output, next;
} Use;

static void note_write(const Plan *plan, Use *uses, int32_t value, int64_t position)
{
    Use *use = &uses[plan->values[value].buffer];
    use->writes++;
    use->last_write = position;
}

static void note_step(const Plan *plan, Use *uses, const Step *step, int64_t position)
{
    if (step->result >= 0)
        note_write(plan, uses, step->result, position);
    if (step->kind == STEP_SCAN_STACK)
        note_write(plan, uses, step->operands[1], position);
    if (step->kind == STEP_LOAD && step->op == OP_INPUT)
        uses[plan->values[step->result].buffer].input = step->row;
    if (step->kind == STEP_STORE || step->kind == STEP_NEXT_STATE) {
        Use *use = &uses[plan->values[step->operands[0]].buffer];
        use->stores++;
        use->store = position;
        *(step->kind == STEP_STORE ? &use->output : &use->next) = step->row;
    }
}

void plan_lend(Plan *plan)
{
    Use *uses = arena_zero(plan->arena, (size_t)plan->buffer_count, sizeof *uses);
    for (int64_t i = 0; i < plan->buffer_count; i++)
        uses[i].input = uses[i].output = uses[i].next = -1;
    for (int64_t p = 0; p < plan->run.count; p++)
        note_step(plan, uses, &plan->run.items[p], p);
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        Buffer *buffer = &plan->buffers[i];
        const Use *use = &uses[i];
        if (buffer->storage != STORAGE_WORK || buffer->prepare || buffer->scratch || use->writes == 0)
            continue;
        if (use->input >= 0 && use->writes == 1)
            buffer->input = use->input;
        if (use->input < 0 && use->stores == 1 && use->last_write < use->store) {
            buffer->output = use->output;
            buffer->next = use->next;
        }
    }
}

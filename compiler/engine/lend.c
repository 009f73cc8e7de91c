/* Lending: finds what can lie in the caller's own memory, so that inputs need not be copied in and results not copied out.
 *
 * An input can be read where the caller has it when nothing but its load writes to its buffer. A buffer can be the memory of an output from its first entry on when it is
 * handed over once and nobody writes to it afterwards. A value that becomes a next state can be made there, though the buffer that it would have is another value's
 * before and after: an optimizer's kernel then reads the gradient and writes the state. Whether it is so in a run depends on what the caller gives: an element
 * type of its own, or memory that overlaps, goes through the arena, where everything keeps its place for that. */
#include "engine/planner.h"

/* What happens to a buffer in the list. */
typedef struct Use {
    int64_t writes, stores;
    int64_t last_write, store; /* positions */
    int32_t input, output;
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
        if (step->kind == STEP_STORE)
            use->output = step->row;
    }
}

static void lend_buffers(Plan *plan)
{
    Use *uses = arena_zero(plan->arena, (size_t)plan->buffer_count, sizeof *uses);
    for (int64_t i = 0; i < plan->buffer_count; i++)
        uses[i].input = uses[i].output = -1;
    for (int64_t p = 0; p < plan->run.count; p++)
        note_step(plan, uses, &plan->run.items[p], p);
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        Buffer *buffer = &plan->buffers[i];
        const Use *use = &uses[i];
        if (buffer->storage != STORAGE_WORK || buffer->prepare || buffer->scratch || use->writes == 0)
            continue;
        if (use->input >= 0 && use->writes == 1)
            buffer->input = use->input;
        if (use->input < 0 && use->stores == 1 && use->last_write < use->store)
            buffer->output = use->output;
    }
}

/* What a step wrote, until the next one writes to the same buffer: the value that it made, and others that see it in another shape. */
typedef struct Content {
    int64_t states; /* that it becomes */
    int32_t row;    /* of one of them */
} Content;

/* The step that made what a value is, for each value that occurs in the list; -1 for others. */
static int64_t *find_makers(const Plan *plan)
{
    int64_t *makers = arena_take(plan->arena, (size_t)plan->value_count * sizeof *makers);
    int64_t *last = arena_take(plan->arena, (size_t)plan->buffer_count * sizeof *last); /* write to a buffer */
    for (int64_t i = 0; i < plan->value_count; i++)
        makers[i] = -1;
    for (int64_t i = 0; i < plan->buffer_count; i++)
        last[i] = -1;
    for (int64_t p = 0; p < plan->run.count; p++) {
        const Step *step = &plan->run.items[p];
        for (int32_t k = 0; k < step->operand_count; k++)
            if (makers[step->operands[k]] < 0)
                makers[step->operands[k]] = last[plan->values[step->operands[k]].buffer];
        if (step->kind == STEP_SCAN_STACK)
            last[plan->values[step->operands[1]].buffer] = p;
        if (step->result >= 0)
            makers[step->result] = last[plan->values[step->result].buffer] = p;
    }
    return makers;
}

static void lend_values(Plan *plan)
{
    const int64_t *makers = find_makers(plan);
    Content *contents = arena_zero(plan->arena, (size_t)plan->run.count, sizeof *contents); /* by the step that made them */
    for (int64_t p = 0; p < plan->run.count; p++) {
        const Step *step = &plan->run.items[p];
        if (step->kind == STEP_NEXT_STATE && makers[step->operands[0]] >= 0) {
            Content *content = &contents[makers[step->operands[0]]];
            content->states++;
            content->row = step->row;
        }
    }
    for (int64_t i = 0; i < plan->value_count; i++) {
        const Buffer *buffer = &plan->buffers[plan->values[i].buffer];
        bool made = makers[i] >= 0 && plan->run.items[makers[i]].kind == STEP_KERNEL && contents[makers[i]].states == 1;
        if (made && buffer->storage == STORAGE_WORK && !buffer->prepare && !buffer->batched && buffer->loop < 0)
            plan->values[i].next = contents[makers[i]].row;
    }
}

void plan_lend(Plan *plan)
{
    lend_buffers(plan);
    lend_values(plan);
}

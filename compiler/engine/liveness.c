/* Liveness: takes the steps of a Plan, gives every buffer of work its first and last step, and lets results take over the memory of
 * operands that nobody reads afterwards.
 *
 * What lies outside of a loop and is used inside is needed again in the next iteration, so it lives to the loop's end. Everything that
 * is made inside is made anew in each iteration. */
#include "engine/planner.h"

/* The last step at which something that was made in `home` (a loop or -1) must still be there, when a step at `position` in the
 * loop `loop` uses it. */
static int64_t last_use(const Plan *plan, int32_t home, int32_t loop, int64_t position)
{
    int32_t outermost = -1;
    for (int32_t at = loop; at != home && at >= 0; at = plan->loops[at].parent)
        outermost = at;
    return outermost < 0 ? position : plan->loops[outermost].end;
}

static void use_buffer(Plan *plan, int32_t buffer_index, int32_t loop, int64_t position)
{
    Buffer *buffer = &plan->buffers[buffer_index];
    if (buffer->first < 0) {
        buffer->first = position;
        buffer->loop = loop;
    }
    int64_t last = last_use(plan, buffer->loop, loop, position);
    if (last > buffer->last)
        buffer->last = last;
}

/* Buffers of the other list, and those in other storage, have no lifetime here. */
static void use_value(Plan *plan, bool prepare, int32_t value, int32_t loop, int64_t position)
{
    int32_t buffer = plan->values[value].buffer;
    bool made_here = plan->buffers[buffer].storage == STORAGE_WORK || plan->buffers[buffer].storage == STORAGE_PREPARED;
    if (made_here && plan->buffers[buffer].prepare == prepare)
        use_buffer(plan, buffer, loop, position);
}

static void find_lifetimes(Plan *plan, StepList *list)
{
    bool prepare = list == &plan->prepare;
    int32_t loop = -1;
    for (int64_t p = 0; p < list->count; p++) {
        const Step *step = &list->items[p];
        for (int32_t k = 0; k < step->operand_count; k++)
            use_value(plan, prepare, step->operands[k], loop, p);
        if (step->result >= 0)
            use_value(plan, prepare, step->result, loop, p);
        if (step->scratch >= 0)
            use_buffer(plan, step->scratch, loop, p);
        if (step->kind == STEP_SCAN_BEGIN)
            loop = step->row;
        if (step->kind == STEP_SCAN_END)
            loop = plan->loops[step->row].parent;
    }
}

/* The buffer whose memory this one really has. */
static int32_t find_root(const Plan *plan, int32_t buffer)
{
    while (plan->buffers[buffer].merged >= 0)
        buffer = plan->buffers[buffer].merged;
    return buffer;
}

/* Whether the result of the step at `position` may take over operand k: the kernel allows it for every operand that lies there, the
 * buffer is of work, of the same size, and dies here. */
static bool may_take_over(const Plan *plan, const StepList *list, int64_t position, int32_t k)
{
    const Step *step = &list->items[position];
    int32_t root = plan->values[step->operands[k]].buffer;
    const Buffer *from = &plan->buffers[root];
    const Buffer *result = &plan->buffers[plan->values[step->result].buffer];
    bool prepare = list == &plan->prepare;
    if (from->storage != STORAGE_WORK || from->prepare != prepare || from->last != position || from->batched != result->batched ||
        from->reals != result->reals || from->loop != result->loop)
        return false;
    for (int32_t j = 0; j < step->operand_count; j++)
        if (plan->values[step->operands[j]].buffer == root && (j >= 32 || !(step->may_overwrite >> j & 1)))
            return false;
    return true;
}

/* Values are given their final buffer as the walk reaches the steps that read them; those made before are final. */
static void take_over(Plan *plan, StepList *list)
{
    for (int64_t p = 0; p < list->count; p++) {
        Step *step = &list->items[p];
        for (int32_t k = 0; k < step->operand_count; k++) {
            PlanValue *value = &plan->values[step->operands[k]];
            value->buffer = find_root(plan, value->buffer);
        }
        for (int32_t k = 0; k < step->operand_count && k < 32 && !step->in_place && step->kind == STEP_KERNEL; k++) {
            if (!(step->may_overwrite >> k & 1) || !may_take_over(plan, list, p, k))
                continue;
            int32_t root = plan->values[step->operands[k]].buffer;
            Buffer *result = &plan->buffers[plan->values[step->result].buffer];
            plan->buffers[root].last = result->last;
            plan->buffers[root].storage = result->storage;
            result->merged = root;
            step->in_place = true;
        }
    }
}

bool plan_lies_in_arena(const Buffer *buffer, bool prepare)
{
    return buffer->storage == STORAGE_WORK && buffer->prepare == prepare && buffer->merged < 0 && buffer->first >= 0;
}

/* Groups the buffers by counting. */
static Schedule schedule_by(const Plan *plan, const StepList *list, bool by_end)
{
    bool prepare = list == &plan->prepare;
    Schedule schedule = {.start = arena_zero(plan->arena, (size_t)list->count + 2, sizeof *schedule.start)};
    schedule.items = arena_take(plan->arena, (size_t)plan->buffer_count * sizeof *schedule.items);
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        const Buffer *buffer = &plan->buffers[i];
        if (plan_lies_in_arena(buffer, prepare))
            schedule.start[(by_end ? buffer->last : buffer->first) + 2]++;
    }
    for (int64_t p = 2; p <= list->count + 1; p++)
        schedule.start[p] += schedule.start[p - 1];
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        const Buffer *buffer = &plan->buffers[i];
        if (plan_lies_in_arena(buffer, prepare))
            schedule.items[schedule.start[(by_end ? buffer->last : buffer->first) + 1]++] = (int32_t)i;
    }
    return schedule;
}

void plan_lifetimes(Plan *plan)
{
    find_lifetimes(plan, &plan->prepare);
    find_lifetimes(plan, &plan->run);
    take_over(plan, &plan->prepare);
    take_over(plan, &plan->run);
    for (int64_t i = 0; i < plan->value_count; i++)
        plan->values[i].buffer = find_root(plan, plan->values[i].buffer);
    plan->prepare.begins = schedule_by(plan, &plan->prepare, false);
    plan->prepare.ends = schedule_by(plan, &plan->prepare, true);
    plan->run.begins = schedule_by(plan, &plan->run, false);
    plan->run.ends = schedule_by(plan, &plan->run, true);
}

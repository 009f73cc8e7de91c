/* The Plan as text, for `strata show plan`: one line a step, then sums. */
#include "engine/planner.h"

#include <string.h>

static const char *load_name(const Plan *plan, const Step *step)
{
    return step->op == OP_INPUT ? plan->inputs[step->row].name : op_info(step->op)->name;
}

/* "weight conv1.weight", "constant 0", "p3" (made by step 3 of `prepare`), "12" (by step 12). */
static void print_source(const Plan *plan, const int64_t *made_by, int32_t value, Text *out)
{
    const Buffer *buffer = &plan->buffers[plan->values[value].buffer];
    switch (buffer->storage) {
    case STORAGE_WEIGHT:
        text_printf(out, "weight %s", plan->weights[buffer->row].name);
        break;
    case STORAGE_STATE:
        text_printf(out, "state %s", plan->states[buffer->row].name);
        break;
    case STORAGE_CONSTANT:
        text_printf(out, "constant %d", buffer->row);
        break;
    default:
        text_printf(out, "%s%lld", buffer->prepare ? "p" : "", (long long)made_by[value]);
    }
}

/* " at 0 +3136": offset and bytes, for one sample and for a tile. */
static void print_place(const Plan *plan, int32_t value, Text *out)
{
    const Buffer *buffer = &plan->buffers[plan->values[value].buffer];
    int first = buffer->storage == STORAGE_PREPARED ? LAYOUT_TILE : plan->first_layout;
    if (buffer->storage == STORAGE_PREPARED)
        text_add(out, " kept");
    for (int layout = first; layout < LAYOUT_COUNT; layout++)
        text_printf(out, "%s %zu+%zu", layout == first ? " at" : " |", buffer->offset[layout], buffer->bytes[layout]);
}

static void print_what(const Plan *plan, const Step *step, Text *out)
{
    switch (step->kind) {
    case STEP_LOAD:
        text_printf(out, "load %s", load_name(plan, step));
        break;
    case STEP_KERNEL:
        text_add(out, step->kernel->name);
        break;
    case STEP_STORE:
        text_printf(out, "store %s", plan->outputs[step->row].name);
        break;
    case STEP_NEXT_STATE:
        text_printf(out, "next %s", plan->states[step->row].name);
        break;
    case STEP_OBJECTIVE:
        text_add(out, "objective");
        break;
    case STEP_SCAN_BEGIN:
        text_printf(out, "loop of %lld%s {", (long long)plan->loops[step->row].length,
                    plan->loops[step->row].reverse ? " reversed" : "");
        break;
    case STEP_SCAN_STATE:
        text_add(out, "state");
        break;
    case STEP_SCAN_SLICE:
        text_add(out, "slice");
        break;
    case STEP_SCAN_STACK:
        text_add(out, "stack");
        break;
    case STEP_SCAN_END:
        text_add(out, "}");
        break;
    }
}

/* Operands that a step reads; the stacks that a loop fills stand as its results. */
static void print_step(const Plan *plan, const StepList *list, int64_t position, int depth, const int64_t *made_by, Text *out)
{
    const Step *step = &list->items[position];
    text_printf(out, "%4s%lld  ", list == &plan->prepare ? "p" : "", (long long)position);
    text_repeat(out, ' ', 2 * (int64_t)depth);
    print_what(plan, step, out);
    if (step->kind == STEP_SCAN_BEGIN) {
        for (int32_t k = 0; k < step->operand_count; k++) {
            text_add(out, k == 0 ? " " : ", ");
            type_print(&plan->values[step->operands[k]].type, out);
            print_place(plan, step->operands[k], out);
        }
    } else {
        for (int32_t k = 0; k < step->operand_count; k++) {
            text_add(out, k == 0 ? " (" : ", ");
            print_source(plan, made_by, step->operands[k], out);
        }
        text_add(out, step->operand_count > 0 ? ")" : "");
    }
    if (step->result >= 0) {
        text_add(out, " -> ");
        type_print(&plan->values[step->result].type, out);
        print_place(plan, step->result, out);
        text_add(out, step->in_place ? " in place" : "");
    }
    if (step->scratch >= 0 && plan->buffers[step->scratch].bytes[LAYOUT_TILE] > 0) {
        const Buffer *scratch = &plan->buffers[step->scratch];
        text_printf(out, " scratch %zu+%zu", scratch->offset[LAYOUT_TILE], scratch->bytes[LAYOUT_TILE]);
    }
    if (step->origin[0])
        text_printf(out, "   # %s", step->origin);
    text_add_character(out, '\n');
}

static void print_list(const Plan *plan, const StepList *list, const char *title, int64_t *made_by, Text *out)
{
    int depth = 0;
    if (list->count == 0)
        return;
    text_printf(out, "\n%s\n", title);
    for (int64_t p = 0; p < list->count; p++) {
        const Step *step = &list->items[p];
        if (step->kind == STEP_SCAN_END)
            depth--;
        print_step(plan, list, p, depth, made_by, out);
        if (step->kind == STEP_SCAN_BEGIN)
            depth++;
    }
}

/* A value that is another view of a buffer was made by the step that made the buffer last. */
static int64_t *find_makers(const Plan *plan, Arena *arena)
{
    int64_t *made_by = arena_zero(arena, (size_t)plan->value_count, sizeof *made_by);
    int64_t *maker = arena_zero(arena, (size_t)plan->buffer_count, sizeof *maker);
    const StepList *lists[] = {&plan->prepare, &plan->run};
    for (int i = 0; i < 2; i++) {
        for (int64_t p = 0; p < lists[i]->count; p++) {
            const Step *step = &lists[i]->items[p];
            for (int32_t k = 0; k < step->operand_count && step->kind == STEP_SCAN_BEGIN; k++)
                maker[plan->values[step->operands[k]].buffer] = p;
            for (int32_t k = 0; k < step->operand_count; k++)
                made_by[step->operands[k]] = maker[plan->values[step->operands[k]].buffer];
            if (step->result >= 0)
                maker[plan->values[step->result].buffer] = p;
        }
    }
    return made_by;
}

static void print_memory(const StepList *list, int layout, int64_t samples, Text *out)
{
    size_t peak = list->peak[layout];
    size_t bound = list->bound[layout];
    text_printf(out, "peak for %lld sample%s: %zu bytes, lower bound %zu", (long long)samples, samples == 1 ? "" : "s", peak,
                bound);
    if (bound > 0)
        text_printf(out, " (ratio %.3f)", (double)peak / (double)bound);
    text_printf(out, ", scratch in it %zu\n", list->scratch[layout]);
}

void plan_print(const Plan *plan, Text *out)
{
    int64_t *made_by = find_makers(plan, out->arena);
    text_printf(out, "plan of %s in %s precision, ", plan->name, plan->precision == PRECISION_DOUBLE ? "double" : "single");
    if (plan->first_layout == LAYOUT_ONE)
        text_printf(out, "for tiles of 1 | %lld samples (offset+bytes)\n", (long long)plan->tile);
    else
        text_printf(out, "for exactly %lld sample%s (offset+bytes)\n", (long long)plan->tile, plan->tile == 1 ? "" : "s");
    print_list(plan, &plan->prepare, "once, from weights, states and constants:", made_by, out);
    print_list(plan, &plan->run, "for each tile:", made_by, out);
    text_add_character(out, '\n');
    for (int layout = plan->first_layout; layout < LAYOUT_COUNT; layout++)
        print_memory(&plan->run, layout, layout == LAYOUT_ONE ? 1 : plan->tile, out);
    text_printf(out, "kept from the first list: %zu bytes; constants and tables: %zu bytes\n", plan->prepared, plan->constants);
}

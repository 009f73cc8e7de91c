/* From a Plan's lists of steps to LLVM IR. A list becomes one function for each layout: a call for each kernel, a copy for each input, output and slice,
 * a loop for each scan. Addresses are offsets from the arena, the prepared memory, the weights and the constants. What the interpreter
 * (engine/interpreter/execute.c) finds out at each step is a number here. */
#include "build/net.h"

#include "build/call.h"
#include "kernel/kernel.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct Writer {
    const Facts *facts;
    const Plan *plan;
    const StepList *list;
    int layout;
    CallTable *calls;
    int64_t next; /* number of the next local value */
    int32_t loop; /* the innermost loop at this step, or -1 */
    Text *out;
} Writer;

/* ---- Addresses ---- */

static size_t real_size(const Writer *writer)
{
    return precision_size(writer->plan->precision);
}

static int64_t value_bytes(const Writer *writer, int32_t value)
{
    return type_reals(&writer->plan->values[value].type) * (int64_t)real_size(writer);
}

static bool is_batched(const Writer *writer, int32_t value)
{
    return writer->plan->values[value].type.batched;
}

/* Writes the computation of an address and gives the number of the local value that holds it. */
static int64_t write_address(Writer *writer, const char *base, int64_t offset)
{
    text_printf(writer->out, "  %%v%lld = getelementptr inbounds i8, ptr %%%s, i64 %lld\n", (long long)writer->next, base,
                (long long)offset);
    return writer->next++;
}

static int64_t value_address(Writer *writer, int32_t value)
{
    const Plan *plan = writer->plan;
    const Buffer *buffer = &plan->buffers[plan->values[value].buffer];
    const Section *section = &writer->facts->section;
    switch (buffer->storage) {
    case STORAGE_WORK:
        if (buffer->input >= 0)
            return write_address(writer, arena_printf(writer->facts->arena, "input%d", buffer->input), 0);
        if (buffer->output >= 0)
            return write_address(writer, arena_printf(writer->facts->arena, "output%d", buffer->output), 0);
        return write_address(writer, "work", (int64_t)buffer->offset[writer->layout]);
    case STORAGE_PREPARED:
        return write_address(writer, "prepared", (int64_t)buffer->offset[LAYOUT_TILE]);
    case STORAGE_CONSTANT:
        return write_address(writer, "constants", (int64_t)plan->constant_rows[buffer->row].offset);
    case STORAGE_WEIGHT:
        return write_address(writer, "rows", section->row_offset[buffer->row]);
    case STORAGE_STATE:
        break;
    }
    return write_address(writer, "rows", section->row_offset[plan->weight_count + buffer->row]);
}

/* ---- Scans ---- */

/* The slice that the innermost loop works on, plus `shift` in the loop's own direction, as a local value. */
static int64_t write_position(Writer *writer, int32_t loop, int64_t shift)
{
    const Loop *row = &writer->plan->loops[loop];
    int64_t finished = writer->next++, position = writer->next++;
    text_printf(writer->out, "  %%v%lld = load i64, ptr %%finished%d\n", (long long)finished, loop);
    if (row->reverse)
        text_printf(writer->out, "  %%v%lld = sub i64 %lld, %%v%lld\n", (long long)position, (long long)(row->length - 1 - shift),
                    (long long)finished);
    else
        text_printf(writer->out, "  %%v%lld = add i64 %lld, %%v%lld\n", (long long)position, (long long)shift, (long long)finished);
    return position;
}

/* The number of this iteration among all of the loops around it. */
static void write_iteration(Writer *writer, char text[32])
{
    snprintf(text, 32, "0");
    int64_t factor = 1;
    for (int32_t loop = writer->loop; loop >= 0; loop = writer->plan->loops[loop].parent) {
        int64_t position = write_position(writer, loop, 0), scaled = writer->next++, sum = writer->next++;
        text_printf(writer->out, "  %%v%lld = mul i64 %%v%lld, %lld\n  %%v%lld = add i64 %%v%lld, %s\n", (long long)scaled,
                    (long long)position, (long long)factor, (long long)sum, (long long)scaled, text);
        snprintf(text, 32, "%%v%lld", (long long)sum);
        factor *= writer->plan->loops[loop].length;
    }
}

static int64_t slice_address(Writer *writer, int32_t value, int64_t position)
{
    int64_t slice = value_bytes(writer, value) / writer->plan->values[value].type.size[0];
    int64_t start = value_address(writer, value), offset = writer->next++, place = writer->next++;
    text_printf(writer->out, "  %%v%lld = mul i64 %%v%lld, %lld\n  %%v%lld = getelementptr inbounds i8, ptr %%v%lld, i64 %%v%lld\n",
                (long long)offset, (long long)position, (long long)slice, (long long)place, (long long)start, (long long)offset);
    return place;
}

/* Between two addresses that are values of the code; an unbatched destination is written once. */
static void write_copy(Writer *writer, int64_t to, int32_t to_value, int64_t from, int32_t from_value, int64_t bytes)
{
    int64_t to_stride = is_batched(writer, to_value) ? value_bytes(writer, to_value) : 0;
    int64_t from_stride = is_batched(writer, from_value) ? value_bytes(writer, from_value) : 0;
    text_printf(writer->out, "  call void @built_copy(ptr %%v%lld, i64 %lld, ptr %%v%lld, i64 %lld, i64 %lld, i64 %s)\n",
                (long long)to, (long long)to_stride, (long long)from, (long long)from_stride, (long long)bytes,
                to_stride ? "%samples" : "1");
}

/* The first iteration reads the initial state, later ones what the one before wrote to the stack. */
static void write_scan_state(Writer *writer, const Step *step)
{
    int64_t to = value_address(writer, step->result), bytes = value_bytes(writer, step->result);
    int64_t finished = writer->next++, first = writer->next++, label = writer->next++;
    text_printf(writer->out,
                "  %%v%lld = load i64, ptr %%finished%d\n  %%v%lld = icmp eq i64 %%v%lld, 0\n"
                "  br i1 %%v%lld, label %%first%lld, label %%later%lld\nfirst%lld:\n",
                (long long)finished, step->row, (long long)first, (long long)finished, (long long)first, (long long)label,
                (long long)label, (long long)label);
    write_copy(writer, to, step->result, value_address(writer, step->operands[0]), step->operands[0], bytes);
    text_printf(writer->out, "  br label %%both%lld\nlater%lld:\n", (long long)label, (long long)label);
    int64_t before = write_position(writer, step->row, -1);
    write_copy(writer, to, step->result, slice_address(writer, step->operands[1], before), step->operands[1], bytes);
    text_printf(writer->out, "  br label %%both%lld\nboth%lld:\n", (long long)label, (long long)label);
}

static void write_scan_slice(Writer *writer, const Step *step)
{
    int64_t from = slice_address(writer, step->operands[0], write_position(writer, step->row, 0));
    write_copy(writer, value_address(writer, step->result), step->result, from, step->operands[0],
               value_bytes(writer, step->result));
}

static void write_scan_stack(Writer *writer, const Step *step)
{
    int64_t to = slice_address(writer, step->operands[1], write_position(writer, step->row, 0));
    write_copy(writer, to, step->operands[1], value_address(writer, step->operands[0]), step->operands[0],
               value_bytes(writer, step->operands[0]));
}

static void write_scan_begin(Writer *writer, const Step *step)
{
    writer->loop = step->row;
    text_printf(writer->out, "  store i64 0, ptr %%finished%d\n  br label %%loop%d\nloop%d:\n", step->row, step->row, step->row);
}

static void write_scan_end(Writer *writer)
{
    int32_t loop = writer->loop;
    int64_t finished = writer->next++, more = writer->next++, again = writer->next++;
    text_printf(writer->out,
                "  %%v%lld = load i64, ptr %%finished%d\n  %%v%lld = add i64 %%v%lld, 1\n  store i64 %%v%lld, ptr %%finished%d\n"
                "  %%v%lld = icmp slt i64 %%v%lld, %lld\n  br i1 %%v%lld, label %%loop%d, label %%done%d\ndone%d:\n",
                (long long)finished, loop, (long long)more, (long long)finished, (long long)more, loop, (long long)again,
                (long long)more, (long long)writer->plan->loops[loop].length, (long long)again, loop, loop, loop);
    writer->loop = writer->plan->loops[loop].parent;
}

/* ---- Steps ---- */

/* The caller's buffer number `row`, as a local value. */
static int64_t write_buffer(Writer *writer, const char *table, int32_t row)
{
    int64_t place = write_address(writer, table, row * (int64_t)sizeof(void *));
    text_printf(writer->out, "  %%v%lld = load ptr, ptr %%v%lld\n", (long long)writer->next, (long long)place);
    return writer->next++;
}

/* The bytes of a value for this tile, as an operand. */
static void write_size(Writer *writer, int32_t value, char text[32])
{
    if (!is_batched(writer, value)) {
        snprintf(text, 32, "%lld", (long long)value_bytes(writer, value));
        return;
    }
    text_printf(writer->out, "  %%v%lld = mul i64 %%samples, %lld\n", (long long)writer->next,
                (long long)value_bytes(writer, value));
    snprintf(text, 32, "%%v%lld", (long long)writer->next++);
}

static void write_load(Writer *writer, const Step *step)
{
    const Plan *plan = writer->plan;
    if (plan->buffers[plan->values[step->result].buffer].input >= 0)
        return;
    int64_t to = value_address(writer, step->result);
    if (step->op == OP_INPUT) {
        char size[32];
        int64_t from = write_buffer(writer, "inputs", step->row);
        write_size(writer, step->result, size);
        text_printf(writer->out, "  call void @llvm.memcpy.p0.p0.i64(ptr %%v%lld, ptr %%v%lld, i64 %s, i1 false)\n", (long long)to,
                    (long long)from, size);
        return;
    }
    const char *type = real_size(writer) == sizeof(double) ? "double" : "float";
    const char *number = step->op == OP_SEED   ? "%seed"
                         : step->op == OP_STEP ? "%step"
                                               : "0"; /* there is no rate outside of training */
    text_printf(writer->out, "  %%v%lld = uitofp i64 %s to %s\n  store %s %%v%lld, ptr %%v%lld\n", (long long)writer->next, number,
                type, type, (long long)writer->next, (long long)to);
    writer->next++;
}

static void write_store(Writer *writer, const Step *step)
{
    char size[32];
    const Plan *plan = writer->plan;
    if (plan->buffers[plan->values[step->operands[0]].buffer].output >= 0)
        return;
    int64_t to = write_buffer(writer, "outputs", step->row), wanted = writer->next++;
    text_printf(writer->out,
                "  %%v%lld = icmp ne ptr %%v%lld, null\n  br i1 %%v%lld, label %%store%lld, label %%stored%lld\nstore%lld:\n",
                (long long)wanted, (long long)to, (long long)wanted, (long long)wanted, (long long)wanted, (long long)wanted);
    int64_t from = value_address(writer, step->operands[0]);
    write_size(writer, step->operands[0], size);
    text_printf(
        writer->out,
        "  call void @llvm.memcpy.p0.p0.i64(ptr %%v%lld, ptr %%v%lld, i64 %s, i1 false)\n  br label %%stored%lld\nstored%lld:\n",
        (long long)to, (long long)from, size, (long long)wanted, (long long)wanted);
}

static void write_kernel(Writer *writer, const Step *step)
{
    bool batched = is_batched(writer, step->result), reads_batch = false;
    for (int32_t k = 0; k < step->operand_count; k++) {
        reads_batch |= is_batched(writer, step->operands[k]);
        int64_t operand = value_address(writer, step->operands[k]),
                place = write_address(writer, "operands", k * (int64_t)sizeof(void *));
        text_printf(writer->out, "  store ptr %%v%lld, ptr %%v%lld\n", (long long)operand, (long long)place);
    }
    bool many = batched || reads_batch;
    bool one = !many || (writer->layout == LAYOUT_ONE && writer->plan->batch == 0);
    int64_t result = value_address(writer, step->result), scratch = -1, table = -1;
    if (step->scratch >= 0)
        scratch = write_address(writer, "work", (int64_t)writer->plan->buffers[step->scratch].offset[writer->layout]);
    if (step->table >= 0)
        table = write_address(writer, "constants", (int64_t)writer->plan->tables[step->table].offset);
    char iteration[32];
    write_iteration(writer, iteration);
    int64_t call = call_of(writer->calls, step, one);
    text_printf(writer->out, "  call void @%s_kernel_%lld(ptr %%run, ptr %%operands, ptr %%v%lld, i64 %s, ", writer->facts->name,
                (long long)call, (long long)result, many ? "%samples" : "1");
    text_add(writer->out, scratch >= 0 ? arena_printf(writer->facts->arena, "ptr %%v%lld, ", (long long)scratch) : "ptr null, ");
    text_add(writer->out, table >= 0 ? arena_printf(writer->facts->arena, "ptr %%v%lld, ", (long long)table) : "ptr null, ");
    text_printf(writer->out, "i64 %s, i64 %s)\n", iteration, batched ? "%first" : "0");
}

static void write_step(Writer *writer, const Step *step)
{
    switch (step->kind) {
    case STEP_LOAD:
        write_load(writer, step);
        break;
    case STEP_KERNEL:
        write_kernel(writer, step);
        break;
    case STEP_STORE:
        write_store(writer, step);
        break;
    case STEP_NEXT_STATE: /* of training alone */
    case STEP_OBJECTIVE:
        break;
    case STEP_SCAN_BEGIN:
        write_scan_begin(writer, step);
        break;
    case STEP_SCAN_STATE:
        write_scan_state(writer, step);
        break;
    case STEP_SCAN_SLICE:
        write_scan_slice(writer, step);
        break;
    case STEP_SCAN_STACK:
        write_scan_stack(writer, step);
        break;
    case STEP_SCAN_END:
        write_scan_end(writer);
        break;
    }
}

/* ---- Functions ---- */

/* A member of the BuiltRun as a local value with its name. */
static void write_member(Writer *writer, const char *name, const char *type, size_t offset)
{
    text_printf(writer->out, "  %%at_%s = getelementptr inbounds i8, ptr %%run, i64 %zu\n  %%%s = load %s, ptr %%at_%s\n", name,
                offset, name, type, name);
}

/* Where values of `run` lie that may be in the caller's memory, as local values with their names; an output that is not wanted is made in
 * the arena. */
static void write_lent(Writer *writer)
{
    for (int64_t i = 0; i < writer->plan->buffer_count; i++) {
        const Buffer *buffer = &writer->plan->buffers[i];
        if (buffer->input >= 0)
            text_printf(writer->out,
                        "  %%at_input%d = getelementptr inbounds ptr, ptr %%inputs, i64 %d\n"
                        "  %%input%d = load ptr, ptr %%at_input%d\n",
                        buffer->input, buffer->input, buffer->input, buffer->input);
        if (buffer->output >= 0)
            text_printf(writer->out,
                        "  %%at_output%d = getelementptr inbounds ptr, ptr %%outputs, i64 %d\n"
                        "  %%given%d = load ptr, ptr %%at_output%d\n  %%wanted%d = icmp ne ptr %%given%d, null\n"
                        "  %%own%d = getelementptr inbounds i8, ptr %%work, i64 %lld\n"
                        "  %%output%d = select i1 %%wanted%d, ptr %%given%d, ptr %%own%d\n",
                        buffer->output, buffer->output, buffer->output, buffer->output, buffer->output, buffer->output,
                        buffer->output, (long long)buffer->offset[writer->layout], buffer->output, buffer->output, buffer->output,
                        buffer->output);
    }
}

static void write_list(Writer *writer, const char *function)
{
    writer->next = 0;
    writer->loop = -1;
    text_printf(writer->out, "define internal void @%s(ptr noalias %%run) {\n", function);
    write_member(writer, "inputs", "ptr", offsetof(BuiltRun, inputs));
    write_member(writer, "outputs", "ptr", offsetof(BuiltRun, outputs));
    write_member(writer, "rows", "ptr", offsetof(BuiltRun, rows));
    write_member(writer, "constants", "ptr", offsetof(BuiltRun, constants));
    write_member(writer, "prepared", "ptr", offsetof(BuiltRun, prepared));
    write_member(writer, "work", "ptr", offsetof(BuiltRun, work));
    write_member(writer, "samples", "i64", offsetof(BuiltRun, samples));
    write_member(writer, "first", "i64", offsetof(BuiltRun, first_sample));
    write_member(writer, "seed", "i64", offsetof(BuiltRun, seed));
    write_member(writer, "step", "i64", offsetof(BuiltRun, step));
    if (writer->list == &writer->plan->run)
        write_lent(writer);
    text_printf(writer->out, "  %%operands = alloca [%lld x ptr], align 8\n", (long long)writer->plan->widest + 1);
    for (int64_t i = 0; i < writer->plan->loop_count; i++)
        text_printf(writer->out, "  %%finished%lld = alloca i64\n", (long long)i);
    for (int64_t i = 0; i < writer->list->count; i++)
        write_step(writer, &writer->list->items[i]);
    text_add(writer->out, "  ret void\n}\n");
}

/* One sample, or none, has a layout of its own. */
static void write_choice(Writer *writer, const char *name, const char *suffix)
{
    text_printf(
        writer->out,
        "define void @%s_net_run%s(ptr %%run) {\n  %%place = getelementptr inbounds i8, ptr %%run, i64 %zu\n"
        "  %%samples = load i64, ptr %%place\n  %%few = icmp sle i64 %%samples, 1\n  br i1 %%few, label %%one, label %%tile\n"
        "one:\n  call void @%s_run_one(ptr %%run)\n  ret void\ntile:\n  call void @%s_run_tile(ptr %%run)\n  ret void\n}\n",
        name, suffix, offsetof(BuiltRun, samples), name, name);
}

void net_write(const Facts *facts, const char *suffix, KernelLevel level, Text *out)
{
    const Plan *plan = facts->plan;
    Arena *arena = facts->arena;
    CallTable calls = call_table_make(facts, level);
    Writer writer = {.facts = facts, .plan = plan, .list = &plan->run, .layout = plan->first_layout, .calls = &calls, .out = out};
    text_add(out, "declare void @built_copy(ptr, i64, ptr, i64, i64, i64)\n"
                  "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\ndeclare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n");
    write_list(&writer, arena_printf(arena, "%s_run_one", facts->name));
    writer.layout = LAYOUT_TILE;
    write_list(&writer, arena_printf(arena, "%s_run_tile", facts->name));
    write_choice(&writer, facts->name, suffix);
    if (facts->prepared_size > 0) {
        writer.list = &plan->prepare;
        write_list(&writer, arena_printf(arena, "%s_prepare_one", facts->name));
        text_printf(out, "define void @%s_net_prepare%s(ptr %%run) {\n  call void @%s_prepare_one(ptr %%run)\n  ret void\n}\n",
                    facts->name, suffix, facts->name);
    }
    call_table_write(&calls, out);
}

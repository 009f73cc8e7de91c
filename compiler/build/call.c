/* A function for each distinct call of a kernel; see call.h. It fills KernelArguments and calls the kernel, which is inlined there, so that LLVM sees
 * every size. */
#include "build/call.h"

#include "kernel/kernel.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

CallTable call_table_make(const Facts *facts, KernelLevel level)
{
    return (CallTable){.facts = facts, .level = level, .numbers = map_make(facts->arena)};
}

static const Type *value_type(const CallTable *table, int32_t value)
{
    return &table->facts->plan->values[value].type;
}

static int64_t stride_of(const CallTable *table, int32_t value)
{
    const Type *type = value_type(table, value);
    return type->batched ? type_reals(type) : 0;
}

/* All that a call's function depends on, as a key. */
static const char *key_of(const CallTable *table, const Step *step, bool one)
{
    Text key = text_make(table->facts->arena);
    text_printf(&key, "%s %d", step->kernel->name, one);
    for (int64_t i = 0; i < step->integer_count; i++)
        text_printf(&key, " %" PRId64, step->integers[i]);
    for (int64_t i = 0; i < step->real_count; i++) {
        uint64_t bits;
        memcpy(&bits, &step->reals[i], sizeof bits);
        text_printf(&key, " x%" PRIx64, bits);
    }
    for (int32_t k = 0; k < step->operand_count; k++)
        text_printf(&key, " s%" PRId64, stride_of(table, step->operands[k]));
    text_printf(&key, " r%" PRId64, stride_of(table, step->result));
    return text_string(&key);
}

int64_t call_of(CallTable *table, const Step *step, bool one)
{
    const char *key = key_of(table, step, one);
    const int64_t *found = map_get(&table->numbers, key);
    if (found)
        return *found;
    table->rows = arena_grow(table->facts->arena, table->rows, table->count, &table->capacity, sizeof *table->rows);
    int64_t number = table->count++;
    table->rows[number] = (Call){.step = step, .one = one};
    map_set(&table->numbers, key, arena_copy(table->facts->arena, &number, sizeof number)); /* no pointer to the row: rows move */
    return number;
}

/* ---- Writing ---- */

static void write_integers(const char *name, const int64_t *integers, int64_t count, Text *out)
{
    text_printf(out, "@%s = private unnamed_addr constant [%" PRId64 " x i64] [", name, count);
    for (int64_t i = 0; i < count; i++)
        text_printf(out, "%si64 %" PRId64, i ? ", " : "", integers[i]);
    text_add(out, "]\n");
}

static void write_reals(const char *name, const double *reals, int64_t count, Text *out)
{
    text_printf(out, "@%s = private unnamed_addr constant [%" PRId64 " x double] [", name, count);
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &reals[i], sizeof bits);
        text_printf(out, "%sdouble 0x%016" PRIX64, i ? ", " : "", bits);
    }
    text_add(out, "]\n");
}

static void write_member(const char *type, const char *value, size_t offset, Text *out)
{
    text_printf(out, "  %%m%zu = getelementptr inbounds i8, ptr %%arguments, i64 %zu\n  store %s %s, ptr %%m%zu\n", offset, offset,
                type, value, offset);
}

static void write_copied_member(const char *name, const char *type, size_t from, size_t to, Text *out)
{
    text_printf(out, "  %%at_%s = getelementptr inbounds i8, ptr %%run, i64 %zu\n  %%%s = load %s, ptr %%at_%s\n", name, from, name,
                type, name);
    text_printf(out, "  %%m%zu = getelementptr inbounds i8, ptr %%arguments, i64 %zu\n  store %s %%%s, ptr %%m%zu\n", to, to, type,
                name, to);
}

/* The function that does a call's work, for the processor's level. */
static const char *kernel_symbol(const CallTable *table, const KernelInfo *kernel)
{
    bool precise = table->facts->plan->precision == PRECISION_DOUBLE;
    const char *suffix = kernel_suffix(precise, kernel_form(kernel, precise, table->level));
    return arena_printf(table->facts->arena, "%s%s", kernel->symbol, suffix);
}

/* Kernels that gain from their numbers are copied into each call; the others are there once for all. */
static const char *inlining(const Step *step)
{
    const KernelInfo *kernel = step->kernel;
    bool gains = kernel->specialise && kernel->specialise(step->integers) == SPECIALISE_NUMBERS;
    return gains ? "alwaysinline" : "noinline";
}

static void write_call(const CallTable *table, int64_t index, Text *out)
{
    const Call *call = &table->rows[index];
    const Step *step = call->step;
    Arena *arena = table->facts->arena;
    const char *name = arena_printf(arena, "%s_kernel_%" PRId64, table->facts->name, index);
    int64_t *strides = arena_zero(arena, (size_t)step->operand_count + 1, sizeof *strides);
    for (int32_t k = 0; k < step->operand_count; k++)
        strides[k] = stride_of(table, step->operands[k]);
    write_integers(arena_printf(arena, "%s_integers", name), step->integers, step->integer_count, out);
    write_reals(arena_printf(arena, "%s_reals", name), step->reals, step->real_count, out);
    write_integers(arena_printf(arena, "%s_strides", name), strides, step->operand_count, out);
    text_printf(out,
                "define internal void @%s(ptr noalias %%run, ptr noalias %%operands, ptr %%result, i64 %%samples, ptr %%scratch, "
                "ptr %%table, "
                "i64 %%iteration, i64 %%first) noinline {\n  %%arguments = alloca [%zu x i8], align 8\n  %%some = icmp sgt i64 "
                "%%samples, 0\n"
                "  br i1 %%some, label %%work, label %%done\nwork:\n"
                "  call void @llvm.memset.p0.i64(ptr %%arguments, i8 0, i64 %zu, i1 false)\n",
                name, sizeof(KernelArguments), sizeof(KernelArguments));
    write_member("ptr", arena_printf(arena, "@%s_integers", name), offsetof(KernelArguments, integers), out);
    write_member("ptr", arena_printf(arena, "@%s_reals", name), offsetof(KernelArguments, reals), out);
    write_member("ptr", arena_printf(arena, "@%s_strides", name), offsetof(KernelArguments, strides), out);
    write_member("ptr", "%operands", offsetof(KernelArguments, operands), out);
    write_member("ptr", "%result", offsetof(KernelArguments, result), out);
    write_member("i64", arena_printf(arena, "%" PRId64, stride_of(table, step->result)), offsetof(KernelArguments, result_stride),
                 out);
    write_member("i64", call->one ? "1" : "%samples", offsetof(KernelArguments, samples), out);
    write_member("ptr", "%scratch", offsetof(KernelArguments, scratch), out);
    write_member("ptr", "%table", offsetof(KernelArguments, table), out);
    write_member("i64", "%iteration", offsetof(KernelArguments, iteration), out);
    write_member("i64", "%first", offsetof(KernelArguments, first_sample), out);
    write_copied_member("seed", "i64", offsetof(BuiltRun, seed), offsetof(KernelArguments, seed), out);
    write_copied_member("step", "i64", offsetof(BuiltRun, step), offsetof(KernelArguments, step), out);
    write_copied_member("parallel", "ptr", offsetof(BuiltRun, parallel), offsetof(KernelArguments, parallel), out);
    text_printf(out, "  call void @%s(ptr %%arguments) %s\n  br label %%done\ndone:\n  ret void\n}\n",
                kernel_symbol(table, step->kernel), inlining(step));
}

void call_table_write(const CallTable *table, Text *out)
{
    Map declared = map_make(table->facts->arena);
    for (int64_t i = 0; i < table->count; i++) {
        const char *kernel = kernel_symbol(table, table->rows[i].step->kernel);
        if (!map_has(&declared, kernel))
            text_printf(out, "declare void @%s(ptr)\n", kernel);
        map_set(&declared, kernel, out); /* anything but null */
        write_call(table, i, out);
    }
}

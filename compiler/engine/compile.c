/* Compiling a Program: which steps of its Plan gain from their numbers being known, and their functions; see program.h.
 *
 * Steps with equal calls (the same kernel, numbers and strides) are compiled once. What a step gets depends on the Program and on the processor alone, so runs
 * give the same bits again. */
#include "engine/calls.h"

#include "base/map.h"

#include <stdio.h>
#include <time.h>

/* A kernel of ten thousand instructions takes LLVM about a second; a Plan of all kinds of layers, with its kernels one behind the other, a few. */
enum { MOST_INSTRUCTIONS = 10000, MOST_INSTRUCTIONS_TOGETHER = 60000 };

/* Measured: a compiled kernel saves half a nanosecond for a real of its result, and takes LLVM some 12 ms. Loading LLVM takes as long as three. */
enum { REALS_TO_PAY = 24000000, KERNELS_TO_BEGIN = 3 };

static Specialise specialise_of(const Step *step)
{
    return step->kind == STEP_KERNEL && step->kernel->specialise ? step->kernel->specialise(step->integers) : SPECIALISE_NEVER;
}

/* Of the form that runs on this processor. */
static const char *symbol_of(const Plan *plan, const KernelInfo *kernel)
{
    bool precise = plan->precision == PRECISION_DOUBLE;
    KernelLevel form = kernel_form(kernel, precise, kernel_level());
    return arena_printf(plan->arena, "%s%s", kernel->symbol, kernel_suffix(precise, form));
}

static NativeKernel describe(const Plan *plan, const Step *step)
{
    NativeKernel kernel = {.symbol = symbol_of(plan, step->kernel)};
    if (specialise_of(step) != SPECIALISE_NUMBERS)
        return kernel;
    int64_t *strides = arena_take(plan->arena, (size_t)step->operand_count * sizeof *strides);
    for (int32_t k = 0; k < step->operand_count; k++)
        strides[k] = value_stride(plan, step->operands[k]);
    kernel.numbers_known = true;
    kernel.integers = step->integers;
    kernel.integer_count = step->integer_count;
    kernel.reals = step->reals;
    kernel.real_count = step->real_count;
    kernel.strides = strides;
    kernel.operand_count = step->operand_count;
    kernel.result_stride = value_stride(plan, step->result);
    kernel.one_sample = !step_is_batched(plan, step);
    return kernel;
}

/* Everything that the code depends on, as a key of a map. */
static const char *key_of(Arena *arena, const NativeKernel *kernel)
{
    Text key = text_make(arena);
    text_printf(&key, "%s %d %d %lld", kernel->symbol, kernel->numbers_known, kernel->one_sample, (long long)kernel->result_stride);
    for (int64_t i = 0; i < kernel->integer_count; i++)
        text_printf(&key, " %lld", (long long)kernel->integers[i]);
    for (int64_t i = 0; i < kernel->real_count; i++)
        text_printf(&key, " %a", kernel->reals[i]);
    for (int64_t i = 0; i < kernel->operand_count; i++)
        text_printf(&key, " %lld", (long long)kernel->strides[i]);
    return text_string(&key);
}

/* The row of a step's call, which is added when it is new. */
static int32_t find_call(Arena *arena, Calls *calls, Map *known, const NativeKernel *kernel)
{
    const char *key = key_of(arena, kernel);
    const int32_t *row = map_get(known, key);
    if (row)
        return *row;
    calls->kernels = arena_grow(arena, calls->kernels, calls->count, &calls->capacity, sizeof *calls->kernels);
    int32_t new = (int32_t)calls->count++;
    calls->kernels[new] = *kernel;
    map_set(known, key, arena_copy(arena, &new, sizeof new));
    return new;
}

/* With `all`, also of kernels that are as fast as they are. */
static Calls *collect(const Plan *plan, bool all)
{
    const StepList *list = &plan->run;
    Map known = map_make(plan->arena);
    Calls *calls = arena_zero(plan->arena, 1, sizeof *calls);
    calls->row = arena_take(plan->arena, (size_t)list->count * sizeof *calls->row);
    calls->functions = arena_zero(plan->arena, (size_t)list->count, sizeof *calls->functions);
    for (int64_t i = 0; i < list->count; i++) {
        calls->row[i] = -1;
        if (list->items[i].kind != STEP_KERNEL || (!all && specialise_of(&list->items[i]) == SPECIALISE_NEVER))
            continue;
        NativeKernel kernel = describe(plan, &list->items[i]);
        calls->row[i] = find_call(plan->arena, calls, &known, &kernel);
    }
    return calls;
}

/* Leaves out the calls that do not pay for their compilation when the Program runs on so many samples. */
static void keep_what_pays(const Plan *plan, Calls *calls, int64_t samples)
{
    double *reals = arena_zero(plan->arena, (size_t)calls->count, sizeof *reals);
    int32_t *place = arena_take(plan->arena, (size_t)calls->count * sizeof *place);
    for (int64_t i = 0; i < plan->run.count; i++)
        if (calls->row[i] >= 0)
            reals[calls->row[i]] += (double)type_reals(&plan->values[plan->run.items[i].result].type);
    int32_t kept = 0;
    for (int64_t k = 0; k < calls->count; k++) {
        bool pays = samples == INT64_MAX || reals[k] * (double)samples > REALS_TO_PAY;
        place[k] = pays ? kept : -1;
        if (pays)
            calls->kernels[kept++] = calls->kernels[k];
    }
    for (int64_t i = 0; i < plan->run.count; i++)
        calls->row[i] = calls->row[i] >= 0 ? place[calls->row[i]] : -1;
    calls->count = kept;
}

static NativeRequest request_of(const Program *program, const Calls *calls, const CompileOptions *options, NativeForm form)
{
    int64_t most = options->most_instructions, together = options->most_instructions_together;
    return (NativeRequest){
        .allocator = &program->allocator,
        .form = form,
        .kernels = calls->kernels,
        .count = calls->count,
        .most_instructions = most > 0 ? most : MOST_INSTRUCTIONS,
        .most_instructions_together = together > 0 ? together : MOST_INSTRUCTIONS_TOGETHER,
    };
}

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void write_report(const Calls *calls, double time, Text *report)
{
    int64_t compiled = 0, instructions = 0;
    for (int64_t i = 0; i < calls->count; i++) {
        compiled += calls->kernels[i].function != NULL;
        instructions += calls->kernels[i].instructions;
    }
    if (calls->count == 0) {
        text_add(report, "no kernel here gains from being compiled: all are as they are\n");
        return;
    }
    text_printf(report, "compiled %lld of %lld kernels in %.0f ms, %lld instructions\n", (long long)compiled,
                (long long)calls->count, 1e3 * time, (long long)instructions);
    for (int64_t i = 0; i < calls->count; i++)
        if (!calls->kernels[i].function)
            text_printf(report, "%s is not compiled: %s\n", calls->kernels[i].symbol, calls->kernels[i].reason);
}

Calls *calls_prepare(Program *program, int64_t samples, bool all, StrataError *error)
{
    if (ARENA_TRY(&program->arena) != 0) {
        error_memory(error, program->arena.total);
        return NULL;
    }
    Calls *calls = collect(program->plan, all);
    keep_what_pays(program->plan, calls, samples);
    program->arena.recovery = NULL;
    return calls;
}

bool program_gains(const Program *program, int64_t samples)
{
    const Plan *plan = program->plan;
    double reals = 0;
    for (int64_t i = 0; i < plan->run.count; i++) {
        const Step *step = &plan->run.items[i];
        if (specialise_of(step) != SPECIALISE_NEVER)
            reals += (double)type_reals(&plan->values[step->result].type);
    }
    return reals * (double)samples > (KERNELS_TO_BEGIN + 1.0) * REALS_TO_PAY;
}

bool calls_compile(Program *program, const Calls *calls, const CompileOptions *options, NativeForm form,
                   const atomic_bool *cancelled, StrataError *error)
{
    NativeRequest request = request_of(program, calls, options, form);
    request.cancelled = cancelled;
    program->compiler = native_load(error);
    if (program->compiler && calls->count == 0 && form == NATIVE_CODE)
        return true;
    if (program->compiler)
        program->code = program->compiler->compile(&request, error);
    return program->code != NULL;
}

void calls_publish(Program *program, const Calls *calls)
{
    for (int64_t i = 0; i < program->plan->run.count; i++)
        if (calls->row[i] >= 0)
            calls->functions[i] = calls->kernels[calls->row[i]].function;
    atomic_store_explicit(&program->functions, calls->functions, memory_order_release);
}

bool program_compile(Program *program, const CompileOptions *options, Text *report, StrataError *error)
{
    double start = seconds();
    error_clear(error);
    const Calls *calls = calls_prepare(program, options->samples, false, error);
    if (!calls || !calls_compile(program, calls, options, NATIVE_CODE, NULL, error))
        return false;
    calls_publish(program, calls);
    if (report)
        write_report(calls, seconds() - start, report);
    return true;
}

bool program_print_native(Program *program, bool assembly, Text *out, StrataError *error)
{
    error_clear(error);
    const CompileOptions options = {.samples = INT64_MAX};
    const Calls *calls = calls_prepare(program, options.samples, true, error);
    if (!calls || !calls_compile(program, calls, &options, assembly ? NATIVE_ASSEMBLY : NATIVE_LLVM, NULL, error))
        return false;
    text_add(out, program->compiler->text(program->code));
    return true;
}

bool program_is_compiled(const Program *program)
{
    return program_functions(program) != NULL;
}

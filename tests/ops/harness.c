/* Running trials; see harness.h. Everything of a trial lives in one arena, except buffers that kernels touch: those are blocks of their
 * own, so that the address sanitizer sees every step outside. */
#include "ops/harness.h"
#include "ops/compiled.h"
#include "thread/pool.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A trial with all that its description leaves open filled in. */
typedef struct Prepared {
    const Trial *trial;
    Arena arena;
    OpUse use;
    bool accepted;
    int64_t samples;        /* of batched values */
    int64_t result_samples; /* of the result */
    int64_t result_reals;   /* of one sample */
    double *data[TRIAL_OPERANDS];
} Prepared;

/* --- attributes ------------------------------------------------------------------------------------------------------------ */

/* Reads "[1,2]" or "3". */
static AttributeValue read_list(Arena *arena, const char *text)
{
    int64_t items[32];
    AttributeValue value = {.list = {NULL, 0}};
    const char *at = text + (*text == '[');
    while (*at && *at != ']' && value.list.count < 32) {
        char *end;
        items[value.list.count++] = strtoll(at, &end, 10);
        assert_ptr_not_equal(at, end);
        at = end + (*end == ',');
    }
    value.list.items = arena_copy(arena, items, (size_t)value.list.count * sizeof *items);
    return value;
}

static AttributeValue read_value(Arena *arena, AttributeKind kind, const char *text)
{
    switch (kind) {
    case ATTRIBUTE_INTEGER:
        return (AttributeValue){.integer = strtoll(text, NULL, 10)};
    case ATTRIBUTE_REAL:
        return (AttributeValue){.real = strtod(text, NULL)};
    case ATTRIBUTE_BOOLEAN:
        return (AttributeValue){.boolean = strcmp(text, "true") == 0};
    case ATTRIBUTE_NAME:
        return (AttributeValue){.name = text};
    default:
        return read_list(arena, text);
    }
}

/* The text behind "name=" among the words, or null. */
static const char *find_setting(Arena *arena, const char *words, const char *name)
{
    size_t length = strlen(name);
    for (const char *word = words; word && *word;) {
        size_t size = strcspn(word, " ");
        if (size > length && strncmp(word, name, length) == 0 && word[length] == '=')
            return arena_string(arena, word + length + 1, size - length - 1);
        word += size + strspn(word + size, " ");
    }
    return NULL;
}

AttributeValue *trial_attributes(Arena *arena, const OpInfo *info, const char *words)
{
    int count = op_attribute_count(info);
    AttributeValue *values = arena_zero(arena, (size_t)count + 1, sizeof *values);
    for (int i = 0; i < count; i++) {
        const char *text = find_setting(arena, words, info->attributes[i].name);
        if (!text && !info->attributes[i].fallback)
            fail_msg("%s needs %s", info->name, info->attributes[i].name);
        values[i] = text ? read_value(arena, info->attributes[i].kind, text) : attribute_default(arena, &info->attributes[i]);
    }
    return values;
}

/* --- operands -------------------------------------------------------------------------------------------------------------- */

/* Sebastiano Vigna's splitmix64: enough for test data. Gives a number in [0, 1). */
static double next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static double random_entry(const Trial *trial, ElementKind element, uint64_t *state)
{
    double u = next_random(state);
    double below = trial->below ? (double)trial->below : 10;
    bool plain = trial->low == 0 && trial->high == 0;
    double low = plain ? -1 : trial->low, high = plain ? 1 : trial->high;
    switch (element) {
    case ELEMENT_INTEGER:
        return floor(u * below);
    case ELEMENT_BOOLEAN:
        return u < 0.5;
    default:
        return (float)(low + (high - low) * u);
    }
}

static int64_t operand_samples(const Prepared *prepared, int k)
{
    return prepared->use.operand[k].batched ? prepared->samples : 1;
}

static void fill_operand(Prepared *prepared, int k, uint64_t *state)
{
    const Trial *trial = prepared->trial;
    const Type *type = &prepared->use.operand[k];
    int64_t count = type_reals(type) * operand_samples(prepared, k);
    prepared->data[k] = arena_take(&prepared->arena, (size_t)count * sizeof(double));
    for (int64_t i = 0; i < count; i++)
        prepared->data[k][i] = trial->data[k] ? trial->data[k][i] : random_entry(trial, type->element, state);
}

static void prepare(Prepared *prepared, const Trial *trial)
{
    StrataAllocator allocator = strata_default_allocator();
    memset(prepared, 0, sizeof *prepared);
    prepared->trial = trial;
    arena_init(&prepared->arena, &allocator);
    const OpInfo *info = op_find(trial->op);
    if (!info)
        fail_msg("there is no operation %s", trial->op);
    int count = trial->operand_count ? trial->operand_count : info->operands;
    AttributeValue *attributes = trial_attributes(&prepared->arena, info, trial->attributes);
    prepared->accepted = graph_infer(&prepared->arena, info->op, trial->operands, count, attributes, &prepared->use);
}

/* A shape rule is run again when a Graph is read back: over the attributes that it completed it must give the same result. */
static void check_repeated(Prepared *prepared)
{
    OpUse again;
    const OpUse *use = &prepared->use;
    assert_true(graph_infer(&prepared->arena, use->info->op, use->operand, use->operand_count, use->attributes, &again));
    assert_true(type_equal(&again.result, &use->result));
}

static void prepare_data(Prepared *prepared, const Trial *trial)
{
    prepare(prepared, trial);
    if (!prepared->accepted)
        fail_msg("%s complains: E%04d %s", trial->op, prepared->use.error, prepared->use.message);
    check_repeated(prepared);
    prepared->samples = trial->samples ? trial->samples : 1;
    prepared->result_samples = prepared->use.result.batched ? prepared->samples : 1;
    prepared->result_reals = type_reals(&prepared->use.result);
    uint64_t state = trial->seed;
    for (int k = 0; k < prepared->use.operand_count; k++)
        fill_operand(prepared, k, &state);
}

/* --- reference ------------------------------------------------------------------------------------------------------------- */

/* The result of `evaluate` over all samples; `absolute`: over the operands' absolute values. */
static double *evaluate_all(Prepared *prepared, bool absolute)
{
    const OpUse *use = &prepared->use;
    double *data[TRIAL_OPERANDS];
    for (int k = 0; k < use->operand_count; k++) {
        size_t count = (size_t)(type_reals(&use->operand[k]) * operand_samples(prepared, k));
        data[k] = arena_copy(&prepared->arena, prepared->data[k], count * sizeof(double));
        for (size_t i = 0; absolute && i < count; i++)
            data[k][i] = fabs(data[k][i]);
    }
    double *result = arena_take(&prepared->arena, (size_t)(prepared->result_reals * prepared->result_samples) * sizeof *result);
    for (int64_t sample = 0; sample < prepared->result_samples; sample++) {
        const double *operand[TRIAL_OPERANDS];
        for (int k = 0; k < use->operand_count; k++)
            operand[k] = data[k] + (use->operand[k].batched ? sample * type_reals(&use->operand[k]) : 0);
        EvaluationPoint point = {.samples = prepared->samples,
                                 .sample = sample,
                                 .seed = prepared->trial->random_seed,
                                 .step = prepared->trial->step,
                                 .iteration = prepared->trial->iteration};
        use->info->evaluate(use, &point, operand, result + sample * prepared->result_reals);
    }
    return result;
}

/* --- kernels --------------------------------------------------------------------------------------------------------------- */

/* One way to run a kernel. */
typedef struct Way {
    bool precise;
    KernelLevel level;
    ThreadPool *pool;
    int in_place;  /* operand whose memory takes the result; -1: none */
    bool compiled; /* by LLVM, for these numbers */
} Way;

/* A block of exactly `count` reals of a precision, filled from doubles when there are any; given back by free. */
static void *make_reals(bool precise, const double *source, int64_t count)
{
    size_t size = (size_t)count * (precise ? sizeof(double) : sizeof(float));
    void *block = malloc(size ? size : 1);
    assert_non_null(block);
    for (int64_t i = 0; i < count; i++) {
        double value = source ? source[i] : NAN;
        if (precise)
            ((double *)block)[i] = value;
        else
            ((float *)block)[i] = (float)value;
    }
    return block;
}

static double read_real(bool precise, const void *block, int64_t index)
{
    return precise ? ((const double *)block)[index] : (double)((const float *)block)[index];
}

/* Scratch is full of NaN, as it may be of anything. */
static void *make_scratch(const KernelInfo *kernel, const KernelCall *call, int64_t samples, bool precise, size_t *size)
{
    StrataAllocator allocator = strata_default_allocator();
    *size = kernel->scratch ? kernel->scratch(call->integers, samples) * (precise ? sizeof(double) : sizeof(float)) : 0;
    void *scratch = allocator_take_aligned(&allocator, *size);
    assert_non_null(scratch);
    memset(scratch, 0xff, *size);
    return scratch;
}

static void *make_table(const KernelInfo *kernel, const KernelCall *call, bool precise, size_t *size)
{
    StrataAllocator allocator = strata_default_allocator();
    *size = kernel->table_size ? kernel->table_size(call->integers, precise) : 0;
    void *table = allocator_take_aligned(&allocator, *size);
    assert_non_null(table);
    if (*size)
        kernel->make_table(call->integers, precise, table);
    return table;
}

static void call_kernel(const Prepared *prepared, const KernelCall *call, const Way *way, void **buffers, void *result)
{
    StrataAllocator allocator = strata_default_allocator();
    const KernelInfo *kernel = kernel_find(call->kernel);
    if (!kernel)
        fail_msg("there is no kernel %s", call->kernel);
    int64_t strides[TRIAL_OPERANDS];
    bool any_batched = prepared->use.result.batched;
    for (int k = 0; k < prepared->use.operand_count; k++) {
        strides[k] = prepared->use.operand[k].batched ? type_reals(&prepared->use.operand[k]) : 0;
        any_batched |= prepared->use.operand[k].batched;
    }
    int64_t samples = any_batched ? prepared->samples : 1;
    size_t scratch_size, table_size;
    void *scratch = make_scratch(kernel, call, samples, way->precise, &scratch_size);
    void *table = make_table(kernel, call, way->precise, &table_size);
    KernelArguments arguments = {
        .integers = call->integers,
        .reals = call->reals,
        .operands = (const void *const *)buffers,
        .result = result,
        .strides = strides,
        .result_stride = prepared->use.result.batched ? prepared->result_reals : 0,
        .samples = samples,
        .scratch = scratch,
        .table = table_size ? table : NULL,
        .seed = prepared->trial->random_seed,
        .step = prepared->trial->step,
        .iteration = prepared->trial->iteration,
        .parallel = thread_pool_parallel(way->pool),
    };
    if (way->compiled) {
        CompiledCall compiled = compiled_call(kernel, call, way->precise, way->level, &arguments, prepared->use.operand_count);
        compiled.function(&arguments);
        compiled_release(&compiled);
    } else {
        kernel_function(kernel, way->precise, way->level)(&arguments);
    }
    allocator_give_aligned(&allocator, scratch, scratch_size);
    allocator_give_aligned(&allocator, table, table_size);
}

/* The result of the lowering in one way; the caller frees it. */
static void *run_kernel(Prepared *prepared, const KernelCall *call, const Way *way)
{
    int64_t count = prepared->result_reals * prepared->result_samples;
    if (!call->kernel) {
        assert_int_equal(type_reals(&prepared->use.operand[0]), prepared->result_reals);
        return make_reals(way->precise, prepared->data[0], count);
    }
    void *buffers[TRIAL_OPERANDS];
    for (int k = 0; k < prepared->use.operand_count; k++)
        buffers[k] =
            make_reals(way->precise, prepared->data[k], type_reals(&prepared->use.operand[k]) * operand_samples(prepared, k));
    void *result = way->in_place >= 0 ? buffers[way->in_place] : make_reals(way->precise, NULL, count);
    call_kernel(prepared, call, way, buffers, result);
    for (int k = 0; k < prepared->use.operand_count; k++)
        if (k != way->in_place)
            free(buffers[k]);
    return result;
}

/* --- comparison ------------------------------------------------------------------------------------------------------------ */

static void describe(const Prepared *prepared, const Way *way)
{
    Arena arena = prepared->arena;
    Text text = text_make(&arena);
    for (int k = 0; k < prepared->use.operand_count; k++) {
        text_add(&text, " ");
        type_print(&prepared->use.operand[k], &text);
    }
    print_error("%s%s %s, %lld samples, seed %llu, %s precision, level %d, %d threads, %s%s\n", prepared->trial->op,
                text_string(&text), prepared->trial->attributes ? prepared->trial->attributes : "", (long long)prepared->samples,
                (unsigned long long)prepared->trial->seed, way->precise ? "double" : "single", (int)way->level,
                thread_pool_threads(way->pool), way->in_place >= 0 ? "in place" : "apart", way->compiled ? ", compiled" : "");
}

static double largest(const double *entries, int64_t count)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs(entries[i]));
    return most;
}

static double entry_scale(const Prepared *prepared, const double *reference, const double *absolute, int64_t i)
{
    int64_t sample = i / prepared->result_reals;
    switch (prepared->trial->scale) {
    case SCALE_RESULT:
        return fabs(reference[i]) + prepared->trial->floor;
    case SCALE_ABSOLUTE:
        return fabs(absolute[i]) + prepared->trial->floor;
    case SCALE_GIVEN:
        return prepared->trial->scales[i] + prepared->trial->floor;
    case SCALE_LARGEST:
        return largest(reference + sample * prepared->result_reals, prepared->result_reals) + prepared->trial->floor;
    default:
        return 0;
    }
}

static void compare(const Prepared *prepared, const Way *way, const double *reference, const double *absolute, const void *result)
{
    double unit = prepared->trial->terms * (way->precise ? DBL_EPSILON : (double)FLT_EPSILON);
    for (int64_t i = 0; i < prepared->result_reals * prepared->result_samples; i++) {
        double got = read_real(way->precise, result, i);
        double want = reference[i];
        /* exact results are rounded to the precision of the kernel, which may also overflow to an infinity */
        double rounded = way->precise ? want : (double)(float)want;
        if ((isnan(want) && isnan(got)) || got == rounded)
            continue;
        double allowed = unit * entry_scale(prepared, reference, absolute, i);
        if (fabs(got - want) <= allowed)
            continue;
        describe(prepared, way);
        fail_msg("entry %lld is %.17g, not %.17g: off by %g where %g is allowed", (long long)i, got, want, fabs(got - want),
                 allowed);
    }
}

static void check_way(Prepared *prepared, const KernelCall *call, const Way *way, const double *reference, const double *absolute)
{
    void *result = run_kernel(prepared, call, way);
    compare(prepared, way, reference, absolute, result);
    free(result);
}

/* Whether operand k's memory is as large as the result's. */
static bool fits_in_place(const Prepared *prepared, const KernelCall *call, int k)
{
    const Type *operand = &prepared->use.operand[k];
    return (call->in_place >> k & 1) && call->kernel && operand->batched == prepared->use.result.batched &&
           type_reals(operand) == prepared->result_reals;
}

/* The highest level that there is a form of the kernel for. */
static KernelLevel highest_level(const KernelCall *call)
{
    const KernelInfo *kernel = call->kernel ? kernel_find(call->kernel) : NULL;
    return kernel && kernel->wider[0][0] ? kernel_level() : KERNEL_BASELINE;
}

/* As LLVM compiles it, where that was asked for. */
static void check_compiled(Prepared *prepared, const KernelCall *call, Way way, const double *reference, const double *absolute)
{
    if (!compiled_exist() || !prepared->trial->compiled)
        return;
    way.in_place = -1;
    way.compiled = true;
    check_way(prepared, call, &way, reference, absolute);
}

/* At every level, in memory of its own and in place of each operand. */
static void check_levels(Prepared *prepared, const KernelCall *call, Way way, const double *reference, const double *absolute)
{
    for (int level = KERNEL_BASELINE; level <= (int)highest_level(call); level++) {
        way.level = (KernelLevel)level;
        way.in_place = -1;
        check_way(prepared, call, &way, reference, absolute);
        for (way.in_place = 0; way.in_place < prepared->use.operand_count; way.in_place++)
            if (fits_in_place(prepared, call, way.in_place))
                check_way(prepared, call, &way, reference, absolute);
        if (!way.pool)
            check_compiled(prepared, call, way, reference, absolute);
    }
}

static bool runs_precision(const Trial *trial, bool precise)
{
    return trial->precisions == PRECISIONS_BOTH || precise == (trial->precisions == PRECISIONS_DOUBLE);
}

void trial_check(const Trial *trial)
{
    StrataAllocator allocator = strata_default_allocator();
    Prepared prepared;
    prepare_data(&prepared, trial);
    double *reference = evaluate_all(&prepared, false);
    double *absolute = trial->scale == SCALE_ABSOLUTE ? evaluate_all(&prepared, true) : NULL;
    KernelCall call = {0};
    prepared.use.info->lower(&prepared.use, &call);
    ThreadPool *pool = thread_pool_make(&allocator, 3, NULL);
    assert_non_null(pool);
    for (int i = 0; i < 4; i++) {
        Way way = {.precise = i & 1, .pool = i & 2 ? pool : NULL};
        if (runs_precision(trial, way.precise))
            check_levels(&prepared, &call, way, reference, absolute);
    }
    thread_pool_release(pool);
    arena_release(&prepared.arena);
}

void trial_rejects(const Trial *trial, int code, const char *part)
{
    Prepared prepared;
    prepare(&prepared, trial);
    if (prepared.accepted)
        fail_msg("%s %s is accepted", trial->op, trial->attributes ? trial->attributes : "");
    if (prepared.use.error != code || !strstr(prepared.use.message, part))
        fail_msg("%s complains E%04d: %s; not E%04d: %s", trial->op, prepared.use.error, prepared.use.message, code, part);
    arena_release(&prepared.arena);
}

void trial_infers(const Trial *trial, const char *type)
{
    Prepared prepared;
    prepare(&prepared, trial);
    if (!prepared.accepted)
        fail_msg("%s complains: E%04d %s", trial->op, prepared.use.error, prepared.use.message);
    Text text = text_make(&prepared.arena);
    type_print(&prepared.use.result, &text);
    assert_string_equal(text_string(&text), type);
    arena_release(&prepared.arena);
}

int64_t trial_compute(const Trial *trial, double **evaluated, float **computed)
{
    Prepared prepared;
    prepare_data(&prepared, trial);
    int64_t count = prepared.result_reals * prepared.result_samples;
    if (evaluated)
        *evaluated = make_reals(true, evaluate_all(&prepared, false), count);
    if (computed) {
        KernelCall call = {0};
        prepared.use.info->lower(&prepared.use, &call);
        Way way = {.in_place = -1};
        *computed = run_kernel(&prepared, &call, &way);
    }
    arena_release(&prepared.arena);
    return count;
}

/* Runs: from a set of input tensors to a set of result tensors, some samples at a time. */
#include "api/api.h"

#include <inttypes.h>

enum { E_BATCH_SIZE = 848, LEAST_CHUNK = 64 };

bool progress_goes_on(const StrataContext *context, int64_t done, int64_t total)
{
    return !context->progress || context->progress(context->progress_user, done, total);
}

/* Whole tiles, enough of them that asking the caller costs nothing beside the work. */
int64_t run_chunk(const StrataWorkspace *workspace, int64_t samples)
{
    const StrataProgram *program = workspace->program;
    if (program->batch > 0)
        return samples;
    int64_t tile = program_memory(program->program).tile;
    return tile >= LEAST_CHUNK ? tile : tile * ((LEAST_CHUNK + tile - 1) / tile);
}

/* What a run asks between its steps. */
typedef struct Watch {
    const StrataContext *context;
    int64_t done, total;
} Watch;

static bool is_cancelled(void *context)
{
    const Watch *watch = context;
    return !progress_goes_on(watch->context, watch->done, watch->total);
}

bool run_rows(StrataWorkspace *workspace, const InputSet *rows, int64_t first, int64_t total, OutputBuffer *outputs,
              const StrataRunOptions *options, StrataDiagnostics *diagnostics)
{
    const StrataProgram *program = workspace->program;
    const StrataAllocator *allocator = &program->context.allocator;
    InputBuffer *inputs = allocator_take(allocator, (size_t)rows->count + 1, sizeof *inputs);
    if (!inputs)
        return diagnostics_memory(diagnostics);
    for (int64_t i = 0; i < rows->count; i++) {
        StrataKind kind = strata_tensor_kind(rows->tensors[i]);
        bool precise = kind == STRATA_FLOAT64 || kind == STRATA_COMPLEX128;
        inputs[i] =
            (InputBuffer){.data = strata_tensor_data(rows->tensors[i]), .element = precise ? PRECISION_DOUBLE : PRECISION_SINGLE};
    }
    Watch watch = {.context = &program->context, .done = first, .total = total};
    Run run = {.batch = rows->samples,
               .inputs = inputs,
               .outputs = outputs,
               .first_sample = first,
               .seed = options ? options->seed : 0,
               .step = options ? options->step : 0,
               .profile = options && options->profile ? options->profile->profile : NULL,
               .cancelled = is_cancelled,
               .context = &watch};
    StrataError error;
    bool good = program_run(program->program, program->binding, workspace->workspace, &run, &error);
    allocator_give(allocator, inputs, (size_t)rows->count + 1, sizeof *inputs);
    return good || diagnostics_failure(diagnostics, &error);
}

/* ---- Results ---- */

/* The kind of the tensor that an output is computed into: reals of the program's precision, or pairs of them. */
static StrataKind computed_kind(const Program *program, const Type *type)
{
    bool precise = program_precision(program) == PRECISION_DOUBLE;
    if (type->element == ELEMENT_COMPLEX)
        return precise ? STRATA_COMPLEX128 : STRATA_COMPLEX64;
    return precise ? STRATA_FLOAT64 : STRATA_FLOAT32;
}

static StrataTensor *result_tensor(const StrataProgram *program, const Type *type, int64_t samples, StrataError *error)
{
    int64_t sizes[MAX_RANK + 1];
    int rank = 0;
    if (type->batched)
        sizes[rank++] = samples;
    for (int axis = 0; axis < type->rank; axis++)
        sizes[rank++] = type->size[axis];
    if (rank > STRATA_RANK_LIMIT) {
        error_set(error, STRATA_INVALID, 0, "a batch of a value with %d dimensions has more than the %d that a tensor can have",
                  type->rank, STRATA_RANK_LIMIT);
        return NULL;
    }
    return strata_tensor_make(&program->context.allocator, computed_kind(program->program, type), rank, sizes, error);
}

/* The tensors of a run while it goes on. */
typedef struct Results {
    StrataAllocator allocator;
    StrataTensor **tensors;
    OutputBuffer *buffers;
    int64_t count;
} Results;

static void results_release(Results *results)
{
    size_t room = (size_t)results->count + 1;
    if (results->tensors)
        for (int64_t i = 0; i < results->count; i++)
            strata_tensor_release(results->tensors[i]);
    allocator_give(&results->allocator, results->tensors, room, sizeof(StrataTensor *));
    allocator_give(&results->allocator, results->buffers, room, sizeof *results->buffers);
}

static bool results_make(const StrataProgram *program, int64_t samples, Results *results, StrataDiagnostics *diagnostics)
{
    *results = (Results){.allocator = program->context.allocator, .count = program_output_count(program->program)};
    size_t room = (size_t)results->count + 1;
    results->tensors = allocator_take_zero(&results->allocator, room, sizeof(StrataTensor *));
    results->buffers = allocator_take_zero(&results->allocator, room, sizeof *results->buffers);
    if (!results->tensors || !results->buffers)
        return diagnostics_memory(diagnostics);
    StrataError error;
    for (int64_t i = 0; i < results->count; i++) {
        results->tensors[i] = result_tensor(program, &program_output(program->program, i)->type, samples, &error);
        if (!results->tensors[i])
            return diagnostics_failure(diagnostics, &error);
    }
    return true;
}

/* Points each buffer at the place of sample `first`. */
static void aim(const StrataProgram *program, const Results *results, int64_t first)
{
    Precision precision = program_precision(program->program);
    size_t size = precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
    for (int64_t i = 0; i < results->count; i++) {
        const Type *type = &program_output(program->program, i)->type;
        size_t offset = type->batched ? (size_t)(first * type_reals(type)) * size : 0;
        results->buffers[i] =
            (OutputBuffer){.data = (char *)strata_tensor_data(results->tensors[i]) + offset, .element = precision};
    }
}

/* Integers and booleans leave as what they are. */
static StrataTensor *presented(const Type *type, StrataTensor *tensor, StrataError *error)
{
    if (type->element == ELEMENT_INTEGER)
        return strata_tensor_convert(tensor, STRATA_INT64, 1, error);
    if (type->element == ELEMENT_BOOLEAN)
        return strata_tensor_convert(tensor, STRATA_BOOL, 1, error);
    return strata_tensor_retain(tensor);
}

static StrataTensorSet *results_set(const StrataProgram *program, const Results *results, StrataDiagnostics *diagnostics)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&results->allocator, &error);
    for (int64_t i = 0; set && i < results->count; i++) {
        const ProgramValue *output = program_output(program->program, i);
        if (strata_tensor_set_find(set, output->name))
            continue; /* a watched value that is an output too */
        StrataTensor *tensor = presented(&output->type, results->tensors[i], &error);
        bool good = tensor && strata_tensor_set_add(set, output->name, tensor, &error);
        strata_tensor_release(tensor);
        if (!good) {
            strata_tensor_set_release(set);
            set = NULL;
        }
    }
    if (!set)
        diagnostics_failure(diagnostics, &error);
    return set;
}

static bool run_all(StrataWorkspace *workspace, const InputSet *inputs, const Results *results, const StrataRunOptions *options,
                    StrataDiagnostics *diagnostics)
{
    const StrataProgram *program = workspace->program;
    int64_t total = inputs->samples, chunk = run_chunk(workspace, total);
    int64_t first = 0;
    do {
        int64_t count = total - first < chunk ? total - first : chunk;
        InputSet rows;
        if (!inputs_rows(program, inputs, first, count, &rows, diagnostics))
            return false;
        aim(program, results, first);
        bool good = run_rows(workspace, &rows, first, total, results->buffers, options, diagnostics);
        inputs_release(&rows);
        if (!good)
            return false;
        first += count;
    } while (first < total);
    if (!progress_goes_on(&program->context, total, total))
        return diagnostics_say(diagnostics, STRATA_CANCELLED, 0, "stopped");
    return true;
}

StrataTensorSet *strata_run(StrataWorkspace *workspace, const StrataTensorSet *inputs, const StrataRunOptions *options,
                            StrataDiagnostics *diagnostics)
{
    if (!workspace || !inputs)
        return NULL;
    const StrataProgram *program = workspace->program;
    InputSet matched;
    if (!inputs_match(program, inputs, &matched, diagnostics))
        return NULL;
    if (matched.count == 0)
        matched.samples = program->batch > 0 ? program->batch : 1;
    StrataTensorSet *set = NULL;
    Results results = {0};
    if (program->batch > 0 && matched.samples != program->batch)
        diagnostics_say(diagnostics, STRATA_USAGE, E_BATCH_SIZE,
                        "the program was made for exactly %" PRId64 " samples, got %" PRId64, program->batch, matched.samples);
    else if (results_make(program, matched.samples, &results, diagnostics) &&
             run_all(workspace, &matched, &results, options, diagnostics))
        set = results_set(program, &results, diagnostics);
    if (results.tensors || results.buffers)
        results_release(&results);
    inputs_release(&matched);
    return set;
}

/* Programs and workspaces: a net planned and bound to its weights, and the memory of one thread that runs it. */
#include "api/api.h"

#include "transform/transform.h"

#include <string.h>

static const StrataProgramOptions default_options = {0};

static ProgramOptions inner_options(const StrataProgramOptions *options)
{
    return (ProgramOptions){
        .precision = options->precision == STRATA_DOUBLE ? PRECISION_DOUBLE : PRECISION_SINGLE,
        .purpose = PURPOSE_RUN,
        .watch = options->values,
        .watch_count = options->value_count,
        .tile = options->tile,
        .batch = options->batch,
    };
}

static bool is_double(const StrataTensor *tensor)
{
    StrataKind kind = strata_tensor_kind(tensor);
    return kind == STRATA_FLOAT64 || kind == STRATA_COMPLEX128;
}

/* With the operations that are fastest for its precision, unless it trains: those have no gradient, and sums over the batch. */
static Graph *fast_graph(Arena *arena, const StrataNet *net, const ProgramOptions *options, bool exact)
{
    FastOptions fast = {.lanes = options->precision == PRECISION_DOUBLE ? 8 : 16,
                        .exact = exact,
                        .watch = options->watch,
                        .watch_count = options->watch_count};
    return net->graph->training ? net->running : transform_fast(arena, net->running, &fast);
}

Program *net_program(const StrataNet *net, const ProgramOptions *options, bool exact, StrataError *error)
{
    const StrataAllocator *allocator = &net->module->context.allocator;
    Arena arena;
    arena_init(&arena, allocator);
    if (ARENA_TRY(&arena) != 0) {
        error_memory(error, arena.total);
        arena_release(&arena);
        return NULL;
    }
    Program *program = program_make(fast_graph(&arena, net, options, exact), options, allocator, error);
    arena_release(&arena);
    return program;
}

/* Adds a tensor in the program's precision to the bound ones; an entry too large for it is an error. */
static bool bind_tensor(StrataProgram *program, const char *name, StrataTensor *tensor, StrataError *error)
{
    bool precise = program_precision(program->program) == PRECISION_DOUBLE;
    if (is_double(tensor) == precise)
        return strata_tensor_set_add(program->bound, name, tensor, error);
    StrataKind kind = strata_tensor_kind(tensor);
    bool complex = kind == STRATA_COMPLEX64 || kind == STRATA_COMPLEX128;
    StrataKind wanted = complex ? (precise ? STRATA_COMPLEX128 : STRATA_COMPLEX64) : (precise ? STRATA_FLOAT64 : STRATA_FLOAT32);
    StrataTensor *converted = strata_tensor_convert(tensor, wanted, 1, error);
    bool good = converted && strata_tensor_set_add(program->bound, name, converted, error);
    strata_tensor_release(converted);
    return good;
}

/* A buffer for each row of a table, weights or states, from the tensors of their names. */
static bool bind_table(StrataProgram *program, const StrataWeights *weights, int64_t count,
                       const ProgramValue *(*row)(const Program *, int64_t), InputBuffer *buffers, StrataError *error)
{
    for (int64_t i = 0; i < count; i++) {
        const char *name = row(program->program, i)->name;
        StrataTensor *tensor = strata_tensor_set_find(weights->set, name);
        if (!tensor)
            return error_set(error, STRATA_USAGE, 0,
                             "the net needs %s, and these weights, which were made for another net, lack it", name);
        if (!bind_tensor(program, name, tensor, error))
            return false;
        buffers[i] = (InputBuffer){.data = strata_tensor_data(strata_tensor_set_find(program->bound, name)),
                                   .element = program_precision(program->program)};
    }
    return true;
}

/* The weights in the program's precision; and, unless only they are wanted, what is prepared of them. */
static bool bind(StrataProgram *program, const StrataWeights *weights, bool prepare, StrataError *error)
{
    const StrataAllocator *allocator = &program->context.allocator;
    int64_t weight_count = program_weight_count(program->program), state_count = program_state_count(program->program);
    size_t room = (size_t)(weight_count + state_count) + 1;
    program->bound = strata_tensor_set_make(allocator, error);
    InputBuffer *buffers = allocator_take_zero(allocator, room, sizeof *buffers);
    if (!program->bound || !buffers) {
        allocator_give(allocator, buffers, room, sizeof *buffers);
        return error_memory(error, room * sizeof *buffers);
    }
    bool good = bind_table(program, weights, weight_count, program_weight, buffers, error) &&
                bind_table(program, weights, state_count, program_state, buffers + weight_count, error);
    if (good && prepare) {
        program->binding = binding_make(program->program, buffers, buffers + weight_count, true, error);
        good = program->binding != NULL;
    }
    allocator_give(allocator, buffers, room, sizeof *buffers);
    return good;
}

static bool build(StrataProgram *program, const StrataNet *net, const StrataWeights *weights, const StrataProgramOptions *options,
                  bool prepare, StrataError *error)
{
    const StrataAllocator *allocator = &program->context.allocator;
    program->net_name_size = strlen(net->graph->name) + 1;
    program->net_name = allocator_take(allocator, program->net_name_size, 1);
    if (!program->net_name)
        return error_memory(error, program->net_name_size);
    memcpy(program->net_name, net->graph->name, program->net_name_size);
    ProgramOptions inner = inner_options(options);
    program->program = net_program(net, &inner, options->exact, error);
    program->batch = options->batch;
    return program->program && bind(program, weights, prepare, error);
}

static StrataProgram *make(StrataNet *net, StrataWeights *weights, const StrataProgramOptions *options, bool prepare,
                           StrataDiagnostics *diagnostics)
{
    StrataProgram *program = object_make(&net->module->context, sizeof *program, diagnostics);
    if (!program)
        return NULL;
    program->context = net->module->context;
    atomic_init(&program->owners, 1);
    StrataError error;
    if (build(program, net, weights, options ? options : &default_options, prepare, &error))
        return program;
    diagnostics_failure(diagnostics, &error);
    strata_program_release(program);
    return NULL;
}

StrataProgram *strata_program_make(StrataNet *net, StrataWeights *weights, const StrataProgramOptions *options,
                                   StrataDiagnostics *diagnostics)
{
    return net && weights ? make(net, weights, options, true, diagnostics) : NULL;
}

StrataProgram *program_unbound(StrataNet *net, StrataWeights *weights, const StrataProgramOptions *options,
                               StrataDiagnostics *diagnostics)
{
    return make(net, weights, options, false, diagnostics);
}

StrataProgram *program_retain(StrataProgram *program)
{
    atomic_fetch_add(&program->owners, 1);
    return program;
}

void strata_program_release(StrataProgram *program)
{
    if (!program || atomic_fetch_sub(&program->owners, 1) > 1)
        return;
    binding_release(program->binding);
    program_release(program->program);
    strata_tensor_set_release(program->bound);
    StrataAllocator allocator = program->context.allocator;
    if (program->net_name)
        allocator_give(&allocator, program->net_name, program->net_name_size, 1);
    allocator_give(&allocator, program, 1, sizeof *program);
}

StrataMemory strata_program_memory(const StrataProgram *program)
{
    ProgramMemory memory = program_memory(program->program);
    return (StrataMemory){
        .tile = memory.tile,
        .program = (int64_t)(memory.weights + memory.states + memory.prepared + memory.constants),
        .peak = (int64_t)memory.work,
        .lower_bound = (int64_t)memory.work_bound,
        .scratch = (int64_t)memory.scratch,
    };
}

StrataText *strata_program_compile(StrataProgram *program, int64_t samples, StrataDiagnostics *diagnostics)
{
    StrataText *report = text_object(&program->context, diagnostics);
    if (!report)
        return NULL;
    if (ARENA_TRY(&report->arena) != 0)
        return text_failed(report, diagnostics);
    StrataError error;
    if (program_compile(program->program, &(CompileOptions){.samples = samples}, &report->text, &error))
        return report;
    strata_text_release(report);
    diagnostics_failure(diagnostics, &error);
    return NULL;
}

bool strata_program_compile_behind(StrataProgram *program, int64_t samples, StrataDiagnostics *diagnostics)
{
    StrataError error;
    return program && (program_compile_behind(program->program, &(CompileOptions){.samples = samples}, &error) ||
                       diagnostics_failure(diagnostics, &error));
}

StrataCompiling strata_program_compiling(const StrataProgram *program)
{
    if (program_is_compiling(program->program))
        return STRATA_COMPILING;
    return program_is_compiled(program->program) ? STRATA_COMPILED : STRATA_INTERPRETED;
}

void strata_program_wait(StrataProgram *program)
{
    program_wait(program->program);
}

bool strata_program_gains(const StrataProgram *program, int64_t samples)
{
    return program_gains(program->program, samples);
}

/* A text of a Program that is made for it alone. */
static StrataText *program_text(StrataNet *net, const StrataProgramOptions *options, StrataDiagnostics *diagnostics,
                                bool (*print)(Program *, Text *, StrataError *))
{
    if (!net)
        return NULL;
    StrataText *text = text_object(&net->module->context, diagnostics);
    if (!text)
        return NULL;
    StrataError error;
    ProgramOptions inner = inner_options(options ? options : &default_options);
    Program *program = net_program(net, &inner, options && options->exact, &error);
    if (!program) {
        strata_text_release(text);
        diagnostics_failure(diagnostics, &error);
        return NULL;
    }
    if (ARENA_TRY(&text->arena) != 0) {
        program_release(program);
        return text_failed(text, diagnostics);
    }
    bool done = print(program, &text->text, &error);
    program_release(program);
    if (done)
        return text;
    strata_text_release(text);
    diagnostics_failure(diagnostics, &error);
    return NULL;
}

static bool print_plan(Program *program, Text *out, StrataError *error)
{
    (void)error;
    program_print_plan(program, out);
    return true;
}

static bool print_llvm(Program *program, Text *out, StrataError *error)
{
    return program_print_native(program, false, out, error);
}

static bool print_assembly(Program *program, Text *out, StrataError *error)
{
    return program_print_native(program, true, out, error);
}

StrataText *strata_net_native(StrataNet *net, const StrataProgramOptions *options, bool assembly, StrataDiagnostics *diagnostics)
{
    return program_text(net, options, diagnostics, assembly ? print_assembly : print_llvm);
}

StrataText *strata_net_plan(StrataNet *net, const StrataProgramOptions *options, StrataDiagnostics *diagnostics)
{
    return program_text(net, options, diagnostics, print_plan);
}

StrataWorkspace *strata_workspace_make(StrataProgram *program, int threads, StrataDiagnostics *diagnostics)
{
    if (!program)
        return NULL;
    StrataWorkspace *workspace = object_make(&program->context, sizeof *workspace, diagnostics);
    if (!workspace)
        return NULL;
    workspace->program = program_retain(program);
    StrataError error;
    error_clear(&error);
    if (threads > 1)
        workspace->pool = thread_pool_make(&program->context.allocator, threads, &error);
    if (threads <= 1 || workspace->pool)
        workspace->workspace = workspace_make(program->program, 0, workspace->pool, &error);
    if (workspace->workspace)
        return workspace;
    diagnostics_failure(diagnostics, &error);
    strata_workspace_release(workspace);
    return NULL;
}

void strata_workspace_release(StrataWorkspace *workspace)
{
    if (!workspace)
        return;
    StrataProgram *program = workspace->program;
    StrataAllocator allocator = program->context.allocator;
    workspace_release(workspace->workspace);
    if (workspace->pool)
        thread_pool_release(workspace->pool);
    allocator_give(&allocator, workspace, 1, sizeof *workspace);
    strata_program_release(program);
}

/* Any bytes as a module: checked, its nets elaborated in both modes, their Graphs verified, printed and read, transformed, planned, and small
 * ones run. What stands behind a line `#file` is the content of every file that the module uses.
 *
 * Held besides "no crash": a module without complaints has nets that elaborate; a net that does not elaborate was complained about; and
 * every Graph passes the verifier before and behind each transform. */
#include "analyse/analyse.h"
#include "elaborate/elaborate.h"
#include "engine/program.h"
#include "transform/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NETS = 4, BATCH = 2, MOST_WORK = 1 << 20 };

#define MEMORY ((size_t)96 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a sentence that says what should not be. */
static _Noreturn void fail(const char *what, const char *detail)
{
    fprintf(stderr, "fuzz_elaborate: %s: %s\n", what, detail ? detail : "");
    abort();
}

typedef struct OtherFile {
    const char *text;
    size_t length;
} OtherFile;

static const char *read_other(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    const OtherFile *other = context;
    if (!other->text) {
        error_set(error, STRATA_FILE, 308, "no such file");
        return NULL;
    }
    (void)path;
    *length = other->length;
    return arena_string(arena, other->text, other->length);
}

/* Cuts the input at the first line `#file`. */
static OtherFile cut(const char *data, size_t *size)
{
    static const char mark[] = "\n#file\n";
    size_t length = sizeof mark - 1;
    for (size_t i = 0; i + length <= *size; i++)
        if (memcmp(data + i, mark, length) == 0) {
            OtherFile other = {data + i + length, *size - i - length};
            *size = i;
            return other;
        }
    return (OtherFile){NULL, 0};
}

static void print_all(Arena *arena, const Diagnostics *diagnostics)
{
    Text text = text_make(arena);
    for (int64_t i = 0; i < diagnostics->count; i++)
        diagnostic_print(diagnostics, &diagnostics->items[i], i % 2 == 0, &text);
}

/* The text of a Graph reads back as the same Graph. */
static void try_text(Arena *arena, const Graph *graph)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    Text first = text_make(arena), blobs = text_make(arena), second = text_make(arena), ignored = text_make(arena);
    graph_print(graph, NULL, &first, &blobs);
    int32_t file = source_add(&sources, "graph", text_string(&first), first.length, false);
    const Graph *again = graph_read(arena, &diagnostics, file, text_string(&blobs), blobs.length);
    if (!again) {
        Text said = text_make(arena);
        diagnostic_print(&diagnostics, &diagnostics.items[0], false, &said);
        fail("a printed Graph does not read", text_string(&said));
    }
    graph_print(again, NULL, &second, &ignored);
    if (strcmp(text_string(&first), text_string(&second)) != 0)
        fail("a Graph changes when it is printed and read", NULL);
}

/* --- running -------------------------------------------------------------------------------------------------------------------- */

/* Zeros for every input and room for every output, in an arena without a limit: a jump out of here would leave the Program behind. */
static void run_binding(const Program *program, const Binding *binding, Workspace *workspace)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena own, *arena = &own;
    arena_init(arena, &allocator);
    int64_t inputs = program_input_count(program), outputs = program_output_count(program);
    InputBuffer *from = arena_zero(arena, (size_t)inputs + 1, sizeof *from);
    OutputBuffer *to = arena_zero(arena, (size_t)outputs + 1, sizeof *to);
    for (int64_t i = 0; i < inputs; i++)
        from[i].data = arena_zero(arena, (size_t)(type_reals(&program_input(program, i)->type) * BATCH), sizeof(float));
    for (int64_t i = 0; i < outputs; i++)
        to[i].data = arena_zero(arena, (size_t)(type_reals(&program_output(program, i)->type) * BATCH), sizeof(float));
    Run run = {.batch = BATCH, .inputs = from, .outputs = to};
    StrataError error = {0};
    if (!program_run(program, binding, workspace, &run, &error))
        fail("a run failed", error.message);
    arena_release(arena);
}

static bool is_small(const Program *program)
{
    ProgramMemory memory = program_memory(program);
    return memory.work < MOST_WORK && memory.weights < MOST_WORK && memory.states < MOST_WORK && memory.prepared < MOST_WORK &&
           memory.constants < MOST_WORK;
}

static void try_program(Arena *arena, const Graph *graph)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    int64_t work = analyse_cost(graph, arena).total.operations;
    work = saturating_add(work, analyse_cost(graph, arena).total.multiply_adds);
    ProgramOptions options = {.batch = graph->training ? BATCH : 0, .tile = BATCH};
    Program *program = program_make(graph, &options, &allocator, &error);
    if (!program && error.status != STRATA_MEMORY && error.status != STRATA_USAGE)
        fail("a Graph is not planned", error.message);
    if (program && is_small(program) && work < MOST_WORK) {
        Binding *binding = binding_make_initial(program, graph, 1, &error);
        Workspace *workspace = binding ? workspace_make(program, BATCH, NULL, &error) : NULL;
        if (workspace)
            run_binding(program, binding, workspace);
        workspace_release(workspace);
        binding_release(binding);
    }
    program_release(program);
}

/* --- elaborating ---------------------------------------------------------------------------------------------------------------- */

static void try_graph(Arena *arena, const Graph *graph)
{
    const char *problem = graph_verify(graph, arena);
    if (problem)
        fail("the verifier refuses a Graph", problem);
    if (graph->node_count < 1000)
        try_text(arena, graph);
    TransformOptions options = {.keep_names = false};
    const Graph *better = transform_all(arena, graph, &options, &problem);
    if (!better)
        fail("a transform breaks a Graph", problem);
    try_program(arena, better);
}

static void try_net(Arena *arena, Module *module, const Diagnostics *diagnostics, int64_t index, Mode mode)
{
    int64_t errors = diagnostics->errors;
    const Graph *graph = module_elaborate(module, module_net_name(module, index), NULL, 0, mode);
    if (!graph && diagnostics->errors == 0)
        fail("a net does not elaborate, and nothing was said", module_net_name(module, index));
    if (!graph && errors == 0)
        fail("a net does not elaborate, though the check was clean", diagnostics->items[0].message);
    if (graph)
        try_graph(arena, graph);
}

static void try_module(Arena *arena, const char *text, size_t length)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    OtherFile other = cut(text, &length);
    const char *copy = arena_string(arena, text, length);
    Module *module =
        module_load(arena, &diagnostics, (SourceReader){.read = read_other, .context = &other}, "fuzz.net", copy, length);
    module_check(module);
    for (int64_t i = 0; i < module_net_count(module) && i < MOST_NETS; i++) {
        try_net(arena, module, &diagnostics, i, MODE_INFERENCE);
        try_net(arena, module, &diagnostics, i, MODE_TRAINING);
    }
    print_all(arena, &diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    arena.limit = MEMORY;
    if (ARENA_TRY(&arena) == 0)
        try_module(&arena, (const char *)data, size);
    arena_release(&arena);
    return 0;
}

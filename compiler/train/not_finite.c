/* Where NaN begins; see not_finite.h. Values are watched some at a time, so that memory stays small. */
#include "train/not_finite.h"

#include "base/error.h"
#include "train/trainer_parts.h"

#include <math.h>

enum { WATCHED = 32 };

/* The nodes to look at, with the names that they are watched by. */
typedef struct Probe {
    Graph graph; /* the step's, with these names alone */
    int32_t *nodes;
    const char **names;
    int64_t count;
} Probe;

static Probe probe_make(Arena *arena, const Graph *graph)
{
    Probe probe = {.graph = *graph};
    size_t room = (size_t)graph->node_count + 1;
    probe.nodes = arena_take(arena, room * sizeof *probe.nodes);
    probe.names = arena_take(arena, room * sizeof *probe.names);
    probe.graph.names = arena_take(arena, room * sizeof *probe.graph.names);
    probe.graph.name_count = 0;
    probe.graph.output_count = 0;
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        bool number = node->types[0].element == ELEMENT_REAL || node->types[0].element == ELEMENT_COMPLEX;
        if (!number || node->op == OP_CONSTANT)
            continue;
        probe.nodes[probe.count] = (int32_t)i;
        probe.names[probe.count] = arena_printf(arena, "#%lld", (long long)i);
        probe.graph.names[probe.graph.name_count++] = (NamedValue){.path = probe.names[probe.count], .value = {(int32_t)i, 0}};
        probe.count++;
    }
    return probe;
}

static bool all_finite(const OutputBuffer *buffer, int64_t reals)
{
    for (int64_t i = 0; i < reals; i++)
        if (!isfinite(((const float *)buffer->data)[i]))
            return false;
    return true;
}

/* Runs the probe with its outputs in `buffers`. */
static bool run_probe(const Trainer *trainer, const Graph *graph, const ProgramOptions *options, OutputBuffer *buffers)
{
    StrataError error;
    Program *program = program_make(graph, options, &trainer->allocator, &error);
    const InputBuffer *states = trainer->states[trainer->current].read;
    Binding *binding = program ? binding_make(program, trainer->weights.read, states, false, &error) : NULL;
    Workspace *workspace = binding ? workspace_make(program, trainer->last_count, NULL, &error) : NULL;
    Run run = {.batch = trainer->last_count,
               .inputs = trainer->last_inputs,
               .outputs = buffers,
               .first_sample = trainer->position.sample,
               .seed = trainer->setup.seed,
               .step = (uint64_t)trainer->position.step,
               .rate = trainer->watch.rate_scale};
    bool done = workspace && program_run(program, binding, workspace, &run, &error);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    return done;
}

/* Runs with some values watched; gives the place among them of the first that is not finite, -1 when all are, -2 when it could not be run. */
static int64_t look(Arena *arena, const Trainer *trainer, const Probe *probe, int64_t first, int64_t count)
{
    OutputBuffer *buffers = arena_zero(arena, (size_t)count + 1, sizeof *buffers);
    int64_t *reals = arena_take(arena, ((size_t)count + 1) * sizeof *reals);
    for (int64_t i = 0; i < count; i++) {
        const Type *type = &probe->graph.nodes[probe->nodes[first + i]].types[0];
        reals[i] = type_reals(type) * (type->batched ? trainer->last_count : 1);
        buffers[i] = (OutputBuffer){.data = arena_take(arena, (size_t)reals[i] * sizeof(float))};
    }
    ProgramOptions options = {.watch = probe->names + first, .watch_count = count, .batch = trainer->last_count};
    if (!run_probe(trainer, &probe->graph, &options, buffers))
        return -2;
    for (int64_t i = 0; i < count; i++)
        if (!all_finite(&buffers[i], reals[i]))
            return i;
    return -1;
}

/* The place of the innermost call around a node that does not stand in the standard library. */
static SourceSpan span_of(const Graph *graph, int32_t origin, const SourceTable *sources)
{
    SourceSpan span = graph->origins[origin].span;
    while (graph->origins[origin].parent >= 0 && (span.file < 0 || sources->files[span.file].library)) {
        origin = graph->origins[origin].parent;
        span = graph->origins[origin].span;
    }
    return span;
}

NotFinite not_finite_find(Arena *arena, const Trainer *trainer, const Graph *graph, const SourceTable *sources)
{
    NotFinite result = {0};
    Probe probe = probe_make(arena, graph);
    for (int64_t first = 0; first < probe.count; first += WATCHED) {
        int64_t count = probe.count - first < WATCHED ? probe.count - first : WATCHED;
        int64_t found = look(arena, trainer, &probe, first, count);
        if (found == -2)
            return result;
        if (found < 0)
            continue;
        const Node *node = &graph->nodes[probe.nodes[first + found]];
        result.found = true;
        result.given = op_is_source(node->op);
        result.operation = op_info(node->op)->name;
        result.path = graph_origin_path(graph, node->origin, arena);
        result.span = span_of(graph, node->origin, sources);
        return result;
    }
    return result;
}

/* Random Graphs through the verifier, the text form and the transforms.
 *
 *     test_random_graphs [FIRST_SEED [COUNT]]
 *
 * Transforms promise the same numbers, so the reference must give equal results before and after them. */
#include "engine/harness.h"
#include "engine/random_graph.h"
#include "transform/transform.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t first_seed = 1;
static uint64_t graph_count = 1000;

enum { BATCH = 2 };

static void check_text(Arena *arena, uint64_t seed, const Graph *graph)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    Text text = text_make(arena), blobs = text_make(arena), again = text_make(arena);
    graph_print(graph, NULL, &text, &blobs);
    int32_t file = source_add(&sources, "random.graph", text_string(&text), text.length, false);
    const Graph *read = graph_read(arena, &diagnostics, file, blobs.start, blobs.length);
    if (!read)
        fail_msg("seed %llu: the text cannot be read back: %s", (unsigned long long)seed, diagnostics.items[0].message);
    graph_print(read, NULL, &again, NULL);
    if (strcmp(text_string(&text), text_string(&again)) != 0)
        fail_msg("seed %llu: the text differs after reading it back", (unsigned long long)seed);
}

static const Reference *evaluate(Arena *arena, const Graph *graph, const ModelData *data)
{
    ReferenceSources sources = {
        .batch = BATCH,
        .inputs = (const double *const *)data->inputs,
        .weights = (const double *const *)data->weights,
        .states = (const double *const *)data->states,
        .seed = data->seed,
        .step = 3,
        .rate = 0.25,
    };
    return reference_evaluate(arena, graph, &sources);
}

/* Equal numbers, or NaN both; the sign of a zero is not promised. */
static void check_equal(uint64_t seed, const Graph *graph, const char *what, const Reference *a, Value of_a, const Reference *b,
                        Value of_b)
{
    const Type *type = graph_type(graph, of_a);
    const double *before = reference_value(a, of_a), *after = reference_value(b, of_b);
    for (int64_t i = 0; i < type_reals(type) * (type->batched ? BATCH : 1); i++)
        if (before[i] != after[i] && !(isnan(before[i]) && isnan(after[i])))
            fail_msg("seed %llu: transforms change %s, entry %lld, from %.17g to %.17g", (unsigned long long)seed, what,
                     (long long)i, before[i], after[i]);
}

static void check_transforms(Arena *arena, uint64_t seed, const Graph *graph, bool keep_names)
{
    const char *problem = NULL;
    const Graph *after = transform_all(arena, graph, &(TransformOptions){.keep_names = keep_names}, &problem);
    if (!after)
        fail_msg("seed %llu: %s", (unsigned long long)seed, problem);
    ModelData data = model_data(arena, graph, BATCH, seed);
    const Reference *old = evaluate(arena, graph, &data), *new = evaluate(arena, after, &data);
    for (int64_t i = 0; i < graph->output_count; i++)
        check_equal(seed, graph, "an output", old, graph->outputs[i].value, new, after->outputs[i].value);
    for (int64_t i = 0; i < graph->state_count && graph->states[i].next.node >= 0; i++)
        check_equal(seed, graph, "a next state", old, graph->states[i].next, new, after->states[i].next);
    if (graph->objective.node >= 0)
        check_equal(seed, graph, "the objective", old, graph->objective, new, after->objective);
    for (int64_t i = 0; keep_names && i < graph->name_count; i++)
        check_equal(seed, graph, "a named value", old, graph->names[i].value, new, graph_find_name(after, graph->names[i].path));
}

static void check_graphs(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    for (uint64_t seed = first_seed; seed < first_seed + graph_count; seed++) {
        Arena arena;
        arena_init(&arena, &allocator);
        const Graph *graph = random_graph(&arena, seed, seed % 5 == 0);
        const char *problem = graph_verify(graph, &arena);
        if (problem)
            fail_msg("seed %llu: %s", (unsigned long long)seed, problem);
        check_text(&arena, seed, graph);
        check_transforms(&arena, seed, graph, seed % 2 == 0);
        arena_release(&arena);
    }
}

int main(int count, char **words)
{
    if (count > 1)
        first_seed = strtoull(words[1], NULL, 10);
    if (count > 2)
        graph_count = strtoull(words[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(check_graphs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

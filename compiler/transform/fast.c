/* Fast: takes a Graph that does not train, gives one of the operations that are fastest for its precision; the planner alone reads it.
 *
 * In this order: scalings go into weights, products get the fast operations of their family over images in blocks, and filtered signals and images theirs. */
#include "transform/arrange.h"
#include "transform/spectral.h"

/* The Graph with the names that are watched, and no others. */
static Graph keep_watched(Arena *arena, const Graph *graph, const FastOptions *fast)
{
    Graph copy = *graph;
    copy.names = arena_take(arena, (size_t)fast->watch_count * sizeof *copy.names);
    copy.name_count = 0;
    for (int64_t i = 0; i < fast->watch_count; i++) {
        Value value = graph_find_name(graph, fast->watch[i]);
        if (value.node >= 0)
            copy.names[copy.name_count++] = (NamedValue){.path = fast->watch[i], .value = value};
    }
    copy.name_capacity = copy.name_count;
    return copy;
}

/* Filters in the precision in which the Graph runs: what is below it is left out. */
static Graph *with_spectra(Arena *arena, const Graph *graph, const FastOptions *fast, const TransformOptions *options)
{
    bool precise = fast->lanes == 8;
    SpectralOptions spectral = {.lanes = fast->lanes, .threshold = precise ? 1e-16 : 1e-6, .rest = precise ? 1e-16 : 1e-7};
    return transform_prune(arena, transform_spectral(arena, graph, &spectral, options), options);
}

Graph *transform_fast(Arena *arena, const Graph *graph, const FastOptions *fast)
{
    const TransformOptions options = {.keep_names = true};
    Graph watched = keep_watched(arena, graph, fast);
    Graph *pruned = transform_prune(arena, &watched, &options);
    Graph *folded = transform_fold(arena, pruned, &options);
    Graph *arranged = arrange(arena, folded, fast, &options);
    return with_spectra(arena, transform_prune(arena, arranged, &options), fast, &options);
}

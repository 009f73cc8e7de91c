/* Any bytes as the text of a Graph. What reads must pass the verifier, print, read again and print the same. */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text of a Graph, with its places. */
static const char *print(const Graph *graph, Arena *arena, const Diagnostics *diagnostics, Text *blobs)
{
    Text text = text_make(arena);
    *blobs = text_make(arena);
    graph_print(graph, diagnostics->sources, &text, blobs);
    return text_string(&text);
}

static Graph *read(Arena *arena, Diagnostics *diagnostics, const char *text, size_t length, const char *blobs, size_t blob_length)
{
    int32_t file = source_add(diagnostics->sources, "fuzz.graph", text, length, false);
    return graph_read(arena, diagnostics, file, blobs, blob_length);
}

static void try(Arena *arena, const char *text, size_t length)
{
    SourceTable sources = source_table_make(arena), other_sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources), others = diagnostics_make(arena, &other_sources);
    Text blobs, other_blobs;
    Graph *graph = read(arena, &diagnostics, text, length, NULL, 0);
    if (!graph) {
        if (diagnostics.errors == 0)
            abort();
        return;
    }
    if (graph_verify(graph, arena))
        abort();
    const char *first = print(graph, arena, &diagnostics, &blobs);
    Graph *again = read(arena, &others, first, strlen(first), blobs.start, blobs.length);
    if (!again || strcmp(first, print(again, arena, &others, &other_blobs)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    arena.limit = (size_t)512 << 20;
    if (ARENA_TRY(&arena) == 0)
        try(&arena, (const char *)data, size);
    arena_release(&arena);
    return 0;
}

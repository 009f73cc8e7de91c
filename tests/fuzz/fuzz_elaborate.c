/* Any bytes as a source text that is checked, and whose nets are elaborated in both modes. A net that elaborates keeps the rules of the Graph, and
 * one that does not has said why. */
#include "elaborate/elaborate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(Arena *arena, const char *text, size_t length)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    Module *module = module_load(arena, &diagnostics, (SourceReader){NULL, NULL}, "fuzz.net", text, length);
    module_check(module);
    for (int64_t i = 0; i < module_net_count(module) && diagnostics.errors == 0; i++)
        for (int mode = 0; mode < 2; mode++) {
            Graph *graph = module_elaborate(module, module_net_name(module, i), NULL, 0, mode ? MODE_TRAINING : MODE_INFERENCE);
            if (graph ? graph_verify(graph, arena) != NULL : diagnostics.errors == 0)
                abort();
        }
    for (int64_t i = 0; i < diagnostics.count; i++) {
        Text out = text_make(arena);
        diagnostic_print(&diagnostics, &diagnostics.items[i], false, &out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    arena.limit = (size_t)96 << 20;
    if (ARENA_TRY(&arena) == 0)
        try(&arena, (const char *)data, size);
    arena_release(&arena);
    return 0;
}

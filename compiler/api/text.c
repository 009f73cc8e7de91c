/* Texts that the library gives. */
#include "api/api.h"

StrataText *text_object(const StrataContext *context, StrataDiagnostics *diagnostics)
{
    StrataText *text = object_make(context, sizeof *text, diagnostics);
    if (!text)
        return NULL;
    text->allocator = context->allocator;
    arena_init(&text->arena, &text->allocator);
    text->arena.limit = context->memory_limit;
    text->text = text_make(&text->arena);
    return text;
}

StrataText *text_failed(StrataText *text, StrataDiagnostics *diagnostics)
{
    strata_text_release(text);
    diagnostics_memory(diagnostics);
    return NULL;
}

const char *strata_text_bytes(const StrataText *text)
{
    return text->text.start ? text->text.start : "";
}

size_t strata_text_length(const StrataText *text)
{
    return text->text.length;
}

void strata_text_release(StrataText *text)
{
    if (!text)
        return;
    arena_release(&text->arena);
    StrataAllocator allocator = text->allocator;
    allocator_give(&allocator, text, 1, sizeof *text);
}

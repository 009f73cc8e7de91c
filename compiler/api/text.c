/* Texts that the library gives, and strings of JSON. */
#include "api/api.h"

#include <string.h>

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

/* Bytes of the well-formed UTF-8 character at `at` (Unicode 15, table 3-7), or 0 when there is none. */
static size_t character_size(const unsigned char *at)
{
    if (at[0] < 0x80)
        return 1;
    size_t size = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4)
        return 0;
    unsigned char low = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

static void add_json_character(Text *out, unsigned char character)
{
    switch (character) {
    case '"':
    case '\\':
        text_add_character(out, '\\');
        text_add_character(out, (char)character);
        break;
    case '\n':
        text_add(out, "\\n");
        break;
    case '\t':
        text_add(out, "\\t");
        break;
    default:
        if (character < 0x20 || character == 0x7F)
            text_printf(out, "\\u%04x", character);
        else
            text_add_character(out, (char)character);
    }
}

void text_add_json(Text *out, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    text_add_character(out, '"');
    while (*at) {
        size_t size = character_size(at);
        if (size == 1)
            add_json_character(out, *at);
        else if (size)
            text_add_bytes(out, (const char *)at, size);
        else
            text_add(out, "\\ufffd");
        at += size ? size : 1;
    }
    text_add_character(out, '"');
}

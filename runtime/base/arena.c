/* Arenas; see arena.h. Chunks double in size up to a limit, so that a small compilation takes little and a large one few calls. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
    ArenaChunk *older;
    size_t size; /* of `data` */
    alignas(max_align_t) unsigned char data[];
};

enum { FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 4 * 1024 * 1024 };

void arena_init(Arena *arena, const StrataAllocator *allocator)
{
    memset(arena, 0, sizeof *arena);
    arena->allocator = *allocator;
}

void arena_release(Arena *arena)
{
    ArenaChunk *chunk = arena->chunk;
    while (chunk) {
        ArenaChunk *older = chunk->older;
        allocator_give(&arena->allocator, chunk, sizeof *chunk + chunk->size, 1);
        chunk = older;
    }
    arena->chunk = NULL;
    arena->used = 0;
    arena->total = 0;
}

/* A recovery point is a promise of every owner; without one there is nowhere to go. */
static _Noreturn void fail(Arena *arena)
{
    if (!arena->recovery)
        abort();
    longjmp(*arena->recovery, 1);
}

static void add_chunk(Arena *arena, size_t needed)
{
    size_t size = arena->chunk ? arena->chunk->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < needed)
        size = needed;
    if (size > SIZE_MAX - sizeof(ArenaChunk))
        fail(arena);
    size_t bytes = sizeof(ArenaChunk) + size;
    if (arena->limit && bytes > arena->limit - (arena->total < arena->limit ? arena->total : arena->limit))
        fail(arena);
    ArenaChunk *chunk = allocator_take(&arena->allocator, bytes, 1);
    if (!chunk)
        fail(arena);
    chunk->older = arena->chunk;
    chunk->size = size;
    arena->chunk = chunk;
    arena->used = 0;
    arena->total += bytes;
}

void *arena_take(Arena *arena, size_t size)
{
    size_t alignment = alignof(max_align_t);
    if (size > SIZE_MAX - alignment)
        fail(arena);
    size_t rounded = (size + alignment - 1) / alignment * alignment;
    if (!arena->chunk || arena->chunk->size - arena->used < rounded)
        add_chunk(arena, rounded);
    void *piece = arena->chunk->data + arena->used;
    arena->used += rounded;
    return piece;
}

void *arena_zero(Arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        fail(arena);
    void *piece = arena_take(arena, count * size);
    memset(piece, 0, count * size);
    return piece;
}

void *arena_copy(Arena *arena, const void *source, size_t size)
{
    void *piece = arena_take(arena, size);
    if (size > 0)
        memcpy(piece, source, size);
    return piece;
}

char *arena_string(Arena *arena, const char *text, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_duplicate(Arena *arena, const char *text)
{
    return arena_string(arena, text, strlen(text));
}

char *arena_vprintf(Arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        length = 0;
    char *text = arena_take(arena, (size_t)length + 1);
    text[0] = '\0';
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void *arena_grow(Arena *arena, void *items, int64_t count, int64_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    int64_t larger = *capacity ? *capacity * 2 : 8;
    if ((uint64_t)larger > SIZE_MAX / item_size)
        fail(arena);
    void *copy = arena_take(arena, (size_t)larger * item_size);
    if (count > 0)
        memcpy(copy, items, (size_t)count * item_size);
    *capacity = larger;
    return copy;
}

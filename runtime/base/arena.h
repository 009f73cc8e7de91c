/* An arena: memory that is taken piece by piece and given back all at once, when the compilation that owns it ends.
 *
 * A piece is never null. When the allocator fails, the arena jumps to the recovery point that its owner set with ARENA_TRY:
 * everything that the work between had taken lies in arenas, so nothing leaks and no caller needs a check. Beside libpng's
 * own (file/png_read.c) this is the one non-local jump of the project; it must not cross a frame of another library or one that
 * owns something outside an arena.
 *
 *     Arena arena;
 *     arena_init(&arena, allocator);
 *     if (ARENA_TRY(&arena) == 0) { ... work ... } else { ... out of memory ... }
 *     arena_release(&arena);
 */
#ifndef STRATA_BASE_ARENA_H
#define STRATA_BASE_ARENA_H

#include "base/allocator.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    StrataAllocator allocator;
    ArenaChunk *chunk; /* the newest; older ones behind it */
    size_t used;       /* bytes used of the newest chunk */
    size_t total;      /* bytes taken from the allocator */
    size_t limit;      /* largest `total` allowed; 0: none. Passing it counts as a failed allocation */
    jmp_buf *recovery; /* where a failed allocation goes */
    jmp_buf buffer;
} Arena;

/* setjmp may stand only in a condition (C11 7.13.1.1), so this has to be a macro: 0 on the way in, not 0 after a failure. */
#define ARENA_TRY(arena) ((arena)->recovery = &(arena)->buffer, setjmp((arena)->buffer))

void arena_init(Arena *arena, const StrataAllocator *allocator);
void arena_release(Arena *arena);

/* `size` bytes, aligned for any type; the first form is uninitialised, the second all zero. */
void *arena_take(Arena *arena, size_t size);
void *arena_zero(Arena *arena, size_t count, size_t size);

/* A copy of `size` bytes; of a string of `length` characters (and a final 0); of a whole string. */
void *arena_copy(Arena *arena, const void *source, size_t size);
char *arena_string(Arena *arena, const char *text, size_t length);
char *arena_duplicate(Arena *arena, const char *text);

/* A formatted string. */
char *arena_printf(Arena *arena, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);
char *arena_vprintf(Arena *arena, const char *format, va_list arguments);

/* Makes room for one more item in a growing array: gives `items` itself or a copy twice as large, and updates `capacity`.
 * The old array is left in the arena, so the total stays within twice the largest. */
void *arena_grow(Arena *arena, void *items, int64_t count, int64_t *capacity, size_t item_size);

#endif

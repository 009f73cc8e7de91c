/* Free space of an arena that is planned: the gaps between buffers, and the end of what was ever used. Taking and giving cost a logarithm of
 * the number of gaps. */
#ifndef STRATA_ENGINE_GAPS_H
#define STRATA_ENGINE_GAPS_H

#include "base/arena.h"

/* A gap is a node of a search tree over offsets that also knows the largest gap below it; random priorities keep it balanced (a treap,
 * Seidel and Aragon 1996). Links are rows of `items`, -1 for none. */
typedef struct Gap {
    size_t offset;
    size_t size;
    size_t largest;
    uint32_t priority;
    int32_t left;
    int32_t right; /* also links unused rows */
} Gap;

typedef struct Gaps {
    Arena *arena;
    Gap *items;
    int64_t count, capacity;
    int32_t root;
    int32_t unused;
    uint32_t random;
    size_t end;  /* everything from here on is free */
    size_t peak; /* the largest `end` so far */
} Gaps;

Gaps gaps_make(Arena *arena);

/* The lowest place for `size` bytes, at least 1. */
size_t gaps_take(Gaps *gaps, size_t size);

/* Gives a place back; it grows together with the gaps beside it. */
void gaps_give(Gaps *gaps, size_t offset, size_t size);

#endif

/* A hash map from strings to pointers, in an arena. Keys are compared by content and copied; entries keep their order of insertion. */
#ifndef STRATA_BASE_MAP_H
#define STRATA_BASE_MAP_H

#include "base/arena.h"

typedef struct MapEntry {
    const char *key;
    void *value;
} MapEntry;

typedef struct Map {
    Arena *arena;
    MapEntry *entries; /* in order of insertion */
    int64_t count;
    int64_t capacity;
    int32_t *slots; /* open addressing: index into entries, or -1 */
    int64_t slot_count;
} Map;

Map map_make(Arena *arena);

/* The value of a key, or null when there is none. */
void *map_get(const Map *map, const char *key);
bool map_has(const Map *map, const char *key);

/* Adds a key, or gives an existing one another value. */
void map_set(Map *map, const char *key, void *value);

/* FNV-1a, for anything that needs a stable 64-bit hash of bytes (Fowler, Noll and Vo). */
uint64_t hash_bytes(const void *bytes, size_t length);

#endif

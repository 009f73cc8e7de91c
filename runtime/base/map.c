/* Hash maps; see map.h. Linear probing over a table that is at most half full. */
#include "base/map.h"

#include <string.h>

uint64_t hash_bytes(const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

Map map_make(Arena *arena)
{
    return (Map){.arena = arena};
}

/* The slot of a key: the one that holds it, or the empty one where it would go. The table must not be empty. */
static int64_t find_slot(const Map *map, const char *key)
{
    int64_t slot = (int64_t)(hash_bytes(key, strlen(key)) & (uint64_t)(map->slot_count - 1));
    while (map->slots[slot] >= 0 && strcmp(map->entries[map->slots[slot]].key, key) != 0)
        slot = (slot + 1) & (map->slot_count - 1);
    return slot;
}

static const MapEntry *find_entry(const Map *map, const char *key)
{
    if (map->slot_count == 0)
        return NULL;
    int32_t index = map->slots[find_slot(map, key)];
    return index < 0 ? NULL : &map->entries[index];
}

void *map_get(const Map *map, const char *key)
{
    const MapEntry *entry = find_entry(map, key);
    return entry ? entry->value : NULL;
}

bool map_has(const Map *map, const char *key)
{
    return find_entry(map, key) != NULL;
}

static void rehash(Map *map)
{
    map->slot_count = map->slot_count ? map->slot_count * 2 : 16;
    map->slots = arena_take(map->arena, (size_t)map->slot_count * sizeof *map->slots);
    for (int64_t i = 0; i < map->slot_count; i++)
        map->slots[i] = -1;
    for (int64_t i = 0; i < map->count; i++)
        map->slots[find_slot(map, map->entries[i].key)] = (int32_t)i;
}

void map_set(Map *map, const char *key, void *value)
{
    if (2 * (map->count + 1) > map->slot_count)
        rehash(map);
    int64_t slot = find_slot(map, key);
    if (map->slots[slot] >= 0) {
        map->entries[map->slots[slot]].value = value;
        return;
    }
    map->entries = arena_grow(map->arena, map->entries, map->count, &map->capacity, sizeof *map->entries);
    map->entries[map->count] = (MapEntry){.key = arena_duplicate(map->arena, key), .value = value};
    map->slots[slot] = (int32_t)map->count++;
}

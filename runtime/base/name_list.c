/* Lists of names; see name_list.h. */
#include "base/name_list.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(const StrataAllocator *allocator, NameList *names, StrataError *error)
{
    if (names->count < names->capacity)
        return true;
    int64_t larger = names->capacity ? 2 * names->capacity : 8;
    Name *items = allocator_take(allocator, (size_t)larger, sizeof *items);
    if (!items)
        return error_memory(error, (size_t)larger * sizeof *items);
    if (names->count > 0)
        memcpy(items, names->items, (size_t)names->count * sizeof *items);
    allocator_give(allocator, names->items, (size_t)names->capacity, sizeof *items);
    names->items = items;
    names->capacity = larger;
    return true;
}

bool name_list_add(const StrataAllocator *allocator, NameList *names, const char *bytes, size_t length, StrataError *error)
{
    if (length >= NAME_ROOM)
        return error_set(error, STRATA_INVALID, 0, "a name of %zu bytes is too long: %d are possible", length, NAME_ROOM - 1);
    if (!make_room(allocator, names, error))
        return false;
    char *name = names->items[names->count++];
    memcpy(name, bytes, length);
    name[length] = '\0';
    return true;
}

int64_t name_list_find(const NameList *names, const char *bytes, size_t length)
{
    for (int64_t i = 0; i < names->count; i++)
        if (strlen(names->items[i]) == length && memcmp(names->items[i], bytes, length) == 0)
            return i;
    return -1;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

void name_list_sort(NameList *names)
{
    if (names->count == 0)
        return;
    qsort(names->items, (size_t)names->count, sizeof *names->items, compare);
    int64_t kept = 1;
    for (int64_t i = 1; i < names->count; i++) {
        if (strcmp(names->items[i], names->items[kept - 1]) == 0)
            continue;
        if (kept != i)
            memcpy(names->items[kept], names->items[i], sizeof *names->items);
        kept++;
    }
    names->count = kept;
}

bool name_list_copy(const StrataAllocator *allocator, const NameList *names, NameList *copy, StrataError *error)
{
    *copy = (NameList){0};
    for (int64_t i = 0; i < names->count; i++)
        if (!name_list_add(allocator, copy, names->items[i], strlen(names->items[i]), error))
            return false;
    return true;
}

void name_list_release(const StrataAllocator *allocator, NameList *names)
{
    allocator_give(allocator, names->items, (size_t)names->capacity, sizeof *names->items);
    *names = (NameList){0};
}

/* Lists of names: columns of a table, classes, files of a folder. Each name is owned by the list and has at most NAME_ROOM - 1 bytes. */
#ifndef STRATA_BASE_NAME_LIST_H
#define STRATA_BASE_NAME_LIST_H

#include "base/allocator.h"
#include "base/error.h"

enum { NAME_ROOM = 256 };

typedef char Name[NAME_ROOM];

typedef struct NameList {
    Name *items;
    int64_t count, capacity;
} NameList;

/* Adds a copy at the end; false when memory ends or the name is too long. */
bool name_list_add(const StrataAllocator *allocator, NameList *names, const char *bytes, size_t length, StrataError *error);

/* The place of a name, or -1. */
int64_t name_list_find(const NameList *names, const char *bytes, size_t length);

/* Byte by byte, each name once. */
void name_list_sort(NameList *names);

bool name_list_copy(const StrataAllocator *allocator, const NameList *names, NameList *copy, StrataError *error);
void name_list_release(const StrataAllocator *allocator, NameList *names);

#endif

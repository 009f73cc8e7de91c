/* Listing pictures and sounds; see file_names.h. */
#include "file/file_names.h"

#include "base/codes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool make_room(const StrataAllocator *allocator, FileNames *names, StrataError *error)
{
    if (names->count < names->capacity)
        return true;
    int64_t larger = names->capacity ? 2 * names->capacity : 64;
    char **paths = allocator_take(allocator, (size_t)larger, sizeof *paths);
    if (!paths)
        return error_memory(error, (size_t)larger * sizeof *paths);
    if (names->count > 0)
        memcpy(paths, names->paths, (size_t)names->count * sizeof *paths);
    allocator_give(allocator, names->paths, (size_t)names->capacity, sizeof *paths);
    names->paths = paths;
    names->capacity = larger;
    return true;
}

static bool add(const StrataAllocator *allocator, FileNames *names, const char *folder, const char *name, StrataError *error)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = make_room(allocator, names, error) ? allocator_take(allocator, size, 1) : NULL;
    if (!path)
        return error_memory(error, size);
    bool slash = folder[0] && folder[strlen(folder) - 1] == '/';
    snprintf(path, size, "%s%s%s", folder, slash ? "" : "/", name);
    names->paths[names->count++] = path;
    return true;
}

static bool ends_so(const char *name, size_t length, const char *end)
{
    return length > strlen(end) && strcasecmp(name + length - strlen(end), end) == 0;
}

static bool is_wanted(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && (ends_so(name, length, ".png") || ends_so(name, length, ".wav"));
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool refuse(const char *folder, StrataError *error)
{
    char reason[REASON_LIMIT];
    error_reason(errno, reason);
    return error_set(error, STRATA_FILE, E_FILE_READ, "%s: the folder cannot be read: %s", folder, reason);
}

bool file_names_list(const StrataAllocator *allocator, FileNames *names, const char *folder, StrataError *error)
{
    int64_t before = names->count;
    DIR *opened = opendir(folder);
    if (!opened)
        return refuse(folder, error);
    bool done = true;
    errno = 0;
    for (const struct dirent *entry = readdir(opened); done && entry; entry = readdir(opened)) {
        done = !is_wanted(entry->d_name) || add(allocator, names, folder, entry->d_name, error);
        errno = 0;
    }
    if (done && errno != 0)
        done = refuse(folder, error);
    closedir(opened);
    if (!done)
        return false;
    if (names->count == before)
        return error_set(error, STRATA_INVALID, E_FOLDER_EMPTY, "%s: the folder has no file whose name ends in .png or .wav",
                         folder);
    qsort(names->paths + before, (size_t)(names->count - before), sizeof *names->paths, compare);
    return true;
}

void file_names_release(const StrataAllocator *allocator, FileNames *names)
{
    for (int64_t i = 0; i < names->count; i++)
        allocator_give(allocator, names->paths[i], strlen(names->paths[i]) + 1, 1);
    allocator_give(allocator, names->paths, (size_t)names->capacity, sizeof *names->paths);
    *names = (FileNames){0};
}

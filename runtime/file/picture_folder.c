/* Reading a folder of pictures; see picture.h. */
#include "file/picture.h"

#include "base/codes.h"
#include "file/wav.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The names of the pictures, each owned. */
typedef struct NameList {
    const StrataAllocator *allocator;
    char **names;
    size_t count;
    size_t capacity;
} NameList;

static void release_names(NameList *list)
{
    for (size_t i = 0; i < list->count; i++)
        allocator_give(list->allocator, list->names[i], strlen(list->names[i]) + 1, 1);
    allocator_give(list->allocator, list->names, list->capacity, sizeof *list->names);
}

static bool add_name(NameList *list, const char *name, StrataError *error)
{
    if (list->count == list->capacity) {
        size_t larger = list->capacity ? list->capacity * 2 : 64;
        char **names = allocator_take(list->allocator, larger, sizeof *names);
        if (!names)
            return error_memory(error, larger * sizeof *names);
        if (list->count > 0)
            memcpy(names, list->names, list->count * sizeof *names);
        allocator_give(list->allocator, list->names, list->capacity, sizeof *list->names);
        list->names = names;
        list->capacity = larger;
    }
    size_t size = strlen(name) + 1;
    char *copy = allocator_take(list->allocator, size, 1);
    if (!copy)
        return error_memory(error, size);
    list->names[list->count++] = memcpy(copy, name, size);
    return true;
}

static bool ends_so(const char *name, size_t length, const char *end)
{
    return length > strlen(end) && strcasecmp(name + length - strlen(end), end) == 0;
}

/* Hidden files are left out: some systems keep notes of their own under names such as ._picture.png. */
static bool is_picture_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && (ends_so(name, length, ".png") || ends_so(name, length, ".wav"));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool refuse_reading(const char *path, StrataError *error)
{
    char reason[REASON_LIMIT];
    error_reason(errno, reason);
    return error_set(error, STRATA_FILE, E_FILE_READ, "%s: the folder cannot be read: %s", path, reason);
}

static bool list_pictures(const char *path, NameList *list, StrataError *error)
{
    DIR *folder = opendir(path);
    if (!folder)
        return refuse_reading(path, error);
    bool done = true;
    errno = 0;
    for (const struct dirent *entry = readdir(folder); done && entry; entry = readdir(folder)) {
        done = !is_picture_name(entry->d_name) || add_name(list, entry->d_name, error);
        errno = 0;
    }
    if (done && errno != 0)
        done = refuse_reading(path, error);
    closedir(folder);
    if (!done)
        return false;
    if (list->count == 0)
        return error_set(error, STRATA_INVALID, E_FOLDER_EMPTY, "%s: the folder has no file whose name ends in .png or .wav", path);
    qsort(list->names, list->count, sizeof *list->names, compare_names);
    return true;
}

static bool read_picture(TensorSet *set, const char *path, const char *name, StrataError *error)
{
    size_t size = strlen(path) + strlen(name) + 2;
    char *file = allocator_take(&set->allocator, size, 1);
    if (!file)
        return error_memory(error, size);
    snprintf(file, size, "%s%s%s", path, path[0] && path[strlen(path) - 1] == '/' ? "" : "/", name);
    FileContent content;
    Tensor *tensor = NULL;
    if (file_read(&set->allocator, file, 0, &content, error)) {
        if (wav_recognise(content.bytes, content.size))
            tensor = wav_decode(&set->allocator, file, content.bytes, content.size, error);
        else if (png_recognise(content.bytes, content.size))
            tensor = png_decode(&set->allocator, file, content.bytes, content.size, error);
        else
            error_set(error, STRATA_INVALID, E_PNG_DAMAGED, "%s: is called .png or .wav but does not begin as these do", file);
        file_content_release(&content);
    }
    bool added = tensor && tensor_set_add(set, name, tensor, error);
    tensor_release(tensor);
    allocator_give(&set->allocator, file, size, 1);
    return added;
}

TensorSet *picture_folder_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    NameList list = {.allocator = allocator};
    TensorSet *set = list_pictures(path, &list, error) ? tensor_set_make(allocator, error) : NULL;
    for (size_t i = 0; set && i < list.count; i++) {
        if (!read_picture(set, path, list.names[i], error)) {
            tensor_set_release(set);
            set = NULL;
        }
    }
    release_names(&list);
    return set;
}

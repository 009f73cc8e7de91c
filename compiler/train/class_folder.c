/* Folders of classes; see class_folder.h. */
#include "train/class_folder.h"

#include "base/allocator.h"
#include "base/codes.h"
#include "base/error.h"
#include "file/format.h"
#include "tensor/tensor_set.h"
#include "train/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 4096 };

static bool is_folder(const char *path, const char *name)
{
    char full[PATH_ROOM];
    struct stat status;
    int length = snprintf(full, sizeof full, "%s/%s", path, name);
    return name[0] != '.' && length > 0 && length < PATH_ROOM && stat(full, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool list_folders(const StrataAllocator *allocator, const char *path, NameList *names, StrataError *error)
{
    DIR *folder = opendir(path);
    if (!folder) {
        char reason[REASON_LIMIT];
        return error_set(error, STRATA_FILE, E_FILE_READ, "%s: the folder cannot be read: %s", path, error_reason(errno, reason));
    }
    bool done = true;
    for (const struct dirent *entry = readdir(folder); done && entry; entry = readdir(folder))
        if (is_folder(path, entry->d_name))
            done = name_list_add(allocator, names, entry->d_name, strlen(entry->d_name), error);
    closedir(folder);
    if (done && names->count == 0)
        return error_set(error, STRATA_INVALID, E_CLASS_FOLDER,
                         "%s: has no folders; put the files of each class into a folder of its own, named as the class", path);
    if (done)
        name_list_sort(names);
    return done;
}

/* Adds all files of a class, under names that are new to the set. */
static bool add_class(const StrataAllocator *allocator, const char *path, const char *class, TensorSet *all, StrataError *error)
{
    char full[PATH_ROOM];
    snprintf(full, sizeof full, "%s/%s", path, class);
    TensorSet *set = tensor_set_read(allocator, full, error);
    bool done = set != NULL;
    for (int64_t i = 0; done && i < set->count; i++) {
        char name[PATH_ROOM];
        snprintf(name, sizeof name, "%s/%s", class, set->items[i].name);
        done = tensor_set_add(all, name, set->items[i].tensor, error);
    }
    tensor_set_release(set);
    return done;
}

/* Reads all classes; the number of samples up to the end of each goes to `ends`. */
static bool read_classes(const StrataAllocator *allocator, const char *path, const NameList *names, TensorSet *all, int64_t *ends,
                         StrataError *error)
{
    bool done = true;
    for (int64_t i = 0; done && i < names->count; i++) {
        done = add_class(allocator, path, names->items[i], all, error);
        ends[i] = all->count;
    }
    return done;
}

static Tensor *make_labels(const StrataAllocator *allocator, const int64_t *ends, int64_t classes, StrataError *error)
{
    Tensor *labels = tensor_make(allocator, STRATA_INT64, 1, &ends[classes - 1], error);
    int64_t at = 0;
    for (int64_t i = 0; labels && i < classes; i++)
        for (; at < ends[i]; at++)
            ((int64_t *)labels->data)[at] = i;
    return labels;
}

bool class_folder_read(const StrataAllocator *allocator, const char *path, Tensor **samples, Tensor **labels, NameList *classes,
                       StrataError *error)
{
    *classes = (NameList){0};
    TensorSet *all = tensor_set_make(allocator, error);
    bool done = all && list_folders(allocator, path, classes, error);
    int64_t *ends = done ? allocator_take(allocator, (size_t)classes->count, sizeof *ends) : NULL;
    if (done && !ends)
        done = error_memory(error, (size_t)classes->count * sizeof *ends);
    done = done && read_classes(allocator, path, classes, all, ends, error);
    if (done) {
        *samples = tensor_set_stack(all, error);
        *labels = make_labels(allocator, ends, classes->count, error);
    }
    allocator_give(allocator, ends, (size_t)classes->count, sizeof *ends);
    tensor_set_release(all);
    return done && *samples && *labels;
}

/* Folders of classes; see class_folder.h. */
#include "train/class_folder.h"

#include "base/allocator.h"
#include "base/codes.h"
#include "base/error.h"
#include "file/row_files.h"
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

/* The files of all classes, one behind the other; the number of files up to the end of each goes to `ends`. */
static bool list_files(const StrataAllocator *allocator, const char *path, const NameList *classes, FileNames *files, int64_t *ends,
                       StrataError *error)
{
    bool done = true;
    for (int64_t i = 0; done && i < classes->count; i++) {
        char full[PATH_ROOM];
        snprintf(full, sizeof full, "%s/%s", path, classes->items[i]);
        done = file_names_list(allocator, files, full, error);
        ends[i] = files->count;
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

bool class_folder_open(const StrataAllocator *allocator, const char *path, ClassFolder *folder, StrataError *error)
{
    *folder = (ClassFolder){0};
    if (!list_folders(allocator, path, &folder->classes, error))
        return false;
    FileNames files = {0};
    int64_t count = folder->classes.count;
    int64_t *ends = allocator_take(allocator, (size_t)count, sizeof *ends);
    if (!ends)
        return error_memory(error, (size_t)count * sizeof *ends);
    if (list_files(allocator, path, &folder->classes, &files, ends, error))
        folder->labels = make_labels(allocator, ends, count, error);
    if (folder->labels)
        folder->samples = row_files_make(allocator, &files, error);
    allocator_give(allocator, ends, (size_t)count, sizeof *ends);
    file_names_release(allocator, &files);
    return folder->samples != NULL;
}

void class_folder_close(const StrataAllocator *allocator, ClassFolder *folder)
{
    row_reader_release(folder->samples);
    tensor_release(folder->labels);
    name_list_release(allocator, &folder->classes);
}

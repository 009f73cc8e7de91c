/* Lists of data files; see sources.h. */
#include "tool/sources.h"

#include "tool/message.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { E_FOLDER = 1231 };

static bool ends_so(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcasecmp(name + length - strlen(end), end) == 0;
}

bool source_is_sound(const char *path)
{
    return ends_so(path, ".wav");
}

bool source_is_sample(const char *path)
{
    return ends_so(path, ".png") || source_is_sound(path);
}

/* The list takes the path over. */
static bool add_path(Sources *sources, char *path)
{
    if (path && sources->count == sources->capacity) {
        int64_t capacity = sources->capacity ? 2 * sources->capacity : 64;
        char **paths = realloc(sources->paths, (size_t)capacity * sizeof *paths);
        if (!paths) {
            free(path);
            path = NULL;
        } else {
            sources->paths = paths;
            sources->capacity = capacity;
        }
    }
    if (!path) {
        message_error(1090, "out of memory");
        return false;
    }
    sources->paths[sources->count++] = path;
    return true;
}

static char *joined(const char *folder, const char *name)
{
    size_t length = strlen(folder), size = length + strlen(name) + 2;
    bool ended = length > 0 && folder[length - 1] == '/';
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s", folder, ended ? "" : "/", name);
    return path;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Hidden files are left out: some systems keep notes of their own beside pictures. */
static bool add_folder(Sources *sources, const char *path)
{
    int64_t before = sources->count;
    DIR *folder = opendir(path);
    bool good = folder != NULL;
    for (const struct dirent *entry = folder ? readdir(folder) : NULL; good && entry; entry = readdir(folder))
        if (entry->d_name[0] != '.' && source_is_sample(entry->d_name))
            good = add_path(sources, joined(path, entry->d_name));
    if (!folder) {
        message_error(E_FOLDER, "%s: the folder cannot be read: %s", path, strerror(errno));
        return false;
    }
    closedir(folder);
    if (good && sources->count == before) {
        message_error(E_FOLDER, "%s: the folder has no file whose name ends in .png or .wav", path);
        message_help("name .npy and IDX files themselves; of folders within folders, name each: %s/*/", path);
        return false;
    }
    if (good)
        qsort(sources->paths + before, (size_t)(sources->count - before), sizeof *sources->paths, compare_paths);
    return good;
}

bool sources_add(Sources *sources, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_folder(sources, path);
    return add_path(sources, strdup(path));
}

void sources_release(Sources *sources)
{
    for (int64_t i = 0; i < sources->count; i++)
        free(sources->paths[i]);
    free(sources->paths);
    *sources = (Sources){0};
}

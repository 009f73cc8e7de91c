/* A folder of its own for each test that writes files: setup and teardown for cmocka; *state is the folder's path. */
#ifndef TESTS_RUNTIME_TEMPORARY_FOLDER_H
#define TESTS_RUNTIME_TEMPORARY_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 512 };

static inline int make_folder(void **state)
{
    char *folder = strdup("/tmp/strata-files-XXXXXX");
    *state = folder ? mkdtemp(folder) : NULL;
    return *state ? 0 : -1;
}

static inline const char *path_in(char path[PATH_ROOM], const char *folder, const char *name)
{
    snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static inline int count_entries(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

static inline int remove_folder(void **state)
{
    DIR *folder = opendir(*state);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[PATH_ROOM];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(path_in(path, *state, entry->d_name));
    }
    closedir(folder);
    int result = rmdir(*state);
    free(*state);
    return result;
}

#endif

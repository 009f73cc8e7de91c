/* Data files one after another, for what is larger than memory. */
#ifndef STRATA_TOOL_SOURCES_H
#define STRATA_TOOL_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

/* Paths of files in the order of the command line; the PNG and WAV files of a folder in order of their names. */
typedef struct Sources {
    char **paths;
    int64_t count, capacity;
} Sources;

/* Adds a file, or the files of a folder. False after saying that the folder cannot be read or has none. */
bool sources_add(Sources *sources, const char *path);
void sources_release(Sources *sources);

/* Whether the file is one sample by its name: a picture or a sound. */
bool source_is_sample(const char *path);
bool source_is_sound(const char *path);

#endif

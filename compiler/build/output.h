/* The files of one build: all are written into a folder of their own inside the wanted one, and take their places together at the end.
 *
 * Functions here take nothing from an arena while a file is open. */
#ifndef STRATA_BUILD_OUTPUT_H
#define STRATA_BUILD_OUTPUT_H

#include "base/allocator.h"
#include "base/error.h"

#include <stdbool.h>

enum { E_BUILD_FOLDER = 1070, OUTPUT_FILES = 16, OUTPUT_PATH = 4096 };

typedef struct Output {
    const char *folder;           /* as the caller says it */
    char temporary[OUTPUT_PATH];  /* the folder inside; "" before it is made */
    bool made;                    /* whether the wanted folder was made here */
    char names[OUTPUT_FILES][96]; /* of finished files */
    int count;
} Output;

/* Makes the folders. False after filling `error`; nothing is left then. */
bool output_begin(Output *output, const char *folder, StrataError *error);

/* The path of a file among the temporary ones; false when it is too long. With `keep`, the file will take its place at the end. */
bool output_path(Output *output, const char *name, bool keep, char path[OUTPUT_PATH], StrataError *error);

/* Ends. With `keep`, files take their places; without, everything goes, also a folder that was made. Gives whether the files are there. */
bool output_end(Output *output, bool keep, StrataError *error);

/* A file being written, from its start to its end. */
typedef struct OutputFile {
    int descriptor;
    const char *path;
    size_t written;
} OutputFile;

bool output_file_open(OutputFile *file, const char *path, StrataError *error);
bool output_file_add(OutputFile *file, const void *bytes, size_t size, StrataError *error);
bool output_file_fill(OutputFile *file, size_t until, StrataError *error); /* zeros up to this place in the file */
bool output_file_close(OutputFile *file, bool good, StrataError *error);   /* gives `good`, unless closing fails */

/* A whole file among the temporary ones. */
bool output_write(Output *output, const char *name, const void *bytes, size_t size, StrataError *error);

#endif

/* A file that is written beside the one that it replaces, so that the old one is whole until the new one is. */
#ifndef STRATA_TOOL_PARTIAL_H
#define STRATA_TOOL_PARTIAL_H

#include <stdbool.h>
#include <stdio.h>

typedef struct PartialFile {
    const char *path; /* as the user wrote it; null: standard output */
    char *target;     /* the file that is replaced in the end; null: there is none, and the content is copied */
    char *partial;    /* the file that is written, beside it */
    FILE *file;
} PartialFile;

/* Begins a file for `path`; null or `-`: standard output. False after saying why it cannot be written. */
bool partial_begin(PartialFile *partial, const char *path);

/* Says that a write failed, and why; gives false. */
bool partial_refuse(const PartialFile *partial);

/* Ends the file: with `keep` it takes the old one's place at once, or goes where it was to be copied. Without, or after an error, which it says, the
 * old one is as it was. */
bool partial_end(PartialFile *partial, bool keep);

#endif

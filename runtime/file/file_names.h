/* The pictures and sounds of folders, by their paths: as many as a disk holds, so each takes as many bytes as it has. */
#ifndef STRATA_FILE_FILE_NAMES_H
#define STRATA_FILE_FILE_NAMES_H

#include "base/allocator.h"
#include "base/error.h"

/* Zero is an empty list. */
typedef struct FileNames {
    char **paths; /* each owned: the folder, a slash, the name in it */
    int64_t count, capacity;
} FileNames;

/* Adds the files of a folder whose names end in `.png` or `.wav` (in either case) in order of their names, compared byte by byte. Hidden files
 * are left out: some systems keep notes of their own under names such as ._picture.png. False with E0801, or E0832 when there is none; what was added
 * stays. */
bool file_names_list(const StrataAllocator *allocator, FileNames *names, const char *folder, StrataError *error);
void file_names_release(const StrataAllocator *allocator, FileNames *names);

#endif

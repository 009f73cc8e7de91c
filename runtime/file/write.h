/* Writing a file as a whole: under another name in the same folder, then renamed over the old one, so that whoever looks sees the
 * old file or the new one and never half of it. After an error the old file is as it was and nothing is left behind.
 *
 * What is no regular file (a device, a pipe, `-` for standard output) is written directly. A closed pipe is an error, not a
 * signal.
 *
 *     FileWriter writer;
 *     bool done = writer_open(&writer, allocator, path, error) && writer_add(&writer, bytes, size, error);
 *     return writer_close(&writer, done, error);
 */
#ifndef STRATA_FILE_WRITE_H
#define STRATA_FILE_WRITE_H

#include "base/allocator.h"
#include "base/error.h"

typedef struct FileWriter {
    StrataAllocator allocator;
    const char *name; /* for messages */
    char *target;     /* the file that will be replaced, links resolved; null when written directly */
    char *temporary;  /* what is written meanwhile */
    unsigned char *buffer;
    size_t used;
    int descriptor;
    uint64_t written; /* bytes given to writer_add so far */
} FileWriter;

/* Begins. `path` must outlive the writer. After false (E0802) writer_close is still to be called. */
bool writer_open(FileWriter *writer, const StrataAllocator *allocator, const char *path, StrataError *error);

bool writer_add(FileWriter *writer, const void *bytes, size_t size, StrataError *error);

/* Ends. With `keep`, everything is flushed to the disk and takes the file's name; without, it is thrown away (`error` is left as
 * it is). Gives whether the file was written. */
bool writer_close(FileWriter *writer, bool keep, StrataError *error);

#endif

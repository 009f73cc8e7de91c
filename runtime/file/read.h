/* Reading a whole file, or standard input, into memory: the first step of every reader.
 *
 * The content lies in one aligned block that tensors may share, so that a weights file is read once and not copied. Files are
 * read, not mapped: when another program shortens a mapped file, touching its lost pages kills the process, which a library
 * must not risk; a short read is an error like another. */
#ifndef STRATA_FILE_READ_H
#define STRATA_FILE_READ_H

#include "tensor/block.h"

/* What gzip may unpack to. A kilobyte can unpack to a megabyte, so what is larger has to be unpacked by hand. */
enum { GZIP_LARGEST = 1 << 30 };

typedef struct FileContent {
    const char *name; /* for messages: the path, or "standard input" */
    Block *block;
    const unsigned char *bytes; /* the data of the block */
    size_t size;                /* bytes of content; the block may be larger */
} FileContent;

/* Reads the file at `path` (`-`: standard input) and unpacks gzip if it is that. `path` must outlive the content. At most `limit`
 * bytes (0: no limit), before and after unpacking. False with E0801, E0803 or E0804. */
bool file_read(const StrataAllocator *allocator, const char *path, size_t limit, FileContent *content, StrataError *error);

void file_content_release(FileContent *content);

/* Unpacks `content` in place when it begins as gzip does (one member or several, one after another); otherwise leaves it.
 * At most `limit` bytes come out. False with E0803 or E0804; the content is then still to be released. */
bool gzip_unpack(const StrataAllocator *allocator, FileContent *content, size_t limit, StrataError *error);

#endif

/* Reading a whole file; see read.h. */
#include "file/read.h"

#include "base/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_SIZE = 1 << 16 };

static bool refuse_large(const char *name, size_t limit, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_FILE_LARGE, "%s: larger than the limit of %zu bytes", name, limit);
}

static bool refuse_reading(const char *name, StrataError *error)
{
    char reason[REASON_LIMIT];
    error_reason(errno, reason);
    return error_set(error, STRATA_FILE, E_FILE_READ, "%s: cannot be read: %s", name, reason);
}

/* Room for more content than the block holds: twice as much, within the limit. */
static bool grow(FileContent *content, size_t limit, StrataError *error)
{
    size_t size = block_size(content->block);
    if (limit && size > limit)
        return refuse_large(content->name, limit, error);
    if (size > SIZE_MAX / 2)
        return error_memory(error, SIZE_MAX);
    Block *larger = block_resize(content->block, size * 2, error);
    if (!larger)
        return false;
    content->block = larger;
    content->bytes = block_data(larger);
    return true;
}

/* Reads until the end. The block has one byte more than a regular file said, so that its end is seen without growing. */
static bool read_all(int descriptor, size_t limit, FileContent *content, StrataError *error)
{
    for (;;) {
        if (content->size == block_size(content->block) && !grow(content, limit, error))
            return false;
        ssize_t got =
            read(descriptor, (char *)block_data(content->block) + content->size, block_size(content->block) - content->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse_reading(content->name, error);
        if (got == 0)
            break;
        content->size += (size_t)got;
        if (limit && content->size > limit)
            return refuse_large(content->name, limit, error);
    }
    return true;
}

/* Reads an open file. A regular file that gets shorter or longer meanwhile is not what its writer meant. */
static bool read_descriptor(const StrataAllocator *allocator, int descriptor, size_t limit, FileContent *content,
                            StrataError *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return refuse_reading(content->name, error);
    if (S_ISDIR(status.st_mode))
        return error_set(error, STRATA_FILE, E_FILE_READ, "%s: is a folder; a file is wanted here", content->name);
    bool regular = S_ISREG(status.st_mode) && lseek(descriptor, 0, SEEK_CUR) == 0;
    size_t expected = regular ? (size_t)status.st_size : FIRST_SIZE;
    if (limit && regular && expected > limit)
        return refuse_large(content->name, limit, error);
    content->block = block_make(allocator, expected + 1, error);
    if (!content->block)
        return false;
    content->bytes = block_data(content->block);
    if (!read_all(descriptor, limit, content, error))
        return false;
    if (regular && content->size != expected)
        return error_set(error, STRATA_FILE, E_FILE_READ, "%s: changed while it was read (%zu bytes, then %zu); try again",
                         content->name, expected, content->size);
    return true;
}

bool file_read(const StrataAllocator *allocator, const char *path, size_t limit, FileContent *content, StrataError *error)
{
    bool standard_input = strcmp(path, "-") == 0;
    *content = (FileContent){.name = standard_input ? "standard input" : path};
    int descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return refuse_reading(content->name, error);
    bool done = read_descriptor(allocator, descriptor, limit, content, error);
    if (!standard_input)
        close(descriptor);
    size_t unpacked_limit = limit && limit < GZIP_LARGEST ? limit : GZIP_LARGEST;
    done = done && gzip_unpack(allocator, content, unpacked_limit, error);
    if (!done)
        file_content_release(content);
    return done;
}

void file_content_release(FileContent *content)
{
    block_release(content->block);
    *content = (FileContent){0};
}

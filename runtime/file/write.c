/* Writing a file as a whole; see write.h. */
#include "file/write.h"

#include "base/codes.h"
#include "file/write_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 16, NAME_ROOM = 48, ATTEMPTS = 100 };

static bool refuse_writing(const FileWriter *writer, int reason, StrataError *error)
{
    char text[REASON_LIMIT];
    error_reason(reason, text);
    return error_set(error, STRATA_FILE, E_FILE_WRITE, "%s: cannot be written: %s%s", writer->name, text,
                     writer->target ? "; the old file, if there was one, is unchanged" : "");
}

static char *copy_path(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    size_t size = strlen(path) + 1;
    char *copy = allocator_take(allocator, size, 1);
    if (!copy) {
        error_memory(error, size);
        return NULL;
    }
    return memcpy(copy, path, size);
}

static void give_path(const StrataAllocator *allocator, char *path)
{
    if (path)
        allocator_give(allocator, path, strlen(path) + 1, 1);
}

/* The file that a path means, so that a link stays a link and its target is replaced. */
static char *resolve(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    char *resolved = realpath(path, NULL);
    char *copy = copy_path(allocator, resolved ? resolved : path, error);
    free(resolved);
    return copy;
}

/* Creates a file of a new name beside the target. The name is only for this moment: a collision tries the next. */
static bool open_temporary(FileWriter *writer, mode_t mode, StrataError *error)
{
    size_t size = strlen(writer->target) + NAME_ROOM;
    char *name = allocator_take(&writer->allocator, size, 1);
    if (!name)
        return error_memory(error, size);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        snprintf(name, size, "%s.part-%ld-%d", writer->target, (long)getpid(), attempt);
        writer->descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (writer->descriptor >= 0 || errno != EEXIST)
            break;
    }
    int reason = errno;
    if (writer->descriptor >= 0)
        writer->temporary = copy_path(&writer->allocator, name, error);
    if (writer->descriptor >= 0 && !writer->temporary)
        unlink(name);
    allocator_give(&writer->allocator, name, size, 1);
    if (writer->descriptor < 0)
        return refuse_writing(writer, reason, error);
    return writer->temporary != NULL;
}

static bool open_directly(FileWriter *writer, const char *path, StrataError *error)
{
    if (strcmp(path, "-") == 0) {
        writer->name = "standard output";
        writer->descriptor = STDOUT_FILENO;
        return true;
    }
    writer->descriptor = open(path, O_WRONLY | O_CLOEXEC);
    return writer->descriptor >= 0 || refuse_writing(writer, errno, error);
}

bool writer_open(FileWriter *writer, const StrataAllocator *allocator, const char *path, StrataError *error)
{
    *writer = (FileWriter){.allocator = *allocator, .name = path, .descriptor = -1};
    writer->buffer = allocator_take(allocator, BUFFER_SIZE, 1);
    if (!writer->buffer)
        return error_memory(error, BUFFER_SIZE);
    struct stat status;
    bool exists = strcmp(path, "-") != 0 && stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return refuse_writing(writer, EISDIR, error);
    if (strcmp(path, "-") == 0 || (exists && !S_ISREG(status.st_mode)))
        return open_directly(writer, path, error);
    writer->target = resolve(allocator, path, error);
    if (!writer->target)
        return false;
    if (exists && access(path, W_OK) != 0)
        return refuse_writing(writer, errno, error); /* a rename would replace a file that is protected from writing */
    if (!open_temporary(writer, 0666, error))
        return false;
    if (exists && fchmod(writer->descriptor, status.st_mode & 07777) != 0)
        return refuse_writing(writer, errno, error);
    return true;
}

static bool flush(FileWriter *writer, StrataError *error)
{
    size_t size = writer->used;
    writer->used = 0;
    int reason = write_descriptor(writer->descriptor, writer->buffer, size);
    return reason == 0 || refuse_writing(writer, reason, error);
}

bool writer_add(FileWriter *writer, const void *bytes, size_t size, StrataError *error)
{
    writer->written += size;
    if (size > BUFFER_SIZE - writer->used) {
        if (!flush(writer, error))
            return false;
        if (size >= BUFFER_SIZE) {
            int reason = write_descriptor(writer->descriptor, bytes, size);
            return reason == 0 || refuse_writing(writer, reason, error);
        }
    }
    if (size > 0)
        memcpy(writer->buffer + writer->used, bytes, size);
    writer->used += size;
    return true;
}

/* Makes the rename itself last: a folder is flushed like a file. Where a file system cannot, the data is safe all the same. */
static void flush_folder(FileWriter *writer)
{
    char *slash = strrchr(writer->temporary, '/');
    char after = '\0';
    if (slash) {
        after = slash[1];
        slash[1] = '\0';
    }
    int folder = open(slash ? writer->temporary : ".", O_RDONLY | O_CLOEXEC);
    if (slash)
        slash[1] = after;
    if (folder < 0)
        return;
    fsync(folder);
    close(folder);
}

static bool publish(FileWriter *writer, StrataError *error)
{
    if (fsync(writer->descriptor) != 0)
        return refuse_writing(writer, errno, error);
    int descriptor = writer->descriptor;
    writer->descriptor = -1;
    if (close(descriptor) != 0)
        return refuse_writing(writer, errno, error);
    if (rename(writer->temporary, writer->target) != 0)
        return refuse_writing(writer, errno, error);
    flush_folder(writer);
    return true;
}

bool writer_close(FileWriter *writer, bool keep, StrataError *error)
{
    bool done = keep && flush(writer, error);
    if (done && writer->temporary)
        done = publish(writer, error);
    if (writer->descriptor >= 0 && writer->descriptor != STDOUT_FILENO && close(writer->descriptor) != 0 && done)
        done = refuse_writing(writer, errno, error);
    if (!done && writer->temporary)
        unlink(writer->temporary);
    give_path(&writer->allocator, writer->temporary);
    give_path(&writer->allocator, writer->target);
    allocator_give(&writer->allocator, writer->buffer, BUFFER_SIZE, 1);
    *writer = (FileWriter){.descriptor = -1};
    return done;
}

/* Files that replace others when they are whole; see partial.h. */
#include "tool/partial.h"

#include "tool/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { E_WRITE = 1210 };

bool partial_refuse(const PartialFile *partial)
{
    message_error(E_WRITE, "cannot write %s: %s", partial->path ? partial->path : "the standard output",
                  errno ? strerror(errno) : "an earlier write failed");
    return false;
}

/* The file behind a link; null where something that is no file stands at the path, or nothing is named. */
static char *find_target(const char *path)
{
    struct stat status;
    if (!path || (stat(path, &status) == 0 && !S_ISREG(status.st_mode)))
        return NULL;
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* A new file beside the target; an unnamed one where there is no target. */
static FILE *open_partial(PartialFile *partial)
{
    if (!partial->target)
        return tmpfile();
    size_t size = strlen(partial->target) + 32;
    partial->partial = malloc(size);
    if (!partial->partial)
        return NULL;
    snprintf(partial->partial, size, "%s.part%ld", partial->target, (long)getpid());
    int descriptor = open(partial->partial, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (descriptor < 0) {
        free(partial->partial);
        partial->partial = NULL;
        return NULL;
    }
    return fdopen(descriptor, "w+b");
}

bool partial_begin(PartialFile *partial, const char *path)
{
    *partial = (PartialFile){.path = path && strcmp(path, "-") != 0 ? path : NULL};
    errno = 0;
    partial->target = find_target(partial->path);
    partial->file = open_partial(partial);
    if (partial->file)
        return true;
    partial_refuse(partial);
    partial_end(partial, false);
    return false;
}

/* What was written, to the standard output, or to a device or pipe. */
static bool copy_out(PartialFile *partial)
{
    char block[65536];
    size_t got;
    FILE *out = partial->path ? fopen(partial->path, "wb") : stdout;
    bool good = out != NULL;
    rewind(partial->file);
    while (good && (got = fread(block, 1, sizeof block, partial->file)) > 0)
        good = fwrite(block, 1, got, out) == got;
    good = good && !ferror(partial->file) && fflush(out) == 0;
    if (out && out != stdout)
        good = fclose(out) == 0 && good;
    return good;
}

bool partial_end(PartialFile *partial, bool keep)
{
    errno = 0;
    bool good = !keep || fflush(partial->file) == 0;
    if (keep && good && !partial->target)
        good = copy_out(partial);
    if (partial->file && fclose(partial->file) != 0 && keep)
        good = false;
    if (keep && good && partial->target)
        good = rename(partial->partial, partial->target) == 0;
    if (!good)
        partial_refuse(partial);
    if (partial->partial && !(keep && good))
        remove(partial->partial);
    free(partial->partial);
    free(partial->target);
    *partial = (PartialFile){0};
    return good;
}

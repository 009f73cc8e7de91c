/* Standard output, files and standard input, with every failure said. */
#include "tool/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { E_OUTPUT = 1210, E_STANDARD_INPUT = 1211 };

ExitCode output_finish(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    return message_error(E_OUTPUT, "cannot write all of the standard output: %s",
                         errno ? strerror(errno) : "an earlier write failed");
}

static bool write_all(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* The new file has the old one's permissions. */
static void keep_mode(const char *path, int descriptor)
{
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(path, &status) == 0 ? status.st_mode & 07777 : 0666 & ~mask;
    (void)fchmod(descriptor, mode);
}

/* Writes `path` by way of the new file `fresh`, whose last six characters are replaced by a name that is free. */
static bool replace(const char *path, char *fresh, const char *bytes, size_t length)
{
    int descriptor = mkstemp(fresh);
    if (descriptor < 0)
        return false;
    keep_mode(path, descriptor);
    bool good = write_all(descriptor, bytes, length) && fsync(descriptor) == 0;
    int reason = errno;
    if (close(descriptor) != 0 && good) {
        good = false;
        reason = errno;
    }
    if (good && rename(fresh, path) == 0)
        return true;
    reason = good ? errno : reason;
    unlink(fresh);
    errno = reason;
    return false;
}

/* What a symbolic link points to is replaced, not the link. To be freed; null when memory ends. */
static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* A device or a pipe cannot be replaced: it is written to. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool write_special(const char *path, const char *bytes, size_t length)
{
    int descriptor = open(path, O_WRONLY);
    if (descriptor < 0)
        return false;
    bool good = write_all(descriptor, bytes, length);
    int reason = errno;
    if (close(descriptor) != 0 && good)
        return false;
    errno = reason;
    return good;
}

bool output_file(const char *path, const char *bytes, size_t length)
{
    if (!path || strcmp(path, "-") == 0)
        return fwrite(bytes, 1, length, stdout) == length || output_finish() == EXIT_DONE;
    bool good;
    if (is_special(path)) {
        good = write_special(path, bytes, length);
    } else {
        char *real = real_path(path);
        size_t room = real ? strlen(real) + 8 : 0;
        char *fresh = real ? malloc(room) : NULL;
        if (fresh)
            snprintf(fresh, room, "%s.XXXXXX", real);
        errno = ENOMEM;
        good = fresh && replace(real, fresh, bytes, length);
        int reason = errno;
        free(fresh);
        free(real);
        errno = reason;
    }
    if (!good)
        message_error(E_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    return good;
}

char *input_read(size_t limit, size_t *length)
{
    size_t capacity = 65536, used = 0, got;
    char *bytes = malloc(capacity + 1);
    while (bytes && used <= limit && (got = fread(bytes + used, 1, capacity - used, stdin)) > 0) {
        used += got;
        if (used < capacity)
            continue;
        capacity *= 2;
        char *grown = realloc(bytes, capacity + 1);
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    if (!bytes || ferror(stdin) || used > limit) {
        message_error(E_STANDARD_INPUT, "cannot read the standard input: %s",
                      !bytes         ? "out of memory"
                      : used > limit ? "it is too long"
                                     : strerror(errno));
        free(bytes);
        return NULL;
    }
    bytes[used] = '\0';
    *length = used;
    return bytes;
}

void output_json_string(const char *string)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20)
            printf("\\u%04x", *at);
        else
            putchar(*at);
    }
    putchar('"');
}

void output_json_number(double number)
{
    if (isfinite(number))
        printf("%.9g", number);
    else
        fputs("null", stdout);
}

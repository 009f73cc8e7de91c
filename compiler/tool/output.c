/* Standard output, files and standard input, with every failure said. */
#include "tool/output.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { E_OUTPUT = 1210, E_STANDARD_INPUT = 1211 };

ExitCode output_finish(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    return message_error(E_OUTPUT, "cannot write all of the standard output: %s",
                         errno ? strerror(errno) : "an earlier write failed");
}

bool output_file(const char *path, const char *bytes, size_t length)
{
    if (!path || strcmp(path, "-") == 0)
        return fwrite(bytes, 1, length, stdout) == length || output_finish() == EXIT_DONE;
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    if (strata_file_write(&allocator, path, bytes, length, &error))
        return true;
    message_failure(&error);
    return false;
}

bool path_ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), size = strlen(end);
    return length >= size && strcmp(path + length - size, end) == 0;
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

void output_json_text(FILE *file, const char *string)
{
    putc('"', file);
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at == '"' || *at == '\\')
            fprintf(file, "\\%c", *at);
        else if (*at < 0x20)
            fprintf(file, "\\u%04x", *at);
        else
            putc(*at, file);
    }
    putc('"', file);
}

void output_json_string(const char *string)
{
    output_json_text(stdout, string);
}

void output_json_number(double number, int digits)
{
    if (isfinite(number))
        printf("%.*g", digits, number);
    else
        fputs("null", stdout);
}

/* Writing .npy row by row; see rows.h. The header has room for any number of rows and is written again in the end. */
#include "tool/rows.h"

#include "tool/message.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 256, E_WRITE = 1210 };

static bool refuse(const RowsFile *rows)
{
    message_error(E_WRITE, "cannot write %s: %s", rows->path ? rows->path : "the standard output",
                  errno ? strerror(errno) : "an earlier write failed");
    return false;
}

/* The file behind a link; null where something that is no file stands at the path, or nothing is named. */
static char *find_target(const char *path)
{
    struct stat status;
    if (!path || strcmp(path, "-") == 0 || (stat(path, &status) == 0 && !S_ISREG(status.st_mode)))
        return NULL;
    char *real = realpath(path, NULL);
    return real ? real : strdup(path);
}

/* A new file beside the target; an unnamed one where there is no target. */
static FILE *open_partial(RowsFile *rows)
{
    if (!rows->target)
        return tmpfile();
    size_t size = strlen(rows->target) + 32;
    rows->partial = malloc(size);
    if (!rows->partial)
        return NULL;
    snprintf(rows->partial, size, "%s.part%ld", rows->target, (long)getpid());
    int descriptor = open(rows->partial, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (descriptor < 0) {
        free(rows->partial);
        rows->partial = NULL;
        return NULL;
    }
    return fdopen(descriptor, "w+b");
}

/* Format 1.0 of NumPy: magic, length, a Python dictionary, blanks up to a multiple of 64 bytes. */
static bool write_header(RowsFile *rows)
{
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    unsigned char header[HEADER];
    memset(header, ' ', sizeof header);
    memcpy(header, magic, sizeof magic);
    header[8] = (HEADER - 10) & 0xFF;
    header[9] = (HEADER - 10) >> 8;
    char *at = (char *)header + 10, *end = (char *)header + HEADER;
    at += snprintf(at, (size_t)(end - at), "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRId64 ",",
                   rows->precise ? "<f8" : "<f4", rows->rows);
    for (int axis = 0; axis < rows->rank; axis++)
        at += snprintf(at, (size_t)(end - at), " %" PRId64 ",", rows->sizes[axis]);
    at += snprintf(at, (size_t)(end - at), "), }");
    *at = ' ';
    header[HEADER - 1] = '\n';
    return fwrite(header, 1, HEADER, rows->file) == HEADER;
}

bool rows_begin(RowsFile *rows, const char *path, const StrataTensor *first)
{
    *rows = (RowsFile){.path = path && strcmp(path, "-") != 0 ? path : NULL};
    rows->precise = strata_tensor_kind(first) == STRATA_FLOAT64;
    rows->rank = strata_tensor_rank(first) - 1;
    for (int axis = 0; axis < rows->rank; axis++)
        rows->sizes[axis] = strata_tensor_size(first, axis + 1);
    errno = 0;
    rows->target = find_target(path);
    rows->file = open_partial(rows);
    if (rows->file && write_header(rows))
        return true;
    refuse(rows);
    rows_end(rows, false);
    return false;
}

bool rows_add(RowsFile *rows, const StrataTensor *tensor)
{
    size_t size = rows->precise ? sizeof(double) : sizeof(float), count = (size_t)strata_tensor_elements(tensor);
    errno = 0;
    if (fwrite(strata_tensor_data_const(tensor), size, count, rows->file) != count)
        return refuse(rows);
    rows->rows += strata_tensor_size(tensor, 0);
    return true;
}

/* What was written, to the standard output, or to a device or pipe. */
static bool copy_out(RowsFile *rows)
{
    char block[65536];
    size_t got;
    FILE *out = rows->path ? fopen(rows->path, "wb") : stdout;
    bool good = out != NULL;
    rewind(rows->file);
    while (good && (got = fread(block, 1, sizeof block, rows->file)) > 0)
        good = fwrite(block, 1, got, out) == got;
    good = good && !ferror(rows->file) && fflush(out) == 0;
    if (out && out != stdout)
        good = fclose(out) == 0 && good;
    return good;
}

bool rows_end(RowsFile *rows, bool keep)
{
    errno = 0;
    bool good = true;
    if (keep)
        good = fseek(rows->file, 0, SEEK_SET) == 0 && write_header(rows) && fflush(rows->file) == 0;
    if (keep && good && !rows->target)
        good = copy_out(rows);
    if (rows->file && fclose(rows->file) != 0 && keep)
        good = false;
    if (keep && good && rows->target)
        good = rename(rows->partial, rows->target) == 0;
    if (!good)
        refuse(rows);
    if (rows->partial && !(keep && good))
        remove(rows->partial);
    free(rows->partial);
    free(rows->target);
    *rows = (RowsFile){0};
    return good;
}

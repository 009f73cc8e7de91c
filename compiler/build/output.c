/* The files of one build; see output.h. */
#include "build/output.h"

#include "base/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool folder_error(const char *folder, int number, StrataError *error)
{
    char reason[REASON_LIMIT];
    return error_set(error, STRATA_FILE, E_BUILD_FOLDER, "cannot write into the folder %s: %s", folder,
                     error_reason(number, reason));
}

bool output_begin(Output *output, const char *folder, StrataError *error)
{
    *output = (Output){.folder = folder};
    output->made = mkdir(folder, 0777) == 0;
    int number = output->made ? 0 : errno;
    int length = snprintf(output->temporary, sizeof output->temporary, "%s/.strata-build-XXXXXX", folder);
    bool fits = length > 0 && length < OUTPUT_PATH - 128;
    if (fits && (output->made || number == EEXIST) && mkdtemp(output->temporary))
        return true;
    number = !fits ? ENAMETOOLONG : output->made || number == EEXIST ? errno : number;
    output->temporary[0] = '\0';
    if (output->made)
        rmdir(folder);
    return folder_error(folder, number, error);
}

bool output_path(Output *output, const char *name, bool keep, char path[OUTPUT_PATH], StrataError *error)
{
    int length = snprintf(path, OUTPUT_PATH, "%s/%s", output->temporary, name);
    if (length <= 0 || length >= OUTPUT_PATH || output->count >= OUTPUT_FILES || strlen(name) >= sizeof output->names[0])
        return folder_error(output->folder, ENAMETOOLONG, error);
    snprintf(output->names[output->count++], sizeof output->names[0], "%s%s", keep ? "" : ".", name);
    return true;
}

/* A name that begins with a dot is of a file that only the build needs. */
static void remove_all(const Output *output)
{
    char path[OUTPUT_PATH + 128];
    for (int i = 0; i < output->count; i++) {
        snprintf(path, sizeof path, "%s/%s", output->temporary, output->names[i] + (output->names[i][0] == '.'));
        unlink(path);
    }
    rmdir(output->temporary);
}

static bool move_all(const Output *output, StrataError *error)
{
    char from[OUTPUT_PATH + 128], to[OUTPUT_PATH + 128];
    for (int i = 0; i < output->count; i++) {
        if (output->names[i][0] == '.')
            continue;
        snprintf(from, sizeof from, "%s/%s", output->temporary, output->names[i]);
        snprintf(to, sizeof to, "%s/%s", output->folder, output->names[i]);
        if (rename(from, to) != 0)
            return folder_error(output->folder, errno, error);
    }
    return true;
}

bool output_end(Output *output, bool keep, StrataError *error)
{
    if (output->temporary[0] == '\0')
        return false;
    bool good = keep && move_all(output, error);
    remove_all(output);
    if (!good && output->made)
        rmdir(output->folder);
    return good;
}

/* ---- One file ---- */

static bool write_error(const char *path, StrataError *error)
{
    char reason[REASON_LIMIT];
    int number = errno;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    return error_set(error, STRATA_FILE, E_FILE_WRITE, "cannot write %s: %s", name, error_reason(number, reason));
}

bool output_file_open(OutputFile *file, const char *path, StrataError *error)
{
    *file = (OutputFile){.path = path, .descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    return file->descriptor >= 0 || write_error(path, error);
}

bool output_file_add(OutputFile *file, const void *bytes, size_t size, StrataError *error)
{
    const unsigned char *from = bytes;
    file->written += size;
    while (size > 0) {
        ssize_t done = write(file->descriptor, from, size);
        if (done < 0 && errno != EINTR)
            return write_error(file->path, error);
        from += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

bool output_file_fill(OutputFile *file, size_t until, StrataError *error)
{
    static const unsigned char zeros[4096];
    while (file->written < until) {
        size_t left = until - file->written;
        if (!output_file_add(file, zeros, left < sizeof zeros ? left : sizeof zeros, error))
            return false;
    }
    return true;
}

bool output_file_close(OutputFile *file, bool good, StrataError *error)
{
    if (file->descriptor < 0)
        return false;
    bool closed = close(file->descriptor) == 0;
    if (good && !closed)
        return write_error(file->path, error);
    return good;
}

bool output_write(Output *output, const char *name, const void *bytes, size_t size, StrataError *error)
{
    char path[OUTPUT_PATH];
    OutputFile file;
    if (!output_path(output, name, true, path, error))
        return false;
    bool good = output_file_open(&file, path, error) && output_file_add(&file, bytes, size, error);
    return output_file_close(&file, good, error);
}

/* Writing .npy row by row; see rows.h. The header has room for any number of rows and is written again in the end. */
#include "tool/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { HEADER = 256 };

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
    return fwrite(header, 1, HEADER, rows->output.file) == HEADER;
}

bool rows_begin(RowsFile *rows, const char *path, const StrataTensor *first)
{
    *rows = (RowsFile){.precise = strata_tensor_kind(first) == STRATA_FLOAT64, .rank = strata_tensor_rank(first) - 1};
    for (int axis = 0; axis < rows->rank; axis++)
        rows->sizes[axis] = strata_tensor_size(first, axis + 1);
    if (!partial_begin(&rows->output, path))
        return false;
    errno = 0;
    if (write_header(rows))
        return true;
    partial_refuse(&rows->output);
    rows_end(rows, false);
    return false;
}

bool rows_add(RowsFile *rows, const StrataTensor *tensor)
{
    size_t size = rows->precise ? sizeof(double) : sizeof(float), count = (size_t)strata_tensor_elements(tensor);
    errno = 0;
    if (fwrite(strata_tensor_data_const(tensor), size, count, rows->output.file) != count)
        return partial_refuse(&rows->output);
    rows->rows += strata_tensor_size(tensor, 0);
    return true;
}

bool rows_finish(RowsFile *rows)
{
    errno = 0;
    bool good = fseek(rows->output.file, 0, SEEK_SET) == 0 && write_header(rows) && fflush(rows->output.file) == 0;
    return good || partial_refuse(&rows->output);
}

bool rows_end(RowsFile *rows, bool keep)
{
    bool whole = !keep || rows_finish(rows);
    return partial_end(&rows->output, keep && whole) && whole;
}

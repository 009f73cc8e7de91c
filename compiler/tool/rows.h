/* Arrays written row by row, so that they may be larger than memory: one as .npy, several as .npz. */
#ifndef STRATA_TOOL_ROWS_H
#define STRATA_TOOL_ROWS_H

#include "strata.h"
#include "tool/partial.h"

/* One array as .npy. */
typedef struct RowsFile {
    PartialFile output;
    bool precise; /* entries are doubles */
    int rank;     /* of a row */
    int64_t sizes[STRATA_RANK_LIMIT];
    int64_t rows;
} RowsFile;

/* Begins a file for rows of this kind (float32 or float64) and shape; `path` null or `-`: standard output. False after saying why it cannot be written. */
bool rows_begin(RowsFile *rows, const char *path, const StrataTensor *first);

/* Appends the rows of a tensor: its first dimension counts them. False after saying what went wrong. */
bool rows_add(RowsFile *rows, const StrataTensor *tensor);

/* Brings the count of rows into the file, which is whole then. */
bool rows_finish(RowsFile *rows);

/* Ends the file: the old one is replaced at once. Without `keep`, or after an error, it is as it was before. */
bool rows_end(RowsFile *rows, bool keep);

/* Several arrays of the same number of rows as .npz. Each is gathered in a file of its own beside it. */
typedef struct RowsArchive {
    const char *path;
    int64_t count;
    RowsFile *parts;
    char (*names)[16];
} RowsArchive;

/* Begins an archive for as many arrays as `firsts` has tensors, of their kinds and shapes, called j0, j1, ... by their levels. Sets that are added have them in this
 * order. False after saying what went wrong, as the others. */
bool archive_begin(RowsArchive *archive, const char *path, const int *levels, const StrataTensorSet *firsts);
bool archive_add(RowsArchive *archive, const StrataTensorSet *set);
bool archive_end(RowsArchive *archive, bool keep);

#endif

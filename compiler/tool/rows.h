/* An .npy file written row by row, so that it may be larger than memory. */
#ifndef STRATA_TOOL_ROWS_H
#define STRATA_TOOL_ROWS_H

#include "strata.h"

#include <stdio.h>

typedef struct RowsFile {
    const char *path; /* as the user wrote it; null or `-`: standard output */
    char *target;     /* the file that is replaced in the end; null: there is none, and the content is copied */
    char *partial;    /* the file that is written, beside it */
    FILE *file;
    bool precise; /* entries are doubles */
    int rank;     /* of a row */
    int64_t sizes[STRATA_RANK_LIMIT];
    int64_t rows;
} RowsFile;

/* Begins a file for rows of this kind (float32 or float64) and shape. False after saying why it cannot be written. */
bool rows_begin(RowsFile *rows, const char *path, const StrataTensor *first);

/* Appends the rows of a tensor: its first dimension counts them. False after saying what went wrong. */
bool rows_add(RowsFile *rows, const StrataTensor *tensor);

/* Ends the file: the old one is replaced at once. Without `keep`, or after an error, it is as it was before. */
bool rows_end(RowsFile *rows, bool keep);

#endif

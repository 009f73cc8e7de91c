/* A picture or a sound for each row, each in a file of its own, unpacked when it is asked for.
 *
 * All files are looked at once, when the reader is made, so that one that is damaged, too large or of another shape is found before anything is computed. The
 * first rows that are asked for stay unpacked as long as they have room together: samples come in a new order every epoch, so none is better kept than
 * another. A file that has changed since it was looked at is an error. */
#ifndef STRATA_FILE_ROW_FILES_H
#define STRATA_FILE_ROW_FILES_H

#include "file/file_names.h"
#include "file/row_reader.h"

/* Bytes of rows that stay unpacked, at most. */
enum { ROW_FILES_KEPT = 256 << 20 };

/* Takes over the names, also where it fails. Null with the errors of sample_measure, or with E0833 when two files are of different shapes or kinds. */
RowReader *row_files_make(const StrataAllocator *allocator, FileNames *names, StrataError *error);

#endif

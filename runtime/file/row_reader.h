/* Tensors whose rows (dimension 0) stay in their file and are read one by one: data sets larger than memory.
 *
 * Rows are read, not mapped: when another program shortens a mapped file, touching its lost pages kills the process, and here that is an error like
 * another. The pages of the file stay in the system's cache as long as there is room, so that a second look costs a copy. */
#ifndef STRATA_FILE_ROW_READER_H
#define STRATA_FILE_ROW_READER_H

#include "file/element.h"

/* Files with less content are better read whole. */
enum { ROW_READER_LEAST = 64 << 20 };

typedef struct RowReader {
    StrataAllocator allocator;
    atomic_size_t owners;
    TensorKind kind; /* of the entries that `row_reader_read` gives */
    int rank;
    int64_t size[STRATA_RANK_LIMIT]; /* size[0] rows */
    int64_t entries;                 /* of a row */
    size_t room;                     /* bytes that reading one needs */
    ElementType type;                /* as the file has them */
    ByteOrder order;
    uint64_t start; /* byte of the first row */
    int descriptor;
    char *name; /* for messages */
} RowReader;

/* Opens the file of an IDX or npy array that is not compressed, whose rows stand one behind the other, and that has at least `least` bytes of them.
 * True with a null `reader` for any other file, which tensor_read is for, and also says what is wrong with; false after filling `error`. */
bool row_reader_open(const StrataAllocator *allocator, const char *path, uint64_t least, RowReader **reader, StrataError *error);

RowReader *row_reader_retain(RowReader *reader);
void row_reader_release(RowReader *reader);

/* Reads a row into the first bytes of `target`, which has `room` bytes and is aligned for every kind. Several threads may read at once. False with
 * E0801 when the row is not there any more. */
bool row_reader_read(const RowReader *reader, int64_t row, void *target, StrataError *error);

#endif

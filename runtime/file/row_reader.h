/* Tensors whose rows (dimension 0) stay in files and are read one by one: data sets larger than memory.
 *
 *     row_array_open (row_array.h)   the rows of an IDX or npy array
 *     row_files_make (row_files.h)   a picture or a sound for each row
 *
 * Rows are read, not mapped: when another program shortens a mapped file, touching its lost pages kills the process, and here that is an error like
 * another. The pages of a file stay in the system's cache as long as there is room, so that a second look costs a copy. */
#ifndef STRATA_FILE_ROW_READER_H
#define STRATA_FILE_ROW_READER_H

#include "tensor/tensor.h"

/* What has fewer bytes is better read whole. */
enum { ROW_READER_LEAST = 64 << 20 };

/* The head of every reader: what whoever asks for rows needs to know. A reader puts its own behind it. */
typedef struct RowReader RowReader;
struct RowReader {
    StrataAllocator allocator;
    atomic_size_t owners;
    TensorKind kind; /* of the entries that `row_reader_read` gives */
    int rank;
    int64_t size[STRATA_RANK_LIMIT]; /* size[0] rows */
    int64_t entries;                 /* of a row */
    size_t room;                     /* bytes that reading one needs */
    bool (*read)(RowReader *reader, int64_t row, void *target, StrataError *error);
    void (*close)(RowReader *reader); /* gives back all that the reader owns, and itself */
};

RowReader *row_reader_retain(RowReader *reader);
void row_reader_release(RowReader *reader);

/* Reads a row into the first bytes of `target`, which has `room` bytes and is aligned for every kind. Several threads may read at once. False with
 * E0801 when the row is not there any more, or with the error of its file's format. */
bool row_reader_read(RowReader *reader, int64_t row, void *target, StrataError *error);

/* All rows as one tensor. Null after filling `error`. */
Tensor *row_reader_read_all(RowReader *reader, StrataError *error);

/* Fills the head of a reader for rows of these sizes, with one owner. */
void row_reader_begin(RowReader *reader, const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *size);

#endif

/* The rows of an array in a file, read one by one. */
#ifndef STRATA_FILE_ROW_ARRAY_H
#define STRATA_FILE_ROW_ARRAY_H

#include "file/row_reader.h"

/* Opens the file of an IDX or npy array that is not compressed, whose rows stand one behind the other, and that has at least `least` bytes of them.
 * True with a null `reader` for any other file, which tensor_read is for, and also says what is wrong with; false after filling `error`. */
bool row_array_open(const StrataAllocator *allocator, const char *path, uint64_t least, RowReader **reader, StrataError *error);

#endif

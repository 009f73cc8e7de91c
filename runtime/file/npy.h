/* NumPy's .npy format: a header in Python's syntax, then the entries (NumPy Enhancement Proposal 1; versions 1.0, 2.0 and 3.0). */
#ifndef STRATA_FILE_NPY_H
#define STRATA_FILE_NPY_H

#include "file/read.h"
#include "file/write.h"
#include "tensor/tensor.h"

/* True when the bytes begin as every npy file does. */
bool npy_recognise(const unsigned char *bytes, size_t size);

/* The tensor of a whole npy file in memory: any numeric kind, order of bytes and order of axes; see element.h for the kind that it
 * gets. `name` is for messages. Null with E0806, E0807, E0810 or E0811 (text, objects, records, dates). */
Tensor *npy_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error);

/* Writes version 1.0, little-endian, C order. */
bool npy_encode(const Tensor *tensor, FileWriter *writer, StrataError *error);

/* The bytes that npy_encode writes before the entries; always a multiple of 64. */
enum { NPY_HEADER_LIMIT = 512 };
size_t npy_header(const Tensor *tensor, char header[NPY_HEADER_LIMIT]);

#endif

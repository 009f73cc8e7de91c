/* IDX, the format of MNIST's files: two zero bytes, a type, a rank, the sizes in four big-endian bytes each, then the entries. */
#ifndef STRATA_FILE_IDX_H
#define STRATA_FILE_IDX_H

#include "file/read.h"
#include "tensor/tensor.h"

/* True when the bytes begin as an IDX file does: two zeros and a type that exists. */
bool idx_recognise(const unsigned char *bytes, size_t size);

/* The tensor of a whole IDX file in memory (unpacked): uint8; int32 for signed bytes, 16 and 32 bits; float32; float64.
 * Null with E0806 or E0820. */
Tensor *idx_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error);

#endif

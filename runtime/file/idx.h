/* IDX, the format of MNIST's files: two zero bytes, a type, a rank, the sizes in four big-endian bytes each, then the entries. */
#ifndef STRATA_FILE_IDX_H
#define STRATA_FILE_IDX_H

#include "file/element.h"
#include "file/read.h"

/* True when the bytes begin as an IDX file does: two zeros and a type that exists. */
bool idx_recognise(const unsigned char *bytes, size_t size);

typedef struct IdxHeader {
    ElementType type; /* the bytes of an entry stand largest first */
    int rank;
    int64_t size[STRATA_RANK_LIMIT];
    size_t length; /* bytes before the entries */
} IdxHeader;

/* Reads the header at the start of `bytes`. False with E0806 or E0820. */
bool idx_header_decode(const char *name, const unsigned char *bytes, size_t size, IdxHeader *header, StrataError *error);

/* The tensor of a whole IDX file in memory (unpacked): uint8; int32 for signed bytes, 16 and 32 bits; float32; float64.
 * Null with E0806 or E0820. */
Tensor *idx_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error);

#endif

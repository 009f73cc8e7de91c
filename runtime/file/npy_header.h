/* The header of an npy file: a Python dictionary with the type, the order and the shape. */
#ifndef STRATA_FILE_NPY_HEADER_H
#define STRATA_FILE_NPY_HEADER_H

#include "file/element.h"

typedef struct NpyHeader {
    ElementType type;
    ByteOrder order;
    bool fortran; /* the first axis varies fastest */
    int rank;
    int64_t size[STRATA_RANK_LIMIT];
    size_t length; /* bytes before the entries */
} NpyHeader;

/* Reads the header at the start of `bytes`. False with E0806, E0810 or E0811. */
bool npy_header_decode(const char *name, const unsigned char *bytes, size_t size, NpyHeader *header, StrataError *error);

#endif

/* Kinds of entries: their names and sizes. */
#ifndef STRATA_TENSOR_KIND_H
#define STRATA_TENSOR_KIND_H

#include "strata_runtime.h"

typedef StrataKind TensorKind;

enum { KIND_COUNT = STRATA_COMPLEX128 + 1 };

bool kind_valid(TensorKind kind);

/* "float32"; null for a value that is no kind. */
const char *kind_name(TensorKind kind);

/* Bytes of one entry: 4 for float32, 16 for complex128. */
size_t kind_size(TensorKind kind);

/* Bytes to which an entry must be aligned: those of its real part for a complex one. */
size_t kind_alignment(TensorKind kind);

/* int32, int64, uint8 or bool. */
bool kind_is_integer(TensorKind kind);
bool kind_is_complex(TensorKind kind);

#endif

/* Conversions between kinds of entries. */
#ifndef STRATA_TENSOR_CONVERT_H
#define STRATA_TENSOR_CONVERT_H

#include "tensor/tensor.h"

/* A new tensor of `kind` with `scale` times the entries of `tensor`, computed in double precision (exactly, from integers to
 * integers with scale 1), then rounded to nearest for a floating-point kind. E0807 when an entry is finite and its result is
 * not, when an integer kind cannot hold the result exactly (bool: 0 or 1), and for complex to real. */
Tensor *tensor_convert(const Tensor *tensor, TensorKind kind, double scale, StrataError *error);

#endif

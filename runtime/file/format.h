/* Whole files to tensors and back, whatever their format: what the tool and the library read and write with.
 *
 * Reading recognises the format by the content, never by the name; writing chooses it by the end of the name. */
#ifndef STRATA_FILE_FORMAT_H
#define STRATA_FILE_FORMAT_H

#include "tensor/tensor_set.h"

/* One tensor from npy, IDX or PNG, also inside gzip; `-` is standard input. */
Tensor *tensor_read(const StrataAllocator *allocator, const char *path, StrataError *error);

/* A set from safetensors or npz, or from a folder of PNGs. */
TensorSet *tensor_set_read(const StrataAllocator *allocator, const char *path, StrataError *error);

/* As `.npy` or `.png`; `-` is npy on standard output. The old file is replaced whole or stays whole. */
bool tensor_write(const Tensor *tensor, const char *path, StrataError *error);

/* As `.safetensors` or `.npz`. */
bool tensor_set_write(const TensorSet *set, const char *path, StrataError *error);

#endif

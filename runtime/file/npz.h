/* NumPy's .npz format: a zip archive with one npy file for each array. */
#ifndef STRATA_FILE_NPZ_H
#define STRATA_FILE_NPZ_H

#include "file/read.h"
#include "file/write.h"
#include "tensor/tensor_set.h"

/* The arrays in order, named without `.npy`. One that holds no numbers (text, objects, records, dates) is omitted, with the reason
 * (tensor_set_omitted); anything else wrong with any member is an error: E0782, E0803, E0806, E0810, E0812, E0813. */
TensorSet *npz_decode(const StrataAllocator *allocator, const FileContent *content, StrataError *error);

/* Writes an uncompressed archive. What needs 64-bit sizes (4 GiB and more, or 65,535 tensors) is refused (E0803): safetensors holds
 * it. */
bool npz_encode(const TensorSet *set, FileWriter *writer, StrataError *error);

#endif

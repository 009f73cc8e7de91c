/* Writing the entries of a tensor, little-endian, as npy and safetensors want them. */
#ifndef STRATA_FILE_ENCODE_H
#define STRATA_FILE_ENCODE_H

#include "file/write.h"
#include "tensor/tensor.h"

bool element_encode(const Tensor *tensor, FileWriter *writer, StrataError *error);

#endif

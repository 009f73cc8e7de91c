/* Safetensors, the format of weights: eight bytes with the length of a JSON header, the header (name -> dtype, shape, data_offsets),
 * then all entries. What follows the header must be covered by the tensors exactly: no hole, no overlap, nothing behind. */
#ifndef STRATA_FILE_SAFETENSORS_H
#define STRATA_FILE_SAFETENSORS_H

#include "file/read.h"
#include "file/write.h"
#include "tensor/tensor_set.h"

/* A longer header is refused; it would hold a hundred thousand tensors. */
enum { SAFETENSORS_HEADER_LIMIT = 8 << 20 };

/* True when the bytes begin as a safetensors file does: a length that is possible, and a brace. */
bool safetensors_recognise(const unsigned char *bytes, size_t size);

/* The tensors in order of their names in the header. Those whose entries need no change look into the content's block, which they
 * keep alive; the others (F16, BF16 -> float32; I8, I16, U16 -> int32; U32, U64 -> int64; BOOL; unaligned ones) are copied.
 * Null with E0780, E0781, E0806 or E0807. */
TensorSet *safetensors_decode(const StrataAllocator *allocator, const FileContent *content, StrataError *error);

/* Writes a set, its data aligned to 64 bytes from the start of the file. Complex tensors have no dtype in the format: E0781. */
bool safetensors_encode(const TensorSet *set, FileWriter *writer, StrataError *error);

#endif

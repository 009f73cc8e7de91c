/* Files of one sample each, a PNG or a WAV, told apart by their first bytes. */
#ifndef STRATA_FILE_SAMPLE_FILE_H
#define STRATA_FILE_SAMPLE_FILE_H

#include "tensor/tensor.h"

/* What a file says of its entries. */
typedef struct SampleForm {
    TensorKind kind;
    int rank;
    int64_t size[3];
} SampleForm;

/* The entries of a file. Null with E0801, E0803, E0830 or E0834, naming the file. */
Tensor *sample_read(const StrataAllocator *allocator, const char *path, StrataError *error);

/* What sample_read would give, without unpacking it: a file that says that it is too large, lacks a part or is cut off is refused as there. What is
 * packed may still turn out to be damaged. */
bool sample_measure(const StrataAllocator *allocator, const char *path, SampleForm *form, StrataError *error);

#endif

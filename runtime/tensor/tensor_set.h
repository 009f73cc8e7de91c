/* Named tensors in order: what a weights file holds, and how weights travel through the program. */
#ifndef STRATA_TENSOR_TENSOR_SET_H
#define STRATA_TENSOR_TENSOR_SET_H

#include "tensor/tensor.h"

typedef struct StrataTensorSet TensorSet;

typedef struct NamedTensor {
    char *name;     /* owned by the set */
    Tensor *tensor; /* retained by the set; null for an omitted one */
    char *reason;   /* why an omitted tensor could not be read, or null */
} NamedTensor;

struct StrataTensorSet {
    StrataAllocator allocator;
    NamedTensor *items; /* those that were read, in order */
    int64_t count;
    int64_t capacity;
    NamedTensor *omitted; /* arrays of a file that hold no numbers, such as text; they have a reason instead of a tensor */
    int64_t omitted_count;
    int64_t omitted_capacity;
    int32_t *slots; /* open addressing over names: an index into items, or -1; at most half full */
    int64_t slot_count;
};

TensorSet *tensor_set_make(const StrataAllocator *allocator, StrataError *error);
void tensor_set_release(TensorSet *set);

/* Adds a tensor at the end, retained; a name that is there already is E0782. The set is unchanged after an error. */
bool tensor_set_add(TensorSet *set, const char *name, Tensor *tensor, StrataError *error);

/* Notes that the file has an array of this name that could not be read, and why. */
bool tensor_set_omit(TensorSet *set, const char *name, const char *reason, StrataError *error);

/* The tensor of a name, or null; it belongs to the set. */
Tensor *tensor_set_find(const TensorSet *set, const char *name);

/* Why the array of this name was omitted; null when none of this name was. */
const char *tensor_set_omitted(const TensorSet *set, const char *name);

/* One tensor with a new dimension 0 over all tensors of the set in order, for a batch of pictures. All must have one kind and
 * shape (E0833 names the first that differs); an empty set is a USAGE error. */
Tensor *tensor_set_stack(const TensorSet *set, StrataError *error);

#endif

/* Tensors: entries of one kind, row-major, in a block of memory that they own alone or share.
 *
 * Every maker gives a tensor with one owner, or null with `error` filled. Fields may be read by all; they change only while a
 * tensor is being made. */
#ifndef STRATA_TENSOR_TENSOR_H
#define STRATA_TENSOR_TENSOR_H

#include "tensor/block.h"
#include "tensor/kind.h"

#include <stdatomic.h>

typedef struct StrataTensor Tensor;

struct StrataTensor {
    StrataAllocator allocator;
    atomic_size_t owners;
    TensorKind kind;
    int rank;
    int64_t size[STRATA_RANK_LIMIT];
    int64_t elements; /* product of the sizes; 1 for rank 0 */
    void *data;       /* inside the block */
    Block *block;
};

/* The product of the sizes and of the bytes of an entry, checked: false with `error` filled (E0806) when a size is negative, the
 * rank is above the limit, or the product of the sizes that are not 0 passes what memory can address. */
bool tensor_extent(TensorKind kind, int rank, const int64_t *sizes, int64_t *elements, StrataError *error);

/* Zeros; uninitialised entries. Data is aligned to 64 bytes. */
Tensor *tensor_make(const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *sizes, StrataError *error);
Tensor *tensor_make_raw(const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *sizes, StrataError *error);

/* A tensor that looks into a block, which it retains. The entries at `offset` bytes must lie inside and be aligned for the kind. */
Tensor *tensor_view(const StrataAllocator *allocator, Block *block, size_t offset, TensorKind kind, int rank, const int64_t *sizes,
                    StrataError *error);

/* The same entries in another shape with as many elements; rows `first` to `first + count - 1` of dimension 0. Both share memory
 * with `tensor`; an impossible request is a USAGE error. */
Tensor *tensor_reshape(Tensor *tensor, int rank, const int64_t *sizes, StrataError *error);
Tensor *tensor_rows(Tensor *tensor, int64_t first, int64_t count, StrataError *error);

/* A copy that shares nothing. */
Tensor *tensor_copy(const Tensor *tensor, StrataError *error);

Tensor *tensor_retain(Tensor *tensor);
void tensor_release(Tensor *tensor);

size_t tensor_bytes(const Tensor *tensor);
bool tensor_same_shape(const Tensor *a, const Tensor *b);

/* Writes the shape as the language does: "1x28x28", "10", and "scalar" for rank 0. Gives `text`. */
enum { SHAPE_TEXT_LIMIT = STRATA_RANK_LIMIT * 21 };
const char *shape_text(int rank, const int64_t *sizes, char text[SHAPE_TEXT_LIMIT]);

#endif

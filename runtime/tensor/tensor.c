/* Tensors; see tensor.h. */
#include "tensor/tensor.h"

#include "base/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *shape_text(int rank, const int64_t *sizes, char text[SHAPE_TEXT_LIMIT])
{
    if (rank == 0)
        return memcpy(text, "scalar", sizeof "scalar");
    size_t used = 0;
    for (int axis = 0; axis < rank; axis++)
        used += (size_t)snprintf(text + used, SHAPE_TEXT_LIMIT - used, "%s%" PRId64, axis ? "x" : "", sizes[axis]);
    return text;
}

/* Sizes of 0 are left out of the checked product, so that 0 x 2^62 x 2^62 is refused like any other shape that no memory holds:
 * its rows would overflow wherever they are computed. */
bool tensor_extent(TensorKind kind, int rank, const int64_t *sizes, int64_t *elements, StrataError *error)
{
    if (rank < 0 || rank > STRATA_RANK_LIMIT)
        return error_set(error, STRATA_INVALID, E_TENSOR_SIZE, "a tensor has at most %d dimensions, got %d", STRATA_RANK_LIMIT,
                         rank);
    int64_t room = (int64_t)((size_t)PTRDIFF_MAX / kind_size(kind));
    int64_t product = 1;
    bool empty = false;
    char text[SHAPE_TEXT_LIMIT];
    for (int axis = 0; axis < rank; axis++) {
        if (sizes[axis] < 0)
            return error_set(error, STRATA_INVALID, E_TENSOR_SIZE, "a size is negative in the shape %s",
                             shape_text(rank, sizes, text));
        if (sizes[axis] == 0) {
            empty = true;
        } else if (product > room / sizes[axis]) {
            return error_set(error, STRATA_INVALID, E_TENSOR_SIZE, "the shape %s of %s has more bytes than memory can address",
                             shape_text(rank, sizes, text), kind_name(kind));
        } else {
            product *= sizes[axis];
        }
    }
    *elements = empty ? 0 : product;
    return true;
}

Tensor *tensor_view(const StrataAllocator *allocator, Block *block, size_t offset, TensorKind kind, int rank, const int64_t *sizes,
                    StrataError *error)
{
    int64_t elements = 0;
    if (!tensor_extent(kind, rank, sizes, &elements, error))
        return NULL;
    Tensor *tensor = allocator_take_zero(allocator, 1, sizeof *tensor);
    if (!tensor) {
        error_memory(error, sizeof *tensor);
        return NULL;
    }
    tensor->allocator = *allocator;
    atomic_init(&tensor->owners, 1);
    tensor->kind = kind;
    tensor->rank = rank;
    for (int axis = 0; axis < rank; axis++)
        tensor->size[axis] = sizes[axis];
    tensor->elements = elements;
    tensor->data = (char *)block_data(block) + offset;
    tensor->block = block_retain(block);
    return tensor;
}

Tensor *tensor_make_raw(const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *sizes, StrataError *error)
{
    int64_t elements = 0;
    if (!tensor_extent(kind, rank, sizes, &elements, error))
        return NULL;
    Block *block = block_make(allocator, (size_t)elements * kind_size(kind), error);
    if (!block)
        return NULL;
    Tensor *tensor = tensor_view(allocator, block, 0, kind, rank, sizes, error);
    block_release(block);
    return tensor;
}

Tensor *tensor_make(const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *sizes, StrataError *error)
{
    Tensor *tensor = tensor_make_raw(allocator, kind, rank, sizes, error);
    if (tensor)
        memset(tensor->data, 0, tensor_bytes(tensor));
    return tensor;
}

static size_t offset_in_block(const Tensor *tensor)
{
    return (size_t)((char *)tensor->data - (char *)block_data(tensor->block));
}

Tensor *tensor_reshape(Tensor *tensor, int rank, const int64_t *sizes, StrataError *error)
{
    int64_t elements = 0;
    if (!tensor_extent(tensor->kind, rank, sizes, &elements, error))
        return NULL;
    if (elements != tensor->elements) {
        char from[SHAPE_TEXT_LIMIT];
        char to[SHAPE_TEXT_LIMIT];
        error_set(error, STRATA_USAGE, 0, "a tensor %s cannot take the shape %s: the number of entries differs",
                  shape_text(tensor->rank, tensor->size, from), shape_text(rank, sizes, to));
        return NULL;
    }
    return tensor_view(&tensor->allocator, tensor->block, offset_in_block(tensor), tensor->kind, rank, sizes, error);
}

Tensor *tensor_rows(Tensor *tensor, int64_t first, int64_t count, StrataError *error)
{
    if (tensor->rank == 0 || first < 0 || count < 0 || first > tensor->size[0] || count > tensor->size[0] - first) {
        char text[SHAPE_TEXT_LIMIT];
        error_set(error, STRATA_USAGE, 0, "a tensor %s has no %" PRId64 " rows from %" PRId64,
                  shape_text(tensor->rank, tensor->size, text), count, first);
        return NULL;
    }
    int64_t sizes[STRATA_RANK_LIMIT];
    memcpy(sizes, tensor->size, sizeof sizes);
    sizes[0] = count;
    size_t row = tensor->size[0] > 0 ? tensor_bytes(tensor) / (size_t)tensor->size[0] : 0;
    size_t offset = offset_in_block(tensor) + (size_t)first * row;
    return tensor_view(&tensor->allocator, tensor->block, offset, tensor->kind, tensor->rank, sizes, error);
}

Tensor *tensor_copy(const Tensor *tensor, StrataError *error)
{
    Tensor *copy = tensor_make_raw(&tensor->allocator, tensor->kind, tensor->rank, tensor->size, error);
    if (copy)
        memcpy(copy->data, tensor->data, tensor_bytes(tensor));
    return copy;
}

Tensor *tensor_retain(Tensor *tensor)
{
    atomic_fetch_add_explicit(&tensor->owners, 1, memory_order_relaxed);
    return tensor;
}

void tensor_release(Tensor *tensor)
{
    if (!tensor || atomic_fetch_sub_explicit(&tensor->owners, 1, memory_order_acq_rel) > 1)
        return;
    StrataAllocator allocator = tensor->allocator;
    block_release(tensor->block);
    allocator_give(&allocator, tensor, 1, sizeof *tensor);
}

size_t tensor_bytes(const Tensor *tensor)
{
    return (size_t)tensor->elements * kind_size(tensor->kind);
}

bool tensor_same_shape(const Tensor *a, const Tensor *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, (size_t)a->rank * sizeof *a->size) == 0;
}

/* The public functions of strata_runtime.h about tensors and files: they check what a caller can get wrong and call the
 * modules that do the work. */
#include "file/format.h"
#include "file/write.h"
#include "tensor/convert.h"
#include "tensor/tensor_set.h"

static bool refuse_null(StrataError *error)
{
    return error_set(error, STRATA_USAGE, 0, "a pointer that must not be null is null");
}

const char *strata_kind_name(StrataKind kind)
{
    return kind_name(kind);
}

StrataTensor *strata_tensor_make(const StrataAllocator *allocator, StrataKind kind, int rank, const int64_t *sizes,
                                 StrataError *error)
{
    error_clear(error);
    if (!allocator || (rank > 0 && !sizes)) {
        refuse_null(error);
        return NULL;
    }
    if (!kind_valid(kind)) {
        error_set(error, STRATA_USAGE, 0, "%d is no kind of entries", (int)kind);
        return NULL;
    }
    return tensor_make(allocator, kind, rank, sizes, error);
}

StrataTensor *strata_tensor_retain(StrataTensor *tensor)
{
    return tensor ? tensor_retain(tensor) : NULL;
}

void strata_tensor_release(StrataTensor *tensor)
{
    tensor_release(tensor);
}

StrataTensor *strata_tensor_rows(StrataTensor *tensor, int64_t first, int64_t count, StrataError *error)
{
    error_clear(error);
    if (!tensor) {
        refuse_null(error);
        return NULL;
    }
    return tensor_rows(tensor, first, count, error);
}

StrataKind strata_tensor_kind(const StrataTensor *tensor)
{
    return tensor->kind;
}

int strata_tensor_rank(const StrataTensor *tensor)
{
    return tensor->rank;
}

int64_t strata_tensor_size(const StrataTensor *tensor, int axis)
{
    return axis >= 0 && axis < tensor->rank ? tensor->size[axis] : 0;
}

int64_t strata_tensor_elements(const StrataTensor *tensor)
{
    return tensor->elements;
}

void *strata_tensor_data(StrataTensor *tensor)
{
    return tensor->data;
}

const void *strata_tensor_data_const(const StrataTensor *tensor)
{
    return tensor->data;
}

StrataTensor *strata_tensor_convert(const StrataTensor *tensor, StrataKind kind, double scale, StrataError *error)
{
    error_clear(error);
    if (!tensor || !kind_valid(kind)) {
        error_set(error, STRATA_USAGE, 0, "the tensor is null or %d is no kind of entries", (int)kind);
        return NULL;
    }
    return tensor_convert(tensor, kind, scale, error);
}

StrataTensor *strata_tensor_copy(const StrataTensor *tensor, StrataError *error)
{
    error_clear(error);
    if (tensor)
        return tensor_copy(tensor, error);
    refuse_null(error);
    return NULL;
}

StrataTensor *strata_tensor_reshape(StrataTensor *tensor, int rank, const int64_t *sizes, StrataError *error)
{
    error_clear(error);
    if (tensor && (rank <= 0 || sizes))
        return tensor_reshape(tensor, rank, sizes, error);
    refuse_null(error);
    return NULL;
}

StrataTensorSet *strata_tensor_set_make(const StrataAllocator *allocator, StrataError *error)
{
    error_clear(error);
    if (!allocator) {
        refuse_null(error);
        return NULL;
    }
    return tensor_set_make(allocator, error);
}

void strata_tensor_set_release(StrataTensorSet *set)
{
    tensor_set_release(set);
}

bool strata_tensor_set_add(StrataTensorSet *set, const char *name, StrataTensor *tensor, StrataError *error)
{
    error_clear(error);
    return set && name && tensor ? tensor_set_add(set, name, tensor, error) : refuse_null(error);
}

int64_t strata_tensor_set_count(const StrataTensorSet *set)
{
    return set->count;
}

const char *strata_tensor_set_name(const StrataTensorSet *set, int64_t index)
{
    return index >= 0 && index < set->count ? set->items[index].name : NULL;
}

StrataTensor *strata_tensor_set_tensor(const StrataTensorSet *set, int64_t index)
{
    return index >= 0 && index < set->count ? set->items[index].tensor : NULL;
}

StrataTensor *strata_tensor_set_find(const StrataTensorSet *set, const char *name)
{
    return tensor_set_find(set, name);
}

const char *strata_tensor_set_omitted(const StrataTensorSet *set, const char *name)
{
    return tensor_set_omitted(set, name);
}

StrataTensor *strata_tensor_set_stack(const StrataTensorSet *set, StrataError *error)
{
    error_clear(error);
    if (set)
        return tensor_set_stack(set, error);
    refuse_null(error);
    return NULL;
}

StrataTensor *strata_tensor_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    error_clear(error);
    if (!allocator || !path) {
        refuse_null(error);
        return NULL;
    }
    return tensor_read(allocator, path, error);
}

bool strata_tensor_write(const StrataTensor *tensor, const char *path, StrataError *error)
{
    error_clear(error);
    return tensor && path ? tensor_write(tensor, path, error) : refuse_null(error);
}

StrataTensorSet *strata_tensor_set_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    error_clear(error);
    if (!allocator || !path) {
        refuse_null(error);
        return NULL;
    }
    return tensor_set_read(allocator, path, error);
}

bool strata_tensor_set_write(const StrataTensorSet *set, const char *path, StrataError *error)
{
    error_clear(error);
    return set && path ? tensor_set_write(set, path, error) : refuse_null(error);
}

bool strata_file_write(const StrataAllocator *allocator, const char *path, const void *bytes, size_t size, StrataError *error)
{
    error_clear(error);
    if (!allocator || !path || (!bytes && size > 0))
        return refuse_null(error);
    FileWriter writer;
    bool done = writer_open(&writer, allocator, path, error) && writer_add(&writer, bytes, size, error);
    return writer_close(&writer, done, error);
}

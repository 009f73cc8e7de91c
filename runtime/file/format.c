/* Recognising formats; see format.h. */
#include "file/format.h"

#include "file/codes.h"
#include "file/idx.h"
#include "file/npy.h"
#include "file/safetensors.h"

#include <string.h>

static Tensor *decode_tensor(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    const unsigned char *bytes = content->bytes;
    if (npy_recognise(bytes, content->size))
        return npy_decode(allocator, content->name, bytes, content->size, error);
    if (idx_recognise(bytes, content->size))
        return idx_decode(allocator, content->name, bytes, content->size, error);
    error_set(error, STRATA_INVALID, E_FORMAT_UNKNOWN, "%s: is neither npy nor IDX nor PNG, judged by its first bytes%s",
              content->name, content->size == 0 ? "; it is empty" : "");
    return NULL;
}

Tensor *tensor_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    FileContent content;
    if (!file_read(allocator, path, 0, &content, error))
        return NULL;
    Tensor *tensor = decode_tensor(allocator, &content, error);
    file_content_release(&content);
    return tensor;
}

static TensorSet *decode_set(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    if (safetensors_recognise(content->bytes, content->size))
        return safetensors_decode(allocator, content, error);
    error_set(error, STRATA_INVALID, E_FORMAT_UNKNOWN, "%s: is neither safetensors nor npz, judged by its first bytes%s",
              content->name, content->size == 0 ? "; it is empty" : "");
    return NULL;
}

TensorSet *tensor_set_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    FileContent content;
    if (!file_read(allocator, path, 0, &content, error))
        return NULL;
    TensorSet *set = decode_set(allocator, &content, error);
    file_content_release(&content);
    return set;
}

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path);
    size_t end_length = strlen(end);
    return length > end_length && strcmp(path + length - end_length, end) == 0;
}

bool tensor_write(const Tensor *tensor, const char *path, StrataError *error)
{
    if (!ends_with(path, ".npy") && strcmp(path, "-") != 0)
        return error_set(error, STRATA_USAGE, E_FORMAT_UNKNOWN,
                         "%s: a tensor is written as .npy or .png; end the name with one of them", path);
    FileWriter writer;
    bool done = writer_open(&writer, &tensor->allocator, path, error) && npy_encode(tensor, &writer, error);
    return writer_close(&writer, done, error);
}

bool tensor_set_write(const TensorSet *set, const char *path, StrataError *error)
{
    if (!ends_with(path, ".safetensors"))
        return error_set(error, STRATA_USAGE, E_FORMAT_UNKNOWN,
                         "%s: named tensors are written as .safetensors or .npz; end the name so", path);
    FileWriter writer;
    bool done = writer_open(&writer, &set->allocator, path, error) && safetensors_encode(set, &writer, error);
    return writer_close(&writer, done, error);
}

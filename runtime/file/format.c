/* Recognising formats; see format.h. */
#include "file/format.h"

#include "base/codes.h"
#include "file/idx.h"
#include "file/npy.h"
#include "file/npz.h"
#include "file/picture.h"
#include "file/safetensors.h"
#include "file/wav.h"
#include "file/zip.h"

#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path);
    size_t end_length = strlen(end);
    return length > end_length && strcmp(path + length - end_length, end) == 0;
}

static Tensor *decode_tensor(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    const unsigned char *bytes = content->bytes;
    if (npy_recognise(bytes, content->size))
        return npy_decode(allocator, content->name, bytes, content->size, error);
    if (png_recognise(bytes, content->size))
        return png_decode(allocator, content->name, bytes, content->size, error);
    if (wav_recognise(bytes, content->size))
        return wav_decode(allocator, content->name, bytes, content->size, error);
    if (idx_recognise(bytes, content->size))
        return idx_decode(allocator, content->name, bytes, content->size, error);
    if (zip_recognise(bytes, content->size) || safetensors_recognise(bytes, content->size)) {
        error_set(error, STRATA_INVALID, E_FORMAT_UNKNOWN,
                  "%s: holds named tensors (%s); one tensor is wanted here, so save the one that is meant as .npy", content->name,
                  zip_recognise(bytes, content->size) ? "npz" : "safetensors");
        return NULL;
    }
    error_set(error, STRATA_INVALID, E_FORMAT_UNKNOWN, "%s: is neither npy nor IDX nor PNG nor WAV, judged by its first bytes%s",
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

/* What recognises a set may be a damaged one; without that, a name that promises one gets the more helpful error. */
static TensorSet *decode_set(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    if (zip_recognise(content->bytes, content->size) || ends_with(content->name, ".npz"))
        return npz_decode(allocator, content, error);
    if (safetensors_recognise(content->bytes, content->size) || ends_with(content->name, ".safetensors"))
        return safetensors_decode(allocator, content, error);
    error_set(error, STRATA_INVALID, E_FORMAT_UNKNOWN, "%s: is neither safetensors nor npz, judged by its first bytes%s",
              content->name, content->size == 0 ? "; it is empty" : "");
    return NULL;
}

TensorSet *tensor_set_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    struct stat status;
    if (strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return picture_folder_read(allocator, path, error);
    FileContent content;
    if (!file_read(allocator, path, 0, &content, error))
        return NULL;
    TensorSet *set = decode_set(allocator, &content, error);
    file_content_release(&content);
    return set;
}

bool tensor_write(const Tensor *tensor, const char *path, StrataError *error)
{
    bool picture = ends_with(path, ".png");
    if (!picture && !ends_with(path, ".npy") && strcmp(path, "-") != 0)
        return error_set(error, STRATA_USAGE, E_FORMAT_UNKNOWN,
                         "%s: a tensor is written as .npy or .png; end the name with one of them", path);
    FileWriter writer;
    bool done = writer_open(&writer, &tensor->allocator, path, error) &&
                (picture ? png_encode(tensor, &writer, error) : npy_encode(tensor, &writer, error));
    return writer_close(&writer, done, error);
}

bool tensor_set_write(const TensorSet *set, const char *path, StrataError *error)
{
    bool archive = ends_with(path, ".npz");
    if (!archive && !ends_with(path, ".safetensors"))
        return error_set(error, STRATA_USAGE, E_FORMAT_UNKNOWN,
                         "%s: named tensors are written as .safetensors or .npz; end the name so", path);
    FileWriter writer;
    bool done = writer_open(&writer, &set->allocator, path, error) &&
                (archive ? npz_encode(set, &writer, error) : safetensors_encode(set, &writer, error));
    return writer_close(&writer, done, error);
}

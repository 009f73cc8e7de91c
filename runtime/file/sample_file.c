/* Files of one sample; see sample_file.h. */
#include "file/sample_file.h"

#include "base/codes.h"
#include "file/picture.h"
#include "file/wav.h"

static bool refuse(const char *path, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_PNG_DAMAGED, "%s: is called .png or .wav but does not begin as these do", path);
}

Tensor *sample_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    FileContent content;
    Tensor *tensor = NULL;
    if (!file_read(allocator, path, 0, &content, error))
        return NULL;
    if (wav_recognise(content.bytes, content.size))
        tensor = wav_decode(allocator, path, content.bytes, content.size, error);
    else if (png_recognise(content.bytes, content.size))
        tensor = png_decode(allocator, path, content.bytes, content.size, error);
    else
        refuse(path, error);
    file_content_release(&content);
    return tensor;
}

bool sample_measure(const StrataAllocator *allocator, const char *path, SampleForm *form, StrataError *error)
{
    FileContent content;
    bool done = false;
    if (!file_read(allocator, path, 0, &content, error))
        return false;
    if (wav_recognise(content.bytes, content.size))
        done = wav_measure(path, content.bytes, content.size, form, error);
    else if (png_recognise(content.bytes, content.size))
        done = png_measure(allocator, path, content.bytes, content.size, form, error);
    else
        refuse(path, error);
    file_content_release(&content);
    return done;
}

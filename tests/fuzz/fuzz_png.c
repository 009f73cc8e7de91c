/* Any bytes as a PNG; what can be unpacked has the form that measuring gives. Most changes would only fail a checksum, so the mutator puts the checksums of the chunks right afterwards. */
#include "file/picture.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { SIGNATURE = 8, CHUNK_HEADER = 8, CHUNK_CHECKSUM = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t largest, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t largest);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    SampleForm form;
    Tensor *tensor = png_decode(&allocator, "fuzz", data, size, &error);
    bool measured = png_measure(&allocator, "fuzz", data, size, &form, &error);
    if (tensor && (!measured || form.kind != tensor->kind || memcmp(form.size, tensor->size, sizeof form.size) != 0))
        abort();
    tensor_release(tensor);
    return 0;
}

static size_t load_length(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t largest, unsigned seed)
{
    (void)seed;
    size = LLVMFuzzerMutate(data, size, largest);
    size_t at = SIGNATURE;
    while (at < size && size - at >= CHUNK_HEADER + CHUNK_CHECKSUM) {
        size_t length = load_length(data + at);
        if (length > size - at - CHUNK_HEADER - CHUNK_CHECKSUM)
            break;
        uLong sum = crc32(crc32(0, NULL, 0), data + at + 4, (uInt)(length + 4));
        for (int i = 0; i < CHUNK_CHECKSUM; i++)
            data[at + CHUNK_HEADER + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += CHUNK_HEADER + length + CHUNK_CHECKSUM;
    }
    return size;
}

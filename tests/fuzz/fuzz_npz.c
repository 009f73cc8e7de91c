/* Any bytes as an npz file. */
#include "file/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    FileContent content = {.name = "fuzz", .bytes = data, .size = size};
    tensor_set_release(npz_decode(&allocator, &content, &error));
    return 0;
}

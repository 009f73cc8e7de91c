/* Any bytes as an npy file. */
#include "file/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    tensor_release(npy_decode(&allocator, "fuzz", data, size, &error));
    return 0;
}

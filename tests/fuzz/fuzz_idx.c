/* Any bytes as an IDX file, unpacked first when they are gzip. */
#include "file/idx.h"

#include <string.h>

enum { UNPACKED_LIMIT = 1 << 22 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    FileContent content = {.name = "fuzz", .block = block_make(&allocator, size, &error), .size = size};
    memcpy(block_data(content.block), data, size);
    content.bytes = block_data(content.block);
    if (gzip_unpack(&allocator, &content, UNPACKED_LIMIT, &error))
        tensor_release(idx_decode(&allocator, "fuzz", content.bytes, content.size, &error));
    file_content_release(&content);
    return 0;
}

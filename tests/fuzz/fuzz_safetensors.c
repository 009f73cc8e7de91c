/* Any bytes as a safetensors file. */
#include "file/safetensors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every entry that a tensor claims must be there to read. */
static unsigned sum_entries(const TensorSet *set)
{
    unsigned sum = 0;
    for (int64_t i = 0; i < set->count; i++) {
        for (size_t k = 0; k < tensor_bytes(set->items[i].tensor); k++)
            sum += ((const unsigned char *)set->items[i].tensor->data)[k];
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    FileContent content = {.name = "fuzz", .block = block_make(&allocator, size, &error), .size = size};
    memcpy(block_data(content.block), data, size);
    content.bytes = block_data(content.block);
    TensorSet *set = safetensors_decode(&allocator, &content, &error);
    file_content_release(&content);
    volatile unsigned sum = set ? sum_entries(set) : 0;
    (void)sum;
    tensor_set_release(set);
    return 0;
}

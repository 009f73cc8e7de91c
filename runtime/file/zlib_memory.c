/* Memory of zlib; see zlib_memory.h. zlib frees without saying the size, which our allocators want back, so each block begins
 * with it. */
#include "file/zlib_memory.h"

#include <string.h>

enum { HEADER = 16 }; /* keeps the block behind it aligned for any type */

static void *take(void *opaque, uInt count, uInt size)
{
    size_t bytes = (size_t)count * size + HEADER;
    unsigned char *block = allocator_take(opaque, bytes, 1);
    if (!block)
        return NULL;
    memcpy(block, &bytes, sizeof bytes);
    return block + HEADER;
}

static void give(void *opaque, void *address)
{
    if (!address)
        return;
    unsigned char *block = (unsigned char *)address - HEADER;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    allocator_give(opaque, block, bytes, 1);
}

z_stream zlib_stream(StrataAllocator *allocator)
{
    return (z_stream){.zalloc = take, .zfree = give, .opaque = allocator};
}

/* The allocator vocabulary; see allocator.h. */
#include "base/allocator.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static void *default_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

StrataAllocator strata_default_allocator(void)
{
    return (StrataAllocator){.resize = default_resize, .context = NULL};
}

void *allocator_take(const StrataAllocator *allocator, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    size_t bytes = count * size;
    return allocator->resize(allocator->context, NULL, 0, bytes ? bytes : 1);
}

void *allocator_take_zero(const StrataAllocator *allocator, size_t count, size_t size)
{
    void *block = allocator_take(allocator, count, size);
    if (block)
        memset(block, 0, count * size);
    return block;
}

void allocator_give(const StrataAllocator *allocator, void *block, size_t count, size_t size)
{
    if (!block)
        return;
    size_t bytes = count * size;
    allocator->resize(allocator->context, block, bytes ? bytes : 1, 0);
}

/* The raw block is larger by one alignment; the word before the aligned block holds the way back. */
void *allocator_take_aligned(const StrataAllocator *allocator, size_t size)
{
    if (size > SIZE_MAX - 2 * ALIGNMENT)
        return NULL;
    char *raw = allocator_take(allocator, size + ALIGNMENT + sizeof(void *), 1);
    if (!raw)
        return NULL;
    uintptr_t start = (uintptr_t)raw + sizeof(void *);
    char *block = raw + sizeof(void *) + (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;
    memcpy(block - sizeof(void *), &raw, sizeof raw);
    return block;
}

void allocator_give_aligned(const StrataAllocator *allocator, void *block, size_t size)
{
    if (!block)
        return;
    void *raw;
    memcpy(&raw, (char *)block - sizeof(void *), sizeof raw);
    allocator_give(allocator, raw, size + ALIGNMENT + sizeof(void *), 1);
}

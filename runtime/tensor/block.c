/* Shared blocks of memory; see block.h. */
#include "tensor/block.h"

#include <stdatomic.h>
#include <string.h>

struct Block {
    StrataAllocator allocator;
    atomic_size_t owners;
    void *data;
    size_t size;
};

Block *block_make(const StrataAllocator *allocator, size_t size, StrataError *error)
{
    Block *block = allocator_take(allocator, 1, sizeof *block);
    void *data = allocator_take_aligned(allocator, size);
    if (!block || !data) {
        allocator_give(allocator, block, 1, sizeof *block);
        allocator_give_aligned(allocator, data, size);
        error_memory(error, size);
        return NULL;
    }
    block->allocator = *allocator;
    atomic_init(&block->owners, 1);
    block->data = data;
    block->size = size;
    return block;
}

Block *block_retain(Block *block)
{
    atomic_fetch_add_explicit(&block->owners, 1, memory_order_relaxed);
    return block;
}

/* The last owner must see what the others wrote before it frees, hence acquire and release. */
void block_release(Block *block)
{
    if (!block || atomic_fetch_sub_explicit(&block->owners, 1, memory_order_acq_rel) > 1)
        return;
    StrataAllocator allocator = block->allocator;
    allocator_give_aligned(&allocator, block->data, block->size);
    allocator_give(&allocator, block, 1, sizeof *block);
}

void *block_data(Block *block)
{
    return block->data;
}

size_t block_size(const Block *block)
{
    return block->size;
}

Block *block_resize(Block *block, size_t size, StrataError *error)
{
    Block *other = block_make(&block->allocator, size, error);
    if (!other)
        return NULL;
    memcpy(other->data, block->data, size < block->size ? size : block->size);
    block_release(block);
    return other;
}

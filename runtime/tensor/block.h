/* A block of memory that several tensors may share: a whole weights file is read into one block, and its tensors look into it.
 * Counted by its owners; safe to retain and release from several threads. */
#ifndef STRATA_TENSOR_BLOCK_H
#define STRATA_TENSOR_BLOCK_H

#include "base/allocator.h"
#include "base/error.h"

typedef struct Block Block;

/* `size` bytes aligned to 64, uninitialised, with one owner; null with `error` filled. */
Block *block_make(const StrataAllocator *allocator, size_t size, StrataError *error);

Block *block_retain(Block *block);
void block_release(Block *block);

void *block_data(Block *block);
size_t block_size(const Block *block);

/* Replaces the block, which must have one owner, by one of `size` bytes with the same content (what fits). Gives the new block;
 * null with `error` filled leaves the old one as it was. */
Block *block_resize(Block *block, size_t size, StrataError *error);

#endif

/* The allocator vocabulary of the runtime: every block comes from a StrataAllocator and is given back to it with its size. */
#ifndef STRATA_BASE_ALLOCATOR_H
#define STRATA_BASE_ALLOCATOR_H

#include "strata_runtime.h"

/* `count * size` bytes, uninitialised; null when they cannot be had or the product overflows. */
void *allocator_take(const StrataAllocator *allocator, size_t count, size_t size);

/* The same, all zero. */
void *allocator_take_zero(const StrataAllocator *allocator, size_t count, size_t size);

/* Gives back a block of `count * size` bytes; null is allowed. */
void allocator_give(const StrataAllocator *allocator, void *block, size_t count, size_t size);

/* A block of `size` bytes aligned to 64 bytes (a cache line, and the widest vector), uninitialised; null when it cannot be had.
 * Given back with allocator_give_aligned and the same size. */
void *allocator_take_aligned(const StrataAllocator *allocator, size_t size);
void allocator_give_aligned(const StrataAllocator *allocator, void *block, size_t size);

#endif

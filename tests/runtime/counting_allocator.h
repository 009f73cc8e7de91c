/* An allocator for tests: it counts what is out, checks the sizes that blocks come back with, and can fail at its Nth request, so
 * that a test can try every point at which memory may end. */
#ifndef TESTS_RUNTIME_COUNTING_ALLOCATOR_H
#define TESTS_RUNTIME_COUNTING_ALLOCATOR_H

#include "strata_runtime.h"

#include <stdlib.h>

typedef struct Counting {
    long requests;    /* so far */
    long fail_at;     /* the request that fails, from 1; 0: none */
    long blocks;      /* out */
    size_t bytes;     /* out */
    bool wrong_sizes; /* a block came back with another size than it was taken with */
    size_t largest;   /* the largest request */
} Counting;

typedef struct CountedBlock {
    size_t size;
    size_t unused; /* keeps what follows aligned for any type */
} CountedBlock;

static inline void *counting_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    Counting *counting = context;
    CountedBlock *header = block ? (CountedBlock *)block - 1 : NULL;
    if (header && header->size != old_size)
        counting->wrong_sizes = true;
    if (new_size == 0) {
        counting->blocks--;
        counting->bytes -= old_size;
        free(header);
        return NULL;
    }
    if (new_size > counting->largest)
        counting->largest = new_size;
    if (++counting->requests == counting->fail_at || new_size > SIZE_MAX - sizeof *header)
        return NULL;
    CountedBlock *moved = realloc(header, new_size + sizeof *header);
    if (!moved)
        return NULL;
    counting->blocks += header ? 0 : 1;
    counting->bytes += new_size - old_size;
    moved->size = new_size;
    return moved + 1;
}

static inline StrataAllocator counting_allocator(Counting *counting)
{
    return (StrataAllocator){.resize = counting_resize, .context = counting};
}

/* Everything came back, with the right sizes. */
static inline bool counting_clean(const Counting *counting)
{
    return counting->blocks == 0 && counting->bytes == 0 && !counting->wrong_sizes;
}

#endif

/* Threads for a built library, which brings none of its own: the runtime's pool as the caller's loop. Loaded by contenders.py. */
#include "thread/pool.h"

#include "strata_runtime.h"

/* How to run a loop on `count` threads, the caller's among them; they live as long as the process. Null when they cannot be had. */
STRATA_API const Parallel *threads_make(int count);

const Parallel *threads_make(int count)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    ThreadPool *pool = thread_pool_make(&allocator, count, &error);
    return pool ? thread_pool_parallel(pool) : NULL;
}

/* A small pool of threads for loops whose iterations are independent.
 *
 * Threads sleep when there has been nothing to do for a while, some 200 microseconds. */
#ifndef STRATA_THREAD_POOL_H
#define STRATA_THREAD_POOL_H

#include "base/error.h"
#include "thread/parallel.h"

typedef struct ThreadPool ThreadPool;

enum { THREAD_LIMIT = 1024 };

/* A pool that runs loops on `threads` threads, the caller's included (1 to THREAD_LIMIT); null with `error` filled when a thread
 * cannot be started or memory ends. Released by thread_pool_release, while no loop runs. */
ThreadPool *thread_pool_make(const StrataAllocator *allocator, int threads, StrataError *error);
void thread_pool_release(ThreadPool *pool);

/* The number of threads; 1 for null. */
int thread_pool_threads(const ThreadPool *pool);

/* Calls function(context, i) for i = 0 .. count - 1, in any order and on several threads at once, and returns when all are done.
 * A null pool, a single iteration, and a pool that is busy (a loop inside a loop, or a second caller) run them here in order. */
void thread_pool_run(ThreadPool *pool, int64_t count, ThreadFunction *function, void *context);

/* The same pool as kernels take it; lives as long as the pool, and is null for null. */
const Parallel *thread_pool_parallel(ThreadPool *pool);

#endif

/* How a loop of independent iterations is handed to whoever runs it: a pool of threads (pool.h), or a function of a built library's caller.
 *
 * The result of a loop must not depend on which thread runs an iteration, nor on their order: iterations write to places of their own. */
#ifndef STRATA_THREAD_PARALLEL_H
#define STRATA_THREAD_PARALLEL_H

#include <stdint.h>

/* One iteration of a loop. */
typedef void ThreadFunction(void *context, int64_t index);

typedef struct Parallel {
    /* Calls task(task_context, i) for i = 0 .. count - 1, in any order and on several threads at once, and returns when all are done. */
    void (*run)(void *context, int64_t count, ThreadFunction *task, void *task_context);
    void *context; /* of `run` */
    int64_t threads;
} Parallel;

/* The number of threads; 1 for null. */
static inline int64_t parallel_threads(const Parallel *parallel)
{
    return parallel ? parallel->threads : 1;
}

/* Does all iterations; for null, and when there is one, here and in order. */
static inline void parallel_run(const Parallel *parallel, int64_t count, ThreadFunction *task, void *task_context)
{
    if (parallel && count > 1) {
        parallel->run(parallel->context, count, task, task_context);
        return;
    }
    for (int64_t index = 0; index < count; index++)
        task(task_context, index);
}

#endif

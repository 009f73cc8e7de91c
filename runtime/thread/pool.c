/* The pool of threads; see pool.h.
 *
 * One loop at a time is published under the mutex. Each thread, the caller too, takes the next index until none is left; the
 * caller then waits until the last worker has left the loop, so that `function` and `context` may die when run returns.
 *
 * To wake a thread takes longer than most loops of a net, which follow each other closely. So who waits first looks a while whether it is over,
 * and only then sleeps. */
#include "thread/pool.h"

#include "base/allocator.h"
#include "base/codes.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

/* How long a thread looks before it sleeps, and how often between two looks at the clock. */
enum { LOOKING_NANOSECONDS = 50000, LOOKS = 64 };

struct ThreadPool {
    StrataAllocator allocator;
    Parallel parallel;
    pthread_mutex_t mutex;
    pthread_cond_t wake; /* a new loop, or the end of the pool */
    pthread_cond_t done; /* the last worker left the loop */
    pthread_t *workers;
    int worker_count;
    int worker_capacity;

    /* Under the mutex. */
    bool busy;   /* a loop runs; its fields below are constant but for `next` */
    bool open;   /* workers may enter the loop */
    bool ending; /* the pool is being released */

    /* Changed under the mutex, and looked at without it. */
    atomic_uint_fast64_t
        generation;    /* counts the loops, so that a worker enters each at most once; changes at the end of the pool, too */
    atomic_int inside; /* workers in the loop */

    /* The loop. */
    ThreadFunction *function;
    void *context;
    int64_t count;
    atomic_int_fast64_t next;
};

static void run_share(ThreadPool *pool)
{
    for (;;) {
        int64_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->count)
            return;
        pool->function(pool->context, index);
    }
}

static int64_t nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void pause_shortly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Returns when another loop is published than the one `seen`, or after a while. */
static void look_for_loop(ThreadPool *pool, uint64_t seen)
{
    int64_t end = nanoseconds() + LOOKING_NANOSECONDS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (atomic_load_explicit(&pool->generation, memory_order_relaxed) != seen)
                return;
            pause_shortly();
        }
    } while (nanoseconds() < end);
}

/* Returns when all workers have left the loop, or after a while. */
static void look_for_end(ThreadPool *pool)
{
    int64_t end = nanoseconds() + LOOKING_NANOSECONDS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (atomic_load_explicit(&pool->inside, memory_order_relaxed) == 0)
                return;
            pause_shortly();
        }
    } while (nanoseconds() < end);
}

static void *work(void *argument)
{
    ThreadPool *pool = argument;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->ending && (!pool->open || pool->generation == seen))
            pthread_cond_wait(&pool->wake, &pool->mutex);
        if (pool->ending)
            break;
        seen = pool->generation;
        pool->inside++;
        pthread_mutex_unlock(&pool->mutex);
        run_share(pool);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->inside == 0)
            pthread_cond_signal(&pool->done);
        pthread_mutex_unlock(&pool->mutex);
        look_for_loop(pool, seen);
        pthread_mutex_lock(&pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Publishes a loop unless one runs already. */
static bool publish(ThreadPool *pool, int64_t count, ThreadFunction *function, void *context)
{
    pthread_mutex_lock(&pool->mutex);
    bool mine = !pool->busy;
    if (mine) {
        pool->busy = true;
        pool->open = true;
        pool->generation++;
        pool->function = function;
        pool->context = context;
        pool->count = count;
        atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
        pthread_cond_broadcast(&pool->wake);
    }
    pthread_mutex_unlock(&pool->mutex);
    return mine;
}

/* Closes the loop to workers that slept through it and waits for those inside. */
static void retire(ThreadPool *pool)
{
    look_for_end(pool);
    pthread_mutex_lock(&pool->mutex);
    pool->open = false;
    while (pool->inside > 0)
        pthread_cond_wait(&pool->done, &pool->mutex);
    pool->busy = false;
    pthread_mutex_unlock(&pool->mutex);
}

void thread_pool_run(ThreadPool *pool, int64_t count, ThreadFunction *function, void *context)
{
    bool shared = pool && pool->worker_count > 0 && count > 1 && publish(pool, count, function, context);
    if (shared) {
        run_share(pool);
        retire(pool);
        return;
    }
    for (int64_t index = 0; index < count; index++)
        function(context, index);
}

int thread_pool_threads(const ThreadPool *pool)
{
    return pool ? pool->worker_count + 1 : 1;
}

static void run_parallel(void *context, int64_t count, ThreadFunction *task, void *task_context)
{
    thread_pool_run(context, count, task, task_context);
}

const Parallel *thread_pool_parallel(ThreadPool *pool)
{
    return pool ? &pool->parallel : NULL;
}

/* Workers take no signals: the program's handlers run in the program's own threads. */
static bool start_workers(ThreadPool *pool, StrataError *error)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = 0;
    while (failure == 0 && pool->worker_count < pool->worker_capacity) {
        failure = pthread_create(&pool->workers[pool->worker_count], NULL, work, pool);
        if (failure == 0)
            pool->worker_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0)
        return error_set(error, STRATA_MEMORY, E_MEMORY, "thread %d of %d could not be started; ask for fewer",
                         pool->worker_count + 2, pool->worker_capacity + 1);
    return true;
}

ThreadPool *thread_pool_make(const StrataAllocator *allocator, int threads, StrataError *error)
{
    if (threads < 1 || threads > THREAD_LIMIT) {
        error_set(error, STRATA_USAGE, 0, "the number of threads is 1 to %d, got %d", THREAD_LIMIT, threads);
        return NULL;
    }
    ThreadPool *pool = allocator_take_zero(allocator, 1, sizeof *pool);
    pthread_t *workers = allocator_take(allocator, (size_t)threads, sizeof *workers);
    if (!pool || !workers) {
        allocator_give(allocator, pool, 1, sizeof *pool);
        allocator_give(allocator, workers, (size_t)threads, sizeof *workers);
        error_memory(error, sizeof *pool + (size_t)threads * sizeof *workers);
        return NULL;
    }
    pool->allocator = *allocator;
    pool->parallel = (Parallel){.run = run_parallel, .context = pool, .threads = threads};
    pool->workers = workers;
    pool->worker_capacity = threads - 1;
    atomic_init(&pool->next, 0);
    atomic_init(&pool->generation, 0);
    atomic_init(&pool->inside, 0);
    pthread_mutex_init(&pool->mutex, NULL); /* these three cannot fail with default attributes on Linux */
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    if (!start_workers(pool, error)) {
        thread_pool_release(pool);
        return NULL;
    }
    return pool;
}

void thread_pool_release(ThreadPool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->ending = true;
    pool->generation++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 0; i < pool->worker_count; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    StrataAllocator allocator = pool->allocator;
    allocator_give(&allocator, pool->workers, (size_t)pool->worker_capacity + 1, sizeof *pool->workers);
    allocator_give(&allocator, pool, 1, sizeof *pool);
}

/* The pool of threads; see pool.h.
 *
 * One loop at a time is published. Its iterations are cut into segments, one for each thread: a thread, the caller too, does its own first and then what others
 * have left. So equal loops that follow each other find the same iterations on the same thread, with their data in its caches.
 *
 * To wake a thread takes longer than most loops of a net, which follow each other closely. So who waits first looks a while whether it is over, and only then sleeps;
 * now and then it lets others run, for the one it waits for may be waiting for this very processor. While all look, a loop costs no lock.
 * What is asked for a loop is in one word, the gate: which loop it is, whether it may be entered, and how many workers are inside.
 * The caller shuts it when no iteration is left and waits until the last worker has left, so that `function` and `context` may die when run returns. */
#include "thread/pool.h"

#include "base/allocator.h"
#include "base/codes.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <time.h>

/* How long a thread looks before it sleeps, and how often between two looks at the clock. */
enum { LOOKING_NANOSECONDS = 200000, LOOKS = 64 };

/* Words that several threads change at once are that far apart. */
enum { CACHE_LINE = 64 };

/* The gate: workers inside, whether it is open, and above it the number of the loop. */
#define GATE_OPEN   (UINT64_C(1) << 16)
#define GATE_INSIDE (GATE_OPEN - 1)
#define GATE_LOOP   (GATE_OPEN << 1)

/* Iterations of one thread, from the next that nobody has taken on. */
typedef struct Segment {
    alignas(CACHE_LINE) atomic_int_fast64_t next;
    int64_t end;
} Segment;

typedef struct Worker {
    ThreadPool *pool;
    int number; /* of its segment; the caller's is 0 */
    pthread_t thread;
} Worker;

struct ThreadPool {
    alignas(CACHE_LINE) atomic_uint_fast64_t gate;

    /* The loop; constant while the gate is open or a worker is inside. */
    alignas(CACHE_LINE) ThreadFunction *function;
    void *context;
    Segment *segments; /* one for each thread */

    atomic_bool busy;    /* somebody's loop runs */
    atomic_int sleeping; /* workers that a new loop has to wake */
    atomic_bool waiting; /* the caller sleeps until the last worker leaves */

    StrataAllocator allocator;
    Parallel parallel;
    Worker *workers;
    int worker_count;
    int worker_capacity;

    pthread_mutex_t mutex;
    pthread_cond_t wake; /* a new loop, or the end of the pool */
    pthread_cond_t done; /* the last worker left the loop */
    bool ending;         /* the pool is being released; under the mutex */
};

/* --- the loop ------------------------------------------------------------------------------------------------------------------- */

static void run_segment(const ThreadPool *pool, Segment *segment)
{
    for (;;) {
        int64_t index = atomic_fetch_add_explicit(&segment->next, 1, memory_order_relaxed);
        if (index >= segment->end)
            return;
        pool->function(pool->context, index);
    }
}

static void run_share(const ThreadPool *pool, int number)
{
    int threads = pool->worker_count + 1;
    for (int i = 0; i < threads; i++)
        run_segment(pool, &pool->segments[(number + i) % threads]);
}

static void cut_segments(ThreadPool *pool, int64_t count)
{
    int64_t threads = pool->worker_count + 1, each = count / threads, more = count % threads, first = 0;
    for (int64_t i = 0; i < threads; i++) {
        Segment *segment = &pool->segments[i];
        atomic_store_explicit(&segment->next, first, memory_order_relaxed);
        first += each + (i < more);
        segment->end = first;
    }
}

/* --- waiting -------------------------------------------------------------------------------------------------------------------- */

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

/* Whether the gate is open to who saw the loop `seen` last. */
static bool is_open(uint64_t gate, uint64_t seen)
{
    return (gate & GATE_OPEN) != 0 && gate / GATE_LOOP != seen;
}

/* Enters a loop that is open, if there is another than `*seen`. */
static bool enter(ThreadPool *pool, uint64_t *seen)
{
    uint_fast64_t gate = atomic_load(&pool->gate);
    while (is_open(gate, *seen))
        if (atomic_compare_exchange_weak(&pool->gate, &gate, gate + 1)) {
            *seen = gate / GATE_LOOP;
            return true;
        }
    return false;
}

/* The last one wakes the caller where it sleeps. */
static void leave(ThreadPool *pool)
{
    uint_fast64_t before = atomic_fetch_sub(&pool->gate, 1);
    if ((before & GATE_INSIDE) != 1 || !atomic_load(&pool->waiting))
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
}

/* Enters the next loop, or gives false after a while. */
static bool look_for_loop(ThreadPool *pool, uint64_t *seen)
{
    int64_t end = nanoseconds() + LOOKING_NANOSECONDS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (enter(pool, seen))
                return true;
            pause_shortly();
        }
        sched_yield();
    } while (nanoseconds() < end);
    return false;
}

/* Sleeps until a loop is published, which may be over by then, as others will follow; false at the end of the pool. The caller opens the gate and then asks whether
 * somebody sleeps, here it is the other way round, so none sleeps through all of a loop. */
static bool sleep_until_loop(ThreadPool *pool, uint64_t seen)
{
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleeping, 1);
    if (!pool->ending && !is_open(atomic_load(&pool->gate), seen))
        pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleeping, 1);
    bool goes_on = !pool->ending;
    pthread_mutex_unlock(&pool->mutex);
    return goes_on;
}

static void *work(void *argument)
{
    const Worker *worker = argument;
    ThreadPool *pool = worker->pool;
    uint64_t seen = 0;
    do {
        while (look_for_loop(pool, &seen)) {
            run_share(pool, worker->number);
            leave(pool);
        }
    } while (sleep_until_loop(pool, seen));
    return NULL;
}

static bool is_empty(const ThreadPool *pool)
{
    return (atomic_load(&pool->gate) & GATE_INSIDE) == 0;
}

/* Returns when all workers have left the loop, or after a while. */
static void look_for_end(const ThreadPool *pool)
{
    int64_t end = nanoseconds() + LOOKING_NANOSECONDS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (is_empty(pool))
                return;
            pause_shortly();
        }
        sched_yield();
    } while (nanoseconds() < end);
}

/* --- the caller ----------------------------------------------------------------------------------------------------------------- */

/* Publishes a loop; nobody else's runs. */
static void publish(ThreadPool *pool, int64_t count, ThreadFunction *function, void *context)
{
    pool->function = function;
    pool->context = context;
    cut_segments(pool, count);
    uint_fast64_t loop = atomic_load_explicit(&pool->gate, memory_order_relaxed) / GATE_LOOP + 1;
    atomic_store(&pool->gate, loop * GATE_LOOP + GATE_OPEN);
    if (atomic_load(&pool->sleeping) == 0)
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

/* Shuts the loop to workers that slept through it and waits for those inside. */
static void retire(ThreadPool *pool)
{
    atomic_fetch_and(&pool->gate, ~GATE_OPEN);
    if (is_empty(pool))
        return;
    look_for_end(pool);
    if (is_empty(pool))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->waiting, true);
    while (!is_empty(pool))
        pthread_cond_wait(&pool->done, &pool->mutex);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->mutex);
}

void thread_pool_run(ThreadPool *pool, int64_t count, ThreadFunction *function, void *context)
{
    bool shared = pool && pool->worker_count > 0 && count > 1 && !atomic_exchange(&pool->busy, true);
    if (shared) {
        publish(pool, count, function, context);
        run_share(pool, 0);
        retire(pool);
        atomic_store(&pool->busy, false);
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
        Worker *worker = &pool->workers[pool->worker_count];
        *worker = (Worker){.pool = pool, .number = pool->worker_count + 1};
        failure = pthread_create(&worker->thread, NULL, work, worker);
        if (failure == 0)
            pool->worker_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0)
        return error_set(error, STRATA_MEMORY, E_MEMORY, "thread %d of %d could not be started; ask for fewer",
                         pool->worker_count + 2, pool->worker_capacity + 1);
    return true;
}

static void give_memory(const StrataAllocator *allocator, int threads, ThreadPool *pool, Segment *segments, Worker *workers)
{
    if (pool)
        allocator_give_aligned(allocator, pool, sizeof *pool);
    if (segments)
        allocator_give_aligned(allocator, segments, (size_t)threads * sizeof *segments);
    allocator_give(allocator, workers, (size_t)threads, sizeof *workers);
}

ThreadPool *thread_pool_make(const StrataAllocator *allocator, int threads, StrataError *error)
{
    if (threads < 1 || threads > THREAD_LIMIT) {
        error_set(error, STRATA_USAGE, 0, "the number of threads is 1 to %d, got %d", THREAD_LIMIT, threads);
        return NULL;
    }
    ThreadPool *pool = allocator_take_aligned(allocator, sizeof *pool);
    Segment *segments = allocator_take_aligned(allocator, (size_t)threads * sizeof *segments);
    Worker *workers = allocator_take(allocator, (size_t)threads, sizeof *workers);
    if (!pool || !segments || !workers) {
        give_memory(allocator, threads, pool, segments, workers);
        error_memory(error, sizeof *pool + (size_t)threads * (sizeof *segments + sizeof *workers));
        return NULL;
    }
    *pool = (ThreadPool){.segments = segments, .allocator = *allocator, .workers = workers, .worker_capacity = threads - 1};
    pool->parallel = (Parallel){.run = run_parallel, .context = pool, .threads = threads};
    for (int i = 0; i < threads; i++)
        segments[i] = (Segment){0};
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
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 0; i < pool->worker_count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    StrataAllocator allocator = pool->allocator;
    give_memory(&allocator, pool->worker_capacity + 1, pool, pool->segments, pool->workers);
}

/* Prefetching; see prefetch.h. */
#include "train/prefetch.h"

#include "base/allocator.h"
#include "base/codes.h"
#include "base/error.h"

#include <pthread.h>

struct Prefetch {
    StrataAllocator allocator;
    const BatchPlan *plan;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool busy, ending;
    bool failed; /* the last batch, by `error` */
    StrataError error;
    BatchRequest request;
    void *const *buffers;
};

static void *work(void *context)
{
    Prefetch *prefetch = context;
    pthread_mutex_lock(&prefetch->mutex);
    while (true) {
        while (!prefetch->busy && !prefetch->ending)
            pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
        if (!prefetch->busy)
            break;
        pthread_mutex_unlock(&prefetch->mutex);
        prefetch->failed = !batch_fill(prefetch->plan, &prefetch->request, prefetch->buffers, &prefetch->error);
        pthread_mutex_lock(&prefetch->mutex);
        prefetch->busy = false;
        pthread_cond_broadcast(&prefetch->changed);
    }
    pthread_mutex_unlock(&prefetch->mutex);
    return NULL;
}

Prefetch *prefetch_make(const StrataAllocator *allocator, const BatchPlan *plan, StrataError *error)
{
    Prefetch *prefetch = allocator_take_zero(allocator, 1, sizeof *prefetch);
    if (!prefetch) {
        error_memory(error, sizeof *prefetch);
        return NULL;
    }
    prefetch->allocator = *allocator;
    prefetch->plan = plan;
    pthread_mutex_init(&prefetch->mutex, NULL);
    pthread_cond_init(&prefetch->changed, NULL);
    if (pthread_create(&prefetch->thread, NULL, work, prefetch) == 0)
        return prefetch;
    pthread_cond_destroy(&prefetch->changed);
    pthread_mutex_destroy(&prefetch->mutex);
    allocator_give(allocator, prefetch, 1, sizeof *prefetch);
    error_set(error, STRATA_MEMORY, E_MEMORY, "the system refuses a thread for reading ahead");
    return NULL;
}

void prefetch_start(Prefetch *prefetch, const BatchRequest *request, void *const *buffers)
{
    pthread_mutex_lock(&prefetch->mutex);
    prefetch->request = *request;
    prefetch->buffers = buffers;
    prefetch->busy = true;
    pthread_cond_broadcast(&prefetch->changed);
    pthread_mutex_unlock(&prefetch->mutex);
}

bool prefetch_wait(Prefetch *prefetch, StrataError *error)
{
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->busy)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    bool failed = prefetch->failed;
    prefetch->failed = false;
    if (failed)
        *error = prefetch->error;
    pthread_mutex_unlock(&prefetch->mutex);
    return !failed;
}

void prefetch_release(Prefetch *prefetch)
{
    if (!prefetch)
        return;
    StrataError ignored;
    prefetch_wait(prefetch, &ignored);
    pthread_mutex_lock(&prefetch->mutex);
    prefetch->ending = true;
    pthread_cond_broadcast(&prefetch->changed);
    pthread_mutex_unlock(&prefetch->mutex);
    pthread_join(prefetch->thread, NULL);
    pthread_cond_destroy(&prefetch->changed);
    pthread_mutex_destroy(&prefetch->mutex);
    StrataAllocator allocator = prefetch->allocator;
    allocator_give(&allocator, prefetch, 1, sizeof *prefetch);
}

/* Many calls of a built LeNet: `calls COUNT IMAGES`. Allocations are counted from before the first call; eight threads then run the same library at once, some
 * of them with a parallel loop of their own, and must have the same answers; at last, batches are shared among threads of the caller's. Prints the
 * median and the 99.9th percentile of the time of a call. */
#include "lenet.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 100, THREADS = 8, WORKERS = 3 };

static atomic_long allocations;

#ifdef __SANITIZE_THREAD__
/* Clang calls these by other names than the runtime of gcc has; the functions themselves are watched. */
void *__tsan_memset(void *to, int byte, size_t size);
void *__tsan_memset(void *to, int byte, size_t size)
{
    return memset(to, byte, size);
}
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    return memcpy(to, from, size);
}
#else
/* In the place of the C library's: counts, and hands on. */
void *malloc(size_t size)
{
    static void *(*next)(size_t);
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "malloc");
        memcpy(&next, &found, sizeof next);
    }
    atomic_fetch_add(&allocations, 1);
    return next(size);
}
#endif

static unsigned char pixels[SAMPLES][LENET_IMAGE_SIZE];
static float images[SAMPLES][LENET_IMAGE_SIZE], expected[SAMPLES][LENET_OUTPUT_SIZE];
_Alignas(LENET_ALIGNMENT) static unsigned char workspaces[THREADS][4 << 20];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int run_many(long count, double *times)
{
    long before = atomic_load(&allocations);
    for (long i = 0; i < count; i++) {
        double start = now();
        int error = lenet_run(images[i % SAMPLES], expected[i % SAMPLES], workspaces[0], 1);
        times[i] = now() - start;
        if (error)
            return error;
    }
    if (atomic_load(&allocations) != before)
        return printf("%ld allocations\n", atomic_load(&allocations) - before);
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("%ld calls, no allocation, median %.1f us, 99.9th percentile %.1f us\n", count, 1e6 * times[count / 2],
           1e6 * times[count * 999 / 1000]);
    return 0;
}

/* A parallel loop that takes its iterations backwards: any order must do. */
static void backwards(void *context, int64_t count, void (*task)(void *, int64_t), void *task_context)
{
    (void)context;
    while (count-- > 0)
        task(task_context, count);
}

typedef struct Thread {
    pthread_t thread;
    int number;
    int wrong;
} Thread;

static void *run_thread(void *context)
{
    Thread *self = context;
    lenet_parallel parallel = {backwards, NULL, 2};
    lenet_options options = {.parallel = self->number % 2 ? &parallel : NULL};
    float output[LENET_OUTPUT_SIZE];
    for (int i = 0; i < SAMPLES; i++) {
        int error = lenet_run_with(images[i], output, workspaces[self->number], 1, &options);
        self->wrong += error != 0 || memcmp(output, expected[i], sizeof output) != 0;
    }
    return NULL;
}

static int run_threads(void)
{
    Thread threads[THREADS];
    int wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (Thread){.number = i};
        if (pthread_create(&threads[i].thread, NULL, run_thread, &threads[i]) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i].thread, NULL);
        wrong += threads[i].wrong;
    }
    if (wrong)
        printf("%d answers of threads are others\n", wrong);
    return wrong;
}

/* ---- A parallel loop on threads ---- */

/* What is left of one loop: each thread takes the next iteration until there is none. */
typedef struct Loop {
    void (*task)(void *task_context, int64_t index);
    void *task_context;
    int64_t count;
    _Atomic int64_t next;
} Loop;

static void *take_iterations(void *context)
{
    Loop *loop = context;
    for (;;) {
        int64_t index = atomic_fetch_add(&loop->next, 1);
        if (index >= loop->count)
            return NULL;
        loop->task(loop->task_context, index);
    }
}

/* As a caller may do it: threads that are started for each loop, the calling one among them. Counts loops in `context`. */
static void on_threads(void *context, int64_t count, void (*task)(void *, int64_t), void *task_context)
{
    Loop loop = {.task = task, .task_context = task_context, .count = count};
    pthread_t threads[WORKERS - 1];
    int started = 0;
    ++*(long *)context;
    while (started < WORKERS - 1 && pthread_create(&threads[started], NULL, take_iterations, &loop) == 0)
        started++;
    take_iterations(&loop);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

/* Batches of every size up to all samples give what single samples gave. */
static int run_shared(void)
{
    static float outputs[SAMPLES][LENET_OUTPUT_SIZE];
    long loops = 0;
    lenet_parallel parallel = {on_threads, &loops, WORKERS};
    lenet_options options = {.parallel = &parallel};
    if (lenet_workspace_size(SAMPLES) > sizeof workspaces[0])
        return 2;
    for (size_t batch = 0; batch <= SAMPLES; batch += batch < 4 ? 1 : 32) {
        memset(outputs, 0xff, sizeof outputs);
        int error = lenet_run_with(images[0], outputs[0], workspaces[0], batch, &options);
        if (error || memcmp(outputs, expected, batch * sizeof outputs[0]) != 0)
            return printf("a batch of %zu on threads: error %d, or other answers\n", batch, error);
    }
    if (loops == 0)
        printf("no loop was run on threads\n");
    return loops == 0;
}

int main(int count, char **words)
{
    FILE *file = count == 3 ? fopen(words[2], "rb") : NULL;
    long calls = count == 3 ? atol(words[1]) : 0;
    double *times = malloc(sizeof *times * (size_t)(calls > SAMPLES ? calls : 1));
    if (!file || calls < SAMPLES || !times || fseek(file, 16, SEEK_SET) != 0 || fread(pixels, sizeof pixels, 1, file) != 1 ||
        lenet_workspace_size(1) > sizeof workspaces[0])
        return 2;
    fclose(file);
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < LENET_IMAGE_SIZE; k++)
            images[i][k] = (float)pixels[i][k] / 255;
    int failed = run_many(calls, times);
    free(times);
    return failed || run_threads() || run_shared();
}

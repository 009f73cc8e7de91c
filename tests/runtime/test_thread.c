/* The pool of threads; run under the thread sanitizer by the preset `thread`. */
#include "counting_allocator.h"
#include "tensor/tensor.h"
#include "thread/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { COUNT = 1000 };

static void square(void *context, int64_t index)
{
    ((int64_t *)context)[index] += index * index;
}

static void check_squares(const int64_t *results, int64_t times)
{
    for (int64_t i = 0; i < COUNT; i++)
        assert_true(results[i] == times * i * i);
}

static void each_index_runs_once(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error;
    for (int threads = 1; threads <= 8; threads++) {
        int64_t results[COUNT] = {0};
        ThreadPool *pool = thread_pool_make(&allocator, threads, &error);
        assert_int_equal(thread_pool_threads(pool), threads);
        for (int round = 0; round < 50; round++)
            thread_pool_run(pool, COUNT, square, results);
        thread_pool_run(pool, 0, square, results);
        thread_pool_release(pool);
        check_squares(results, 50);
    }
    assert_true(counting_clean(&counting));
}

static void null_pool_runs_here(void **state)
{
    (void)state;
    int64_t results[COUNT] = {0};
    thread_pool_run(NULL, COUNT, square, results);
    check_squares(results, 1);
    assert_int_equal(thread_pool_threads(NULL), 1);
    thread_pool_release(NULL);
}

typedef struct Nested {
    ThreadPool *pool;
    atomic_int_fast64_t sum;
} Nested;

static void add(void *context, int64_t index)
{
    atomic_fetch_add(&((Nested *)context)->sum, index);
}

static void add_inside(void *context, int64_t index)
{
    (void)index;
    thread_pool_run(((Nested *)context)->pool, 10, add, context);
}

static void loop_inside_a_loop_ends(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Nested nested = {.pool = thread_pool_make(&allocator, 4, NULL)};
    thread_pool_run(nested.pool, 100, add_inside, &nested);
    assert_int_equal(nested.sum, 100 * 45);
    thread_pool_release(nested.pool);
}

static void *run_loops(void *context)
{
    int64_t results[COUNT] = {0};
    for (int round = 0; round < 100; round++)
        thread_pool_run(context, COUNT, square, results);
    for (int64_t i = 0; i < COUNT; i++) {
        if (results[i] != 100 * i * i)
            return context;
    }
    return NULL;
}

static void several_callers_share_a_pool(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    ThreadPool *pool = thread_pool_make(&allocator, 3, NULL);
    pthread_t callers[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, run_loops, pool), 0);
    for (int i = 0; i < 3; i++) {
        void *failed;
        pthread_join(callers[i], &failed);
        assert_null(failed);
    }
    thread_pool_release(pool);
}

static void idle_pool_sleeps(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    ThreadPool *pool = thread_pool_make(&allocator, 4, NULL);
    int64_t results[COUNT] = {0};
    thread_pool_run(pool, COUNT, square, results);
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    double used = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    assert_true(used < 0.1); /* three spinning threads would use 0.2 to 0.6 */
    thread_pool_release(pool);
}

/* Loops at all distances from the time that workers look before they sleep: none is missed, none is entered twice. */
static void loops_wake_sleeping_threads(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    ThreadPool *pool = thread_pool_make(&allocator, 3, NULL);
    int64_t results[COUNT] = {0};
    for (int round = 0; round < 100; round++) {
        nanosleep(&(struct timespec){.tv_nsec = (long)round * 2000}, NULL);
        thread_pool_run(pool, COUNT, square, results);
    }
    check_squares(results, 100);
    thread_pool_release(pool);
}

static void hold_and_let_go(void *context, int64_t index)
{
    Tensor *kept = tensor_retain(context);
    Tensor *view = tensor_rows(kept, index % 4, 1, NULL);
    tensor_release(kept);
    tensor_release(view);
}

static void tensors_are_counted_across_threads(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    ThreadPool *pool = thread_pool_make(&allocator, 4, NULL);
    Tensor *tensor = tensor_make(&allocator, STRATA_FLOAT32, 2, (int64_t[]){4, 5}, NULL);
    thread_pool_run(pool, COUNT, hold_and_let_go, tensor);
    assert_int_equal(tensor->owners, 1);
    tensor_release(tensor);
    thread_pool_release(pool);
}

static void failed_allocations_and_wrong_counts_are_errors(void **state)
{
    (void)state;
    for (long fail_at = 1; fail_at <= 3; fail_at++) {
        Counting counting = {.fail_at = fail_at};
        StrataAllocator allocator = counting_allocator(&counting);
        StrataError error;
        assert_null(thread_pool_make(&allocator, 2, &error));
        assert_int_equal(error.status, STRATA_MEMORY);
        assert_true(counting_clean(&counting));
    }
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    assert_null(thread_pool_make(&allocator, 0, &error));
    assert_null(thread_pool_make(&allocator, THREAD_LIMIT + 1, &error));
    assert_int_equal(error.status, STRATA_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_index_runs_once),
        cmocka_unit_test(null_pool_runs_here),
        cmocka_unit_test(loop_inside_a_loop_ends),
        cmocka_unit_test(several_callers_share_a_pool),
        cmocka_unit_test(idle_pool_sleeps),
        cmocka_unit_test(loops_wake_sleeping_threads),
        cmocka_unit_test(tensors_are_counted_across_threads),
        cmocka_unit_test(failed_allocations_and_wrong_counts_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

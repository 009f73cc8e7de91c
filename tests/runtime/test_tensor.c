/* Tensors, their conversions and sets of them. */
#include "base/codes.h"
#include "counting_allocator.h"
#include "tensor/convert.h"
#include "tensor/tensor_set.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void made_tensor_is_zero_and_aligned(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        Tensor *tensor = tensor_make(&allocator, (TensorKind)kind, 3, (int64_t[]){2, 3, 5}, &error);
        assert_non_null(tensor);
        assert_int_equal(tensor->elements, 30);
        assert_int_equal((uintptr_t)tensor->data % 64, 0);
        for (size_t i = 0; i < tensor_bytes(tensor); i++)
            assert_int_equal(((unsigned char *)tensor->data)[i], 0);
        tensor_release(tensor);
    }
    assert_true(counting_clean(&counting));
}

static void scalar_and_empty_batch_exist(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Tensor *scalar = strata_tensor_make(&allocator, STRATA_FLOAT64, 0, NULL, &error);
    assert_non_null(scalar);
    assert_int_equal(strata_tensor_elements(scalar), 1);
    Tensor *empty = strata_tensor_make(&allocator, STRATA_UINT8, 3, (int64_t[]){0, 28, 28}, &error);
    assert_non_null(empty);
    assert_int_equal(strata_tensor_elements(empty), 0);
    assert_int_equal(strata_tensor_size(empty, 1), 28);
    assert_int_equal(strata_tensor_size(empty, 3), 0);
    Tensor *rows = tensor_rows(empty, 0, 0, &error);
    assert_non_null(rows);
    tensor_release(rows);
    tensor_release(empty);
    tensor_release(scalar);
}

static void impossible_shapes_are_refused(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    const int64_t huge = INT64_C(1) << 62;
    const int64_t shapes[][3] = {
        {huge, 1, 1}, {huge, huge, huge}, {0, huge, huge}, {-1, 2, 2}, {INT64_C(1) << 31, INT64_C(1) << 31, 2}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        StrataError error;
        assert_null(strata_tensor_make(&allocator, STRATA_FLOAT32, 3, shapes[i], &error));
        assert_int_equal(error.status, STRATA_INVALID);
        assert_int_equal(error.code, E_TENSOR_SIZE);
    }
    StrataError error;
    assert_null(strata_tensor_make(&allocator, STRATA_FLOAT32, 9, (int64_t[9]){1, 1, 1, 1, 1, 1, 1, 1, 1}, &error));
    assert_int_equal(error.code, E_TENSOR_SIZE);
    assert_null(strata_tensor_make(&allocator, (StrataKind)99, 1, (int64_t[]){1}, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    assert_null(strata_tensor_make(NULL, STRATA_FLOAT32, 0, NULL, &error));
    assert_int_equal(error.status, STRATA_USAGE);
}

static void views_share_and_keep_the_memory(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error;
    Tensor *whole = tensor_make(&allocator, STRATA_INT32, 2, (int64_t[]){4, 3}, &error);
    for (int i = 0; i < 12; i++)
        ((int32_t *)whole->data)[i] = i;
    Tensor *middle = tensor_rows(whole, 1, 2, &error);
    Tensor *flat = tensor_reshape(middle, 1, (int64_t[]){6}, &error);
    Tensor *copy = tensor_copy(flat, &error);
    tensor_release(whole);
    tensor_release(middle);
    ((int32_t *)flat->data)[0] = 100;
    assert_int_equal(((int32_t *)flat->data)[5], 8);
    assert_int_equal(((int32_t *)copy->data)[0], 3);
    assert_null(tensor_rows(flat, 4, 3, &error));
    assert_null(tensor_rows(flat, -1, 1, &error));
    assert_null(tensor_reshape(flat, 2, (int64_t[]){4, 2}, &error));
    tensor_release(flat);
    tensor_release(copy);
    assert_true(counting_clean(&counting));
}

/* 1.0/255 is not exact, and its product with a byte may be a hair off; rounded to single precision it must be the nearest to b/255. */
static void bytes_scale_to_the_nearest_float(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Tensor *bytes = tensor_make(&allocator, STRATA_UINT8, 1, (int64_t[]){256}, &error);
    for (int i = 0; i < 256; i++)
        ((uint8_t *)bytes->data)[i] = (uint8_t)i;
    Tensor *reals = tensor_convert(bytes, STRATA_FLOAT32, 1.0 / 255, &error);
    assert_non_null(reals);
    for (int i = 0; i < 256; i++)
        assert_true(((float *)reals->data)[i] == (float)i / 255.0F);
    tensor_release(bytes);
    tensor_release(reals);
}

static Tensor *single_entry(TensorKind kind, double number)
{
    StrataAllocator allocator = strata_default_allocator();
    Tensor *tensor = tensor_make(&allocator, STRATA_FLOAT64, 1, (int64_t[]){1}, NULL);
    *(double *)tensor->data = number;
    Tensor *result = tensor_convert(tensor, kind, 1, NULL);
    tensor_release(tensor);
    return result;
}

static void integers_hold_what_is_whole_and_in_range(void **state)
{
    (void)state;
    const struct {
        TensorKind kind;
        double number;
        bool fits;
    } cases[] = {
        {STRATA_UINT8, 255, true},
        {STRATA_UINT8, 256, false},
        {STRATA_UINT8, -1, false},
        {STRATA_UINT8, 0.5, false},
        {STRATA_BOOL, 1, true},
        {STRATA_BOOL, 2, false},
        {STRATA_INT32, 2147483647, true},
        {STRATA_INT32, 2147483648.0, false},
        {STRATA_INT32, -2147483648.0, true},
        {STRATA_INT64, -0x1p63, true},
        {STRATA_INT64, 0x1p63, false},
        {STRATA_INT64, NAN, false},
        {STRATA_INT64, INFINITY, false},
        {STRATA_FLOAT32, INFINITY, true},
        {STRATA_FLOAT32, NAN, true},
        {STRATA_FLOAT32, 1e39, false},
        {STRATA_FLOAT32, 0x1.fffffep127, true},
        {STRATA_FLOAT32, 0x1.fffffefp127, true},
        {STRATA_FLOAT32, -0x1.ffffffp127, false},
        {STRATA_COMPLEX64, 1e39, false},
        {STRATA_COMPLEX128, 1e39, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Tensor *tensor = single_entry(cases[i].kind, cases[i].number);
        if ((tensor != NULL) != cases[i].fits)
            fail_msg("case %zu: %g to %s", i, cases[i].number, kind_name(cases[i].kind));
        tensor_release(tensor);
    }
}

static void long_integers_convert_exactly(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Tensor *longs = tensor_make(&allocator, STRATA_INT64, 1, (int64_t[]){2}, &error);
    ((int64_t *)longs->data)[0] = INT64_MAX;
    ((int64_t *)longs->data)[1] = (INT64_C(1) << 53) + 1;
    Tensor *same = tensor_convert(longs, STRATA_INT64, 1, &error);
    assert_memory_equal(same->data, longs->data, 16);
    assert_null(tensor_convert(longs, STRATA_INT32, 1, &error));
    assert_int_equal(error.code, E_ENTRY_RANGE);
    tensor_release(same);
    tensor_release(longs);
}

static void real_becomes_complex_but_not_the_reverse(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    Tensor *real = tensor_make(&allocator, STRATA_FLOAT32, 1, (int64_t[]){300}, &error);
    for (int i = 0; i < 300; i++)
        ((float *)real->data)[i] = (float)i;
    Tensor *pairs = tensor_convert(real, STRATA_COMPLEX128, 2, &error);
    for (int i = 0; i < 300; i++) {
        assert_true(((double *)pairs->data)[2 * i] == 2 * i);
        assert_true(((double *)pairs->data)[2 * i + 1] == 0);
    }
    Tensor *narrow = tensor_convert(pairs, STRATA_COMPLEX64, 1, &error);
    assert_true(((float *)narrow->data)[598] == 598);
    assert_null(tensor_convert(narrow, STRATA_FLOAT32, 1, &error));
    assert_int_equal(error.code, E_ENTRY_RANGE);
    tensor_release(narrow);
    tensor_release(pairs);
    tensor_release(real);
}

static void set_finds_thousands_of_names_in_order(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error;
    TensorSet *set = tensor_set_make(&allocator, &error);
    char name[32];
    for (int i = 0; i < 3000; i++) {
        Tensor *tensor = tensor_make(&allocator, STRATA_INT32, 0, NULL, &error);
        *(int32_t *)tensor->data = i;
        snprintf(name, sizeof name, "layer%d.weight", i);
        assert_true(tensor_set_add(set, name, tensor, &error));
        tensor_release(tensor);
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "layer%d.weight", i);
        assert_int_equal(*(int32_t *)tensor_set_find(set, name)->data, i);
        assert_string_equal(strata_tensor_set_name(set, i), name);
    }
    assert_null(tensor_set_find(set, "layer3000.weight"));
    assert_null(strata_tensor_set_tensor(set, 3000));
    assert_false(tensor_set_add(set, "layer7.weight", tensor_set_find(set, "layer8.weight"), &error));
    assert_int_equal(error.code, E_NAME_TWICE);
    tensor_set_release(set);
    assert_true(counting_clean(&counting));
}

static void set_stacks_equal_tensors_only(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    TensorSet *set = tensor_set_make(&allocator, &error);
    assert_null(tensor_set_stack(set, &error));
    for (int i = 0; i < 3; i++) {
        Tensor *tensor = tensor_make(&allocator, STRATA_UINT8, 1, (int64_t[]){2}, &error);
        memset(tensor->data, i, 2);
        assert_true(tensor_set_add(set, i == 0 ? "a" : i == 1 ? "b" : "c", tensor, &error));
        tensor_release(tensor);
    }
    Tensor *stack = tensor_set_stack(set, &error);
    assert_int_equal(stack->rank, 2);
    assert_memory_equal(stack->data, "\0\0\1\1\2\2", 6);
    tensor_release(stack);
    Tensor *longer = tensor_make(&allocator, STRATA_UINT8, 1, (int64_t[]){3}, &error);
    assert_true(tensor_set_add(set, "odd.png", longer, &error));
    tensor_release(longer);
    assert_null(tensor_set_stack(set, &error));
    assert_int_equal(error.code, E_PICTURES_DIFFER);
    assert_non_null(strstr(error.message, "odd.png"));
    tensor_set_release(set);
}

/* Makes one of everything; false when memory ended. */
static bool exercise(const StrataAllocator *allocator, StrataError *error)
{
    TensorSet *set = tensor_set_make(allocator, error);
    Tensor *tensor = set ? tensor_make(allocator, STRATA_FLOAT32, 1, (int64_t[]){4}, error) : NULL;
    Tensor *wide = tensor ? tensor_convert(tensor, STRATA_FLOAT64, 1, error) : NULL;
    Tensor *view = wide ? tensor_reshape(wide, 2, (int64_t[]){2, 2}, error) : NULL;
    bool done = view && tensor_set_add(set, "a", view, error) && tensor_set_add(set, "b", view, error) &&
                tensor_set_omit(set, "c", "text", error);
    Tensor *stack = done ? tensor_set_stack(set, error) : NULL;
    done = stack != NULL;
    tensor_release(stack);
    tensor_release(view);
    tensor_release(wide);
    tensor_release(tensor);
    tensor_set_release(set);
    return done;
}

static void every_failed_allocation_is_an_error_without_a_leak(void **state)
{
    (void)state;
    for (long fail_at = 1;; fail_at++) {
        Counting counting = {.fail_at = fail_at};
        StrataAllocator allocator = counting_allocator(&counting);
        StrataError error = {0};
        bool done = exercise(&allocator, &error);
        assert_true(counting_clean(&counting));
        if (done) {
            assert_true(fail_at > 10);
            return;
        }
        assert_int_equal(error.status, STRATA_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_tensor_is_zero_and_aligned),
        cmocka_unit_test(scalar_and_empty_batch_exist),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(views_share_and_keep_the_memory),
        cmocka_unit_test(bytes_scale_to_the_nearest_float),
        cmocka_unit_test(integers_hold_what_is_whole_and_in_range),
        cmocka_unit_test(long_integers_convert_exactly),
        cmocka_unit_test(real_becomes_complex_but_not_the_reverse),
        cmocka_unit_test(set_finds_thousands_of_names_in_order),
        cmocka_unit_test(set_stacks_equal_tensors_only),
        cmocka_unit_test(every_failed_allocation_is_an_error_without_a_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

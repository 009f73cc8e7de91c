/* npy, npz, IDX and safetensors, on small files that NumPy and the safetensors library wrote (tests/runtime/files). */
#include "base/codes.h"
#include "counting_allocator.h"
#include "file/format.h"
#include "file/idx.h"
#include "file/npy.h"
#include "file/safetensors.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FILES "tests/runtime/files/"

static Tensor *read_good(const char *path, TensorKind kind, int rank)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    Tensor *tensor = strata_tensor_read(&allocator, path, &error);
    if (!tensor)
        fail_msg("%s", error.message);
    assert_int_equal(tensor->kind, kind);
    assert_int_equal(tensor->rank, rank);
    return tensor;
}

static void refuse(const char *path, int code)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    Tensor *tensor = strata_tensor_read(&allocator, path, &error);
    assert_null(tensor);
    if (error.code != code || !strstr(error.message, path))
        fail_msg("%s: expected E%04d, got E%04d: %s", path, code, error.code, error.message);
}

static void expect_integers(const char *path, TensorKind kind, int64_t count, const int64_t *numbers)
{
    Tensor *tensor = read_good(path, kind, 1);
    assert_int_equal(tensor->elements, count);
    for (int64_t i = 0; i < count; i++) {
        int64_t number = kind == STRATA_INT64   ? ((int64_t *)tensor->data)[i]
                         : kind == STRATA_INT32 ? ((int32_t *)tensor->data)[i]
                                                : ((uint8_t *)tensor->data)[i];
        assert_true(number == numbers[i]);
    }
    tensor_release(tensor);
}

static void npy_reads_every_integer_kind(void **state)
{
    (void)state;
    expect_integers(FILES "int8.npy", STRATA_INT32, 4, (int64_t[]){-128, -1, 0, 127});
    expect_integers(FILES "int16-big-endian.npy", STRATA_INT32, 4, (int64_t[]){-32768, -1, 0, 32767});
    expect_integers(FILES "int32.npy", STRATA_INT32, 4, (int64_t[]){INT32_MIN, -1, 0, INT32_MAX});
    expect_integers(FILES "int64.npy", STRATA_INT64, 4, (int64_t[]){INT64_MIN, -1, 0, INT64_MAX});
    expect_integers(FILES "uint8.npy", STRATA_UINT8, 3, (int64_t[]){0, 1, 255});
    expect_integers(FILES "uint16.npy", STRATA_INT32, 3, (int64_t[]){0, 1, 65535});
    expect_integers(FILES "uint32.npy", STRATA_INT64, 3, (int64_t[]){0, 1, UINT32_MAX});
    expect_integers(FILES "uint64.npy", STRATA_INT64, 3, (int64_t[]){0, 1, INT64_MAX});
    expect_integers(FILES "bool.npy", STRATA_BOOL, 3, (int64_t[]){1, 0, 1});
    refuse(FILES "uint64-large.npy", E_ENTRY_RANGE);
}

static void npy_reads_orders_of_bytes_and_axes(void **state)
{
    (void)state;
    Tensor *tensor = read_good(FILES "single.npy", STRATA_FLOAT32, 2);
    for (int i = 0; i < 6; i++)
        assert_true(((float *)tensor->data)[i] == (float)i - 2.5F);
    tensor_release(tensor);
    tensor = read_good(FILES "double-big-endian.npy", STRATA_FLOAT64, 2);
    for (int i = 0; i < 6; i++)
        assert_true(((double *)tensor->data)[i] == i / 8.0 - 0.25);
    tensor_release(tensor);
    tensor = read_good(FILES "half-fortran.npy", STRATA_FLOAT32, 2);
    assert_int_equal(tensor->size[1], 3);
    for (int i = 0; i < 6; i++)
        assert_true(((float *)tensor->data)[i] == (float)i / 2);
    tensor_release(tensor);
    tensor = read_good(FILES "fortran-3d.npy", STRATA_INT32, 3);
    for (int i = 0; i < 24; i++)
        assert_int_equal(((int32_t *)tensor->data)[i], i);
    tensor_release(tensor);
}

static void npy_reads_complex_scalar_empty_and_later_versions(void **state)
{
    (void)state;
    Tensor *tensor = read_good(FILES "complex64.npy", STRATA_COMPLEX64, 1);
    assert_memory_equal(tensor->data, ((float[]){1, 2, -0.0F, -3.5F}), 16);
    tensor_release(tensor);
    tensor = read_good(FILES "complex128-big-endian.npy", STRATA_COMPLEX128, 1);
    assert_true(((double *)tensor->data)[1] == 2 && ((double *)tensor->data)[3] == -3.5);
    tensor_release(tensor);
    tensor = read_good(FILES "scalar.npy", STRATA_FLOAT64, 0);
    assert_true(*(double *)tensor->data == 7.5);
    tensor_release(tensor);
    tensor = read_good(FILES "empty.npy", STRATA_FLOAT32, 2);
    assert_int_equal(tensor->size[0], 0);
    tensor_release(tensor);
    for (int version = 2; version <= 3; version++) {
        tensor = read_good(version == 2 ? FILES "version2.npy" : FILES "version3.npy", STRATA_FLOAT32, 1);
        assert_memory_equal(tensor->data, ((float[]){0, 1, 2}), 12);
        tensor_release(tensor);
    }
}

static void npy_refuses_what_is_no_number(void **state)
{
    (void)state;
    refuse(FILES "text.npy", E_NPY_KIND);
    refuse(FILES "object.npy", E_NPY_KIND);
    refuse(FILES "record.npy", E_NPY_KIND);
    refuse(FILES "date.npy", E_NPY_KIND);
}

static void idx_reads_every_type_and_gzip(void **state)
{
    (void)state;
    expect_integers(FILES "labels.idx", STRATA_UINT8, 3, (int64_t[]){7, 0, 9});
    expect_integers(FILES "signed.idx", STRATA_INT32, 2, (int64_t[]){-128, 127});
    expect_integers(FILES "short.idx", STRATA_INT32, 2, (int64_t[]){-32768, 5});
    expect_integers(FILES "int.idx", STRATA_INT32, 2, (int64_t[]){INT32_MIN, 5});
    Tensor *tensor = read_good(FILES "images.idx.gz", STRATA_UINT8, 3);
    assert_int_equal(tensor->size[2], 3);
    assert_int_equal(((uint8_t *)tensor->data)[11], 11);
    tensor_release(tensor);
    tensor = read_good(FILES "float.idx", STRATA_FLOAT32, 2);
    assert_memory_equal(tensor->data, ((float[]){1.5F, -2}), 8);
    tensor_release(tensor);
    tensor = read_good(FILES "double.idx", STRATA_FLOAT64, 1);
    assert_true(*(double *)tensor->data == 0.1);
    tensor_release(tensor);
}

static void safetensors_reads_what_its_library_wrote(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error = {0};
    TensorSet *set = strata_tensor_set_read(&allocator, FILES "small.safetensors", &error);
    if (!set)
        fail_msg("%s", error.message);
    assert_int_equal(set->count, 4);
    assert_string_equal(strata_tensor_set_name(set, 1), "conv1.weight");
    const Tensor *weight = tensor_set_find(set, "conv1.weight");
    assert_int_equal(weight->kind, STRATA_FLOAT32);
    assert_memory_equal(weight->data, ((float[]){0, 1, 2, 3, 4, 5}), 24);
    assert_memory_equal(tensor_set_find(set, "conv1.bias")->data, ((float[]){1, -1}), 8);
    assert_true(*(int64_t *)tensor_set_find(set, "steps")->data == 3);
    assert_memory_equal(tensor_set_find(set, "mask")->data, "\1\0\1", 3);
    assert_ptr_equal(weight->block, tensor_set_find(set, "steps")->block);
    Tensor *kept = tensor_retain(tensor_set_find(set, "conv1.weight"));
    tensor_set_release(set);
    assert_true(((float *)kept->data)[5] == 5);
    tensor_release(kept);
    assert_true(counting_clean(&counting));
}

static void npy_returns_what_was_written(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    char path[PATH_ROOM];
    path_in(path, *state, "tensor.npy");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (int rank = 0; rank <= STRATA_RANK_LIMIT; rank++) {
            StrataError error = {0};
            const int64_t sizes[STRATA_RANK_LIMIT] = {3, 1, 2, 1, 2, 1, 1, 2};
            Tensor *tensor = tensor_make(&allocator, (TensorKind)kind, rank, sizes, &error);
            for (size_t i = 0; i < tensor_bytes(tensor); i++)
                ((unsigned char *)tensor->data)[i] = kind == STRATA_BOOL ? i % 2 : (unsigned char)(i * 37 % 100);
            if (!strata_tensor_write(tensor, path, &error))
                fail_msg("%s", error.message);
            Tensor *again = read_good(path, (TensorKind)kind, rank);
            assert_true(tensor_same_shape(tensor, again));
            assert_memory_equal(tensor->data, again->data, tensor_bytes(tensor));
            tensor_release(tensor);
            tensor_release(again);
        }
    }
    assert_int_equal(count_entries(*state), 1);
}

static void safetensors_returns_what_was_written(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    char path[PATH_ROOM];
    path_in(path, *state, "set.safetensors");
    TensorSet *set = tensor_set_make(&allocator, &error);
    const TensorKind kinds[] = {STRATA_UINT8, STRATA_FLOAT64, STRATA_BOOL,     STRATA_FLOAT32,
                                STRATA_INT32, STRATA_INT64,   STRATA_COMPLEX64};
    for (int i = 0; i < 7; i++) {
        Tensor *tensor = tensor_make(&allocator, kinds[i], i % 3, (int64_t[]){3, i}, &error);
        memset(tensor->data, 1, tensor_bytes(tensor));
        assert_true(tensor_set_add(set, i == 0 ? "a \"quoted\" \\ name, \xC3\xA9" : kind_name(kinds[i]), tensor, &error));
        tensor_release(tensor);
    }
    if (!strata_tensor_set_write(set, path, &error))
        fail_msg("%s", error.message);
    TensorSet *again = strata_tensor_set_read(&allocator, path, &error);
    if (!again)
        fail_msg("%s", error.message);
    assert_int_equal(again->count, 7);
    for (int i = 0; i < 7; i++) {
        assert_string_equal(set->items[i].name, again->items[i].name);
        assert_int_equal(again->items[i].tensor->kind, kinds[i]);
        assert_true(tensor_same_shape(set->items[i].tensor, again->items[i].tensor));
        assert_memory_equal(set->items[i].tensor->data, again->items[i].tensor->data, tensor_bytes(set->items[i].tensor));
    }
    tensor_set_release(again);
    tensor_set_release(set);
}

static TensorSet *read_set(const char *path)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    TensorSet *set = strata_tensor_set_read(&allocator, path, &error);
    if (!set)
        fail_msg("%s", error.message);
    return set;
}

static void npz_reads_stored_and_deflated_members(void **state)
{
    (void)state;
    TensorSet *set = read_set(FILES "stored.npz");
    assert_int_equal(set->count, 2);
    assert_string_equal(set->items[0].name, "weight");
    assert_memory_equal(set->items[0].tensor->data, ((float[]){0, 1, 2, 3, 4, 5}), 24);
    assert_memory_equal(tensor_set_find(set, "bias")->data, ((double[]){0.5, -1}), 16);
    assert_null(tensor_set_find(set, "note"));
    assert_non_null(strstr(tensor_set_omitted(set, "note"), "text"));
    assert_null(tensor_set_omitted(set, "weight"));
    tensor_set_release(set);
    set = read_set(FILES "deflated.npz");
    for (int i = 0; i < 600; i++)
        assert_true(((float *)tensor_set_find(set, "weight")->data)[i] == (float)i);
    assert_int_equal(tensor_set_find(set, "labels")->kind, STRATA_INT64);
    tensor_set_release(set);
}

static void refuse_set(const char *path, int code)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    assert_null(strata_tensor_set_read(&allocator, path, &error));
    if (error.code != code || !strstr(error.message, path))
        fail_msg("%s: expected E%04d, got E%04d: %s", path, code, error.code, error.message);
}

static void npz_reads_64_bit_archives_and_refuses_the_rest(void **state)
{
    (void)state;
    TensorSet *set = read_set(FILES "zip64.npz");
    assert_memory_equal(tensor_set_find(set, "x")->data, ((float[]){0, 1, 2}), 12);
    tensor_set_release(set);
    refuse_set(FILES "encrypted.npz", E_NPZ_FEATURE);
    refuse_set(FILES "lzma.npz", E_NPZ_FEATURE);
    refuse_set(FILES "twice.npz", E_NAME_TWICE);
    refuse_set(FILES "overlap.npz", E_NPZ_DAMAGED);
}

static void npz_returns_what_was_written(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    char path[PATH_ROOM];
    path_in(path, *state, "set.npz");
    TensorSet *set = tensor_set_make(&allocator, &error);
    for (int count = 0; count <= KIND_COUNT; count++) {
        if (!strata_tensor_set_write(set, path, &error))
            fail_msg("%s", error.message);
        TensorSet *again = read_set(path);
        assert_int_equal(again->count, count);
        for (int i = 0; i < count; i++) {
            const Tensor *tensor = tensor_set_find(again, kind_name((TensorKind)i));
            assert_true(tensor_same_shape(tensor, set->items[i].tensor));
            assert_memory_equal(tensor->data, set->items[i].tensor->data, tensor_bytes(tensor));
        }
        tensor_set_release(again);
        if (count == KIND_COUNT)
            break;
        Tensor *tensor = tensor_make(&allocator, (TensorKind)count, 2, (int64_t[]){count, 3}, &error);
        memset(tensor->data, 1, tensor_bytes(tensor));
        assert_true(tensor_set_add(set, kind_name((TensorKind)count), tensor, &error));
        tensor_release(tensor);
    }
    tensor_set_release(set);
}

static void wrong_sort_of_file_is_said(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    refuse(FILES "stored.npz", E_FORMAT_UNKNOWN);
    refuse(FILES "small.safetensors", E_FORMAT_UNKNOWN);
    refuse(FILES "README.md", E_FORMAT_UNKNOWN);
    refuse(FILES "no-such-file", E_FILE_READ);
    refuse("tests/runtime", E_FILE_READ);
    assert_null(strata_tensor_set_read(&allocator, FILES "single.npy", &error));
    assert_int_equal(error.code, E_FORMAT_UNKNOWN);
    Tensor *tensor = read_good(FILES "single.npy", STRATA_FLOAT32, 2);
    assert_false(strata_tensor_write(tensor, "weights.txt", &error));
    assert_int_equal(error.status, STRATA_USAGE);
    tensor_release(tensor);
}

/* Names in files may hold anything; in a message they must not act on a terminal. */
static void messages_hold_no_control_characters(void **state)
{
    char path[PATH_ROOM];
    FILE *file = fopen(path_in(path, *state, "a.safetensors"), "wb");
    const char header[] = "{\"\\u001b[2J\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}";
    fputc((int)strlen(header), file);
    fwrite("\0\0\0\0\0\0", 1, 7, file);
    fputs(header, file);
    fputs("12345678", file);
    fclose(file);
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    assert_null(strata_tensor_set_read(&allocator, path, &error));
    assert_int_equal(error.code, E_SAFETENSORS_DAMAGED);
    assert_non_null(strstr(error.message, "'?[2J'"));
}

/* Standard input has no size beforehand: more than the first block of it must arrive whole. */
static void standard_input_is_read_to_its_end(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    char path[PATH_ROOM];
    char command[PATH_ROOM];
    Tensor *tensor = tensor_make(&allocator, STRATA_INT32, 2, (int64_t[]){300, 400}, &error);
    for (int i = 0; i < 300 * 400; i++)
        ((int32_t *)tensor->data)[i] = i;
    assert_true(strata_tensor_write(tensor, path_in(path, *state, "large.npy"), &error));
    snprintf(command, sizeof command, "cat %.400s", path);
    FILE *pipe = popen(command, "r");
    int standard_input = dup(STDIN_FILENO);
    dup2(fileno(pipe), STDIN_FILENO);
    Tensor *again = strata_tensor_read(&allocator, "-", &error);
    dup2(standard_input, STDIN_FILENO);
    close(standard_input);
    pclose(pipe);
    if (!again)
        fail_msg("%s", error.message);
    assert_memory_equal(tensor->data, again->data, tensor_bytes(tensor));
    tensor_release(again);
    tensor_release(tensor);
}

static void null_pointers_are_wrong_calls(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    assert_null(strata_tensor_read(&allocator, NULL, &error));
    assert_int_equal(error.status, STRATA_USAGE);
    assert_null(strata_tensor_set_read(NULL, "x.npz", &error));
    assert_int_equal(error.status, STRATA_USAGE);
    assert_false(strata_tensor_write(NULL, "x.npy", &error));
    assert_false(strata_tensor_set_write(NULL, "x.npz", &error));
    assert_false(strata_tensor_set_add(NULL, "x", NULL, &error));
    assert_null(strata_tensor_convert(NULL, STRATA_FLOAT32, 1, &error));
    assert_null(strata_tensor_copy(NULL, &error));
    assert_null(strata_tensor_set_stack(NULL, NULL));
    strata_tensor_release(NULL);
    strata_tensor_set_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npy_reads_every_integer_kind),
        cmocka_unit_test(npy_reads_orders_of_bytes_and_axes),
        cmocka_unit_test(npy_reads_complex_scalar_empty_and_later_versions),
        cmocka_unit_test(npy_refuses_what_is_no_number),
        cmocka_unit_test(idx_reads_every_type_and_gzip),
        cmocka_unit_test(safetensors_reads_what_its_library_wrote),
        cmocka_unit_test(npz_reads_stored_and_deflated_members),
        cmocka_unit_test(null_pointers_are_wrong_calls),
        cmocka_unit_test_setup_teardown(standard_input_is_read_to_its_end, make_folder, remove_folder),
        cmocka_unit_test(npz_reads_64_bit_archives_and_refuses_the_rest),
        cmocka_unit_test(wrong_sort_of_file_is_said),
        cmocka_unit_test_setup_teardown(messages_hold_no_control_characters, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(npz_returns_what_was_written, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(npy_returns_what_was_written, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(safetensors_returns_what_was_written, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

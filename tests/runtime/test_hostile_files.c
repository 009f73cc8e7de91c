/* Files that lie: cut off at every byte, every byte changed, headers with impossible sizes, and memory that ends at every point.
 * Nothing may crash or leak, or take memory that the file cannot fill. */
#include "base/codes.h"
#include "counting_allocator.h"
#include "file/element.h"
#include "file/format.h"
#include "file/safetensors.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>

#include <cmocka.h>

#define FILES "tests/runtime/files/"

static const char *const tensor_files[] = {FILES "single.npy",        FILES "half-fortran.npy", FILES "uint64.npy",
                                           FILES "bool.npy",          FILES "version2.npy",     FILES "complex128-big-endian.npy",
                                           FILES "images.idx.gz",     FILES "double.idx",       FILES "grey-1.png",
                                           FILES "palette-alpha.png", FILES "rgb-16.png",       FILES "rgb-interlaced.png"};
static const char *const set_files[] = {FILES "small.safetensors", FILES "stored.npz", FILES "deflated.npz", FILES "zip64.npz"};

enum {
    TENSOR_FILES = sizeof tensor_files / sizeof *tensor_files,
    SET_FILES = sizeof set_files / sizeof *set_files,
    FILE_ROOM = 4096
};

static size_t load(const char *path, unsigned char bytes[FILE_ROOM])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, FILE_ROOM, file);
    fclose(file);
    assert_true(size > 0 && size < FILE_ROOM);
    return size;
}

static void save(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Reads a file whose sort is known; gives whether that worked, and checks that an error is said well and nothing is left. */
static bool reads(const char *path, bool set, Counting *counting, StrataError *error)
{
    StrataAllocator allocator = counting_allocator(counting);
    error_clear(error);
    Tensor *tensor = set ? NULL : strata_tensor_read(&allocator, path, error);
    TensorSet *tensors = set ? strata_tensor_set_read(&allocator, path, error) : NULL;
    bool done = tensor || tensors;
    tensor_release(tensor);
    tensor_set_release(tensors);
    assert_true(counting_clean(counting));
    if (done != (error->status == STRATA_OK) || (!done && (error->code == 0 || error->message[0] == '\0')))
        fail_msg("%s: status %d, code %d: %s", path, (int)error->status, error->code, error->message);
    return done;
}

static const char *end_of_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static void file_cut_at_any_byte_is_an_error(void **state)
{
    unsigned char bytes[FILE_ROOM];
    for (int i = 0; i < TENSOR_FILES + SET_FILES; i++) {
        bool set = i >= TENSOR_FILES;
        const char *file = set ? set_files[i - TENSOR_FILES] : tensor_files[i];
        size_t size = load(file, bytes);
        char path[PATH_ROOM];
        path_in(path, *state, end_of_name(file));
        for (size_t length = 0; length < size; length++) {
            save(path, bytes, length);
            Counting counting = {0};
            StrataError error;
            if (reads(path, set, &counting, &error))
                fail_msg("%s cut after %zu of %zu bytes was read", file, length, size);
            assert_non_null(strstr(error.message, end_of_name(file)));
        }
    }
}

/* A changed byte may give other numbers, but not a crash, a leak, or memory of another order than the file's. */
static void file_with_any_byte_changed_does_no_harm(void **state)
{
    const unsigned char changes[] = {0x01, 0x80, 0xFF};
    unsigned char bytes[FILE_ROOM];
    for (int i = 0; i < TENSOR_FILES + SET_FILES; i++) {
        bool set = i >= TENSOR_FILES;
        const char *file = set ? set_files[i - TENSOR_FILES] : tensor_files[i];
        size_t size = load(file, bytes);
        char path[PATH_ROOM];
        path_in(path, *state, end_of_name(file));
        for (size_t at = 0; at < size; at++) {
            for (size_t change = 0; change < sizeof changes; change++) {
                bytes[at] ^= changes[change];
                save(path, bytes, size);
                Counting counting = {0};
                StrataError error;
                reads(path, set, &counting, &error);
                assert_true(counting.largest < 8 << 20);
                bytes[at] ^= changes[change];
            }
        }
    }
}

static void memory_that_ends_anywhere_is_an_error(void **state)
{
    (void)state;
    for (int i = 0; i < TENSOR_FILES + SET_FILES + 1; i++) {
        bool set = i >= TENSOR_FILES;
        const char *file = i < TENSOR_FILES                ? tensor_files[i]
                           : i == TENSOR_FILES + SET_FILES ? FILES "folder"
                                                           : set_files[i - TENSOR_FILES];
        StrataError error = {.status = STRATA_MEMORY};
        for (long fail_at = 1; error.status == STRATA_MEMORY; fail_at++) {
            Counting counting = {.fail_at = fail_at};
            bool done = reads(file, set, &counting, &error);
            if (!done && error.status != STRATA_MEMORY)
                fail_msg("%s, request %ld: %s", file, fail_at, error.message);
            assert_true(fail_at < 1000);
        }
    }
}

static void memory_that_ends_while_writing_leaves_nothing(void **state)
{
    char path[PATH_ROOM];
    for (int format = 0; format < 4; format++) {
        const char *const names[] = {"a.npy", "a.png", "a.npz", "a.safetensors"};
        path_in(path, *state, names[format]);
        bool done = false;
        for (long fail_at = 1; !done; fail_at++) {
            Counting counting = {0};
            StrataAllocator allocator = counting_allocator(&counting);
            StrataError error = {0};
            Tensor *tensor = tensor_make(&allocator, STRATA_UINT8, 2, (int64_t[]){9, 9}, &error);
            TensorSet *set = tensor_set_make(&allocator, &error);
            assert_true(tensor_set_add(set, "picture", tensor, &error));
            counting.fail_at = counting.requests + fail_at;
            done = format < 2 ? strata_tensor_write(tensor, path, &error) : strata_tensor_set_write(set, path, &error);
            tensor_release(tensor);
            tensor_set_release(set);
            assert_true(counting_clean(&counting));
            assert_int_equal(count_entries(*state), done);
            if (!done && error.status != STRATA_MEMORY)
                fail_msg("%s, request %ld: %s", names[format], fail_at, error.message);
        }
        remove(path);
    }
}

static void expect_error(const char *path, bool set, int code)
{
    Counting counting = {0};
    StrataError error;
    if (reads(path, set, &counting, &error) || error.code != code)
        fail_msg("expected E%04d, got E%04d: %s", code, error.code, error.message);
    assert_true(counting.largest < 1 << 20);
}

/* An npy file of version 1.0 with the given dictionary and four bytes of data. */
static void expect_npy_error(const char *folder, const char *dictionary, int code)
{
    char path[PATH_ROOM];
    unsigned char bytes[FILE_ROOM] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    size_t length = strlen(dictionary);
    store_16(bytes + 8, (uint16_t)length);
    memcpy(bytes + 10, dictionary, length);
    save(path_in(path, folder, "a.npy"), bytes, 10 + length + 4);
    expect_error(path, false, code);
}

static void npy_headers_that_lie(void **state)
{
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }", E_TENSOR_SIZE);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }",
                     E_TENSOR_SIZE);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4), }", E_TENSOR_SIZE);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", E_TENSOR_SIZE);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': (), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': 1, 'shape': (), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f4', 'fortran_order': False, 'shape': ()} or 1", E_NPY_DAMAGED);
    expect_npy_error(*state, "{'descr': '<f16', 'fortran_order': False, 'shape': (), }", E_NPY_KIND);
    expect_npy_error(*state, "{'descr': '', 'fortran_order': False, 'shape': (), }", E_NPY_KIND);
    expect_npy_error(*state, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", E_NPY_DAMAGED);
}

/* A safetensors file with the given header and eight bytes of data. */
static void expect_safetensors_error(const char *folder, const char *header, int code)
{
    char path[PATH_ROOM];
    unsigned char bytes[FILE_ROOM] = {0};
    size_t length = strlen(header);
    store_64(bytes, length);
    memcpy(bytes + 8, header, length);
    save(path_in(path, folder, "a.safetensors"), bytes, 8 + length + 8);
    expect_error(path, true, code);
}

static void safetensors_headers_that_lie(void **state)
{
    const char *const damaged[] = {
        "{}",
        "[]",
        "{\"a\":1}",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":["
        "0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":["
        "4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[3,"
        "8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"__metadata__\":{\"x\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}",
        "{\"a\\u0000b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} x",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        expect_safetensors_error(*state, damaged[i], E_SAFETENSORS_DAMAGED);
    expect_safetensors_error(*state, "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", E_SAFETENSORS_KIND);
    expect_safetensors_error(*state, "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,8]}}",
                             E_TENSOR_SIZE);
    expect_safetensors_error(*state, "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
                             E_TENSOR_SIZE);
}

static void safetensors_header_of_any_length_is_bounded(void **state)
{
    char path[PATH_ROOM];
    unsigned char bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0x80, '{', '}'};
    save(path_in(path, *state, "a.safetensors"), bytes, sizeof bytes);
    expect_error(path, true, E_SAFETENSORS_DAMAGED);
    unsigned char *deep = malloc(4 << 20);
    memset(deep, '[', 4 << 20);
    memcpy(deep + 8, "{\"a\":", 5);
    store_64(deep, (4 << 20) - 8);
    save(path, deep, 4 << 20);
    free(deep);
    Counting counting = {0};
    StrataError error;
    assert_false(reads(path, true, &counting, &error));
    assert_int_equal(error.code, E_SAFETENSORS_DAMAGED);
}

static void idx_headers_that_lie(void **state)
{
    const unsigned char cases[][16] = {
        {0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8},
        {0, 0, 8, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4},
        {0, 0, 0x0E, 3, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 4},
        {0, 0, 8, 255, 0, 0, 0, 1},
        {0, 0, 8, 4, 0, 0, 0, 1},
        {0, 0, 8, 1, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8},
    };
    const int codes[] = {E_IDX_DAMAGED, E_TENSOR_SIZE, E_TENSOR_SIZE, E_TENSOR_SIZE, E_IDX_DAMAGED, E_IDX_DAMAGED};
    char path[PATH_ROOM];
    path_in(path, *state, "a.idx");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        save(path, cases[i], sizeof cases[i]);
        expect_error(path, false, codes[i]);
    }
}

/* Sixteen mebibytes of zeros in sixteen kibibytes, unpacked with a limit of one: refused there, whatever the trailer says. */
static void gzip_bomb_is_refused(void **state)
{
    enum { LARGE = 1 << 24, LIMIT = 1 << 20 };
    char path[PATH_ROOM];
    unsigned char *zeros = calloc(LARGE, 1);
    gzFile file = gzopen(path_in(path, *state, "bomb.gz"), "wb9");
    assert_int_equal(gzwrite(file, zeros, LARGE), LARGE);
    gzclose(file);
    free(zeros);
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    FileContent content;
    StrataError error = {0};
    assert_false(file_read(&allocator, path, LIMIT, &content, &error));
    assert_int_equal(error.code, E_FILE_LARGE);
    assert_true(counting.largest < 2 * LIMIT);
    assert_true(counting_clean(&counting));
}

static void gzip_of_several_members_is_one_file(void **state)
{
    char path[PATH_ROOM];
    const unsigned char whole[] = {0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4};
    path_in(path, *state, "two.gz");
    for (int i = 0; i < 2; i++) {
        gzFile file = gzopen(path, i == 0 ? "wb" : "ab");
        assert_int_equal(gzwrite(file, whole + 6 * i, 6), 6);
        gzclose(file);
    }
    Counting counting = {0};
    StrataError error;
    assert_true(reads(path, false, &counting, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_cut_at_any_byte_is_an_error, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(file_with_any_byte_changed_does_no_harm, make_folder, remove_folder),
        cmocka_unit_test(memory_that_ends_anywhere_is_an_error),
        cmocka_unit_test_setup_teardown(memory_that_ends_while_writing_leaves_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(npy_headers_that_lie, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(safetensors_headers_that_lie, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(safetensors_header_of_any_length_is_bounded, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(idx_headers_that_lie, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(gzip_bomb_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(gzip_of_several_members_is_one_file, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

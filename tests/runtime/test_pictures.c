/* Pictures: PNG of every form, folders, and what is refused. */
#include "base/codes.h"
#include "counting_allocator.h"
#include "file/format.h"
#include "file/picture.h"
#include "temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define FILES "tests/runtime/files/"

static Tensor *read_picture(const char *path, TensorKind kind, int64_t channels, int64_t height, int64_t width)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    Tensor *tensor = strata_tensor_read(&allocator, path, &error);
    if (!tensor)
        fail_msg("%s", error.message);
    assert_int_equal(tensor->kind, kind);
    assert_int_equal(tensor->rank, 3);
    assert_int_equal(tensor->size[0], channels);
    assert_int_equal(tensor->size[1], height);
    assert_int_equal(tensor->size[2], width);
    return tensor;
}

/* What the makers of the files put at a place. */
static int pixel(int bits, int channel, int y, int x)
{
    return (31 * y + 7 * x + 50 * channel) % (1 << bits);
}

/* Up to 8 bits a channel: bytes, and fewer bits are spread over 0 to 255. */
static void expect_bytes(const char *path, int bits, int channels, int height, int width)
{
    Tensor *tensor = read_picture(path, STRATA_UINT8, channels, height, width);
    const uint8_t *entry = tensor->data;
    for (int c = 0; c < channels; c++) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++)
                assert_int_equal(*entry++, pixel(bits, c, y, x) * 255 / ((1 << bits) - 1));
        }
    }
    tensor_release(tensor);
}

static void expect_fractions(const char *path, int channels)
{
    Tensor *tensor = read_picture(path, STRATA_FLOAT32, channels, 5, 7);
    const float *entry = tensor->data;
    for (int c = 0; c < channels; c++) {
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++)
                assert_true(*entry++ == (float)pixel(16, c, y, x) / 65535.0F);
        }
    }
    tensor_release(tensor);
}

static void every_depth_and_colour_type_is_read(void **state)
{
    (void)state;
    expect_bytes(FILES "grey-1.png", 1, 1, 5, 7);
    expect_bytes(FILES "grey-2.png", 2, 1, 5, 7);
    expect_bytes(FILES "grey-4.png", 4, 1, 5, 7);
    expect_bytes(FILES "grey-8.png", 8, 1, 5, 7);
    expect_bytes(FILES "grey-alpha.png", 8, 2, 5, 7);
    expect_bytes(FILES "rgb.png", 8, 3, 5, 7);
    expect_bytes(FILES "rgba.png", 8, 4, 5, 7);
    expect_bytes(FILES "grey-interlaced.png", 8, 1, 11, 13);
    expect_bytes(FILES "rgb-interlaced.png", 8, 3, 11, 13);
    expect_fractions(FILES "grey-16.png", 1);
    expect_fractions(FILES "rgb-16.png", 3);
}

/* Colour i of the palettes has the bytes 3 i, 3 i + 40, 3 i + 80; the second makes them 0, 100, 255 and fully opaque. */
static void palettes_become_colours(void **state)
{
    (void)state;
    const int alpha[4] = {0, 100, 255, 255};
    for (int with_alpha = 0; with_alpha < 2; with_alpha++) {
        Tensor *tensor =
            read_picture(with_alpha ? FILES "palette-alpha.png" : FILES "palette.png", STRATA_UINT8, 3 + with_alpha, 5, 7);
        const uint8_t *entry = tensor->data;
        for (int c = 0; c < 3 + with_alpha; c++) {
            for (int y = 0; y < 5; y++) {
                for (int x = 0; x < 7; x++)
                    assert_int_equal(*entry++, c < 3 ? 3 * pixel(2, 0, y, x) + 40 * c : alpha[pixel(2, 0, y, x)]);
            }
        }
        tensor_release(tensor);
    }
}

static void transparent_grey_becomes_alpha(void **state)
{
    (void)state;
    Tensor *tensor = read_picture(FILES "grey-transparent.png", STRATA_UINT8, 2, 5, 7);
    const uint8_t *entry = tensor->data;
    for (int i = 0; i < 35; i++)
        assert_int_equal(entry[35 + i], entry[i] == 31 ? 0 : 255);
    tensor_release(tensor);
}

static void bomb_is_refused_before_it_unpacks(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error = {0};
    assert_null(strata_tensor_read(&allocator, FILES "bomb.png", &error));
    assert_int_equal(error.code, E_FILE_LARGE);
    assert_non_null(strstr(error.message, "60000x60000"));
    assert_true(counting.largest < 1 << 20);
    assert_true(counting_clean(&counting));
}

/* A file of 47 bytes with a chunk that says it has 1,174,405,132. */
static void chunk_takes_no_more_memory_than_the_file_has(void **state)
{
    (void)state;
    Counting counting = {0};
    StrataAllocator allocator = counting_allocator(&counting);
    StrataError error = {0};
    assert_null(strata_tensor_read(&allocator, FILES "huge-chunk.png", &error));
    assert_int_equal(error.code, E_PNG_DAMAGED);
    assert_true(counting.largest < 1 << 20);
    assert_true(counting_clean(&counting));
}

static void folder_is_read_in_order_of_names(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    TensorSet *set = strata_tensor_set_read(&allocator, FILES "folder", &error);
    if (!set)
        fail_msg("%s", error.message);
    assert_int_equal(set->count, 3);
    assert_string_equal(strata_tensor_set_name(set, 0), "10.png");
    assert_string_equal(strata_tensor_set_name(set, 1), "a.PNG");
    assert_string_equal(strata_tensor_set_name(set, 2), "b.png");
    Tensor *stack = tensor_set_stack(set, &error);
    assert_int_equal(stack->rank, 4);
    tensor_release(stack);
    tensor_set_release(set);
}

static void folder_names_the_file_that_is_wrong(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    char path[PATH_ROOM];
    assert_null(strata_tensor_set_read(&allocator, *state, &error));
    assert_int_equal(error.code, E_FOLDER_EMPTY);
    FILE *file = fopen(path_in(path, *state, "broken.png"), "w");
    fputs("no picture", file);
    fclose(file);
    assert_null(strata_tensor_set_read(&allocator, *state, &error));
    assert_int_equal(error.code, E_PNG_DAMAGED);
    assert_non_null(strstr(error.message, "/broken.png"));
}

static void picture_returns_what_was_written(void **state)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    char path[PATH_ROOM];
    path_in(path, *state, "picture.png");
    for (int channels = 1; channels <= 3; channels += 2) {
        Tensor *tensor = tensor_make(&allocator, STRATA_UINT8, 3, (int64_t[]){channels, 40, 50}, &error);
        for (int64_t i = 0; i < tensor->elements; i++)
            ((uint8_t *)tensor->data)[i] = (uint8_t)(i * i);
        if (!strata_tensor_write(tensor, path, &error))
            fail_msg("%s", error.message);
        Tensor *again = read_picture(path, STRATA_UINT8, channels, 40, 50);
        assert_memory_equal(tensor->data, again->data, tensor_bytes(tensor));
        tensor_release(again);
        tensor_release(tensor);
    }
    Tensor *flat = tensor_make(&allocator, STRATA_UINT8, 1, (int64_t[]){40}, &error);
    assert_false(strata_tensor_write(flat, path, &error));
    assert_int_equal(error.code, E_PICTURE_SHAPE);
    tensor_release(flat);
    assert_int_equal(count_entries(*state), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_depth_and_colour_type_is_read),
        cmocka_unit_test(palettes_become_colours),
        cmocka_unit_test(transparent_grey_becomes_alpha),
        cmocka_unit_test(bomb_is_refused_before_it_unpacks),
        cmocka_unit_test(chunk_takes_no_more_memory_than_the_file_has),
        cmocka_unit_test(folder_is_read_in_order_of_names),
        cmocka_unit_test_setup_teardown(folder_names_the_file_that_is_wrong, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(picture_returns_what_was_written, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

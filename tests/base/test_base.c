/* Arenas, text, numbers, UTF-8, maps, errors and the search for the nearest name. */
#include "base/map.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf8.h"
#include "diagnose/diagnostic.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void arena_gives_aligned_pieces_of_any_size(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    for (size_t size = 0; size < 100000; size = size * 3 + 1) {
        unsigned char *piece = arena_zero(&arena, size, 1);
        assert_int_equal((uintptr_t)piece % sizeof(double), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
    }
    arena_release(&arena);
}

static void arena_jumps_when_memory_ends(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    arena.limit = 1 << 20;
    volatile bool failed = false;
    if (ARENA_TRY(&arena) == 0) {
        for (int i = 0; i < 1000; i++)
            arena_take(&arena, 4096);
    } else {
        failed = true;
    }
    assert_true(failed);
    assert_true(arena.total <= arena.limit);
    arena_release(&arena);
}

static void text_prints_numbers_in_their_shortest_form(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    Text text = text_make(&arena);
    const double numbers[] = {1, -3, 0.1, 1e-5, 1e300, 62000};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        text_number(&text, numbers[i]);
        text_add(&text, " ");
    }
    assert_string_equal(text_string(&text), "1 -3 0.1 1e-05 1e+300 62000 ");
    arena_release(&arena);
}

static double read(const char *text)
{
    double number = -1;
    assert_true(number_read(text, strlen(text), &number));
    return number;
}

static void numbers_are_read_to_the_nearest_double(void **state)
{
    (void)state;
    assert_true(read("0") == 0 && read("62_000") == 62000 && read("-0.25e+2") == -25 && read("1.5E-3") == 1.5e-3);
    assert_true(read("179769313486231570000e288") == DBL_MAX && isinf(read("1e309")) && isinf(read("1e99999999999999999999")));
    assert_true(read("4.9406564584124654e-324") == DBL_TRUE_MIN && read("1e-400") == 0 && signbit(read("-0")));
    assert_true(isinf(read("-inf")) && isnan(read("nan")));
    const char *const others[] = {"", "-", ".5", "1.", "1e", "1e+", "x", "1x", "0x10", "infinity", "1,5", " 1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        double number;
        assert_false(number_read(others[i], strlen(others[i]), &number));
    }
}

/* 1 + 2^-53 is halfway between two doubles: a digit far behind decides. */
static void a_digit_far_behind_decides_a_tie(void **state)
{
    (void)state;
    char text[3000] = "1.00000000000000011102230246251565404236316680908203125";
    size_t length = strlen(text);
    assert_true(read(text) == 1);
    memset(text + length, '0', 2000);
    text[length + 2000] = '1';
    assert_true(read(text) == 1 + DBL_EPSILON);
    memset(text, '0', 2500);
    memcpy(text + 2500, ".5", 3);
    assert_true(read(text) == 0.5);
}

static void numbers_have_a_point_in_every_locale(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "ps_AF.UTF-8"};
    size_t i = 0;
    while (i < sizeof locales / sizeof *locales && !setlocale(LC_NUMERIC, locales[i]))
        i++;
    if (i == sizeof locales / sizeof *locales)
        skip();
    char text[NUMBER_LIMIT];
    assert_string_equal(number_write(-0.375, text), "-0.375");
    assert_string_equal(number_write(1.5e-7, text), "1.5e-07");
    assert_true(read("0.375") == 0.375);
    setlocale(LC_NUMERIC, "C");
}

static size_t size_of(const char *character, size_t length)
{
    return utf8_size((const unsigned char *)character, (const unsigned char *)character + length);
}

static void characters_are_well_formed_or_none(void **state)
{
    (void)state;
    assert_int_equal(size_of("a", 1), 1);
    assert_int_equal(size_of("\xC3\xA4", 2), 2);
    assert_int_equal(size_of("\xE2\x86\x92", 3), 3);
    assert_int_equal(size_of("\xF0\x9F\x98\x80", 4), 4);
    assert_int_equal(size_of("\xC3", 1), 0);             /* cut off */
    assert_int_equal(size_of("\xC0\x80", 2), 0);         /* not the shortest form */
    assert_int_equal(size_of("\xED\xA0\x80", 3), 0);     /* a surrogate */
    assert_int_equal(size_of("\xF4\x90\x80\x80", 4), 0); /* above U+10FFFF */
    assert_int_equal(size_of("\x80", 1), 0);             /* continues nothing */
    assert_int_equal(utf8_count("a\xC3\xA4\xE2\x86\x92"), 3);
}

static void text_prints_json_and_thousands(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    Text text = text_make(&arena);
    text_json(&text, "a\"\\\n\x01\xC3\xA4\xC3(");
    assert_string_equal(text_string(&text), "\"a\\\"\\\\\\n\\u0001\xC3\xA4\\ufffd(\"");
    text = text_make(&arena);
    const int64_t counts[] = {0, 999, 1000, 61706, -123456, INT64_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        text_thousands(&text, counts[i]);
        text_add(&text, " ");
    }
    assert_string_equal(text_string(&text), "0 999 1,000 61,706 -123,456 9,223,372,036,854,775,807 ");
    arena_release(&arena);
}

static void map_keeps_what_it_is_given(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    Map map = map_make(&arena);
    assert_null(map_get(&map, "absent"));
    for (intptr_t i = 0; i < 1000; i++)
        map_set(&map, arena_printf(&arena, "key %d", (int)i), (void *)(i + 1));
    for (intptr_t i = 0; i < 1000; i++)
        assert_ptr_equal(map_get(&map, arena_printf(&arena, "key %d", (int)i)), (void *)(i + 1));
    assert_string_equal(map.entries[7].key, "key 7");
    assert_false(map_has(&map, "key 1000"));
    arena_release(&arena);
}

static void a_long_error_is_cut_at_a_character(void **state)
{
    (void)state;
    StrataError error;
    char message[3000];
    for (size_t i = 0; i + 2 < sizeof message; i += 2)
        memcpy(message + i, "\xC3\xA4", 3);
    assert_false(error_set(&error, STRATA_INVALID, 801, "%s", message));
    size_t length = strlen(error.message);
    assert_string_equal(error.message + length - 3, "...");
    assert_int_equal((unsigned char)error.message[length - 4], 0xA4);
}

static void the_nearest_name_is_found(void **state)
{
    (void)state;
    const char *const names[] = {"conv", "dense", "maxpool"};
    assert_string_equal(nearest_name("dens", names, 3), "dense");
    assert_string_equal(nearest_name("maxpol", names, 3), "maxpool");
    assert_string_equal(nearest_name("cnov", names, 3), "conv");
    assert_string_equal(nearest_name("convolution", names, 3), "conv");
    assert_null(nearest_name("softmax", names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_aligned_pieces_of_any_size),
        cmocka_unit_test(arena_jumps_when_memory_ends),
        cmocka_unit_test(text_prints_numbers_in_their_shortest_form),
        cmocka_unit_test(numbers_are_read_to_the_nearest_double),
        cmocka_unit_test(a_digit_far_behind_decides_a_tie),
        cmocka_unit_test(numbers_have_a_point_in_every_locale),
        cmocka_unit_test(characters_are_well_formed_or_none),
        cmocka_unit_test(text_prints_json_and_thousands),
        cmocka_unit_test(map_keeps_what_it_is_given),
        cmocka_unit_test(a_long_error_is_cut_at_a_character),
        cmocka_unit_test(the_nearest_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

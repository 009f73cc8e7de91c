/* Arenas, text, maps, errors and the search for the nearest name. */
#include "base/map.h"
#include "base/text.h"
#include "diagnose/diagnostic.h"

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
        cmocka_unit_test(arena_gives_aligned_pieces_of_any_size),     cmocka_unit_test(arena_jumps_when_memory_ends),
        cmocka_unit_test(text_prints_numbers_in_their_shortest_form), cmocka_unit_test(map_keeps_what_it_is_given),
        cmocka_unit_test(a_long_error_is_cut_at_a_character),         cmocka_unit_test(the_nearest_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

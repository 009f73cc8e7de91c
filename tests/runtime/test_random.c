/* Philox against its published answers, and the numbers made from it against their distributions. */
#include "random/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The known answers that Random123, its authors' library, lists for philox4x32 with 10 rounds. */
static void philox_gives_its_known_answers(void **state)
{
    (void)state;
    const struct {
        PhiloxBlock counter;
        PhiloxKey key;
        PhiloxBlock answer;
    } cases[] = {
        {{{0, 0, 0, 0}}, {{0, 0}}, {{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}}},
        {{{0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
         {{0xFFFFFFFF, 0xFFFFFFFF}},
         {{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}}},
        {{{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}},
         {{0xA4093822, 0x299F31D0}},
         {{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PhiloxBlock block = philox(cases[i].counter, cases[i].key);
        assert_memory_equal(&block, &cases[i].answer, sizeof block);
    }
}

/* Each part of what a number belongs to changes it; the same parts give the same number. */
static void every_part_of_the_key_counts(void **state)
{
    (void)state;
    const RandomStream streams[] = {
        random_stream(0, 0, 0, 0, 0), random_stream(1, 0, 0, 0, 0), random_stream(0, 1, 0, 0, 0),
        random_stream(0, 0, 1, 0, 0), random_stream(0, 0, 0, 1, 0), random_stream(0, 0, 0, 0, 1),
    };
    enum { STREAMS = sizeof streams / sizeof *streams };
    for (int i = 0; i < STREAMS; i++) {
        assert_true(random_uniform(&streams[i], 5) == random_uniform(&streams[i], 5));
        assert_true(random_uniform(&streams[i], 4) != random_uniform(&streams[i], 5));
        for (int j = 0; j < i; j++)
            assert_true(random_uniform(&streams[i], 5) != random_uniform(&streams[j], 5));
    }
}

/* The mean of n uniform numbers has the standard deviation sqrt(1/12n), their mean square sqrt(4/45n): within five of each. */
static void uniform_numbers_have_their_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    RandomStream stream = random_stream(7, 11, 0, 0, 0);
    double sum = 0;
    double squares = 0;
    for (int64_t i = 0; i < N; i++) {
        double number = random_uniform(&stream, i);
        float single = random_uniform_float(&stream, i);
        assert_true(number >= 0 && number < 1 && single >= 0 && single < 1);
        assert_true(single <= number && number - single < 0x1p-24);
        sum += number;
        squares += number * number;
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N));
}

/* For standard normal x, the variances of x, x^2, x^3 and x^4 are 1, 2, 15 and 96; neighbours are uncorrelated. */
static void normal_numbers_have_their_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    RandomStream stream = random_stream(3, 5, 2, 0, 9);
    const double expected[5] = {0, 0, 1, 0, 3};
    const double variance[5] = {0, 1, 2, 15, 96};
    double sum[5] = {0};
    double product = 0;
    double before = 0;
    for (int64_t i = 0; i < N; i++) {
        double number = random_normal(&stream, i);
        double power = 1;
        for (int k = 1; k <= 4; k++)
            sum[k] += power *= number;
        product += before * number;
        before = number;
    }
    for (int k = 1; k <= 4; k++)
        assert_true(fabs(sum[k] / N - expected[k]) < 5 * sqrt(variance[k] / N));
    assert_true(fabs(product / N) < 5 * sqrt(1.0 / N));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_known_answers),
        cmocka_unit_test(every_part_of_the_key_counts),
        cmocka_unit_test(uniform_numbers_have_their_moments),
        cmocka_unit_test(normal_numbers_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

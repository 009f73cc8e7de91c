/* Augmentation: each change does what its name says, within its bound, and depends on seed, epoch and sample alone.
 *
 * A picture whose entries are the numbers of their rows, and one of the numbers of their columns, are linear; reading between pixels is exact on such. So the
 * changed pictures say where each pixel came from. */
#include "train/augment.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 9, PIXELS = SIDE * SIDE, DRAWS = 200 };

static const double ROUNDING = 1e-12; /* of places up to 9, computed in a few steps of 2^-53 */

/* Where pixels come from: rows, then columns. */
typedef struct Places {
    double entries[2][PIXELS];
} Places;

static Places draw_places(const Augmentation *augmentation, uint64_t epoch)
{
    DataField field = {.rank = 3, .size = {2, SIDE, SIDE}};
    Places places;
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            places.entries[0][row * SIDE + column] = row;
            places.entries[1][row * SIDE + column] = column;
        }
    augment_sample(augmentation, &field, true, places.entries, 7, epoch, 3);
    return places;
}

/* Of the pixel at a distance from the centre, its own distance from it. */
static void from_centre(const Places *places, int down, int across, double *row, double *column)
{
    const int centre = SIDE / 2;
    int at = (centre + down) * SIDE + centre + across;
    *row = places->entries[0][at] - centre;
    *column = places->entries[1][at] - centre;
}

static void changes_depend_on_seed_epoch_and_sample_alone(void **state)
{
    (void)state;
    enum { SMALL = 6 };
    DataField field = {.rank = 3, .size = {1, SMALL, SMALL}};
    float first[SMALL * SMALL], again[SMALL * SMALL], other[SMALL * SMALL];
    for (int i = 0; i < SMALL * SMALL; i++)
        first[i] = again[i] = other[i] = (float)i;
    Augmentation all = {.shift = 2, .flip = true, .rotate = 20, .scale = 0.1, .elastic = 1, .noise = 0.1};
    augment_sample(&all, &field, false, first, 1, 2, 3);
    augment_sample(&all, &field, false, again, 1, 2, 3);
    augment_sample(&all, &field, false, other, 1, 3, 3);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

static void shifts_are_whole_and_nothing_is_invented(void **state)
{
    (void)state;
    DataField field = {.rank = 2, .size = {SIDE, SIDE}};
    Augmentation shift = {.shift = 1};
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        double picture[SIDE * SIDE];
        for (int i = 0; i < SIDE * SIDE; i++)
            picture[i] = i;
        augment_sample(&shift, &field, true, picture, 0, epoch, 0);
        double down = (picture[2 * SIDE + 2] - (2 * SIDE + 2));
        int rows = (int)(down >= 0 ? (down + 2) / SIDE : (down - 2) / SIDE), columns = (int)down - rows * SIDE;
        assert_in_range(rows + 1, 0, 2);
        assert_in_range(columns + 1, 0, 2);
        for (int i = 0; i < SIDE * SIDE; i++)
            assert_true(picture[i] == (double)(int)picture[i]);
    }
}

static void flips_change_left_and_right_in_half_of_the_cases(void **state)
{
    (void)state;
    Augmentation flip = {.flip = true};
    int flipped = 0;
    for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
        Places places = draw_places(&flip, epoch);
        bool other = places.entries[1][0] != 0;
        flipped += other;
        for (int i = 0; i < PIXELS; i++) {
            int row = i / SIDE, column = i % SIDE;
            assert_true(fabs(places.entries[0][i] - row) < ROUNDING);
            assert_true(fabs(places.entries[1][i] - (other ? SIDE - 1 - column : column)) < ROUNDING);
        }
    }
    assert_in_range(flipped, DRAWS / 2 - 36, DRAWS / 2 + 36); /* 5 deviations of sqrt(200) / 2 */
}

/* Rotated by as many degrees as are drawn, distances from the centre stay. */
static void rotations_keep_distances_and_their_bound(void **state)
{
    (void)state;
    Augmentation rotate = {.rotate = 30};
    double largest = 0, least = 0;
    for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
        Places places = draw_places(&rotate, epoch);
        double row, column, second_row, second_column;
        from_centre(&places, 0, 2, &row, &column);
        from_centre(&places, -2, 0, &second_row, &second_column);
        assert_true(fabs(hypot(row, column) - 2) < ROUNDING);
        assert_true(fabs(row * second_row + column * second_column) < ROUNDING); /* a right angle stays one */
        double degrees = atan2(row, column) * 180 / 3.14159265358979324;
        assert_true(fabs(degrees) <= 30 + ROUNDING);
        largest = fmax(largest, degrees);
        least = fmin(least, degrees);
    }
    assert_true(largest > 20 && least < -20);
}

static void scalings_are_one_factor_within_its_bound(void **state)
{
    (void)state;
    Augmentation scale = {.scale = 0.2};
    double largest = 1, least = 1;
    for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
        Places places = draw_places(&scale, epoch);
        double row, column, second_row, second_column;
        from_centre(&places, 0, 2, &row, &column);
        from_centre(&places, -3, 0, &second_row, &second_column);
        double factor = column / 2;
        assert_true(fabs(row) < ROUNDING && fabs(second_row - -3 * factor) < ROUNDING);
        assert_true(factor >= 0.8 - ROUNDING && factor <= 1.2 + ROUNDING);
        largest = fmax(largest, factor);
        least = fmin(least, factor);
    }
    assert_true(largest > 1.1 && least < 0.9);
}

/* Places move by at most the bound along each axis, and the field is smooth: linear between 5 points on 9 pixels, it changes by at most the bound from one
 * pixel to the next. */
static void elastic_fields_are_smooth_and_within_their_bound(void **state)
{
    (void)state;
    Augmentation elastic = {.elastic = 1.5};
    double largest = 0;
    bool differs = false;
    for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
        Places places = draw_places(&elastic, epoch);
        for (int axis = 0; axis < 2; axis++)
            for (int i = 0; i < PIXELS; i++) {
                double moved = places.entries[axis][i] - (axis == 0 ? i / SIDE : i % SIDE);
                assert_true(fabs(moved) <= 1.5 + ROUNDING);
                largest = fmax(largest, fabs(moved));
                if (i % SIDE == 0)
                    continue;
                double before = places.entries[axis][i - 1] - (axis == 0 ? (i - 1) / SIDE : (i - 1) % SIDE);
                assert_true(fabs(moved - before) <= 1.5 + ROUNDING);
                differs |= fabs(moved - before) > 0.1; /* not one shift for all */
            }
    }
    assert_true(largest > 1 && differs);
}

/* Mean 0 and the deviation that is asked for, within 5 standard errors. */
static void noise_has_its_deviation(void **state)
{
    (void)state;
    Augmentation noise = {.noise = 0.25};
    double sum = 0, squares = 0, count = 2.0 * PIXELS * DRAWS;
    for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
        Places places = draw_places(&noise, epoch);
        for (int i = 0; i < 2 * PIXELS; i++) {
            double added = places.entries[i / PIXELS][i % PIXELS] - (i < PIXELS ? i / SIDE : i % PIXELS % SIDE);
            sum += added;
            squares += added * added;
        }
    }
    assert_true(fabs(sum / count) < 5 * 0.25 / sqrt(count));
    assert_true(fabs(squares / count - 0.0625) <
                5 * 0.0625 * sqrt(2 / count)); /* a normal square has a deviation of sqrt 2 times its mean */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_depend_on_seed_epoch_and_sample_alone),
        cmocka_unit_test(shifts_are_whole_and_nothing_is_invented),
        cmocka_unit_test(flips_change_left_and_right_in_half_of_the_cases),
        cmocka_unit_test(rotations_keep_distances_and_their_bound),
        cmocka_unit_test(scalings_are_one_factor_within_its_bound),
        cmocka_unit_test(elastic_fields_are_smooth_and_within_their_bound),
        cmocka_unit_test(noise_has_its_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Winograd's convolutions: packing and convolving against their definitions, and both together against the convolution that they stand for.
 *
 * Tolerances: entries pass through two transforms of at most four roundings, products are added up over the channels, sums pass through two
 * transforms of at most four roundings, then come bias and addition. To first order in epsilon the error is at most that many roundings
 * times the sum of the absolute values of all terms on the way, |A|^T (sum |U| * (|B|^T |x| |B|)) |A|, which `bound` adds up; activations and
 * maxima never enlarge a difference. */
#include "kernel/winograd.h"
#include "kernel/winograd_matrix.h"
#include "ops/harness.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = WINOGRAD_MOST_SIDE, LANES_SINGLE = 16, LANES_DOUBLE = 8 };

typedef struct Case {
    int64_t channels, filters, height, width;
    int64_t padding[4]; /* top, bottom, left, right */
    int64_t samples;
    const char *tail;
} Case;

static const Case cases[] = {
    {1, 1, 1, 1, {1, 1, 1, 1}, 1, ""},
    {1, 1, 1, 1, {2, 2, 2, 2}, 2, "bias=true"},
    {3, 5, 3, 3, {0, 0, 0, 0}, 1, "activation=relu"},
    {17, 13, 4, 4, {1, 1, 1, 1}, 3, "bias=true activation=relu"},
    {7, 33, 13, 11, {1, 1, 1, 1}, 3, "bias=true addition=true activation=clamp high=1.5"},
    {16, 16, 5, 19, {2, 0, 0, 2}, 1, "addition=true"},
    {8, 8, 7, 7, {0, 2, 1, 0}, 3, "bias=true activation=relu pool=2"},
    {19, 16, 9, 6, {1, 1, 1, 1}, 2, "bias=true addition=true activation=clamp high=0.25 pool=2"},
    {31, 37, 1, 23, {1, 1, 1, 1}, 1, "bias=true"},
    {2, 50, 2, 2, {1, 1, 1, 1}, 37, "pool=2"},
    {5, 3, 29, 31, {1, 1, 1, 1}, 1, "bias=true"},
};

/* Everything of a case for one tile and number of lanes. */
typedef struct Setup {
    Case shape;
    int64_t tile, lanes, side, rows, columns, blocks, filter_blocks;
    double *x, *weight, *packed, *bias, *addition;
    char attributes[200];
} Setup;

static double next_entry(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(*state >> 33) * 0x1p-30 - 1);
}

static double *random_reals(int64_t count, uint64_t *state)
{
    double *data = malloc((size_t)count * sizeof *data);
    assert_non_null(data);
    for (int64_t i = 0; i < count; i++)
        data[i] = next_entry(state);
    return data;
}

static bool has(const Setup *setup, const char *word)
{
    return strstr(setup->shape.tail, word) != NULL;
}

static const double *row_of(const double *two, const double *four, int64_t tile, int64_t columns, int64_t i)
{
    return (tile == 2 ? two : four) + i * columns;
}

static const double *weight_row(const Setup *setup, int64_t i)
{
    return row_of(WINOGRAD_WEIGHT_2[0], WINOGRAD_WEIGHT_4[0], setup->tile, 3, i);
}

static const double *input_row(const Setup *setup, int64_t i)
{
    return row_of(WINOGRAD_INPUT_2[0], WINOGRAD_INPUT_4[0], setup->tile, setup->side, i);
}

static const double *output_row(const Setup *setup, int64_t i)
{
    return row_of(WINOGRAD_OUTPUT_2[0], WINOGRAD_OUTPUT_4[0], setup->tile, setup->side, i);
}

/* One point of G w G^T, or of |G| |w| |G|^T. */
static double weight_point(const Setup *setup, const double *taps, int64_t i, int64_t j, bool absolute)
{
    double sum = 0;
    for (int k = 0; k < 9; k++) {
        double term = weight_row(setup, i)[k / 3] * weight_row(setup, j)[k % 3] * taps[k];
        sum += absolute ? fabs(term) : term;
    }
    return sum;
}

static void fill_packed(Setup *setup, double *to, bool absolute)
{
    int64_t points = setup->side * setup->side, channels = setup->shape.channels;
    for (int64_t i = 0; i < setup->filter_blocks * points * channels * setup->lanes; i++)
        to[i] = 0;
    for (int64_t f = 0; f < setup->shape.filters; f++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t p = 0; p < points; p++)
                to[((f / setup->lanes * points + p) * channels + c) * setup->lanes + f % setup->lanes] =
                    weight_point(setup, setup->weight + (f * channels + c) * 9, p / setup->side, p % setup->side, absolute);
}

static int64_t packed_reals(const Setup *setup)
{
    return setup->filter_blocks * setup->side * setup->side * setup->shape.channels * setup->lanes;
}

static int64_t result_reals(const Setup *setup) /* before pooling */
{
    return setup->filter_blocks * setup->rows * setup->columns * setup->lanes;
}

static Setup make_setup(const Case *shape, int64_t tile, int64_t lanes, uint64_t seed)
{
    Setup setup = {.shape = *shape, .tile = tile, .lanes = lanes, .side = tile + 2};
    setup.rows = shape->height + shape->padding[0] + shape->padding[1] - 2;
    setup.columns = shape->width + shape->padding[2] + shape->padding[3] - 2;
    setup.blocks = winograd_ceil(shape->channels, lanes);
    setup.filter_blocks = winograd_ceil(shape->filters, lanes);
    setup.x = random_reals(shape->samples * setup.blocks * shape->height * shape->width * lanes, &seed);
    setup.weight = random_reals(shape->filters * shape->channels * 9, &seed);
    setup.packed = random_reals(packed_reals(&setup), &seed);
    fill_packed(&setup, setup.packed, false);
    for (int64_t i = 0; i < packed_reals(&setup); i++) /* exact in single precision, as operands of a trial are */
        setup.packed[i] = (float)setup.packed[i];
    setup.bias = random_reals(setup.filter_blocks * lanes, &seed);
    setup.addition = random_reals(shape->samples * result_reals(&setup), &seed);
    snprintf(setup.attributes, sizeof setup.attributes, "tile=%d channels=%d padding=[%d,%d,%d,%d] %s", (int)tile,
             (int)shape->channels, (int)shape->padding[0], (int)shape->padding[1], (int)shape->padding[2], (int)shape->padding[3],
             shape->tail);
    return setup;
}

static void drop_setup(Setup *setup)
{
    free(setup->x);
    free(setup->weight);
    free(setup->packed);
    free(setup->bias);
    free(setup->addition);
}

static double entry_at(const Setup *setup, int64_t sample, int64_t channel, int64_t row, int64_t column)
{
    int64_t y = row - setup->shape.padding[0], x = column - setup->shape.padding[2];
    if (y < 0 || y >= setup->shape.height || x < 0 || x >= setup->shape.width)
        return 0;
    int64_t block = sample * setup->blocks + channel / setup->lanes;
    return setup->x[((block * setup->shape.height + y) * setup->shape.width + x) * setup->lanes + channel % setup->lanes];
}

/* |B|^T |x| |B| of one channel of the tile at (top, left). */
static void bound_entries(const Setup *setup, int64_t sample, int64_t channel, int64_t top, int64_t left, double *to)
{
    double half[SIDE * SIDE] = {0};
    int64_t side = setup->side;
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++)
            for (int64_t k = 0; k < side; k++)
                half[i * side + j] += fabs(input_row(setup, i)[k] * entry_at(setup, sample, channel, top + k, left + j));
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++) {
            to[i * side + j] = 0;
            for (int64_t k = 0; k < side; k++)
                to[i * side + j] += fabs(input_row(setup, j)[k]) * half[i * side + k];
        }
}

/* The bound of one result of a tile from the sums of absolute values at its points. */
static double bound_result(const Setup *setup, const double *sums, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t p = 0; p < setup->side * setup->side; p++)
        sum += fabs(output_row(setup, i)[p / setup->side] * output_row(setup, j)[p % setup->side]) * sums[p];
    return sum;
}

/* Fills the bounds of one tile of one filter; `packed`: absolute weights. */
static void bound_tile(const Setup *setup, const double *packed, int64_t sample, int64_t filter, int64_t top, int64_t left,
                       double *to)
{
    int64_t points = setup->side * setup->side, channels = setup->shape.channels, lanes = setup->lanes;
    double sums[SIDE * SIDE] = {0}, entries[SIDE * SIDE] = {0};
    for (int64_t c = 0; c < channels; c++) {
        bound_entries(setup, sample, c, top, left, entries);
        for (int64_t p = 0; p < points; p++)
            sums[p] += fabs(packed[((filter / lanes * points + p) * channels + c) * lanes + filter % lanes]) * entries[p];
    }
    for (int64_t i = 0; i < setup->tile && top + i < setup->rows; i++)
        for (int64_t j = 0; j < setup->tile && left + j < setup->columns; j++)
            to[((filter / lanes * setup->rows + top + i) * setup->columns + left + j) * lanes + filter % lanes] =
                bound_result(setup, sums, i, j);
}

/* Bounds of all results before pooling; the caller frees them. */
static double *bound(const Setup *setup, const double *packed)
{
    double *bounds = calloc((size_t)(setup->shape.samples * result_reals(setup)), sizeof *bounds);
    assert_non_null(bounds);
    for (int64_t sample = 0; sample < setup->shape.samples; sample++)
        for (int64_t filter = 0; filter < setup->filter_blocks * setup->lanes; filter++)
            for (int64_t top = 0; top < setup->rows; top += setup->tile)
                for (int64_t left = 0; left < setup->columns; left += setup->tile)
                    bound_tile(setup, packed, sample, filter, top, left, bounds + sample * result_reals(setup));
    for (int64_t i = 0; i < setup->shape.samples * result_reals(setup); i++) {
        int64_t pixels = setup->rows * setup->columns * setup->lanes;
        if (has(setup, "bias"))
            bounds[i] += fabs(setup->bias[i / pixels % setup->filter_blocks * setup->lanes + i % setup->lanes]);
        if (has(setup, "addition"))
            bounds[i] += fabs(setup->addition[i]);
    }
    return bounds;
}

/* The largest bound of each 2 x 2 results. */
static double *pool_bounds(const Setup *setup, double *bounds)
{
    if (!has(setup, "pool=2"))
        return bounds;
    int64_t blocks = setup->shape.samples * setup->filter_blocks, lanes = setup->lanes, row = setup->columns * lanes;
    double *pooled = malloc((size_t)(blocks * setup->rows * row) * sizeof *pooled), *to = pooled;
    assert_non_null(pooled);
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t y = 0; y < setup->rows / 2; y++)
            for (int64_t x = 0; x < setup->columns / 2 * lanes; x++) {
                const double *from = bounds + (block * setup->rows + 2 * y) * row + x / lanes * 2 * lanes + x % lanes;
                *to++ = fmax(fmax(from[0], from[lanes]), fmax(from[row], from[row + lanes]));
            }
    free(bounds);
    return pooled;
}

static Trial make_trial(const Setup *setup)
{
    const Case *shape = &setup->shape;
    Trial trial = {.op = "convolve_winograd",
                   .operands = {BATCHED(setup->blocks, shape->height, shape->width, setup->lanes),
                                TYPE(setup->filter_blocks, setup->side * setup->side, shape->channels, setup->lanes)},
                   .operand_count = 2,
                   .attributes = setup->attributes,
                   .compiled = has(setup, "clamp"),
                   .samples = shape->samples,
                   .data = {setup->x, setup->packed},
                   .precisions = setup->lanes == LANES_SINGLE ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                   .scale = SCALE_GIVEN,
                   .terms = (double)(8 + shape->channels + 8 + 2)};
    if (has(setup, "bias")) {
        trial.operands[trial.operand_count] = (Type)TYPE(setup->filter_blocks * setup->lanes);
        trial.data[trial.operand_count++] = setup->bias;
    }
    if (has(setup, "addition")) {
        trial.operands[trial.operand_count] = (Type)BATCHED(setup->filter_blocks, setup->rows, setup->columns, setup->lanes);
        trial.data[trial.operand_count++] = setup->addition;
    }
    return trial;
}

static void for_each_setup(void (*check)(Setup *setup))
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t tile = 2; tile <= 4; tile += 2)
            for (int64_t lanes = LANES_DOUBLE; lanes <= LANES_SINGLE; lanes *= 2) {
                Setup setup = make_setup(&cases[i], tile, lanes, i + 1);
                check(&setup);
                drop_setup(&setup);
            }
}

static void check_kernel(Setup *setup)
{
    double *bounds = pool_bounds(setup, bound(setup, setup->packed));
    Trial trial = make_trial(setup);
    trial.scales = bounds;
    trial_check(&trial);
    free(bounds);
}

static void kernels_agree_with_the_definition(void **state)
{
    (void)state;
    for_each_setup(check_kernel);
}

/* Nine products, each of three factors of which two may be rounded, and eight sums. */
static void check_packing(Setup *setup)
{
    double *bounds = malloc((size_t)packed_reals(setup) * sizeof *bounds);
    assert_non_null(bounds);
    fill_packed(setup, bounds, true);
    char attributes[60];
    snprintf(attributes, sizeof attributes, "tile=%d lanes=%d", (int)setup->tile, (int)setup->lanes);
    trial_check(&(Trial){.op = "pack_winograd",
                         .operands = {TYPE(setup->shape.filters, setup->shape.channels, 3, 3)},
                         .attributes = attributes,
                         .data = {setup->weight},
                         .scale = SCALE_GIVEN,
                         .scales = bounds,
                         .terms = 9 + 4});
    free(bounds);
}

static void packing_agrees_with_the_definition(void **state)
{
    (void)state;
    for_each_setup(check_packing);
}

/* The sum of products under one window; `absolute`: of their absolute values. */
static double convolve_directly(const Setup *setup, int64_t sample, int64_t filter, int64_t row, int64_t column)
{
    double sum = 0;
    for (int64_t c = 0; c < setup->shape.channels; c++)
        for (int k = 0; k < 9; k++)
            sum += setup->weight[(filter * setup->shape.channels + c) * 9 + k] *
                   entry_at(setup, sample, c, row + k / 3, column + k % 3);
    return sum;
}

/* In double precision the definition is the convolution, to the roundings of the transforms, of its matrices and of the sum itself. */
static void check_identity(Setup *setup)
{
    if (*setup->shape.tail)
        return;
    fill_packed(setup, setup->packed, false);
    double *absolute = malloc((size_t)packed_reals(setup) * sizeof *absolute), *evaluated;
    assert_non_null(absolute);
    fill_packed(setup, absolute, true);
    double *bounds = bound(setup, absolute);
    Trial trial = make_trial(setup);
    int64_t count = trial_compute(&trial, &evaluated, NULL);
    assert_int_equal(count, setup->shape.samples * result_reals(setup));
    for (int64_t i = 0; i < count; i++) {
        int64_t filter = i / (setup->rows * setup->columns * setup->lanes) % setup->filter_blocks * setup->lanes + i % setup->lanes;
        int64_t place = i / setup->lanes % (setup->rows * setup->columns);
        double expected = filter < setup->shape.filters ? convolve_directly(setup, i / result_reals(setup), filter,
                                                                            place / setup->columns, place % setup->columns)
                                                        : 0;
        double allowed = (double)(13 + 8 + 10 * setup->shape.channels + 8) * DBL_EPSILON * bounds[i];
        if (!(fabs(evaluated[i] - expected) <= allowed))
            fail_msg("tile %d, entry %lld: %.17g, not %.17g", (int)setup->tile, (long long)i, evaluated[i], expected);
    }
    free(evaluated);
    free(bounds);
    free(absolute);
}

static void the_definition_is_the_convolution(void **state)
{
    (void)state;
    static const Case plain[] = {
        {1, 1, 1, 1, {1, 1, 1, 1}, 1, ""},
        {3, 5, 7, 13, {0, 2, 1, 0}, 2, ""},
        {9, 17, 6, 5, {2, 2, 2, 2}, 1, ""},
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        for (int64_t tile = 2; tile <= 4; tile += 2) {
            Setup setup = make_setup(&plain[i], tile, LANES_DOUBLE, i + 100);
            check_identity(&setup);
            drop_setup(&setup);
        }
}

/* So many weights that the threads share one block of tiles, and more tiles than a block takes. */
static void many_weights_are_shared(void **state)
{
    (void)state;
    const Case large = {300, 420, 30, 34, {1, 1, 1, 1}, 1, "bias=true activation=relu"};
    Setup setup = make_setup(&large, 4, LANES_SINGLE, 7);
    check_kernel(&setup);
    drop_setup(&setup);
}

static void shapes_and_complaints(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "pack_winograd", .operands = {TYPE(20, 7, 3, 3)}, .attributes = "lanes=16 tile=4"}, "f[2x36x7x16]");
    trial_rejects(&(Trial){.op = "pack_winograd", .operands = {TYPE(20, 7, 5, 5)}, .attributes = "lanes=16 tile=4"}, 620, "3 x 3");
    trial_rejects(&(Trial){.op = "pack_winograd", .operands = {TYPE(20, 7, 3, 3)}, .attributes = "lanes=16 tile=3"}, 625, "2 or 4");
    trial_rejects(&(Trial){.op = "pack_winograd", .operands = {TYPE(20, 7, 3, 3)}, .attributes = "lanes=0 tile=2"}, 625, "lanes");
    Trial trial = {.op = "convolve_winograd", .operands = {BATCHED(1, 9, 8, 16), TYPE(2, 36, 7, 16)}, .operand_count = 2};
    trial.attributes = "tile=4 channels=7 padding=[1,1,0,0] pool=2";
    trial_infers(&trial, "f*[2x4x3x16]");
    trial.attributes = "tile=4 channels=7 padding=[1,3,0,0]";
    trial_rejects(&trial, 625, "from 0 to 2");
    trial.attributes = "tile=4 channels=7 padding=[1,1]";
    trial_rejects(&trial, 624, "4 sides");
    trial.attributes = "tile=2 channels=7 padding=[1,1,1,1]";
    trial_rejects(&trial, 620, "packed weights");
    trial.attributes = "tile=4 channels=17 padding=[1,1,1,1]";
    trial_rejects(&trial, 620, "blocked image");
    trial.attributes = "tile=4 channels=7 padding=[1,1,1,1] bias=true";
    trial_rejects(&trial, 621, "3 operands");
    trial.attributes = "tile=4 channels=7 padding=[1,1,1,1] pool=3";
    trial_rejects(&trial, 625, "pool");
    trial.operands[0] = (Type)BATCHED(1, 1, 1, 16);
    trial.attributes = "tile=4 channels=7 padding=[0,1,1,1]";
    trial_rejects(&trial, 623, "3x3");
    trial.attributes = "tile=4 channels=7 padding=[1,1,1,1] pool=2";
    trial_rejects(&trial, 623, "2x2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_agrees_with_the_definition),
        cmocka_unit_test(kernels_agree_with_the_definition),
        cmocka_unit_test(the_definition_is_the_convolution),
        cmocka_unit_test(many_weights_are_shared),
        cmocka_unit_test(shapes_and_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

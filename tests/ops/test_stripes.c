/* Images in stripes: kernels at every level against their definitions, over banks and low passes that no filter gives.
 *
 * A bank has runs of 0 to 6 terms of any length, at any places. A transform of n entries errs by a few epsilon for each halving, relative to the sum of
 * magnitudes of what it transforms: of sums of at most 6 terms, whose operands and factors are at most 1. Smoothing of small whole numbers by others
 * rounds nothing. */
#include "kernel/stripes.h"
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST_TERMS = 6, LONGEST_RUN = 7 };

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (*seed >> 33) % below;
}

static double *take(int64_t count)
{
    double *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    return numbers;
}

static double *filled(int64_t count, double value)
{
    double *numbers = take(count);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = value;
    return numbers;
}

/* Whole numbers from -most to most. */
static double *whole_numbers(uint64_t *seed, int64_t count, int64_t most)
{
    double *numbers = take(count);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (double)draw(seed, (uint64_t)(2 * most + 1)) - (double)most;
    return numbers;
}

static double terms_for(int64_t height, int64_t width)
{
    return 4 * (log2((double)(height * width)) + 1) + MOST_TERMS;
}

typedef struct Bank {
    int64_t terms, length;
    double *factors, *runs, *starts;
} Bank;

/* A bank of `rows` rows of `width` entries of sums of entries of a spectrum of `places`. */
static Bank draw_bank(uint64_t *seed, int64_t rows, int64_t width, int64_t places, int64_t lanes)
{
    Bank bank = {.runs = take(rows * (1 + width * (STRIPE_RUN_PLACES + MOST_TERMS))), .starts = take(rows + 1)};
    for (int64_t row = 0; row < rows; row++) {
        bank.starts[row] = (double)bank.length;
        bank.runs[bank.length++] = (double)bank.terms;
        for (int64_t column = 0; column < width;) {
            int64_t left = width - column, length = 1 + (int64_t)draw(seed, LONGEST_RUN);
            int64_t terms = (int64_t)draw(seed, MOST_TERMS + 1);
            length = length < left ? length : left;
            bank.runs[bank.length++] = (double)length;
            bank.runs[bank.length++] = (double)terms;
            for (int64_t t = 0; t < terms; t++)
                bank.runs[bank.length++] = (double)draw(seed, (uint64_t)(places - length + 1));
            bank.terms += length * terms;
            column += length;
        }
    }
    bank.starts[rows] = (double)bank.length;
    bank.terms = bank.terms > 0 ? bank.terms : 1;
    bank.factors = whole_numbers(seed, bank.terms * lanes, 8);
    for (int64_t i = 0; i < bank.terms * lanes; i++)
        bank.factors[i] /= 8;
    return bank;
}

static void free_bank(Bank *bank)
{
    free(bank->factors);
    free(bank->runs);
    free(bank->starts);
}

/* Blocks that give all results of lines of `size` entries, of entries from any one to any one; factors are whole numbers up to `most`. */
static double *draw_blocks(uint64_t *seed, int64_t size, int64_t step, int64_t most, int64_t *length)
{
    int64_t all = size / step, ways = smooth_ways(all), entries = size / ways + 1;
    double *blocks = take((all + 1) * (SMOOTH_FACTORS + entries * SMOOTH_SUMS));
    *length = 0;
    for (int64_t p = 0; ways * p <= all; p += SMOOTH_SUMS / ways) {
        int64_t first = (int64_t)draw(seed, (uint64_t)entries), count = (int64_t)draw(seed, (uint64_t)(entries - first + 1));
        double *factors = whole_numbers(seed, entries * SMOOTH_SUMS, most);
        blocks[*length + SMOOTH_RESULT] = (double)p;
        blocks[*length + SMOOTH_ENTRY] = (double)first;
        blocks[*length + SMOOTH_COUNT] = (double)count;
        for (int64_t i = 0; i < count * SMOOTH_SUMS; i++)
            blocks[*length + SMOOTH_FACTORS + i] = factors[i];
        *length += SMOOTH_FACTORS + count * SMOOTH_SUMS;
        free(factors);
    }
    return blocks;
}

/* What is smoothed, and what is kept; no rows: nothing is. */
typedef struct Smooth {
    int64_t rows, first_row, step_down, columns, first_column, step_along;
} Smooth;

typedef struct Case {
    int64_t height, width;
    int64_t run;
    int64_t items, wavelets; /* of striped filters: runs, and wavelets of each image */
    Smooth smooth;
} Case;

static const Case cases[] = {
    {18, 18, 8, 1, 8, {7, 1, 2, 7, 1, 2}},
    {18, 18, 8, 1, 3, {0}},
    {2, 2, 1, 1, 1, {1, 0, 2, 2, 0, 1}},
    {3, 5, 5, 2, 2, {3, 0, 1, 1, 0, 5}},
    {9, 2, 9, 1, 3, {2, 1, 3, 1, 0, 1}},
    {36, 30, 3, 2, 1, {7, 1, 4, 13, 2, 2}},
    {5, 27, 17, 1, 2, {0}},
    {60, 60, 4, 1, 1, {28, 1, 2, 30, 0, 2}},
    {16, 125, 8, 1, 1, {16, 0, 1, 3, 20, 5}},
    {15, 20, 12, 3, 1, {5, 0, 3, 19, 1, 1}},
};

static void smooth_words(const Smooth *smooth, char *words, size_t size)
{
    if (smooth->rows > 0)
        snprintf(words, size, " smooth=[%d,%d,%d,%d,%d,%d]", (int)smooth->rows, (int)smooth->first_row, (int)smooth->step_down,
                 (int)smooth->columns, (int)smooth->first_column, (int)smooth->step_along);
    else
        *words = 0;
}

/* The largest that results grow by when lines are smoothed by factors of at most 1. */
static double growth(int64_t size, int64_t step)
{
    double ways = smooth_ways(size / step);
    return ((double)size / ways + 1) * ways * ways;
}

static void check_filter(const Case *c, bool spread, uint64_t seed, bool compiled)
{
    int64_t stripes = stripes_of(c->run), filters = spread ? stripes : c->wavelets;
    int64_t rows = 2 * c->height, pitch = stripes_pitch(2 * c->width), places = spread ? rows * pitch + 5 : rows * pitch;
    Bank bank = draw_bank(&seed, filters * c->height, c->width, places, spread ? STRIPE : 1);
    char words[120], smooth[80];
    smooth_words(&c->smooth, smooth, sizeof smooth);
    snprintf(words, sizeof words, "height=%d width=%d run=%d%s", (int)c->height, (int)c->width, (int)c->run, smooth);
    Trial trial = {.op = "striped_filter",
                   .operands = {BATCHED(c->items * stripes, rows, pitch, STRIPE_PAIR), TYPE(bank.terms, spread ? STRIPE : 1),
                                TYPE(bank.length), TYPE(filters * c->height + 1)},
                   .operand_count = c->smooth.rows ? 6 : 4,
                   .attributes = words,
                   .samples = 2,
                   .seed = seed,
                   .data = {NULL, bank.factors, bank.runs, bank.starts},
                   .compiled = compiled,
                   .scale = SCALE_GIVEN,
                   .terms = terms_for(c->height, c->width)};
    if (spread)
        trial.operands[0] = (Type)BATCHED(c->items, 2, places);
    double bound = MOST_TERMS * sqrt(2) * (double)(c->height * c->width);
    double *blocks[2] = {NULL, NULL};
    if (c->smooth.rows) {
        blocks[0] = draw_blocks(&seed, c->height, c->smooth.step_down, 1, &trial.operands[4].size[0]);
        blocks[1] = draw_blocks(&seed, c->width, c->smooth.step_along, 1, &trial.operands[5].size[0]);
        trial.operands[4].rank = trial.operands[5].rank = 1;
        trial.data[4] = blocks[0];
        trial.data[5] = blocks[1];
        bound *= growth(c->height, c->smooth.step_down) * growth(c->width, c->smooth.step_along);
        trial.terms += (double)(c->height + c->width);
    }
    double *scales = filled(2 * c->items * stripes * filters * STRIPE * c->height * c->width, bound);
    trial.scales = scales;
    trial_check(&trial);
    free(scales);
    free(blocks[0]);
    free(blocks[1]);
    free_bank(&bank);
}

static void filters_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int spread = 0; spread < 2; spread++)
            check_filter(&cases[i], spread, 2 * i + (size_t)spread + 1, i == 0);
}

static void smoothing_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        if (c->smooth.rows == 0)
            continue;
        uint64_t seed = i + 1;
        int64_t stripes = c->items * stripes_of(c->run), down_length, along_length;
        double *x = whole_numbers(&seed, 2 * stripes * c->height * c->width * STRIPE, 2);
        double *down = draw_blocks(&seed, c->height, c->smooth.step_down, 1, &down_length);
        double *along = draw_blocks(&seed, c->width, c->smooth.step_along, 1, &along_length);
        char words[120], smooth[80];
        smooth_words(&c->smooth, smooth, sizeof smooth);
        snprintf(words, sizeof words, "run=%d%s", (int)c->run, smooth);
        trial_check(&(Trial){.op = "striped_smooth",
                             .operands = {BATCHED(stripes, c->height, c->width, STRIPE), TYPE(down_length), TYPE(along_length)},
                             .attributes = words,
                             .samples = 2,
                             .data = {x, down, along},
                             .compiled = i == 0,
                             .scale = SCALE_EXACT});
        free(x);
        free(down);
        free(along);
    }
}

static void spectra_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t height = cases[i].height, width = cases[i].width;
        double *scales = filled(2 * 2 * height * stripes_pitch(width) * STRIPE_PAIR, (double)(height * width));
        trial_check(&(Trial){.op = "striped_spectrum",
                             .operands = {BATCHED(2, height, width, STRIPE)},
                             .samples = 2,
                             .seed = i,
                             .compiled = i == 0,
                             .scale = SCALE_GIVEN,
                             .scales = scales,
                             .terms = terms_for(height, width)});
        free(scales);
    }
}

static void shapes_and_complaints(void **state)
{
    (void)state;
    Trial filter = {.op = "striped_filter",
                    .operands = {BATCHED(2, 12, 13, 16), TYPE(40, 1), TYPE(90), TYPE(13), TYPE(99), TYPE(99)},
                    .operand_count = 4,
                    .attributes = "height=6 width=6 run=9"};
    trial_infers(&filter, "f*[9x2x6x6]");
    filter.operand_count = 6;
    trial_rejects(&filter, 673, "are not smoothed");
    filter.attributes = "height=6 width=6 run=9 smooth=[2,1,2,5,1,1]";
    trial_infers(&filter, "f*[9x2x2x5]");
    filter.attributes = "height=6 width=6 run=9 smooth=[3,1,2,5,1,1]";
    trial_rejects(&filter, 673, "are not smoothed");
    filter.attributes = "height=6 width=6 run=9 smooth=[2,1,4,5,1,1]";
    trial_rejects(&filter, 673, "are not smoothed");
    filter.operand_count = 5;
    trial_rejects(&filter, 673, "each direction");
    filter.operand_count = 4;
    filter.attributes = "height=5 width=6 run=9";
    trial_rejects(&filter, 673, "a spectrum meets");
    filter.attributes = "height=6 width=6 run=17";
    trial_rejects(&filter, 672, "no whole runs");
    filter.attributes = "height=6 width=7 run=9";
    trial_rejects(&filter, 674, "products of 2, 3 and 5");
    Trial smooth = {.op = "striped_smooth",
                    .operands = {BATCHED(3, 6, 10, 8), TYPE(99), TYPE(99)},
                    .attributes = "run=17 smooth=[3,0,2,1,4,2]"};
    trial_infers(&smooth, "f*[17x3x1]");
    smooth.operands[0].size[3] = 9;
    trial_rejects(&smooth, 672, "stripes x height x width x 8");
    trial_infers(&(Trial){.op = "striped_spectrum", .operands = {BATCHED(3, 6, 10, 8)}}, "f*[3x6x11x16]");
    trial_rejects(&(Trial){.op = "striped_spectrum", .operands = {BATCHED(3, 6, 10, 16)}}, 672, "stripes x height x width x 8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_agree),
        cmocka_unit_test(filters_agree),
        cmocka_unit_test(smoothing_agrees),
        cmocka_unit_test(shapes_and_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

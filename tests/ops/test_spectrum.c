/* Spectra in planes and their products with banks of filters: kernels at every level against their definitions.
 *
 * A transform of n entries errs by a few epsilon for each halving, relative to sqrt(n) times the root of the sum of squares of what it transforms, which
 * is at most sqrt(n) times the largest: operands are at most 1, factors too, and of three terms. */
#include "kernel/spectrum.h"
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct Size {
    int64_t height, width;
} Size;

static const Size sizes[] = {{1, 1},   {1, 2},   {3, 4},  {5, 1},   {6, 5},   {8, 8},   {9, 10}, {18, 18},
                             {36, 36}, {1, 160}, {1, 64}, {1, 256}, {1, 512}, {30, 16}, {2, 144}};

static double terms_for(Size size)
{
    return 4 * (log2((double)(size.height * size.width)) + 1);
}

/* As many bounds as there are results; to be freed. */
static double *bounds_for(int64_t results, double bound)
{
    double *bounds = malloc((size_t)results * sizeof *bounds);
    assert_non_null(bounds);
    for (int64_t i = 0; i < results; i++)
        bounds[i] = bound;
    return bounds;
}

static void spectra_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes *= 2)
            for (int64_t items = 1; items <= 4; items += 3) {
                int64_t entries = sizes[i].height * sizes[i].width;
                double *bounds = bounds_for(2 * 2 * items * (entries + lanes), (double)entries);
                char attributes[40];
                snprintf(attributes, sizeof attributes, "lanes=%d", (int)lanes);
                Trial trial = {.op = "spectrum",
                               .operands = {BATCHED(items, sizes[i].height, sizes[i].width)},
                               .attributes = attributes,
                               .samples = 2,
                               .seed = i,
                               .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                               .scale = SCALE_GIVEN,
                               .scales = bounds,
                               .terms = terms_for(sizes[i])};
                trial_check(&trial);
                free(bounds);
            }
}

/* A bank of `wavelets` filters over a spectrum of twice the height and width: block b has b modulo 4 terms, at any places. */
static void check_bank(Size size, int64_t items, int64_t wavelets, int64_t lanes, const char *part, bool compiled)
{
    int64_t blocks = wavelets * size.height * ((size.width + lanes - 1) / lanes), terms = 0;
    int64_t entries = size.height * size.width;
    int64_t plane = 4 * size.height * size.width + lanes;
    double *starts = malloc((size_t)(blocks + 1) * sizeof *starts), *places = malloc((size_t)(4 * blocks + 1) * sizeof *places);
    assert_true(starts && places);
    for (int64_t block = 0; block < blocks; block++) {
        starts[block] = (double)terms;
        for (int64_t k = 0; k < block % 4; k++)
            places[terms++] = (double)((block * 7 + k * 13) % (plane - lanes + 1));
    }
    starts[blocks] = (double)terms;
    places[terms] = 0;
    terms = terms > 0 ? terms : 1;
    double *factors = malloc((size_t)(terms * lanes) * sizeof *factors);
    assert_non_null(factors);
    for (int64_t i = 0; i < terms * lanes; i++) { /* places behind the end of a row have no factors */
        int64_t block = 0;
        while (block < blocks - 1 && starts[block + 1] <= (double)(i / lanes))
            block++;
        int64_t column = block % ((size.width + lanes - 1) / lanes) * lanes + i % lanes;
        factors[i] = column < size.width ? (double)((i * 5) % 17 - 8) / 8 : 0;
    }
    char attributes[80];
    snprintf(attributes, sizeof attributes, "height=%d width=%d part=%s", (int)size.height, (int)size.width, part);
    Trial trial = {.op = "filter_spectrum",
                   .operands = {BATCHED(items, 2, plane), TYPE(terms, lanes), TYPE(terms), TYPE(blocks + 1)},
                   .attributes = attributes,
                   .samples = 2,
                   .data = {NULL, factors, places, starts},
                   .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                   .compiled = compiled,
                   .scale = SCALE_GIVEN,
                   .scales = bounds_for(2 * items * wavelets * entries, 3 * sqrt(2) * (double)entries),
                   .terms = terms_for(size) + 4};
    trial_check(&trial);
    free((void *)trial.scales);
    free(starts);
    free(places);
    free(factors);
}

static void banks_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
            check_bank(sizes[i], 1, 3, lanes, "modulus", i == 7);
            check_bank(sizes[i], 3, 1, lanes, "real", false);
        }
}

/* More matrices than are worked on at once. */
static void groups_agree(void **state)
{
    (void)state;
    check_bank((Size){18, 18}, 9, 8, 16, "modulus", false);
    check_bank((Size){9, 9}, 30, 7, 16, "real", false);
    check_bank((Size){1, 512}, 7, 6, 16, "modulus", false);
}

static void shapes_and_complaints(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "spectrum", .operands = {BATCHED(3, 6, 10)}, .attributes = "lanes=16"}, "f*[3x2x76]");
    trial_rejects(&(Trial){.op = "spectrum", .operands = {BATCHED(3, 7, 10)}, .attributes = "lanes=16"}, 674,
                  "products of 2, 3 and 5");
    trial_rejects(&(Trial){.op = "spectrum", .operands = {BATCHED(6, 10)}, .attributes = "lanes=16"}, 672, "height x width");
    trial_rejects(&(Trial){.op = "spectrum", .operands = {BATCHED(3, 6, 10)}, .attributes = "lanes=0"}, 672, "height x width");
    Trial bank = {.op = "filter_spectrum",
                  .operands = {BATCHED(3, 2, 76), TYPE(9, 16), TYPE(9), TYPE(13)},
                  .attributes = "height=6 width=10"};
    trial_infers(&bank, "f*[3x2x6x10]");
    bank.operands[3] = (Type)TYPE(12);
    trial_rejects(&bank, 673, "whole wavelets");
    bank.operands[2] = (Type)TYPE(8);
    trial_rejects(&bank, 673, "meets factors");
    bank.attributes = "height=6 width=11";
    trial_rejects(&bank, 674, "products of 2, 3 and 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_agree),
        cmocka_unit_test(banks_agree),
        cmocka_unit_test(groups_agree),
        cmocka_unit_test(shapes_and_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

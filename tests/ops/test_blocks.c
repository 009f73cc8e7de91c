/* Operations on blocked images: kernels at every level against their definitions.
 *
 * A sum of n products is off by at most n epsilon times the sum of the absolute products, whatever the order; bias and addition are two more
 * terms. Activations and maxima never enlarge a difference. */
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    int64_t channels, filters, height, width, groups;
    int64_t window[2], stride[2], padding[4], dilation[2];
    int64_t samples;
    const char *tail;
    bool planar;
} Case;

static const Case cases[] = {
    {1, 1, 1, 1, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, "", false},
    {1, 1, 1, 1, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2, "bias=true", false},
    {3, 7, 13, 11, 1, {7, 7}, {2, 2}, {3, 3, 3, 3}, {1, 1}, 2, "bias=true activation=relu", true},
    {1, 6, 8, 9, 1, {5, 5}, {1, 1}, {2, 2, 2, 2}, {1, 1}, 3, "activation=relu pool=2", true},
    {6, 16, 14, 14, 1, {5, 5}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 2, "bias=true activation=relu pool=2", true},
    {17, 33, 5, 31, 1, {3, 2}, {1, 1}, {1, 0, 0, 1}, {2, 3}, 3, "bias=true addition=true activation=clamp high=0.5", false},
    {32, 16, 7, 7, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 3, "addition=true activation=relu", false},
    {35, 20, 2, 20, 1, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, "bias=true", false},
    {16, 40, 9, 7, 1, {1, 1}, {2, 2}, {0, 0, 0, 0}, {1, 1}, 2, "bias=true", false},
    {16, 16, 9, 10, 1, {3, 3}, {2, 2}, {1, 1, 1, 1}, {1, 1}, 2, "activation=relu", false},
    {20, 16, 11, 13, 1, {3, 1}, {3, 1}, {1, 0, 0, 0}, {1, 1}, 1, "", false},
    {20, 16, 11, 13, 1, {1, 3}, {1, 3}, {0, 0, 2, 1}, {1, 2}, 1, "addition=true pool=2", false},
    {8, 8, 6, 6, 1, {3, 3}, {2, 1}, {0, 0, 0, 0}, {1, 1}, 1, "bias=true", false},
    {32, 64, 5, 5, 2, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 2, "bias=true", false},
    {4, 48, 5, 6, 2, {3, 2}, {1, 2}, {1, 1, 0, 0}, {1, 1}, 2, "bias=true", true},
    {16, 16, 29, 61, 1, {2, 2}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, "activation=relu pool=2", false},
};

static void write_attributes(const Case *c, char *to, size_t size)
{
    snprintf(to, size, "window=[%d,%d] stride=[%d,%d] padding=[%d,%d,%d,%d] dilation=[%d,%d] %s", (int)c->window[0],
             (int)c->window[1], (int)c->stride[0], (int)c->stride[1], (int)c->padding[0], (int)c->padding[1], (int)c->padding[2],
             (int)c->padding[3], (int)c->dilation[0], (int)c->dilation[1], c->tail);
}

static int64_t positions(const Case *c, int axis)
{
    int64_t size = axis == 0 ? c->height : c->width, both = c->padding[2 * axis] + c->padding[2 * axis + 1];
    return (size + both - (c->window[axis] - 1) * c->dilation[axis] - 1) / c->stride[axis] + 1;
}

/* Fills the optional operands behind the first two. */
static void add_tail(Trial *trial, const Case *c, int64_t blocks, int64_t lanes)
{
    trial->operand_count = 2;
    if (strstr(c->tail, "bias=true"))
        trial->operands[trial->operand_count++] = (Type)TYPE(blocks * lanes);
    if (strstr(c->tail, "addition=true"))
        trial->operands[trial->operand_count++] = (Type)BATCHED(blocks, positions(c, 0), positions(c, 1), lanes);
}

static Type image_type(const Case *c, int64_t lanes)
{
    if (c->planar)
        return (Type)BATCHED(c->channels, c->height, c->width);
    return (Type)BATCHED((c->channels + lanes - 1) / lanes, c->height, c->width, lanes);
}

static void check_convolution(const Case *c, int64_t lanes)
{
    char attributes[300], window[250];
    write_attributes(c, window, sizeof window);
    snprintf(attributes, sizeof attributes, "channels=%d groups=%d %s", (int)c->channels, (int)c->groups, window);
    int64_t blocks = (c->filters + lanes - 1) / lanes, channels = c->channels / c->groups;
    if (c->groups > 1 && (blocks % c->groups != 0 || (!c->planar && channels % lanes != 0)))
        return;
    Trial trial = {.op = "convolve_blocks",
                   .attributes = attributes,
                   .compiled = strstr(c->tail, "clamp"),
                   .samples = c->samples,
                   .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                   .scale = SCALE_ABSOLUTE,
                   .terms = (double)(channels * c->window[0] * c->window[1] + 2)};
    trial.operands[0] = image_type(c, lanes);
    trial.operands[1] = (Type)TYPE(blocks, channels, c->window[0] * c->window[1], lanes);
    if (strstr(c->tail,
               "clamp")) { /* the absolute values are not those of a sum behind a clamp: the largest possible sum stands in */
        trial.scale = SCALE_RESULT;
        trial.floor = trial.terms;
    }
    add_tail(&trial, c, blocks, lanes);
    trial_check(&trial);
}

static void convolutions_agree_with_their_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_convolution(&cases[i], 16);
        check_convolution(&cases[i], 8);
    }
}

/* Vectors run along the columns, images stay as they are; groups and additions are not for this one. */
static void check_rows(const Case *c)
{
    char attributes[250];
    if (c->groups > 1 || strstr(c->tail, "addition"))
        return;
    write_attributes(c, attributes, sizeof attributes);
    double terms = (double)(c->channels * c->window[0] * c->window[1] + 2);
    Trial trial = {.op = "convolve_rows", .attributes = attributes, .samples = c->samples, .scale = SCALE_ABSOLUTE, .terms = terms};
    trial.operands[0] = (Type)BATCHED(c->channels, c->height, c->width);
    trial.operands[1] = (Type)TYPE(c->filters, c->channels, c->window[0], c->window[1]);
    trial.operands[2] = (Type)TYPE(c->filters);
    trial.operand_count = strstr(c->tail, "bias=true") ? 3 : 2;
    trial_check(&trial);
}

static void rows_agree_with_their_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_rows(&cases[i]);
    static const Case more[] = {
        {1, 6, 28, 28, 1, {5, 5}, {1, 1}, {2, 2, 2, 2}, {1, 1}, 1, "bias=true activation=relu pool=2", true},
        {2, 13, 37, 70, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, "bias=true activation=relu", true},
        {2, 5, 41, 67, 1, {3, 3}, {1, 1}, {1, 1, 1, 1}, {2, 3}, 1, "pool=2", true},
        {1, 3, 9, 50, 1, {4, 7}, {2, 3}, {5, 0, 9, 30}, {1, 2}, 20, "bias=true pool=2", true},
        {1, 1, 2, 2, 1, {2, 2}, {1, 1}, {1, 0, 1, 0}, {1, 1}, 3, "pool=2", true},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        check_rows(&more[i]);
    Trial trial = {.op = "convolve_rows", .operands = {BATCHED(1, 8, 8), TYPE(6, 1, 3, 3)}, .operand_count = 2};
    trial.attributes = "window=[3,3] stride=[1,1] padding=[0,0,0,0] dilation=[1,1] pool=2";
    trial_infers(&trial, "f*[6x3x3]");
    trial.attributes = "window=[3,2] stride=[1,1] padding=[0,0,0,0] dilation=[1,1]";
    trial_rejects(&trial, 621, "does not match the filters");
    trial.attributes = "window=[3,3] stride=[1,1] padding=[0,0,0,0] dilation=[1,1] addition=true";
    trial_rejects(&trial, 621, "added");
}

static void check_depthwise(const Case *c)
{
    for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
        char attributes[250];
        write_attributes(c, attributes, sizeof attributes);
        int64_t blocks = (c->channels + lanes - 1) / lanes;
        Trial trial = {.op = "convolve_depthwise",
                       .attributes = attributes,
                       .compiled = strstr(c->tail, "clamp"),
                       .samples = c->samples,
                       .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                       .scale = SCALE_RESULT,
                       .terms = (double)(c->window[0] * c->window[1] + 2),
                       .floor = (double)(c->window[0] * c->window[1] + 2)};
        trial.operands[0] = (Type)BATCHED(blocks, c->height, c->width, lanes);
        trial.operands[1] = (Type)TYPE(blocks, 1, c->window[0] * c->window[1], lanes);
        add_tail(&trial, c, blocks, lanes);
        trial_check(&trial);
    }
}

static void depthwise_agrees_with_its_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_depthwise(&cases[i]);
}

/* Every number of results at once, with and without columns on padding on either side. */
static void depthwise_rows_are_cut_anywhere(void **state)
{
    (void)state;
    static const int64_t widths[] = {3, 4, 5, 7, 9, 15, 16, 28, 31};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (int64_t sides = 0; sides < 8; sides++) {
            int64_t stride = 1 + sides / 4, left = sides % 2, right = sides / 2 % 2;
            check_depthwise(&(Case){3,
                                    3,
                                    4,
                                    widths[i],
                                    3,
                                    {3, 3},
                                    {stride, stride},
                                    {left, 1, left, right},
                                    {1, 1},
                                    2,
                                    "bias=true activation=relu",
                                    false});
        }
    check_depthwise(&(Case){20, 20, 1, 1, 20, {3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, "addition=true", false});
}

static void check_pool(const char *attributes, int64_t height, int64_t width, double terms)
{
    for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
        Trial trial = {.op = "pool_blocks",
                       .attributes = attributes,
                       .compiled = true,
                       .samples = 3,
                       .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                       .scale = terms > 0 ? SCALE_RESULT : SCALE_EXACT,
                       .terms = terms,
                       .floor = 1};
        trial.operands[0] = (Type)BATCHED(3, height, width, lanes);
        trial_check(&trial);
    }
}

static void pooling_agrees_with_its_definition(void **state)
{
    (void)state;
    check_pool("kind=max window=[1,1] stride=[1,1] padding=[0,0,0,0] dilation=[1,1]", 1, 1, 0);
    check_pool("kind=max window=[3,3] stride=[2,2] padding=[1,1,1,1] dilation=[1,1]", 7, 11, 0);
    check_pool("kind=max window=[3,3] stride=[2,2] padding=[1,1,1,1] dilation=[1,1]", 6, 24, 0);
    check_pool("kind=max window=[2,2] stride=[1,1] padding=[0,0,0,0] dilation=[1,3]", 4, 17, 0);
    check_pool("kind=mean window=[2,3] stride=[1,3] padding=[0,1,2,2] dilation=[1,1]", 5, 35, 8);
    check_pool("kind=max window=[2,3] stride=[1,3] padding=[0,1,2,0] dilation=[2,1]", 13, 8, 0);
    check_pool("kind=mean window=[7,7] stride=[1,1] padding=[0,0,0,0] dilation=[1,1]", 7, 7, 51);
    check_pool("kind=mean window=[3,2] stride=[2,1] padding=[1,1,1,0] dilation=[1,1]", 5, 9, 8);
    check_pool("kind=mean count_padding=true window=[3,3] stride=[2,2] padding=[1,0,1,0] dilation=[1,2]", 6, 9, 11);
}

/* NaN in one lane of one entry is the maximum of every window that it stands in, whichever tap it is, and infinities are entries like others. */
static void maximum_is_nan_where_an_entry_is(void **state)
{
    (void)state;
    enum { SIDE = 9, SAMPLES = SIDE * SIDE };
    for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
        int64_t size = SIDE * SIDE * lanes;
        double *entries = malloc((size_t)(SAMPLES * size) * sizeof *entries);
        assert_non_null(entries);
        for (int64_t i = 0; i < SAMPLES * size; i++)
            entries[i] = i % 7 == 0 ? -INFINITY : i % 11 == 0 ? INFINITY : (double)(i % 13) - 6;
        for (int64_t sample = 0; sample < SAMPLES; sample++)
            entries[sample * size + sample * lanes + sample % lanes] = NAN;
        trial_check(&(Trial){.op = "pool_blocks",
                             .operands = {BATCHED(1, SIDE, SIDE, lanes)},
                             .attributes = "kind=max window=[3,3] stride=[1,1] padding=[1,1,1,1] dilation=[1,1]",
                             .samples = SAMPLES,
                             .data = {entries},
                             .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE});
        free(entries);
    }
}

static void check_conversions(int64_t channels, int64_t height, int64_t width, const char *attributes)
{
    for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
        TrialPrecision precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE;
        trial_check(&(Trial){.op = "to_blocks",
                             .operands = {BATCHED(channels, height, width)},
                             .attributes = lanes == 16 ? "lanes=16" : "lanes=8",
                             .samples = 2,
                             .precisions = precisions});
        trial_check(&(Trial){.op = "from_blocks",
                             .operands = {BATCHED((channels + lanes - 1) / lanes, height, width, lanes)},
                             .attributes = attributes,
                             .samples = 2,
                             .precisions = precisions});
    }
}

static void conversions_move_entries(void **state)
{
    (void)state;
    static const int64_t channels[] = {1, 7, 8, 16, 17, 50};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        char attributes[40];
        snprintf(attributes, sizeof attributes, "channels=%d", (int)channels[i]);
        check_conversions(channels[i], 3, 5, attributes);
        check_conversions(channels[i], 4, 9, attributes);
        check_conversions(channels[i], 33, 32, attributes);
        trial_check(&(Trial){.op = "pack_convolution", .operands = {TYPE(channels[i], 19, 3, 2)}, .attributes = "lanes=16"});
        trial_check(
            &(Trial){.op = "pack_convolution", .operands = {TYPE(channels[i], 19, 3, 2)}, .attributes = "lanes=8 planar=true"});
    }
}

static void shapes_and_complaints(void **state)
{
    (void)state;
    const char *window = "window=[3,3] stride=[1,1] padding=[1,1,1,1] dilation=[1,1]";
    char attributes[200];
    Trial trial = {.op = "convolve_blocks", .operands = {BATCHED(2, 9, 8, 16), TYPE(3, 20, 9, 16)}, .operand_count = 2};
    trial.attributes = attributes;
    snprintf(attributes, sizeof attributes, "channels=20 groups=1 %s pool=2", window);
    trial_infers(&trial, "f*[3x4x4x16]");
    snprintf(attributes, sizeof attributes, "channels=33 groups=1 %s", window);
    trial_rejects(&trial, 620, "33 channels");
    snprintf(attributes, sizeof attributes, "channels=20 groups=2 %s", window);
    trial_rejects(&trial, 622, "whole blocks");
    snprintf(attributes, sizeof attributes, "channels=19 groups=1 %s", window);
    trial_rejects(&trial, 621, "19 channels");
    trial.attributes = "channels=20 groups=1 window=[3] stride=[1,1] padding=[1,1,1,1] dilation=[1,1]";
    trial_rejects(&trial, 624, "window");
    trial.attributes = "channels=20 groups=1 window=[3,3] stride=[0,1] padding=[1,1,1,1] dilation=[1,1]";
    trial_rejects(&trial, 625, "stride");
    trial.attributes = "channels=20 groups=1 window=[3,3] stride=[1,1] padding=[0,0,0,0] dilation=[5,1]";
    trial_rejects(&trial, 623, "does not fit");
    trial_rejects(&(Trial){.op = "from_blocks", .operands = {BATCHED(2, 3, 3, 8)}, .attributes = "channels=20"}, 620,
                  "20 channels");
    trial_rejects(&(Trial){.op = "to_blocks", .operands = {BATCHED(2, 3, 3)}, .attributes = "lanes=0"}, 625, "lanes");
    trial_rejects(&(Trial){.op = "pool_blocks",
                           .operands = {BATCHED(2, 3, 3, 8)},
                           .attributes = "kind=max window=[2,2] stride=[1,1] padding=[3,0,0,0] dilation=[1,1]"},
                  625, "padding alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_move_entries),         cmocka_unit_test(convolutions_agree_with_their_definition),
        cmocka_unit_test(rows_agree_with_their_definition), cmocka_unit_test(depthwise_agrees_with_its_definition),
        cmocka_unit_test(depthwise_rows_are_cut_anywhere),  cmocka_unit_test(pooling_agrees_with_its_definition),
        cmocka_unit_test(maximum_is_nan_where_an_entry_is), cmocka_unit_test(shapes_and_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

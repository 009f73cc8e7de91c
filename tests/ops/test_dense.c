/* Products of rows with packed weights: kernels at every level against their definitions, and packing with product against the plain product.
 *
 * A sum of n products is off by at most n epsilon times the sum of the absolute products, whatever the order; bias and addition are two more
 * terms. Activations never enlarge a difference. */
#include "kernel/kernel.h"
#include "ops/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    int64_t inputs, outputs;
    int64_t rows; /* 0: x is one row */
    int64_t samples;
    const char *tail;
} Case;

static const Case cases[] = {
    {1, 1, 0, 1, ""},
    {1, 1, 1, 5, "bias=true"},
    {784, 128, 0, 1, "bias=true activation=relu"},
    {128, 10, 0, 2, "bias=true"},
    {84, 10, 0, 7, "bias=true"},
    {13, 17, 0, 3, "addition=true activation=relu"},
    {600, 65, 0, 8, "bias=true addition=true"},
    {1100, 130, 0, 64, "bias=true activation=relu"},
    {7, 16, 5, 11, "bias=true"},
    {31, 200, 3, 1, "activation=clamp high=0.5"},
    {2, 3, 101, 1, ""},
};

typedef struct Image {
    int64_t channels, height, width, outputs, samples;
} Image;

static const Image images[] = {
    {16, 5, 5, 120, 1}, {16, 5, 5, 120, 9}, {1, 1, 1, 1, 1},    {3, 7, 2, 10, 7},
    {50, 2, 3, 33, 2},  {17, 1, 1, 5, 1},   {40, 4, 4, 70, 50},
};

static Trial trial_for(int64_t lanes, const char *attributes, const char *tail, int64_t inputs, int64_t samples)
{
    Trial trial = {.op = "dense_packed",
                   .attributes = attributes,
                   .compiled = strstr(tail, "clamp"),
                   .samples = samples,
                   .operand_count = 2,
                   .precisions = lanes == 16 ? PRECISIONS_SINGLE : PRECISIONS_DOUBLE,
                   .scale = SCALE_ABSOLUTE,
                   .terms = (double)(inputs + 2)};
    if (strstr(tail, "clamp")) { /* absolute values behind a clamp are no bound of those before it: the largest possible sum is */
        trial.scale = SCALE_RESULT;
        trial.floor = trial.terms;
    }
    return trial;
}

static void check_product(const Case *c, int64_t lanes)
{
    char attributes[200];
    int64_t blocks = (c->outputs + lanes - 1) / lanes;
    snprintf(attributes, sizeof attributes, "outputs=%d %s", (int)c->outputs, c->tail);
    Trial trial = trial_for(lanes, attributes, c->tail, c->inputs, c->samples);
    trial.operands[0] = c->rows > 0 ? (Type)BATCHED(c->rows, c->inputs) : (Type)BATCHED(c->inputs);
    trial.operands[1] = (Type)TYPE(blocks, c->inputs, lanes);
    if (strstr(c->tail, "bias=true"))
        trial.operands[trial.operand_count++] = (Type)TYPE(blocks * lanes);
    if (strstr(c->tail, "addition=true"))
        trial.operands[trial.operand_count++] = c->rows > 0 ? (Type)BATCHED(c->rows, c->outputs) : (Type)BATCHED(c->outputs);
    trial_check(&trial);
}

static void check_image(const Image *image, int64_t lanes)
{
    char attributes[200];
    int64_t blocks = (image->outputs + lanes - 1) / lanes, inputs = image->channels * image->height * image->width;
    snprintf(attributes, sizeof attributes, "outputs=%d channels=%d bias=true", (int)image->outputs, (int)image->channels);
    Trial trial = trial_for(lanes, attributes, "", inputs, image->samples);
    trial.operands[0] = (Type)BATCHED((image->channels + lanes - 1) / lanes, image->height, image->width, lanes);
    trial.operands[1] = (Type)TYPE(blocks, inputs, lanes);
    trial.operands[trial.operand_count++] = (Type)TYPE(blocks * lanes);
    trial_check(&trial);
}

static void products_agree_with_their_definition(void **state)
{
    (void)state;
    for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            check_product(&cases[i], lanes);
        for (size_t i = 0; i < sizeof images / sizeof *images; i++)
            check_image(&images[i], lanes);
    }
}

static void packing_moves_weights(void **state)
{
    (void)state;
    static const int64_t outputs[] = {1, 8, 10, 64, 65, 200};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        trial_check(&(Trial){.op = "pack_dense", .operands = {TYPE(outputs[i], 30)}, .attributes = "lanes=16"});
        trial_check(&(Trial){.op = "pack_dense", .operands = {TYPE(30, outputs[i])}, .attributes = "lanes=8 transposed=true"});
        trial_check(&(Trial){.op = "pack_dense", .operands = {TYPE(outputs[i], 60)}, .attributes = "lanes=8 channels=20"});
    }
}

static double entry(int64_t i)
{
    return (float)sin((double)(7 * i + 3));
}

/* `evaluate` of both operations together on integers-like data against the plain sum, for an image: the packed order is right, not only the same
 * in both. Lanes past the last channel hold NaN, which nothing may read. */
static void check_order(const Image *image, bool transposed)
{
    enum { LANES = 16, MOST = 50 * 200 * 16 };
    int64_t pixels = image->height * image->width, inputs = image->channels * pixels;
    int64_t blocks = (image->outputs + LANES - 1) / LANES, image_blocks = (image->channels + LANES - 1) / LANES;
    static double weight[MOST], x[MOST];
    assert_true(image->outputs * inputs <= MOST && image_blocks * pixels * LANES <= MOST);
    for (int64_t o = 0; o < image->outputs; o++)
        for (int64_t i = 0; i < inputs; i++)
            weight[transposed ? i * image->outputs + o : o * inputs + i] = entry(o * inputs + i);
    for (int64_t i = 0; i < image_blocks * pixels * LANES; i++) {
        int64_t channel = i / (pixels * LANES) * LANES + i % LANES, pixel = i / LANES % pixels;
        x[i] = channel < image->channels ? entry(1000000 + channel * pixels + pixel) : NAN;
    }
    char attributes[100];
    snprintf(attributes, sizeof attributes, "lanes=16 channels=%d transposed=%s", (int)image->channels,
             transposed ? "true" : "false");
    double *packed, *result;
    float *computed;
    trial_compute(&(Trial){.op = "pack_dense",
                           .operands = {transposed ? (Type)TYPE(inputs, image->outputs) : (Type)TYPE(image->outputs, inputs)},
                           .attributes = attributes,
                           .data = {weight}},
                  &packed, NULL);
    snprintf(attributes, sizeof attributes, "outputs=%d channels=%d", (int)image->outputs, (int)image->channels);
    int64_t count =
        trial_compute(&(Trial){.op = "dense_packed",
                               .operands = {TYPE(image_blocks, image->height, image->width, LANES), TYPE(blocks, inputs, LANES)},
                               .operand_count = 2,
                               .attributes = attributes,
                               .data = {x, packed}},
                      &result, &computed);
    assert_int_equal(count, image->outputs);
    for (int64_t o = 0; o < count; o++) {
        double sum = 0;
        for (int64_t i = 0; i < inputs; i++)
            sum += entry(o * inputs + i) * entry(1000000 + i);
        assert_true(fabs(result[o] - sum) <= (double)inputs * (double)inputs * 0x1p-52);
        assert_true(fabs(computed[o] - sum) <= (double)inputs * (double)inputs * 0x1p-23);
    }
    free(packed);
    free(result);
    free(computed);
}

static void packing_and_product_are_the_plain_product(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        check_order(&images[i], false);
        check_order(&images[i], true);
    }
}

static void shapes_and_complaints(void **state)
{
    (void)state;
    trial_infers(&(Trial){.op = "pack_dense", .operands = {TYPE(10, 84)}, .attributes = "lanes=16"}, "f[1x84x16]");
    trial_rejects(&(Trial){.op = "pack_dense", .operands = {TYPE(10, 84)}, .attributes = "lanes=0"}, 625, "lanes");
    trial_rejects(&(Trial){.op = "pack_dense", .operands = {TYPE(10)}, .attributes = "lanes=8"}, 620, "matrix");
    trial_rejects(&(Trial){.op = "pack_dense", .operands = {TYPE(10, 84)}, .attributes = "lanes=8 channels=5"}, 625, "5 channels");
    Trial trial = {.op = "dense_packed", .operands = {BATCHED(3, 84), TYPE(2, 84, 8)}, .operand_count = 2};
    trial.attributes = "outputs=10";
    trial_infers(&trial, "f*[3x10]");
    trial.attributes = "outputs=17";
    trial_rejects(&trial, 625, "17 outputs");
    trial.attributes = "outputs=10 pool=2";
    trial_rejects(&trial, 625, "pool");
    trial.attributes = "outputs=10 bias=true";
    trial_rejects(&trial, 621, "3 operands");
    trial.operands[2] = (Type)TYPE(10);
    trial.operand_count = 3;
    trial_rejects(&trial, 621, "16 numbers");
    trial.operand_count = 2;
    trial.attributes = "outputs=10 channels=21";
    trial_rejects(&trial, 621, "21 channels");
    trial.operands[0] = (Type)BATCHED(3, 2, 2, 8);
    trial_infers(&trial, "f*[10]");
    trial.attributes = "outputs=10";
    trial_rejects(&trial, 621, "do not match rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_moves_weights),
        cmocka_unit_test(products_agree_with_their_definition),
        cmocka_unit_test(packing_and_product_are_the_plain_product),
        cmocka_unit_test(shapes_and_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

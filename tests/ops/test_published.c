/* Contractions, pooling, padding, resizing, activations and transforms against results that PyTorch computed in double precision: tests/ops/harness.h runs each case's
 * operation; a bias is added and moduli are taken here.
 *
 * The folder is $STRATA_REFERENCE or ../shared/reference/ops: cases.json says operation, attributes and shapes, cases.npz has the arrays "N.x",
 * "N.weight", "N.bias", "N.output". Without it the test says so and is skipped. */
#include "file/npz.h"
#include "ops/harness.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Reference {
    json_t *cases;
    TensorSet *arrays;
} Reference;

static const char *reference_folder(void)
{
    const char *folder = getenv("STRATA_REFERENCE");
    return folder ? folder : "../shared/reference/ops";
}

static int open_reference(void **state)
{
    static Reference reference;
    char path[4096];
    json_error_t json_error;
    snprintf(path, sizeof path, "%s/cases.json", reference_folder());
    reference.cases = json_load_file(path, 0, &json_error);
    if (!reference.cases) {
        print_message("no reference results in %s: not compared\n", reference_folder());
        return 0;
    }
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    FileContent content;
    snprintf(path, sizeof path, "%s/cases.npz", reference_folder());
    if (!file_read(&allocator, path, 0, &content, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    reference.arrays = npz_decode(&allocator, &content, &error);
    file_content_release(&content);
    *state = &reference;
    return reference.arrays ? 0 : -1;
}

static int close_reference(void **state)
{
    Reference *reference = *state;
    if (reference) {
        tensor_set_release(reference->arrays);
        json_decref(reference->cases);
    }
    return 0;
}

static const Tensor *find_array(const Reference *reference, int64_t number, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%lld.%s", (long long)number, name);
    return tensor_set_find(reference->arrays, key);
}

/* The entries as doubles; the caller frees them. */
static double *entries(const Tensor *tensor)
{
    double *result = malloc((size_t)tensor->elements * sizeof *result);
    assert_non_null(result);
    for (int64_t i = 0; i < tensor->elements; i++)
        result[i] = tensor->kind == STRATA_FLOAT64 ? ((const double *)tensor->data)[i] : (double)((const float *)tensor->data)[i];
    return result;
}

/* The first `skip` sizes are left out: those of the batch. */
static Type array_type(const Tensor *tensor, int skip)
{
    Type type = {.batched = skip > 0, .rank = tensor->rank - skip};
    for (int i = 0; i < type.rank; i++)
        type.size[i] = tensor->size[skip + i];
    return type;
}

static long long setting(const json_t *item, const char *name)
{
    const json_t *value = json_object_get(json_object_get(item, "attributes"), name);
    return json_is_boolean(value) ? json_is_true(value) : (long long)json_integer_value(value);
}

/* Which of our operations with which attributes a case is; false: none of this file's. */
static bool translate(const json_t *item, const Tensor *x, Trial *trial, char *attributes, size_t size)
{
    const char *op = json_string_value(json_object_get(item, "op"));
    *attributes = 0;
    if (strcmp(op, "conv1d") == 0 || strcmp(op, "conv2d") == 0) {
        trial->op = "convolve";
        snprintf(attributes, size, "stride=[%lld] pad=[%lld] dilation=[%lld] groups=%lld", setting(item, "stride"),
                 setting(item, "padding"), setting(item, "dilation"), setting(item, "groups"));
    } else if (strcmp(op, "conv_transpose2d") == 0) {
        trial->op = "convolve_transposed";
        snprintf(attributes, size, "stride=[%lld] pad=[%lld] output_pad=[%lld] groups=%lld", setting(item, "stride"),
                 setting(item, "padding"), setting(item, "output_padding"), setting(item, "groups"));
    } else if (strcmp(op, "max_pool2d") == 0 || strcmp(op, "avg_pool2d") == 0) {
        bool mean = op[0] == 'a';
        trial->op = mean ? "pool_mean" : "pool_max";
        snprintf(attributes, size, "window=[%lld] stride=[%lld] pad=[%lld] count_padding=%s", setting(item, "kernel"),
                 setting(item, "stride"), setting(item, "padding"), setting(item, "count_include_pad") ? "true" : "false");
    } else if (strcmp(op, "pad2d_reflect") == 0) {
        trial->op = "pad";
        snprintf(attributes, size, "amounts=[%lld,%lld,%lld,%lld] mode=reflect", setting(item, "top"), setting(item, "bottom"),
                 setting(item, "left"), setting(item, "right"));
    } else if (strcmp(op, "resize_bilinear") == 0 || strcmp(op, "resize_nearest") == 0) {
        trial->op = "resize";
        long long scale = setting(item, "scale");
        snprintf(attributes, size, "size=[%lld,%lld] method=%s corners=%s", (long long)x->size[2] * scale,
                 (long long)x->size[3] * scale, op + strlen("resize_"), setting(item, "align_corners") ? "align" : "half_pixel");
    } else if (strcmp(op, "linear") == 0) {
        trial->op = "matmul";
        snprintf(attributes, size, "transpose_b=true");
    } else if (strcmp(op, "fft2_abs") == 0) {
        trial->op = "fft";
        snprintf(attributes, size, "axes=2");
    } else if (strcmp(op, "relu") == 0 || strcmp(op, "sigmoid") == 0 || strcmp(op, "tanh") == 0) {
        trial->op = op[0] == 's' ? "logistic" : op;
    } else {
        return false;
    }
    trial->attributes = attributes;
    return true;
}

/* The bias of the output's channel at entry i; 0 without one. */
static double bias_at(const Tensor *bias, const Tensor *output, int64_t i)
{
    if (!bias)
        return 0;
    int64_t inner = 1;
    for (int axis = 2; axis < output->rank; axis++)
        inner *= output->size[axis];
    return (double)((const float *)bias->data)[i / inner % output->size[1]];
}

/* Pairs to their moduli. */
static void take_moduli(double *evaluated, float *computed, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        evaluated[i] = hypot(evaluated[2 * i], evaluated[2 * i + 1]);
        computed[i] = hypotf(computed[2 * i], computed[2 * i + 1]);
    }
}

static void compare(const Reference *reference, int64_t number, const Trial *trial)
{
    const Tensor *output = find_array(reference, number, "output"), *bias = find_array(reference, number, "bias");
    double *evaluated, *want = entries(output), largest = 0;
    float *computed;
    int64_t count = trial_compute(trial, &evaluated, &computed);
    if (strcmp(trial->op, "fft") == 0)
        take_moduli(evaluated, computed, count /= 2);
    assert_int_equal(count, output->elements);
    for (int64_t i = 0; i < output->elements; i++)
        largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; i < output->elements; i++) {
        double sum = bias_at(bias, output, i);
        /* the output is stored in single precision, and sums have at most some hundred terms: 1e-5 leaves a margin of ten */
        if (!(fabs(evaluated[i] + sum - want[i]) <= 1e-7 * largest) ||
            !(fabs((double)computed[i] + sum - want[i]) <= 1e-5 * largest))
            fail_msg("case %lld, %s %s, entry %lld: evaluated %g, computed %g, published %g", (long long)number, trial->op,
                     trial->attributes, (long long)i, evaluated[i] + sum, (double)computed[i] + sum, want[i]);
    }
    free(evaluated);
    free(computed);
    free(want);
}

static void published_results_are_met(void **state)
{
    const Reference *reference = *state;
    if (!reference)
        skip();
    int64_t compared = 0;
    for (size_t i = 0; i < json_array_size(reference->cases); i++) {
        const json_t *item = json_array_get(reference->cases, i);
        int64_t number = json_integer_value(json_object_get(item, "case"));
        const Tensor *x = find_array(reference, number, "x"), *weight = find_array(reference, number, "weight");
        char attributes[200];
        Trial trial = {.op = NULL};
        if (!x || !translate(item, x, &trial, attributes, sizeof attributes))
            continue;
        double *data = entries(x), *weights = weight ? entries(weight) : NULL;
        trial.operands[0] = array_type(x, 1);
        trial.samples = x->size[0];
        trial.data[0] = data;
        trial.data[1] = weights;
        if (weight)
            trial.operands[1] = array_type(weight, 0);
        compare(reference, number, &trial);
        free(data);
        free(weights);
        compared++;
    }
    print_message("%lld published results compared\n", (long long)compared);
    assert_true(compared > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_results_are_met)};
    return cmocka_run_group_tests(tests, open_reference, close_reference);
}

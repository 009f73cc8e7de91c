/* From a case to a net: one function for each kind of operation, and a table of their names. */
#include "reference/reference.h"

#include <inttypes.h>
#include <string.h>

/* ---- Pieces of source ---- */

static int64_t rank_of(const Case *c, const char *array)
{
    return (int64_t)json_array_size(json_object_get(c->inputs, array));
}

static int64_t size_of(const Case *c, const char *array, size_t axis)
{
    return json_integer_value(json_array_get(json_object_get(c->inputs, array), axis));
}

static bool has(const Case *c, const char *array)
{
    return json_object_get(c->inputs, array) != NULL;
}

/* `shape(3, 5)` of the sizes from `first` on. */
static void write_shape(FILE *out, const json_t *sizes, size_t first)
{
    fputs("shape(", out);
    for (size_t i = first; i < json_array_size(sizes); i++)
        fprintf(out, "%s%" JSON_INTEGER_FORMAT, i > first ? ", " : "", json_integer_value(json_array_get(sizes, i)));
    fputs(")", out);
}

static void write_value(FILE *out, const json_t *value)
{
    if (json_is_integer(value))
        fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        fprintf(out, "%.17g", json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "true" : "false", out);
    else if (json_is_string(value))
        fprintf(out, "\"%s\"", json_string_value(value));
    else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            fputs(i ? ", " : "[", out);
            write_value(out, json_array_get(value, i));
        }
        fputs("]", out);
    }
}

/* `, setting=value` when the case has the attribute. */
static void write_setting(const Case *c, const char *attribute, const char *setting)
{
    const json_t *value = json_object_get(c->attributes, attribute);
    if (!value || json_is_null(value))
        return;
    fprintf(c->source, ", %s=", setting);
    write_value(c->source, value);
}

static void begin_input(Case *c, const char *array)
{
    fprintf(c->source, "%s%s: ", c->input_count ? ", " : "", array);
    c->input_arrays[c->input_count++] = array;
}

/* An input with the shape of an array, the batch left out. */
static void write_input(Case *c, const char *array)
{
    begin_input(c, array);
    write_shape(c->source, json_object_get(c->inputs, array), 1);
}

static void write_result(const Case *c)
{
    fputs(") -> ", c->source);
    if (c->mean)
        fputs("shape()", c->source);
    else
        write_shape(c->source, c->output, 1);
    fputs(" =\n  ", c->source);
}

/* `net reference(x: ...) -> ... = `, for an operation on x. */
static void write_head(Case *c)
{
    fputs("net reference(", c->source);
    write_input(c, "x");
    write_result(c);
}

static void add_weight(Case *c, const char *array, const char *name)
{
    if (!has(c, array))
        return;
    c->weight_arrays[c->weight_count] = array;
    c->weight_names[c->weight_count++] = name;
}

/* A window: a number for one axis, else a shape; `sizes` may be one number for all axes. */
static void write_window(const Case *c, const json_t *sizes, size_t first, int64_t axes)
{
    fputs("shape(", c->source);
    for (int64_t i = 0; i < axes; i++) {
        const json_t *size = json_is_array(sizes) ? json_array_get(sizes, first + (size_t)i) : sizes;
        fprintf(c->source, "%s%" JSON_INTEGER_FORMAT, i ? ", " : "", json_integer_value(size));
    }
    fputs(")", c->source);
}

/* ---- Operations ---- */

static void write_convolution(Case *c, const char *layer, int64_t outputs)
{
    write_head(c);
    fprintf(c->source, "x |> %s(%" PRId64 ", ", layer, outputs);
    write_window(c, json_object_get(c->inputs, "weight"), 2, rank_of(c, "weight") - 2);
    write_setting(c, "stride", "stride");
    write_setting(c, "padding", "pad");
    write_setting(c, "output_padding", "output_pad");
    write_setting(c, "dilation", "dilation");
    write_setting(c, "groups", "groups");
    fprintf(c->source, ", bias=%s)\n", has(c, "bias") ? "true" : "false");
}

static void write_conv(Case *c)
{
    write_convolution(c, "conv", size_of(c, "weight", 0));
    add_weight(c, "weight", "conv1.weight");
    add_weight(c, "bias", "conv1.bias");
}

static void write_conv_transposed(Case *c)
{
    const json_t *groups = json_object_get(c->attributes, "groups");
    write_convolution(c, "conv_transposed", size_of(c, "weight", 1) * (groups ? json_integer_value(groups) : 1));
    add_weight(c, "weight", "conv_transposed1.weight");
    add_weight(c, "bias", "conv_transposed1.bias");
}

static void write_pool(Case *c, const char *layer)
{
    write_head(c);
    fprintf(c->source, "x |> %s(", layer);
    write_window(c, json_object_get(c->attributes, "kernel"), 0, rank_of(c, "x") - 2);
    write_setting(c, "stride", "stride");
    write_setting(c, "padding", "pad");
    write_setting(c, "ceil_mode", "ceil");
    write_setting(c, "count_include_pad", "count_padding");
    fputs(")\n", c->source);
}

static void write_max_pool(Case *c)
{
    write_pool(c, "maxpool");
}

static void write_mean_pool(Case *c)
{
    write_pool(c, "avgpool");
}

static void write_linear(Case *c)
{
    write_head(c);
    fprintf(c->source, "x |> dense(%" PRId64 ", bias=%s)\n", size_of(c, "weight", 0), has(c, "bias") ? "true" : "false");
    add_weight(c, "weight", "dense1.weight");
    add_weight(c, "bias", "dense1.bias");
}

/* The names of activations, here and in the language; the attribute that is their setting, and its value where a case says none. */
static const struct Activation {
    const char *op, *layer, *attribute, *setting, *otherwise;
} activations[] = {
    {"relu", "relu", NULL, NULL, NULL},
    {"relu6", "relu6", NULL, NULL, NULL},
    {"leaky_relu", "leaky_relu", "negative_slope", "slope", "0.1"},
    {"elu", "elu", "alpha", "scale", "1"},
    {"selu", "selu", NULL, NULL, NULL},
    {"silu", "silu", NULL, NULL, NULL},
    {"sigmoid", "sigmoid", NULL, NULL, NULL},
    {"tanh", "tanh", NULL, NULL, NULL},
    {"softplus", "softplus", NULL, NULL, NULL},
    {"hardtanh", "hard_tanh", NULL, NULL, NULL},
    {"hardsigmoid", "hard_sigmoid", NULL, NULL, NULL},
    {"hardswish", "hard_swish", NULL, NULL, NULL},
    {"abs", "abs", NULL, NULL, NULL},
    {"exp", "exp", NULL, NULL, NULL},
    {"log", "log", NULL, NULL, NULL},
    {"sqrt", "sqrt", NULL, NULL, NULL},
    {"square", "square", NULL, NULL, NULL},
    {"sin", "sin", NULL, NULL, NULL},
    {"cos", "cos", NULL, NULL, NULL},
    {"erf", "erf", NULL, NULL, NULL},
    {"floor", "floor", NULL, NULL, NULL},
    {"sign", "sign", NULL, NULL, NULL},
    {0},
};

static bool write_activation(Case *c)
{
    const struct Activation *row = activations;
    while (row->op && strcmp(row->op, c->op) != 0)
        row++;
    if (!row->op)
        return false;
    write_head(c);
    fprintf(c->source, "x |> %s", row->layer);
    const json_t *value = row->attribute ? json_object_get(c->attributes, row->attribute) : NULL;
    if (row->setting)
        fprintf(c->source, "(%s=", row->setting);
    if (value)
        write_value(c->source, value);
    else if (row->setting)
        fputs(row->otherwise, c->source);
    fputs(row->setting ? ")\n" : "\n", c->source);
    return true;
}

static void write_gelu(Case *c)
{
    const json_t *form = json_object_get(c->attributes, "approximate");
    bool tanh_form = json_is_true(form) || (json_is_string(form) && strcmp(json_string_value(form), "tanh") == 0);
    write_head(c);
    fprintf(c->source, "x |> gelu(approximate=%s)\n", tanh_form ? "true" : "false");
}

/* Over an axis that counts the batch, from the end when negative; the last when not said. */
static void write_over_axis(Case *c)
{
    const json_t *axis = json_object_get(c->attributes, "dim");
    int64_t rank = rank_of(c, "x") - 1, at = axis ? json_integer_value(axis) : -1;
    write_head(c);
    fprintf(c->source, "x |> %s(axis=%" PRId64 ")\n", c->op, at < 0 ? rank + at : at - 1);
}

static void write_batch_norm(Case *c)
{
    c->training = strcmp(c->op, "batch_norm_training") == 0;
    write_head(c);
    fprintf(c->source, "x |> norm(affine=%s", has(c, "gamma") ? "true" : "false");
    write_setting(c, "epsilon", "epsilon");
    fputs(")\n", c->source);
    add_weight(c, "gamma", "norm1.weight");
    add_weight(c, "beta", "norm1.bias");
    add_weight(c, "running_mean", "norm1.running_mean");
    add_weight(c, "running_variance", "norm1.running_variance");
}

static void write_layer_norm(Case *c)
{
    write_head(c);
    fprintf(c->source, "x |> layer_norm(axes=%" PRId64, has(c, "gamma") ? rank_of(c, "gamma") : 1);
    write_setting(c, "epsilon", "epsilon");
    fprintf(c->source, ", affine=%s)\n", has(c, "gamma") ? "true" : "false");
    add_weight(c, "gamma", "layer_norm1.weight");
    add_weight(c, "beta", "layer_norm1.bias");
}

static void write_group_norm(Case *c)
{
    write_head(c);
    fputs("x |> group_norm(", c->source);
    write_value(c->source, json_object_get(c->attributes, "groups"));
    write_setting(c, "epsilon", "epsilon");
    fprintf(c->source, ", affine=%s)\n", has(c, "gamma") ? "true" : "false");
    add_weight(c, "gamma", "group_norm1.scale_shift1.weight");
    add_weight(c, "beta", "group_norm1.scale_shift1.bias");
}

static void write_instance_norm(Case *c)
{
    write_head(c);
    fprintf(c->source, "x |> instance_norm(affine=%s", has(c, "gamma") ? "true" : "false");
    write_setting(c, "epsilon", "epsilon");
    fputs(")\n", c->source);
    add_weight(c, "gamma", "instance_norm1.scale_shift1.weight");
    add_weight(c, "beta", "instance_norm1.scale_shift1.bias");
}

static void write_local_response_norm(Case *c)
{
    write_head(c);
    fputs("x |> local_response_norm(", c->source);
    write_value(c->source, json_object_get(c->attributes, "size"));
    write_setting(c, "alpha", "alpha");
    write_setting(c, "beta", "beta");
    write_setting(c, "k", "k");
    fputs(")\n", c->source);
}

static void write_cross_entropy(Case *c)
{
    c->mean = true;
    fputs("net reference(", c->source);
    write_input(c, "logits");
    begin_input(c, "labels");
    fprintf(c->source, "integers(shape(), below=%" PRId64 ")", size_of(c, "logits", 1));
    write_result(c);
    fputs("cross_entropy(logits, labels)\n", c->source);
}

static void write_mse(Case *c)
{
    c->mean = true;
    fputs("net reference(", c->source);
    write_input(c, "x");
    write_input(c, "target");
    write_result(c);
    fputs("mse(x, target)\n", c->source);
}

static int64_t attribute(const Case *c, const char *name)
{
    return json_integer_value(json_object_get(c->attributes, name));
}

/* pad2d_reflect, pad2d_replicate, pad2d_circular, pad2d_constant. */
static void write_pad(Case *c)
{
    const char *mode = c->op + strlen("pad2d_");
    if (strcmp(mode, "circular") == 0)
        mode = "periodic";
    write_head(c);
    fprintf(c->source, "pad(x, amounts=[%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 "], mode=\"%s\")\n", attribute(c, "top"),
            attribute(c, "bottom"), attribute(c, "left"), attribute(c, "right"), mode);
}

/* resize_nearest, resize_bilinear: the size is that of the output, whatever the scale. */
static void write_resize(Case *c)
{
    write_head(c);
    fputs("resize(x, size=", c->source);
    write_shape(c->source, c->output, 2);
    fprintf(c->source, ", method=\"%s\"", c->op + strlen("resize_"));
    if (json_is_true(json_object_get(c->attributes, "align_corners")))
        fputs(", corners=\"align\"", c->source);
    fputs(")\n", c->source);
}

static void write_fft_abs(Case *c)
{
    write_head(c);
    fprintf(c->source, "modulus(fft(x, axes=%c))\n", c->op[3]);
}

static void write_lstm(Case *c)
{
    write_head(c);
    fprintf(c->source, "x |> lstm(%" PRId64 ")\n", size_of(c, "w_hh", 1));
    add_weight(c, "w_ih", "lstm1.weight_ih");
    add_weight(c, "w_hh", "lstm1.weight_hh");
    add_weight(c, "b_ih", "lstm1.bias_ih");
    add_weight(c, "b_hh", "lstm1.bias_hh");
}

static void write_gru(Case *c)
{
    write_head(c);
    fprintf(c->source, "x |> gru(%" PRId64 ")\n", size_of(c, "w_hh", 1));
    add_weight(c, "w_ih", "gru1.weight_ih");
    add_weight(c, "w_hh", "gru1.weight_hh");
    add_weight(c, "b_ih", "gru1.bias_ih");
    add_weight(c, "b_hh", "gru1.bias_hh");
}

static const struct Operation {
    const char *op;
    void (*write)(Case *);
} operations[] = {
    {"conv1d", write_conv},
    {"conv2d", write_conv},
    {"conv3d", write_conv},
    {"conv_transpose1d", write_conv_transposed},
    {"conv_transpose2d", write_conv_transposed},
    {"conv_transpose3d", write_conv_transposed},
    {"max_pool1d", write_max_pool},
    {"max_pool2d", write_max_pool},
    {"max_pool3d", write_max_pool},
    {"avg_pool1d", write_mean_pool},
    {"avg_pool2d", write_mean_pool},
    {"avg_pool3d", write_mean_pool},
    {"linear", write_linear},
    {"gelu", write_gelu},
    {"softmax", write_over_axis},
    {"log_softmax", write_over_axis},
    {"batch_norm_training", write_batch_norm},
    {"batch_norm_inference", write_batch_norm},
    {"layer_norm", write_layer_norm},
    {"group_norm", write_group_norm},
    {"instance_norm", write_instance_norm},
    {"local_response_norm", write_local_response_norm},
    {"cross_entropy_mean", write_cross_entropy},
    {"mse_mean", write_mse},
    {"pad2d_reflect", write_pad},
    {"pad2d_replicate", write_pad},
    {"pad2d_circular", write_pad},
    {"pad2d_constant", write_pad},
    {"resize_bilinear", write_resize},
    {"resize_nearest", write_resize},
    {"fft1_abs", write_fft_abs},
    {"fft2_abs", write_fft_abs},
    {"lstm", write_lstm},
    {"gru", write_gru},
    {NULL, NULL},
};

bool write_net(Case *c)
{
    for (const struct Operation *row = operations; row->op; row++)
        if (strcmp(row->op, c->op) == 0) {
            row->write(c);
            return true;
        }
    return write_activation(c);
}

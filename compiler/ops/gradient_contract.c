/* Rules of matrix products and convolutions. Both are linear in each operand, so the rule of each is another of the same family; what a weight that all
 * samples share gets is computed for the whole batch at once (MATMUL_MEAN, CONVOLVE_WEIGHT). */
#include "ops/gradient_rules.h"

#include <string.h>

/* --- matrix products ------------------------------------------------------------------------------------------------------- */

/* A product of matrices whose operands and result are matrices too: vectors are given their second axis. */
typedef struct Product {
    Value a, b, upstream;
    bool transpose_a, transpose_b;
} Product;

static Product as_matrices(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    Type a = use->operand[0], b = use->operand[1], y = use->result;
    Product product = {.transpose_a = use_boolean(use, "transpose_a"), .transpose_b = use_boolean(use, "transpose_b")};
    if (b.rank == 1) {
        b.size[b.rank++] = 1;
        y.size[y.rank++] = 1;
    }
    if (a.rank == 1) {
        a.size[1] = a.size[0];
        a.size[0] = 1;
        a.rank = 2;
        y.size[y.rank] = y.size[y.rank - 1];
        y.size[y.rank - 1] = 1;
        y.rank++;
    }
    product.a = gradient_reshape(gradient, gradient->operand[0], a.size, a.rank);
    product.b = gradient_reshape(gradient, gradient->operand[1], b.size, b.rank);
    product.upstream = gradient_reshape(gradient, gradient->upstream, y.size, y.rank);
    return product;
}

static Value product_mean(Gradient *gradient, Value a, Value b, bool transpose_a, bool transpose_b)
{
    const Value operands[] = {a, b};
    const AttributeValue attributes[] = {{.boolean = transpose_a}, {.boolean = transpose_b}};
    return gradient_apply(gradient, OP_MATMUL_MEAN, operands, 2, attributes);
}

/* All leading dimensions of a matrix in its rows. */
static Value flatten_leads(Gradient *gradient, Value x)
{
    const Type *type = gradient_type(gradient, x);
    int64_t columns = type->size[type->rank - 1];
    return gradient_reshape(gradient, x, (const int64_t[]){type_elements(type) / columns, columns}, 2);
}

static bool same_leads(const Gradient *gradient, Value a, Value b)
{
    const Type *left = gradient_type(gradient, a), *right = gradient_type(gradient, b);
    bool same = left->rank == right->rank;
    for (int i = 0; same && i < left->rank - 2; i++)
        same = left->size[i] == right->size[i];
    return same;
}

/* The product of two matrices for operand k, in its own shape. */
static void give_product(Gradient *gradient, int k, Value a, Value b, bool transpose_a, bool transpose_b)
{
    const Type *type = &gradient->use->operand[k];
    bool batched = gradient_type(gradient, a)->batched || gradient_type(gradient, b)->batched;
    /* an operand without leading dimensions: those of the others are summed over by the product itself */
    if (type->rank <= 2 && transpose_a && !transpose_b && same_leads(gradient, a, b)) {
        a = flatten_leads(gradient, a);
        b = flatten_leads(gradient, b);
    }
    int leads = gradient_type(gradient, a)->rank - 2;
    bool mean = batched && !type->batched && (type->rank <= 2 ? leads == 0 : type->rank - 2 == leads) && same_leads(gradient, a, b);
    Value value =
        mean ? product_mean(gradient, a, b, transpose_a, transpose_b) : gradient_matmul(gradient, a, b, transpose_a, transpose_b);
    Type matrix = *type;
    if (type->rank == 1) {
        matrix.rank = 2;
        matrix.size[0] = k == 0 ? 1 : type->size[0];
        matrix.size[1] = k == 0 ? type->size[0] : 1;
    }
    value = gradient_sum_to(gradient, value, &matrix);
    gradient_give(gradient, k, gradient_reshape(gradient, value, type->size, type->rank));
}

void gradient_of_matmul(Gradient *gradient)
{
    Product p = as_matrices(gradient);
    if (gradient->wanted[0]) {
        if (p.transpose_a)
            give_product(gradient, 0, p.b, p.upstream, p.transpose_b, true);
        else
            give_product(gradient, 0, p.upstream, p.b, false, !p.transpose_b);
    }
    if (gradient->wanted[1]) {
        if (p.transpose_b)
            give_product(gradient, 1, p.upstream, p.a, true, p.transpose_a);
        else
            give_product(gradient, 1, p.a, p.upstream, !p.transpose_a, false);
    }
}

/* A mean hands on to each sample what it got (transform/gradient.h), so the rule is that of the product. */
void gradient_of_matmul_mean(Gradient *gradient)
{
    gradient_of_matmul(gradient);
}

/* --- convolutions ---------------------------------------------------------------------------------------------------------- */

/* Settings of one convolution over `axes` axes. */
typedef struct Slide {
    int axes;
    const int64_t *stride, *pad, *dilation; /* pad: before and after for each axis */
    int64_t groups;
} Slide;

static Slide read_slide(const Gradient *gradient, int axes)
{
    int64_t count;
    return (Slide){.axes = axes,
                   .stride = use_list(gradient->use, "stride", &count),
                   .pad = use_list(gradient->use, "pad", &count),
                   .dilation = use_list(gradient->use, "dilation", &count),
                   .groups = use_integer(gradient->use, "groups")};
}

static AttributeValue list_of(Gradient *gradient, const int64_t *items, int64_t count)
{
    AttributeValue value = {.list = {.count = count}};
    value.list.items = arena_copy(gradient->use->arena, items, (size_t)count * sizeof *items);
    return value;
}

static Value convolve(Gradient *gradient, const Slide *slide, Value x, Value weight)
{
    const Value operands[] = {x, weight};
    const AttributeValue attributes[] = {list_of(gradient, slide->stride, slide->axes),
                                         list_of(gradient, slide->pad, 2 * (int64_t)slide->axes),
                                         {.name = "zero"},
                                         {.name = "none"},
                                         list_of(gradient, slide->dilation, slide->axes),
                                         {.integer = slide->groups}};
    return gradient_apply(gradient, OP_CONVOLVE, operands, 2, attributes);
}

/* The adjoint of the convolution of something of x's sizes. */
static Value convolve_back(Gradient *gradient, const Slide *slide, Value upstream, Value weight, const int64_t *x)
{
    const int64_t *kernel = gradient_type(gradient, weight)->size + 2;
    const int64_t *out = gradient_type(gradient, upstream)->size + 1;
    int64_t rest[MAX_RANK];
    for (int i = 0; i < slide->axes; i++)
        rest[i] = x[i] - ((out[i] - 1) * slide->stride[i] + slide->dilation[i] * (kernel[i] - 1) + 1 - slide->pad[2 * i] -
                          slide->pad[2 * i + 1]);
    const Value operands[] = {upstream, weight};
    const AttributeValue attributes[] = {list_of(gradient, slide->stride, slide->axes),
                                         list_of(gradient, slide->pad, 2 * (int64_t)slide->axes),
                                         list_of(gradient, rest, slide->axes),
                                         list_of(gradient, slide->dilation, slide->axes),
                                         {.integer = slide->groups}};
    return gradient_apply(gradient, OP_CONVOLVE_TRANSPOSED, operands, 2, attributes);
}

/* What the weight of such a convolution gets, as the mean over the batch. */
static Value weight_mean(Gradient *gradient, const Slide *slide, Value x, Value upstream, const int64_t *kernel)
{
    const Value operands[] = {x, upstream};
    const AttributeValue attributes[] = {list_of(gradient, kernel, slide->axes),
                                         list_of(gradient, slide->stride, slide->axes),
                                         list_of(gradient, slide->pad, 2 * (int64_t)slide->axes),
                                         list_of(gradient, slide->dilation, slide->axes),
                                         {.integer = slide->groups}};
    return gradient_apply(gradient, OP_CONVOLVE_WEIGHT, operands, 2, attributes);
}

/* The same sample by sample, for a weight that differs between samples: each channel of x is convolved with the upstream of each filter of its group, strides
 * and dilation having changed places. */
static Value weight_by_sample(Gradient *gradient, const Slide *slide, Value x, Value upstream, const Type *weight)
{
    Type from = *gradient_type(gradient, x), filters = *gradient_type(gradient, upstream);
    int64_t channels = from.size[0], each = filters.size[0] / slide->groups, own = channels / slide->groups;
    int64_t size[MAX_RANK] = {slide->groups, 1, each}, order[MAX_RANK] = {0, 2, 1}, none[2 * MAX_RANK] = {0};
    for (int i = 0; i < slide->axes; i++) {
        size[3 + i] = filters.size[1 + i];
        order[3 + i] = 3 + i;
    }
    upstream = gradient_reshape(gradient, upstream, size, slide->axes + 3);
    size[1] = own;
    upstream = gradient_repeat(gradient, upstream, size, slide->axes + 3);
    int64_t depthwise[MAX_RANK] = {channels * each, 1};
    memcpy(depthwise + 2, size + 3, (size_t)slide->axes * sizeof *size);
    upstream = gradient_reshape(gradient, upstream, depthwise, slide->axes + 2);
    for (int i = 0; i < slide->axes; i++)
        x = gradient_pad(gradient, x, 1 + i, slide->pad[2 * i], slide->pad[2 * i + 1]);
    Slide turned = {slide->axes, slide->dilation, none, slide->stride, channels};
    Value value = convolve(gradient, &turned, x, upstream);
    for (int i = 0; i < slide->axes; i++) {
        value = gradient_slice(gradient, value, 1 + i, 0, weight->size[2 + i], 1);
        size[3 + i] = weight->size[2 + i];
    }
    value = gradient_permute(gradient, gradient_reshape(gradient, value, size, slide->axes + 3), order);
    return gradient_reshape(gradient, value, weight->size, weight->rank);
}

static void give_weight(Gradient *gradient, const Slide *slide, Value x, Value upstream)
{
    const Type *weight = &gradient->use->operand[1];
    Value value = weight->batched ? weight_by_sample(gradient, slide, x, upstream, weight)
                                  : weight_mean(gradient, slide, x, upstream, weight->size + 2);
    gradient_give(gradient, 1, value);
}

/* x with its border, and amounts of `pad` for channels and axes. */
static Value pad_operand(Gradient *gradient, const Slide *slide, const char *mode, int64_t *amounts)
{
    amounts[0] = amounts[1] = 0;
    memcpy(amounts + 2, slide->pad, 2 * (size_t)slide->axes * sizeof *amounts);
    const AttributeValue attributes[] = {list_of(gradient, amounts, 2 * (int64_t)slide->axes + 2), {.name = mode}, {.real = 0}};
    return gradient_apply(gradient, OP_PAD, gradient->operand, 1, attributes);
}

void gradient_of_convolve(Gradient *gradient)
{
    static const int64_t no_pad[2 * MAX_RANK] = {0};
    const OpUse *use = gradient->use;
    Slide slide = read_slide(gradient, use->operand[1].rank - 2);
    Value x = gradient->operand[0];
    const char *mode = use_name(use, "pad_mode");
    int64_t amounts[2 * MAX_RANK];
    bool bordered = strcmp(mode, "zero") != 0;
    if (bordered) {
        x = pad_operand(gradient, &slide, mode, amounts);
        slide.pad = no_pad;
    }
    if (gradient->wanted[1])
        give_weight(gradient, &slide, x, gradient->upstream);
    if (gradient->wanted[0]) {
        const int64_t *size = gradient_type(gradient, x)->size + 1;
        Value value = convolve_back(gradient, &slide, gradient->upstream, gradient->operand[1], size);
        gradient_give(gradient, 0, bordered ? gradient_unpad(gradient, value, &use->operand[0], amounts, mode) : value);
    }
}

/* The operand's positions alone: `output_pad` may leave room for more. */
static Value cut_positions(Gradient *gradient, Value value, const Type *x)
{
    for (int axis = 1; axis < x->rank; axis++)
        value = gradient_slice(gradient, value, axis, 0, x->size[axis], 1);
    return value;
}

/* The adjoint of the adjoint is the convolution itself. Its weight sees x and upstream with their parts changed. */
void gradient_of_convolve_transposed(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    Slide slide = read_slide(gradient, use->operand[1].rank - 2);
    if (gradient->wanted[0]) {
        Value value = convolve(gradient, &slide, gradient->upstream, gradient->operand[1]);
        gradient_give(gradient, 0, cut_positions(gradient, value, &use->operand[0]));
    }
    if (gradient->wanted[1])
        give_weight(gradient, &slide, gradient->upstream, gradient->operand[0]);
}

/* Upstream is a weight: x gets the transposed convolution with it, the other operand the convolution of x. */
void gradient_of_convolve_weight(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    Slide slide = read_slide(gradient, use->operand[0].rank - 1);
    if (gradient->wanted[0])
        gradient_give(gradient, 0,
                      convolve_back(gradient, &slide, gradient->operand[1], gradient->upstream, use->operand[0].size + 1));
    if (gradient->wanted[1]) {
        Value value = convolve(gradient, &slide, gradient->operand[0], gradient->upstream);
        gradient_give(gradient, 1, cut_positions(gradient, value, &use->operand[1]));
    }
}

/* Spectra of real tensors in planes, and what comes back of their products with a bank of filters; kernel/spectrum.h says how both lie. Only transforms
 * make these operations.
 *
 * spectrum takes x [items, height, width] (height 1: signals) to [items, 2, places]. filter_spectrum takes such a spectrum, and a bank of factors [terms,
 * lanes], places [terms] and starts [wavelets * height * blocks + 1], to [items, wavelets, height, width]: the absolute value, or the real part, of the
 * sum over k of (product)(k) exp(2 pi i k n / N), without a divisor. */
#include "kernel/spectrum.h"

#include "ops/elementwise.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static const AttributeInfo spectrum_attributes[] = {{"lanes", ATTRIBUTE_INTEGER, "16", NULL}, {0}};

static const AttributeInfo filter_attributes[] = {
    {"height", ATTRIBUTE_INTEGER, NULL, NULL},
    {"width", ATTRIBUTE_INTEGER, NULL, NULL},
    {"part", ATTRIBUTE_NAME, "modulus", "modulus real"},
    {0},
};

static bool has_lines(OpUse *use, int64_t height, int64_t width)
{
    if (height >= 1 && width >= 1 && spectrum_has_lines(height) && spectrum_has_lines(width))
        return true;
    return use_fail(use, 674, "lines of %lld and %lld entries are no products of 2, 3 and 5", (long long)height, (long long)width);
}

static bool spectrum_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes");
    if (!elements_numbers(use, false))
        return false;
    if (x->rank != 3 || lanes < 1 || lanes > 64)
        return use_fail(use, 672, "a spectrum is taken of items x height x width, got %s", type_name(use->arena, x));
    if (!has_lines(use, x->size[1], x->size[2]))
        return false;
    int64_t places = rule_product(x->size[1], x->size[2]);
    use->result =
        (Type){.batched = x->batched, .rank = 3, .size = {x->size[0], 2, places > ELEMENT_LIMIT ? places : places + lanes}};
    return rule_elements(use);
}

static bool filter_shape(OpUse *use)
{
    const Type *spectrum = &use->operand[0], *factors = &use->operand[1], *places = &use->operand[2], *starts = &use->operand[3];
    int64_t height = use_integer(use, "height"), width = use_integer(use, "width");
    if (!elements_numbers(use, false) || !has_lines(use, height, width))
        return false;
    bool bank = factors->rank == 2 && places->rank == 1 && starts->rank == 1 && factors->size[0] == places->size[0];
    if (spectrum->rank != 3 || spectrum->size[1] != 2 || !bank || factors->batched || places->batched || starts->batched)
        return use_fail(use, 673, "a spectrum in planes meets factors, places and starts, got %s, %s, %s and %s",
                        type_name(use->arena, spectrum), type_name(use->arena, factors), type_name(use->arena, places),
                        type_name(use->arena, starts));
    int64_t lanes = factors->size[1], blocks = rule_product(height, (width + lanes - 1) / lanes);
    if ((starts->size[0] - 1) % blocks != 0 || starts->size[0] - 1 < blocks)
        return use_fail(use, 673, "%lld starts are none for whole wavelets of %lld blocks", (long long)starts->size[0],
                        (long long)blocks);
    use->result =
        (Type){.batched = spectrum->batched, .rank = 4, .size = {spectrum->size[0], (starts->size[0] - 1) / blocks, height, width}};
    return rule_elements(use);
}

/* --- plain evaluation: the definition of fft and ifft, of matrices --------------------------------------------------------------- */

/* Evaluates another operation over double tensors. */
static void evaluate_other(const OpUse *use, Op op, Type type, const AttributeValue *attributes, const double *x, double *result)
{
    OpUse other = {.info = op_info(op), .operand = &type, .operand_count = 1, .arena = use->arena};
    other.attributes = arena_copy(use->arena, attributes, sizeof *attributes);
    other.result = type;
    other.result.element = ELEMENT_COMPLEX;
    other.info->evaluate(&other, &(EvaluationPoint){.samples = 1}, &x, result);
}

static const AttributeValue two_axes = {.integer = 2};

static void spectrum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t entries = x->size[1] * x->size[2], places = use->result.size[2];
    double *pairs = arena_take(use->arena, (size_t)(2 * x->size[0] * entries) * sizeof *pairs);
    evaluate_other(use, OP_FFT, (Type){.rank = 3, .size = {x->size[0], x->size[1], x->size[2]}}, &two_axes, operand[0], pairs);
    for (int64_t plane = 0; plane < 2 * x->size[0]; plane++)
        for (int64_t i = 0; i < places; i++)
            result[plane * places + i] = i < entries ? pairs[2 * (plane / 2 * entries + i) + plane % 2] : 0;
}

/* The products with one wavelet, summed over periods, as pairs. */
static void filter_item(const OpUse *use, const double *const *operand, int64_t item, int64_t wavelet, double *pairs)
{
    int64_t height = use->result.size[2], width = use->result.size[3], lanes = use->operand[1].size[1];
    int64_t places = use->operand[0].size[2], blocks = (width + lanes - 1) / lanes;
    const double *re = operand[0] + 2 * item * places, *im = re + places;
    memset(pairs, 0, (size_t)(2 * height * width) * sizeof *pairs);
    for (int64_t block = 0; block < height * blocks; block++) {
        const double *start = operand[3] + wavelet * height * blocks + block;
        int64_t first = block % blocks * lanes;
        double *to = pairs + 2 * (block / blocks * width + first);
        for (int64_t term = (int64_t)start[0]; term < (int64_t)start[1]; term++)
            for (int64_t lane = 0; lane < lanes && first + lane < width; lane++) {
                double factor = operand[1][term * lanes + lane];
                int64_t place = (int64_t)operand[2][term] + lane;
                to[2 * lane] += factor * re[place];
                to[2 * lane + 1] += factor * im[place];
            }
    }
}

static void filter_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t wavelets = use->result.size[1], entries = use->result.size[2] * use->result.size[3];
    bool modulus = strcmp(use_name(use, "part"), "modulus") == 0;
    Type type = {.element = ELEMENT_COMPLEX, .rank = 2, .size = {use->result.size[2], use->result.size[3]}};
    double *product = arena_take(use->arena, (size_t)(4 * entries) * sizeof *product), *back = product + 2 * entries;
    for (int64_t i = 0; i < use->result.size[0] * wavelets; i++) {
        filter_item(use, operand, i / wavelets, i % wavelets, product);
        evaluate_other(use, OP_IFFT, type, &two_axes, product, back);
        for (int64_t k = 0; k < entries; k++)
            result[i * entries + k] = (double)entries * (modulus ? hypot(back[2 * k], back[2 * k + 1]) : back[2 * k]);
    }
}

/* --- cost and lowering ------------------------------------------------------------------------------------------------------------ */

/* 5 n log2 n for a transform of n complex entries. */
static int64_t transforms_cost(int64_t count, int64_t entries)
{
    return (int64_t)(5 * (double)count * (double)entries * log2((double)entries + 1));
}

static Cost spectrum_cost(const OpUse *use)
{
    const Type *x = &use->operand[0];
    return (Cost){.operations = transforms_cost((x->size[0] + 1) / 2, rule_product(x->size[1], x->size[2]))};
}

static Cost filter_cost(const OpUse *use)
{
    const Type *result = &use->result;
    int64_t items = result->size[0];
    return (Cost){.operations = rule_product(4 * items, type_elements(&use->operand[1])) +
                                transforms_cost(items * result->size[1], rule_product(result->size[2], result->size[3]))};
}

/* Plain transforms take a product for each entry and each unit of a prime factor. */
static int64_t plain_work(int64_t count, int64_t height, int64_t width)
{
    return rule_product(rule_product(count, rule_product(height, width)), 20 * (height + width));
}

static int64_t spectrum_work(const OpUse *use)
{
    return plain_work(use->operand[0].size[0], use->operand[0].size[1], use->operand[0].size[2]);
}

static int64_t filter_work(const OpUse *use)
{
    return plain_work(use->result.size[0] * use->result.size[1], use->result.size[2], use->result.size[3]);
}

static void spectrum_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    SpectrumNumbers numbers = {.items = x->size[0], .height = x->size[1], .width = x->size[2], .places = use->result.size[2]};
    int64_t integers[SPECTRUM_INTEGERS];
    memcpy(integers, &numbers, sizeof integers);
    call->kernel = "spectrum";
    call_integers(use, call, integers, SPECTRUM_INTEGERS);
}

static void filter_lower(const OpUse *use, KernelCall *call)
{
    FilterNumbers numbers = {.items = use->result.size[0],
                             .height = use->result.size[2],
                             .width = use->result.size[3],
                             .places = use->operand[0].size[2],
                             .wavelets = use->result.size[1],
                             .modulus = strcmp(use_name(use, "part"), "modulus") == 0};
    int64_t integers[FILTER_INTEGERS];
    memcpy(integers, &numbers, sizeof integers);
    call->kernel = "filter_spectrum";
    call_integers(use, call, integers, FILTER_INTEGERS);
}

const OpInfo op_spectrum = {
    .op = OP_SPECTRUM,
    .name = "spectrum",
    .summary = "Fourier transform of real items, real and imaginary parts in planes",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .attributes = spectrum_attributes,
    .shape = spectrum_shape,
    .evaluate = spectrum_evaluate,
    .cost = spectrum_cost,
    .work = spectrum_work,
    .lower = spectrum_lower,
};

const OpInfo op_filter_spectrum = {
    .op = OP_FILTER_SPECTRUM,
    .name = "filter_spectrum",
    .summary = "product of a spectrum with filters, summed over periods and transformed back",
    .operand_names = "spectrum factors places starts",
    .operands = 4,
    .internal = true,
    .attributes = filter_attributes,
    .shape = filter_shape,
    .evaluate = filter_evaluate,
    .cost = filter_cost,
    .work = filter_work,
    .lower = filter_lower,
};

/* Complex numbers and Fourier transforms.
 *
 * fft is unnormalised, ifft carries 1/N; `axes` says how many of the last axes are transformed, one or two; what is before them is only a
 * stack of independent transforms. Real or integer x counts as complex. periodize splits an axis of size n into k parts of n / k and
 * takes their mean: applied to a transform it is the transform of every k-th entry of the signal. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/plain_transform.h"
#include "ops/reduction.h"
#include "ops/rule.h"

#include <math.h>

static const AttributeInfo fft_attributes[] = {{"axes", ATTRIBUTE_INTEGER, "1", NULL}, {0}};
static const AttributeInfo periodize_attributes[] = {{"factors", ATTRIBUTE_LIST, NULL, NULL}, {0}};

static bool complex_shape(OpUse *use)
{
    if (!elements_numbers(use, false))
        return false;
    use->result.element = ELEMENT_COMPLEX;
    return use_broadcast(use, &use->result);
}

/* The operand of real, imag, conj and modulus. */
static bool needs_complex(OpUse *use)
{
    const Type *z = &use->operand[0];
    if (z->element == ELEMENT_COMPLEX)
        return true;
    use_fail(use, 565, "%s takes complex numbers, got %s", use->info->name, type_name(use->arena, z));
    return use_help(use, "complex tensors come from `fft`, `ifft` and `complex(re, im)`");
}

static bool part_shape(OpUse *use)
{
    if (!needs_complex(use))
        return false;
    use->result = use->operand[0];
    use->result.element = ELEMENT_REAL;
    return true;
}

static bool conj_shape(OpUse *use)
{
    use->result = use->operand[0];
    return needs_complex(use);
}

static bool fft_shape(OpUse *use)
{
    if (!elements_numbers(use, true))
        return false;
    const Type *x = &use->operand[0];
    int64_t axes = use_integer(use, "axes");
    if (axes != 1 && axes != 2) {
        use_fail(use, 672, "%s goes over the last axis or the last two, got axes = %lld", use->info->name, (long long)axes);
        return use_help(use, "`axes` is 1 or 2");
    }
    if (x->rank < axes) {
        use_fail(use, 672, "%s over %s takes a tensor that has %s, got %s", use->info->name, axes == 1 ? "an axis" : "two axes",
                 axes == 1 ? "one" : "them", type_name(use->arena, x));
        return use_help(use, "`axes` says how many of the last axes are transformed");
    }
    use->result = *x;
    use->result.element = ELEMENT_COMPLEX;
    return true;
}

/* One factor for each of the last axes. */
static bool periodize_shape(OpUse *use)
{
    if (!elements_numbers(use, true))
        return false;
    const Type *z = &use->operand[0];
    int64_t count;
    const int64_t *factors = use_list(use, "factors", &count);
    if (count > z->rank)
        return use_fail(use, 673, "%lld factors are too many for %s: one for each of the last axes", (long long)count,
                        type_name(use->arena, z));
    use->result = *z;
    if (z->element == ELEMENT_INTEGER)
        use->result.element = ELEMENT_REAL;
    for (int64_t i = 0; i < count; i++) {
        int axis = z->rank - (int)count + (int)i;
        if (factors[i] < 1 || z->size[axis] % factors[i] != 0) {
            use_fail(use, 674, "an axis of size %lld cannot be split into %lld equal parts", (long long)z->size[axis],
                     (long long)factors[i]);
            if (factors[i] >= 1)
                use_formula(use, "%lld %% %lld = %lld", (long long)z->size[axis], (long long)factors[i],
                            (long long)(z->size[axis] % factors[i]));
            return use_help(use, "pad the tensor to a multiple of the factor");
        }
        use->result.size[axis] /= factors[i];
    }
    return true;
}

/* --- plain evaluation ---------------------------------------------------------------------------------------------------------- */

static void complex_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        result[2 * i] = operand[0][broadcast_index(use, 0, i)];
        result[2 * i + 1] = operand[1][broadcast_index(use, 1, i)];
    }
}

static void real_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = operand[0][2 * i];
}

static void imag_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = operand[0][2 * i + 1];
}

static void conj_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        result[2 * i] = operand[0][2 * i];
        result[2 * i + 1] = -operand[0][2 * i + 1];
    }
}

/* hypot neither overflows nor vanishes on the way, but would give infinity for an infinite part beside a NaN. */
static void modulus_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        double re = operand[0][2 * i];
        double im = operand[0][2 * i + 1];
        result[i] = isnan(re) || isnan(im) ? NAN : hypot(re, im);
    }
}

/* Sizes of the transformed axes, and of what is before them; `rows` is 1 for one axis. */
typedef struct Extent {
    int64_t outer, rows, columns;
} Extent;

static Extent fft_extent(const OpUse *use)
{
    const Type *x = &use->operand[0];
    Extent extent = {1, use_integer(use, "axes") == 2 ? x->size[x->rank - 2] : 1, x->size[x->rank - 1]};
    extent.outer = type_elements(x) / (extent.rows * extent.columns);
    return extent;
}

static void transform_all(const OpUse *use, const double *x, double *result, bool inverse)
{
    Extent extent = fft_extent(use);
    bool complex = use->operand[0].element == ELEMENT_COMPLEX;
    double divisor = inverse ? (double)(extent.rows * extent.columns) : 1;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        result[2 * i] = (complex ? x[2 * i] : x[i]) / divisor;
        result[2 * i + 1] = (complex ? x[2 * i + 1] : 0) / divisor;
    }
    double sign = inverse ? 1 : -1;
    plain_transform(use->arena, result, extent.outer * extent.rows, extent.columns, 1, sign);
    plain_transform(use->arena, result, extent.outer, extent.rows, extent.columns, sign);
}

static void fft_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    transform_all(use, operand[0], result, false);
}

static void ifft_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    transform_all(use, operand[0], result, true);
}

/* The element of the result that element `index` of z is averaged into. */
static int64_t periodized(const OpUse *use, int64_t index)
{
    const Type *z = &use->operand[0];
    int64_t position = 0;
    int64_t step = 1;
    for (int i = z->rank - 1; i >= 0; i--) {
        position += index % z->size[i] % use->result.size[i] * step;
        step *= use->result.size[i];
        index /= z->size[i];
    }
    return position;
}

static void periodize_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *z = &use->operand[0];
    int64_t width = z->element == ELEMENT_COMPLEX ? 2 : 1;
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] = 0;
    int64_t row = width, kept = width; /* a number is a row of one */
    if (z->rank > 0) {
        row *= z->size[z->rank - 1];
        kept *= use->result.size[z->rank - 1];
    }
    for (int64_t start = 0; start < type_reals(z); start += row) {
        double *sum = result + periodized(use, start / width) * width;
        for (int64_t part = 0; part < row; part += kept)
            for (int64_t i = 0; i < kept; i++)
                sum[i] += operand[0][start + part + i];
    }
    int64_t parts = type_elements(z) / type_elements(&use->result);
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] /= (double)parts;
}

/* --- lowering ------------------------------------------------------------------------------------------------------------------ */

static void complex_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "complex";
    call_nest(use, call);
}

static void part_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    call_integer(use, call, type_elements(&use->result));
}

static void conj_lower(const OpUse *use, KernelCall *call)
{
    part_lower(use, call);
    call->in_place = 1;
}

static void fft_lower(const OpUse *use, KernelCall *call)
{
    Extent extent = fft_extent(use);
    call->kernel = "fft";
    call_integer(use, call, use->info->op == OP_IFFT);
    call_integer(use, call, use->operand[0].element == ELEMENT_COMPLEX);
    call_integer(use, call, extent.outer);
    call_integer(use, call, extent.rows);
    call_integer(use, call, extent.columns);
    call->in_place = use->operand[0].element == ELEMENT_COMPLEX;
}

/* A mean over the parts: each axis is seen as parts x rest, and the parts are reduced. */
static void periodize_lower(const OpUse *use, KernelCall *call)
{
    const Type *z = &use->operand[0];
    ReductionAxis axes[2 * MAX_RANK];
    for (int i = 0; i < z->rank; i++) {
        axes[2 * i] = (ReductionAxis){z->size[i] / use->result.size[i], true};
        axes[2 * i + 1] = (ReductionAxis){use->result.size[i], false};
    }
    call_reduction(use, call, "reduce_mean", axes, 2 * z->rank, z->element == ELEMENT_COMPLEX ? 2 : 1);
}

/* The usual count for a transform of size n: 5 n log2 n. */
static Cost fft_cost(const OpUse *use)
{
    Extent extent = fft_extent(use);
    double size = (double)(extent.rows * extent.columns);
    return (Cost){.operations = (int64_t)((double)extent.outer * 5 * size * log2(size))};
}

static int64_t fft_work(const OpUse *use)
{
    Extent extent = fft_extent(use);
    int64_t entries = rule_product(extent.outer, rule_product(extent.rows, extent.columns));
    return rule_product(entries, plain_transform_work(extent.rows) + plain_transform_work(extent.columns));
}

static Cost periodize_cost(const OpUse *use)
{
    return (Cost){.operations = type_reals(&use->operand[0])};
}

const OpInfo op_complex = {
    .op = OP_COMPLEX,
    .name = "complex",
    .summary = "complex numbers of two real parts",
    .operand_names = "re im",
    .operands = 2,
    .shape = complex_shape,
    .evaluate = complex_evaluate,
    .lower = complex_lower,
    .gradient = gradient_of_complex,
};

const OpInfo op_real = {
    .op = OP_REAL,
    .name = "real",
    .summary = "real part",
    .operand_names = "z",
    .operands = 1,
    .shape = part_shape,
    .evaluate = real_evaluate,
    .lower = part_lower,
    .gradient = gradient_of_real,
};

const OpInfo op_imag = {
    .op = OP_IMAG,
    .name = "imag",
    .summary = "imaginary part",
    .operand_names = "z",
    .operands = 1,
    .shape = part_shape,
    .evaluate = imag_evaluate,
    .lower = part_lower,
    .gradient = gradient_of_imag,
};

const OpInfo op_conj = {
    .op = OP_CONJ,
    .name = "conj",
    .summary = "complex conjugate",
    .operand_names = "z",
    .operands = 1,
    .shape = conj_shape,
    .evaluate = conj_evaluate,
    .lower = conj_lower,
    .gradient = gradient_of_conj,
};

const OpInfo op_modulus = {
    .op = OP_MODULUS,
    .name = "modulus",
    .summary = "absolute value of complex numbers",
    .operand_names = "z",
    .operands = 1,
    .shape = part_shape,
    .evaluate = modulus_evaluate,
    .lower = part_lower,
    .gradient = gradient_of_modulus,
};

const OpInfo op_fft = {
    .op = OP_FFT,
    .name = "fft",
    .summary = "Fourier transform over the last axis or two, unnormalised",
    .operand_names = "x",
    .operands = 1,
    .attributes = fft_attributes,
    .shape = fft_shape,
    .evaluate = fft_evaluate,
    .cost = fft_cost,
    .work = fft_work,
    .lower = fft_lower,
    .gradient = gradient_of_fft,
};

const OpInfo op_ifft = {
    .op = OP_IFFT,
    .name = "ifft",
    .summary = "inverse Fourier transform over the last axis or two, divided by the size",
    .operand_names = "x",
    .operands = 1,
    .attributes = fft_attributes,
    .shape = fft_shape,
    .evaluate = ifft_evaluate,
    .cost = fft_cost,
    .work = fft_work,
    .lower = fft_lower,
    .gradient = gradient_of_ifft,
};

const OpInfo op_periodize = {
    .op = OP_PERIODIZE,
    .name = "periodize",
    .summary = "mean over the k parts of each of the last axes",
    .operand_names = "z",
    .operands = 1,
    .attributes = periodize_attributes,
    .shape = periodize_shape,
    .evaluate = periodize_evaluate,
    .cost = periodize_cost,
    .lower = periodize_lower,
    .gradient = gradient_of_periodize,
};

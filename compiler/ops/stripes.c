/* Images in stripes: their spectra, filters of these, and smoothing; kernel/stripes.h says how all of it lies. Only transforms make these operations.
 *
 * striped_spectrum takes x [stripes, height, width, 8] to [stripes, height, pitch, 16].
 *
 * striped_filter takes a striped spectrum, or one in planes (spectrum.c), and a bank (factors [n, 1], or [n, 8] for planes; runs [m, 4], places, starts),
 * to the absolute values of what comes back of each product, without a divisor. From planes with wavelets side by side (`run` of them) they are
 * [items * stripes, height, width, 8]. From stripes (`run` images in ceil(run / 8)) they are [images, wavelets, height, width]. With two
 * matrices more, down [rows, height] and along [columns, width], they are smoothed, one behind the other in either case.
 *
 * striped_smooth does that to striped images alone. */
#include "kernel/stripes.h"

#include "kernel/spectrum.h"
#include "ops/elementwise.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static const AttributeInfo filter_attributes[] = {
    {"height", ATTRIBUTE_INTEGER, NULL, NULL},
    {"width", ATTRIBUTE_INTEGER, NULL, NULL},
    {"run", ATTRIBUTE_INTEGER, NULL, NULL},
    {0},
};

static const AttributeInfo smooth_attributes[] = {{"run", ATTRIBUTE_INTEGER, NULL, NULL}, {0}};

static bool has_lines(OpUse *use, int64_t height, int64_t width)
{
    if (height >= 2 && width >= 2 && spectrum_has_lines(height) && spectrum_has_lines(width))
        return true;
    return use_fail(use, 674, "lines of %lld and %lld entries are no products of 2, 3 and 5", (long long)height, (long long)width);
}

static bool is_striped(const Type *type, int64_t neighbours)
{
    return type->rank == 4 && type->size[3] == neighbours;
}

/* Whether a number of stripes is made of whole runs. */
static bool has_runs(OpUse *use, int64_t stripes, int64_t run)
{
    if (run >= 1 && run <= stripes * STRIPE && stripes % stripes_of(run) == 0)
        return true;
    return use_fail(use, 672, "%lld stripes hold no whole runs of %lld images", (long long)stripes, (long long)run);
}

static bool has_matrices(OpUse *use, const Type *matrix, int64_t height, int64_t width)
{
    bool both = matrix[0].rank == 2 && matrix[1].rank == 2 && !matrix[0].batched && !matrix[1].batched;
    if (both && matrix[0].size[1] == height && matrix[1].size[1] == width)
        return true;
    return use_fail(use, 673, "images of %lld x %lld are not smoothed by %s and %s", (long long)height, (long long)width,
                    type_name(use->arena, &matrix[0]), type_name(use->arena, &matrix[1]));
}

static bool spectrum_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (!elements_numbers(use, false))
        return false;
    if (!is_striped(x, STRIPE))
        return use_fail(use, 672, "stripes are stripes x height x width x 8, got %s", type_name(use->arena, x));
    if (!has_lines(use, x->size[1], x->size[2]))
        return false;
    use->result =
        (Type){.batched = x->batched, .rank = 4, .size = {x->size[0], x->size[1], stripes_pitch(x->size[2]), STRIPE_PAIR}};
    return rule_elements(use);
}

/* The numbers of a filter whose operands have been checked. */
static StripedFilterNumbers filter_numbers(const OpUse *use)
{
    const Type *spectrum = &use->operand[0];
    StripedFilterNumbers numbers = {.items = spectrum->size[0],
                                    .height = use_integer(use, "height"),
                                    .width = use_integer(use, "width"),
                                    .spread = spectrum->rank == 3,
                                    .run = use_integer(use, "run")};
    numbers.filters = (use->operand[4].size[0] - 1) / numbers.height;
    numbers.places = numbers.spread ? spectrum->size[2] : spectrum->size[1] * spectrum->size[2];
    if (use->operand_count == 7) {
        numbers.rows = use->operand[5].size[0];
        numbers.columns = use->operand[6].size[0];
    }
    return numbers;
}

static bool filter_operands(OpUse *use)
{
    const Type *spectrum = &use->operand[0], *factors = &use->operand[1], *starts = &use->operand[4];
    bool spread = spectrum->rank == 3 && spectrum->size[1] == 2;
    bool bank = factors->rank == 2 && factors->size[1] == (spread ? STRIPE : 1) && use->operand[2].rank == 2 &&
                use->operand[2].size[1] == STRIPE_RUN && use->operand[3].rank == 1 && starts->rank == 1;
    for (int k = 1; k < 5; k++)
        bank = bank && !use->operand[k].batched;
    int64_t height = use_integer(use, "height"), filters = starts->rank == 1 ? (starts->size[0] - 1) / height : 0;
    if (!(spread || is_striped(spectrum, STRIPE_PAIR)) || !bank || filters < 1 || (starts->size[0] - 1) % height != 0)
        return use_fail(use, 673, "a spectrum meets factors, runs, places and starts, got %s, %s, %s, %s and %s",
                        type_name(use->arena, spectrum), type_name(use->arena, factors), type_name(use->arena, &use->operand[2]),
                        type_name(use->arena, &use->operand[3]), type_name(use->arena, starts));
    return true;
}

static bool filter_shape(OpUse *use)
{
    if (!elements_numbers(use, false) || !has_lines(use, use_integer(use, "height"), use_integer(use, "width")) ||
        !filter_operands(use))
        return false;
    StripedFilterNumbers numbers = filter_numbers(use);
    bool smooth = use->operand_count == 7;
    if (!smooth && use->operand_count != 5)
        return use_fail(use, 673, "smoothing takes two matrices");
    if (!has_runs(use, numbers.spread ? numbers.filters : numbers.items, numbers.run) ||
        (smooth && !has_matrices(use, &use->operand[5], numbers.height, numbers.width)))
        return false;
    int64_t height = smooth ? numbers.rows : numbers.height, width = smooth ? numbers.columns : numbers.width;
    Type result = {.batched = use->operand[0].batched, .rank = 4, .size = {0, 0, height, width}};
    result.size[0] = numbers.spread ? numbers.items : numbers.items / stripes_of(numbers.run) * numbers.run;
    result.size[1] = numbers.spread ? numbers.run : numbers.filters;
    if (numbers.spread && !smooth)
        result = (Type){.batched = result.batched, .rank = 4, .size = {numbers.items * numbers.filters, height, width, STRIPE}};
    use->result = result;
    return rule_elements(use);
}

static bool smooth_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t run = use_integer(use, "run");
    if (!elements_numbers(use, false))
        return false;
    if (!is_striped(x, STRIPE))
        return use_fail(use, 672, "stripes are stripes x height x width x 8, got %s", type_name(use->arena, x));
    if (!has_runs(use, x->size[0], run) || !has_matrices(use, &use->operand[1], x->size[1], x->size[2]))
        return false;
    int64_t images = x->size[0] / stripes_of(run) * run;
    use->result = (Type){.batched = x->batched, .rank = 3, .size = {images, use->operand[1].size[0], use->operand[2].size[0]}};
    return rule_elements(use);
}

/* --- plain evaluation: the definitions, image by image ----------------------------------------------------------------------- */

/* Transforms pairs [height, width] by the definition of another operation. */
static void evaluate_transform(const OpUse *use, Op op, int64_t height, int64_t width, const double *x, double *result)
{
    AttributeValue axes = {.integer = 2};
    Type type = {.element = ELEMENT_COMPLEX, .rank = 2, .size = {height, width}};
    OpUse other = {
        .info = op_info(op), .operand = &type, .operand_count = 1, .attributes = &axes, .result = type, .arena = use->arena};
    other.info->evaluate(&other, &(EvaluationPoint){.samples = 1}, &x, result);
}

static void spectrum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t height = use->operand[0].size[1], width = use->operand[0].size[2], pitch = use->result.size[2];
    double *pairs = arena_take(use->arena, (size_t)(4 * height * width) * sizeof *pairs), *spectrum = pairs + 2 * height * width;
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t image = 0; image < STRIPE * use->operand[0].size[0]; image++) {
        const double *from = operand[0] + image / STRIPE * height * width * STRIPE + image % STRIPE;
        double *to = result + image / STRIPE * height * pitch * STRIPE_PAIR + image % STRIPE;
        for (int64_t i = 0; i < height * width; i++) {
            pairs[2 * i] = from[i * STRIPE];
            pairs[2 * i + 1] = 0;
        }
        evaluate_transform(use, OP_FFT, height, width, pairs, spectrum);
        for (int64_t i = 0; i < height * width; i++)
            for (int part = 0; part < 2; part++)
                to[(i / width * pitch + i % width) * STRIPE_PAIR + part * STRIPE] = spectrum[2 * i + part];
    }
}

/* down x image x transposed along, of one image whose entries are `step` apart. */
static void smooth_image(const OpUse *use, const Type *matrix, const double *const *matrices, const double *x, int64_t step,
                         double *result)
{
    int64_t rows = matrix[0].size[0], height = matrix[0].size[1], columns = matrix[1].size[0], width = matrix[1].size[1];
    double *between = arena_zero(use->arena, (size_t)(rows * width), sizeof *between);
    for (int64_t p = 0; p < rows; p++)
        for (int64_t k = 0; k < height; k++)
            for (int64_t c = 0; c < width; c++)
                between[p * width + c] += matrices[0][p * height + k] * x[(k * width + c) * step];
    memset(result, 0, (size_t)(rows * columns) * sizeof *result);
    for (int64_t i = 0; i < rows * columns; i++)
        for (int64_t k = 0; k < width; k++)
            result[i] += between[i / columns * width + k] * matrices[1][i % columns * width + k];
}

/* The sum of a product over periods, of lane `lane`, as pairs. */
static void sum_product(const StripedFilterNumbers *numbers, const double *const *operand, int64_t item, int64_t filter,
                        int64_t lane, double *pairs)
{
    const double *spectrum = operand[0] + item * numbers->places * (numbers->spread ? 2 : STRIPE_PAIR);
    int64_t im = numbers->spread ? numbers->places : STRIPE;
    memset(pairs, 0, (size_t)(2 * numbers->height * numbers->width) * sizeof *pairs);
    for (int64_t r = 0; r < numbers->height; r++)
        for (int64_t n = (int64_t)operand[4][filter * numbers->height + r];
             n < (int64_t)operand[4][filter * numbers->height + r + 1]; n++) {
            const double *run = operand[2] + n * STRIPE_RUN;
            int64_t terms = (int64_t)run[2], first = (int64_t)run[3];
            for (int64_t i = 0; i < terms * (int64_t)run[1]; i++) {
                int64_t place = (int64_t)operand[3][first + i], at = numbers->spread ? place : place * STRIPE_PAIR + lane;
                double factor = operand[1][numbers->spread ? (first + i) * STRIPE + lane : first + i];
                double *to = pairs + 2 * (r * numbers->width + (int64_t)run[0] + i / terms);
                to[0] += spectrum[at] * factor;
                to[1] += spectrum[at + im] * factor;
            }
        }
}

static void filter_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    StripedFilterNumbers numbers = filter_numbers(use);
    int64_t entries = numbers.height * numbers.width, kept = numbers.rows ? numbers.rows * numbers.columns : entries;
    double *product = arena_take(use->arena, (size_t)(5 * entries) * sizeof *product), *back = product + 2 * entries;
    double *moduli = back + 2 * entries;
    for (int64_t n = 0; n < numbers.items * numbers.filters * STRIPE; n++) {
        int64_t lane = n % STRIPE, filter = n / STRIPE % numbers.filters, item = n / STRIPE / numbers.filters;
        int64_t stripe = numbers.spread ? item * numbers.filters + filter : item;
        int64_t image = stripes_first(stripe, numbers.run) + lane;
        sum_product(&numbers, operand, item, filter, lane, product);
        evaluate_transform(use, OP_IFFT, numbers.height, numbers.width, product, back);
        for (int64_t k = 0; k < entries; k++)
            moduli[k] = (double)entries * hypot(back[2 * k], back[2 * k + 1]);
        if (numbers.spread && !numbers.rows) {
            for (int64_t k = 0; k < entries; k++)
                result[(stripe * entries + k) * STRIPE + lane] = moduli[k];
            continue;
        }
        if (lane >= stripes_used(stripe, numbers.run))
            continue;
        double *to = result + (numbers.spread ? image : image * numbers.filters + filter) * kept;
        if (numbers.rows)
            smooth_image(use, &use->operand[5], &operand[5], moduli, 1, to);
        else
            memcpy(to, moduli, (size_t)entries * sizeof *to);
    }
}

static void smooth_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    int64_t run = use_integer(use, "run"), entries = x->size[1] * x->size[2];
    for (int64_t s = 0; s < x->size[0]; s++)
        for (int64_t lane = 0; lane < stripes_used(s, run); lane++)
            smooth_image(use, &use->operand[1], &operand[1], operand[0] + s * entries * STRIPE + lane, STRIPE,
                         result + (stripes_first(s, run) + lane) * use->result.size[1] * use->result.size[2]);
}

/* --- cost and lowering ------------------------------------------------------------------------------------------------------- */

/* 5 n log2 n for a transform of n complex entries. */
static int64_t transforms_cost(int64_t count, int64_t entries)
{
    return (int64_t)(5 * (double)count * (double)entries * log2((double)entries + 1));
}

/* Plain transforms take a product for each entry and each unit of a prime factor. */
static int64_t plain_work(int64_t count, int64_t height, int64_t width)
{
    return rule_product(rule_product(count, rule_product(height, width)), 20 * (height + width));
}

static int64_t smooth_cost(int64_t images, int64_t rows, int64_t columns, int64_t height, int64_t width)
{
    return rule_product(2 * images, rule_product(rows * width, height + columns));
}

static Cost spectrum_cost(const OpUse *use)
{
    const Type *x = &use->operand[0];
    return (Cost){.operations = transforms_cost(x->size[0] * STRIPE / 2, rule_product(x->size[1], x->size[2]))};
}

static int64_t spectrum_work(const OpUse *use)
{
    return plain_work(use->operand[0].size[0] * STRIPE, use->operand[0].size[1], use->operand[0].size[2]);
}

static Cost filter_cost(const OpUse *use)
{
    StripedFilterNumbers numbers = filter_numbers(use);
    int64_t images = numbers.items * numbers.filters * STRIPE;
    int64_t sums = rule_product(4 * numbers.items * STRIPE, use->operand[1].size[0]);
    return (Cost){.operations = sums + transforms_cost(images, rule_product(numbers.height, numbers.width)) +
                                smooth_cost(images, numbers.rows, numbers.columns, numbers.height, numbers.width)};
}

static int64_t filter_work(const OpUse *use)
{
    StripedFilterNumbers numbers = filter_numbers(use);
    return plain_work(numbers.items * numbers.filters * STRIPE, numbers.height + numbers.rows, numbers.width);
}

static Cost smooth_cost_of(const OpUse *use)
{
    const Type *x = &use->operand[0];
    return (Cost){.operations =
                      smooth_cost(x->size[0] * STRIPE, use->operand[1].size[0], use->operand[2].size[0], x->size[1], x->size[2])};
}

static void spectrum_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = "striped_spectrum";
    call_integers(use, call, use->operand[0].size, STRIPED_SPECTRUM_INTEGERS);
}

static void filter_lower(const OpUse *use, KernelCall *call)
{
    StripedFilterNumbers numbers = filter_numbers(use);
    int64_t integers[STRIPED_FILTER_INTEGERS];
    memcpy(integers, &numbers, sizeof integers);
    call->kernel = "striped_filter";
    call_integers(use, call, integers, STRIPED_FILTER_INTEGERS);
}

static void smooth_lower(const OpUse *use, KernelCall *call)
{
    const Type *x = &use->operand[0];
    StripedSmoothNumbers numbers = {.stripes = x->size[0],
                                    .height = x->size[1],
                                    .width = x->size[2],
                                    .run = use_integer(use, "run"),
                                    .rows = use->operand[1].size[0],
                                    .columns = use->operand[2].size[0]};
    int64_t integers[STRIPED_SMOOTH_INTEGERS];
    memcpy(integers, &numbers, sizeof integers);
    call->kernel = "striped_smooth";
    call_integers(use, call, integers, STRIPED_SMOOTH_INTEGERS);
}

const OpInfo op_striped_spectrum = {
    .op = OP_STRIPED_SPECTRUM,
    .name = "striped_spectrum",
    .summary = "Fourier transform of eight real images side by side",
    .operand_names = "x",
    .operands = 1,
    .internal = true,
    .shape = spectrum_shape,
    .evaluate = spectrum_evaluate,
    .cost = spectrum_cost,
    .work = spectrum_work,
    .lower = spectrum_lower,
};

const OpInfo op_striped_filter = {
    .op = OP_STRIPED_FILTER,
    .name = "striped_filter",
    .summary = "absolute values of filtered images, eight side by side, smoothed where matrices say so",
    .operand_names = "spectrum factors runs places starts ...",
    .operands = 5,
    .variadic = true,
    .internal = true,
    .attributes = filter_attributes,
    .shape = filter_shape,
    .evaluate = filter_evaluate,
    .cost = filter_cost,
    .work = filter_work,
    .lower = filter_lower,
};

const OpInfo op_striped_smooth = {
    .op = OP_STRIPED_SMOOTH,
    .name = "striped_smooth",
    .summary = "images side by side, smoothed by a matrix on either side",
    .operand_names = "x down along",
    .operands = 3,
    .internal = true,
    .attributes = smooth_attributes,
    .shape = smooth_shape,
    .evaluate = smooth_evaluate,
    .cost = smooth_cost_of,
    .lower = smooth_lower,
};

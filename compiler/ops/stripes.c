/* Images in stripes: their spectra, filters of these, and smoothing; kernel/stripes.h says how all of it lies. Only transforms make these operations.
 *
 * striped_spectrum takes x [stripes, height, width, 8] to [stripes, height, pitch, 16].
 *
 * striped_filter takes a striped spectrum, or one in planes (spectrum.c), and a bank (factors [n, 1], or [n, 8] for planes; runs, starts),
 * to the absolute values of what comes back of each product, without a divisor. From planes with wavelets side by side (`run` of them) they are
 * [items * stripes, height, width, 8]. From stripes (`run` images in ceil(run / 8)) they are [images, wavelets, height, width]. With two
 * operands more, of the low pass down and along, and smooth=[count, first, step down, count, first, step along], they are smoothed, one behind the other in
 * either case.
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
    {"smooth", ATTRIBUTE_LIST, "[]", NULL},
    {0},
};

static const AttributeInfo smooth_attributes[] = {
    {"run", ATTRIBUTE_INTEGER, NULL, NULL},
    {"smooth", ATTRIBUTE_LIST, NULL, NULL},
    {0},
};

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

/* Smoothing of one direction, from the attribute and the operands. */
static SmoothSide smooth_side(const OpUse *use, int direction, const Type *blocks)
{
    int64_t count;
    const int64_t *items = use_list(use, "smooth", &count) + (ptrdiff_t)3 * direction;
    return (SmoothSide){.count = items[0], .first = items[1], .step = items[2], .length = blocks[direction].size[0]};
}

/* Whether results are kept of those there are. */
static bool is_side(SmoothSide side, int64_t size)
{
    return side.step >= 1 && size % side.step == 0 && side.count >= 1 && side.first >= 0 && side.first < size / side.step &&
           side.count <= size / side.step - side.first;
}

static bool has_smoothing(OpUse *use, const Type *blocks, int64_t height, int64_t width)
{
    int64_t count;
    use_list(use, "smooth", &count);
    bool both = count == 6 && blocks[0].rank == 1 && blocks[1].rank == 1 && !blocks[0].batched && !blocks[1].batched;
    if (both && is_side(smooth_side(use, 0, blocks), height) && is_side(smooth_side(use, 1, blocks), width))
        return true;
    return use_fail(use, 673, "images of %lld x %lld are not smoothed by %s and %s", (long long)height, (long long)width,
                    type_name(use->arena, &blocks[0]), type_name(use->arena, &blocks[1]));
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
    numbers.filters = (use->operand[3].size[0] - 1) / numbers.height;
    numbers.places = numbers.spread ? spectrum->size[2] : spectrum->size[1] * spectrum->size[2];
    if (use->operand_count == 6) {
        numbers.down = smooth_side(use, 0, &use->operand[4]);
        numbers.along = smooth_side(use, 1, &use->operand[4]);
    }
    return numbers;
}

static bool filter_operands(OpUse *use)
{
    const Type *spectrum = &use->operand[0], *factors = &use->operand[1], *runs = &use->operand[2], *starts = &use->operand[3];
    bool spread = spectrum->rank == 3 && spectrum->size[1] == 2;
    bool bank = factors->rank == 2 && factors->size[1] == (spread ? STRIPE : 1) && runs->rank == 1 && starts->rank == 1 &&
                !factors->batched && !runs->batched && !starts->batched;
    int64_t height = use_integer(use, "height"), filters = starts->rank == 1 ? (starts->size[0] - 1) / height : 0;
    if (!(spread || is_striped(spectrum, STRIPE_PAIR)) || !bank || filters < 1 || (starts->size[0] - 1) % height != 0)
        return use_fail(use, 673, "a spectrum meets factors, runs and starts, got %s, %s, %s and %s",
                        type_name(use->arena, spectrum), type_name(use->arena, factors), type_name(use->arena, runs),
                        type_name(use->arena, starts));
    return true;
}

static bool filter_shape(OpUse *use)
{
    if (!elements_numbers(use, false) || !has_lines(use, use_integer(use, "height"), use_integer(use, "width")) ||
        !filter_operands(use))
        return false;
    bool smooth = use->operand_count == 6;
    if (!smooth && use->operand_count != 4)
        return use_fail(use, 673, "smoothing takes a constant for each direction");
    if (smooth && !has_smoothing(use, &use->operand[4], use_integer(use, "height"), use_integer(use, "width")))
        return false;
    StripedFilterNumbers numbers = filter_numbers(use);
    if (!has_runs(use, numbers.spread ? numbers.filters : numbers.items, numbers.run))
        return false;
    int64_t height = smooth ? numbers.down.count : numbers.height, width = smooth ? numbers.along.count : numbers.width;
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
    if (!has_runs(use, x->size[0], run) || !has_smoothing(use, &use->operand[1], x->size[1], x->size[2]))
        return false;
    int64_t images = x->size[0] / stripes_of(run) * run;
    int64_t rows = smooth_side(use, 0, &use->operand[1]).count, columns = smooth_side(use, 1, &use->operand[1]).count;
    use->result = (Type){.batched = x->batched, .rank = 3, .size = {images, rows, columns}};
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

/* What a constant that no transform made may not be: a place outside of what it leads into counts as the first. */
static int64_t place_below(double value, int64_t count)
{
    return value >= 0 && value < (double)count ? (int64_t)value : 0;
}

/* A line whose entries are `step` apart, and results. */
typedef struct Line {
    SmoothSide side;
    int64_t size;
    const double *blocks;
    const double *x;
    int64_t step;
    double *result;
} Line;

/* Entry i of a line, folded one way of `ways`. */
static double fold_entry(const Line *line, int ways, int way, int64_t i)
{
    int64_t half = line->size / 2, step = line->step;
    const double *x = line->x;
    double a = x[i * step], b = x[(i ? line->size - i : 0) * step];
    if (ways == 2)
        return way ? a - b : a + b;
    double c = x[(half - i) * step], d = x[(half + i) * step];
    const double folded[] = {a + b + c + d, a + b - c - d, a - b - c + d, a - b + c - d};
    return folded[way];
}

/* The results that belong to p, as far as they are kept, from its sums in each way. */
static void unfold_sums(const Line *line, int ways, int64_t p, const double *s)
{
    int64_t all = line->size / line->side.step;
    const int64_t places[] = {p, all - p, all / 2 - p, all / 2 + p};
    const double four[] = {s[0] + s[1] + s[2] + s[3], s[0] + s[1] - s[2] - s[3], s[0] - s[1] - s[2] + s[3],
                           s[0] - s[1] + s[2] - s[3]};
    const double two[] = {s[0] + s[1], s[0] - s[1]};
    for (int k = 0; k < ways; k++) {
        int64_t at = places[k] - line->side.first;
        if (at >= 0 && at < line->side.count)
            line->result[at] = ways == 2 ? two[k] : four[k];
    }
}

/* The definition of smoothing with the constant that a kernel takes. */
static void smooth_line(const Line *line)
{
    int ways = smooth_ways(line->size / line->side.step), results = SMOOTH_SUMS / ways;
    int64_t entries = line->size / ways + 1;
    memset(line->result, 0, (size_t)line->side.count * sizeof *line->result);
    for (int64_t n = 0; n + SMOOTH_FACTORS <= line->side.length;) {
        const double *block = line->blocks + n;
        int64_t p = place_below(block[SMOOTH_RESULT], line->size), first = place_below(block[SMOOTH_ENTRY], entries);
        int64_t room = (line->side.length - n - SMOOTH_FACTORS) / SMOOTH_SUMS, most = entries - first;
        int64_t count = place_below(block[SMOOTH_COUNT], (room < most ? room : most) + 1);
        for (int r = 0; r < results; r++) {
            double sums[SMOOTH_WAYS] = {0};
            for (int way = 0; way < ways; way++)
                for (int64_t i = 0; i < count; i++)
                    sums[way] +=
                        fold_entry(line, ways, way, first + i) * block[SMOOTH_FACTORS + i * SMOOTH_SUMS + way * results + r];
            unfold_sums(line, ways, p + r, sums);
        }
        n += SMOOTH_FACTORS + count * SMOOTH_SUMS;
    }
}

/* Smooths one image [height, width] whose entries are `step` apart. */
static void smooth_image(Arena *arena, SmoothSide down, SmoothSide along, const double *const *blocks, int64_t height,
                         int64_t width, const double *x, int64_t step, double *result)
{
    double *between = arena_take(arena, (size_t)(down.count * width) * sizeof *between);
    double *column = arena_take(arena, (size_t)down.count * sizeof *column);
    for (int64_t c = 0; c < width; c++) {
        smooth_line(&(Line){down, height, blocks[0], x + c * step, width * step, column});
        for (int64_t p = 0; p < down.count; p++)
            between[p * width + c] = column[p];
    }
    for (int64_t p = 0; p < down.count; p++)
        smooth_line(&(Line){along, width, blocks[1], between + p * width, 1, result + p * along.count});
}

/* The sum of a product over periods, of lane `lane`, as pairs. */
static void sum_product(const OpUse *use, const StripedFilterNumbers *numbers, const double *const *operand, int64_t item,
                        int64_t filter, int64_t lane, double *pairs)
{
    const double *spectrum = operand[0] + item * numbers->places * (numbers->spread ? 2 : STRIPE_PAIR);
    int64_t im = numbers->spread ? numbers->places : STRIPE, runs = use->operand[2].size[0], factors = use->operand[1].size[0];
    memset(pairs, 0, (size_t)(2 * numbers->height * numbers->width) * sizeof *pairs);
    for (int64_t r = 0; r < numbers->height; r++) {
        const double *start = operand[3] + filter * numbers->height + r;
        int64_t n = place_below(start[0], runs), end = place_below(start[1], runs + 1);
        int64_t factor = place_below(operand[2][n++], factors), column = 0;
        while (n + STRIPE_RUN_PLACES <= end) {
            const double *run = operand[2] + n;
            int64_t length = place_below(run[STRIPE_RUN_LENGTH], numbers->width - column + 1);
            int64_t terms = place_below(run[STRIPE_RUN_TERMS], end - n - STRIPE_RUN_PLACES + 1);
            for (int64_t i = 0; i < length * terms; i++) {
                int64_t step = i / terms;
                int64_t place = place_below(run[STRIPE_RUN_PLACES + i % terms] + (double)step, numbers->places);
                const double *x = spectrum + (numbers->spread ? place : place * STRIPE_PAIR + lane);
                int64_t at = place_below((double)(factor + i), factors);
                double *to = pairs + 2 * (r * numbers->width + column + step);
                double by = operand[1][numbers->spread ? at * STRIPE + lane : at];
                to[0] += x[0] * by;
                to[1] += x[im] * by;
            }
            factor += length * terms;
            column += length;
            n += STRIPE_RUN_PLACES + terms;
        }
    }
}

static void filter_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    StripedFilterNumbers numbers = filter_numbers(use);
    int64_t entries = numbers.height * numbers.width,
            kept = numbers.down.count > 0 ? numbers.down.count * numbers.along.count : entries;
    double *product = arena_take(use->arena, (size_t)(5 * entries) * sizeof *product), *back = product + 2 * entries;
    double *moduli = back + 2 * entries;
    for (int64_t n = 0; n < numbers.items * numbers.filters * STRIPE; n++) {
        int64_t lane = n % STRIPE, filter = n / STRIPE % numbers.filters, item = n / STRIPE / numbers.filters;
        int64_t stripe = numbers.spread ? item * numbers.filters + filter : item;
        int64_t image = stripes_first(stripe, numbers.run) + lane;
        sum_product(use, &numbers, operand, item, filter, lane, product);
        evaluate_transform(use, OP_IFFT, numbers.height, numbers.width, product, back);
        for (int64_t k = 0; k < entries; k++)
            moduli[k] = (double)entries * hypot(back[2 * k], back[2 * k + 1]);
        if (numbers.spread && numbers.down.count == 0) {
            for (int64_t k = 0; k < entries; k++)
                result[(stripe * entries + k) * STRIPE + lane] = moduli[k];
            continue;
        }
        if (lane >= stripes_used(stripe, numbers.run))
            continue;
        double *to = result + (numbers.spread ? image : image * numbers.filters + filter) * kept;
        if (numbers.down.count > 0)
            smooth_image(use->arena, numbers.down, numbers.along, &operand[4], numbers.height, numbers.width, moduli, 1, to);
        else
            memcpy(to, moduli, (size_t)entries * sizeof *to);
    }
}

static void smooth_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    const Type *x = &use->operand[0];
    SmoothSide down = smooth_side(use, 0, &use->operand[1]), along = smooth_side(use, 1, &use->operand[1]);
    int64_t run = use_integer(use, "run"), entries = x->size[1] * x->size[2];
    for (int64_t s = 0; s < x->size[0]; s++)
        for (int64_t lane = 0; lane < stripes_used(s, run); lane++)
            smooth_image(use->arena, down, along, &operand[1], x->size[1], x->size[2], operand[0] + s * entries * STRIPE + lane,
                         STRIPE, result + (stripes_first(s, run) + lane) * use->result.size[1] * use->result.size[2]);
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

static int64_t smooth_cost(int64_t images, SmoothSide down, SmoothSide along, int64_t width)
{
    return rule_product(2 * images, rule_product(width, down.length) + rule_product(down.count, along.length));
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
                                smooth_cost(images, numbers.down, numbers.along, numbers.width)};
}

static int64_t filter_work(const OpUse *use)
{
    StripedFilterNumbers numbers = filter_numbers(use);
    return plain_work(numbers.items * numbers.filters * STRIPE, numbers.height + numbers.down.count, numbers.width);
}

static Cost smooth_cost_of(const OpUse *use)
{
    const Type *x = &use->operand[0];
    return (Cost){.operations = smooth_cost(x->size[0] * STRIPE, smooth_side(use, 0, &use->operand[1]),
                                            smooth_side(use, 1, &use->operand[1]), x->size[2])};
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
                                    .down = smooth_side(use, 0, &use->operand[1]),
                                    .along = smooth_side(use, 1, &use->operand[1])};
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
    .summary = "absolute values of filtered images, eight side by side, smoothed where there are taps",
    .operand_names = "spectrum factors runs starts ...",
    .operands = 4,
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
    .summary = "images side by side, smoothed down and along",
    .operand_names = "x down along",
    .operands = 3,
    .internal = true,
    .attributes = smooth_attributes,
    .shape = smooth_shape,
    .evaluate = smooth_evaluate,
    .cost = smooth_cost_of,
    .lower = smooth_lower,
};

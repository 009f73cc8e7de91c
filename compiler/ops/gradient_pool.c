/* Rules of pooling and resizing. What the largest entry of a window gets goes to the first one that is largest; means and resizing are linear, so their rule is
 * the adjoint: a transposed convolution for windows, products with constant matrices, one an axis, for bins and for resizing. */
#include "ops/gradient_rules.h"
#include "ops/pool.h"

#include <math.h>
#include <string.h>

static Value with_values(Gradient *gradient, Op op, Value values)
{
    const Value operands[] = {gradient->operand[0], values};
    return gradient_apply(gradient, op, operands, 2, gradient->use->attributes);
}

void gradient_of_pool_max(Gradient *gradient)
{
    gradient_give(gradient, 0, with_values(gradient, OP_POOL_MAX_SPREAD, gradient->upstream));
}

void gradient_of_pool_max_spread(Gradient *gradient)
{
    if (gradient->wanted[1])
        gradient_give(gradient, 1, with_values(gradient, OP_POOL_MAX_PICK, gradient->upstream));
}

void gradient_of_pool_max_pick(Gradient *gradient)
{
    if (gradient->wanted[1])
        gradient_give(gradient, 1, with_values(gradient, OP_POOL_MAX_SPREAD, gradient->upstream));
}

/* --- means of windows ------------------------------------------------------------------------------------------------------ */

/* Upstream divided by how many entries each window counts. */
static Value divide_by_counts(Gradient *gradient, const Window *window)
{
    Type counts = gradient->use->result;
    int64_t positions = window_product(window->out);
    double *share = arena_take(gradient->use->arena, (size_t)positions * sizeof *share);
    bool equal = true;
    for (int64_t i = 0; i < positions; i++) {
        Box box = window_box(window, i, use_boolean(gradient->use, "count_padding"));
        share[i] = 1 / (double)box_entries(&box);
        equal &= share[i] == share[0];
    }
    if (equal)
        return gradient_scale(gradient, gradient->upstream, share[0]);
    counts.element = ELEMENT_REAL;
    counts.batched = false;
    counts.size[0] = 1;
    return gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, gradient_constant(gradient, counts, share));
}

/* Windows side by side that fill the operand: each value repeated over its window, axis by axis. */
static bool is_tiling(const Window *window)
{
    for (int i = 0; i < WINDOW_AXES; i++)
        if (window->kernel[i] != window->stride[i] || window->before[i] != 0 || window->out[i] * window->stride[i] != window->in[i])
            return false;
    return true;
}

static Value repeat_tiles(Gradient *gradient, Value value, const Window *window)
{
    const Type *x = &gradient->use->operand[0];
    int axes = x->rank - 1;
    int64_t apart[MAX_RANK] = {x->size[0]}, full[MAX_RANK] = {x->size[0]};
    for (int i = 0; i < axes; i++) {
        int at = WINDOW_AXES - axes + i;
        apart[1 + 2 * i] = full[1 + 2 * i] = window->out[at];
        apart[2 + 2 * i] = 1;
        full[2 + 2 * i] = window->kernel[at];
    }
    value = gradient_reshape(gradient, value, apart, 1 + 2 * axes);
    value = gradient_repeat(gradient, value, full, 1 + 2 * axes);
    return gradient_reshape(gradient, value, x->size, x->rank);
}

/* Each value added to all entries of its window: a transposed convolution with ones, channel by channel, without padding; what is too much goes. */
static Value add_windows(Gradient *gradient, Value value, const Window *window)
{
    const Type *x = &gradient->use->operand[0];
    int axes = x->rank - 1, first = WINDOW_AXES - axes;
    Arena *arena = gradient->use->arena;
    Type weight = {.rank = axes + 2, .size = {x->size[0], 1}};
    memcpy(weight.size + 2, window->kernel + first, (size_t)axes * sizeof *weight.size);
    Value one = gradient_repeat(gradient, gradient_number(gradient, 1), weight.size, weight.rank);
    const int64_t *zeros = arena_zero(arena, 2 * WINDOW_AXES, sizeof *zeros);
    const int64_t *ones = arena_copy(arena, (const int64_t[]){1, 1, 1}, WINDOW_AXES * sizeof *ones);
    const int64_t *stride = arena_copy(arena, window->stride + first, (size_t)axes * sizeof *stride);
    const Value operands[] = {value, one};
    const AttributeValue attributes[] = {{.list = {.items = stride, .count = axes}},
                                         {.list = {.items = zeros, .count = 2 * (int64_t)axes}},
                                         {.list = {.items = zeros, .count = axes}},
                                         {.list = {.items = ones, .count = axes}},
                                         {.integer = x->size[0]}};
    value = gradient_apply(gradient, OP_CONVOLVE_TRANSPOSED, operands, 2, attributes);
    for (int i = 0; i < axes; i++) {
        int64_t before = window->before[first + i], n = x->size[1 + i], have = gradient_type(gradient, value)->size[1 + i];
        if (have < before + n)
            value = gradient_pad(gradient, value, 1 + i, 0, before + n - have);
        value = gradient_slice(gradient, value, 1 + i, before, before + n, 1);
    }
    return value;
}

void gradient_of_pool_mean(Gradient *gradient)
{
    Window window = pool_window(gradient->use, &gradient->use->result);
    Value value = divide_by_counts(gradient, &window);
    gradient_give(gradient, 0, is_tiling(&window) ? repeat_tiles(gradient, value, &window) : add_windows(gradient, value, &window));
}

/* --- along one axis -------------------------------------------------------------------------------------------------------- */

/* Sizes in front of an axis and behind it. */
static void split_sizes(const Type *type, int axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int i = 0; i < type->rank; i++)
        if (i != axis)
            *(i < axis ? outer : inner) *= type->size[i];
}

/* An axis multiplied by a matrix of n x m entries, where it has m: it then has n. */
static Value multiply_axis(Gradient *gradient, Value value, int axis, int64_t n, const double *matrix)
{
    Type type = *gradient_type(gradient, value);
    int64_t outer, inner, m = type.size[axis];
    split_sizes(&type, axis, &outer, &inner);
    Value factor = gradient_constant(gradient, (Type){.rank = 2, .size = {n, m}}, matrix);
    value = gradient_reshape(gradient, value, (const int64_t[]){outer, m, inner}, 3);
    type.size[axis] = n;
    return gradient_reshape(gradient, gradient_matmul(gradient, factor, value, false, false), type.size, type.rank);
}

static int64_t bin_low(int64_t bin, int64_t n, int64_t m)
{
    return bin * n / m;
}

static int64_t bin_high(int64_t bin, int64_t n, int64_t m)
{
    return ((bin + 1) * n + m - 1) / m;
}

/* Each entry gets its share of the bins that it is in. */
void gradient_of_adaptive_pool_mean(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0], *y = &gradient->use->result;
    Value value = gradient->upstream;
    for (int axis = 1; axis < x->rank; axis++) {
        int64_t n = x->size[axis], m = y->size[axis];
        double *share = arena_zero(gradient->use->arena, (size_t)(n * m), sizeof *share);
        for (int64_t bin = 0; bin < m; bin++) {
            int64_t low = bin_low(bin, n, m), high = bin_high(bin, n, m);
            for (int64_t i = low; i < high; i++)
                share[i * m + bin] = 1 / (double)(high - low);
        }
        value = multiply_axis(gradient, value, axis, n, share);
    }
    gradient_give(gradient, 0, value);
}

/* --- largest of bins ------------------------------------------------------------------------------------------------------- */

/* For each bin of an axis the places of its entries, the last one repeated where the bin is shorter than the longest. */
static Value bin_places(Gradient *gradient, int64_t n, int64_t m, int64_t *longest)
{
    *longest = 1;
    for (int64_t bin = 0; bin < m; bin++)
        if (bin_high(bin, n, m) - bin_low(bin, n, m) > *longest)
            *longest = bin_high(bin, n, m) - bin_low(bin, n, m);
    double *places = arena_take(gradient->use->arena, (size_t)(m * *longest) * sizeof *places);
    for (int64_t i = 0; i < m * *longest; i++) {
        int64_t place = bin_low(i / *longest, n, m) + i % *longest, last = bin_high(i / *longest, n, m) - 1;
        places[i] = (double)(place < last ? place : last);
    }
    return gradient_constant(gradient, (Type){.element = ELEMENT_INTEGER, .rank = 1, .size = {m * *longest}}, places);
}

/* Each axis of n entries as m bins of `longest` entries one behind the other; then the windows are side by side. Their adjoint sums what an entry gets
 * from all its copies. */
void gradient_of_adaptive_pool_max(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0], *y = &gradient->use->result;
    int axes = x->rank - 1;
    Value value = gradient->operand[0], places[WINDOW_AXES];
    int64_t *longest = arena_take(gradient->use->arena, WINDOW_AXES * sizeof *longest);
    for (int i = 0; i < axes; i++) {
        places[i] = bin_places(gradient, x->size[1 + i], y->size[1 + i], &longest[i]);
        const Value operands[] = {value, places[i]};
        value = gradient_apply(gradient, OP_GATHER, operands, 2, &(AttributeValue){.integer = 1 + i});
    }
    const Value operands[] = {value, gradient->upstream};
    const int64_t *zeros = arena_zero(gradient->use->arena, 2 * WINDOW_AXES, sizeof *zeros);
    const AttributeValue attributes[] = {{.list = {.items = longest, .count = axes}},
                                         {.list = {.items = longest, .count = axes}},
                                         {.list = {.items = zeros, .count = 2 * (int64_t)axes}},
                                         {.boolean = false}};
    value = gradient_apply(gradient, OP_POOL_MAX_SPREAD, operands, 2, attributes);
    for (int i = 0; i < axes; i++) {
        int64_t n = x->size[1 + i], m = y->size[1 + i], count = m * longest[i];
        double *back = arena_zero(gradient->use->arena, (size_t)(n * count), sizeof *back);
        for (int64_t k = 0; k < count; k++) {
            int64_t place = bin_low(k / longest[i], n, m) + k % longest[i], last = bin_high(k / longest[i], n, m) - 1;
            back[(place < last ? place : last) * count + k] = 1;
        }
        value = multiply_axis(gradient, value, 1 + i, n, back);
    }
    gradient_give(gradient, 0, value);
}

/* --- resizing -------------------------------------------------------------------------------------------------------------- */

/* The place among n entries that entry i of m stands on, as `resize` says it. */
static double resize_place(bool aligned, int64_t n, int64_t m, int64_t i)
{
    if (aligned)
        return m == 1 ? 0 : (double)i * (double)(n - 1) / (double)(m - 1);
    return fmin(fmax(((double)i + 0.5) * (double)n / (double)m - 0.5, 0), (double)(n - 1));
}

/* n x m: how much of entry j of the operand each entry i of the result has. */
static const double *resize_matrix(Gradient *gradient, int64_t n, int64_t m)
{
    const OpUse *use = gradient->use;
    bool linear = strcmp(use_name(use, "method"), "nearest") != 0, aligned = strcmp(use_name(use, "corners"), "align") == 0;
    double *matrix = arena_zero(use->arena, (size_t)(n * m), sizeof *matrix);
    for (int64_t i = 0; i < m; i++) {
        double at = resize_place(aligned, n, m, i);
        int64_t low = (int64_t)floor(at);
        double part = at - (double)low;
        if (!linear) {
            low += part > 0.5;
            part = 0;
        }
        matrix[low * m + i] += 1 - part;
        if (part > 0)
            matrix[(low + 1) * m + i] += part;
    }
    return matrix;
}

void gradient_of_resize(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0], *y = &gradient->use->result;
    Value value = gradient->upstream;
    for (int axis = 0; axis < x->rank; axis++)
        if (x->size[axis] != y->size[axis])
            value = multiply_axis(gradient, value, axis, x->size[axis], resize_matrix(gradient, x->size[axis], y->size[axis]));
    gradient_give(gradient, 0, value);
}

/* Convolutions of 3x3 taps with stride 1 by Winograd's transforms, over blocked images [blocks, H, W, lanes].
 *
 * Shmuel Winograd's F(m, 3) computes m x m results (a tile) from (m + 2) x (m + 2) products a channel: A^T [(G w G^T) * (B^T x B)] A, summed over
 * channels before the last step. In exact arithmetic it is the convolution. The compiler puts it in the place of one; weights are
 * transformed by an operation of their own, once for all runs. */
#include "kernel/winograd.h"
#include "kernel/winograd_matrix.h"
#include "ops/elementwise.h"
#include "ops/rule.h"
#include "ops/tail.h"

#include <string.h>

enum { TAPS = WINOGRAD_TAPS, SIDE = WINOGRAD_MOST_SIDE, TILE = WINOGRAD_MOST_TILE };

static bool check_tile(OpUse *use)
{
    int64_t tile = use_integer(use, "tile");
    if (tile == 2 || tile == 4)
        return true;
    use_help(use, "set tile=2 or tile=4");
    return use_fail(use, 625, "tile must be 2 or 4, got %lld", (long long)tile);
}

/* A matrix of few rows and columns, stored one row behind the other. */
typedef struct Matrix {
    const double *entries;
    int64_t rows, columns;
} Matrix;

/* M x M^T of a square x. */
static void transform(Matrix matrix, const double *x, double *result)
{
    double half[SIDE * SIDE] = {0};
    for (int64_t i = 0; i < matrix.rows; i++)
        for (int64_t j = 0; j < matrix.columns; j++)
            for (int64_t k = 0; k < matrix.columns; k++)
                half[i * matrix.columns + j] += matrix.entries[i * matrix.columns + k] * x[k * matrix.columns + j];
    for (int64_t i = 0; i < matrix.rows; i++)
        for (int64_t j = 0; j < matrix.rows; j++) {
            result[i * matrix.rows + j] = 0;
            for (int64_t k = 0; k < matrix.columns; k++)
                result[i * matrix.rows + j] += matrix.entries[j * matrix.columns + k] * half[i * matrix.columns + k];
        }
}

static Matrix weight_matrix(int64_t tile)
{
    return (Matrix){tile == 2 ? WINOGRAD_WEIGHT_2[0] : WINOGRAD_WEIGHT_4[0], tile + 2, TAPS};
}

static Matrix input_matrix(int64_t tile)
{
    return (Matrix){tile == 2 ? WINOGRAD_INPUT_2[0] : WINOGRAD_INPUT_4[0], tile + 2, tile + 2};
}

static Matrix output_matrix(int64_t tile)
{
    return (Matrix){tile == 2 ? WINOGRAD_OUTPUT_2[0] : WINOGRAD_OUTPUT_4[0], tile, tile + 2};
}

/* --- weights --------------------------------------------------------------------------------------------------------------- */

static const AttributeInfo pack_attributes[] = {
    {"lanes", ATTRIBUTE_INTEGER, NULL, NULL},
    {"tile", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool pack_shape(OpUse *use)
{
    const Type *weight = &use->operand[0];
    int64_t lanes = use_integer(use, "lanes");
    if (!elements_numbers(use, false) || !check_tile(use))
        return false;
    if (weight->rank != 4 || weight->size[2] != TAPS || weight->size[3] != TAPS)
        return use_fail(use, 620, "a packing for Winograd's convolution takes filters x channels x 3 x 3, got %s",
                        type_name(use->arena, weight));
    if (lanes < 1 || lanes > ELEMENT_LIMIT)
        return use_fail(use, 625, "lanes must be from 1 to 2^40, got %lld", (long long)lanes);
    int64_t side = use_integer(use, "tile") + TAPS - 1;
    use->result = rule_like(weight);
    use->result.rank = 4;
    memcpy(use->result.size, (int64_t[]){winograd_ceil(weight->size[0], lanes), side * side, weight->size[1], lanes},
           4 * sizeof(int64_t));
    return rule_elements(use);
}

static void pack_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    int64_t lanes = use_integer(use, "lanes"), tile = use_integer(use, "tile");
    int64_t filters = use->operand[0].size[0], channels = use->operand[0].size[1], points = use->result.size[1];
    memset(result, 0, (size_t)type_elements(&use->result) * sizeof *result);
    for (int64_t filter = 0; filter < filters; filter++)
        for (int64_t channel = 0; channel < channels; channel++) {
            double packed[SIDE * SIDE];
            transform(weight_matrix(tile), operand[0] + (filter * channels + channel) * TAPS * TAPS, packed);
            for (int64_t p = 0; p < points; p++)
                result[((filter / lanes * points + p) * channels + channel) * lanes + filter % lanes] = packed[p];
        }
}

/* Six products for each of the points of both passes. */
static Cost pack_cost(const OpUse *use)
{
    return (Cost){.operations = rule_product(type_elements(&use->result), 6)};
}

static void pack_lower(const OpUse *use, KernelCall *call)
{
    WinogradPack pack = {.tile = use_integer(use, "tile"),
                         .lanes = use_integer(use, "lanes"),
                         .filters = use->operand[0].size[0],
                         .channels = use->operand[0].size[1]};
    int64_t numbers[WINOGRAD_PACK_INTEGERS];
    memcpy(numbers, &pack, sizeof numbers);
    call->kernel = "pack_winograd";
    call_integers(use, call, numbers, WINOGRAD_PACK_INTEGERS);
}

const OpInfo op_pack_winograd = {
    .op = OP_PACK_WINOGRAD,
    .name = "pack_winograd",
    .summary = "weights of a 3x3 convolution, transformed and in the order in which convolve_winograd reads them",
    .operand_names = "weight",
    .operands = 1,
    .internal = true,
    .attributes = pack_attributes,
    .shape = pack_shape,
    .evaluate = pack_evaluate,
    .cost = pack_cost,
    .lower = pack_lower,
};

/* --- convolution ----------------------------------------------------------------------------------------------------------- */

static const AttributeInfo convolve_attributes[] = {
    {"tile", ATTRIBUTE_INTEGER, NULL, NULL},
    {"channels", ATTRIBUTE_INTEGER, NULL, NULL},
    {"padding", ATTRIBUTE_LIST, NULL, NULL}, /* top, bottom, left, right */
    TAIL_ATTRIBUTES,
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool check_convolve_operands(OpUse *use)
{
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    int64_t channels = use_integer(use, "channels"), side = use_integer(use, "tile") + TAPS - 1;
    if (x->rank != 4 || channels < 1 || channels > ELEMENT_LIMIT || winograd_ceil(channels, x->size[3]) != x->size[0])
        return use_fail(use, 620, "a blocked image of %lld channels is blocks x height x width x lanes, got %s",
                        (long long)channels, type_name(use->arena, x));
    if (packed->rank != 4 || packed->size[1] != side * side || packed->size[2] != channels || packed->size[3] != x->size[3])
        return use_fail(use, 620, "packed weights of %lld channels for tile %lld are blocks x %lld x %lld x %lld, got %s",
                        (long long)channels, (long long)(side - 2), (long long)(side * side), (long long)channels,
                        (long long)x->size[3], type_name(use->arena, packed));
    return true;
}

/* Padding reaches at most so far that every tap stands on an entry somewhere. */
static bool check_padding(OpUse *use, int64_t *out)
{
    int64_t count;
    const int64_t *padding = use_list(use, "padding", &count);
    if (count != 4)
        return use_fail(use, 624, "padding has %s for 4 sides", rule_count(use, count, "number", "numbers"));
    for (int axis = 0; axis < 2; axis++) {
        const int64_t *sides = padding + 2 * axis;
        if (sides[0] < 0 || sides[1] < 0 || sides[0] >= TAPS || sides[1] >= TAPS)
            return use_fail(use, 625, "padding must be from 0 to 2, got %s", rule_list_text(use, padding, count));
        out[axis] = use->operand[0].size[axis + 1] + sides[0] + sides[1] - (TAPS - 1);
        if (out[axis] < 1)
            return use_fail(use, 623, "a kernel of 3x3 does not fit into %s", type_name(use->arena, &use->operand[0]));
    }
    return true;
}

static bool convolve_shape(OpUse *use)
{
    int64_t out[2] = {1, 1};
    if (!elements_numbers(use, false) || !check_tile(use) || !check_convolve_operands(use) || !check_padding(use, out))
        return false;
    const Type *x = &use->operand[0], *packed = &use->operand[1];
    use->result =
        (Type){.batched = x->batched || packed->batched, .rank = 4, .size = {packed->size[0], out[0], out[1], x->size[3]}};
    return tail_shape(use, 2);
}

static Winograd read_winograd(const OpUse *use)
{
    int64_t count;
    const int64_t *padding = use_list(use, "padding", &count);
    const Type *x = &use->operand[0];
    return (Winograd){.tile = use_integer(use, "tile"),
                      .lanes = x->size[3],
                      .channels = use_integer(use, "channels"),
                      .filter_blocks = use->operand[1].size[0],
                      .height = x->size[1],
                      .width = x->size[2],
                      .rows = x->size[1] + padding[0] + padding[1] - (TAPS - 1),
                      .columns = x->size[2] + padding[2] + padding[3] - (TAPS - 1),
                      .before_rows = padding[0],
                      .before_columns = padding[2]};
}

/* The entries of one channel under the tile at (top, left) of the results; zero beyond the border. */
static void read_entries(const Winograd *winograd, const double *x, int64_t channel, int64_t top, int64_t left, double *entries)
{
    int64_t side = winograd->tile + TAPS - 1;
    const double *block = x + channel / winograd->lanes * winograd->height * winograd->width * winograd->lanes;
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++) {
            int64_t row = top + i - winograd->before_rows, column = left + j - winograd->before_columns;
            bool inside = row >= 0 && row < winograd->height && column >= 0 && column < winograd->width;
            entries[i * side + j] =
                inside ? block[(row * winograd->width + column) * winograd->lanes + channel % winograd->lanes] : 0;
        }
}

/* The sums over channels of all filters at the points of one tile: [block, point, lane]. */
static void sum_channels(const Winograd *winograd, const double *x, const double *packed, int64_t top, int64_t left, double *sums)
{
    int64_t side = winograd->tile + TAPS - 1, points = side * side, lanes = winograd->lanes;
    memset(sums, 0, (size_t)(winograd->filter_blocks * points * lanes) * sizeof *sums);
    for (int64_t channel = 0; channel < winograd->channels; channel++) {
        double entries[SIDE * SIDE], at[SIDE * SIDE] = {0};
        read_entries(winograd, x, channel, top, left, entries);
        transform(input_matrix(winograd->tile), entries, at);
        for (int64_t p = 0; p < winograd->filter_blocks * points; p++)
            for (int64_t lane = 0; lane < lanes; lane++)
                sums[p * lanes + lane] += at[p % points] * packed[(p * winograd->channels + channel) * lanes + lane];
    }
}

/* Writes the results of one tile, without those past the last row and column. */
static void write_tile(const Winograd *winograd, const double *sums, int64_t top, int64_t left, double *values)
{
    int64_t tile = winograd->tile, points = (tile + TAPS - 1) * (tile + TAPS - 1), lanes = winograd->lanes;
    for (int64_t filter = 0; filter < winograd->filter_blocks * lanes; filter++) {
        double at[SIDE * SIDE] = {0}, results[TILE * TILE];
        for (int64_t p = 0; p < points; p++)
            at[p] = sums[(filter / lanes * points + p) * lanes + filter % lanes];
        transform(output_matrix(tile), at, results);
        for (int64_t i = 0; i < tile && top + i < winograd->rows; i++)
            for (int64_t j = 0; j < tile && left + j < winograd->columns; j++)
                values[((filter / lanes * winograd->rows + top + i) * winograd->columns + left + j) * lanes + filter % lanes] =
                    results[i * tile + j];
    }
}

static void convolve_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Winograd winograd = read_winograd(use);
    const int64_t size[] = {winograd.filter_blocks, winograd.rows, winograd.columns, winograd.lanes};
    int64_t points = use->operand[1].size[1];
    double *values = arena_take(use->arena, (size_t)(size[0] * size[1] * size[2] * size[3]) * sizeof *values);
    double *sums = arena_take(use->arena, (size_t)(size[0] * points * size[3]) * sizeof *sums);
    for (int64_t top = 0; top < winograd.rows; top += winograd.tile)
        for (int64_t left = 0; left < winograd.columns; left += winograd.tile) {
            sum_channels(&winograd, operand[0], operand[1], top, left, sums);
            write_tile(&winograd, sums, top, left, values);
        }
    tail_evaluate(use, 2, operand, size, values, result);
}

/* As papers count it: nine products a channel, whatever the algorithm. */
static Cost convolve_cost(const OpUse *use)
{
    Winograd winograd = read_winograd(use);
    int64_t results = winograd.filter_blocks * winograd.lanes * winograd.rows * winograd.columns;
    return (Cost){.multiply_adds = rule_product(results, winograd.channels * TAPS * TAPS)};
}

static void convolve_lower(const OpUse *use, KernelCall *call)
{
    Winograd winograd = read_winograd(use);
    int64_t numbers[WINOGRAD_INTEGERS];
    memcpy(numbers, &winograd, sizeof numbers);
    call->kernel = "convolve_winograd";
    call_integers(use, call, numbers, WINOGRAD_INTEGERS);
    tail_lower(use, call);
}

const OpInfo op_convolve_winograd = {
    .op = OP_CONVOLVE_WINOGRAD,
    .name = "convolve_winograd",
    .summary = "convolution of a blocked image with packed 3x3 weights by Winograd's transforms, and what follows it",
    .operand_names = "x packed ...",
    .operands = 2,
    .variadic = true,
    .internal = true,
    .attributes = convolve_attributes,
    .shape = convolve_shape,
    .evaluate = convolve_evaluate,
    .cost = convolve_cost,
    .lower = convolve_lower,
};

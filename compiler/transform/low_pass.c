/* Filters as products of two; see low_pass.h. */
#include "transform/low_pass.h"

#include "kernel/stripes.h"

#include <math.h>

static const double pi = 3.14159265358979323846264338327950288;

/* Relative to the largest entry: a few roundings. */
static const double tolerance = 1e-12;

/* The column and the row through the largest entry, the row divided by it; false when their product is another filter. */
static bool split(Arena *arena, const double *filter, int64_t height, int64_t width, double **column, double **row)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < height * width; i++)
        if (!(fabs(filter[i]) <= fabs(filter[largest])))
            largest = i;
    double scale = filter[largest];
    if (!(fabs(scale) > 0) || isinf(scale))
        return false;
    *column = arena_take(arena, (size_t)height * sizeof **column);
    *row = arena_take(arena, (size_t)width * sizeof **row);
    for (int64_t i = 0; i < height; i++)
        (*column)[i] = filter[i * width + largest % width];
    for (int64_t i = 0; i < width; i++)
        (*row)[i] = filter[largest / width * width + i] / scale;
    for (int64_t i = 0; i < height * width; i++)
        if (!(fabs((*column)[i / width] * (*row)[i % width] - filter[i]) <= tolerance * fabs(scale)))
            return false;
    return true;
}

static bool is_symmetric(const double *f, int64_t size)
{
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < size; i++) {
        largest = fmax(largest, fabs(f[i]));
        difference = fmax(difference, fabs(f[i] - f[i ? size - i : 0]));
    }
    return difference <= tolerance * largest;
}

/* The filter in space; a symmetric spectrum has cosines alone. */
static double *in_space(Arena *arena, const double *f, int64_t size)
{
    double *space = arena_take(arena, (size_t)size * sizeof *space), *cosines = arena_take(arena, (size_t)size * sizeof *cosines);
    for (int64_t i = 0; i < size; i++)
        cosines[i] = cos(2 * pi * (double)i / (double)size);
    for (int64_t i = 0; i < size; i++) {
        space[i] = 0;
        for (int64_t k = 0, turn = 0; k < size; k++, turn = (turn + i) % size)
            space[i] += f[k] * cosines[turn];
        space[i] /= (double)size;
    }
    return space;
}

/* Clears what is far from entry 0, in both directions. */
static void trim(double *space, int64_t size, double rest)
{
    double total = 0, outside = 0;
    for (int64_t i = 0; i < size; i++)
        total += fabs(space[i]);
    for (int64_t far = size / 2; far > 0; far--) {
        outside += fabs(space[far]) + (2 * far == size ? 0 : fabs(space[size - far]));
        if (!(outside <= rest * total))
            return;
        space[far] = space[size - far] = 0;
    }
}

static LowPassTaps taps_of(Arena *arena, const double *filter, const LowPassSide *side, double rest)
{
    double *space = in_space(arena, filter, side->size);
    trim(space, side->size, rest);
    return (LowPassTaps){*side, space};
}

bool low_pass_find(Arena *arena, const double *filter, const LowPassSide *down, const LowPassSide *along, double rest,
                   LowPassTaps *down_taps, LowPassTaps *along_taps)
{
    double *column, *row;
    if (!split(arena, filter, down->size, along->size, &column, &row) || !is_symmetric(column, down->size) ||
        !is_symmetric(row, along->size))
        return false;
    *down_taps = taps_of(arena, column, down, rest);
    *along_taps = taps_of(arena, row, along, rest);
    return true;
}

/* A tap at any distance. */
static double tap_at(const LowPassTaps *taps, int64_t distance)
{
    int64_t place = distance % taps->side.size;
    return taps->taps[place < 0 ? place + taps->side.size : place];
}

double *low_pass_matrix(Arena *arena, const LowPassTaps *taps)
{
    int64_t size = taps->side.size, count = taps->side.last - taps->side.first;
    double *matrix = arena_take(arena, (size_t)(count * size) * sizeof *matrix);
    for (int64_t i = 0; i < count * size; i++)
        matrix[i] = tap_at(taps, (taps->side.first + i / size) * taps->side.step - i % size);
    return matrix;
}

/* Factors of result p and entry i, for each way to fold. Where two of the entries that are folded are the same one it counts twice. */
static void fold_factors(const LowPassTaps *taps, int ways, int64_t p, int64_t i, double *factors)
{
    int64_t size = taps->side.size, at = p * taps->side.step;
    double share = (i == 0 || ways * i == size ? 0.5 : 1) / ways;
    double a = tap_at(taps, at - i) * share, b = tap_at(taps, at + i) * share;
    factors[0] = a + b;
    factors[1] = a - b;
    if (ways == 2)
        return;
    double c = tap_at(taps, at + i - size / 2) * share, d = tap_at(taps, at - i - size / 2) * share;
    factors[0] = a + b + c + d;
    factors[1] = a + b - c - d;
    factors[2] = a - b - c + d;
    factors[3] = a - b + c - d;
}

/* Whether one of the results that belong to p is kept. */
static bool is_kept(const LowPassSide *side, int ways, int64_t p)
{
    int64_t all = side->size / side->step;
    const int64_t results[] = {p, all - p, all / 2 - p, all / 2 + p};
    for (int way = 0; way < ways; way++)
        if (results[way] >= side->first && results[way] < side->last)
            return true;
    return false;
}

/* Writes the block of p and those behind it, without entries at either end that have no factor; gives its length. Nothing is written to null. */
static int64_t fold_block(const LowPassTaps *taps, int ways, int64_t p, double *block)
{
    int64_t entries = taps->side.size / ways + 1, first = entries, end = 0;
    int results = SMOOTH_SUMS / ways;
    for (int64_t i = 0; i < entries; i++)
        for (int64_t r = p; r < p + results; r++) {
            double factors[SMOOTH_WAYS];
            fold_factors(taps, ways, r, i, factors);
            for (int way = 0; way < ways; way++)
                if (factors[way] != 0) {
                    first = i < first ? i : first;
                    end = i + 1;
                }
        }
    first = first < end ? first : end;
    if (block) {
        block[SMOOTH_RESULT] = (double)p;
        block[SMOOTH_ENTRY] = (double)first;
        block[SMOOTH_COUNT] = (double)(end - first);
        for (int64_t i = first; i < end; i++)
            for (int k = 0; k < SMOOTH_SUMS; k++) {
                double factors[SMOOTH_WAYS];
                fold_factors(taps, ways, p + k % results, i, factors);
                block[SMOOTH_FACTORS + (i - first) * SMOOTH_SUMS + k] = factors[k / results];
            }
    }
    return SMOOTH_FACTORS + (end - first) * SMOOTH_SUMS;
}

static int64_t fold_blocks(const LowPassTaps *taps, double *blocks)
{
    int64_t all = taps->side.size / taps->side.step, length = 0;
    int ways = smooth_ways(all);
    for (int64_t p = 0; ways * p <= all; p++)
        if (is_kept(&taps->side, ways, p)) {
            length += fold_block(taps, ways, p, blocks ? blocks + length : NULL);
            p += SMOOTH_SUMS / ways - 1;
        }
    return length;
}

double *low_pass_fold(Arena *arena, const LowPassTaps *taps, int64_t *length)
{
    *length = fold_blocks(taps, NULL);
    double *blocks = arena_take(arena, (size_t)*length * sizeof *blocks);
    fold_blocks(taps, blocks);
    return blocks;
}

/* Filters as products of two; see low_pass.h. */
#include "transform/low_pass.h"

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
        if (outside > rest * total)
            return;
        space[far] = space[size - far] = 0;
    }
}

static double *matrix_of(Arena *arena, const double *space, const LowPassSide *side)
{
    int64_t count = side->last - side->first;
    double *matrix = arena_take(arena, (size_t)(count * side->size) * sizeof *matrix);
    for (int64_t p = 0; p < count; p++)
        for (int64_t i = 0; i < side->size; i++) {
            int64_t distance = (side->first + p) * side->step - i;
            matrix[p * side->size + i] = space[distance < 0 ? distance + side->size : distance];
        }
    return matrix;
}

bool low_pass_find(Arena *arena, const double *filter, const LowPassSide *down, const LowPassSide *along, double rest,
                   double **down_matrix, double **along_matrix)
{
    double *column, *row;
    if (!split(arena, filter, down->size, along->size, &column, &row) || !is_symmetric(column, down->size) ||
        !is_symmetric(row, along->size))
        return false;
    column = in_space(arena, column, down->size);
    row = in_space(arena, row, along->size);
    trim(column, down->size, rest);
    trim(row, along->size, rest);
    *down_matrix = matrix_of(arena, column, down);
    *along_matrix = matrix_of(arena, row, along);
    return true;
}

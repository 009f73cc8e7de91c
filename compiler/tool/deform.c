/* Deformations; see deform.h. */
#include "tool/deform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double packet_frequency = 1.9;

/* ---- Fields ---- */

/* The displacement at a place (u, v) from the middle, for size 1, and its fading out. */
static void local_field(DeformFamily family, double u, double v, double reach, bool line, double field[2])
{
    double fade = exp(-(u * u + v * v) / (2 * reach * reach));
    field[0] = family == DEFORM_ROTATION ? -v * fade : (line ? 0 : u * fade);
    field[1] = family == DEFORM_ROTATION ? u * fade : (line ? v * fade : 0);
}

/* A generator of its own, so that a seed means the same fields everywhere (splitmix). */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* Waves of one to three periods across the plane, with random phases. */
static void add_waves(Deformation *deformation, uint64_t seed)
{
    enum { WAVES = 12 };
    double pi = acos(-1);
    int64_t rows = deformation->rows, columns = deformation->columns;
    for (int wave = 0; wave < WAVES; wave++) {
        double r = rows > 1 ? floor(uniform(&seed) * 7) - 3 : 0, c = floor(uniform(&seed) * 7) - 3, phase = 2 * pi * uniform(&seed);
        int axis = rows > 1 ? wave % 2 : 1;
        if (r == 0 && c == 0)
            c = 1;
        for (int64_t i = 0; i < rows * columns; i++) {
            int64_t row = i / columns, column = i % columns;
            deformation->along[axis][i] +=
                cos(2 * pi * (r * (double)row / (double)rows + c * (double)column / (double)columns) + phase);
        }
    }
}

/* The largest difference of neighbours, along either axis, not across the border; and the largest displacement. */
static void measure(Deformation *deformation)
{
    int64_t rows = deformation->rows, columns = deformation->columns;
    deformation->slope = deformation->longest = 0;
    for (int64_t i = 0; i < rows * columns; i++) {
        int64_t below = i / columns + 1 < rows ? i + columns : i, right = i % columns + 1 < columns ? i + 1 : i;
        for (int axis = 0; axis < 2; axis++) {
            const double *along = deformation->along[axis];
            deformation->slope = fmax(deformation->slope, fmax(fabs(along[below] - along[i]), fabs(along[right] - along[i])));
        }
        deformation->longest = fmax(deformation->longest, hypot(deformation->along[0][i], deformation->along[1][i]));
    }
}

static void scale(Deformation *deformation, double factor)
{
    for (int64_t i = 0; i < deformation->rows * deformation->columns; i++) {
        deformation->along[0][i] *= factor;
        deformation->along[1][i] *= factor;
    }
    measure(deformation);
}

bool deformation_make(Deformation *deformation, DeformFamily family, int64_t rows, int64_t columns, double size, uint64_t seed)
{
    *deformation = (Deformation){.rows = rows, .columns = columns};
    for (int axis = 0; axis < 2; axis++)
        deformation->along[axis] = calloc((size_t)(rows * columns), sizeof(double));
    if (!deformation->along[0] || !deformation->along[1]) {
        deformation_release(deformation);
        return false;
    }
    bool line = rows == 1;
    double reach = 0.3125 * (double)(line || columns < rows ? columns : rows);
    for (int64_t i = 0; i < rows * columns && family != DEFORM_RANDOM; i++) {
        int64_t row = i / columns, column = i % columns;
        double field[2] = {line ? 0 : 1, line ? 1 : 0};
        if (family != DEFORM_TRANSLATION)
            local_field(family, line ? 0 : (double)row - (double)rows / 2, (double)column - (double)columns / 2, reach, line,
                        field);
        deformation->along[0][i] = size * field[0];
        deformation->along[1][i] = size * field[1];
    }
    if (family == DEFORM_RANDOM)
        add_waves(deformation, seed);
    measure(deformation);
    if (family == DEFORM_RANDOM && deformation->slope > 0)
        scale(deformation, size / deformation->slope);
    return true;
}

void deformation_release(Deformation *deformation)
{
    free(deformation->along[0]);
    free(deformation->along[1]);
    *deformation = (Deformation){0};
}

/* ---- Packets ---- */

/* A distance on the circle, -n/2 .. n/2. */
static double around(double place, double n)
{
    return place - n * floor(place / n + 0.5);
}

void deform_packet(const Deformation *deformation, int64_t rows, int64_t columns, double *result)
{
    bool line = rows == 1;
    double width = 0.140625 * (double)(line || columns < rows ? columns : rows);
    for (int64_t i = 0; i < rows * columns; i++) {
        int64_t row = i / columns, column = i % columns;
        double u = line ? 0 : (double)row - (double)rows / 2, v = (double)column - (double)columns / 2;
        if (deformation) {
            u = line ? 0 : around(u - deformation->along[0][i], (double)rows);
            v = around(v - deformation->along[1][i], (double)columns);
        }
        result[i] = exp(-(u * u + v * v) / (2 * width * width)) * cos(packet_frequency * (line ? v : u));
    }
}

/* ---- Splines ---- */

/* The coefficients of the cubic spline through n numbers around a circle: a filter forwards and one backwards (Unser 1999). */
static void spline_line(double *x, int64_t n, int64_t step)
{
    const double pole = sqrt(3) - 2;
    if (n < 2)
        return;
    double first = 0, power = 1;
    for (int64_t i = 0; i < n; i++) {
        first += power * x[(n - i) % n * step];
        power *= pole;
    }
    x[0] = first / (1 - power);
    for (int64_t i = 1; i < n; i++)
        x[i * step] += pole * x[(i - 1) * step];
    double last = 0;
    power = 1;
    for (int64_t i = 0; i < n; i++) {
        last += power * x[(n - 1 + i) % n * step];
        power *= pole;
    }
    x[(n - 1) * step] = -pole * last / (1 - power);
    for (int64_t i = n - 2; i >= 0; i--)
        x[i * step] = pole * (x[(i + 1) * step] - x[i * step]);
    for (int64_t i = 0; i < n; i++)
        x[i * step] *= 6;
}

/* Weights of the four coefficients around a place, and the first of them. */
static int64_t spline_weights(double place, double weight[4])
{
    double base = floor(place), t = place - base, s = 1 - t;
    weight[0] = s * s * s / 6;
    weight[1] = 2.0 / 3 - t * t * (2 - t) / 2;
    weight[2] = 2.0 / 3 - s * s * (2 - s) / 2;
    weight[3] = t * t * t / 6;
    return (int64_t)base - 1;
}

static double spline_value(const double *coefficients, int64_t rows, int64_t columns, double row, double column)
{
    double down[4] = {0, 1, 0, 0}, across[4], sum = 0;
    int64_t top = rows > 1 ? spline_weights(row, down) : -1, left = spline_weights(column, across);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) {
            int64_t r = ((top + i) % rows + rows) % rows, c = ((left + k) % columns + columns) % columns;
            sum += down[i] * across[k] * coefficients[r * columns + c];
        }
    return sum;
}

bool deform_plane(const Deformation *deformation, const double *plane, double *result)
{
    int64_t rows = deformation->rows, columns = deformation->columns;
    double *coefficients = malloc((size_t)(rows * columns) * sizeof *coefficients);
    if (!coefficients)
        return false;
    memcpy(coefficients, plane, (size_t)(rows * columns) * sizeof *coefficients);
    for (int64_t row = 0; row < rows; row++)
        spline_line(coefficients + row * columns, columns, 1);
    for (int64_t column = 0; column < columns && rows > 1; column++)
        spline_line(coefficients + column, rows, columns);
    for (int64_t i = 0; i < rows * columns; i++) {
        int64_t row = i / columns, column = i % columns;
        result[i] = spline_value(coefficients, rows, columns, (double)row - deformation->along[0][i],
                                 (double)column - deformation->along[1][i]);
    }
    free(coefficients);
    return true;
}

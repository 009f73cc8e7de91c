/* Augmentation; see augment.h. All geometric changes are one map from places of the new picture to places of the old one, read between pixels
 * linearly:
 *
 *     old = centre + A (new - centre) + shift + elastic(new)
 *
 * with A a rotation, a scaling and perhaps a reflection. The elastic field is drawn on a coarse grid and interpolated, which makes it smooth
 * (Simard, Steinkraus and Platt 2003 smooth noise by a Gaussian instead). */
#include "train/augment.h"

#include "random/random.h"

#include <math.h>
#include <string.h>

enum { ELASTIC_GRID = 5 };

typedef struct Warp {
    double a[2][2];
    double shift[2];
    double elastic[2][ELASTIC_GRID][ELASTIC_GRID];
    bool bends;
} Warp;

bool augments(const Augmentation *augmentation)
{
    return augmentation->shift > 0 || augmentation->flip || augmentation->rotate > 0 || augmentation->scale > 0 ||
           augmentation->elastic > 0 || augmentation->noise > 0;
}

bool augment_moves(const Augmentation *augmentation)
{
    return augmentation->shift > 0 || augmentation->flip || augmentation->rotate > 0 || augmentation->scale > 0 ||
           augmentation->elastic > 0;
}

/* Uniform from -most to most. */
static double symmetric(const RandomStream *stream, int64_t entry, double most)
{
    return (2 * random_uniform(stream, entry) - 1) * most;
}

static Warp draw_warp(const Augmentation *augmentation, const RandomStream *stream)
{
    const double degree = 0.017453292519943295;
    double angle = symmetric(stream, 0, augmentation->rotate) * degree;
    double scale = 1 + symmetric(stream, 1, augmentation->scale);
    double side = augmentation->flip && random_uniform(stream, 2) < 0.5 ? -1 : 1;
    Warp warp = {.bends = augmentation->elastic > 0};
    warp.a[0][0] = cos(angle) * scale;
    warp.a[0][1] = -sin(angle) * scale * side;
    warp.a[1][0] = sin(angle) * scale;
    warp.a[1][1] = cos(angle) * scale * side;
    double range = (double)(2 * augmentation->shift + 1);
    for (int axis = 0; axis < 2; axis++)
        warp.shift[axis] = floor(random_uniform(stream, 3 + axis) * range) - (double)augmentation->shift;
    for (int axis = 0; axis < 2; axis++)
        for (int i = 0; i < ELASTIC_GRID * ELASTIC_GRID; i++)
            warp.elastic[axis][i / ELASTIC_GRID][i % ELASTIC_GRID] =
                symmetric(stream, 8 + axis * ELASTIC_GRID * ELASTIC_GRID + i, augmentation->elastic);
    return warp;
}

/* Between four values of a grid of rows x columns, at a place inside it. */
static double between(const double *grid, int64_t rows, int64_t columns, double row, double column)
{
    int64_t top = (int64_t)row, left = (int64_t)column;
    int64_t bottom = top + 1 < rows ? top + 1 : top, right = left + 1 < columns ? left + 1 : left;
    double down = row - (double)top, across = column - (double)left;
    double upper = grid[top * columns + left] * (1 - across) + grid[top * columns + right] * across;
    double lower = grid[bottom * columns + left] * (1 - across) + grid[bottom * columns + right] * across;
    return upper * (1 - down) + lower * down;
}

static double inside(double place, int64_t size)
{
    return place < 0 ? 0 : place > (double)(size - 1) ? (double)(size - 1) : place;
}

/* Where a pixel of the new picture comes from. */
static void old_place(const Warp *warp, int64_t rows, int64_t columns, int64_t row, int64_t column, double place[2])
{
    double centre[2] = {(double)(rows - 1) / 2, (double)(columns - 1) / 2};
    double from[2] = {(double)row - centre[0], (double)column - centre[1]};
    for (int axis = 0; axis < 2; axis++) {
        place[axis] = centre[axis] + warp->a[axis][0] * from[0] + warp->a[axis][1] * from[1] + warp->shift[axis];
        if (warp->bends)
            place[axis] += between(&warp->elastic[axis][0][0], ELASTIC_GRID, ELASTIC_GRID,
                                   (double)row * (ELASTIC_GRID - 1) / (double)(rows > 1 ? rows - 1 : 1),
                                   (double)column * (ELASTIC_GRID - 1) / (double)(columns > 1 ? columns - 1 : 1));
    }
    place[0] = inside(place[0], rows);
    place[1] = inside(place[1], columns);
}

static double get(const void *data, bool precise, int64_t at)
{
    return precise ? ((const double *)data)[at] : (double)((const float *)data)[at];
}

static void set(void *data, bool precise, int64_t at, double value)
{
    if (precise)
        ((double *)data)[at] = value;
    else
        ((float *)data)[at] = (float)value;
}

/* One channel; `old` has room for it. */
static void warp_channel(const Warp *warp, bool precise, void *sample, int64_t first, int64_t rows, int64_t columns, double *old)
{
    for (int64_t i = 0; i < rows * columns; i++)
        old[i] = get(sample, precise, first + i);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            double place[2];
            old_place(warp, rows, columns, row, column, place);
            set(sample, precise, first + row * columns + column, between(old, rows, columns, place[0], place[1]));
        }
}

void augment_sample(const Augmentation *augmentation, const DataField *field, bool precise, void *sample, uint64_t seed,
                    uint64_t epoch, int64_t index)
{
    if (!augments(augmentation) || field->rank < 2)
        return;
    RandomStream stream = random_stream(seed, UINT64_C(0x6175676D656E74) + (uint64_t)field->side, epoch, 0, index);
    int64_t rows = field->size[field->rank - 2], columns = field->size[field->rank - 1];
    int64_t entries = field_entries(field);
    if (augment_moves(augmentation) && rows * columns <= AUGMENT_PIXELS) {
        double old[AUGMENT_PIXELS];
        Warp warp = draw_warp(augmentation, &stream);
        for (int64_t first = 0; first < entries; first += rows * columns)
            warp_channel(&warp, precise, sample, first, rows, columns, old);
    }
    stream.iteration = 1;
    for (int64_t i = 0; augmentation->noise > 0 && i < entries; i++)
        set(sample, precise, i, get(sample, precise, i) + augmentation->noise * random_normal(&stream, i));
}

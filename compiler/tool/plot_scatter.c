/* Pictures of scattering coefficients; see plot.h.
 *
 * Discs are those of Bruna and Mallat (2013): a wavelet of scale j and direction theta has, on the plane of frequencies, the sector of its direction between the radii
 * 2^-(j+1) and 2^-j of the largest; order 2 divides each sector of (j1, theta1) by the radii of j2 and the directions theta2. Real pictures have both ends of
 * a direction, so each value stands twice. */
#include "tool/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISC = 260, GAP = 30, ARC = 8 };

/* The coefficients of one sample, float32: channels paths x what is left of the axes; with their table. */
typedef struct Coefficients {
    StrataTensorSet *results;
    const float *values;
    int64_t paths, places; /* of the first channel; places of each path */
    StrataTensor *table;
    const double *rows;
    int64_t width, order;
} Coefficients;

static void coefficients_release(Coefficients *coefficients)
{
    strata_tensor_set_release(coefficients->results);
    strata_tensor_release(coefficients->table);
}

static bool run_sample(Scatter *scatter, StrataTensor *sample, Coefficients *result)
{
    StrataError error;
    Session *session = &scatter->session;
    StrataTensorSet *inputs = strata_tensor_set_make(&session->allocator, &error);
    StrataTensor *fitted = inputs ? strata_program_fit(session->program, 0, sample, session->diagnostics) : NULL;
    if (fitted && strata_tensor_set_add(inputs, "x", fitted, &error))
        result->results = strata_run(session->workspace, inputs, NULL, session->diagnostics);
    strata_tensor_release(fitted);
    strata_tensor_set_release(inputs);
    return result->results != NULL;
}

/* Plans for the first sample of a file, runs it, and fetches the table. */
static bool coefficients_of(Scatter *scatter, StrataTensor *sample, Coefficients *result)
{
    scatter->channels = 1;
    scatter->rows = scatter->signals ? 1 : strata_tensor_size(sample, 2);
    scatter->columns = strata_tensor_size(sample, scatter->signals ? 2 : 3);
    *result = (Coefficients){.order = scatter->order};
    if (!scatter_net(scatter, 1) || !run_sample(scatter, sample, result))
        return false;
    const StrataTensor *values = strata_tensor_set_tensor(result->results, 0);
    result->values = strata_tensor_data_const(values);
    result->paths = strata_tensor_size(values, 1);
    result->places = strata_tensor_elements(values) / result->paths;
    result->table = scatter_table(scatter);
    result->rows = result->table ? strata_tensor_data_const(result->table) : NULL;
    result->width = result->table ? strata_tensor_size(result->table, 1) : 0;
    return result->table != NULL;
}

/* Field `field` of wavelet `step` of a path. */
static double table_at(const Coefficients *coefficients, int64_t path, int field, int64_t step)
{
    return coefficients->rows[path * coefficients->width + 1 + field * coefficients->order + step];
}

static int order_of(const Coefficients *coefficients, int64_t path)
{
    return (int)coefficients->rows[path * coefficients->width];
}

static double mean_of(const Coefficients *coefficients, int64_t path)
{
    double sum = 0;
    for (int64_t i = 0; i < coefficients->places; i++)
        sum += coefficients->values[path * coefficients->places + i];
    return sum / (double)coefficients->places;
}

static double largest_mean(const Coefficients *coefficients, int order)
{
    double most = 0;
    for (int64_t i = 0; i < coefficients->paths; i++)
        if (order_of(coefficients, i) == order)
            most = fmax(most, mean_of(coefficients, i));
    return most > 0 ? most : 1;
}

/* The first channel of one sample, as a sample of its own. */
static StrataTensor *first_channel(const StrataTensor *sample, StrataError *error)
{
    int64_t sizes[4] = {0};
    int rank = strata_tensor_rank(sample);
    for (int axis = 1; axis < rank; axis++)
        sizes[axis - 1] = strata_tensor_size(sample, axis);
    StrataTensor *channels = strata_tensor_reshape((StrataTensor *)sample, rank - 1, sizes, error);
    StrataTensor *one = channels ? strata_tensor_rows(channels, 0, 1, error) : NULL;
    memmove(sizes + 2, sizes + 1, sizeof sizes - 2 * sizeof *sizes);
    sizes[0] = sizes[1] = 1;
    StrataTensor *result = one ? strata_tensor_reshape(one, rank, sizes, error) : NULL;
    strata_tensor_release(one);
    strata_tensor_release(channels);
    return result;
}

/* The first sample; of several channels the first, where they are not the three of bytes of a colour picture, which become grey. */
static StrataTensor *first_sample(const Scatter *scatter, const char *path)
{
    StrataError error;
    StrataTensor *samples = scatter_read(scatter, path);
    if (!samples)
        return NULL;
    bool colour = !scatter->signals && strata_tensor_size(samples, 1) == 3 && strata_tensor_kind(samples) == STRATA_UINT8;
    StrataTensor *first = strata_tensor_rows(samples, 0, 1, &error);
    StrataTensor *result = NULL;
    if (first)
        result = colour ? strata_tensor_retain(first) : first_channel(first, &error);
    if (!result)
        message_failure(&error);
    strata_tensor_release(first);
    strata_tensor_release(samples);
    return result;
}

static double number_of(const StrataTensor *tensor, int64_t index)
{
    const void *data = strata_tensor_data_const(tensor);
    switch (strata_tensor_kind(tensor)) {
    case STRATA_UINT8:
        return ((const uint8_t *)data)[index];
    case STRATA_FLOAT64:
        return ((const double *)data)[index];
    case STRATA_FLOAT32:
        return (double)((const float *)data)[index];
    default:
        return 0;
    }
}

/* ---- Discs ---- */

typedef struct Disc {
    Figure *figure;
    double x, y; /* the middle */
} Disc;

/* A sector between two radii and two angles, which count from downwards (along rows) to the right (along columns), and the one opposite. */
static void draw_sector(const Disc *disc, double inner, double outer, double from, double to, Colour colour)
{
    double points[4 * ARC + 4];
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i <= ARC; i++) {
            double angle = from + (to - from) * i / ARC + turn * acos(-1);
            points[2 * i] = disc->x + outer * sin(angle);
            points[2 * i + 1] = disc->y + outer * cos(angle);
            points[4 * ARC + 2 - 2 * i] = disc->x + inner * sin(angle);
            points[4 * ARC + 3 - 2 * i] = disc->y + inner * cos(angle);
        }
        figure_polygon(disc->figure, points, 2 * ARC + 2, colour);
    }
}

/* Where a wavelet stands on the disc, or within the sector of the one before it. */
typedef struct Sector {
    double inner, outer, from, to;
} Sector;

static Sector first_sector(const Scatter *scatter, double j, double theta)
{
    double radius = DISC / 2.0, angle = acos(-1) / (double)scatter->L, middle = floor(fmax((double)scatter->L - 2, 0) / 2);
    double centre = (middle - theta) * angle;
    return (Sector){radius * exp2(-j - 1), radius * exp2(-j), centre - angle / 2, centre + angle / 2};
}

/* Higher frequencies further out, directions side by side. */
static Sector second_sector(const Scatter *scatter, Sector around, double j1, double j2, double theta)
{
    double rings = (double)scatter->J - 1 - j1, ring = j2 - j1 - 1;
    double depth = (around.outer - around.inner) / rings, angle = (around.to - around.from) / (double)scatter->L;
    double outer = around.outer - ring * depth, from = around.to - (theta + 1) * angle;
    return (Sector){outer - depth, outer, from, from + angle};
}

static void draw_disc(const Scatter *scatter, const Coefficients *coefficients, int order, Disc disc)
{
    double most = largest_mean(coefficients, order);
    for (int64_t i = 0; i < coefficients->paths; i++) {
        if (order_of(coefficients, i) != order)
            continue;
        double j = table_at(coefficients, i, 0, 0);
        Sector sector = first_sector(scatter, j, table_at(coefficients, i, 1, 0));
        if (order == 2)
            sector = second_sector(scatter, sector, j, table_at(coefficients, i, 0, 1), table_at(coefficients, i, 1, 1));
        draw_sector(&disc, sector.inner, sector.outer, sector.from, sector.to, colour_of_size(mean_of(coefficients, i) / most));
    }
    double bottom = disc.y + DISC / 2.0;
    char largest[32];
    snprintf(largest, sizeof largest, "%.4g", most);
    figure_text(disc.figure, disc.x, bottom + 22, 9, 0.5, "order %d, mean over the picture", order);
    figure_scale(disc.figure, disc.x - 60, bottom + 32, 120, "0", largest);
}

/* The picture itself, its darkest pixel black and its brightest white; the mean of its channels. */
static void draw_picture(Figure *figure, const StrataTensor *sample, double x, double y)
{
    int64_t channels = strata_tensor_size(sample, 1), rows = strata_tensor_size(sample, 2), columns = strata_tensor_size(sample, 3);
    double least = INFINITY, most = -INFINITY, *grey = calloc((size_t)(rows * columns), sizeof *grey);
    unsigned char *rgb = malloc((size_t)(3 * rows * columns));
    figure->failed = figure->failed || !grey || !rgb;
    for (int64_t i = 0; !figure->failed && i < rows * columns; i++) {
        for (int64_t channel = 0; channel < channels; channel++)
            grey[i] += number_of(sample, channel * rows * columns + i);
        least = fmin(least, grey[i]);
        most = fmax(most, grey[i]);
    }
    for (int64_t i = 0; !figure->failed && i < rows * columns; i++) {
        double light = most > least ? (grey[i] - least) / (most - least) : 0;
        colour_store((Colour){light, light, light}, rgb + 3 * i);
    }
    double larger = (double)(rows > columns ? rows : columns);
    if (!figure->failed)
        figure_image(figure, x, y, DISC * (double)columns / larger, DISC * (double)rows / larger, rows, columns, rgb);
    free(grey);
    free(rgb);
}

bool plot_discs(Scatter *scatter, const char *path, Figure *figure)
{
    Coefficients coefficients;
    scatter->order = scatter->J > 1 ? 2 : 1;
    StrataTensor *sample = first_sample(scatter, path);
    if (!sample)
        return false;
    bool good = coefficients_of(scatter, sample, &coefficients);
    if (good) {
        figure_begin(figure, 3 * DISC + 4 * GAP, DISC + 2 * GAP + 30);
        draw_picture(figure, sample, GAP, GAP);
        for (int order = 1; order <= scatter->order; order++)
            draw_disc(scatter, &coefficients, order, (Disc){figure, GAP + order * (DISC + GAP) + DISC / 2.0, GAP + DISC / 2.0});
    }
    coefficients_release(&coefficients);
    strata_tensor_release(sample);
    return good;
}

/* ---- Scalograms ---- */

enum { ACROSS = 560, UP = 240, WAVE = 60, LEFT = 70 };

static const double decades = 3; /* what lies further below the largest is black */

static double loudness(double value, double most)
{
    return value > 0 ? 1 + log10(value / most) / decades : 0;
}

/* Least and largest of the samples under each pixel. */
static void draw_waveform(Figure *figure, const StrataTensor *sample)
{
    int64_t count = strata_tensor_size(sample, 2);
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs(number_of(sample, i)));
    most = most > 0 ? most : 1;
    for (int64_t x = 0; x < ACROSS; x++) {
        double least = INFINITY, largest = -INFINITY;
        int64_t from = x * count / ACROSS, to = (x + 1) * count / ACROSS;
        for (int64_t i = from; i < (to > from ? to : from + 1) && i < count; i++) {
            least = fmin(least, number_of(sample, i) / most);
            largest = fmax(largest, number_of(sample, i) / most);
        }
        if (!(least <= largest))
            continue; /* no numbers there */
        double middle = 20 + WAVE / 2.0;
        figure_rectangle(figure, LEFT + (double)x, middle - largest * WAVE / 2, 1, fmax((largest - least) * WAVE / 2, 0.6),
                         (Colour){0.1, 0.25, 0.65});
    }
}

/* The largest of a path's values under a pixel, of so many in a row. */
static double largest_under(const Coefficients *coefficients, int64_t path, int64_t pixel, int64_t pixels)
{
    int64_t from = pixel * coefficients->places / pixels, to = (pixel + 1) * coefficients->places / pixels;
    double most = 0;
    for (int64_t i = from; i < to; i++)
        most = fmax(most, (double)coefficients->values[path * coefficients->places + i]);
    return most;
}

/* Order 1 over time: a row a wavelet, high frequencies on top. */
static void draw_order_one(Figure *figure, const Coefficients *coefficients, double top)
{
    int64_t first = 1, count = 0, pixels = coefficients->places < 2 * ACROSS ? coefficients->places : 2 * ACROSS;
    while (first + count < coefficients->paths && order_of(coefficients, first + count) == 1)
        count++;
    double most = 0;
    for (int64_t i = first * coefficients->places; i < (first + count) * coefficients->places; i++)
        most = fmax(most, (double)coefficients->values[i]);
    unsigned char *rgb = malloc((size_t)(3 * count * pixels + 1));
    figure->failed = figure->failed || !rgb;
    for (int64_t i = 0; rgb && i < count * pixels; i++)
        colour_store(colour_of_size(loudness(largest_under(coefficients, first + i / pixels, i % pixels, pixels), most)),
                     rgb + 3 * i);
    if (rgb && count > 0)
        figure_image(figure, LEFT, top, ACROSS, UP, count, pixels, rgb);
    for (int mark = 0; mark < 6 && count > 0; mark++) {
        int64_t row = mark * (count - 1) / 5;
        double y = top + UP * ((double)row + 0.5) / (double)count;
        figure_text(figure, LEFT - 6, y + 3, 8, 1, "%.3g", table_at(coefficients, first + row, 2, 0));
    }
    figure_text(figure, LEFT, top - 6, 9, 0, "order 1 over time; centres in cycles a sample");
    free(rgb);
}

/* Order 2 in the mean over time: rows as above, a column for each second wavelet. */
static void draw_order_two(Figure *figure, const Coefficients *coefficients, double top)
{
    int64_t rows = 0, columns = 0;
    double most = largest_mean(coefficients, 2), left = LEFT + ACROSS + 60;
    for (int64_t i = 0; i < coefficients->paths; i++) {
        rows = order_of(coefficients, i) == 1 ? rows + 1 : rows;
        if (order_of(coefficients, i) == 2)
            columns = (int64_t)fmax((double)columns, table_at(coefficients, i, 0, 1) + 1);
    }
    if (columns == 0)
        return;
    double width = 180 / (double)columns, height = UP / (double)rows;
    for (int64_t i = 0; i < coefficients->paths; i++) {
        if (order_of(coefficients, i) != 2)
            continue;
        double row = table_at(coefficients, i, 0, 0), column = table_at(coefficients, i, 0, 1);
        figure_rectangle(figure, left + column * width, top + row * height, width + 0.4, height + 0.4, /* no seams */

                         colour_of_size(loudness(mean_of(coefficients, i), most)));
    }
    figure_text(figure, left, top - 6, 9, 0, "order 2, mean over time");
    figure_text(figure, left, top + UP + 14, 8, 0, "fast");
    figure_text(figure, left + 90, top + UP + 14, 8, 0.5, "second wavelet");
    figure_text(figure, left + 180, top + UP + 14, 8, 1, "slow");
}

bool plot_scalogram(Scatter *scatter, const char *path, Figure *figure)
{
    Coefficients coefficients;
    scatter->signals = true;
    scatter->order = 2;
    StrataTensor *sample = first_sample(scatter, path);
    if (!sample)
        return false;
    bool good = coefficients_of(scatter, sample, &coefficients);
    if (good) {
        double top = 20 + WAVE + 30;
        char least[32];
        snprintf(least, sizeof least, "%g of the", pow(10, -decades));
        figure_begin(figure, LEFT + ACROSS + 270, top + UP + 40);
        draw_waveform(figure, sample);
        draw_order_one(figure, &coefficients, top);
        draw_order_two(figure, &coefficients, top);
        figure_text(figure, LEFT + 180, top + UP + 28, 9, 0.5, "time: %" PRId64 " samples", strata_tensor_size(sample, 2));
        figure_scale(figure, LEFT + ACROSS - 180, top + UP + 20, 120, least, "largest");
    }
    coefficients_release(&coefficients);
    strata_tensor_release(sample);
    return good;
}

/* Pictures of filter banks; see plot.h. */
#include "tool/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 96, MARGIN = 14, HEAD = 24, TILE = 76, PANEL = 300 };

static const Colour grey = {0.55, 0.55, 0.6}, accent = {0.75, 0.1, 0.1}, dark = {0.1, 0.25, 0.65};

static double turn(void)
{
    return 2 * acos(-1);
}

static double modulus_at(const StrataTensor *tensor, int64_t index)
{
    const double *pair = (const double *)strata_tensor_data_const(tensor) + 2 * index;
    return hypot(pair[0], pair[1]);
}

static int64_t wrapped(int64_t place, int64_t n)
{
    return (place % n + n) % n;
}

/* Which of its bank's colours a filter has: by the direction of its peak, or by its place. */
static Colour filter_colour(const StrataBank *bank, const StrataFilter *filter, int64_t index, double light)
{
    bool low = filter->peak[0] == 0 && filter->peak[1] == 0;
    double shade = light > 0 ? light : 0;
    if (low)
        return (Colour){shade, shade, shade};
    double hue = bank->axes == 2 ? 2 * atan2(filter->peak[1], filter->peak[0]) / turn() : (double)index / (double)bank->filters;
    return colour_of_hue(hue - floor(hue), shade);
}

/* ---- In space ---- */

/* How many filters stand in a row: those of the first scale, which peak at one distance from 0. */
static int64_t filters_across(const StrataFrame *frame, int64_t index, const StrataBank *bank)
{
    int64_t count = 0;
    StrataFilter filter;
    double first = 0;
    for (; strata_frame_filter(frame, index, count, &filter); count++) {
        double distance = hypot(filter.peak[0], filter.peak[1]);
        if (count == 0)
            first = distance;
        if (fabs(distance - first) > 0.15 * first)
            break;
    }
    return bank->axes == 2 && count > 1 && count <= 16 ? count : 8;
}

/* The part of the grid that holds the widest filter, at most 64 places from the middle. */
static int64_t common_reach(const StrataFrame *frame, int64_t index, int axis, int64_t size)
{
    int64_t reach = 1;
    StrataFilter filter;
    for (int64_t i = 0; i < SHOWN && strata_frame_filter(frame, index, i, &filter); i++) {
        int64_t far = -filter.first[axis] > filter.last[axis] ? -filter.first[axis] : filter.last[axis];
        reach = far > reach ? far : reach;
    }
    int64_t most = size / 2 < 64 || axis == 1 ? size / 2 : 64;
    return reach < most ? reach : most;
}

/* The real part: blue below zero, red above. */
static void draw_plane(Figure *figure, const StrataBank *bank, const StrataTensor *space, int64_t reach, double x, double y)
{
    int64_t side = 2 * reach + 1;
    double most = 0;
    const double *pairs = strata_tensor_data_const(space);
    for (int64_t i = 0; i < strata_tensor_elements(space); i++)
        most = fmax(most, modulus_at(space, i));
    unsigned char *rgb = malloc((size_t)(3 * side * side));
    for (int64_t i = 0; rgb && i < side * side; i++) {
        int64_t row = wrapped(i / side - reach, bank->rows), column = wrapped(i % side - reach, bank->columns);
        colour_store(colour_of_sign(most > 0 ? pairs[2 * (row * bank->columns + column)] / most : 0), rgb + 3 * i);
    }
    if (rgb)
        figure_image(figure, x, y, TILE, TILE, side, side, rgb);
    figure->failed = figure->failed || !rgb;
    free(rgb);
}

/* The real part and, around it, the modulus. */
static void draw_wave(Figure *figure, const StrataBank *bank, const StrataTensor *space, const StrataFilter *filter, double x,
                      double y)
{
    int64_t far = -filter->first[1] > filter->last[1] ? -filter->first[1] : filter->last[1], count = 2 * far + 1;
    double *places = malloc((size_t)(3 * count) * sizeof *places), most = 0;
    if (!places) {
        figure->failed = true;
        return;
    }
    double *wave = places + count, *around = wave + count;
    const double *pairs = strata_tensor_data_const(space);
    for (int64_t i = 0; i < count; i++) {
        int64_t place = wrapped(i - far, bank->columns);
        places[i] = (double)(i - far);
        wave[i] = pairs[2 * place];
        around[i] = modulus_at(space, place);
        most = fmax(most, around[i]);
    }
    most = most > 0 ? most : 1;
    Axes axes = {figure, x, y, TILE, TILE, -(double)far - 0.5, (double)far + 0.5, -most, most};
    axes_curve(&axes, places, around, count, 0.8, grey);
    axes_curve(&axes, places, wave, count, 1.2, dark);
    free(places);
}

/* Where a filter's spectrum peaks: its distance from frequency 0 and its direction, 0 degrees along the rows' axis. */
static void label_tile(Figure *figure, const StrataBank *bank, const StrataFilter *filter, int64_t number, double x, double y)
{
    double distance = hypot(filter->peak[0], filter->peak[1]);
    if (bank->axes == 1)
        figure_text(figure, x, y, 6, 0, "%" PRId64 ": %.4g", number, filter->peak[1]);
    else if (distance == 0)
        figure_text(figure, x, y, 6, 0, "%" PRId64 ": 0", number);
    else
        figure_text(figure, x, y, 6, 0, "%" PRId64 ": %.2g pi, %.0f", number, 2 * distance,
                    360 * atan2(filter->peak[1], filter->peak[0]) / turn());
}

static bool draw_tile(const StrataFrame *frame, int64_t index, const StrataBank *bank, int64_t i, int64_t across, int64_t reach,
                      Figure *figure, StrataDiagnostics *diagnostics)
{
    StrataFilter filter;
    StrataTensor *space = strata_frame_space(frame, index, i, diagnostics);
    if (!space || !strata_frame_filter(frame, index, i, &filter))
        return false;
    int64_t row = i / across, column = i % across;
    double x = MARGIN + (double)column * (TILE + MARGIN), y = HEAD + 2 * MARGIN + (double)row * (TILE + 2 * MARGIN);
    if (bank->axes == 2)
        draw_plane(figure, bank, space, reach, x, y);
    else
        draw_wave(figure, bank, space, &filter, x, y);
    label_tile(figure, bank, &filter, i + 1, x, y - 3);
    strata_tensor_release(space);
    return true;
}

bool plot_filters(const StrataFrame *frame, int64_t index, Figure *figure, StrataDiagnostics *diagnostics)
{
    StrataBank bank;
    strata_frame_bank(frame, index, &bank);
    int64_t count = bank.filters < SHOWN ? bank.filters : SHOWN, across = filters_across(frame, index, &bank);
    int64_t down = (count + across - 1) / across, rows = common_reach(frame, index, 0, bank.rows);
    int64_t columns = common_reach(frame, index, 1, bank.columns), reach = rows > columns ? rows : columns;
    figure_begin(figure, fmax(MARGIN + (double)across * (TILE + MARGIN), 7 * TILE),
                 HEAD + MARGIN + (double)down * (TILE + 2 * MARGIN));
    figure_text(figure, MARGIN, HEAD, 8, 0,
                bank.axes == 2 ? "real parts in space, over %" PRId64 "x%" PRId64
                                 " samples; number: distance from frequency 0, degrees"
                               : "real parts in time, within the moduli; number: centre in cycles a sample",
                2 * reach + 1, 2 * reach + 1);
    for (int64_t i = 0; i < count; i++)
        if (!draw_tile(frame, index, &bank, i, across, reach, figure, diagnostics))
            return false;
    return true;
}

/* ---- In frequency ---- */

/* Row r of the picture is frequency r - rows / 2. */
static int64_t centred(int64_t i, const StrataBank *bank)
{
    int64_t row = wrapped(i / bank->columns - bank->rows / 2, bank->rows);
    return row * bank->columns + wrapped(i % bank->columns - bank->columns / 2, bank->columns);
}

/* A square of the plane of frequencies with its axes, in units of pi. */
static Axes plane_axes(Figure *figure, double x, double y)
{
    return (Axes){figure, x, y, PANEL, PANEL, -1, 1, 1, -1};
}

/* Of real signals, a frequency and its opposite count alike. */
static double size_at(const StrataBank *bank, const StrataTensor *spectrum, int64_t place)
{
    int64_t row = wrapped(-(place / bank->columns), bank->rows), column = wrapped(-(place % bank->columns), bank->columns);
    double opposite = bank->real ? modulus_at(spectrum, row * bank->columns + column) : 0;
    return fmax(modulus_at(spectrum, place), opposite);
}

static bool spectrum_plane(const StrataFrame *frame, int64_t index, const StrataBank *bank, Figure *figure,
                           StrataDiagnostics *diagnostics)
{
    int64_t area = bank->rows * bank->columns;
    double *most = calloc((size_t)area, sizeof *most);
    unsigned char *rgb = calloc((size_t)area, 3);
    bool good = most && rgb;
    StrataFilter filter;
    for (int64_t i = 0; good && strata_frame_filter(frame, index, i, &filter); i++) {
        StrataTensor *spectrum = strata_frame_spectrum(frame, index, i, diagnostics);
        good = spectrum != NULL;
        for (int64_t k = 0; good && k < area; k++) {
            double size = filter.gain > 0 ? size_at(bank, spectrum, centred(k, bank)) / filter.gain : 0;
            if (size <= most[k])
                continue;
            most[k] = size;
            colour_store(filter_colour(bank, &filter, i, size), rgb + 3 * k);
        }
        strata_tensor_release(spectrum);
    }
    figure_begin(figure, PANEL + 90, PANEL + 80);
    Axes axes = plane_axes(figure, 60, 30);
    if (good)
        figure_image(figure, axes.x, axes.y, PANEL, PANEL, bank->rows, bank->columns, rgb);
    axes_draw(&axes, "columns, in pi", "rows, in pi; a colour for each direction");
    figure->failed = figure->failed || !most || !rgb;
    free(most);
    free(rgb);
    return good;
}

/* Powers of two of frequency, from below the lowest peak. */
static double lowest_octave(const StrataFrame *frame, int64_t index, const StrataBank *bank)
{
    StrataFilter filter;
    double lowest = 0.5;
    for (int64_t i = 0; strata_frame_filter(frame, index, i, &filter); i++)
        if (fabs(filter.peak[1]) > 0)
            lowest = fmin(lowest, fabs(filter.peak[1]));
    return fmax(floor(log2(lowest)) - 1, log2(1 / (double)bank->columns));
}

static bool spectrum_line(const StrataFrame *frame, int64_t index, const StrataBank *bank, Figure *figure,
                          StrataDiagnostics *diagnostics)
{
    int64_t half = bank->columns / 2;
    double *x = malloc((size_t)(2 * half + 2) * sizeof *x), *y = x ? x + half + 1 : NULL, most = 0;
    bool good = x != NULL;
    StrataFilter filter;
    figure_begin(figure, 640, 300);
    figure->failed = !good;
    for (int64_t i = 0; strata_frame_filter(frame, index, i, &filter); i++)
        most = fmax(most, filter.gain);
    double lowest = lowest_octave(frame, index, bank);
    int64_t from = (int64_t)ceil(exp2(lowest) * (double)bank->columns);
    Axes axes = {figure, 60, 30, 560, 210, lowest, -1, 0, 1.05 * (most > 0 ? most : 1)};
    for (int64_t i = 0; good && strata_frame_filter(frame, index, i, &filter); i++) {
        StrataTensor *spectrum = strata_frame_spectrum(frame, index, i, diagnostics);
        good = spectrum != NULL;
        for (int64_t k = from; good && k <= half; k++) {
            x[k - from] = log2((double)k / (double)bank->columns);
            y[k - from] = modulus_at(spectrum, filter.peak[1] >= 0 ? k : wrapped(-k, bank->columns));
        }
        if (good)
            axes_curve(&axes, x, y, half - from + 1, 1.2, filter.peak[1] == 0 ? grey : filter_colour(bank, &filter, i, 0.8));
        strata_tensor_release(spectrum);
    }
    axes_draw(&axes, "log2 of frequency, in cycles a sample", "moduli of the filters' spectra; the low-pass filter in grey");
    free(x);
    return good;
}

bool plot_spectrum(const StrataFrame *frame, int64_t index, Figure *figure, StrataDiagnostics *diagnostics)
{
    StrataBank bank;
    strata_frame_bank(frame, index, &bank);
    return bank.axes == 2 ? spectrum_plane(frame, index, &bank, figure, diagnostics)
                          : spectrum_line(frame, index, &bank, figure, diagnostics);
}

/* ---- The Littlewood-Paley sum ---- */

static void draw_bounds(const Axes *axes, const StrataBank *bank)
{
    double ends[] = {axes->left, axes->right}, lower[] = {bank->lower, bank->lower}, upper[] = {bank->upper, bank->upper};
    axes_curve(axes, ends, lower, 2, 1, accent);
    axes_curve(axes, ends, upper, 2, 1, accent);
    figure_text(axes->figure, axes->x + 6, axes_y(axes, bank->lower) - 4, 8, 0, "A = %.6g", bank->lower);
    figure_text(axes->figure, axes->x + axes->width - 4, axes_y(axes, bank->upper) - 4, 8, 1, "B = %.6g", bank->upper);
}

/* Least, mean and largest value on circles around 0, each a hundredth of pi wide at least. */
static void draw_circles(const StrataBank *bank, const double *sum, const Axes *axes)
{
    enum { CIRCLES = 72 };
    double radius[CIRCLES], least[CIRCLES], mean[CIRCLES], most[CIRCLES], count[CIRCLES] = {0};
    for (int i = 0; i < CIRCLES; i++) {
        least[i] = INFINITY;
        most[i] = mean[i] = 0;
    }
    for (int64_t i = 0; i < bank->rows * bank->columns; i++) {
        int64_t down = i / bank->columns - bank->rows / 2, right = i % bank->columns - bank->columns / 2;
        double row = (double)down / (double)bank->rows, column = (double)right / (double)bank->columns;
        int circle = (int)(hypot(row, column) * 2 / axes->right * (CIRCLES - 1) + 0.5);
        double value = sum[centred(i, bank)];
        circle = circle < CIRCLES ? circle : CIRCLES - 1;
        count[circle]++;
        mean[circle] += value;
        least[circle] = fmin(least[circle], value);
        most[circle] = fmax(most[circle], value);
    }
    int filled = 0;
    for (int i = 0; i < CIRCLES; i++) {
        if (count[i] == 0)
            continue;
        radius[filled] = axes->right * i / (CIRCLES - 1);
        mean[filled] = mean[i] / count[i];
        least[filled] = least[i];
        most[filled++] = most[i];
    }
    axes_curve(axes, radius, least, filled, 1, grey);
    axes_curve(axes, radius, most, filled, 1, grey);
    axes_curve(axes, radius, mean, filled, 1.8, dark);
}

static void sum_plane(const StrataBank *bank, const double *sum, Figure *figure)
{
    int64_t area = bank->rows * bank->columns;
    char most[32];
    unsigned char *rgb = malloc((size_t)(3 * area));
    figure_begin(figure, 2 * PANEL + 170, PANEL + 105);
    for (int64_t i = 0; rgb && i < area; i++)
        colour_store(colour_of_size(sum[centred(i, bank)] / bank->upper), rgb + 3 * i);
    Axes plane = plane_axes(figure, 60, 30), profile = {figure, PANEL + 130, 30, PANEL, PANEL, 0, sqrt(2), 0, 1.08 * bank->upper};
    if (rgb)
        figure_image(figure, plane.x, plane.y, PANEL, PANEL, bank->rows, bank->columns, rgb);
    figure->failed = figure->failed || !rgb;
    axes_draw(&plane, "columns, in pi", "Littlewood-Paley sum; rows, in pi");
    snprintf(most, sizeof most, "B = %.6g", bank->upper);
    figure_scale(figure, plane.x + 75, PANEL + 82, PANEL - 150, "0", most);
    draw_circles(bank, sum, &profile);
    draw_bounds(&profile, bank);
    axes_draw(&profile, "distance from 0, in pi", "least, mean and largest on circles");
    free(rgb);
}

static void sum_line(const StrataBank *bank, const double *sum, Figure *figure)
{
    int64_t half = bank->columns / 2;
    double *x = malloc((size_t)(half + 1) * sizeof *x);
    figure_begin(figure, 640, 300);
    Axes axes = {figure, 60, 30, 560, 210, 0, 0.5, 0, 1.08 * bank->upper};
    for (int64_t i = 0; x && i <= half; i++)
        x[i] = (double)i / (double)bank->columns;
    if (x)
        axes_curve(&axes, x, sum, half + 1, 1.5, dark);
    figure->failed = figure->failed || !x;
    draw_bounds(&axes, bank);
    axes_draw(&axes, "frequency, in cycles a sample", "Littlewood-Paley sum");
    free(x);
}

bool plot_sum(const StrataFrame *frame, int64_t index, Figure *figure, StrataDiagnostics *diagnostics)
{
    StrataBank bank;
    strata_frame_bank(frame, index, &bank);
    StrataTensor *sum = strata_frame_sum(frame, index, diagnostics);
    if (!sum)
        return false;
    (bank.axes == 2 ? sum_plane : sum_line)(&bank, strata_tensor_data_const(sum), figure);
    strata_tensor_release(sum);
    return true;
}

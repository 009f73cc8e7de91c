/* Building figures: shapes, axes, colours; see figure.h. */
#include "tool/figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Colour ink = {0.15, 0.15, 0.2};

void figure_begin(Figure *figure, double width, double height)
{
    *figure = (Figure){.width = width, .height = height};
}

void figure_release(Figure *figure)
{
    for (int64_t i = 0; i < figure->count; i++) {
        free(figure->shapes[i].points);
        free(figure->shapes[i].bytes);
    }
    free(figure->shapes);
    *figure = (Figure){0};
}

/* ---- Shapes ---- */

/* Adds a shape with copies of what it points to. */
static void add(Figure *figure, Shape shape, size_t bytes)
{
    if (figure->count == figure->capacity) {
        int64_t capacity = figure->capacity ? 2 * figure->capacity : 64;
        Shape *shapes = realloc(figure->shapes, (size_t)capacity * sizeof *shapes);
        if (!shapes) {
            figure->failed = true;
            return;
        }
        figure->shapes = shapes;
        figure->capacity = capacity;
    }
    double *points = malloc((size_t)(2 * shape.count + 1) * sizeof *points);
    unsigned char *copy = malloc(bytes + 1);
    if (!points || !copy) {
        free(points);
        free(copy);
        figure->failed = true;
        return;
    }
    memcpy(points, shape.points, (size_t)(2 * shape.count) * sizeof *points);
    if (bytes > 0)
        memcpy(copy, shape.bytes, bytes);
    shape.points = points;
    shape.bytes = copy;
    figure->shapes[figure->count++] = shape;
}

void figure_polygon(Figure *figure, const double *points, int64_t count, Colour colour)
{
    add(figure, (Shape){.kind = SHAPE_POLYGON, .colour = colour, .points = (double *)points, .count = count}, 0);
}

void figure_line(Figure *figure, const double *points, int64_t count, double width, Colour colour)
{
    add(figure, (Shape){.kind = SHAPE_LINE, .colour = colour, .points = (double *)points, .count = count, .width = width}, 0);
}

void figure_rectangle(Figure *figure, double x, double y, double width, double height, Colour colour)
{
    figure_polygon(figure, (double[]){x, y, x + width, y, x + width, y + height, x, y + height}, 4, colour);
}

void figure_image(Figure *figure, double x, double y, double width, double height, int64_t rows, int64_t columns,
                  const unsigned char *rgb)
{
    double place[] = {x, y, width, height};
    add(figure,
        (Shape){.kind = SHAPE_IMAGE, .points = place, .count = 2, .rows = rows, .columns = columns, .bytes = (unsigned char *)rgb},
        (size_t)(3 * rows * columns));
}

void figure_text(Figure *figure, double x, double y, double height, double anchor, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    double place[] = {x, y};
    add(figure,
        (Shape){.kind = SHAPE_TEXT,
                .colour = ink,
                .points = place,
                .count = 1,
                .width = height,
                .anchor = anchor,
                .bytes = (unsigned char *)text},
        strlen(text) + 1);
}

/* ---- Axes ---- */

double axes_x(const Axes *axes, double x)
{
    return axes->x + (x - axes->left) / (axes->right - axes->left) * axes->width;
}

double axes_y(const Axes *axes, double y)
{
    return axes->y + axes->height - (y - axes->bottom) / (axes->top - axes->bottom) * axes->height;
}

/* 1, 2 or 5 times a power of ten: about five of them from end to end. */
static double nice_step(double length)
{
    double power = pow(10, floor(log10(length / 4))), rest = length / 4 / power;
    return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
}

static void draw_marks(const Axes *axes, bool up)
{
    double a = up ? axes->bottom : axes->left, b = up ? axes->top : axes->right;
    double first = fmin(a, b), last = fmax(a, b), step = nice_step(last - first);
    int from = (int)ceil(first / step - 1e-9), to = (int)floor(last / step + 1e-9);
    for (int i = from; i <= to; i++) {
        double mark = i * step;
        double x = up ? axes->x : axes_x(axes, mark), y = up ? axes_y(axes, mark) : axes->y + axes->height;
        figure_line(axes->figure, (double[]){x, y, up ? x - 4 : x, up ? y : y + 4}, 2, 1, ink);
        figure_text(axes->figure, up ? x - 7 : x, up ? y + 4 : y + 16, 8, up ? 1 : 0.5, "%.4g", mark);
    }
}

void axes_draw(const Axes *axes, const char *across, const char *up)
{
    double right = axes->x + axes->width, bottom = axes->y + axes->height;
    figure_line(axes->figure, (double[]){axes->x, axes->y, axes->x, bottom, right, bottom, right, axes->y, axes->x, axes->y}, 5, 1,
                ink);
    draw_marks(axes, false);
    draw_marks(axes, true);
    if (across)
        figure_text(axes->figure, axes->x + axes->width / 2, bottom + 34, 9, 0.5, "%s", across);
    if (up)
        figure_text(axes->figure, axes->x, axes->y - 8, 9, 0, "%s", up);
}

void axes_curve(const Axes *axes, const double *x, const double *y, int64_t count, double width, Colour colour)
{
    double *points = malloc((size_t)(2 * count + 1) * sizeof *points);
    if (!points) {
        axes->figure->failed = true;
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        points[2 * i] = axes_x(axes, x[i]);
        points[2 * i + 1] = fmin(fmax(axes_y(axes, y[i]), axes->y), axes->y + axes->height);
    }
    figure_line(axes->figure, points, count, width, colour);
    free(points);
}

/* ---- Colours ---- */

static Colour mix(Colour a, Colour b, double share)
{
    return (Colour){a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share, a.blue + (b.blue - a.blue) * share};
}

static double within(double value, double least, double most)
{
    return value > least ? (value < most ? value : most) : least; /* not a number: the least */
}

Colour colour_of_size(double size)
{
    static const Colour steps[] = {{0.05, 0.03, 0.2}, {0.25, 0.1, 0.5}, {0.7, 0.2, 0.45}, {0.95, 0.5, 0.25}, {1, 0.95, 0.7}};
    double place = within(size, 0, 1) * 4;
    int step = place < 4 ? (int)place : 3;
    return mix(steps[step], steps[step + 1], place - step);
}

Colour colour_of_sign(double value)
{
    static const Colour white = {1, 1, 1}, blue = {0.1, 0.25, 0.65}, red = {0.75, 0.1, 0.1};
    double size = within(value, -1, 1);
    return size < 0 ? mix(white, blue, -size) : mix(white, red, size);
}

Colour colour_of_hue(double hue, double light)
{
    double part[3];
    for (int i = 0; i < 3; i++)
        part[i] = within(light, 0, 1) * (0.5 + 0.5 * cos(2 * acos(-1) * (hue - i / 3.0)));
    return (Colour){part[0], part[1], part[2]};
}

void colour_store(Colour colour, unsigned char *rgb)
{
    rgb[0] = (unsigned char)(255 * within(colour.red, 0, 1) + 0.5);
    rgb[1] = (unsigned char)(255 * within(colour.green, 0, 1) + 0.5);
    rgb[2] = (unsigned char)(255 * within(colour.blue, 0, 1) + 0.5);
}

void figure_scale(Figure *figure, double x, double y, double width, const char *least, const char *most)
{
    enum { STEPS = 64, HEIGHT = 9 };
    unsigned char rgb[3 * STEPS];
    for (int i = 0; i < STEPS; i++)
        colour_store(colour_of_size(i / (STEPS - 1.0)), rgb + 3 * (size_t)i);
    figure_image(figure, x, y, width, HEIGHT, 1, STEPS, rgb);
    figure_text(figure, x - 5, y + HEIGHT - 1, 8, 1, "%s", least);
    figure_text(figure, x + width + 5, y + HEIGHT - 1, 8, 0, "%s", most);
}

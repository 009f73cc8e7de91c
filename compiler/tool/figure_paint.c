/* Figures as pixels; see figure.h. Painted three times as fine along each side and averaged, so that edges are smooth. */
#include "tool/figure.h"

#include "tool/output.h"
#include "tool/repl/repl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double smallest_text = 0.6; /* pixels a point below which letters are none */

enum { FINE = 3, CROSSINGS = 4096, LARGEST_PAGE = 8192 };

typedef struct Page {
    int64_t width, height; /* in fine pixels */
    double scale;          /* fine pixels a point */
    unsigned char *rgb;
} Page;

static void set_span(Page *page, int64_t row, double from, double to, const unsigned char *rgb)
{
    int64_t first = (int64_t)ceil(from - 0.5), last = (int64_t)ceil(to - 0.5);
    first = first < 0 ? 0 : first;
    last = last > page->width ? page->width : last;
    for (int64_t i = first; i < last; i++)
        memcpy(page->rgb + 3 * (row * page->width + i), rgb, 3);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fills a polygon row by row, between its crossings with the row's middle, by turns. */
static void fill_polygon(Page *page, const double *points, int64_t count, Colour colour)
{
    unsigned char rgb[3];
    double crossings[CROSSINGS], top = INFINITY, bottom = -INFINITY;
    colour_store(colour, rgb);
    for (int64_t i = 0; i < count; i++) {
        top = fmin(top, points[2 * i + 1] * page->scale);
        bottom = fmax(bottom, points[2 * i + 1] * page->scale);
    }
    int64_t first = top > 0 ? (int64_t)top : 0, last = bottom < (double)page->height ? (int64_t)bottom : page->height - 1;
    for (int64_t row = first; row <= last; row++) {
        double y = (double)row + 0.5;
        int64_t found = 0;
        for (int64_t i = 0; i < count && found < CROSSINGS; i++) {
            const double *a = points + 2 * i, *b = points + 2 * ((i + 1) % count);
            double ay = a[1] * page->scale, by = b[1] * page->scale;
            if ((ay <= y) != (by <= y))
                crossings[found++] = (a[0] + (y - ay) / (by - ay) * (b[0] - a[0])) * page->scale;
        }
        qsort(crossings, (size_t)found, sizeof *crossings, compare_numbers);
        for (int64_t i = 0; i + 1 < found; i += 2)
            set_span(page, row, crossings[i], crossings[i + 1], rgb);
    }
}

/* Each piece of a line is a rectangle, a little longer so that corners close. */
static void draw_line(Page *page, const Shape *shape)
{
    for (int64_t i = 0; i + 1 < shape->count; i++) {
        const double *a = shape->points + 2 * i, *b = a + 2;
        double length = hypot(b[0] - a[0], b[1] - a[1]), half = shape->width / 2;
        double x = length > 0 ? (b[0] - a[0]) / length * half : half, y = length > 0 ? (b[1] - a[1]) / length * half : 0;
        double corners[] = {a[0] - x / 2 - y, a[1] - y / 2 + x, b[0] + x / 2 - y, b[1] + y / 2 + x,
                            b[0] + x / 2 + y, b[1] + y / 2 - x, a[0] - x / 2 + y, a[1] - y / 2 - x};
        fill_polygon(page, corners, 4, shape->colour);
    }
}

static void draw_image(Page *page, const Shape *shape)
{
    double x = shape->points[0] * page->scale, y = shape->points[1] * page->scale;
    double width = shape->points[2] * page->scale, height = shape->points[3] * page->scale;
    for (int64_t row = (int64_t)fmax(y, 0); row < page->height && (double)row < y + height; row++)
        for (int64_t column = (int64_t)fmax(x, 0); column < page->width && (double)column < x + width; column++) {
            int64_t r = (int64_t)(((double)row - y) / height * (double)shape->rows);
            int64_t c = (int64_t)(((double)column - x) / width * (double)shape->columns);
            r = r < 0 ? 0 : r >= shape->rows ? shape->rows - 1 : r;
            c = c < 0 ? 0 : c >= shape->columns ? shape->columns - 1 : c;
            memcpy(page->rgb + 3 * (row * page->width + column), shape->bytes + 3 * (r * shape->columns + c), 3);
        }
}

static void draw_text(Page *page, const Shape *shape)
{
    double pixel = shape->width / GLYPH_ROWS, advance = pixel * (GLYPH_COLUMNS + 1);
    double start = shape->points[0] - shape->anchor * advance * (double)strlen((const char *)shape->bytes);
    for (const unsigned char *at = shape->bytes; *at; at++) {
        double x = start + advance * (double)(at - shape->bytes);
        const unsigned char *rows = glyph_rows((char)*at);
        int descent = glyph_descent((char)*at);
        for (int i = 0; i < GLYPH_ROWS * GLYPH_COLUMNS; i++) {
            if (!(rows[i / GLYPH_COLUMNS] >> (GLYPH_COLUMNS - 1 - i % GLYPH_COLUMNS) & 1))
                continue;
            int row = i / GLYPH_COLUMNS + descent, column = i % GLYPH_COLUMNS;
            double left = x + column * pixel, top = shape->points[1] - shape->width + row * pixel;
            double corners[] = {left, top, left + pixel, top, left + pixel, top + pixel, left, top + pixel};
            fill_polygon(page, corners, 4, shape->colour);
        }
    }
}

static void draw_shape(Page *page, const Shape *shape)
{
    switch (shape->kind) {
    case SHAPE_POLYGON:
        fill_polygon(page, shape->points, shape->count, shape->colour);
        break;
    case SHAPE_LINE:
        draw_line(page, shape);
        break;
    case SHAPE_IMAGE:
        draw_image(page, shape);
        break;
    case SHAPE_TEXT:
        if (page->scale >= smallest_text * FINE)
            draw_text(page, shape);
        break;
    }
}

/* Means of the fine pixels, plane by plane. */
static void reduce(const Page *page, unsigned char *planes, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < 3 * rows * columns; i++) {
        int64_t plane = i / (rows * columns), row = i / columns % rows * FINE, column = i % columns * FINE;
        int sum = 0;
        for (int k = 0; k < FINE * FINE; k++)
            sum += page->rgb[3 * ((row + k / FINE) * page->width + column + k % FINE) + plane];
        planes[i] = (unsigned char)((sum + FINE * FINE / 2) / (FINE * FINE));
    }
}

StrataTensor *figure_picture(const Figure *figure, double scale)
{
    StrataError error;
    StrataAllocator allocator = strata_default_allocator();
    int64_t rows = (int64_t)ceil(figure->height * scale), columns = (int64_t)ceil(figure->width * scale);
    Page page = {.width = columns * FINE, .height = rows * FINE, .scale = scale * FINE};
    if (figure->failed || rows < 1 || columns < 1 || rows > LARGEST_PAGE || columns > LARGEST_PAGE)
        return NULL;
    StrataTensor *picture = strata_tensor_make(&allocator, STRATA_UINT8, 3, (int64_t[]){3, rows, columns}, &error);
    page.rgb = malloc((size_t)(3 * page.width * page.height));
    if (!picture || !page.rgb) {
        strata_tensor_release(picture);
        free(page.rgb);
        return NULL;
    }
    memset(page.rgb, 255, (size_t)(3 * page.width * page.height));
    for (int64_t i = 0; i < figure->count; i++)
        draw_shape(&page, &figure->shapes[i]);
    reduce(&page, strata_tensor_data(picture), rows, columns);
    free(page.rgb);
    return picture;
}

/* ---- Where it goes ---- */

static ExitCode write_svg(const Figure *figure, const char *path)
{
    size_t length;
    char *svg = figure_svg(figure, &length);
    if (!svg)
        return message_error(1090, "out of memory");
    bool good = output_file(path, svg, length);
    free(svg);
    return good ? EXIT_DONE : EXIT_WRONG_INPUT;
}

static ExitCode write_png(const Figure *figure, const char *path)
{
    StrataError error;
    StrataTensor *picture = figure_picture(figure, 2);
    if (!picture)
        return message_error(1090, "out of memory");
    bool good = strata_tensor_write(picture, path, &error);
    strata_tensor_release(picture);
    return good ? EXIT_DONE : message_failure(&error);
}

/* As wide as the terminal; of terminals that show real pixels, as large as it is. Characters are light on dark, so what is white stays empty. */
static ExitCode draw_figure(const Figure *figure)
{
    PictureStyle style = picture_style(isatty(STDOUT_FILENO));
    style = style == PICTURES_OFF ? PICTURES_ASCII : style;
    bool fine = style == PICTURES_KITTY || style == PICTURES_SIXEL;
    StrataTensor *picture = figure_picture(figure, fine ? 1 : (double)(terminal_columns() - 1) / figure->width);
    if (!picture)
        return message_error(1090, "out of memory");
    int64_t rows = strata_tensor_size(picture, 1), columns = strata_tensor_size(picture, 2), area = rows * columns;
    Bitmap bitmap = {.width = (int)columns, .height = (int)rows, .rgb = malloc((size_t)(3 * area))};
    const unsigned char *planes = strata_tensor_data_const(picture);
    for (int64_t i = 0; bitmap.rgb && i < 3 * area; i++)
        bitmap.rgb[i] =
            style == PICTURES_ASCII ? (unsigned char)(255 - planes[i % 3 * area + i / 3]) : planes[i % 3 * area + i / 3];
    if (bitmap.rgb)
        bitmap_draw(style, &bitmap);
    free(bitmap.rgb);
    strata_tensor_release(picture);
    return EXIT_DONE;
}

bool figure_path_is_known(const Verb *verb, const char *path)
{
    if (path_ends_with(path, ".svg") || path_ends_with(path, ".png"))
        return true;
    usage_error(verb, E_FIGURE_FORM, "figures are written as .svg or .png, got '%s'", path);
    return false;
}

ExitCode figure_show(const Figure *figure, const char *path)
{
    if (!path)
        return draw_figure(figure);
    return path_ends_with(path, ".svg") ? write_svg(figure, path) : write_png(figure, path);
}

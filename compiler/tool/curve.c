/* Curves in the terminal and as SVG; see curve.h. */
#include "tool/curve.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool curve_add(Curve *curve, double x, double y)
{
    if (curve->count == curve->capacity) {
        int64_t capacity = curve->capacity ? 2 * curve->capacity : 64;
        double *xs = realloc(curve->x, (size_t)capacity * sizeof *xs);
        curve->x = xs ? xs : curve->x;
        double *ys = xs ? realloc(curve->y, (size_t)capacity * sizeof *ys) : NULL;
        curve->y = ys ? ys : curve->y;
        if (!xs || !ys)
            return false;
        curve->capacity = capacity;
    }
    curve->x[curve->count] = x;
    curve->y[curve->count++] = y;
    return true;
}

void curve_release(Curve *curve)
{
    free(curve->x);
    free(curve->y);
    curve->x = curve->y = NULL;
    curve->count = curve->capacity = 0;
}

/* --- ranges --------------------------------------------------------------------------------------------------------------------- */

typedef struct Range {
    double x0, x1, y0, y1;
} Range;

static Range range_of(const Curve *curves, int64_t count)
{
    Range range = {0};
    bool any = false;
    for (int64_t k = 0; k < count; k++)
        for (int64_t i = 0; i < curves[k].count; i++) {
            double x = curves[k].x[i], y = curves[k].y[i];
            range.x0 = !any || x < range.x0 ? x : range.x0;
            range.x1 = !any || x > range.x1 ? x : range.x1;
            range.y0 = !any || y < range.y0 ? y : range.y0;
            range.y1 = !any || y > range.y1 ? y : range.y1;
            any = true;
        }
    if (!(range.x1 > range.x0))
        range.x1 = range.x0 + 1;
    if (!(range.y1 > range.y0))
        range.y1 = range.y0 + (range.y0 != 0 ? (range.y0 > 0 ? range.y0 : -range.y0) * 0.1 : 1);
    return range;
}

/* --- terminal ------------------------------------------------------------------------------------------------------------------- */

/* Dots of Braille characters: two across and four down in each. */
enum { DOTS_ACROSS = 2, DOTS_DOWN = 4, MOST_CELLS = 1 << 14 };

typedef struct Canvas {
    int columns, rows;
    unsigned char cells[MOST_CELLS];
} Canvas;

static void set_dot(Canvas *canvas, int across, int down)
{
    static const unsigned char bits[DOTS_DOWN][DOTS_ACROSS] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int column = across / DOTS_ACROSS, row = down / DOTS_DOWN;
    if (column >= 0 && column < canvas->columns && row >= 0 && row < canvas->rows)
        canvas->cells[row * canvas->columns + column] |= bits[down % DOTS_DOWN][across % DOTS_ACROSS];
}

static void draw_line(Canvas *canvas, double x0, double y0, double x1, double y1)
{
    double width = x1 - x0 < 0 ? x0 - x1 : x1 - x0, height = y1 - y0 < 0 ? y0 - y1 : y1 - y0;
    int steps = 1 + (int)(width > height ? width : height);
    for (int i = 0; i <= steps; i++) {
        double t = (double)i / steps;
        set_dot(canvas, (int)(x0 + t * (x1 - x0) + 0.5), (int)(y0 + t * (y1 - y0) + 0.5));
    }
}

static void draw_curve(Canvas *canvas, const Curve *curve, const Range *range)
{
    double width = canvas->columns * DOTS_ACROSS - 1, height = canvas->rows * DOTS_DOWN - 1;
    for (int64_t i = 0; i < curve->count; i++) {
        int64_t before = i > 0 ? i - 1 : 0;
        double x[2], y[2];
        for (int k = 0; k < 2; k++) {
            int64_t at = k ? i : before;
            x[k] = (curve->x[at] - range->x0) / (range->x1 - range->x0) * width;
            y[k] = (range->y1 - curve->y[at]) / (range->y1 - range->y0) * height;
        }
        draw_line(canvas, x[0], y[0], x[1], y[1]);
    }
}

/* U+2800 and the bits of a cell, in UTF-8. */
static void put_cell(FILE *file, unsigned char bits)
{
    if (bits == 0)
        fputc(' ', file);
    else
        fprintf(file, "\xE2%c%c", 0xA0 | bits >> 6, 0x80 | (bits & 0x3F));
}

void curve_draw(FILE *file, const char *title, const Curve *curves, int64_t count, int columns, int rows)
{
    Canvas *canvas = columns > 0 && rows > 0 && columns * rows <= MOST_CELLS ? calloc(1, sizeof *canvas) : NULL;
    if (!canvas)
        return;
    Range range = range_of(curves, count);
    canvas->columns = columns;
    canvas->rows = rows;
    for (int64_t k = 0; k < count; k++)
        draw_curve(canvas, &curves[k], &range);
    fprintf(file, "%s\n", title);
    for (int row = 0; row < rows; row++) {
        int last = columns;
        while (last > 0 && canvas->cells[row * columns + last - 1] == 0)
            last--;
        if (row == 0 || row == rows - 1)
            fprintf(file, "%9.4g |", row == 0 ? range.y1 : range.y0);
        else
            fprintf(file, "%9s |", "");
        for (int column = 0; column < last; column++)
            put_cell(file, canvas->cells[row * columns + column]);
        fputc('\n', file);
    }
    fprintf(file, "%9s +", "");
    for (int column = 0; column < columns; column++)
        fputc('-', file);
    fprintf(file, "\n%11s%-*.4g%*.4g\n", "", columns / 2, range.x0, columns - columns / 2, range.x1);
    free(canvas);
}

/* --- SVG ------------------------------------------------------------------------------------------------------------------------ */

enum { PANEL_WIDTH = 640, PANEL_HEIGHT = 220, LEFT_MARGIN = 80, BOTTOM_MARGIN = 50, NAME_WIDTH = 80, LINE_ROOM = 400 };

/* Text that grows. */
typedef struct Page {
    char *text;
    size_t length, capacity;
    bool failed;
} Page;

static void page_add(Page *page, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static void page_add(Page *page, const char *format, ...)
{
    if (page->length + LINE_ROOM > page->capacity && !page->failed) {
        size_t capacity = page->capacity ? 2 * page->capacity : 8192;
        char *text = realloc(page->text, capacity);
        page->failed = !text;
        page->text = text ? text : page->text;
        page->capacity = text ? capacity : page->capacity;
    }
    if (page->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(page->text + page->length, LINE_ROOM, format, arguments);
    va_end(arguments);
    if (written > 0)
        page->length += (size_t)written < LINE_ROOM ? (size_t)written : LINE_ROOM - 1;
}

static void add_text(Page *page, int x, int y, const char *anchor, const char *text)
{
    page_add(page, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    for (; *text; text++)
        page_add(page, *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : "%c", *text);
    page_add(page, "</text>\n");
}

static void add_number(Page *page, int x, int y, const char *anchor, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.4g", number);
    add_text(page, x, y, anchor, text);
}

static const char *colour_of(int64_t curve)
{
    static const char *const colours[] = {"#1f5fa8", "#c4572b", "#3a8540", "#7a4a9c"};
    return colours[curve % 4];
}

static void add_panel(Page *page, const char *title, const Curve *curves, int64_t count, int top)
{
    Range range = range_of(curves, count);
    int left = LEFT_MARGIN, right = PANEL_WIDTH - 20, bottom = top + PANEL_HEIGHT - BOTTOM_MARGIN;
    add_text(page, left, top - 8, "start", title);
    page_add(page, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#888\"/>\n", left, top, bottom, right);
    add_number(page, left - 6, top + 10, "end", range.y1);
    add_number(page, left - 6, bottom, "end", range.y0);
    add_number(page, left, bottom + 16, "middle", range.x0);
    add_number(page, right, bottom + 16, "middle", range.x1);
    for (int64_t k = 0; k < count; k++) {
        page_add(page, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"", colour_of(k));
        for (int64_t i = 0; i < curves[k].count; i++)
            page_add(page, "%.1f,%.1f ", left + (curves[k].x[i] - range.x0) / (range.x1 - range.x0) * (right - left),
                     top + (range.y1 - curves[k].y[i]) / (range.y1 - range.y0) * (bottom - top));
        page_add(page, "\"/>\n<g fill=\"%s\">", colour_of(k));
        add_text(page, right - NAME_WIDTH * (int)(count - 1 - k), top - 8, "end", curves[k].name);
        page_add(page, "</g>\n");
    }
}

char *curve_svg(const char *title, const Curve *losses, int64_t loss_count, const Curve *accuracies, int64_t accuracy_count,
                size_t *length)
{
    Page page = {0};
    int height = 40 + PANEL_HEIGHT * (accuracy_count > 0 ? 2 : 1);
    page_add(&page,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
             "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
             PANEL_WIDTH, height);
    add_text(&page, PANEL_WIDTH / 2, 18, "middle", title);
    add_panel(&page, "loss by epoch", losses, loss_count, 40);
    if (accuracy_count > 0)
        add_panel(&page, "accuracy by epoch, in %", accuracies, accuracy_count, 40 + PANEL_HEIGHT);
    page_add(&page, "</svg>\n");
    if (page.failed) {
        free(page.text);
        return NULL;
    }
    *length = page.length;
    return page.text;
}

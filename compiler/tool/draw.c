/* Pictures in the terminal; see draw.h. A character is twice as high as wide, so it shows two pixels, one above the other. */
#include "tool/draw.h"

#include "tool/message.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { GAP = 2 };

DrawStyle draw_style(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return DRAW_ASCII;
    return colour_output() ? DRAW_GREYS : DRAW_BLOCKS;
}

int draw_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* The pictures and the part of them that is drawn: the box around everything that is not dark in any of them. */
typedef struct Canvas {
    const StrataTensor *pictures;
    int64_t channels, rows, columns;
    int64_t top, bottom, left, right; /* first and behind the last */
} Canvas;

/* The grey of a pixel, 0 to 1; 0 outside. */
static double pixel(const Canvas *canvas, int64_t sample, int64_t row, int64_t column)
{
    if (row >= canvas->rows)
        return 0;
    double sum = 0;
    for (int64_t channel = 0; channel < canvas->channels; channel++) {
        int64_t index = ((sample * canvas->channels + channel) * canvas->rows + row) * canvas->columns + column;
        const void *data = strata_tensor_data_const(canvas->pictures);
        sum +=
            strata_tensor_kind(canvas->pictures) == STRATA_FLOAT32 ? ((const float *)data)[index] : ((const double *)data)[index];
    }
    double grey = sum / (double)canvas->channels;
    return grey > 0 ? (grey < 1 ? grey : 1) : 0; /* not a number: dark */
}

static void find_box(Canvas *canvas, int64_t count)
{
    canvas->top = canvas->rows;
    canvas->left = canvas->columns;
    canvas->bottom = canvas->right = 0;
    for (int64_t sample = 0; sample < count; sample++)
        for (int64_t row = 0; row < canvas->rows; row++)
            for (int64_t column = 0; column < canvas->columns; column++) {
                if (pixel(canvas, sample, row, column) < 0.1)
                    continue;
                canvas->top = row < canvas->top ? row : canvas->top;
                canvas->bottom = row >= canvas->bottom ? row + 1 : canvas->bottom;
                canvas->left = column < canvas->left ? column : canvas->left;
                canvas->right = column >= canvas->right ? column + 1 : canvas->right;
            }
    if (canvas->bottom == 0) { /* all dark */
        canvas->top = canvas->left = 0;
        canvas->bottom = canvas->rows;
        canvas->right = canvas->columns;
    }
}

/* The number of a grey among the 24 of the usual 256 colours. */
static int shade(double grey)
{
    return 232 + (int)(grey * 23 + 0.5);
}

static void draw_cell(DrawStyle style, double upper, double lower)
{
    static const char *const blocks[] = {" ", "\xE2\x96\x84", "\xE2\x96\x80", "\xE2\x96\x88"}; /* none, lower, upper, full */
    static const char ramp[] = " .:-=+*#%@";
    if (style == DRAW_GREYS)
        printf("\033[38;5;%d;48;5;%dm\xE2\x96\x80", shade(upper), shade(lower));
    else if (style == DRAW_BLOCKS)
        fputs(blocks[2 * (upper >= 0.4) + (lower >= 0.4)], stdout);
    else
        putchar(ramp[(int)((upper + lower) / 2 * 9 + 0.5)]);
}

static void draw_line(DrawStyle style, const Canvas *canvas, int64_t sample, int64_t row)
{
    for (int64_t column = canvas->left; column < canvas->right; column++)
        draw_cell(style, pixel(canvas, sample, row, column), row + 1 < canvas->bottom ? pixel(canvas, sample, row + 1, column) : 0);
    if (style == DRAW_GREYS)
        fputs("\033[0m", stdout);
}

/* Samples `first` to `last - 1` side by side, in cells of `width` columns. */
static void draw_band(DrawStyle style, const Canvas *canvas, char *const *captions, int64_t first, int64_t last, int64_t width)
{
    for (int64_t row = canvas->top; row < canvas->bottom; row += 2) {
        for (int64_t sample = first; sample < last; sample++) {
            draw_line(style, canvas, sample, row);
            printf("%*s", sample + 1 < last ? (int)(width - (canvas->right - canvas->left)) : 0, "");
        }
        putchar('\n');
    }
    for (int64_t sample = first; sample < last; sample++)
        printf("%-*s", sample + 1 < last ? (int)width : 0, captions[sample]);
    fputs("\n\n", stdout);
}

void draw_pictures(DrawStyle style, const StrataTensor *pictures, char *const *captions, int64_t count, int width)
{
    Canvas canvas = {.pictures = pictures,
                     .channels = strata_tensor_size(pictures, 1),
                     .rows = strata_tensor_size(pictures, 2),
                     .columns = strata_tensor_size(pictures, 3)};
    find_box(&canvas, count);
    int64_t cell = canvas.right - canvas.left;
    for (int64_t sample = 0; sample < count; sample++)
        cell = (int64_t)strlen(captions[sample]) > cell ? (int64_t)strlen(captions[sample]) : cell;
    cell += GAP;
    int64_t band = (width + GAP) / cell > 0 ? (width + GAP) / cell : 1;
    for (int64_t first = 0; first < count; first += band)
        draw_band(style, &canvas, captions, first, first + band < count ? first + band : count, cell);
}

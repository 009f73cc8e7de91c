/* Numbers as a curve: dots of Braille where the terminal has them, else asterisks. */
#include "tool/repl/repl.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 10, LEAST_WIDTH = 10 };

/* What is drawn on: `across` x `down` dots in cells of `cell_width` x `cell_height`. */
typedef struct Plot {
    int width; /* in characters */
    int cell_width, cell_height;
    double least, most;
    unsigned char *cells; /* bits of the dots in each character, as Braille numbers them */
} Plot;

static void set_dot(Plot *plot, int x, int y)
{
    static const unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    plot->cells[y / plot->cell_height * plot->width + x / plot->cell_width] |= bits[y % plot->cell_height][x % plot->cell_width];
}

static void find_range(Plot *plot, const double *numbers, int64_t count)
{
    plot->least = INFINITY;
    plot->most = -INFINITY;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(numbers[i])) {
            plot->least = fmin(plot->least, numbers[i]);
            plot->most = fmax(plot->most, numbers[i]);
        }
    if (plot->most <= plot->least)
        plot->most = plot->least + 1;
}

static int height_of(const Plot *plot, double number)
{
    int top = CURVE_ROWS * plot->cell_height - 1;
    return top - (int)((number - plot->least) / (plot->most - plot->least) * top + 0.5);
}

/* Where there are fewer numbers than dot columns, straight lines lead from one to the next. */
static void draw_lines(Plot *plot, const double *numbers, int64_t count, int64_t across)
{
    for (int64_t x = 0; x < across; x++) {
        double at = across > 1 ? (double)x * (double)(count - 1) / (double)(across - 1) : 0;
        int64_t left = (int64_t)at, right = left + 1 < count ? left + 1 : left;
        double number = numbers[left] + (at - (double)left) * (numbers[right] - numbers[left]);
        if (isfinite(number))
            set_dot(plot, (int)x, height_of(plot, number));
    }
}

/* Else each dot column shows all the numbers that fall into it. */
static void draw_dots(Plot *plot, const double *numbers, int64_t count)
{
    int64_t across = (int64_t)plot->width * plot->cell_width;
    if (count < across) {
        draw_lines(plot, numbers, count, across);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        if (isfinite(numbers[i]))
            set_dot(plot, (int)(i * across / count), height_of(plot, numbers[i]));
}

static void print_cell(const Plot *plot, unsigned char bits)
{
    if (plot->cell_width == 1)
        putchar(bits ? '*' : ' ');
    else if (!bits)
        putchar(' ');
    else
        printf("\xE2%c%c", 0xA0 + (bits >> 6), 0x80 + (bits & 0x3F)); /* U+2800 and the bits */
}

void draw_curve(Repl *repl, const double *numbers, int64_t count)
{
    bool braille = repl->pictures >= PICTURES_BLOCKS;
    Plot plot = {.width = terminal_columns() - LABEL - 3, .cell_width = braille ? 2 : 1, .cell_height = braille ? 4 : 1};
    plot.width = plot.width < LEAST_WIDTH ? LEAST_WIDTH : plot.width;
    plot.cells = calloc((size_t)plot.width, CURVE_ROWS);
    if (!plot.cells)
        return;
    find_range(&plot, numbers, count);
    draw_dots(&plot, numbers, count);
    for (int row = 0; row < CURVE_ROWS && isfinite(plot.least); row++) {
        if (row == 0 || row == CURVE_ROWS - 1)
            printf("%*.4g |", LABEL, row == 0 ? plot.most : plot.least);
        else
            printf("%*s |", LABEL, "");
        int end = plot.width;
        while (end > 0 && !plot.cells[row * plot.width + end - 1])
            end--;
        for (int column = 0; column < end; column++)
            print_cell(&plot, plot.cells[row * plot.width + column]);
        putchar('\n');
    }
    free(plot.cells);
}

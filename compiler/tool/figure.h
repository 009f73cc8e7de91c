/* Figures: shapes on a page, written as SVG or painted as pixels, so that one description gives both.
 *
 * Coordinates are points from the upper left corner. Adding never fails loudly: when memory ends, the figure says so when it is written. */
#ifndef STRATA_TOOL_FIGURE_H
#define STRATA_TOOL_FIGURE_H

#include "strata.h"
#include "tool/message.h"

/* Parts from 0 to 1. */
typedef struct Colour {
    double red, green, blue;
} Colour;

typedef enum ShapeKind { SHAPE_POLYGON, SHAPE_LINE, SHAPE_IMAGE, SHAPE_TEXT } ShapeKind;

typedef struct Shape {
    ShapeKind kind;
    Colour colour;
    double *points; /* x, y of each; of an image its corner and then its size; of a text its place */
    int64_t count;
    double width;          /* of a line; the height of a text's capitals */
    double anchor;         /* of a text: 0, its place is its beginning; 1/2, its middle; 1, its end */
    int64_t rows, columns; /* of an image */
    unsigned char *bytes;  /* of an image: red, green, blue; of a text: ASCII, ended by 0 */
} Shape;

typedef struct Figure {
    double width, height;
    Shape *shapes;
    int64_t count, capacity;
    bool failed; /* memory ended */
} Figure;

void figure_begin(Figure *figure, double width, double height);
void figure_release(Figure *figure);

void figure_polygon(Figure *figure, const double *points, int64_t count, Colour colour);
void figure_line(Figure *figure, const double *points, int64_t count, double width, Colour colour);
void figure_rectangle(Figure *figure, double x, double y, double width, double height, Colour colour);
void figure_image(Figure *figure, double x, double y, double width, double height, int64_t rows, int64_t columns,
                  const unsigned char *rgb);
void figure_text(Figure *figure, double x, double y, double height, double anchor, const char *format, ...) MESSAGE_FORMAT(6, 7);

/* A part of the page with axes: numbers from left to right and from below to above. */
typedef struct Axes {
    Figure *figure;
    double x, y, width, height; /* on the page */
    double left, right, bottom, top;
} Axes;

/* Draws the frame, marks at nice numbers with their values, and a name of each axis (null: none). */
void axes_draw(const Axes *axes, const char *across, const char *up);
double axes_x(const Axes *axes, double x);
double axes_y(const Axes *axes, double y);

/* A curve over axes, cut at their top and bottom. */
void axes_curve(const Axes *axes, const double *x, const double *y, int64_t count, double width, Colour colour);

/* The colours of sizes in a bar, with what its ends stand for at its sides; `x` is its left end. */
void figure_scale(Figure *figure, double x, double y, double width, const char *least, const char *most);

/* Scales of colours: from dark to light for 0 .. 1; blue, white and red for -1 .. 1; the circle of hues for 0 .. 1. */
Colour colour_of_size(double size);
Colour colour_of_sign(double value);
Colour colour_of_hue(double hue, double light);
void colour_store(Colour colour, unsigned char *rgb);

/* The figure as SVG, to be freed; null when memory ends. */
char *figure_svg(const Figure *figure, size_t *length);

/* The figure as pixels, 3 x rows x columns bytes, `scale` pixels a point; null when memory ends. */
StrataTensor *figure_picture(const Figure *figure, double scale);

enum { E_FIGURE_FORM = 1233 };

/* Whether a figure can be written under this path, which the verb was given; false after saying why not. */
bool figure_path_is_known(const Verb *verb, const char *path);

/* Writes a figure by the end of the path: .svg or .png (two pixels a point). Without a path, draws it in the terminal. */
ExitCode figure_show(const Figure *figure, const char *path);

/* The pixels of a character, five in each of seven rows from the top, the leftmost the highest of five bits; a box for one that there is not. */
const unsigned char *glyph_rows(char character);
/* How many rows it stands lower than others. */
int glyph_descent(char character);
enum { GLYPH_ROWS = 7, GLYPH_COLUMNS = 5 };

#endif

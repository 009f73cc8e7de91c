/* Curves: how numbers went over a training, drawn in the terminal and as SVG. */
#ifndef STRATA_TOOL_CURVE_H
#define STRATA_TOOL_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One line of a picture: points of rising x. */
typedef struct Curve {
    const char *name;
    double *x, *y;
    int64_t count, capacity;
} Curve;

/* Adds a point; false when memory ends. */
bool curve_add(Curve *curve, double x, double y);
void curve_release(Curve *curve);

/* Draws curves that share both axes, `columns` wide and `rows` high, by dots of a quarter character each where the terminal has UTF-8. */
void curve_draw(FILE *file, const char *title, const Curve *curves, int64_t count, int columns, int rows);

/* A picture of two panels, losses above and accuracies below (left out when there are none), as text of SVG; to be freed. Null when memory ends. */
char *curve_svg(const char *title, const Curve *losses, int64_t loss_count, const Curve *accuracies, int64_t accuracy_count,
                size_t *length);

#endif

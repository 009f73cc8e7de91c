/* Numbers as text, always with a point and never as the locale writes them. */
#ifndef STRATA_BASE_NUMBER_H
#define STRATA_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Reads all of a text as a number, rounded to nearest: an optional sign, digits (`_` may stand among them), perhaps a point and digits,
 * perhaps an exponent; or inf or nan. One beyond the range of double precision is infinite. False when it is none. */
bool number_read(const char *text, size_t length, double *number);

/* Writes the shortest decimal form that reads back as the same double: 1, 0.1, 1e-05. Gives `text`. */
enum { NUMBER_LIMIT = 40 };
const char *number_write(double number, char text[NUMBER_LIMIT]);

#endif

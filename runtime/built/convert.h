/* Between the numbers that a caller has (bytes, integers, truth values) and the reals that the code of a net works on. */
#ifndef STRATA_BUILT_CONVERT_H
#define STRATA_BUILT_CONVERT_H

#include "built/built.h"

#include <stdbool.h>

/* Whether a value goes through the workspace because its numbers are no reals. */
bool built_is_staged(const BuiltValue *value);

/* `count` numbers of a value to reals of 4 or 8 bytes. False when an integer is out of the input's range. */
bool built_to_reals(const BuiltValue *value, const void *from, void *to, size_t real_size, size_t count);

/* And back: whole numbers and truth values. False when one is no number (NaN, where an index had no entry). */
bool built_from_reals(const BuiltValue *value, const void *from, void *to, size_t real_size, size_t count);

#endif

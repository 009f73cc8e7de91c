/* Plans of lines (spectrum.h), for the tables of kernels that transform lines on vectors. */
#ifndef STRATA_KERNEL_TABLE_LINE_H
#define STRATA_KERNEL_TABLE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the plan for lines of a size that is a product of 2, 3 and 5, by radices up to `largest` (at least 5); a multiple of 64. */
size_t line_bytes(int64_t size, int32_t largest, bool precise);

/* Writes it there. */
void line_make(int64_t size, int32_t largest, bool precise, void *memory);

/* Writes entry `index` of an array of floats, or with `precise` of doubles. */
void line_write(void *reals, int64_t index, double value, bool precise);

#endif

/* Sliding windows, as the shape rules of convolution and pooling read and check them. */
#ifndef STRATA_OPS_WINDOW_H
#define STRATA_OPS_WINDOW_H

#include "kernel/window.h"
#include "ops/ops.h"

/* One operand's axes and the window's entries on them, for messages and sizes. */
typedef struct WindowRule {
    const char *noun;      /* "kernel" or "window" */
    int axes;              /* 1 to WINDOW_AXES */
    const int64_t *in;     /* entries of the operand, one for each axis */
    const int64_t *kernel; /* entries of the window */
    bool dilated;          /* there is an attribute `dilation` */
    bool ceil;             /* a last window that stands partly behind the border counts too */
} WindowRule;

/* Completes the attributes `stride`, `pad` (pairs of before and after for each axis) and, where there is one, `dilation`: from one number for
 * all axes, one for each, or (pad) a pair for each. Complains E0624, E0625. */
bool window_settings(OpUse *use, const WindowRule *rule);

/* Makes `pad` such that there are ceil(n / stride) positions, an odd entry of padding at the end; complains E0625 when it is too large. */
bool window_same(OpUse *use, const WindowRule *rule);

/* Positions of the window on each axis; complains E0623 when it does not fit. */
bool window_positions(OpUse *use, const WindowRule *rule, int64_t *out);

/* The numbers for a kernel, from completed attributes. */
Window window_numbers(const OpUse *use, const WindowRule *rule, const int64_t *out);

/* A Border by its name in the language. */
Border window_border(const char *name);

/* Checks that a border can be read as far as the padding reaches: `reflect` has n - 1 entries. Complains E0627. */
bool window_border_reaches(OpUse *use, const char *border, int axis, int64_t n, int64_t before, int64_t after);

#endif

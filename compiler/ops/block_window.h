/* A window over the rows and columns of a blocked image, from attributes to the numbers of kernels. */
#ifndef STRATA_OPS_BLOCK_WINDOW_H
#define STRATA_OPS_BLOCK_WINDOW_H

#include "kernel/blocks.h"
#include "ops/ops.h"

/* For the list of attributes of an operation: two numbers each, for rows and columns; padding is top, bottom, left, right. */
#define BLOCK_WINDOW_ATTRIBUTES                                                                                                    \
    {"window", ATTRIBUTE_LIST, NULL, NULL}, {"stride", ATTRIBUTE_LIST, NULL, NULL}, {"padding", ATTRIBUTE_LIST, NULL, NULL},       \
    {                                                                                                                              \
        "dilation", ATTRIBUTE_LIST, NULL, NULL                                                                                     \
    }

/* Reads and checks the window over an image of these sizes. Complains E0624 (how many numbers), E0625 (too small or large), E0623 (it does
 * not fit). */
bool block_window(OpUse *use, int64_t height, int64_t width, BlockWindow *window);

/* The entry of the image, [height, width, lanes] in `lane`, under a tap at a position; null on the padding. */
const double *block_window_entry(const BlockWindow *window, const double *image, int64_t lanes, const int64_t *position,
                                 const int64_t *tap);

#endif

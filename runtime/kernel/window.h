/* Windows that slide over up to three axes (depth, rows, columns): the numbers that convolutions and pooling share with their lowering, and
 * what lies beyond a border.
 *
 * Fewer axes are filled up in front by axes of one entry. The window's entry k at position p stands on the operand's entry
 * p * stride + k * dilation - before, which may lie outside. */
#ifndef STRATA_KERNEL_WINDOW_H
#define STRATA_KERNEL_WINDOW_H

#include <stdint.h>

enum { WINDOW_AXES = 3 };

/* Lowered as it stands, number by number. */
typedef struct Window {
    int64_t in[WINDOW_AXES];     /* entries of the operand */
    int64_t kernel[WINDOW_AXES]; /* entries of the window */
    int64_t stride[WINDOW_AXES];
    int64_t before[WINDOW_AXES]; /* padding in front */
    int64_t after[WINDOW_AXES];  /* padding behind */
    int64_t dilation[WINDOW_AXES];
    int64_t out[WINDOW_AXES]; /* positions of the window */
} Window;

enum { WINDOW_INTEGERS = sizeof(Window) / sizeof(int64_t) };

/* What a tensor is taken to be beyond its border. */
typedef enum Border {
    BORDER_ZERO,
    BORDER_REFLECT,   /* ... 2 1 | 0 1 2 ...: the border itself is not repeated; at most n - 1 entries */
    BORDER_PERIODIC,  /* ... n-2 n-1 | 0 1 ... */
    BORDER_REPLICATE, /* ... 0 0 | 0 1 ... */
    BORDER_CONSTANT,  /* padding alone: a number of the caller */
} Border;

static inline int64_t window_product(const int64_t size[WINDOW_AXES])
{
    return size[0] * size[1] * size[2];
}

/* The entry that stands at place i, which may lie outside of 0 .. n - 1; -1: none, a zero or the constant. */
static inline int64_t border_index(Border border, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    switch (border) {
    case BORDER_REFLECT:
        return i < 0 ? -i : 2 * (n - 1) - i;
    case BORDER_PERIODIC:
        return (i % n + n) % n;
    case BORDER_REPLICATE:
        return i < 0 ? 0 : n - 1;
    default:
        return -1;
    }
}

/* The smallest position p >= 0 with p * stride >= offset. */
static inline int64_t window_first(int64_t offset, int64_t stride)
{
    return offset <= 0 ? 0 : (offset + stride - 1) / stride;
}

/* The positions whose entry k of an axis lies inside: *low .. *high - 1, within 0 .. out - 1. */
static inline void window_range(const Window *window, int axis, int64_t k, int64_t *low, int64_t *high)
{
    int64_t offset = window->before[axis] - k * window->dilation[axis];
    int64_t out = window->out[axis];
    *high = window_first(offset + window->in[axis], window->stride[axis]);
    *low = window_first(offset, window->stride[axis]);
    if (*high > out)
        *high = out;
    if (*low > *high)
        *low = *high;
}

#endif

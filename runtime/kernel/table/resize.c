/* The kernel of resizing, and its table of taps. Places are fractions of whole numbers, so which entries are neighbours is exact. */
#include "kernel/resize.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE(resize);

/* The place of entry i as a fraction, numerator / *denominator. */
static int64_t place(const Resize *resize, int axis, int64_t i, int64_t *denominator)
{
    int64_t n = resize->in[axis], m = resize->out[axis];
    if (resize->aligned) {
        *denominator = m > 1 ? m - 1 : 1;
        return m > 1 ? i * (n - 1) : 0;
    }
    *denominator = 2 * m;
    int64_t numerator = (2 * i + 1) * n - m;
    if (numerator < 0)
        return 0;
    return numerator < (n - 1) * 2 * m ? numerator : (n - 1) * 2 * m;
}

static Tap make_tap(const Resize *resize, int axis, int64_t i)
{
    int64_t denominator, numerator = place(resize, axis, i, &denominator);
    int64_t low = numerator / denominator, rest = numerator % denominator;
    if (!resize->linear) {
        int64_t nearest = 2 * rest > denominator ? low + 1 : low;
        return (Tap){.low = nearest, .high = nearest};
    }
    return (Tap){.low = low, .high = rest > 0 ? low + 1 : low, .weight = (double)rest / (double)denominator};
}

static size_t resize_table_size(const int64_t *integers, bool precise)
{
    (void)precise;
    Resize resize;
    memcpy(&resize, integers, sizeof resize);
    return (size_t)(resize.out[0] + resize.out[1] + resize.out[2]) * sizeof(Tap);
}

static void make_resize_table(const int64_t *integers, bool precise, void *table)
{
    (void)precise;
    Resize resize;
    memcpy(&resize, integers, sizeof resize);
    Tap *tap = table;
    for (int axis = 0; axis < RESIZE_AXES; axis++)
        for (int64_t i = 0; i < resize.out[axis]; i++)
            *tap++ = make_tap(&resize, axis, i);
}

const KernelInfo kernels_resize[] = {
    {.name = "resize", KERNEL_FUNCTIONS(resize), .table_size = resize_table_size, .make_table = make_resize_table},
    {.name = NULL},
};

/* Resizing. The table has the taps of every axis, so that a row of the result is a walk over two or four rows of the operand. */
#include "kernel/resize.h"
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    Resize resize;
    const Tap *taps[RESIZE_AXES];
} Work;

/* Adds (or, for the first, writes) a row of the operand, resized along the last axis and scaled. */
static void add_row(const Work *work, const real *row, real factor, bool first, real *to)
{
    const Tap *taps = work->taps[2];
    for (int64_t x = 0; x < work->resize.out[2]; x++) {
        real weight = (real)taps[x].weight;
        /* a neighbour that does not count may be infinite */
        real between = weight == 0 ? row[taps[x].low] : (1 - weight) * row[taps[x].low] + weight * row[taps[x].high];
        real value = factor * between;
        to[x] = first ? value : to[x] + value;
    }
}

static void linear_row(const Work *work, const real *plane, int64_t z, int64_t y, real *to)
{
    const Resize *resize = &work->resize;
    const Tap *deep = &work->taps[0][z], *down = &work->taps[1][y];
    bool first = true;
    for (int corner = 0; corner < 4; corner++) {
        real factor = (real)((corner & 2 ? deep->weight : 1 - deep->weight) * (corner & 1 ? down->weight : 1 - down->weight));
        if (factor == 0)
            continue;
        int64_t row = (corner & 2 ? deep->high : deep->low) * resize->in[1] + (corner & 1 ? down->high : down->low);
        add_row(work, plane + row * resize->in[2], factor, first, to);
        first = false;
    }
}

static void nearest_row(const Work *work, const real *plane, int64_t z, int64_t y, real *to)
{
    const real *row = plane + (work->taps[0][z].low * work->resize.in[1] + work->taps[1][y].low) * work->resize.in[2];
    for (int64_t x = 0; x < work->resize.out[2]; x++)
        to[x] = row[work->taps[2][x].low];
}

static void resize_planes(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const Resize *resize = &work->resize;
    const KernelArguments *arguments = work->arguments;
    int64_t entries = resize->in[0] * resize->in[1] * resize->in[2], rows = resize->out[0] * resize->out[1];
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / resize->planes, plane = unit % resize->planes;
        const real *from = (const real *)arguments->operands[0] + sample * arguments->strides[0] + plane * entries;
        real *to = (real *)arguments->result + sample * arguments->result_stride + plane * rows * resize->out[2];
        for (int64_t row = 0; row < rows; row++) {
            void (*one)(const Work *, const real *, int64_t, int64_t, real *) = resize->linear ? linear_row : nearest_row;
            one(work, from, row / resize->out[1], row % resize->out[1], to + row * resize->out[2]);
        }
    }
}

/* Integers: a Resize. Table: the taps of each axis, one behind the other. */
void KERNEL_NAME(resize)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.resize, arguments->integers, sizeof work.resize);
    const Tap *taps = arguments->table;
    for (int axis = 0; axis < RESIZE_AXES; axis++) {
        work.taps[axis] = taps;
        taps += work.resize.out[axis];
    }
    int64_t cost = work.resize.out[0] * work.resize.out[1] * work.resize.out[2] * (work.resize.linear ? 8 : 1);
    share_units(arguments->parallel, arguments->samples * work.resize.planes, cost, resize_planes, &work);
}

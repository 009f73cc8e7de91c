/* Copies that put entries in another order or shape: strided walks, joining, padding, gathering, one-hot.
 *
 * Entries are of `width` reals (2 for complex), and nothing is computed: results are equal in bits. */
#include "kernel/kernel.h"
#include "kernel/real.h"

#include <math.h>
#include <string.h>

enum { MAX_AXES = 8 };

/* A row of `count` entries from every `step`-th entry of the source. */
static void copy_row(real *to, const real *from, int64_t count, int64_t step, int64_t width)
{
    if (step == 1) {
        memcpy(to, from, (size_t)(count * width) * sizeof(real));
    } else if (width == 1) {
        for (int64_t i = 0; i < count; i++)
            to[i] = from[i * step];
    } else {
        for (int64_t i = 0; i < count; i++) {
            to[2 * i] = from[2 * i * step];
            to[2 * i + 1] = from[2 * i * step + 1];
        }
    }
}

/* Merges neighbouring axes that are walked as one, and drops axes of size 1; gives the new rank. */
static int merge_axes(int rank, int64_t *size, int64_t *step)
{
    int kept = 0;
    for (int i = 0; i < rank; i++) {
        if (size[i] == 1)
            continue;
        if (kept > 0 && step[kept - 1] == step[i] * size[i]) {
            size[kept - 1] *= size[i];
            step[kept - 1] = step[i];
        } else {
            size[kept] = size[i];
            step[kept++] = step[i];
        }
    }
    return kept;
}

/* Copies one sample: rows along the last axis, an odometer over the others. */
static void copy_walk(real *to, const real *from, int rank, const int64_t *size, const int64_t *step, int64_t width)
{
    int64_t index[MAX_AXES] = {0};
    int64_t row = rank > 0 ? size[rank - 1] : 1, row_step = rank > 0 ? step[rank - 1] : 1;
    for (;;) {
        copy_row(to, from, row, row_step, width);
        to += row * width;
        int axis = rank - 2;
        for (; axis >= 0; axis--) {
            from += step[axis] * width;
            if (++index[axis] < size[axis])
                break;
            from -= size[axis] * step[axis] * width;
            index[axis] = 0;
        }
        if (axis < 0)
            return;
    }
}

/* Integers: width, rank, first entry, sizes of the result, steps in the operand for each of its axes. */
void KERNEL_NAME(copy_strided)(const KernelArguments *arguments)
{
    const int64_t *integers = arguments->integers;
    int64_t width = integers[0];
    int rank = (int)integers[1];
    int64_t size[MAX_AXES], step[MAX_AXES];
    memcpy(size, integers + 3, (size_t)rank * sizeof *size);
    memcpy(step, integers + 3 + rank, (size_t)rank * sizeof *step);
    rank = merge_axes(rank, size, step);
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *from = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        copy_walk((real *)arguments->result + sample * arguments->result_stride, from + integers[2] * width, rank, size, step,
                  width);
    }
}

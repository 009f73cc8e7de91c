/* Copies that put entries in another order or shape: strided walks, joining, padding, gathering, one-hot.
 *
 * Entries are of `width` reals (2 for complex), and nothing is computed: results are equal in bits. */
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/window.h"

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

/* Integers: operands, runs of each in a sample, reals in a run of each operand. */
void KERNEL_NAME(concatenate)(const KernelArguments *arguments)
{
    int64_t operands = arguments->integers[0], runs = arguments->integers[1];
    const int64_t *reals = arguments->integers + 2;
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        real *to = (real *)arguments->result + sample * arguments->result_stride;
        for (int64_t run = 0; run < runs; run++)
            for (int64_t k = 0; k < operands; k++) {
                const real *from = (const real *)arguments->operands[k] + sample * arguments->strides[k];
                memcpy(to, from + run * reals[k], (size_t)reals[k] * sizeof(real));
                to += reals[k];
            }
    }
}

/* --- padding --------------------------------------------------------------------------------------------------------------- */

typedef struct Padding {
    int64_t width;
    Border border;
    int rank;
    const int64_t *in, *before, *out; /* for each axis */
    real value;
} Padding;

static void fill_constant(const Padding *padding, real *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        to[i * padding->width] = padding->value;
        if (padding->width == 2)
            to[2 * i + 1] = 0;
    }
}

/* Entries first .. last - 1 of a row of the result, from beyond the border of the operand's row. */
static void pad_beyond(const Padding *padding, const real *row, int64_t first, int64_t last, real *to)
{
    int axis = padding->rank - 1;
    if (padding->border == BORDER_ZERO || padding->border == BORDER_CONSTANT) {
        fill_constant(padding, to + first * padding->width, last - first);
        return;
    }
    for (int64_t i = first; i < last; i++) {
        int64_t index = border_index(padding->border, i - padding->before[axis], padding->in[axis]);
        memcpy(to + i * padding->width, row + index * padding->width, (size_t)padding->width * sizeof(real));
    }
}

static void pad_row(const Padding *padding, const real *row, real *to)
{
    int axis = padding->rank - 1;
    int64_t before = padding->before[axis], n = padding->in[axis];
    pad_beyond(padding, row, 0, before, to);
    memcpy(to + before * padding->width, row, (size_t)(n * padding->width) * sizeof(real));
    pad_beyond(padding, row, before + n, padding->out[axis], to);
}

/* The operand's row that row `flat` of the result is made of, or null. */
static const real *padded_row(const Padding *padding, const real *from, int64_t flat)
{
    int64_t place = 0, step = 1;
    for (int axis = padding->rank - 2; axis >= 0; axis--) {
        int64_t index = border_index(padding->border, flat % padding->out[axis] - padding->before[axis], padding->in[axis]);
        if (index < 0)
            return NULL;
        place += index * step;
        step *= padding->in[axis];
        flat /= padding->out[axis];
    }
    return from + place * padding->in[padding->rank - 1] * padding->width;
}

/* Integers: width, border, rank (at least 1), sizes of the operand, amounts in front, sizes of the result. Reals: the constant. */
void KERNEL_NAME(pad)(const KernelArguments *arguments)
{
    const int64_t *integers = arguments->integers;
    int rank = (int)integers[2];
    Padding padding = {.width = integers[0], .border = (Border)integers[1], .rank = rank, .value = (real)arguments->reals[0]};
    padding.in = integers + 3;
    padding.before = padding.in + rank;
    padding.out = padding.before + rank;
    int64_t rows = 1, length = padding.out[rank - 1];
    for (int axis = 0; axis < rank - 1; axis++)
        rows *= padding.out[axis];
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *from = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        real *to = (real *)arguments->result + sample * arguments->result_stride;
        for (int64_t flat = 0; flat < rows; flat++, to += length * padding.width) {
            const real *row = padded_row(&padding, from, flat);
            if (row)
                pad_row(&padding, row, to);
            else
                fill_constant(&padding, to, length);
        }
    }
}

/* --- by index -------------------------------------------------------------------------------------------------------------- */

/* The index that a real says, or -1 when it is none of 0 .. n - 1. */
static int64_t read_index(real number, int64_t n)
{
    return number >= 0 && number < (real)n ? (int64_t)number : -1;
}

/* Integers: indices in front of the axis, entries of the axis, reals behind it, indices to take. */
void KERNEL_NAME(gather)(const KernelArguments *arguments)
{
    int64_t outer = arguments->integers[0], n = arguments->integers[1], reals = arguments->integers[2];
    int64_t count = arguments->integers[3];
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *from = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        const real *indices = (const real *)arguments->operands[1] + sample * arguments->strides[1];
        real *to = (real *)arguments->result + sample * arguments->result_stride;
        for (int64_t i = 0; i < outer; i++)
            for (int64_t j = 0; j < count; j++, to += reals) {
                int64_t index = read_index(indices[j], n);
                for (int64_t k = 0; index < 0 && k < reals; k++)
                    to[k] = (real)NAN;
                if (index >= 0)
                    memcpy(to, from + (i * n + index) * reals, (size_t)reals * sizeof(real));
            }
    }
}

/* Integers: indices of a sample, depth. */
void KERNEL_NAME(one_hot)(const KernelArguments *arguments)
{
    int64_t count = arguments->integers[0], depth = arguments->integers[1];
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *indices = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        real *to = (real *)arguments->result + sample * arguments->result_stride;
        memset(to, 0, (size_t)(count * depth) * sizeof(real));
        for (int64_t i = 0; i < count; i++) {
            int64_t index = read_index(indices[i], depth);
            if (index >= 0)
                to[i * depth + index] = 1;
        }
    }
}

/* Integers: outer, rows of a sample, inner, size. Rows with the same index are added in their order, sample by sample. */
void KERNEL_NAME(scatter_mean)(const KernelArguments *arguments)
{
    int64_t outer = arguments->integers[0], count = arguments->integers[1], inner = arguments->integers[2];
    int64_t n = arguments->integers[3];
    real *result = arguments->result;
    memset(result, 0, (size_t)(outer * n * inner) * sizeof(real));
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *from = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        const real *indices = (const real *)arguments->operands[1] + sample * arguments->strides[1];
        for (int64_t i = 0; i < outer; i++)
            for (int64_t j = 0; j < count; j++, from += inner) {
                int64_t index = read_index(indices[j], n);
                real *to = result + (i * n + (index < 0 ? 0 : index)) * inner;
                for (int64_t k = 0; index >= 0 && k < inner; k++)
                    to[k] += from[k];
            }
    }
    for (int64_t i = 0; i < outer * n * inner; i++)
        result[i] /= (real)arguments->samples;
}

/* The loop nest of element-wise kernels: several operands walked with strides of their own, the result densely.
 *
 * Integers of a call: rank, `rank` sizes, then `rank` strides for each operand, in elements, the innermost last and 0 where an operand is
 * broadcast. Inside the innermost loop a stride is 0 or 1. The batch becomes one more loop outside, joined with the next where
 * every operand walks both as one; so same shapes give a single run, whatever the number of samples. */
#ifndef STRATA_KERNEL_NEST_H
#define STRATA_KERNEL_NEST_H

#include "kernel/kernel.h"

/* Loops whose iterations do not depend on each other, though the result may lie exactly on an operand. Clang warns when such a loop calls a
 * function that has no vector form, which is known here. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

/* A function that takes another one as a parameter becomes the loop over it only when it is inlined. */
#if defined(__GNUC__)
#define INLINED static inline __attribute__((always_inline))
#else
#define INLINED static inline
#endif

enum { NEST_RANK = 9, NEST_OPERANDS = 3 };

typedef struct Nest {
    int rank; /* at least 1 */
    int64_t size[NEST_RANK];
    int64_t stride[NEST_OPERANDS][NEST_RANK];
    int64_t index[NEST_RANK];      /* where it stands; the last stays 0 */
    int64_t offset[NEST_OPERANDS]; /* in elements */
    int64_t done;                  /* elements of the result before this run */
} Nest;

/* `width[k]` is the number of reals in an element of operand k. Gives the number of integers read. */
static inline int64_t nest_start(Nest *nest, const KernelArguments *arguments, int operands, const int *width)
{
    const int64_t *integers = arguments->integers;
    int rank = (int)integers[0];
    bool joined = rank > 0;
    for (int k = 0; k < operands && rank > 0; k++)
        joined &= arguments->strides[k] == integers[1] * integers[1 + (k + 1) * rank] * width[k];
    int outer = joined ? 0 : 1; /* loops that the batch adds */
    *nest = (Nest){.rank = rank + outer};
    for (int i = 0; i < rank; i++)
        nest->size[i + outer] = integers[1 + i];
    if (joined)
        nest->size[0] *= arguments->samples;
    else
        nest->size[0] = arguments->samples;
    for (int k = 0; k < operands; k++) {
        for (int i = 0; i < rank; i++)
            nest->stride[k][i + outer] = integers[1 + (k + 1) * rank + i];
        if (!joined)
            nest->stride[k][0] = arguments->strides[k] / width[k];
    }
    return 1 + (int64_t)rank * (operands + 1);
}

/* Goes to the next run of the innermost loop; false when there is none. */
static inline bool nest_next(Nest *nest, int operands)
{
    nest->done += nest->size[nest->rank - 1];
    for (int i = nest->rank - 2; i >= 0; i--) {
        for (int k = 0; k < operands; k++)
            nest->offset[k] += nest->stride[k][i];
        if (++nest->index[i] < nest->size[i])
            return true;
        for (int k = 0; k < operands; k++)
            nest->offset[k] -= nest->size[i] * nest->stride[k][i];
        nest->index[i] = 0;
    }
    return false;
}

#endif

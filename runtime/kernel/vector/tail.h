/* What follows a convolution or a product in the same kernel: bias, addition, activation, pooling. See compiler/ops/tail.h for its meaning. */
#ifndef STRATA_KERNEL_VECTOR_TAIL_H
#define STRATA_KERNEL_VECTOR_TAIL_H

#include "kernel/tail.h"
#include "kernel/vector/vector.h"

/* One vector through the tail up to the activation. `bias` is 0 and `addition` null where there is none. */
VECTOR_INLINE vector tail_apply(const Tail *tail, real high, vector value, vector bias, const real *addition)
{
    value += bias;
    if (addition)
        value += vector_load(addition);
    if (tail->activation != TAIL_NONE)
        value = vector_at_least(value, vector_fill(0));
    if (tail->activation == TAIL_CLAMP)
        value = vector_at_most(value, vector_fill(high));
    return value;
}

#endif

/* Written by generate_winograd.py: Winograd's transforms along one axis, on vectors of channels. */
#ifndef STRATA_KERNEL_VECTOR_WINOGRAD_TRANSFORM_H
#define STRATA_KERNEL_VECTOR_WINOGRAD_TRANSFORM_H

#include "kernel/vector/vector.h"

#include <stdint.h>

/* B^T for 2 results: 4 entries of the operand to as many points. */
static inline void transform_input_2(const real *from, int64_t from_step, real *to, int64_t to_step)
{
    vector x0 = vector_load(from + 0 * from_step);
    vector x1 = vector_load(from + 1 * from_step);
    vector x2 = vector_load(from + 2 * from_step);
    vector x3 = vector_load(from + 3 * from_step);
    vector_store(to + 0 * to_step, x2 - x0);
    vector_store(to + 3 * to_step, x3 - x1);
    vector even1 = x2;
    vector odd1 = x1;
    vector_store(to + 1 * to_step, even1 + odd1);
    vector_store(to + 2 * to_step, even1 - odd1);
}

/* A^T for 2 results: 4 points to 2 results. */
static inline void transform_output_2(const real *from, int64_t from_step, real *to, int64_t to_step)
{
    vector x0 = vector_load(from + 0 * from_step);
    vector x1 = vector_load(from + 1 * from_step);
    vector x2 = vector_load(from + 2 * from_step);
    vector x3 = vector_load(from + 3 * from_step);
    vector sum1 = x1 + x2;
    vector difference1 = x1 - x2;
    vector_store(to + 0 * to_step, x0 + sum1);
    vector_store(to + 1 * to_step, x3 + difference1);
}

/* B^T for 4 results: 6 entries of the operand to as many points. */
static inline void transform_input_4(const real *from, int64_t from_step, real *to, int64_t to_step)
{
    vector x0 = vector_load(from + 0 * from_step);
    vector x1 = vector_load(from + 1 * from_step);
    vector x2 = vector_load(from + 2 * from_step);
    vector x3 = vector_load(from + 3 * from_step);
    vector x4 = vector_load(from + 4 * from_step);
    vector x5 = vector_load(from + 5 * from_step);
    vector_store(to + 0 * to_step,
                 vector_multiply_add(x2, vector_fill((real)-2.8125), vector_multiply_add(x0, vector_fill((real)1.265625), x4)));
    vector_store(to + 5 * to_step,
                 vector_multiply_add(x3, vector_fill((real)-2.8125), vector_multiply_add(x1, vector_fill((real)1.265625), x5)));
    vector even1 = vector_multiply_add(x2, vector_fill((real)-2.25), x4);
    vector odd1 = vector_multiply_add(x1, vector_fill((real)-2.25), x3);
    vector_store(to + 1 * to_step, vector_multiply_add(odd1, vector_fill((real)0.75), even1));
    vector_store(to + 2 * to_step, vector_multiply_add(odd1, vector_fill((real)-0.75), even1));
    vector even3 = vector_multiply_add(x2, vector_fill((real)-0.5625), x4);
    vector odd3 = vector_multiply_add(x1, vector_fill((real)-0.5625), x3);
    vector_store(to + 3 * to_step, vector_multiply_add(odd3, vector_fill((real)1.5), even3));
    vector_store(to + 4 * to_step, vector_multiply_add(odd3, vector_fill((real)-1.5), even3));
}

/* A^T for 4 results: 6 points to 4 results. */
static inline void transform_output_4(const real *from, int64_t from_step, real *to, int64_t to_step)
{
    vector x0 = vector_load(from + 0 * from_step);
    vector x1 = vector_load(from + 1 * from_step);
    vector x2 = vector_load(from + 2 * from_step);
    vector x3 = vector_load(from + 3 * from_step);
    vector x4 = vector_load(from + 4 * from_step);
    vector x5 = vector_load(from + 5 * from_step);
    vector sum1 = x1 + x2;
    vector difference1 = x1 - x2;
    vector sum3 = x3 + x4;
    vector difference3 = x3 - x4;
    vector_store(to + 0 * to_step, x0 + sum1 + sum3);
    vector_store(to + 1 * to_step, vector_multiply_add(difference3, vector_fill((real)1.5), difference1 * (real)0.75));
    vector_store(to + 2 * to_step, vector_multiply_add(sum3, vector_fill((real)2.25), sum1 * (real)0.5625));
    vector_store(to + 3 * to_step, vector_multiply_add(difference3, vector_fill((real)3.375),
                                                       vector_multiply_add(difference1, vector_fill((real)0.421875), x5)));
}

#endif

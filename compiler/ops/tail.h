/* What follows a convolution or a product within the same operation, in this order: a bias, an addition, an activation, pooling.
 *
 * Optional operands stand behind those of the operation, the bias first: `bias` with one number for each result channel, `addition` like the
 * result before pooling. The activation is `none`, `relu` or `clamp` (to 0 .. `high`); `pool=2` keeps the largest of each 2 x 2 results, an
 * odd last row or column counts for nothing. Results are [blocks, rows, columns, lanes], or [channels, rows, columns]. */
#ifndef STRATA_OPS_TAIL_H
#define STRATA_OPS_TAIL_H

#include "ops/ops.h"

/* For the list of attributes of an operation. */
#define TAIL_ATTRIBUTES                                                                                                            \
    {"bias", ATTRIBUTE_BOOLEAN, "false", NULL}, {"addition", ATTRIBUTE_BOOLEAN, "false", NULL},                                    \
        {"activation", ATTRIBUTE_NAME, "none", "none relu clamp"}, {"high", ATTRIBUTE_REAL, "0", NULL},                            \
    {                                                                                                                              \
        "pool", ATTRIBUTE_INTEGER, "1", NULL                                                                                       \
    }

/* Checks the optional operands, which stand behind `operands` others, against the result before pooling in use->result, and makes that the
 * result after it. Complains E0621 (operands), E0625 (pool), E0623 (nothing left of it). */
bool tail_shape(OpUse *use, int operands);

/* The part of it that holds for results of every shape: checks the optional operands against use->result and a bias of `numbers` numbers. */
bool tail_operands(OpUse *use, int operands, int64_t numbers);

/* From `values`, of the type [size] before pooling, to the result. Changes `values`. */
void tail_evaluate(const OpUse *use, int operands, const double *const *operand, const int64_t *size, double *values,
                   double *result);

/* Appends a Tail to the integers and the clamp's bound to the reals. */
void tail_lower(const OpUse *use, KernelCall *call);

#endif

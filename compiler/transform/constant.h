/* Constants in the Graph under construction: asking whether a value is one, and carrying out operations over them. */
#ifndef STRATA_TRANSFORM_CONSTANT_H
#define STRATA_TRANSFORM_CONSTANT_H

#include "transform/rewrite.h"

enum {
    CONSTANT_REALS = 4096,   /* the most reals of a constant that is looked into or made */
    CONSTANT_WORK = 1 << 20, /* the most element operations of a node that is carried out */
};

/* Whether a value is a constant, not complex, all of whose entries are one number. */
bool constant_number(const Graph *graph, Value value, double *number);

/* Carries out a node all of whose operands are small constants; false where that cannot or should not be. The evaluation is in double precision, so
 * single precision may differ from it by its own rounding. */
bool constant_fold(Rewrite *rewrite, const Node *node, const Value *operands, Value *result);

#endif

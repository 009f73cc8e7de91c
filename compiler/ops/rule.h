/* What several shape rules and evaluations share: checks that complain in one voice, and the walk over a tensor's indices. */
#ifndef STRATA_OPS_RULE_H
#define STRATA_OPS_RULE_H

#include "ops/ops.h"

/* Whether the sizes of the result stay within ELEMENT_LIMIT; complains E0612. Sizes must be at least 1. */
bool rule_elements(OpUse *use);

/* Reads an axis; complains E0670 when it is not one of 0 .. rank - 1 of `type`. */
bool rule_axis(OpUse *use, const char *name, const Type *type, int *axis);

/* Fills in a list of `axes` numbers, from one number for all or one for each axis; complains E0624 when there are others, E0625 when one is
 * below `least`. */
bool rule_spread(OpUse *use, const char *name, int axes, int64_t least);

/* "3x3" or "[1, 2]" of numbers, for messages. */
const char *rule_shape_text(const OpUse *use, const int64_t *sizes, int64_t count);
const char *rule_list_text(const OpUse *use, const int64_t *items, int64_t count);

/* "1 axis", "2 axes". */
const char *rule_count(const OpUse *use, int64_t count, const char *one, const char *many);

/* a * b for numbers that are not negative; the largest number instead of more. */
int64_t rule_product(int64_t a, int64_t b);

/* The result of an operation that keeps the operand's elements and batch. */
Type rule_like(const Type *type);

/* The index of the element at place `flat` of a row-major tensor, and back. */
static inline void rule_index(const Type *type, int64_t flat, int64_t *index)
{
    for (int i = type->rank - 1; i >= 0; i--) {
        index[i] = flat % type->size[i];
        flat /= type->size[i];
    }
}

static inline int64_t rule_flat(const Type *type, const int64_t *index)
{
    int64_t flat = 0;
    for (int i = 0; i < type->rank; i++)
        flat = flat * type->size[i] + index[i];
    return flat;
}

/* Reals of one element in a buffer: 2 for complex. */
static inline int64_t rule_width(const Type *type)
{
    return type->element == ELEMENT_COMPLEX ? 2 : 1;
}

#endif

/* What the element-wise families share: rules about elements, and the loop nest that their kernels walk. */
#ifndef STRATA_OPS_ELEMENTWISE_H
#define STRATA_OPS_ELEMENTWISE_H

#include "ops/ops.h"

/* The sentence "NAME takes real numbers, got complex 28x28", with a way out. Each gives false. */
bool elements_fail_boolean(OpUse *use, const Type *operand);
bool elements_fail_complex(OpUse *use, const Type *operand, const char *help);

/* Whether all operands are numbers (real or integer; `complex_allowed`: complex too); complains when not. */
bool elements_numbers(OpUse *use, bool complex_allowed);

/* The element of a combination of numbers: complex if one is, else real if one is, else integer. */
ElementKind elements_combined(const OpUse *use);

/* Appends the loop nest over the result: rank, sizes, then for each operand its strides in elements (0 along what is broadcast).
 * Dimensions of size 1 are left out and neighbours that all operands walk as one are joined, so that the last is as long as can be.
 * Marks operands whose memory the result may take over. */
void call_nest(const OpUse *use, KernelCall *call);

/* Walks the elements of the result in the plain way: gives the index in operand k of the element that meets `index` of the result. */
int64_t broadcast_index(const OpUse *use, int operand, int64_t index);

#endif

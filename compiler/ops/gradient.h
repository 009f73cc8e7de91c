/* Rules of differentiation: what a row's `gradient` sees, and what it builds with.
 *
 * A rule gets the gradient of the result, `upstream`, and gives one to each operand that wants it, by appending operations to the Graph. It may use any
 * operation that has a rule, so that gradients have gradients. transform/gradient.h says what a gradient is for batches and for complex numbers: for a
 * holomorphic operation that of an operand is the conjugate of the derivative times that of the result.
 *
 * The functions here are defined in transform/gradient_build.c, since operations know no Graph. */
#ifndef STRATA_OPS_GRADIENT_H
#define STRATA_OPS_GRADIENT_H

#include "ops/ops.h"

struct Graph;

/* One node on the way back. */
struct Gradient {
    struct Graph *graph;
    int32_t origin;
    const OpUse *use;
    const Value *operand;
    Value result;
    Value
        upstream; /* of the result's shape; real or complex as the result is; may be unbatched where it is the same for all samples */
    const bool *wanted; /* for each operand */
    Value *given;       /* for each operand; no_value: none yet */
};

/* Gives operand k its gradient, once at most. The value is brought to the operand's form: summed over what was broadcast (over the batch: the mean), repeated
 * where it is smaller, the real part taken for a real operand. */
void gradient_give(Gradient *gradient, int k, Value value);

/* The rule of what passes no gradient. */
void gradient_none(Gradient *gradient);

const Type *gradient_type(const Gradient *gradient, Value value);

/* Appends an operation; attributes in the order of its row, null for one without. */
Value gradient_apply(Gradient *gradient, Op op, const Value *operands, int count, const AttributeValue *attributes);

/* --- what rules build with ------------------------------------------------------------------------------------------------- */

Value gradient_number(Gradient *gradient, double number);
Value gradient_constant(Gradient *gradient, Type type, const double *data); /* copied */
Value gradient_unary(Gradient *gradient, Op op, Value x);
Value gradient_binary(Gradient *gradient, Op op, Value a, Value b);
Value gradient_scale(Gradient *gradient, Value x, double factor);
Value gradient_where(Gradient *gradient, Value condition, Value a, Value b);

/* The conjugate of what is complex; real values as they are. */
Value gradient_conj(Gradient *gradient, Value x);

Value gradient_reshape(Gradient *gradient, Value x, const int64_t *size, int rank);
Value gradient_repeat(Gradient *gradient, Value x, const int64_t *size, int rank); /* `broadcast` */
Value gradient_permute(Gradient *gradient, Value x, const int64_t *axes);
Value gradient_slice(Gradient *gradient, Value x, int axis, int64_t start, int64_t stop,
                     int64_t step); /* stop -1: behind entry 0 */
Value gradient_join(Gradient *gradient, Value a, Value b, int axis);
Value gradient_pad(Gradient *gradient, Value x, int axis, int64_t before, int64_t after); /* with zeros */
Value gradient_sum(Gradient *gradient, Value x, int first, int count); /* over axes first .. first + count - 1, which go */
Value gradient_matmul(Gradient *gradient, Value a, Value b, bool transpose_a, bool transpose_b);

/* Summed over all that broadcasting to x's shape repeated: the shape becomes that of `type`. */
Value gradient_sum_to(Gradient *gradient, Value x, const Type *type);

/* Batched in any case; `like` is batched, of the same shape, and otherwise not looked at. */
Value gradient_batched(Gradient *gradient, Value x, Value like);

#endif

/* Rules of operations that move entries: each entry of the operand gets the sum of what the places that it went to get. */
#include "ops/gradient_rules.h"
#include "ops/window.h"

#include <string.h>

void gradient_of_reshape(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0];
    gradient_give(gradient, 0, gradient_reshape(gradient, gradient->upstream, x->size, x->rank));
}

void gradient_of_broadcast(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient->upstream);
}

void gradient_of_permute(Gradient *gradient)
{
    int64_t count, back[MAX_RANK];
    const int64_t *axes = use_list(gradient->use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        back[axes[i]] = i;
    gradient_give(gradient, 0, gradient_permute(gradient, gradient->upstream, back));
}

/* step - 1 zeros behind each entry of an axis but the last. */
static Value spread(Gradient *gradient, Value value, int axis, int64_t step)
{
    if (step == 1)
        return value;
    Type type = *gradient_type(gradient, value);
    int64_t outer = 1, inner = 1, n = type.size[axis];
    for (int i = 0; i < type.rank; i++)
        if (i != axis)
            *(i < axis ? &outer : &inner) *= type.size[i];
    value = gradient_reshape(gradient, value, (const int64_t[]){outer * n, 1, inner}, 3);
    value = gradient_pad(gradient, value, 1, 0, step - 1);
    value = gradient_reshape(gradient, value, (const int64_t[]){outer, n * step, inner}, 3);
    value = gradient_slice(gradient, value, 1, 0, (n - 1) * step + 1, 1);
    type.size[axis] = (n - 1) * step + 1;
    return gradient_reshape(gradient, value, type.size, type.rank);
}

void gradient_of_slice(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    int axis = (int)use_integer(use, "axis");
    int64_t start = use_integer(use, "start"), step = use_integer(use, "step");
    int64_t n = use->operand[0].size[axis], count = use->result.size[axis];
    Value value = gradient->upstream;
    start += start < 0 ? n : 0;
    if (step < 0) {
        value = gradient_slice(gradient, value, axis, count - 1, -1, -1);
        start += (count - 1) * step;
        step = -step;
    }
    value = spread(gradient, value, axis, step);
    int64_t reach = (count - 1) * step + 1;
    gradient_give(gradient, 0, gradient_pad(gradient, value, axis, start, n - start - reach));
}

void gradient_of_concatenate(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    int axis = (int)use_integer(use, "axis");
    int64_t start = 0;
    for (int k = 0; k < use->operand_count; k++) {
        int64_t stop = start + use->operand[k].size[axis];
        if (gradient->wanted[k])
            gradient_give(gradient, k, gradient_slice(gradient, gradient->upstream, axis, start, stop, 1));
        start = stop;
    }
}

/* --- padding --------------------------------------------------------------------------------------------------------------- */

/* A constant of n rows: row i marks which of the `before` + `after` entries of the border are copies of entry i. */
static Value mark_copies(Gradient *gradient, Border border, int64_t n, int64_t before, int64_t after)
{
    int64_t count = before + after;
    Arena *arena = gradient->use->arena;
    double *mark = arena_zero(arena, (size_t)(n * count), sizeof *mark);
    for (int64_t i = 0; i < count; i++) {
        int64_t place = border_index(border, i < before ? i - before : n + i - before, n);
        mark[place * count + i] = 1;
    }
    return gradient_constant(gradient, (Type){.rank = 2, .size = {n, count}}, mark);
}

/* What the border along an axis hands back to the n entries inside. Complex numbers by their parts, which a matrix product takes one by one. */
static Value fold_border(Gradient *gradient, Value border, Value mark, int axis)
{
    Type type = *gradient_type(gradient, border);
    if (type.element == ELEMENT_COMPLEX) {
        Value re = fold_border(gradient, gradient_unary(gradient, OP_REAL, border), mark, axis);
        Value im = fold_border(gradient, gradient_unary(gradient, OP_IMAG, border), mark, axis);
        return gradient_binary(gradient, OP_COMPLEX, re, im);
    }
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < type.rank; i++)
        if (i != axis)
            *(i < axis ? &outer : &inner) *= type.size[i];
    Value columns = gradient_reshape(gradient, border, (const int64_t[]){outer, type.size[axis], inner}, 3);
    type.size[axis] = gradient_type(gradient, mark)->size[0];
    return gradient_reshape(gradient, gradient_matmul(gradient, mark, columns, false, false), type.size, type.rank);
}

Value gradient_unpad(Gradient *gradient, Value padded, const Type *x, const int64_t *amounts, const char *mode)
{
    Border border = window_border(mode);
    for (int axis = x->rank - 1; axis >= 0; axis--) {
        int64_t before = amounts[2 * axis], after = amounts[2 * axis + 1], n = x->size[axis];
        if (before == 0 && after == 0)
            continue;
        Value inside = gradient_slice(gradient, padded, axis, before, before + n, 1);
        if (border != BORDER_ZERO && border != BORDER_CONSTANT) {
            Value mark = mark_copies(gradient, border, n, before, after);
            Value ends = no_value;
            if (before > 0)
                ends = gradient_slice(gradient, padded, axis, 0, before, 1);
            if (after > 0) {
                Value end = gradient_slice(gradient, padded, axis, before + n, before + n + after, 1);
                ends = before > 0 ? gradient_join(gradient, ends, end, axis) : end;
            }
            inside = gradient_binary(gradient, OP_ADD, inside, fold_border(gradient, ends, mark, axis));
        }
        padded = inside;
    }
    return padded;
}

void gradient_of_pad(Gradient *gradient)
{
    int64_t count;
    const int64_t *amounts = use_list(gradient->use, "amounts", &count);
    gradient_give(
        gradient, 0,
        gradient_unpad(gradient, gradient->upstream, &gradient->use->operand[0], amounts, use_name(gradient->use, "mode")));
}

/* --- gather ---------------------------------------------------------------------------------------------------------------- */

/* Upstream as outer x indices x inner. */
static Value gathered_rows(Gradient *gradient, int axis)
{
    const Type *x = &gradient->use->operand[0];
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < x->rank; i++)
        if (i != axis)
            *(i < axis ? &outer : &inner) *= x->size[i];
    return gradient_reshape(gradient, gradient->upstream,
                            (const int64_t[]){outer, type_elements(&gradient->use->operand[1]), inner}, 3);
}

/* The product of ones in the indices' places, transposed, with the rows: a sum for each entry. */
static Value scatter_by_product(Gradient *gradient, Value rows, int64_t n)
{
    if (gradient_type(gradient, rows)->element == ELEMENT_COMPLEX) {
        Value re = scatter_by_product(gradient, gradient_unary(gradient, OP_REAL, rows), n);
        Value im = scatter_by_product(gradient, gradient_unary(gradient, OP_IMAG, rows), n);
        return gradient_binary(gradient, OP_COMPLEX, re, im);
    }
    int64_t count = type_elements(&gradient->use->operand[1]);
    Value indices = gradient_reshape(gradient, gradient->operand[1], &count, 1);
    Value ones = gradient_apply(gradient, OP_ONE_HOT, &indices, 1, &(AttributeValue){.integer = n});
    return gradient_matmul(gradient, ones, rows, true, false);
}

/* A table that all samples share (an embedding) gets the mean over the batch at once; else each sample has its own. */
void gradient_of_gather(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0];
    if (!gradient->wanted[0])
        return;
    int axis = (int)use_integer(gradient->use, "axis");
    Value value = gathered_rows(gradient, axis);
    if (x->batched || gradient_type(gradient, value)->element == ELEMENT_COMPLEX) {
        value = scatter_by_product(gradient, value, x->size[axis]);
    } else {
        int64_t count = type_elements(&gradient->use->operand[1]);
        const Value operands[] = {value, gradient_reshape(gradient, gradient->operand[1], &count, 1)};
        value = gradient_apply(gradient, OP_SCATTER_MEAN, operands, 2, &(AttributeValue){.integer = x->size[axis]});
    }
    gradient_give(gradient, 0, gradient_reshape(gradient, value, x->size, x->rank));
}

/* The adjoint again: every row gets what stands in its place. */
void gradient_of_scatter_mean(Gradient *gradient)
{
    if (!gradient->wanted[0])
        return;
    const Value operands[] = {gradient->upstream, gradient->operand[1]};
    gradient_give(gradient, 0, gradient_apply(gradient, OP_GATHER, operands, 2, &(AttributeValue){.integer = 1}));
}

/* Rules of reductions. What a maximum or a minimum gets goes to the first entry that has it, in row-major order; that of NaN to the first NaN. */
#include "ops/gradient_rules.h"

static void mark_reduced(const Gradient *gradient, bool *reduced)
{
    int64_t count;
    const int64_t *axes = use_list(gradient->use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        reduced[axes[i]] = true;
}

/* Upstream repeated over the axes that were reduced. */
static Value repeat_upstream(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0];
    bool reduced[MAX_RANK] = {false};
    int64_t kept[MAX_RANK];
    mark_reduced(gradient, reduced);
    for (int i = 0; i < x->rank; i++)
        kept[i] = reduced[i] ? 1 : x->size[i];
    return gradient_repeat(gradient, gradient_reshape(gradient, gradient->upstream, kept, x->rank), x->size, x->rank);
}

void gradient_of_reduce_sum(Gradient *gradient)
{
    gradient_give(gradient, 0, repeat_upstream(gradient));
}

void gradient_of_reduce_mean(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    double share = (double)type_elements(&use->result) / (double)type_elements(&use->operand[0]);
    gradient->upstream = gradient_scale(gradient, gradient->upstream, share);
    gradient_give(gradient, 0, repeat_upstream(gradient));
}

/* Axes with those that stay in front; gives how many entries are reduced. */
static int64_t reduced_last(const Gradient *gradient, int64_t *axes)
{
    const Type *x = &gradient->use->operand[0];
    bool reduced[MAX_RANK] = {false};
    mark_reduced(gradient, reduced);
    int count = 0;
    int64_t entries = 1;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < x->rank; i++)
            if (reduced[i] == (pass == 1)) {
                axes[count++] = i;
                entries *= pass == 1 ? x->size[i] : 1;
            }
    return entries;
}

/* 1 at the extreme entry of each row of what is reduced: rows of the operand with these axes last. */
static Value mark_extreme(Gradient *gradient, bool largest, const int64_t *axes, int64_t entries)
{
    const Type *x = &gradient->use->operand[0];
    Value value = largest ? gradient->operand[0] : gradient_unary(gradient, OP_NEGATE, gradient->operand[0]);
    value = gradient_permute(gradient, value, axes);
    value = gradient_reshape(gradient, value, (const int64_t[]){type_elements(x) / entries, entries}, 2);
    Value place = gradient_apply(gradient, OP_ARGMAX, &value, 1, &(AttributeValue){.integer = 1});
    return gradient_apply(gradient, OP_ONE_HOT, &place, 1, &(AttributeValue){.integer = entries});
}

static void give_extreme(Gradient *gradient, bool largest)
{
    const Type *x = &gradient->use->operand[0];
    int64_t axes[MAX_RANK], back[MAX_RANK], size[MAX_RANK];
    int64_t entries = reduced_last(gradient, axes);
    Value mark = mark_extreme(gradient, largest, axes, entries);
    Value upstream = gradient_reshape(gradient, gradient->upstream, (const int64_t[]){type_elements(x) / entries, 1}, 2);
    Value zero = gradient_number(gradient, 0);
    Value value = gradient_where(gradient, gradient_binary(gradient, OP_LESS, zero, mark), upstream, zero);
    for (int i = 0; i < x->rank; i++) {
        back[axes[i]] = i;
        size[i] = x->size[axes[i]];
    }
    gradient_give(gradient, 0, gradient_permute(gradient, gradient_reshape(gradient, value, size, x->rank), back));
}

void gradient_of_reduce_max(Gradient *gradient)
{
    give_extreme(gradient, true);
}

void gradient_of_reduce_min(Gradient *gradient)
{
    give_extreme(gradient, false);
}

/* An entry is part of the sums from it on: running sums from the other end. */
void gradient_of_cumulative_sum(Gradient *gradient)
{
    const OpUse *use = gradient->use;
    const AttributeValue attributes[] = {
        use->attributes[0], {.boolean = use_boolean(use, "exclusive")}, {.boolean = !use_boolean(use, "reverse")}};
    gradient_give(gradient, 0, gradient_apply(gradient, OP_CUMULATIVE_SUM, &gradient->upstream, 1, attributes));
}

/* Gradients of batched values carry the factor N that the mean divides by (transform/gradient.h). */
void gradient_of_batch_mean(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient->upstream);
}

/* What the element-wise families (unary.c, binary.c, part of spectral.c) share; see elementwise.h. */
#include "ops/elementwise.h"

bool elements_fail_boolean(OpUse *use, const Type *operand)
{
    use_fail(use, 560, "%s takes numbers, got %s", use->info->name, type_name(use->arena, operand));
    return use_help(use, "turn it into numbers first: `where(c, 1, 0)`");
}

bool elements_fail_complex(OpUse *use, const Type *operand, const char *help)
{
    use_fail(use, 561, "%s is not defined for complex numbers, got %s", use->info->name, type_name(use->arena, operand));
    return use_help(use, "%s", help);
}

bool elements_numbers(OpUse *use, bool complex_allowed)
{
    for (int k = 0; k < use->operand_count; k++) {
        const Type *operand = &use->operand[k];
        if (operand->element == ELEMENT_BOOLEAN)
            return elements_fail_boolean(use, operand);
        if (operand->element == ELEMENT_COMPLEX && !complex_allowed)
            return elements_fail_complex(use, operand, "take its `modulus`, `real` or `imag` first");
    }
    return true;
}

ElementKind elements_combined(const OpUse *use)
{
    ElementKind element = ELEMENT_INTEGER;
    for (int k = 0; k < use->operand_count; k++) {
        ElementKind operand = use->operand[k].element;
        if (operand == ELEMENT_COMPLEX)
            return ELEMENT_COMPLEX;
        if (operand == ELEMENT_REAL)
            element = ELEMENT_REAL;
    }
    return element;
}

enum { NEST_OPERANDS = 8 };

/* The loops under construction, the innermost last. */
typedef struct Nest {
    int rank;
    int64_t size[MAX_RANK];
    int64_t stride[NEST_OPERANDS][MAX_RANK];
} Nest;

/* Strides of an operand along the dimensions of the result, in elements. */
static void operand_strides(const Type *operand, const Type *result, int64_t *stride)
{
    int64_t step = 1;
    for (int i = result->rank - 1; i >= 0; i--) {
        int axis = i - (result->rank - operand->rank);
        int64_t size = axis < 0 ? 1 : operand->size[axis];
        stride[i] = size == 1 ? 0 : step;
        step *= size;
    }
}

/* Whether every operand walks the last loop of the nest and a loop inside it as one. */
static bool joins(const Nest *nest, int operands, int64_t size, const int64_t *stride)
{
    if (nest->rank == 0)
        return false;
    for (int k = 0; k < operands; k++)
        if (nest->stride[k][nest->rank - 1] != stride[k] * size)
            return false;
    return true;
}

void call_nest(const OpUse *use, KernelCall *call)
{
    int operands = use->operand_count;
    int64_t stride[NEST_OPERANDS][MAX_RANK];
    for (int k = 0; k < operands; k++)
        operand_strides(&use->operand[k], &use->result, stride[k]);
    Nest nest = {.rank = 0};
    for (int i = 0; i < use->result.rank; i++) {
        int64_t size = use->result.size[i];
        int64_t step[NEST_OPERANDS];
        for (int k = 0; k < operands; k++)
            step[k] = stride[k][i];
        if (size == 1)
            continue;
        if (joins(&nest, operands, size, step))
            nest.size[nest.rank - 1] *= size;
        else
            nest.size[nest.rank++] = size;
        for (int k = 0; k < operands; k++)
            nest.stride[k][nest.rank - 1] = step[k];
    }
    call_integer(use, call, nest.rank);
    call_integers(use, call, nest.size, nest.rank);
    for (int k = 0; k < operands; k++)
        call_integers(use, call, nest.stride[k], nest.rank);
    for (int k = 0; k < operands; k++) {
        const Type *operand = &use->operand[k];
        bool same_memory = type_elements(operand) == type_elements(&use->result) &&
                           type_reals(operand) == type_reals(&use->result) && operand->batched == use->result.batched;
        if (same_memory)
            call->in_place |= 1U << k;
    }
}

int64_t broadcast_index(const OpUse *use, int operand, int64_t index)
{
    if (use->operand[operand].rank == 0)
        return 0;
    if (type_same_shape(&use->operand[operand], &use->result))
        return index;
    int64_t stride[MAX_RANK];
    operand_strides(&use->operand[operand], &use->result, stride);
    int64_t position = 0;
    for (int i = use->result.rank - 1; i >= 0; i--) {
        position += index % use->result.size[i] * stride[i];
        index /= use->result.size[i];
    }
    return position;
}

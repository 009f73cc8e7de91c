/* What rules of differentiation build with; see ops/gradient.h. All of it appends to the Graph that is being differentiated. */
#include "graph/graph.h"
#include "ops/gradient.h"

Value gradient_apply(Gradient *gradient, Op op, const Value *operands, int count, const AttributeValue *attributes)
{
    return graph_append(gradient->graph, op, operands, count, attributes, gradient->origin);
}

const Type *gradient_type(const Gradient *gradient, Value value)
{
    return graph_type(gradient->graph, value);
}

void gradient_none(Gradient *gradient)
{
    (void)gradient;
}

Value gradient_constant(Gradient *gradient, Type type, const double *data)
{
    Graph *graph = gradient->graph;
    ConstantInfo row = {.type = type};
    row.data = arena_copy(graph->arena, data, (size_t)type_reals(&type) * sizeof *data);
    return graph_source(graph, OP_CONSTANT, graph_add_constant(graph, row), gradient->origin);
}

Value gradient_number(Gradient *gradient, double number)
{
    return gradient_constant(gradient, (Type){.element = ELEMENT_REAL}, &number);
}

Value gradient_unary(Gradient *gradient, Op op, Value x)
{
    return gradient_apply(gradient, op, &x, 1, NULL);
}

Value gradient_binary(Gradient *gradient, Op op, Value a, Value b)
{
    const Value operands[] = {a, b};
    return gradient_apply(gradient, op, operands, 2, NULL);
}

Value gradient_scale(Gradient *gradient, Value x, double factor)
{
    return factor == 1 ? x : gradient_binary(gradient, OP_MULTIPLY, x, gradient_number(gradient, factor));
}

Value gradient_where(Gradient *gradient, Value condition, Value a, Value b)
{
    const Value operands[] = {condition, a, b};
    return gradient_apply(gradient, OP_WHERE, operands, 3, NULL);
}

Value gradient_conj(Gradient *gradient, Value x)
{
    return gradient_type(gradient, x)->element == ELEMENT_COMPLEX ? gradient_unary(gradient, OP_CONJ, x) : x;
}

/* --- shapes ---------------------------------------------------------------------------------------------------------------- */

static bool has_shape(const Type *type, const int64_t *size, int rank)
{
    bool same = type->rank == rank;
    for (int i = 0; same && i < rank; i++)
        same = type->size[i] == size[i];
    return same;
}

static Value take_list(Gradient *gradient, Op op, Value x, const int64_t *items, int count)
{
    AttributeValue list = {.list = {.items = items, .count = count}};
    list.list.items = arena_copy(gradient->graph->arena, items, (size_t)count * sizeof *items);
    return gradient_apply(gradient, op, &x, 1, &list);
}

Value gradient_reshape(Gradient *gradient, Value x, const int64_t *size, int rank)
{
    return has_shape(gradient_type(gradient, x), size, rank) ? x : take_list(gradient, OP_RESHAPE, x, size, rank);
}

Value gradient_repeat(Gradient *gradient, Value x, const int64_t *size, int rank)
{
    if (has_shape(gradient_type(gradient, x), size, rank))
        return x;
    return take_list(gradient, OP_BROADCAST, x, size, rank);
}

Value gradient_permute(Gradient *gradient, Value x, const int64_t *axes)
{
    return take_list(gradient, OP_PERMUTE, x, axes, gradient_type(gradient, x)->rank);
}

Value gradient_slice(Gradient *gradient, Value x, int axis, int64_t start, int64_t stop, int64_t step)
{
    int64_t n = gradient_type(gradient, x)->size[axis];
    if (start == 0 && stop == n && step == 1)
        return x;
    const AttributeValue attributes[] = {
        {.integer = axis}, {.integer = start}, {.integer = stop < 0 ? -n - 1 : stop}, {.integer = step}};
    return gradient_apply(gradient, OP_SLICE, &x, 1, attributes);
}

Value gradient_join(Gradient *gradient, Value a, Value b, int axis)
{
    const Value operands[] = {a, b};
    return gradient_apply(gradient, OP_CONCATENATE, operands, 2, &(AttributeValue){.integer = axis});
}

Value gradient_pad(Gradient *gradient, Value x, int axis, int64_t before, int64_t after)
{
    if (before == 0 && after == 0)
        return x;
    int rank = gradient_type(gradient, x)->rank;
    int64_t *amounts = arena_zero(gradient->graph->arena, 2 * (size_t)rank, sizeof *amounts);
    amounts[2 * axis] = before;
    amounts[2 * axis + 1] = after;
    const AttributeValue attributes[] = {{.list = {.items = amounts, .count = 2 * rank}}, {.name = "zero"}, {.real = 0}};
    return gradient_apply(gradient, OP_PAD, &x, 1, attributes);
}

static Value sum_over(Gradient *gradient, Value x, const int64_t *axes, int count, bool keep)
{
    if (count == 0)
        return x;
    const int64_t *items = arena_copy(gradient->graph->arena, axes, (size_t)count * sizeof *axes);
    const AttributeValue attributes[] = {{.list = {.items = items, .count = count}}, {.boolean = keep}};
    return gradient_apply(gradient, OP_REDUCE_SUM, &x, 1, attributes);
}

Value gradient_sum(Gradient *gradient, Value x, int first, int count)
{
    int64_t axes[MAX_RANK];
    for (int i = 0; i < count; i++)
        axes[i] = first + i;
    return sum_over(gradient, x, axes, count, false);
}

Value gradient_matmul(Gradient *gradient, Value a, Value b, bool transpose_a, bool transpose_b)
{
    const Value operands[] = {a, b};
    const AttributeValue attributes[] = {{.boolean = transpose_a}, {.boolean = transpose_b}};
    return gradient_apply(gradient, OP_MATMUL, operands, 2, attributes);
}

Value gradient_sum_to(Gradient *gradient, Value x, const Type *type)
{
    const Type *have = gradient_type(gradient, x);
    int64_t axes[MAX_RANK];
    int count = 0, more = have->rank - type->rank;
    for (int i = 0; i < have->rank; i++)
        if (have->size[i] != 1 && (i < more || type->size[i - more] == 1))
            axes[count++] = i;
    Value sum = sum_over(gradient, x, axes, count, true);
    /* only leading dimensions of size 1 are too many now */
    const Type *summed = gradient_type(gradient, sum);
    return more > 0 ? gradient_reshape(gradient, sum, summed->size + more, type->rank) : sum;
}

Value gradient_batched(Gradient *gradient, Value x, Value like)
{
    if (gradient_type(gradient, x)->batched)
        return x;
    return gradient_where(gradient, gradient_binary(gradient, OP_EQUAL, like, like), x, x);
}

/* --- giving ---------------------------------------------------------------------------------------------------------------- */

static Value with_element(Gradient *gradient, Value value, ElementKind wanted)
{
    ElementKind have = gradient_type(gradient, value)->element;
    if (wanted == ELEMENT_COMPLEX && have != ELEMENT_COMPLEX)
        return gradient_binary(gradient, OP_COMPLEX, value, gradient_number(gradient, 0));
    if (wanted != ELEMENT_COMPLEX && have == ELEMENT_COMPLEX)
        return gradient_unary(gradient, OP_REAL, value);
    return value;
}

void gradient_give(Gradient *gradient, int k, Value value)
{
    const Type *type = &gradient->use->operand[k];
    value = with_element(gradient, value, type->element);
    value = gradient_sum_to(gradient, value, type);
    if (!type->batched && gradient_type(gradient, value)->batched)
        value = gradient_unary(gradient, OP_BATCH_MEAN, value);
    gradient->given[k] = gradient_repeat(gradient, value, type->size, type->rank);
}

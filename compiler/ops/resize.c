/* Resizing of the last one to three axes, to the nearest entry or linearly between neighbours on each axis.
 *
 * Which place among n entries does entry i of m stand on? With `half_pixel` entries are cells of equal size: (i + 1/2) n / m - 1/2, held within
 * 0 and n - 1. With `align` the first and the last entries coincide: i (n - 1) / (m - 1). Halfway between two entries the lower is the nearest. */
#include "kernel/resize.h"
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static const AttributeInfo resize_attributes[] = {
    {"size", ATTRIBUTE_LIST, NULL, NULL},
    {"method", ATTRIBUTE_NAME, "nearest", "nearest linear bilinear trilinear"},
    {"corners", ATTRIBUTE_NAME, "half_pixel", "half_pixel align"},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static bool resize_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    int64_t count;
    const int64_t *size = use_list(use, "size", &count);
    if (!elements_numbers(use, false))
        return false;
    if (count < 1 || count > RESIZE_AXES || count > x->rank) {
        use_help(use, "size has one number for each of the last 1 to 3 axes");
        return use_fail(use, 655, "%s cannot be resized to %s", type_name(use->arena, x), rule_list_text(use, size, count));
    }
    use->result = *x;
    use->result.element = ELEMENT_REAL;
    for (int i = 0; i < count; i++) {
        int axis = x->rank - (int)count + i;
        if (size[i] < 1 || size[i] > RESIZE_LONGEST || x->size[axis] > RESIZE_LONGEST)
            return use_fail(use, 655, "an axis of %lld cannot become one of %lld: lengths are from 1 to 2^30",
                            (long long)x->size[axis], (long long)size[i]);
        use->result.size[axis] = size[i];
    }
    return rule_elements(use);
}

static Resize resize_numbers(const OpUse *use)
{
    int64_t count;
    use_list(use, "size", &count);
    Resize resize = {.planes = 1,
                     .linear = strcmp(use_name(use, "method"), "nearest") != 0,
                     .aligned = strcmp(use_name(use, "corners"), "align") == 0};
    int first = use->result.rank - (int)count;
    for (int i = 0; i < first; i++)
        resize.planes *= use->result.size[i];
    for (int i = 0; i < RESIZE_AXES; i++) {
        int axis = use->result.rank - RESIZE_AXES + i;
        resize.in[i] = axis < first ? 1 : use->operand[0].size[axis];
        resize.out[i] = axis < first ? 1 : use->result.size[axis];
    }
    return resize;
}

/* The place that entry i of an axis stands on. */
static double place(const Resize *resize, int axis, int64_t i)
{
    double n = (double)resize->in[axis], m = (double)resize->out[axis];
    if (resize->aligned)
        return m == 1 ? 0 : (double)i * (n - 1) / (m - 1);
    return fmin(fmax(((double)i + 0.5) * n / m - 0.5, 0), n - 1);
}

/* The value at a place of a plane: the nearest entry, or the mean of the neighbours on the axes from `axis` on, weighted by nearness. */
static double value_at(const Resize *resize, const double *plane, const double *at, int axis)
{
    if (axis == RESIZE_AXES)
        return *plane;
    int64_t step = 1;
    for (int i = axis + 1; i < RESIZE_AXES; i++)
        step *= resize->in[i];
    if (!resize->linear)
        return value_at(resize, plane + (int64_t)ceil(at[axis] - 0.5) * step, at, axis + 1);
    int64_t low = (int64_t)floor(at[axis]);
    double weight = at[axis] - (double)low;
    double value = (1 - weight) * value_at(resize, plane + low * step, at, axis + 1);
    if (weight > 0)
        value += weight * value_at(resize, plane + (low + 1) * step, at, axis + 1);
    return value;
}

static void resize_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    Resize resize = resize_numbers(use);
    const int64_t *out = resize.out;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        int64_t plane = i / (out[0] * out[1] * out[2]);
        const double at[RESIZE_AXES] = {place(&resize, 0, i / (out[1] * out[2]) % out[0]), place(&resize, 1, i / out[2] % out[1]),
                                        place(&resize, 2, i % out[2])};
        result[i] = value_at(&resize, operand[0] + plane * resize.in[0] * resize.in[1] * resize.in[2], at, 0);
    }
}

static Cost resize_cost(const OpUse *use)
{
    Resize resize = resize_numbers(use);
    return (Cost){.operations = rule_product(type_elements(&use->result), resize.linear ? 8 : 1)};
}

static void resize_lower(const OpUse *use, KernelCall *call)
{
    Resize resize = resize_numbers(use);
    int64_t numbers[RESIZE_INTEGERS];
    memcpy(numbers, &resize, sizeof numbers);
    call->kernel = "resize";
    call_integers(use, call, numbers, RESIZE_INTEGERS);
}

const OpInfo op_resize = {
    .op = OP_RESIZE,
    .name = "resize",
    .summary = "the last axes with other sizes: from the nearest entries, or linearly between neighbours",
    .operand_names = "x",
    .operands = 1,
    .attributes = resize_attributes,
    .shape = resize_shape,
    .evaluate = resize_evaluate,
    .cost = resize_cost,
    .lower = resize_lower,
    .gradient = gradient_of_resize,
};

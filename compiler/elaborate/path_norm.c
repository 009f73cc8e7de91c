/* The path norm of a net (Neyshabur, Tomioka and Srebro 2015): over all paths from an input to an output, the products of the weights along each, and of these
 * the norm of power p.
 *
 * In a net of sums, weights and relu that is the net itself, applied to ones, with |w|^p in the place of each weight w: nothing is negative then, so that relu
 * changes nothing and each output is the sum over the paths that end there. A bias is a path that begins at it. */
#include "elaborate/train.h"

/* The net's own inputs stand before those that its loss asks for. */
static int64_t count_inputs(const Ast *net)
{
    int64_t count = 0;
    for (int64_t i = 0; i < net->definition.count; i++)
        count += net->definition.parameters[i].type != NULL;
    return count;
}

/* The inputs of the net as ones; null after complaining. */
static Object *ones_for_inputs(Elaborator *e, const Ast *net, SourceSpan span)
{
    const Graph *root = e->build->root;
    int64_t count = count_inputs(net);
    Object *inputs = arena_take(e->arena, ((size_t)count + 1) * sizeof *inputs);
    for (int64_t i = 0; i < count; i++) {
        const InputInfo *input = &root->inputs[i];
        if (input->kind == INPUT_INTEGERS) {
            complain(e, 537, span, "`path_norm` is for nets of real inputs, and `%s` is one of integers", input->name);
            return NULL;
        }
        Tensor *one = tensor_number(e, 1, ELEMENT_REAL);
        AttributeValue target = {.list = {input->type.size, input->type.rank}};
        inputs[i] = input->type.rank > 0 ? emit_object(e, OP_BROADCAST, &one, 1, &target, span) : object_tensor(one);
        if (inputs[i].kind == OBJECT_ERROR)
            return NULL;
    }
    return inputs;
}

typedef struct Total {
    Elaborator *e;
    SourceSpan span;
    Object sum;
} Total;

static void add_output(void *context, Tensor *tensor)
{
    Total *total = context;
    Elaborator *e = total->e;
    Argument none = {0};
    Object output = object_tensor(tensor);
    if (total->sum.kind == OBJECT_ERROR)
        return;
    Object entries = apply_operation(e, op_info(OP_REDUCE_SUM), &output, 1, (Arguments){&none, 0}, total->span);
    total->sum = total->sum.kind == OBJECT_NONE ? entries : operate(e, OPERATOR_ADD, false, total->sum, entries, total->span);
}

/* The sum to the power 1 / p. The smallest sum keeps the root's slope finite. */
static Object root_of(Elaborator *e, Object sum, double power, SourceSpan span)
{
    Tensor *operands[2] = {sum.tensor, tensor_number(e, 1e-30, ELEMENT_REAL)};
    if (power == 1)
        return sum;
    Object above = emit_object(e, OP_MAXIMUM, operands, 2, NULL, span);
    return operate(e, OPERATOR_NONE, true, above, object_number(1 / power), span);
}

/* Everything that the body would make anew is there already, and stays as it is. */
static Object apply_to_ones(Elaborator *e, const Training *training, const Object *ones, double power, SourceSpan span)
{
    Build *build = e->build;
    Build outside = *build;
    build->scope = scope_root(e, build->root, "");
    build->frozen = build->sharing = true;
    build->path_power = power;
    Object result = apply_body_again(e, training->net, training->given, ones, span);
    build->scope = outside.scope;
    build->frozen = outside.frozen;
    build->sharing = outside.sharing;
    build->path_power = 0;
    build->sum = outside.sum;
    build->sum_weights = outside.sum_weights;
    build->sum_count = outside.sum_count;
    return result;
}

Object path_norm_of_net(Elaborator *e, const Training *training, const Function *paths, SourceSpan span)
{
    const Object *ones = ones_for_inputs(e, training->net->ast, span);
    if (!ones)
        return error_object;
    Object value = apply_to_ones(e, training, ones, paths->power, span);
    if (value.kind == OBJECT_ERROR)
        return error_object;
    Total total = {.e = e, .span = span, .sum = none_object};
    object_tensors(value, add_output, &total);
    return object_is_tensor(total.sum) ? root_of(e, total.sum, paths->power, span) : error_object;
}

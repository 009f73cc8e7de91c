/* Operators: on known values at once, on tensors as nodes, on functions point by point. */
#include "elaborate/elaborator.h"

#include <math.h>
#include <string.h>

static const char *operator_text(AstOperator operation, bool power)
{
    static const char *const texts[] = {
        [OPERATOR_NONE] = "-",           [OPERATOR_ADD] = "+",           [OPERATOR_SUBTRACT] = "-",    [OPERATOR_MULTIPLY] = "*",
        [OPERATOR_DIVIDE] = "/",         [OPERATOR_FLOOR_DIVIDE] = "//", [OPERATOR_REMAINDER] = "%",   [OPERATOR_EQUAL] = "==",
        [OPERATOR_NOT_EQUAL] = "!=",     [OPERATOR_LESS] = "<",          [OPERATOR_LESS_EQUAL] = "<=", [OPERATOR_GREATER] = ">",
        [OPERATOR_GREATER_EQUAL] = ">=",
    };
    return power ? "^" : texts[operation];
}

static bool is_comparison(AstOperator operation)
{
    return operation >= OPERATOR_EQUAL;
}

static double remainder_of(double a, double b)
{
    return a - b * floor(a / b);
}

static Object number_result(AstOperator operation, bool power, double a, double b)
{
    if (power)
        return object_number(pow(a, b));
    switch (operation) {
    case OPERATOR_ADD:
        return object_number(a + b);
    case OPERATOR_SUBTRACT:
        return object_number(a - b);
    case OPERATOR_MULTIPLY:
        return object_number(a * b);
    case OPERATOR_DIVIDE:
        return object_number(a / b);
    case OPERATOR_FLOOR_DIVIDE:
        return object_number(floor(a / b));
    case OPERATOR_REMAINDER:
        return object_number(remainder_of(a, b));
    case OPERATOR_LESS:
        return object_boolean(a < b);
    case OPERATOR_LESS_EQUAL:
        return object_boolean(a <= b);
    case OPERATOR_GREATER:
        return object_boolean(a > b);
    case OPERATOR_GREATER_EQUAL:
        return object_boolean(a >= b);
    case OPERATOR_NOT_EQUAL:
        return object_boolean(a != b);
    default:
        return object_boolean(a == b);
    }
}

/* Division by zero is a mistake in a shape or a setting; said here it is understood, later it would be infinity somewhere. */
static Object numbers(Elaborator *e, AstOperator operation, bool power, double a, double b, SourceSpan span)
{
    bool divides = operation == OPERATOR_DIVIDE || operation == OPERATOR_FLOOR_DIVIDE || operation == OPERATOR_REMAINDER;
    if (!power && divides && b == 0) {
        complain(e, 512, span, "division by zero");
        return error_object;
    }
    return number_result(operation, power, a, b);
}

/* a > b is b < a: there are no nodes for the two greater ones. */
static Object tensors(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span)
{
    static const Op ops[] = {
        [OPERATOR_ADD] = OP_ADD,
        [OPERATOR_SUBTRACT] = OP_SUBTRACT,
        [OPERATOR_MULTIPLY] = OP_MULTIPLY,
        [OPERATOR_DIVIDE] = OP_DIVIDE,
        [OPERATOR_FLOOR_DIVIDE] = OP_DIVIDE,
        [OPERATOR_REMAINDER] = OP_REMAINDER,
        [OPERATOR_EQUAL] = OP_EQUAL,
        [OPERATOR_NOT_EQUAL] = OP_NOT_EQUAL,
        [OPERATOR_LESS] = OP_LESS,
        [OPERATOR_LESS_EQUAL] = OP_LESS_EQUAL,
        [OPERATOR_GREATER] = OP_LESS,
        [OPERATOR_GREATER_EQUAL] = OP_LESS_EQUAL,
    };
    Tensor *a = as_tensor(e, left, span, "an operand of a tensor", NULL);
    Tensor *b = as_tensor(e, right, span, "an operand of a tensor", NULL);
    if (!a || !b)
        return error_object;
    bool swapped = operation == OPERATOR_GREATER || operation == OPERATOR_GREATER_EQUAL;
    Tensor *operands[] = {swapped ? b : a, swapped ? a : b};
    Tensor *result = emit(e, power ? OP_POWER : ops[operation], operands, 2, NULL, span);
    if (result && operation == OPERATOR_FLOOR_DIVIDE)
        result = emit(e, OP_FLOOR, &result, 1, NULL, span);
    return result ? object_tensor(result) : error_object;
}

static Object pointwise(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span)
{
    left = complete_function(e, left, span);
    right = complete_function(e, right, span);
    if (left.kind == OBJECT_ERROR || right.kind == OBJECT_ERROR)
        return error_object;
    Function *function = function_make(e, FUNCTION_POINTWISE, NULL, span);
    function->pointwise.operation = operation;
    function->pointwise.power = power;
    function->pointwise.left = left;
    function->pointwise.right = right;
    return object_function(function);
}

static Object function_with_tensor(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span)
{
    Object function = left.kind == OBJECT_FUNCTION ? left : right;
    const char *text = operator_text(operation, power);
    const char *name = function.function->name ? function.function->name : "f";
    Diagnostic *diagnostic = complain(e, 502, span, "`%s` between %s and %s", text, describe(e, left), describe(e, right));
    help(e, diagnostic, "apply the function first: `%s(x)` or `x |> %s`", name, name);
    return error_object;
}

static Object no_operator(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span)
{
    Diagnostic *diagnostic =
        complain(e, 501, span, "`%s` between %s and %s", operator_text(operation, power), describe(e, left), describe(e, right));
    if (left.kind == OBJECT_SHAPE || right.kind == OBJECT_SHAPE)
        help(e, diagnostic, "`s[i]` is a dimension of a shape s, `shape(a, b)` makes one");
    return error_object;
}

static Object equality(Elaborator *e, AstOperator operation, Object left, Object right, SourceSpan span)
{
    Comparison comparison = {.comparable = true, .steps = STEP_LIMIT - e->steps};
    bool equal = object_equal(left, right, &comparison);
    e->steps = STEP_LIMIT - comparison.steps;
    if (comparison.steps < 0 && !may_go_on(e, span))
        return error_object;
    if (!comparison.comparable)
        return no_operator(e, operation, false, left, right, span);
    return object_boolean(equal == (operation == OPERATOR_EQUAL));
}

static Object join_lists(Elaborator *e, const List *a, const List *b, SourceSpan span)
{
    int64_t count = a->count + b->count;
    Object *items = arena_take(e->arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    return list_of(e, items, count, span);
}

static Object join_strings(Elaborator *e, const char *a, const char *b, SourceSpan span)
{
    if (strlen(a) + strlen(b) <= STRING_LIMIT)
        return object_string(arena_printf(e->arena, "%s%s", a, b));
    complain(e, 1012, span, "a string has at most 1,000,000 bytes");
    return error_object;
}

Object operate(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span)
{
    if (left.kind == OBJECT_ERROR || right.kind == OBJECT_ERROR)
        return error_object;
    bool functions = left.kind == OBJECT_FUNCTION || right.kind == OBJECT_FUNCTION;
    if (functions && (object_is_tensor(left) || object_is_tensor(right)))
        return function_with_tensor(e, operation, power, left, right, span);
    if (functions && !is_comparison(operation))
        return pointwise(e, operation, power, left, right, span);
    if (object_is_tensor(left) || object_is_tensor(right))
        return tensors(e, operation, power, left, right, span);
    if (left.kind == OBJECT_NUMBER && right.kind == OBJECT_NUMBER)
        return numbers(e, operation, power, left.number, right.number, span);
    if (!power && (operation == OPERATOR_EQUAL || operation == OPERATOR_NOT_EQUAL))
        return equality(e, operation, left, right, span);
    if (!power && operation == OPERATOR_ADD && left.kind == OBJECT_STRING && right.kind == OBJECT_STRING)
        return join_strings(e, left.string, right.string, span);
    if (!power && operation == OPERATOR_ADD && left.kind == OBJECT_LIST && right.kind == OBJECT_LIST)
        return join_lists(e, left.list, right.list, span);
    return no_operator(e, operation, power, left, right, span);
}

/* From the first item of a chain to item `index`: the place of an error between them. */
static SourceSpan chain_span(const AstChain *chain, int64_t index)
{
    return span_join(chain->items[0]->span, chain->items[index]->span);
}

/* A function beside a tensor is the mistake itself: its place is shown. */
static SourceSpan step_span(const AstChain *chain, int64_t index, Object left, Object right)
{
    if (object_is_tensor(left) && right.kind == OBJECT_FUNCTION)
        return chain->items[index]->span;
    if (object_is_tensor(right) && left.kind == OBJECT_FUNCTION)
        return chain->items[index - 1]->span;
    return chain_span(chain, index);
}

Object evaluate_chain(Elaborator *e, const Ast *ast, View view)
{
    const AstChain *chain = &ast->chain;
    Object left = evaluate(e, chain->items[0], view);
    for (int64_t i = 1; i < chain->count && !e->stopped; i++) {
        Object right = evaluate(e, chain->items[i], view);
        left = operate(e, chain->operators[i], ast->kind == AST_POWER, left, right, step_span(chain, i, left, right));
    }
    return left;
}

/* `and` and `or` of known values look at the next one only when it counts; of tensors they are nodes. */
Object evaluate_logic(Elaborator *e, const Ast *ast, View view)
{
    const AstChain *chain = &ast->chain;
    bool decisive = ast->kind == AST_OR;
    Object left = evaluate(e, chain->items[0], view);
    for (int64_t i = 1; i < chain->count && !e->stopped; i++) {
        if (left.kind == OBJECT_ERROR || (left.kind == OBJECT_BOOLEAN && left.boolean == decisive))
            return left;
        Object right = evaluate(e, chain->items[i], view);
        if (object_is_tensor(left) || object_is_tensor(right)) {
            Tensor *operands[] = {as_tensor(e, left, chain_span(chain, i), "an operand", NULL),
                                  as_tensor(e, right, chain_span(chain, i), "an operand", NULL)};
            if (!operands[0] || !operands[1])
                return error_object;
            left = emit_object(e, decisive ? OP_OR : OP_AND, operands, 2, NULL, chain_span(chain, i));
            continue;
        }
        bool ignored;
        if (!as_condition(e, left, chain->items[i - 1]->span, &ignored) || !as_condition(e, right, chain->items[i]->span, &ignored))
            return error_object;
        left = right;
    }
    return left;
}

Object evaluate_unary(Elaborator *e, const Ast *ast, View view)
{
    SourceSpan span = ast->span;
    Object operand = evaluate(e, ast->chain.items[0], view);
    if (operand.kind == OBJECT_ERROR)
        return operand;
    if (object_is_tensor(operand)) {
        Tensor *tensor = as_tensor(e, operand, span, "an operand", NULL);
        return tensor ? emit_object(e, ast->kind == AST_NOT ? OP_NOT : OP_NEGATE, &tensor, 1, NULL, span) : error_object;
    }
    if (ast->kind == AST_NOT) {
        bool value;
        return as_condition(e, operand, ast->chain.items[0]->span, &value) ? object_boolean(!value) : error_object;
    }
    if (operand.kind == OBJECT_NUMBER)
        return object_number(-operand.number);
    if (operand.kind == OBJECT_FUNCTION)
        return pointwise(e, OPERATOR_SUBTRACT, false, object_number(0), operand, span);
    complain(e, 501, span, "`-` before %s", describe(e, operand));
    return error_object;
}

Object evaluate_range(Elaborator *e, const Ast *ast, View view)
{
    int64_t ends[2];
    Object objects[2];
    for (int i = 0; i < 2; i++)
        objects[i] = evaluate(e, ast->chain.items[i], view);
    for (int i = 0; i < 2; i++)
        if (!as_whole(e, objects[i], ast->chain.items[i]->span, "an end of a range", -(INT64_C(1) << 53), INT64_C(1) << 53,
                      &ends[i]))
            return error_object;
    int64_t count = ends[1] < ends[0] ? 0 : ends[1] - ends[0] + 1;
    if (count > LIST_LIMIT) {
        complain(e, 1012, ast->span, "this range has %lld numbers; a list has at most 1,000,000 entries", (long long)count);
        return error_object;
    }
    Object *items = arena_take(e->arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = object_number((double)(ends[0] + i));
    return object_list(e->arena, items, count);
}

/* Element-wise operations of two operands, and `where`.
 *
 * Shapes are broadcast (use_broadcast). Arithmetic takes numbers: integers stay integers (except for divide and power, which give reals),
 * a real operand makes the result real, a complex one complex (add, subtract, multiply, divide). Comparisons give booleans; and, or
 * take them. Booleans are not numbers: where(c, 1, 0) makes them so. Maximum and minimum give NaN if an operand is NaN. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"

#include <complex.h>
#include <math.h>

static const char modulus_help[] = "complex numbers have no order: compare their `modulus`";

static bool finish(OpUse *use, ElementKind element)
{
    use->result.element = element;
    return use_broadcast(use, &use->result);
}

/* add, subtract, multiply: the result is what the operands combine to. */
static bool arithmetic_shape(OpUse *use)
{
    return elements_numbers(use, true) && finish(use, elements_combined(use));
}

static bool divide_shape(OpUse *use)
{
    if (!elements_numbers(use, true))
        return false;
    ElementKind element = elements_combined(use);
    return finish(use, element == ELEMENT_INTEGER ? ELEMENT_REAL : element);
}

/* A negative exponent leaves the integers. */
static bool power_shape(OpUse *use)
{
    return elements_numbers(use, false) && finish(use, ELEMENT_REAL);
}

static bool remainder_shape(OpUse *use)
{
    return elements_numbers(use, false) && finish(use, elements_combined(use));
}

/* Refuses complex operands of an operation that needs an order. */
static bool ordered(OpUse *use)
{
    for (int k = 0; k < use->operand_count; k++)
        if (use->operand[k].element == ELEMENT_COMPLEX)
            return elements_fail_complex(use, &use->operand[k], modulus_help);
    return elements_numbers(use, false);
}

static bool extreme_shape(OpUse *use)
{
    return ordered(use) && finish(use, elements_combined(use));
}

static bool less_shape(OpUse *use)
{
    return ordered(use) && finish(use, ELEMENT_BOOLEAN);
}

/* Numbers go with numbers, booleans with booleans. */
static bool alike(OpUse *use, const Type *a, const Type *b)
{
    if ((a->element == ELEMENT_BOOLEAN) == (b->element == ELEMENT_BOOLEAN))
        return true;
    use_fail(use, 564, "%s takes two tensors of numbers or two of booleans, got %s and %s", use->info->name,
             type_name(use->arena, a), type_name(use->arena, b));
    return use_help(use, "turn the boolean into numbers: `where(c, 1, 0)`");
}

static bool equal_shape(OpUse *use)
{
    return alike(use, &use->operand[0], &use->operand[1]) && finish(use, ELEMENT_BOOLEAN);
}

static bool logical_shape(OpUse *use)
{
    for (int k = 0; k < use->operand_count; k++) {
        const Type *operand = &use->operand[k];
        if (operand->element == ELEMENT_BOOLEAN)
            continue;
        use_fail(use, 562, "%s takes booleans, got %s", use->info->name, type_name(use->arena, operand));
        return use_help(use, "compare it first: `x > 0`");
    }
    return finish(use, ELEMENT_BOOLEAN);
}

static bool where_shape(OpUse *use)
{
    const Type *condition = &use->operand[0];
    const Type *a = &use->operand[1];
    const Type *b = &use->operand[2];
    if (condition->element != ELEMENT_BOOLEAN) {
        use_fail(use, 563, "the condition of where is a boolean tensor, got %s", type_name(use->arena, condition));
        return use_help(use, "compare first: `where(x > 0, a, b)`");
    }
    if (!alike(use, a, b))
        return false;
    if (a->element == b->element)
        return finish(use, a->element);
    bool complex_result = a->element == ELEMENT_COMPLEX || b->element == ELEMENT_COMPLEX;
    return finish(use, complex_result ? ELEMENT_COMPLEX : ELEMENT_REAL);
}

static bool any_complex(const OpUse *use)
{
    for (int k = 0; k < use->operand_count; k++)
        if (use->operand[k].element == ELEMENT_COMPLEX)
            return true;
    return false;
}

/* The kernel has the operation's name, for complex numbers with `_complex` behind it, and then is told which operands are. */
static void broadcast_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    call_nest(use, call);
    if (!any_complex(use))
        return;
    call->kernel = arena_printf(use->arena, "%s_complex", use->info->name);
    for (int k = 0; k < use->operand_count; k++)
        call_integer(use, call, use->operand[k].element == ELEMENT_COMPLEX);
}

typedef double (*Real2)(double a, double b);
typedef double _Complex (*Complex2)(double _Complex a, double _Complex b);

static double _Complex pair(double re, double im)
{
    /* not re + im * I, which makes NaN of an infinite part */
    union {
        double part[2];
        double _Complex whole;
    } value = {{re, im}};
    return value.whole;
}

/* The element of operand k that meets `index` of the result, as a complex number. */
static double _Complex fetch(const OpUse *use, const double *const *operand, int k, int64_t index)
{
    int64_t at = broadcast_index(use, k, index);
    if (use->operand[k].element == ELEMENT_COMPLEX)
        return pair(operand[k][2 * at], operand[k][2 * at + 1]);
    return operand[k][at];
}

/* Whether an operand is one number, or has an entry for each of the result in the same order. */
static bool moves_with(const OpUse *use, int operand)
{
    return use->operand[operand].rank == 0 || type_same_shape(&use->operand[operand], &use->result);
}

static void evaluate_real(const OpUse *use, const double *const *operand, double *result, Real2 function)
{
    int64_t count = type_elements(&use->result);
    if (moves_with(use, 0) && moves_with(use, 1)) { /* no index to compute: elaboration spends its time here */
        int64_t left = use->operand[0].rank > 0, right = use->operand[1].rank > 0;
        for (int64_t i = 0; i < count; i++)
            result[i] = function(operand[0][i * left], operand[1][i * right]);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        result[i] = function(operand[0][broadcast_index(use, 0, i)], operand[1][broadcast_index(use, 1, i)]);
}

static void evaluate_number(const OpUse *use, const double *const *operand, double *result, Real2 function, Complex2 whole)
{
    if (!any_complex(use)) {
        evaluate_real(use, operand, result, function);
        return;
    }
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        double _Complex value = whole(fetch(use, operand, 0, i), fetch(use, operand, 1, i));
        result[2 * i] = creal(value);
        result[2 * i + 1] = cimag(value);
    }
}

static double add(double a, double b)
{
    return a + b;
}

static double _Complex add_complex(double _Complex a, double _Complex b)
{
    return a + b;
}

static double subtract(double a, double b)
{
    return a - b;
}

static double _Complex subtract_complex(double _Complex a, double _Complex b)
{
    return a - b;
}

static double multiply(double a, double b)
{
    return a * b;
}

static double _Complex multiply_complex(double _Complex a, double _Complex b)
{
    return pair(creal(a) * creal(b) - cimag(a) * cimag(b), creal(a) * cimag(b) + cimag(a) * creal(b));
}

static double divide(double a, double b)
{
    return a / b;
}

static double _Complex divide_complex(double _Complex a, double _Complex b)
{
    if (cimag(b) == 0)
        return pair(creal(a) / creal(b), cimag(a) / creal(b));
    return a / b;
}

/* a - b floor(a / b) without rounding on the way: fmod is exact and has the sign of a, this the sign of b. */
static double remainder_floor(double a, double b)
{
    double rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static double maximum(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

static double minimum(double a, double b)
{
    return a < b || isnan(a) ? a : b;
}

static double less(double a, double b)
{
    return a < b;
}

static double less_equal(double a, double b)
{
    return a <= b;
}

static double and (double a, double b)
{
    return a != 0 && b != 0;
}

static double or (double a, double b)
{
    return a != 0 || b != 0;
}

static void equal_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = fetch(use, operand, 0, i) == fetch(use, operand, 1, i);
}

static void not_equal_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = fetch(use, operand, 0, i) != fetch(use, operand, 1, i);
}

static void where_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++) {
        bool condition = operand[0][broadcast_index(use, 0, i)] != 0;
        double _Complex value = fetch(use, operand, condition ? 1 : 2, i);
        if (use->result.element == ELEMENT_COMPLEX) {
            result[2 * i] = creal(value);
            result[2 * i + 1] = cimag(value);
        } else {
            result[i] = creal(value);
        }
    }
}

static void add_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_number(use, operand, result, add, add_complex);
}

static void subtract_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_number(use, operand, result, subtract, subtract_complex);
}

static void multiply_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_number(use, operand, result, multiply, multiply_complex);
}

static void divide_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_number(use, operand, result, divide, divide_complex);
}

static void power_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, pow);
}

static void remainder_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, remainder_floor);
}

static void maximum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, maximum);
}

static void minimum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, minimum);
}

static void less_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, less);
}

static void less_equal_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, less_equal);
}

static void and_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, and);
}

static void or_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    evaluate_real(use, operand, result, or);
}

const OpInfo op_add = {
    .op = OP_ADD,
    .name = "add",
    .summary = "sum",
    .operand_names = "a b",
    .operands = 2,
    .shape = arithmetic_shape,
    .evaluate = add_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_add,
};

const OpInfo op_subtract = {
    .op = OP_SUBTRACT,
    .name = "subtract",
    .summary = "difference",
    .operand_names = "a b",
    .operands = 2,
    .shape = arithmetic_shape,
    .evaluate = subtract_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_subtract,
};

const OpInfo op_multiply = {
    .op = OP_MULTIPLY,
    .name = "multiply",
    .summary = "product",
    .operand_names = "a b",
    .operands = 2,
    .shape = arithmetic_shape,
    .evaluate = multiply_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_multiply,
};

const OpInfo op_divide = {
    .op = OP_DIVIDE,
    .name = "divide",
    .summary = "quotient; integers give a real number",
    .operand_names = "a b",
    .operands = 2,
    .shape = divide_shape,
    .evaluate = divide_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_divide,
};

const OpInfo op_power = {
    .op = OP_POWER,
    .name = "power",
    .summary = "a to the power of b",
    .operand_names = "a b",
    .operands = 2,
    .shape = power_shape,
    .evaluate = power_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_power,
};

const OpInfo op_remainder = {
    .op = OP_REMAINDER,
    .name = "remainder",
    .summary = "a - b floor(a / b): has the sign of b",
    .operand_names = "a b",
    .operands = 2,
    .shape = remainder_shape,
    .evaluate = remainder_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_remainder,
};

const OpInfo op_maximum = {
    .op = OP_MAXIMUM,
    .name = "maximum",
    .summary = "the larger one; NaN if one is",
    .operand_names = "a b",
    .operands = 2,
    .shape = extreme_shape,
    .evaluate = maximum_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_maximum,
};

const OpInfo op_minimum = {
    .op = OP_MINIMUM,
    .name = "minimum",
    .summary = "the smaller one; NaN if one is",
    .operand_names = "a b",
    .operands = 2,
    .shape = extreme_shape,
    .evaluate = minimum_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_minimum,
};

const OpInfo op_equal = {
    .op = OP_EQUAL,
    .name = "equal",
    .summary = "whether a and b are the same; NaN equals nothing",
    .operand_names = "a b",
    .operands = 2,
    .shape = equal_shape,
    .evaluate = equal_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_not_equal = {
    .op = OP_NOT_EQUAL,
    .name = "not_equal",
    .summary = "whether a and b differ",
    .operand_names = "a b",
    .operands = 2,
    .shape = equal_shape,
    .evaluate = not_equal_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_less = {
    .op = OP_LESS,
    .name = "less",
    .summary = "whether a is less than b",
    .operand_names = "a b",
    .operands = 2,
    .shape = less_shape,
    .evaluate = less_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_less_equal = {
    .op = OP_LESS_EQUAL,
    .name = "less_equal",
    .summary = "whether a is at most b",
    .operand_names = "a b",
    .operands = 2,
    .shape = less_shape,
    .evaluate = less_equal_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_and = {
    .op = OP_AND,
    .name = "and",
    .summary = "whether both are true",
    .operand_names = "a b",
    .operands = 2,
    .shape = logical_shape,
    .evaluate = and_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_or = {
    .op = OP_OR,
    .name = "or",
    .summary = "whether one is true",
    .operand_names = "a b",
    .operands = 2,
    .shape = logical_shape,
    .evaluate = or_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_none,
};

const OpInfo op_where = {
    .op = OP_WHERE,
    .name = "where",
    .summary = "a where the condition is true, else b",
    .operand_names = "condition a b",
    .operands = 3,
    .shape = where_shape,
    .evaluate = where_evaluate,
    .lower = broadcast_lower,
    .gradient = gradient_of_where,
};

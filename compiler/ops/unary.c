/* Element-wise operations of one operand.
 *
 * Takes a tensor of any shape; gives the same shape. Numbers only, except `not` and `stop_gradient`. Integers stay integers where the value
 * is one (negate, abs, sign, floor, relu); elsewhere they count as reals. Complex numbers can be negated only: the other functions
 * are not what a network means by them. NaN gives NaN. */
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"

#include <math.h>

/* Real numbers to real numbers: exp, log, tanh and the like. */
static bool real_shape(OpUse *use)
{
    if (!elements_numbers(use, false))
        return false;
    use->result = use->operand[0];
    use->result.element = ELEMENT_REAL;
    return true;
}

/* Real numbers to real numbers, integers to integers. */
static bool same_shape(OpUse *use)
{
    if (!elements_numbers(use, false))
        return false;
    use->result = use->operand[0];
    return true;
}

static bool negate_shape(OpUse *use)
{
    if (!elements_numbers(use, true))
        return false;
    use->result = use->operand[0];
    return true;
}

static bool abs_shape(OpUse *use)
{
    if (use->operand[0].element == ELEMENT_COMPLEX)
        return elements_fail_complex(use, &use->operand[0], "the absolute value of a complex number is its `modulus`");
    return same_shape(use);
}

static bool not_shape(OpUse *use)
{
    const Type *x = &use->operand[0];
    if (x->element != ELEMENT_BOOLEAN) {
        use_fail(use, 562, "not takes booleans, got %s", type_name(use->arena, x));
        return use_help(use, "compare it first: `not (x > 0)`");
    }
    use->result = *x;
    return true;
}

static bool stop_gradient_shape(OpUse *use)
{
    use->result = use->operand[0];
    return true;
}

/* The kernel has the operation's name and sees one run of reals. */
static void unary_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    call_integer(use, call, type_reals(&use->result));
    call->in_place = 1;
}

/* The result is the operand, unchanged. */
static void alias_lower(const OpUse *use, KernelCall *call)
{
    (void)use;
    call->kernel = NULL;
}

static Cost no_cost(const OpUse *use)
{
    (void)use;
    return (Cost){0};
}

static void apply(const OpUse *use, const double *x, double *result, double (*function)(double))
{
    for (int64_t i = 0; i < type_reals(&use->result); i++)
        result[i] = function(x[i]);
}

static double negate(double x)
{
    return -x;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* 0 at 0; NaN stays. */
static double sign(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

/* NaN fails the comparison and stays. */
static double relu(double x)
{
    return x < 0 ? 0 : x;
}

static double not(double x)
{
    return x == 0;
}

static double same(double x)
{
    return x;
}

static void negate_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, negate);
}

static void abs_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, fabs);
}

static void exp_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, exp);
}

static void expm1_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, expm1);
}

static void log_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, log);
}

static void log1p_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, log1p);
}

static void sqrt_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, sqrt);
}

static void sin_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, sin);
}

static void cos_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, cos);
}

static void tanh_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, tanh);
}

static void logistic_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, logistic);
}

static void erf_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, erf);
}

static void floor_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, floor);
}

static void sign_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, sign);
}

static void relu_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, relu);
}

static void not_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, not );
}

static void stop_gradient_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    apply(use, operand[0], result, same);
}

const OpInfo op_negate = {
    .op = OP_NEGATE,
    .name = "negate",
    .summary = "-x",
    .operand_names = "x",
    .operands = 1,
    .shape = negate_shape,
    .evaluate = negate_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_negate,
};

const OpInfo op_abs = {
    .op = OP_ABS,
    .name = "abs",
    .summary = "absolute value",
    .operand_names = "x",
    .operands = 1,
    .shape = abs_shape,
    .evaluate = abs_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_abs,
};

const OpInfo op_exp = {
    .op = OP_EXP,
    .name = "exp",
    .summary = "e^x",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = exp_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_exp,
};

const OpInfo op_expm1 = {
    .op = OP_EXPM1,
    .name = "expm1",
    .summary = "e^x - 1, accurate near 0",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = expm1_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_expm1,
};

const OpInfo op_log = {
    .op = OP_LOG,
    .name = "log",
    .summary = "natural logarithm; -infinity at 0, NaN below",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = log_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_log,
};

const OpInfo op_log1p = {
    .op = OP_LOG1P,
    .name = "log1p",
    .summary = "log(1 + x), accurate near 0",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = log1p_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_log1p,
};

const OpInfo op_sqrt = {
    .op = OP_SQRT,
    .name = "sqrt",
    .summary = "square root; NaN below 0",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = sqrt_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_sqrt,
};

const OpInfo op_sin = {
    .op = OP_SIN,
    .name = "sin",
    .summary = "sine of an angle in radians",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = sin_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_sin,
};

const OpInfo op_cos = {
    .op = OP_COS,
    .name = "cos",
    .summary = "cosine of an angle in radians",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = cos_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_cos,
};

const OpInfo op_tanh = {
    .op = OP_TANH,
    .name = "tanh",
    .summary = "hyperbolic tangent",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = tanh_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_tanh,
};

const OpInfo op_logistic = {
    .op = OP_LOGISTIC,
    .name = "logistic",
    .summary = "1 / (1 + e^-x)",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = logistic_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_logistic,
};

const OpInfo op_erf = {
    .op = OP_ERF,
    .name = "erf",
    .summary = "error function",
    .operand_names = "x",
    .operands = 1,
    .shape = real_shape,
    .evaluate = erf_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_erf,
};

const OpInfo op_floor = {
    .op = OP_FLOOR,
    .name = "floor",
    .summary = "largest whole number not above x",
    .operand_names = "x",
    .operands = 1,
    .shape = same_shape,
    .evaluate = floor_evaluate,
    .lower = unary_lower,
    .gradient = gradient_none,
};

const OpInfo op_sign = {
    .op = OP_SIGN,
    .name = "sign",
    .summary = "-1, 0 or 1",
    .operand_names = "x",
    .operands = 1,
    .shape = same_shape,
    .evaluate = sign_evaluate,
    .lower = unary_lower,
    .gradient = gradient_none,
};

const OpInfo op_relu = {
    .op = OP_RELU,
    .name = "relu",
    .summary = "x where positive, else 0",
    .operand_names = "x",
    .operands = 1,
    .shape = same_shape,
    .evaluate = relu_evaluate,
    .lower = unary_lower,
    .gradient = gradient_of_relu,
};

const OpInfo op_not = {
    .op = OP_NOT,
    .name = "not",
    .summary = "true where false",
    .operand_names = "x",
    .operands = 1,
    .shape = not_shape,
    .evaluate = not_evaluate,
    .lower = unary_lower,
    .gradient = gradient_none,
};

const OpInfo op_stop_gradient = {
    .op = OP_STOP_GRADIENT,
    .name = "stop_gradient",
    .summary = "x, seen as a constant by differentiation",
    .operand_names = "x",
    .operands = 1,
    .shape = stop_gradient_shape,
    .evaluate = stop_gradient_evaluate,
    .cost = no_cost,
    .lower = alias_lower,
    .gradient = gradient_none,
};

/* Rules of element-wise operations of one operand: upstream times the derivative.
 *
 * Where there is no derivative the rule fixes one: 0 for abs and relu at 0, and for sqrt at 0, whose slope is infinite there, so that the norm of zeros
 * has a finite gradient. A quotient whose divisor may vanish divides by 1 there, for the gradient of the gradient would multiply 0 by infinity. */
#include "ops/gradient_rules.h"

#include <math.h>

static void give_product(Gradient *gradient, Value derivative)
{
    gradient_give(gradient, 0, gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, derivative));
}

void gradient_of_negate(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient_unary(gradient, OP_NEGATE, gradient->upstream));
}

void gradient_of_abs(Gradient *gradient)
{
    give_product(gradient, gradient_unary(gradient, OP_SIGN, gradient->operand[0]));
}

void gradient_of_exp(Gradient *gradient)
{
    give_product(gradient, gradient->result);
}

void gradient_of_expm1(Gradient *gradient)
{
    give_product(gradient, gradient_binary(gradient, OP_ADD, gradient->result, gradient_number(gradient, 1)));
}

void gradient_of_log(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient_binary(gradient, OP_DIVIDE, gradient->upstream, gradient->operand[0]));
}

void gradient_of_log1p(Gradient *gradient)
{
    Value whole = gradient_binary(gradient, OP_ADD, gradient->operand[0], gradient_number(gradient, 1));
    gradient_give(gradient, 0, gradient_binary(gradient, OP_DIVIDE, gradient->upstream, whole));
}

/* upstream / (2 y), 0 at 0. */
void gradient_of_sqrt(Gradient *gradient)
{
    Value y = gradient->result, zero = gradient_number(gradient, 0);
    Value vanishes = gradient_binary(gradient, OP_EQUAL, y, zero);
    Value divisor = gradient_where(gradient, vanishes, gradient_number(gradient, 1), y);
    Value slope = gradient_binary(gradient, OP_DIVIDE, gradient_scale(gradient, gradient->upstream, 0.5), divisor);
    gradient_give(gradient, 0, gradient_where(gradient, vanishes, zero, slope));
}

void gradient_of_sin(Gradient *gradient)
{
    give_product(gradient, gradient_unary(gradient, OP_COS, gradient->operand[0]));
}

void gradient_of_cos(Gradient *gradient)
{
    give_product(gradient, gradient_unary(gradient, OP_NEGATE, gradient_unary(gradient, OP_SIN, gradient->operand[0])));
}

/* 1 - y^2 */
void gradient_of_tanh(Gradient *gradient)
{
    Value square = gradient_binary(gradient, OP_MULTIPLY, gradient->result, gradient->result);
    give_product(gradient, gradient_binary(gradient, OP_SUBTRACT, gradient_number(gradient, 1), square));
}

/* y (1 - y) */
void gradient_of_logistic(Gradient *gradient)
{
    Value rest = gradient_binary(gradient, OP_SUBTRACT, gradient_number(gradient, 1), gradient->result);
    give_product(gradient, gradient_binary(gradient, OP_MULTIPLY, gradient->result, rest));
}

/* 2 / sqrt(pi) e^(-x^2) */
void gradient_of_erf(Gradient *gradient)
{
    Value square = gradient_binary(gradient, OP_MULTIPLY, gradient->operand[0], gradient->operand[0]);
    Value bell = gradient_unary(gradient, OP_EXP, gradient_unary(gradient, OP_NEGATE, square));
    give_product(gradient, gradient_scale(gradient, bell, 2 / sqrt(acos(-1))));
}

/* The result is positive where the operand is, so the operand's memory need not last. */
void gradient_of_relu(Gradient *gradient)
{
    Value zero = gradient_number(gradient, 0);
    Value positive = gradient_binary(gradient, OP_LESS, zero, gradient->result);
    gradient_give(gradient, 0, gradient_where(gradient, positive, gradient->upstream, zero));
}

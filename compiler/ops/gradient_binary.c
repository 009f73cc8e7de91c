/* Rules of element-wise operations of two operands, and of `where`.
 *
 * Where maximum and minimum meet two equal operands, each gets half: the middle of the sub-gradients, which makes smooth what is smooth though it is
 * put together of kinks (softplus). Of power, the derivative for the base is 0 where it would be infinite (0 to a power below 1) and that for the
 * exponent is 0 at base 0. */
#include "ops/gradient_rules.h"

void gradient_of_add(Gradient *gradient)
{
    for (int k = 0; k < 2; k++)
        if (gradient->wanted[k])
            gradient_give(gradient, k, gradient->upstream);
}

void gradient_of_subtract(Gradient *gradient)
{
    if (gradient->wanted[0])
        gradient_give(gradient, 0, gradient->upstream);
    if (gradient->wanted[1])
        gradient_give(gradient, 1, gradient_unary(gradient, OP_NEGATE, gradient->upstream));
}

void gradient_of_multiply(Gradient *gradient)
{
    for (int k = 0; k < 2; k++)
        if (gradient->wanted[k]) {
            Value other = gradient_conj(gradient, gradient->operand[1 - k]);
            gradient_give(gradient, k, gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, other));
        }
}

/* For y = a / b: upstream / b, and minus that times y. */
void gradient_of_divide(Gradient *gradient)
{
    Value share = gradient_binary(gradient, OP_DIVIDE, gradient->upstream, gradient_conj(gradient, gradient->operand[1]));
    if (gradient->wanted[0])
        gradient_give(gradient, 0, share);
    if (gradient->wanted[1]) {
        Value product = gradient_binary(gradient, OP_MULTIPLY, share, gradient_conj(gradient, gradient->result));
        gradient_give(gradient, 1, gradient_unary(gradient, OP_NEGATE, product));
    }
}

/* b a^(b - 1); the exponent 1 stands in where a^(b - 1) would be infinite. */
static Value power_by_base(Gradient *gradient, Value a, Value b)
{
    Value zero = gradient_number(gradient, 0), one = gradient_number(gradient, 1);
    Value flat =
        gradient_binary(gradient, OP_AND, gradient_binary(gradient, OP_EQUAL, a, zero), gradient_binary(gradient, OP_LESS, b, one));
    Value base = gradient_where(gradient, flat, one, a);
    Value power = gradient_binary(gradient, OP_POWER, base, gradient_binary(gradient, OP_SUBTRACT, b, one));
    Value slope = gradient_where(gradient, flat, zero, gradient_binary(gradient, OP_MULTIPLY, b, power));
    return gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, slope);
}

/* a^b log a */
static Value power_by_exponent(Gradient *gradient, Value a)
{
    Value zero = gradient_number(gradient, 0);
    Value vanishes = gradient_binary(gradient, OP_EQUAL, a, zero);
    Value logarithm = gradient_unary(gradient, OP_LOG, gradient_where(gradient, vanishes, gradient_number(gradient, 1), a));
    Value slope = gradient_binary(gradient, OP_MULTIPLY, gradient->result, logarithm);
    return gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, gradient_where(gradient, vanishes, zero, slope));
}

void gradient_of_power(Gradient *gradient)
{
    Value a = gradient->operand[0], b = gradient->operand[1];
    if (gradient->wanted[0])
        gradient_give(gradient, 0, power_by_base(gradient, a, b));
    if (gradient->wanted[1])
        gradient_give(gradient, 1, power_by_exponent(gradient, a));
}

/* a - b floor(a / b), the floor taken as constant. */
void gradient_of_remainder(Gradient *gradient)
{
    if (gradient->wanted[0])
        gradient_give(gradient, 0, gradient->upstream);
    if (gradient->wanted[1]) {
        Value quotient = gradient_binary(gradient, OP_DIVIDE, gradient->operand[0], gradient->operand[1]);
        Value whole = gradient_unary(gradient, OP_NEGATE, gradient_unary(gradient, OP_FLOOR, quotient));
        gradient_give(gradient, 1, gradient_binary(gradient, OP_MULTIPLY, gradient->upstream, whole));
    }
}

/* Upstream where `winner` is strictly beyond `loser` in the order of the operation, half of it where they are equal. */
static Value won(Gradient *gradient, Value winner, Value loser, bool largest)
{
    Value beyond = gradient_binary(gradient, OP_LESS, largest ? loser : winner, largest ? winner : loser);
    Value level = gradient_binary(gradient, OP_EQUAL, winner, loser);
    Value half = gradient_scale(gradient, gradient->upstream, 0.5);
    Value rest = gradient_where(gradient, level, half, gradient_number(gradient, 0));
    return gradient_where(gradient, beyond, gradient->upstream, rest);
}

static void give_extreme(Gradient *gradient, bool largest)
{
    for (int k = 0; k < 2; k++)
        if (gradient->wanted[k])
            gradient_give(gradient, k, won(gradient, gradient->operand[k], gradient->operand[1 - k], largest));
}

void gradient_of_maximum(Gradient *gradient)
{
    give_extreme(gradient, true);
}

void gradient_of_minimum(Gradient *gradient)
{
    give_extreme(gradient, false);
}

void gradient_of_where(Gradient *gradient)
{
    Value condition = gradient->operand[0], zero = gradient_number(gradient, 0);
    if (gradient->wanted[1])
        gradient_give(gradient, 1, gradient_where(gradient, condition, gradient->upstream, zero));
    if (gradient->wanted[2])
        gradient_give(gradient, 2, gradient_where(gradient, condition, zero, gradient->upstream));
}

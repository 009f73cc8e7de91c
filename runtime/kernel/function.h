/* Elementary functions of one real, for the inner loops of kernels.
 *
 * In single precision exp, log, tanh, logistic and erf are polynomials without branches, so that a loop over them becomes vector
 * instructions; in double precision they are libm's. Errors of the single forms, against the exact value, in units in the last place:
 * exp 2, log 2, tanh 2, logistic 3, erf 2 (tests/runtime/test_function.c holds them to it). Coefficients interpolate the function named
 * beside them at the Chebyshev points of the interval. NaN gives NaN. */
#ifndef STRATA_KERNEL_FUNCTION_H
#define STRATA_KERNEL_FUNCTION_H

#include "kernel/real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(KERNEL_DOUBLE)

static inline double function_exp(double x)
{
    return exp(x);
}

static inline double function_log(double x)
{
    return log(x);
}

static inline double function_tanh(double x)
{
    return tanh(x);
}

static inline double function_logistic(double x)
{
    double tail = exp(-fabs(x));
    return (x < 0 ? tail : 1) / (1 + tail);
}

static inline double function_erf(double x)
{
    return erf(x);
}

#else

static inline float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* e^x = 2^n e^r with n whole and |r| <= log(2) / 2, where (e^r - 1 - r) / r^2 is the polynomial. 2^n is multiplied on as two factors, since
 * the result may be subnormal and n be 128. Adding and subtracting 1.5 * 2^23 rounds to a whole number and leaves it in the low bits. */
static inline float function_exp(float x)
{
    const float rounding = 12582912.0F;
    float inside = x > 89.0F ? 89.0F : x;
    inside = inside < -104.0F ? -104.0F : inside;
    float shifted = inside * 1.44269504F + rounding;
    float n = shifted - rounding;
    float r = inside - n * 0.693359375F; /* log(2) in two parts: the first has few bits, so that the product is exact */
    r = r + n * 2.12194440e-4F;
    float p = 1.989108046e-4F;
    p = p * r + 1.393373072e-3F;
    p = p * r + 8.333310845e-3F;
    p = p * r + 4.166646420e-2F;
    p = p * r + 1.666666668e-1F;
    p = p * r + 0.5F;
    float power = p * (r * r) + r + 1.0F;
    uint32_t whole = bits_of_float(shifted) - bits_of_float(rounding);
    uint32_t half = ((whole + 512U) >> 1) - 256U;
    float first = float_of_bits((half + 127U) << 23);
    float second = float_of_bits((whole - half + 127U) << 23);
    return power * first * second;
}

/* log x = n log 2 + log(1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), where (log(1 + f) - f + f^2 / 2) / f^3 is the polynomial. Subnormal x are scaled
 * by 2^23 first. */
static inline float function_log(float x)
{
    const uint32_t root = 0x3f3504f3U; /* sqrt(1/2) */
    float scaled = x < 1.17549435e-38F ? x * 8388608.0F : x;
    float lift = x < 1.17549435e-38F ? -23.0F : 0.0F;
    uint32_t bits = bits_of_float(scaled);
    uint32_t exponent = (bits - root + (127U << 23)) >> 23; /* n + 127 */
    float f = float_of_bits(bits - ((exponent - 127U) << 23)) - 1.0F;
    float n = (float)(int32_t)exponent - 127.0F + lift;
    float p = 6.971611471e-2F;
    p = p * f - 1.147973385e-1F;
    p = p * f + 1.168541992e-1F;
    p = p * f - 1.242568733e-1F;
    p = p * f + 1.424905765e-1F;
    p = p * f - 1.666780232e-1F;
    p = p * f + 2.000071575e-1F;
    p = p * f - 2.499999696e-1F;
    p = p * f + 3.333333118e-1F;
    float square = f * f;
    float rest = p * (square * f) - n * 2.12194440e-4F - 0.5F * square;
    float result = rest + f + n * 0.693359375F;
    result = x == 0.0F ? -INFINITY : result;
    result = x < 0.0F ? NAN : result;
    return x > 3.40282347e+38F || x != x ? x : result;
}

/* Below 0.625 (tanh x - x) / x^3 is a polynomial in x^2; above, tanh x = 1 - 2 / (e^2x + 1) for positive x. */
static inline float function_tanh(float x)
{
    float size = fabsf(x);
    float square = x * x;
    float p = 2.292744816e-3F;
    p = p * square - 8.343945516e-3F;
    p = p * square + 2.176891865e-2F;
    p = p * square - 5.395925958e-2F;
    p = p * square + 1.333330356e-1F;
    p = p * square - 3.333333317e-1F;
    float small = p * square * x + x;
    float large = copysignf(1.0F - 2.0F / (function_exp(2.0F * size) + 1.0F), x);
    return size < 0.625F ? small : large;
}

/* Only the exponential of a negative number is taken: it cannot overflow, and small results keep their digits. */
static inline float function_logistic(float x)
{
    float tail = function_exp(-fabsf(x));
    return (x < 0.0F ? tail : 1.0F) / (1.0F + tail);
}

/* Below 1 erf x / x - 1 is a polynomial in x^2; from 1 to 4 -log(1 - erf x) is one in x; from 4 on 1 - erf x is less than half a unit of 1. */
static inline float function_erf(float x)
{
    float size = fabsf(x);
    float square = x * x;
    float p = 7.875875063e-5F;
    p = p * square - 8.016864287e-4F;
    p = p * square + 5.189087423e-3F;
    p = p * square - 2.685421201e-2F;
    p = p * square + 1.128359472e-1F;
    p = p * square - 3.761262667e-1F;
    p = p * square + 1.283791658e-1F;
    float small = p * x + x;
    float inside = size > 4.0F ? 4.0F : size;
    float q = -1.637151415e-6F;
    q = q * inside + 4.605804269e-5F;
    q = q * inside - 5.968056257e-4F;
    q = q * inside + 4.759596293e-3F;
    q = q * inside - 2.642113601e-2F;
    q = q * inside + 1.100800829e-1F;
    q = q * inside + 6.318260516e-1F;
    q = q * inside + 1.130233435F;
    q = q * inside - 3.201380497e-4F;
    float large = copysignf(1.0F - function_exp(-q), x);
    return size < 1.0F ? small : large;
}

#endif

#endif

/* Element-wise kernels of one operand. Integers: reals of one sample. All samples are one run, and the result may lie on the operand. */
#include "kernel/function.h"
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/real.h"

INLINED void map(const KernelArguments *arguments, real (*function)(real x))
{
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    int64_t count = arguments->integers[0] * arguments->samples;
    INDEPENDENT
    for (int64_t i = 0; i < count; i++)
        result[i] = function(x[i]);
}

/* libm's functions in the precision at hand. */
#if defined(KERNEL_DOUBLE)
#define LIBM(name) name
#else
#define LIBM(name) name##f
#endif

static inline real negate(real x)
{
    return -x;
}

static inline real absolute(real x)
{
    return LIBM(fabs)(x);
}

static inline real square_root(real x)
{
    return LIBM(sqrt)(x);
}

static inline real whole(real x)
{
    return LIBM(floor)(x);
}

/* 0 at 0; NaN stays. */
static inline real sign(real x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

/* NaN fails the comparison and stays. */
static inline real rectified(real x)
{
    return x < 0 ? 0 : x;
}

static inline real inverse(real x)
{
    return x == 0;
}

void KERNEL_NAME(unary_negate)(const KernelArguments *arguments)
{
    map(arguments, negate);
}

void KERNEL_NAME(unary_abs)(const KernelArguments *arguments)
{
    map(arguments, absolute);
}

void KERNEL_NAME(unary_exp)(const KernelArguments *arguments)
{
    map(arguments, function_exp);
}

void KERNEL_NAME(unary_expm1)(const KernelArguments *arguments)
{
    map(arguments, LIBM(expm1));
}

void KERNEL_NAME(unary_log)(const KernelArguments *arguments)
{
    map(arguments, function_log);
}

void KERNEL_NAME(unary_log1p)(const KernelArguments *arguments)
{
    map(arguments, LIBM(log1p));
}

void KERNEL_NAME(unary_sqrt)(const KernelArguments *arguments)
{
    map(arguments, square_root);
}

void KERNEL_NAME(unary_sin)(const KernelArguments *arguments)
{
    map(arguments, LIBM(sin));
}

void KERNEL_NAME(unary_cos)(const KernelArguments *arguments)
{
    map(arguments, LIBM(cos));
}

void KERNEL_NAME(unary_tanh)(const KernelArguments *arguments)
{
    map(arguments, function_tanh);
}

void KERNEL_NAME(unary_logistic)(const KernelArguments *arguments)
{
    map(arguments, function_logistic);
}

void KERNEL_NAME(unary_erf)(const KernelArguments *arguments)
{
    map(arguments, function_erf);
}

void KERNEL_NAME(unary_floor)(const KernelArguments *arguments)
{
    map(arguments, whole);
}

void KERNEL_NAME(unary_sign)(const KernelArguments *arguments)
{
    map(arguments, sign);
}

void KERNEL_NAME(unary_relu)(const KernelArguments *arguments)
{
    map(arguments, rectified);
}

void KERNEL_NAME(unary_not)(const KernelArguments *arguments)
{
    map(arguments, inverse);
}

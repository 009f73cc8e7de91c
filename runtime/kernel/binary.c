/* Element-wise kernels of two operands with broadcasting, and `where`; integers as nest.h says. Inside a run each operand is walked or
 * stands still, and each of these cases is a loop of its own that the compiler turns into vector instructions. */
#include "kernel/function.h"
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/real.h"

typedef real (*Binary)(real a, real b);

INLINED void run(Binary function, int64_t count, const real *a, bool a_walks, const real *b, bool b_walks, real *result)
{
    real first = *a;
    real second = *b;
    if (a_walks && b_walks) {
        INDEPENDENT
        for (int64_t i = 0; i < count; i++)
            result[i] = function(a[i], b[i]);
    } else if (a_walks) {
        INDEPENDENT
        for (int64_t i = 0; i < count; i++)
            result[i] = function(a[i], second);
    } else if (b_walks) {
        INDEPENDENT
        for (int64_t i = 0; i < count; i++)
            result[i] = function(first, b[i]);
    } else {
        real value = function(first, second);
        INDEPENDENT
        for (int64_t i = 0; i < count; i++)
            result[i] = value;
    }
}

INLINED void broadcast(const KernelArguments *arguments, Binary function)
{
    static const int width[] = {1, 1};
    const real *a = arguments->operands[0];
    const real *b = arguments->operands[1];
    real *result = arguments->result;
    Nest nest;
    nest_start(&nest, arguments, 2, width);
    int last = nest.rank - 1;
    do
        run(function, nest.size[last], a + nest.offset[0], nest.stride[0][last] != 0, b + nest.offset[1], nest.stride[1][last] != 0,
            result + nest.done);
    while (nest_next(&nest, 2));
}

#if defined(KERNEL_DOUBLE)
#define LIBM(name) name
#else
#define LIBM(name) name##f
#endif

static inline real add(real a, real b)
{
    return a + b;
}

static inline real subtract(real a, real b)
{
    return a - b;
}

static inline real multiply(real a, real b)
{
    return a * b;
}

static inline real divide(real a, real b)
{
    return a / b;
}

static inline real power(real a, real b)
{
    return LIBM(pow)(a, b);
}

/* a - b floor(a / b) without rounding on the way: fmod is exact and has the sign of a, this the sign of b. */
static inline real remainder_floor(real a, real b)
{
    real rest = LIBM(fmod)(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* A NaN in a stays by the second test, one in b by failing both. */
static inline real maximum(real a, real b)
{
    return ((a > b) | (a != a)) ? a : b;
}

static inline real minimum(real a, real b)
{
    return ((a < b) | (a != a)) ? a : b;
}

static inline real equal(real a, real b)
{
    return a == b;
}

static inline real not_equal(real a, real b)
{
    return a != b;
}

static inline real less(real a, real b)
{
    return a < b;
}

static inline real less_equal(real a, real b)
{
    return a <= b;
}

static inline real both(real a, real b)
{
    return (a != 0) & (b != 0);
}

static inline real either(real a, real b)
{
    return (a != 0) | (b != 0);
}

void KERNEL_NAME(binary_add)(const KernelArguments *arguments)
{
    broadcast(arguments, add);
}

void KERNEL_NAME(binary_subtract)(const KernelArguments *arguments)
{
    broadcast(arguments, subtract);
}

void KERNEL_NAME(binary_multiply)(const KernelArguments *arguments)
{
    broadcast(arguments, multiply);
}

void KERNEL_NAME(binary_divide)(const KernelArguments *arguments)
{
    broadcast(arguments, divide);
}

void KERNEL_NAME(binary_power)(const KernelArguments *arguments)
{
    broadcast(arguments, power);
}

void KERNEL_NAME(binary_remainder)(const KernelArguments *arguments)
{
    broadcast(arguments, remainder_floor);
}

void KERNEL_NAME(binary_maximum)(const KernelArguments *arguments)
{
    broadcast(arguments, maximum);
}

void KERNEL_NAME(binary_minimum)(const KernelArguments *arguments)
{
    broadcast(arguments, minimum);
}

void KERNEL_NAME(binary_equal)(const KernelArguments *arguments)
{
    broadcast(arguments, equal);
}

void KERNEL_NAME(binary_not_equal)(const KernelArguments *arguments)
{
    broadcast(arguments, not_equal);
}

void KERNEL_NAME(binary_less)(const KernelArguments *arguments)
{
    broadcast(arguments, less);
}

void KERNEL_NAME(binary_less_equal)(const KernelArguments *arguments)
{
    broadcast(arguments, less_equal);
}

void KERNEL_NAME(binary_and)(const KernelArguments *arguments)
{
    broadcast(arguments, both);
}

void KERNEL_NAME(binary_or)(const KernelArguments *arguments)
{
    broadcast(arguments, either);
}

/* One run of `where`; steps are 0 or 1, and both branches are read so that no load depends on the condition. */
INLINED void choose(int64_t count, const real *condition, int64_t condition_step, const real *a, int64_t a_step, const real *b,
                    int64_t b_step, real *result)
{
    INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
        real yes = a[i * a_step];
        real no = b[i * b_step];
        result[i] = condition[i * condition_step] != 0 ? yes : no;
    }
}

/* The common cases of steps have loops of their own. */
static void choose_run(int64_t count, const real *condition, int64_t condition_step, const real *a, int64_t a_step, const real *b,
                       int64_t b_step, real *result)
{
    if (condition_step && a_step && b_step)
        choose(count, condition, 1, a, 1, b, 1, result);
    else if (condition_step && a_step)
        choose(count, condition, 1, a, 1, b, 0, result);
    else if (condition_step && b_step)
        choose(count, condition, 1, a, 0, b, 1, result);
    else if (condition_step)
        choose(count, condition, 1, a, 0, b, 0, result);
    else
        choose(count, condition, 0, a, a_step, b, b_step, result);
}

void KERNEL_NAME(binary_where)(const KernelArguments *arguments)
{
    static const int width[] = {1, 1, 1};
    const real *condition = arguments->operands[0];
    const real *a = arguments->operands[1];
    const real *b = arguments->operands[2];
    real *result = arguments->result;
    Nest nest;
    nest_start(&nest, arguments, 3, width);
    int last = nest.rank - 1;
    do
        choose_run(nest.size[last], condition + nest.offset[0], nest.stride[0][last], a + nest.offset[1], nest.stride[1][last],
                   b + nest.offset[2], nest.stride[2][last], result + nest.done);
    while (nest_next(&nest, 3));
}

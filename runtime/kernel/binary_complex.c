/* Element-wise kernels of two operands of which one or both are complex, and `where` over them. Integers: the nest (nest.h), then for
 * each operand whether it is complex. Complex numbers are pairs (re, im); a real operand counts as re. */
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/real.h"

#include <math.h>

typedef struct Complex {
    real re;
    real im;
} Complex;

typedef Complex (*Binary)(Complex a, Complex b);
typedef real (*Comparison)(Complex a, Complex b);

/* An operand: its buffer, how many reals an element has, and how many it moves on in a run. */
typedef struct Operand {
    const real *data;
    int width;
    int64_t step;
} Operand;

static inline Complex fetch(const Operand *operand, int64_t index)
{
    const real *at = operand->data + index * operand->step;
    return (Complex){at[0], operand->width == 2 ? at[1] : 0};
}

/* What a call says of its operands. */
typedef struct Operands {
    int width[NEST_OPERANDS];
    Nest nest;
} Operands;

static void start(Operands *operands, const KernelArguments *arguments, int count)
{
    int64_t read = 1 + arguments->integers[0] * (count + 1);
    for (int k = 0; k < count; k++)
        operands->width[k] = arguments->integers[read + k] ? 2 : 1;
    nest_start(&operands->nest, arguments, count, operands->width);
}

/* Operand k as the run at hand sees it. */
static Operand at_run(const Operands *operands, const KernelArguments *arguments, int k)
{
    const Nest *nest = &operands->nest;
    int width = operands->width[k];
    const real *data = arguments->operands[k];
    return (Operand){data + nest->offset[k] * width, width, nest->stride[k][nest->rank - 1] * width};
}

static int64_t run_length(const Operands *operands)
{
    return operands->nest.size[operands->nest.rank - 1];
}

INLINED void combine(const KernelArguments *arguments, Binary function)
{
    Operands operands = {0};
    start(&operands, arguments, 2);
    do {
        Operand a = at_run(&operands, arguments, 0);
        Operand b = at_run(&operands, arguments, 1);
        real *result = (real *)arguments->result + 2 * operands.nest.done;
        for (int64_t i = 0; i < run_length(&operands); i++) {
            Complex value = function(fetch(&a, i), fetch(&b, i));
            result[2 * i] = value.re;
            result[2 * i + 1] = value.im;
        }
    } while (nest_next(&operands.nest, 2));
}

INLINED void compare(const KernelArguments *arguments, Comparison function)
{
    Operands operands = {0};
    start(&operands, arguments, 2);
    do {
        Operand a = at_run(&operands, arguments, 0);
        Operand b = at_run(&operands, arguments, 1);
        real *result = (real *)arguments->result + operands.nest.done;
        for (int64_t i = 0; i < run_length(&operands); i++)
            result[i] = function(fetch(&a, i), fetch(&b, i));
    } while (nest_next(&operands.nest, 2));
}

static inline Complex add(Complex a, Complex b)
{
    return (Complex){a.re + b.re, a.im + b.im};
}

static inline Complex subtract(Complex a, Complex b)
{
    return (Complex){a.re - b.re, a.im - b.im};
}

static inline Complex multiply(Complex a, Complex b)
{
    return (Complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* Scaled by the larger part of b (Smith 1962), so that |b|^2 is never formed, which may overflow though the quotient does not. */
static inline Complex divide(Complex a, Complex b)
{
    real re = b.re < 0 ? -b.re : b.re;
    real im = b.im < 0 ? -b.im : b.im;
    if (b.im == 0)
        return (Complex){a.re / b.re, a.im / b.re};
    if (re >= im) {
        real ratio = b.im / b.re;
        real below = b.re + b.im * ratio;
        return (Complex){(a.re + a.im * ratio) / below, (a.im - a.re * ratio) / below};
    }
    real ratio = b.re / b.im;
    real below = b.re * ratio + b.im;
    return (Complex){(a.re * ratio + a.im) / below, (a.im * ratio - a.re) / below};
}

static inline real equal(Complex a, Complex b)
{
    return a.re == b.re && a.im == b.im;
}

static inline real not_equal(Complex a, Complex b)
{
    return a.re != b.re || a.im != b.im;
}

void KERNEL_NAME(complex_add)(const KernelArguments *arguments)
{
    combine(arguments, add);
}

void KERNEL_NAME(complex_subtract)(const KernelArguments *arguments)
{
    combine(arguments, subtract);
}

/* The product of both complex, operands of one shape: the inner loop of filter banks, so it has a loop of its own. */
static void multiply_run(int64_t count, const real *a, const real *b, real *result)
{
    INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
        real re = a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1];
        real im = a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i];
        result[2 * i] = re;
        result[2 * i + 1] = im;
    }
}

/* Complex by real of one shape: filters whose transform is real. */
static void scale_run(int64_t count, const real *a, const real *b, real *result)
{
    INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
        real factor = b[i];
        result[2 * i] = a[2 * i] * factor;
        result[2 * i + 1] = a[2 * i + 1] * factor;
    }
}

void KERNEL_NAME(complex_multiply)(const KernelArguments *arguments)
{
    Operands operands = {0};
    start(&operands, arguments, 2);
    do {
        Operand a = at_run(&operands, arguments, 0);
        Operand b = at_run(&operands, arguments, 1);
        real *result = (real *)arguments->result + 2 * operands.nest.done;
        int64_t count = run_length(&operands);
        if (a.step == 2 && b.step == 2 && a.width == 2 && b.width == 2)
            multiply_run(count, a.data, b.data, result);
        else if (a.step == 2 && b.step == 1)
            scale_run(count, a.data, b.data, result);
        else if (b.step == 2 && a.step == 1)
            scale_run(count, b.data, a.data, result);
        else
            for (int64_t i = 0; i < count; i++) {
                Complex value = multiply(fetch(&a, i), fetch(&b, i));
                result[2 * i] = value.re;
                result[2 * i + 1] = value.im;
            }
    } while (nest_next(&operands.nest, 2));
}

void KERNEL_NAME(complex_divide)(const KernelArguments *arguments)
{
    combine(arguments, divide);
}

void KERNEL_NAME(complex_equal)(const KernelArguments *arguments)
{
    compare(arguments, equal);
}

void KERNEL_NAME(complex_not_equal)(const KernelArguments *arguments)
{
    compare(arguments, not_equal);
}

void KERNEL_NAME(complex_where)(const KernelArguments *arguments)
{
    Operands operands = {0};
    start(&operands, arguments, 3);
    do {
        Operand condition = at_run(&operands, arguments, 0);
        Operand a = at_run(&operands, arguments, 1);
        Operand b = at_run(&operands, arguments, 2);
        real *result = (real *)arguments->result + 2 * operands.nest.done;
        for (int64_t i = 0; i < run_length(&operands); i++) {
            Complex value = fetch(&condition, i).re != 0 ? fetch(&a, i) : fetch(&b, i);
            result[2 * i] = value.re;
            result[2 * i + 1] = value.im;
        }
    } while (nest_next(&operands.nest, 3));
}

/* Kernels of complex numbers: joining, taking apart, conjugate, modulus. Complex numbers are pairs (re, im). Integers: elements of one sample;
 * of complex, the nest of its two real operands (nest.h). */
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/real.h"

#include <math.h>

void KERNEL_NAME(spectral_complex)(const KernelArguments *arguments)
{
    static const int width[] = {1, 1};
    Nest nest;
    nest_start(&nest, arguments, 2, width);
    int last = nest.rank - 1;
    do {
        const real *re = (const real *)arguments->operands[0] + nest.offset[0];
        const real *im = (const real *)arguments->operands[1] + nest.offset[1];
        real *result = (real *)arguments->result + 2 * nest.done;
        for (int64_t i = 0; i < nest.size[last]; i++) {
            result[2 * i] = re[i * nest.stride[0][last]];
            result[2 * i + 1] = im[i * nest.stride[1][last]];
        }
    } while (nest_next(&nest, 2));
}

static int64_t elements(const KernelArguments *arguments)
{
    return arguments->integers[0] * arguments->samples;
}

/* Every second real, from `part` on. */
static void take_part(const KernelArguments *arguments, int part)
{
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    for (int64_t i = 0; i < elements(arguments); i++)
        result[i] = x[2 * i + part];
}

void KERNEL_NAME(spectral_real)(const KernelArguments *arguments)
{
    take_part(arguments, 0);
}

void KERNEL_NAME(spectral_imag)(const KernelArguments *arguments)
{
    take_part(arguments, 1);
}

void KERNEL_NAME(spectral_conj)(const KernelArguments *arguments)
{
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    int64_t count = elements(arguments);
    INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
        result[2 * i] = x[2 * i];
        result[2 * i + 1] = -x[2 * i + 1];
    }
}

/* Squares of single-precision numbers neither overflow nor vanish in double precision; those of doubles need hypot, which would hide a NaN
 * behind an infinity. */
static inline real length(real re, real im)
{
#if defined(KERNEL_DOUBLE)
    return re != re || im != im ? re + im : hypot(re, im);
#else
    return (float)sqrt((double)re * (double)re + (double)im * (double)im);
#endif
}

void KERNEL_NAME(spectral_modulus)(const KernelArguments *arguments)
{
    const real *x = arguments->operands[0];
    real *result = arguments->result;
    int64_t count = elements(arguments);
    for (int64_t i = 0; i < count; i++)
        result[i] = length(x[2 * i], x[2 * i + 1]);
}

/* Which form of a kernel runs: the one for the most instructions that the processor has. */
#include "kernel/kernel.h"

#if defined(__x86_64__)
KernelLevel kernel_level(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2"))
        return KERNEL_BASELINE;
    bool has_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has_v4 ? KERNEL_LEVEL_V4 : KERNEL_LEVEL_V3;
}
#else
KernelLevel kernel_level(void)
{
    return KERNEL_BASELINE;
}
#endif

KernelFunction kernel_function(const KernelInfo *kernel, bool precise, KernelLevel level)
{
    for (int i = level; i > KERNEL_BASELINE; i--)
        if (kernel->wider[i - 1][precise])
            return kernel->wider[i - 1][precise];
    return precise ? kernel->precise : kernel->single;
}

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

KernelLevel kernel_form(const KernelInfo *kernel, bool precise, KernelLevel level)
{
    int form = level;
    while (form > KERNEL_BASELINE && !kernel->wider[form - 1][precise])
        form--;
    return (KernelLevel)form;
}

const char *kernel_suffix(bool precise, KernelLevel form)
{
    static const char *const suffixes[2][KERNEL_LEVELS] = {{"_single", "_single_v3", "_single_v4"},
                                                           {"_double", "_double_v3", "_double_v4"}};
    return suffixes[precise][form];
}

KernelFunction kernel_function(const KernelInfo *kernel, bool precise, KernelLevel level)
{
    KernelLevel form = kernel_form(kernel, precise, level);
    if (form > KERNEL_BASELINE)
        return kernel->wider[form - 1][precise];
    return precise ? kernel->precise : kernel->single;
}

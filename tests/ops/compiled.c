/* Kernels through the compiling engine, one call at a time; see compiled.h. */
#include "ops/compiled.h"

#include "base/allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

bool compiled_exist(void)
{
#if defined(STRATA_TEST_COMPILED)
    return true;
#else
    return false;
#endif
}

CompiledCall compiled_call(const KernelInfo *kernel, const KernelCall *call, bool precise, KernelLevel level,
                           const KernelArguments *arguments, int64_t operand_count)
{
    char symbol[80];
    snprintf(symbol, sizeof symbol, "%s%s", kernel->symbol, kernel_suffix(precise, kernel_form(kernel, precise, level)));
    NativeKernel row = {
        .symbol = symbol,
        .numbers_known = true,
        .integers = call->integers,
        .integer_count = call->integer_count,
        .reals = call->reals,
        .real_count = call->real_count,
        .strides = arguments->strides,
        .operand_count = operand_count,
        .result_stride = arguments->result_stride,
        .one_sample = arguments->samples == 1,
    };
    StrataAllocator allocator = strata_default_allocator();
    NativeRequest request = {.allocator = &allocator,
                             .kernels = &row,
                             .count = 1,
                             .most_instructions = INT64_MAX,
                             .most_instructions_together = INT64_MAX};
    StrataError error = {0};
    CompiledCall compiled = {.compiler = native_load(&error)};
    if (!compiled.compiler || !(compiled.code = compiled.compiler->compile(&request, &error)))
        fail_msg("%s", error.message);
    if (!row.function)
        fail_msg("%s is not compiled: %s", symbol, row.reason);
    compiled.function = row.function;
    return compiled;
}

void compiled_release(CompiledCall *call)
{
    call->compiler->release(call->code);
}

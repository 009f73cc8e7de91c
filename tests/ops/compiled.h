/* One call of a kernel as LLVM compiles it, with its numbers built in. */
#ifndef STRATA_TESTS_OPS_COMPILED_H
#define STRATA_TESTS_OPS_COMPILED_H

#include "engine/native.h"

typedef struct CompiledCall {
    KernelFunction function; /* lives until the release */
    const NativeCompiler *compiler;
    NativeCode *code;
} CompiledCall;

/* Whether these tests were built with the compiling engine. */
bool compiled_exist(void);

/* Compiles the form of a kernel that is written for the level, which this processor has, for the numbers and strides of the arguments. Fails the running test when
 * that cannot be done. */
CompiledCall compiled_call(const KernelInfo *kernel, const KernelCall *call, bool precise, KernelLevel level,
                           const KernelArguments *arguments, int64_t operand_count);
void compiled_release(CompiledCall *call);

#endif

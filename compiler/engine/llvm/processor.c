/* The processor that code is made for: the one at hand. */
#include "compilation.h"

#include <llvm-c/Target.h>
#include <pthread.h>
#include <string.h>

/* LLVM's table of targets is one for the process, and filling it is not made for several threads. */
static void fill_targets(void)
{
    LLVMInitializeNativeTarget();
    LLVMInitializeNativeAsmPrinter();
}

static pthread_once_t targets_filled = PTHREAD_ONCE_INIT;

LLVMTargetMachineRef processor_machine(const Processor *processor, StrataError *error)
{
    LLVMTargetRef target;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(processor->triple, &target, &message)) {
        error_set(error, STRATA_INTERNAL, 0, "LLVM knows no target %s: %s", processor->triple, message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(target, processor->triple, processor->name, processor->features,
                                                           LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelJITDefault);
    if (!machine)
        error_set(error, STRATA_INTERNAL, 0, "LLVM makes no code for %s", processor->name);
    return machine;
}

bool processor_open(Compilation *compilation, StrataError *error)
{
    pthread_once(&targets_filled, fill_targets);
    Processor *processor = &compilation->processor;
    processor->triple = LLVMGetDefaultTargetTriple();
    processor->name = LLVMGetHostCPUName();
    processor->features = LLVMGetHostCPUFeatures();
    compilation->machine = processor_machine(processor, error);
    return compilation->machine != NULL;
}

void processor_close(Compilation *compilation)
{
    if (compilation->machine)
        LLVMDisposeTargetMachine(compilation->machine);
    LLVMDisposeMessage(compilation->processor.triple);
    LLVMDisposeMessage(compilation->processor.name);
    LLVMDisposeMessage(compilation->processor.features);
}

void processor_apply(const Processor *processor, LLVMValueRef function)
{
    /* what clang wrote for the processor that it was told; functions inline only into ones with the same */
    static const char *const written[] = {"target-cpu", "target-features", "tune-cpu"};
    for (int i = 0; i < 3; i++)
        LLVMRemoveStringAttributeAtIndex(function, LLVMAttributeFunctionIndex, written[i], (unsigned)strlen(written[i]));
    LLVMAddTargetDependentFunctionAttr(function, "target-cpu", processor->name);
    LLVMAddTargetDependentFunctionAttr(function, "target-features", processor->features);
}

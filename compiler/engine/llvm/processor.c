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
    LLVMInitializeNativeAsmParser(); /* of assembly inside C: asking the processor for its level */
}

static pthread_once_t targets_filled = PTHREAD_ONCE_INIT;

static LLVMTargetMachineRef make_machine(const Processor *processor, LLVMCodeModel model, StrataError *error)
{
    LLVMTargetRef target;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(processor->triple, &target, &message)) {
        error_set(error, STRATA_INTERNAL, 0, "LLVM knows no target %s: %s", processor->triple, message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    LLVMTargetMachineRef machine = LLVMCreateTargetMachine(target, processor->triple, processor->name, processor->features,
                                                           LLVMCodeGenLevelDefault, LLVMRelocPIC, model);
    if (!machine)
        error_set(error, STRATA_INTERNAL, 0, "LLVM makes no code for %s", processor->name);
    return machine;
}

LLVMTargetMachineRef processor_machine(const Processor *processor, StrataError *error)
{
    return make_machine(processor, LLVMCodeModelJITDefault, error);
}

/* Null is the processor at hand. */
static void name_processor(Processor *processor, const char *name)
{
    pthread_once(&targets_filled, fill_targets);
    processor->triple = LLVMGetDefaultTargetTriple();
    processor->name = name ? LLVMCreateMessage(name) : LLVMGetHostCPUName();
    processor->features = name ? LLVMCreateMessage("") : LLVMGetHostCPUFeatures();
}

bool processor_open_named(Compilation *compilation, const char *name, StrataError *error)
{
    name_processor(&compilation->processor, name);
    compilation->machine = make_machine(&compilation->processor, LLVMCodeModelSmall, error);
    return compilation->machine != NULL;
}

bool processor_open(Compilation *compilation, StrataError *error)
{
    name_processor(&compilation->processor, NULL);
    compilation->machine = processor_machine(&compilation->processor, error);
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

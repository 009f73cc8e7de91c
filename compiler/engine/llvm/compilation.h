/* Inside the module that compiles: what its files hand to each other. The only header that includes LLVM's.
 *
 *     bitcode.c: the module of a kernel's source file --> specialise.c: callers with numbers built in --> compile.c: passes, code, texts
 *
 * One LLVM context a compilation, shared by all of its modules. Whatever LLVM hands out as text or error is copied and given back by the
 * function that belongs to it. */
#ifndef STRATA_ENGINE_LLVM_COMPILATION_H
#define STRATA_ENGINE_LLVM_COMPILATION_H

#include "base/allocator.h"
#include "base/error.h"
#include "engine/native.h"

#include <llvm-c/Core.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/TargetMachine.h>
#include <llvm/Config/llvm-config.h>

#if LLVM_VERSION_MAJOR != 19
#error "this module is written for LLVM 19: its C interface changes between versions"
#endif

/* The processor that code is made for. Strings belong to LLVM. */
typedef struct Processor {
    char *triple;
    char *name;
    char *features;
} Processor;

/* Bitcode of a kernel's source file in one precision, embedded. */
typedef struct Bitcode {
    const char *name;
    const char *start;
    const char *end;
} Bitcode;

enum { BITCODE_LIMIT = 256 };

/* Everything of one call of `compile`. */
typedef struct Compilation {
    const NativeRequest *request;
    Processor processor;
    LLVMTargetMachineRef machine;
    LLVMOrcThreadSafeContextRef shared; /* holds `context` */
    LLVMContextRef context;
    LLVMModuleRef directory[BITCODE_LIMIT]; /* those that were looked into, with their functions' names alone */
    LLVMModuleRef parts[BITCODE_LIMIT];     /* those of them that are needed, whole */
    LLVMModuleRef module;                   /* all parts linked together */
    char message[128];                      /* what LLVM complained about last */
} Compilation;

/* processor.c: the processor at hand, and a machine that makes code for it; false after filling `error`. Released by the second. */
bool processor_open(Compilation *compilation, StrataError *error);
/* The same for an object file and a processor by LLVM's name; null: the one at hand. */
bool processor_open_named(Compilation *compilation, const char *name, StrataError *error);
void processor_close(Compilation *compilation);

/* Another machine for the same processor, which belongs to the caller; null after filling `error`. */
LLVMTargetMachineRef processor_machine(const Processor *processor, StrataError *error);

/* Makes a function be compiled for the processor, whatever it said before. */
void processor_apply(const Processor *processor, LLVMValueRef function);

/* bitcode.c: the part, read whole, in which a function is defined, or null. Parts belong to the compilation until they are taken out of it. */
LLVMModuleRef bitcode_part(Compilation *compilation, const char *symbol);
void bitcode_close(Compilation *compilation);

/* Reads the parts that those read so far call into, and so on. */
void bitcode_complete(Compilation *compilation);

/* specialise.c: adds to the part of a kernel a function, `name`, that takes KernelArguments and runs the kernel with the numbers of the call, whatever
 * the arguments say. Not optimised yet. False when the kernel is not among the bitcode, or memory ends. */
bool specialise(Compilation *compilation, const NativeKernel *kernel, const char *name);

/* object.c: an object file of a net's code and its glue; see native.h. */
bool object_make(NativeObject *object, StrataError *error);

#endif

/* The compiler of native code, as the engine sees it: a struct of functions that a module of its own fills, `libstrata_llvm`.
 *
 *     Plan --program_compile--> NativeRequest --NativeCompiler--> functions that replace kernels
 *
 * LLVM is large, and a program that is linked to it starts slowly; so nothing here knows LLVM, and the module is loaded when the first Program is
 * compiled. It stays loaded until the process ends. The module takes a kernel and the numbers of one of its calls, and gives the same
 * kernel with these numbers built in. */
#ifndef STRATA_ENGINE_NATIVE_H
#define STRATA_ENGINE_NATIVE_H

#include "kernel/kernel.h"

#include <stdatomic.h>

/* A kernel to be compiled, and what became of it. */
typedef struct NativeKernel {
    const char *symbol; /* of the kernel's function: "binary_add_single" */
    bool numbers_known; /* for one call, whose numbers follow; else for every one */
    const int64_t *integers;
    int64_t integer_count;
    const double *reals;
    int64_t real_count;
    const int64_t *strides;
    int64_t operand_count;
    int64_t result_stride;
    bool one_sample; /* in every call; else their number is known only then */
    /* Filled by the compiler: */
    KernelFunction function; /* does all by itself; null where there is none, for the reason given */
    char reason[160];
    int64_t instructions; /* of its function in LLVM's intermediate language, after optimisation */
} NativeKernel;

typedef enum NativeForm { NATIVE_CODE, NATIVE_LLVM, NATIVE_ASSEMBLY } NativeForm;

typedef struct NativeRequest {
    const StrataAllocator *allocator;
    NativeForm form; /* functions to call, or texts to read */
    NativeKernel *kernels;
    int64_t count;
    /* Kernels that come out longer, and all that follow once the sum is longer, stay as they are: so the time and the memory of a compilation are
     * bounded, by numbers that do not depend on the machine's load. */
    int64_t most_instructions;
    int64_t most_instructions_together;
    const atomic_bool
        *cancelled; /* looked at between the steps of a compilation, which then ends with STRATA_CANCELLED; null: never */
} NativeRequest;

typedef struct NativeCode NativeCode;

/* A net's code for one processor, as LLVM IR that calls kernels by the names of their functions. */
typedef struct NativeTarget {
    const char *processor; /* LLVM's name ("x86-64-v3"), or null: the one at hand */
    const char *text;
    size_t length;
} NativeTarget;

/* An object file (or text) to be made. */
typedef struct NativeObject {
    const StrataAllocator *allocator;
    NativeForm form; /* NATIVE_CODE: an object file */
    const NativeTarget *targets;
    int64_t target_count;
    const char *glue; /* IR for every processor: what calls the targets' functions, and is called from outside */
    size_t glue_length;
    const char *const *entries; /* names that targets define for the glue */
    int64_t entry_count;
    const char *const *exported; /* names that the object shows; all others become its own */
    int64_t exported_count;
    /* Filled by the compiler; bytes are the caller's, from the allocator: */
    char *bytes;
    size_t size;
} NativeObject;

typedef struct NativeCompiler {
    const char *version;   /* of Strata; another one's module is refused */
    size_t arguments_size; /* of KernelArguments, which both sides must see alike */
    /* Null after filling `error`: nothing could be compiled. A kernel that fails by itself says so in its row. Any number of threads may
     * compile at once. Functions live as long as the code. */
    NativeCode *(*compile)(const NativeRequest *request, StrataError *error);
    void (*release)(NativeCode *code); /* null is allowed */
    /* False after filling `error`. A processor that LLVM does not know is as if none were named. */
    bool (*object)(NativeObject *object, StrataError *error);
    /* The whole as text, where a text was asked for; else null. Belongs to the code. */
    const char *(*text)(const NativeCode *code);
} NativeCompiler;

/* The only name that the module shows. */
#define NATIVE_COMPILER_SYMBOL "strata_native_compiler"
typedef const NativeCompiler *NativeCompilerFunction(void);

/* Loads the module from the folder `strata` beside the library (or program) that this code is part of. Null after filling `error` (E1060): it
 * is not there, or cannot be loaded. */
const NativeCompiler *native_load(StrataError *error);

#endif

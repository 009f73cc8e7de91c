/* Inside the engine: the kernel calls of a Plan on their way through the compiler (compile.c), at once or behind (behind.c). */
#ifndef STRATA_ENGINE_CALLS_H
#define STRATA_ENGINE_CALLS_H

#include "engine/interpreter/interpreter.h"

/* The calls of a Plan, and which one each step is. It lies in the Program's arena. */
typedef struct Calls {
    NativeKernel *kernels;
    int64_t count, capacity;
    int32_t *row;              /* of each step; -1: it stays as it is */
    KernelFunction *functions; /* of each step, filled when all is compiled */
} Calls;

/* Those that pay over so many samples: all that takes memory of the arena, before LLVM owns anything. With `all`, also those of kernels that are as fast
 * as they are. Null after filling `error`. */
Calls *calls_prepare(Program *program, int64_t samples, bool all, StrataError *error);

/* Hands the calls to the compiler; the Program owns what comes back. Takes nothing of the arena, so runs may go on meanwhile. */
bool calls_compile(Program *program, const Calls *calls, const CompileOptions *options, NativeForm form,
                   const atomic_bool *cancelled, StrataError *error);

/* Runs that begin from now on use the functions. */
void calls_publish(Program *program, const Calls *calls);

/* Breaks off what is compiled behind, and waits for its end. */
void behind_end(Program *program);

#endif

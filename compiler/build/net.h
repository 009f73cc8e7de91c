/* The code of a net as LLVM IR, from its Plan. */
#ifndef STRATA_BUILD_NET_H
#define STRATA_BUILD_NET_H

#include "build/facts.h"
#include "kernel/kernel.h"

/* Writes `void @NAME_net_run SUFFIX (ptr run)` and, where the user prepares, `@NAME_net_prepare SUFFIX`, whose argument is a BuiltRun (built/built.h).
 * They call kernels by the names of their functions, each through a function of its own that has the numbers of the call as constants: equal calls
 * share one. `suffix` tells apart the same net for several
 * processors; `level` is the processor's. */
void net_write(const Facts *facts, const char *suffix, KernelLevel level, Text *out);

#endif

/* Calls of kernels with constant numbers: a function for each distinct one. */
#ifndef STRATA_BUILD_CALL_H
#define STRATA_BUILD_CALL_H

#include "base/map.h"
#include "build/facts.h"
#include "kernel/kernel.h"

/* One distinct call: a step that makes it, and whether it is for one sample in every case. */
typedef struct Call {
    const Step *step;
    bool one;
} Call;

typedef struct CallTable {
    const Facts *facts;
    KernelLevel level; /* of the processor that the code is for */
    Map numbers;       /* from the text of a call's numbers to its row + 1 */
    Call *rows;
    int64_t count, capacity;
} CallTable;

CallTable call_table_make(const Facts *facts, KernelLevel level);

/* The number of the function for a step's call; equal calls have the same. */
int64_t call_of(CallTable *table, const Step *step, bool one);

/* Writes the functions `@NAME_kernel_K(run, operands, result, samples, scratch, table, iteration, first)`. */
void call_table_write(const CallTable *table, Text *out);

#endif

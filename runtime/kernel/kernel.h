/* Kernels: the loops that do the work, and the one table that names them.
 *
 * A kernel is a C function over buffers of reals. All of its sizes come as numbers, so that an emitter can write the same call
 * with constants. Buffers are dense; a batched operand has its samples one behind the other. */
#ifndef STRATA_KERNEL_KERNEL_H
#define STRATA_KERNEL_KERNEL_H

#include "strata_runtime.h"

typedef struct Parallel Parallel;

/* One call of one kernel, as an operation's lowering says it: operands are the node's operands in order, then its results. */
typedef struct KernelCall {
    const char *kernel; /* name of a row of the table; null: the result is the first operand's memory, seen in another shape */
    int64_t *integers;
    int64_t integer_count;
    int64_t integer_capacity;
    double *reals;
    int64_t real_count;
    int64_t real_capacity;
    uint32_t in_place; /* bit k: the result may lie in operand k's memory */
} KernelCall;

/* What a kernel works on. */
typedef struct KernelArguments {
    const int64_t *integers;
    const double *reals;
    const void *const *operands; /* buffers of reals, aligned for a real and no more */
    void *result;
    const int64_t *strides; /* reals from one sample to the next, for each operand; 0 for an unbatched one */
    int64_t result_stride;  /* likewise for the result */
    int64_t samples;        /* at least 1; 1 when nothing is batched */
    void *scratch;          /* as many reals as the row's `scratch` asks for, aligned to 64 bytes */
    const void *table;      /* what the row's `make_table` wrote, or null */
    /* what random numbers depend on */
    uint64_t seed;
    uint64_t step;
    uint64_t iteration;       /* of the scan around it */
    int64_t first_sample;     /* index in the whole batch of the first sample here */
    const Parallel *parallel; /* null: one thread */
} KernelArguments;

typedef void (*KernelFunction)(const KernelArguments *arguments);

/* What a kernel gains from being compiled when its call is known. */
typedef enum Specialise {
    SPECIALISE_NEVER,     /* nothing: its loops are as fast for all numbers */
    SPECIALISE_PROCESSOR, /* wider vectors: one form for all calls */
    SPECIALISE_NUMBERS,   /* loops and tests that its numbers decide: a form for each call */
} Specialise;

/* Instructions that kernels are compiled for; each level has all of those below. */
typedef enum KernelLevel {
    KERNEL_BASELINE, /* what the whole library is compiled for */
    KERNEL_LEVEL_V3, /* x86-64-v3: AVX2, multiply-add */
    KERNEL_LEVEL_V4, /* x86-64-v4: AVX-512 */
    KERNEL_LEVELS
} KernelLevel;

typedef struct KernelInfo {
    const char *name;
    const char *symbol; /* of both functions, without the _single or _double at its end */
    KernelFunction single;
    KernelFunction precise; /* the same in double precision */
    /* Both for the levels above the baseline, [level - 1][precise]; null: there is no other form. */
    KernelFunction wider[KERNEL_LEVELS - 1][2];
    Specialise (*specialise)(const int64_t *integers); /* null: never */
    bool specialised_alone;                            /* that form does by itself what the kernel else shares among threads */
    /* Reals of scratch for `samples` samples, no fewer for more samples; null: none. */
    size_t (*scratch)(const int64_t *integers, int64_t samples);
    /* Bytes of a constant table (twiddles), and the function that fills it once; null: none. `precise` says which element type. */
    size_t (*table_size)(const int64_t *integers, bool precise);
    void (*make_table)(const int64_t *integers, bool precise, void *table);
} KernelInfo;

/* The row of a name, or null. */
const KernelInfo *kernel_find(const char *name);

/* The highest level that this processor has. */
KernelLevel kernel_level(void);

/* The highest level, up to the one given, that a row has functions of its own for. */
KernelLevel kernel_form(const KernelInfo *kernel, bool precise, KernelLevel level);

/* What such a function's name has behind the row's symbol: "_single", "_double_v3". */
const char *kernel_suffix(bool precise, KernelLevel form);

/* The function of a row for a level. */
KernelFunction kernel_function(const KernelInfo *kernel, bool precise, KernelLevel level);

/* Every row, for tests and documentation. */
const KernelInfo *kernel_row(int64_t index); /* null past the end */

#endif

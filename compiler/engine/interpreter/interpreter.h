/* Inside the interpreter: the objects of program.h, and the execution of a list of steps. */
#ifndef STRATA_ENGINE_INTERPRETER_H
#define STRATA_ENGINE_INTERPRETER_H

#include "engine/native.h"
#include "engine/plan.h"

#include <stdatomic.h>

/* A compilation in a thread of its own (behind.c). */
typedef struct Behind Behind;

struct Program {
    StrataAllocator allocator;
    Arena arena; /* of the Plan */
    const Plan *plan;
    unsigned char *fixed;           /* constants and tables, plan->constants bytes */
    const NativeCompiler *compiler; /* null: nothing is compiled */
    NativeCode *code;
    /* Of each step of `run`: the kernel for this step alone, or null; null: none at all. A compilation behind sets it while runs go on. */
    _Atomic(const KernelFunction *) functions;
    Behind *behind; /* null: none was begun */
};

/* The functions as they are now, whole; a run takes them once. */
static inline const KernelFunction *program_functions(const Program *program)
{
    return atomic_load_explicit(&program->functions, memory_order_acquire);
}

struct Binding {
    const Program *program;
    const void **rows;    /* weights, then states */
    bool *borrowed;       /* of each row */
    unsigned char *owned; /* the rows that are not borrowed */
    size_t owned_size;
    unsigned char *prepared; /* plan->prepared bytes */
};

/* What a list of steps needs besides the memory of its values. */
typedef struct Machine {
    const void **operands; /* for one kernel call: plan->widest of each */
    int64_t *strides;
    int64_t *iterations; /* of each loop: how many were finished */
    unsigned char *work; /* the arena */
    size_t work_size;
} Machine;

struct Workspace {
    const Program *program;
    ThreadPool *pool;
    int64_t capacity; /* samples of one tile */
    Machine machine;
};

bool machine_make(Machine *machine, const Program *program, size_t work_size, StrataError *error);
void machine_release(Machine *machine, const Program *program);

/* One pass through a list, for one tile of samples. */
typedef struct Execution {
    const Program *program;
    const Binding *binding;
    const StepList *list;
    const KernelFunction *functions; /* as in the Program, or null */
    Machine *machine;
    const Parallel *parallel;
    Run *run;
    bool lent; /* values may lie in the caller's memory */
    int layout;
    int64_t samples; /* of the tile; 0 for an empty batch: then only unbatched values are computed */
    int64_t first;   /* of the tile's samples, within the batch */
    double objective;
} Execution;

bool execute(Execution *execution, StrataError *error);

/* Reals from one sample of a value to the next; 0 for an unbatched one. Whether a step does something for each sample. */
int64_t value_stride(const Plan *plan, int32_t value);
bool step_is_batched(const Plan *plan, const Step *step);

/* Where a value lies. */
unsigned char *value_address(const Execution *execution, int32_t value);

/* Copies reals; either side may be of any precision and alignment. */
void copy_reals(void *to, Precision to_element, const void *from, Precision from_element, int64_t count);

/* The steps that hand values over (transfer.c) and those of loops (scan.c). */
bool execute_load(Execution *execution, const Step *step, StrataError *error);
void execute_store(Execution *execution, const Step *step);
void execute_objective(Execution *execution, const Step *step);
void execute_scan_state(Execution *execution, const Step *step);
void execute_scan_slice(Execution *execution, const Step *step);
void execute_scan_stack(Execution *execution, const Step *step);

/* The slice that the current iteration of a loop works on; its number among all iterations of the loops around it, by which random
 * numbers are keyed (0 outside of loops). */
int64_t scan_position(const Execution *execution, int32_t loop);
uint64_t scan_iteration(const Execution *execution, int32_t loop);

#endif

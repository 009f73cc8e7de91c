/* The Plan: which kernels run in which order on which memory.
 *
 * Two lists of steps. `prepare` computes, once for each Binding, what depends on weights, states and constants alone; `run` is done for
 * each tile of samples. A step reads and writes values; a value is a typed view of a buffer; a buffer of work has an offset in one
 * arena, found by liveness, for a tile of one sample and for a larger one. A scan is a loop of steps inside the list: everything
 * between STEP_SCAN_BEGIN and STEP_SCAN_END is done once for each slice. Engines read this and nothing of the Graph. */
#ifndef STRATA_ENGINE_PLAN_H
#define STRATA_ENGINE_PLAN_H

#include "engine/program.h"

/* Every buffer starts at a cache line. */
enum { BUFFER_ALIGNMENT = 64 };

/* A layout gives the buffers of work their places for a number of samples. */
enum { LAYOUT_ONE, LAYOUT_TILE, LAYOUT_COUNT };

typedef enum Storage {
    STORAGE_WORK,     /* in the arena of the list that makes it */
    STORAGE_PREPARED, /* in the Binding: made by `prepare`, read by `run` */
    STORAGE_WEIGHT,   /* row of the tables; in the Binding */
    STORAGE_STATE,
    STORAGE_CONSTANT, /* row of the Plan's constants; in the Program */
} Storage;

typedef struct Buffer {
    Storage storage;
    bool prepare; /* made by the list `prepare`: its lifetime counts the steps of that list */
    bool scratch; /* of one step */
    bool batched;
    int32_t row;
    int32_t merged; /* the buffer whose memory it took over in place, else -1 */
    int32_t input;  /* the input that it holds and nothing changes: it may lie where the caller has it; else -1 */
    int32_t output; /* the output that it becomes and that nothing changes afterwards: likewise; else -1 */
    int32_t loop;   /* innermost loop around its first step, else -1 */
    int64_t reals;  /* of one sample; a scratch buffer counts in bytes alone */
    int64_t first;  /* it lives from this step to `last`, both included */
    int64_t last;
    size_t bytes[LAYOUT_COUNT];
    size_t offset[LAYOUT_COUNT]; /* in the arena; in the prepared memory: the first one counts */
} Buffer;

typedef struct PlanValue {
    Type type;
    int32_t buffer;
    int32_t next; /* the next state that it becomes: it may lie there, where the run lends them; else -1 */
} PlanValue;

typedef enum StepKind {
    STEP_LOAD,       /* result = input `row`, or seed, step, rate (see `op`) */
    STEP_KERNEL,     /* result = kernel(operands) */
    STEP_STORE,      /* output `row` = operand */
    STEP_NEXT_STATE, /* next state `row` = operand */
    STEP_OBJECTIVE,  /* the objective grows by the operand's mean over the batch */
    STEP_SCAN_BEGIN, /* loop `row` begins; its operands are the stacks that it fills */
    STEP_SCAN_STATE, /* result = in the first iteration operand 0, then the slice of operand 1 (the stack) that was written last */
    STEP_SCAN_SLICE, /* result = this iteration's slice of the operand */
    STEP_SCAN_STACK, /* this iteration's slice of operand 1 = operand 0 */
    STEP_SCAN_END,   /* goes back to the step behind STEP_SCAN_BEGIN until all slices are done */
} StepKind;

typedef struct Step {
    StepKind kind;
    Op op; /* for reading: what it computes */
    int32_t row;
    int32_t result;  /* a value, or -1 */
    int32_t scratch; /* a buffer, or -1 */
    int32_t table;   /* a row of the Plan's kernel tables, or -1 */
    int32_t operand_count;
    uint32_t may_overwrite; /* bit k: the kernel may write its result over operand k */
    bool in_place;          /* and the result did take over an operand's memory */
    int32_t *operands;
    const KernelInfo *kernel;
    const int64_t *integers;
    int64_t integer_count;
    const double *reals;
    int64_t real_count;
    const char *origin; /* full name of the place in the source, "" at the top */
} Step;

/* Buffers of an arena by the step at which they begin, or end: those of step p are items[start[p]] .. items[start[p + 1] - 1]. */
typedef struct Schedule {
    int64_t *start;
    int32_t *items;
} Schedule;

typedef struct StepList {
    Step *items;
    int64_t count, capacity;
    Schedule begins, ends;
    size_t peak[LAYOUT_COUNT];    /* bytes of the arena */
    size_t bound[LAYOUT_COUNT];   /* largest sum of buffers alive at one step */
    size_t scratch[LAYOUT_COUNT]; /* the largest scratch of a step; part of the arena */
} StepList;

typedef struct Loop {
    int32_t parent; /* the loop around it, or -1 */
    bool reverse;
    int64_t length; /* number of slices */
    int64_t begin;  /* positions of its first and last step */
    int64_t end;
} Loop;

/* A constant, to be converted to the Plan's precision. `data` belongs to the Graph and is read while the Program is made. */
typedef struct PlanConstant {
    const double *data;
    int64_t reals;
    size_t offset;
} PlanConstant;

/* A table that a kernel fills once; steps with equal numbers share it. */
typedef struct PlanTable {
    const KernelInfo *kernel;
    const int64_t *integers;
    size_t bytes;
    size_t offset;
} PlanTable;

typedef struct Plan {
    Arena *arena;
    const char *name;
    Precision precision;
    bool has_objective;
    int64_t tile;
    int64_t batch;    /* exact number of samples, or 0 */
    int first_layout; /* LAYOUT_TILE where the batch is exact */
    int64_t widest;   /* most operands of a step */
    size_t constants; /* bytes of constants and tables together */
    size_t prepared;  /* bytes of prepared buffers */
    StepList prepare, run;
    PlanValue *values;
    int64_t value_count, value_capacity;
    Buffer *buffers;
    int64_t buffer_count, buffer_capacity;
    Loop *loops;
    int64_t loop_count, loop_capacity;
    PlanConstant *constant_rows;
    int64_t constant_count, constant_capacity;
    PlanTable *tables;
    int64_t table_count, table_capacity;
    ProgramValue *inputs, *outputs, *weights, *states;
    int64_t input_count, output_count, weight_count, state_count;
} Plan;

/* Plans a Graph in `arena`; null after filling `error`. Time and memory are linear in the number of nodes (with a logarithm for finding
 * gaps). */
Plan *plan_build(Arena *arena, const Graph *graph, const ProgramOptions *options, StrataError *error);

void plan_print(const Plan *plan, Text *out);

/* For whoever makes code of a Plan and carries its memory elsewhere: the Plan of a Program, its constants and tables (plan->constants bytes), and
 * what a Binding has prepared (plan->prepared bytes). They belong to their objects. */
const Plan *program_plan(const Program *program);
const void *program_constants(const Program *program);
const void *binding_prepared(const Binding *binding);

/* Bytes of a real. */
size_t precision_size(Precision precision);

/* Sums and products of sizes that stop at SIZE_CEILING instead of overflowing; whoever plans refuses what reaches it. */
#define SIZE_CEILING ((size_t)1 << 56)
size_t size_add(size_t a, size_t b);
size_t size_multiply(size_t a, size_t b);
size_t size_aligned(size_t bytes); /* rounded up to BUFFER_ALIGNMENT */

#endif

/* The interpreter against the definitions, value by value.
 *
 * All values of a Graph are watched. Each must be what its operation's definition gives, in double precision, for the operands that the
 * interpreter itself computed, up to the rounding of that one operation: a bound that is derived for each family and does not depend on how well
 * conditioned the model is. By induction from the sources everything is then right; and a value that was overwritten too early shows
 * at whoever reads it. Scans are checked iteration by iteration: their region is a Graph too, run from the states that the interpreter
 * stacked. */
#ifndef STRATA_TESTS_ENGINE_LOCAL_CHECK_H
#define STRATA_TESTS_ENGINE_LOCAL_CHECK_H

#include "engine/harness.h"

typedef struct CheckOptions {
    Precision precision;
    int64_t tile;     /* 0: chosen by memory */
    bool exact;       /* plan for the exact batch */
    ThreadPool *pool; /* or null */
    bool compile;     /* run what LLVM makes of the kernels; then only the run with everything watched is made */
} CheckOptions;

typedef struct CheckCounts {
    int64_t values;  /* that were compared */
    int64_t skipped; /* not compared: magnitudes that overflow in between in one precision and not in the other */
} CheckCounts;

/* Null when all is well, else a sentence in `arena` that says which value of the Graph is wrong, or which run. */
const char *local_check(Arena *arena, const Graph *graph, const ModelData *data, const CheckOptions *options, CheckCounts *counts);

/* The interpreter's values, as doubles, by node and result; null when the Graph cannot be run. */
double ***watched_values(Arena *arena, const Graph *graph, const ModelData *data, const CheckOptions *options,
                         const char **problem);

/* --- inside ------------------------------------------------------------------------------------------------------------------ */

/* One value that was computed, with what it was computed from. */
typedef struct LocalValue {
    const Graph *graph;
    const Node *node;
    const double *const *operands; /* whole batches */
    const double *computed;
    int64_t batch;
    uint64_t seed;
    Precision precision;
} LocalValue;

/* Compares with the definition (local_bound.c); null or a sentence. */
const char *check_operation(Arena *arena, const LocalValue *value, CheckCounts *counts);

/* How far each entry of a whole value may be from its definition, which `computed` is here. */
void operation_tolerances(Arena *arena, const LocalValue *value, double *tolerances);

/* The definition with operand 0 times a factor, for an operation of real numbers that is not over the batch. */
void operation_scaled(Arena *arena, const LocalValue *value, double factor, double *result);

#endif

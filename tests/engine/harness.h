/* Hand-made Graphs for tests of the engine, and their runs: through the interpreter and through the reference. */
#ifndef STRATA_TESTS_ENGINE_HARNESS_H
#define STRATA_TESTS_ENGINE_HARNESS_H

#include "engine/program.h"
#include "engine/reference.h"

/* A type of reals; the sizes follow as int. */
Type type_real(bool batched, int rank, ...);

/* A Graph in an arena of its own. A failed allocation ends the test. */
typedef struct Model {
    Arena arena;
    Graph *graph;
} Model;

void model_begin(Model *model, const char *name);
void model_end(Model *model);

/* Sources by name; constants with the values given, type_reals of them. */
Value model_input(Graph *graph, const char *name, Type type);
Value model_weight(Graph *graph, const char *name, Type type);
Value model_state(Graph *graph, const char *name, Type type);
Value model_constant(Graph *graph, Type type, const double *values);
Value model_fill(Graph *graph, Type type, double value); /* a constant with equal entries */

/* One operation by its name; attributes as in a trial of ops/harness.h, or null. */
Value apply(Graph *graph, const char *op, const char *attributes, int count, const Value *operands);
Value apply1(Graph *graph, const char *op, const char *attributes, Value a);
Value apply2(Graph *graph, const char *op, const char *attributes, Value a, Value b);

void model_output(Graph *graph, const char *name, Value value);

/* Data of a run for every source of a Graph, random and exact in single precision. */
typedef struct ModelData {
    int64_t batch;
    double **inputs;
    double **weights;
    double **states;
    uint64_t seed; /* of the random numbers in the Graph */
    double rate;
} ModelData;

ModelData model_data(Arena *arena, const Graph *graph, int64_t batch, uint64_t seed);

/* A run of the interpreter with these data: values of all outputs and next states, as doubles. */
typedef struct ModelResult {
    double **outputs;
    double **next_states;
    double objective;
} ModelResult;

/* Fails the test on an error. `pool` may be null. */
ModelResult model_run(Arena *arena, const Program *program, const ModelData *data, ThreadPool *pool);

/* Makes the Program, runs it, and compares every output, next state and the objective with the reference: at most `terms` units in the last
 * place of the precision, relative to the largest entry. In both precisions. */
void model_check(const Graph *graph, int64_t batch, int64_t exact_batch, double terms);

#endif

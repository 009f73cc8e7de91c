/* Graphs for tests: LeNet by hand, a recurrent net with states and penalties, and random ones of any size. */
#ifndef STRATA_TESTS_GRAPH_HARNESS_H
#define STRATA_TESTS_GRAPH_HARNESS_H

#include "graph/graph.h"

/* An arena with sources and diagnostics, and what a failed allocation of a test does: it ends the test. */
typedef struct Bench {
    Arena arena;
    SourceTable sources;
    Diagnostics diagnostics;
} Bench;

Bench *bench_make(void);
void bench_release(Bench *bench);

/* The text of a Graph; reading it back, with the bench's diagnostics. */
const char *bench_print(Bench *bench, const Graph *graph);
Graph *bench_read(Bench *bench, const char *text);

/* The content of a file, which must be there. */
char *bench_read_file(Arena *arena, const char *path);

/* Holds a text against a file. `UPDATE_GOLDEN=1` in the environment writes the file instead: read the difference before you keep it. */
void bench_expect_golden(Bench *bench, const char *text, const char *path);

/* Appends by name with attributes as text: `bench_append(graph, "convolve", values, 2, "pad=[2] stride=[1]", origin)`. */
Value bench_append(Graph *graph, const char *op, const Value *operands, int count, const char *attributes, int32_t origin);
Value bench_apply1(Graph *graph, const char *op, Value x, const char *attributes, int32_t origin);
Value bench_apply2(Graph *graph, const char *op, Value a, Value b, const char *attributes, int32_t origin);
Value bench_constant(Graph *graph, Type type, const double *data);
Value bench_number(Graph *graph, double number);
Value bench_input(Graph *graph, const char *name, Type type);

/* Types: bench_type("f*[6x28x28]"). */
Type bench_type(const char *text);

/* LeNet-5 with origins, names and places in a source called lenet.net. */
Graph *bench_lenet(Bench *bench);

/* A small net in training mode: a scan, a state, a frozen weight, a penalty, an objective. */
Graph *bench_recurrent(Bench *bench);

/* A chain of `blocks` residual blocks of a few nodes each, for measuring. */
Graph *bench_chain(Arena *arena, int64_t blocks);

/* A random Graph of about so many nodes, of every operation in the table; one seed, one Graph. It passes the verifier. */
Graph *bench_random(Arena *arena, uint64_t seed, int64_t nodes);

#endif

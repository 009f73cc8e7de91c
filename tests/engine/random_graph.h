/* Random valid Graphs: every operation, shapes that hurt, broadcasting, scans, batched and not, complex, dead ends, several outputs. */
#ifndef STRATA_TESTS_ENGINE_RANDOM_GRAPH_H
#define STRATA_TESTS_ENGINE_RANDOM_GRAPH_H

#include "graph/graph.h"

/* A Graph that depends on the seed alone, in `arena`. Every value of the Graph and of its regions has a name: "v12", "v12.1". With
 * `training`: states with next values, penalties, an objective and reductions over the batch may occur. */
Graph *random_graph(Arena *arena, uint64_t seed, bool training);

/* The same without training; a quarter of them begins with layers as nets have them, for fast forms to come up. */
Graph *random_net(Arena *arena, uint64_t seed);

/* Names every value so. */
void name_values(Graph *graph);

/* --- inside the generator --------------------------------------------------------------------------------------------------- */

typedef struct Generator {
    Arena *arena;
    Graph *graph;
    uint64_t state;
    Value *values; /* what may be used as an operand */
    int64_t count, capacity;
    int depth; /* of regions around */
    bool training;
} Generator;

/* What an operand must be. */
typedef enum Want { WANT_ANY, WANT_NUMBER, WANT_REAL, WANT_INTEGER, WANT_BOOLEAN, WANT_COMPLEX } Want;

/* A proposal for one use of an operation; whether it is valid is for the shape rule to say. */
typedef struct Proposal {
    Value operands[8];
    int count;
    const char *attributes;
} Proposal;

int64_t draw(Generator *generator, int64_t below); /* 0 .. below - 1 */
bool chance(Generator *generator, int percent);
int64_t draw_size(Generator *generator); /* of an axis: 1, small, around powers of two */

/* A value of at least and at most these ranks, or no_value. */
Value draw_value(Generator *generator, Want want, int least_rank, int most_rank);

/* A new unbatched tensor: a weight, or a constant. */
Value new_tensor(Generator *generator, int rank, const int64_t *sizes);

/* A value derived from x that is positive, or within -1 .. 1. */
Value made_positive(Generator *generator, Value x);
Value made_bounded(Generator *generator, Value x);

/* Likewise: a constant with random entries, one with the entry `number`, a real input. */
Value new_constant(Generator *generator, const Type *type);
Value number_constant(Generator *generator, double number);
Value new_input(Generator *generator, Type type);

Value append_simple(Generator *generator, Op op, int count, const Value *operands);

/* The same with attributes as in a trial, for others to use; no_value when the shape rule complains. */
Value append_valid(Generator *generator, Op op, const char *attributes, int count, const Value *operands);

/* Layers of a net over an input of their own (random_layers.c). */
void add_layers(Generator *generator);

/* Fills a proposal for an operation; false when no operands fit (random_operation.c). */
bool propose(Generator *generator, Op op, Proposal *proposal);

#endif

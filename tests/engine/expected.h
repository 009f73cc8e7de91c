/* What the outputs of a whole model may be: the plain evaluation in double precision, and how far each entry may be from it.
 *
 * The tolerance is derived by evaluating the model again and again, each time with every operation's result off by a random part of what that
 * operation may be off (operation_tolerances): how far the outputs then move is what rounding can do to this model, be it as ill
 * conditioned as it likes (Parker's Monte Carlo arithmetic, with worst-case bounds in place of one unit in the last place). A jump, such as of a
 * floor at its edge, shows as an output that moves far. So a run may order and merge operations as it likes, which rounds differently
 * but no worse. */
#ifndef STRATA_TESTS_ENGINE_EXPECTED_H
#define STRATA_TESTS_ENGINE_EXPECTED_H

#include "engine/harness.h"

typedef struct Expected {
    double **outputs;
    double **tolerances; /* null where an output depends on numbers so large that the precision may overflow: not compared */
} Expected;

typedef struct ExpectedCounts {
    int64_t compared; /* outputs */
    int64_t skipped;  /* for overflow */
    int64_t sharp;    /* compared within 1e-3 (double precision: 1e-9) of the largest entry */
} ExpectedCounts;

/* Everything lies in `arena`. The Graph does not train. */
Expected expected_outputs(Arena *arena, const Graph *graph, const ModelData *data, Precision precision);

/* Compares; null, or a sentence that says which entry of which output is wrong. */
const char *expected_check(Arena *arena, const Graph *graph, const ModelData *data, const Expected *expected, Precision precision,
                           double *const *outputs, ExpectedCounts *counts);

#endif

/* A number to be differentiated, and how its gradients are tried: against finite differences, in double precision by the reference evaluation.
 *
 * Every entry of every operand is moved up and down by h: the central difference is off by about h^2 times a third derivative plus the rounding of the
 * number over h, both far below the tolerance for h = 1e-5. The gradient's gradient is tried the same way, on the sum of the gradient's entries times random
 * numbers. */
#ifndef TESTS_TRANSFORM_GRADIENT_PROBLEM_H
#define TESTS_TRANSFORM_GRADIENT_PROBLEM_H

#include "engine/harness.h"
#include "engine/reference.h"
#include "ops/harness.h"
#include "transform/gradient.h"

/* What is differentiated, and with respect to what. */
typedef struct Problem {
    Graph *graph;
    Value scalar;
    Value of[8];
    int count;
    bool compare; /* the engine's gradients with the reference's: its data are from -1 to 1 */
    ModelData data;
} Problem;

/* A number made of any value: real parts times fixed numbers, summed. */
Value fold_to_number(Graph *graph, Value value, uint64_t seed);

/* The mean over the batch of the number. */
double mean_of_scalar(const Problem *trial);

/* The entries of an input or a weight. */
double *data_of(const Problem *trial, Value of);

/* Appends gradients, and gradients of gradients, and compares both with differences; `what` is for messages. */
void check_trial(Problem *trial, const char *what);

#endif

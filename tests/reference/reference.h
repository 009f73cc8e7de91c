/* Single operations with published results: what a case is, and the .net text that is made of it. */
#ifndef TESTS_REFERENCE_REFERENCE_H
#define TESTS_REFERENCE_REFERENCE_H

#include "reference/compare.h"

#include <jansson.h>
#include <stdio.h>

enum { PAIR_LIMIT = 8 };

/* One case of cases.json: `{"case": 3, "op": "conv2d", "attributes": {...}, "inputs": {"x": [2, 3, 8, 8], ...}, "output": [...]}`. The first
 * dimension of `x` (or `logits`) is the batch. */
typedef struct Case {
    int64_t number;
    const char *op;
    const json_t *attributes;
    const json_t *inputs; /* name to shape */
    const json_t *output; /* shape */
    FILE *source;         /* the net is written here */

    /* what the net is, besides its text */
    const char *input_arrays[PAIR_LIMIT]; /* arrays that are inputs, under their own names */
    int input_count;
    const char *weight_arrays[PAIR_LIMIT]; /* arrays that are weights, and the weights' full names */
    const char *weight_names[PAIR_LIMIT];
    int weight_count;
    bool training;
    bool mean; /* the result is the mean over the batch of what the net gives */
} Case;

/* Writes the net for a case and fills what it is; false when the operation is not known. */
bool write_net(Case *the_case);

#endif

/* A Graph as a picture: text for Graphviz (`dot -Tsvg`). */
#ifndef STRATA_FORMATS_DOT_H
#define STRATA_FORMATS_DOT_H

#include "graph/graph.h"

typedef struct DotOptions {
    int64_t
        depth; /* definitions within definitions that are shown: 1, a box for each of the outermost; 0: every operation, in a frame for each
                      definition */
} DotOptions;

/* Boxes from inputs down to outputs, each with its name, definition, output shape and number of weights; coloured by what is inside. Only
 * what outputs and, in training, objective, penalties and next states depend on is drawn. */
void dot_print(const Graph *graph, const DotOptions *options, Text *out);

#endif

/* The receptive field: which entries of the input an entry of a value can depend on, along the input's spatial axes.
 *
 * Spatial are all axes of an input but the first, which holds channels, at most three. Along each, entry i of a value sees the entries
 * first + step i to last + step i of the input, which may reach into the padding; step is a fraction behind an upsampling. What is not of this
 * form is bounded by it from above, so that an entry outside the field has no influence. */
#ifndef STRATA_ANALYSE_RECEPTIVE_H
#define STRATA_ANALYSE_RECEPTIVE_H

#include "graph/graph.h"

enum { RECEPTIVE_AXES = 3 };

typedef struct ReceptiveAxis {
    int dimension;  /* of the value, along which the field moves; -1: all entries see the same */
    int64_t extent; /* entries of the input along this axis */
    double step;    /* entries of the input from one entry of the value to the next */
    double first, last;
} ReceptiveAxis;

typedef struct Receptive {
    int axes; /* spatial axes of the input; 0: it depends on no input, or on one without such axes */
    ReceptiveAxis axis[RECEPTIVE_AXES];
} Receptive;

/* One for each node, in `arena`; of a node with several results it holds for all of them. */
Receptive *analyse_receptive(const Graph *graph, Arena *arena);

/* How many entries of the input an entry of the value sees along an axis. */
int64_t receptive_size(const ReceptiveAxis *axis);

/* Whether every entry of the value sees all of the input along every axis. */
bool receptive_is_whole(const Receptive *receptive);

#endif

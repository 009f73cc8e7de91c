/* Finding where the first value that is not finite arises in a step. */
#ifndef STRATA_TRAIN_NOT_FINITE_H
#define STRATA_TRAIN_NOT_FINITE_H

#include "train/trainer.h"

typedef struct NotFinite {
    bool found;
    const char *operation; /* "log" */
    const char *path;      /* "conv1", "loss", "" at the top of the net */
    bool given;            /* an input, or a weight that was not finite before the step */
    SourceSpan span;
} NotFinite;

/* Computes the step that failed again, value by value in the order of the Graph (`graph`: before transforms, so that places in the source are those
 * that were written). Strings lie in `arena`. */
NotFinite not_finite_find(Arena *arena, const Trainer *trainer, const Graph *graph, const SourceTable *sources);

#endif

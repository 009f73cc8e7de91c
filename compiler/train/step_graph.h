/* The Graph of one step of training: forward, loss, penalties, gradients and the optimizer together.
 *
 *     TrainingStep (elaborate.h) --step_graph_make--> Graph
 *
 * In it every trained weight is a state, of the same name and initial value, whose next value is what the optimizer makes of it and its gradient. So
 * engines and the planner see nothing new: a step is a run that gives its next states. Weights that are not trained stay weights. */
#ifndef STRATA_TRAIN_STEP_GRAPH_H
#define STRATA_TRAIN_STEP_GRAPH_H

#include "elaborate/elaborate.h"

/* Appends gradients to training->graph and gives the new Graph, which lives as long as that one and `arena` do. Null after setting `problem` to a
 * sentence that says why there is no gradient. */
Graph *step_graph_make(Arena *arena, TrainingStep *training, const char **problem);

#endif

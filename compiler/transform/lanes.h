/* What the parts of the transform for steps of training share: the new Graph under construction, in which a batched value may stand in two forms.
 *
 * Plain is the form of the old Graph, sample by sample. In lanes (kernel/lanes.h) it is an unbatched value [sets, sizes of a sample, lanes]. A value is
 * converted when the first reader asks for the form that it lacks. */
#ifndef STRATA_TRANSFORM_LANES_H
#define STRATA_TRANSFORM_LANES_H

#include "transform/arrange.h"

typedef struct LaneArranger {
    Arranger base; /* its map has the plain forms; it knows no blocked ones */
    int64_t samples;
    Value *in_lanes; /* for each old node result 0 in lanes, or no_value */
    int32_t *tail;   /* for each old node: the convolution whose last step it is, or -1 */
    bool *inner;     /* it is part of what a later node does at once */
} LaneArranger;

/* An old value in one form or the other, converted where it must be. */
Value lanes_plain(LaneArranger *arranger, Value old, int32_t origin);
Value lanes_form(LaneArranger *arranger, Value old, int32_t origin);
bool lanes_has_form(const LaneArranger *arranger, Value old);

/* --- parts (lanes_image.c): false: this node is none for lanes ---------------------------------------------------------------- */

/* Marks the bias and the rectifier behind convolutions, which are done with them. */
void lanes_find_tails(LaneArranger *arranger);

/* Convolutions and their gradients. */
bool lanes_convolution(LaneArranger *arranger, int32_t index);

/* Pooling, and the way back from its maxima. */
bool lanes_pool(LaneArranger *arranger, int32_t index);

/* `where` behind such a way back, as the gradient of a rectifier in front of the pooling has it: both at once. */
bool lanes_rectified_spread(LaneArranger *arranger, int32_t index);

#endif

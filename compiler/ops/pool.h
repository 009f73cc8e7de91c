/* Windows of pooling, as the operations over them and their adjoints read them. */
#ifndef STRATA_OPS_POOL_H
#define STRATA_OPS_POOL_H

#include "ops/window.h"

/* A box of entries, from `low` to below `high` on each axis. */
typedef struct Box {
    int64_t low[WINDOW_AXES], high[WINDOW_AXES];
} Box;

static inline int64_t box_entries(const Box *box)
{
    return (box->high[0] - box->low[0]) * (box->high[1] - box->low[1]) * (box->high[2] - box->low[2]);
}

/* Attributes of pool_max. */
extern const AttributeInfo pool_max_attributes[];

/* The shape rule of pooling: completes the attributes and gives the positions as the result's sizes. */
bool pool_shape(OpUse *use);

/* The numbers of the windows over operand 0, which have a result of these positions. */
Window pool_window(const OpUse *use, const Type *positions);

/* The entries under the window at a position, cut off at -before and n + after (`padded`) or at 0 and n. */
Box window_box(const Window *window, int64_t position, bool padded);

/* Appends channels and windows to a call. */
void pool_lower_window(const OpUse *use, const Type *positions, KernelCall *call);

#endif

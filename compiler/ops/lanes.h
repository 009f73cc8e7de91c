/* What operations on batches in lanes share; kernel/lanes.h says what these are. */
#ifndef STRATA_OPS_LANES_H
#define STRATA_OPS_LANES_H

#include "ops/ops.h"

/* Whether the attribute `samples` fills so many sets of so many lanes; complains E0620, E0625. */
bool lanes_samples(OpUse *use, int64_t sets, int64_t lanes);

#endif

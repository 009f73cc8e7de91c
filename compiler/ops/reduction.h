/* Lowering of reductions along axes, shared by the families that average or sum over some axes of a view of their operand. */
#ifndef STRATA_OPS_REDUCTION_H
#define STRATA_OPS_REDUCTION_H

#include "ops/ops.h"

/* One axis of the view, outermost first. */
typedef struct ReductionAxis {
    int64_t size;
    bool reduced;
} ReductionAxis;

/* Makes `kernel` (reduce_sum, reduce_mean, reduce_max, reduce_min) reduce at most 2 * MAX_RANK axes of a view whose elements are `width` reals
 * wide. Integers: the number of steps, then for each of them the sizes before, along and behind the axis it reduces, in reals. The call
 * stays without a kernel when nothing is reduced: then the result is the operand. */
void call_reduction(const OpUse *use, KernelCall *call, const char *kernel, const ReductionAxis *axes, int count, int64_t width);

#endif

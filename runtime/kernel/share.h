/* Sharing a kernel's units of work among the threads: a few contiguous ranges for each, so that none waits long for a slower one. */
#ifndef STRATA_KERNEL_SHARE_H
#define STRATA_KERNEL_SHARE_H

#include "thread/parallel.h"

/* Works on units first .. last - 1. */
typedef void ShareFunction(const void *context, int64_t first, int64_t last);

typedef struct Share {
    ShareFunction *function;
    const void *context;
    int64_t units;
    int64_t ranges;
} Share;

static inline void share_range(void *context, int64_t range)
{
    const Share *share = context;
    int64_t each = share->units / share->ranges, more = share->units % share->ranges;
    int64_t first = range * each + (range < more ? range : more);
    share->function(share->context, first, first + each + (range < more));
}

/* Does all units, each by itself, on the threads there are (null: on this one). `cost`: element operations of a unit, so that what takes
 * less than a microsecond is not handed around. */
static inline void share_units(const Parallel *parallel, int64_t units, int64_t cost, ShareFunction *function, const void *context)
{
    enum { LEAST_COST = 5000, RANGES = 4 };
    int64_t least = cost >= LEAST_COST ? 1 : LEAST_COST / (cost > 0 ? cost : 1);
    Share share = {.function = function, .context = context, .units = units, .ranges = parallel_threads(parallel)};
    share.ranges *= share.ranges > 1 ? RANGES : 1;
    if (share.ranges > units / least)
        share.ranges = units / least;
    if (share.ranges > parallel_threads(parallel))
        share.ranges -= share.ranges % parallel_threads(parallel); /* so that all threads get as many */
    if (share.ranges < 1)
        share.ranges = 1;
    parallel_run(parallel, share.ranges, share_range, &share);
}

#endif

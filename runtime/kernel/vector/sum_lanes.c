/* Sums of the channels of a batch in lanes over its samples and their pixels; see lanes.h. A channel is the work of one thread, so that sums do not depend on
 * their number. */
#include "kernel/kernel.h"
#include "kernel/lanes.h"
#include "kernel/share.h"
#include "kernel/vector/vector.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    LaneSum sum;
} Work;

/* Adds the pixels of one channel of one set lane by lane; four pixels at a time, so that no sum waits for the one before it. */
static void add_pixels(const real *from, int64_t pixels, real *lanes)
{
    enum { AT_ONCE = 4 };
    for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
        vector sums[AT_ONCE] = {{0}};
        int64_t p = 0;
        for (; p + AT_ONCE <= pixels; p += AT_ONCE)
            VECTOR_UNROLL
        for (int i = 0; i < AT_ONCE; i++)
            sums[i] += vector_load(from + (p + i) * LANES + v);
        for (; p < pixels; p++)
            sums[0] += vector_load(from + p * LANES + v);
        vector_store(lanes + v, vector_load(lanes + v) + ((sums[0] + sums[1]) + (sums[2] + sums[3])));
    }
}

static void sum_channels(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const LaneSum *sum = &work->sum;
    for (int64_t channel = first; channel < last; channel++) {
        real full[LANES] = {0}, rest[LANES] = {0};
        for (int64_t set = 0; set < sum->sets; set++) {
            const real *from = (const real *)work->arguments->operands[0] + (set * sum->channels + channel) * sum->pixels * LANES;
            add_pixels(from, sum->pixels, (set + 1) * LANES <= sum->samples ? full : rest);
        }
        for (int64_t lane = 0; lane < sum->samples % LANES; lane++)
            full[lane] += rest[lane];
        for (int width = LANES / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++)
                full[i] += full[i + width];
        ((real *)work->arguments->result)[channel] = full[0] * (real)work->arguments->reals[0];
    }
}

/* Integers: a LaneSum. Reals: the factor. */
void KERNEL_NAME(sum_lanes)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.sum, arguments->integers, sizeof work.sum);
    share_units(arguments->parallel, work.sum.channels, work.sum.sets * work.sum.pixels * LANES / 8, sum_channels, &work);
}

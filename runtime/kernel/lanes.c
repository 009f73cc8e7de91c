/* Batches into lanes and back; see lanes.h. */
#include "kernel/lanes.h"
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    LaneBatch batch;
    int64_t chunks; /* of entries, in a set */
    bool back;
} Work;

/* Entries of a chunk: what is read and written of it stays in the first-level cache. */
enum { CHUNK = 64, MOST_LANES = 64 / sizeof(real) };

/* Some entries of the samples of a set; lanes past the last sample become zeros. */
static void turn_chunk(const Work *work, int64_t set, int64_t first, int64_t last)
{
    const LaneBatch *batch = &work->batch;
    int64_t left = batch->samples - set * batch->lanes, samples = least(batch->lanes, left > 0 ? left : 0), lanes = batch->lanes;
    int64_t place = (set * batch->entries + first) * lanes, count = last - first;
    if (work->back) {
        const real *from = (const real *)work->arguments->operands[0] + place;
        for (int64_t n = 0; n < samples; n++) {
            real *to = (real *)work->arguments->result + (set * lanes + n) * work->arguments->result_stride + first;
            for (int64_t i = 0; i < count; i++)
                to[i] = from[i * lanes + n];
        }
        return;
    }
    const real *from = (const real *)work->arguments->operands[0] + set * lanes * work->arguments->strides[0] + first;
    real *to = (real *)work->arguments->result + place;
    for (int64_t i = 0; i < count; i++)
        for (int64_t n = 0; n < lanes; n++)
            to[i * lanes + n] = n < samples ? from[n * work->arguments->strides[0] + i] : 0;
}

static void turn_chunks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t entry = unit % work->chunks * CHUNK;
        turn_chunk(work, unit / work->chunks, entry, least(entry + CHUNK, work->batch.entries));
    }
}

/* Integers: a LaneBatch. */
static void turn(const KernelArguments *arguments, bool back)
{
    Work work = {.arguments = arguments, .back = back};
    memcpy(&work.batch, arguments->integers, sizeof work.batch);
    int64_t sets = blocks_of(work.batch.samples, work.batch.lanes);
    work.batch.samples = least(work.batch.samples, arguments->samples);
    work.chunks = blocks_of(work.batch.entries, CHUNK);
    share_units(arguments->parallel, sets * work.chunks, CHUNK * MOST_LANES, turn_chunks, &work);
}

void KERNEL_NAME(to_lanes)(const KernelArguments *arguments)
{
    turn(arguments, false);
}

void KERNEL_NAME(from_lanes)(const KernelArguments *arguments)
{
    turn(arguments, true);
}

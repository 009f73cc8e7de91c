/* Batches into lanes and back; see lanes.h. Squares of samples by entries are turned round in registers. */
#include "kernel/kernel.h"
#include "kernel/lanes.h"
#include "kernel/share.h"
#include "kernel/vector/transpose.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    LaneBatch batch;
    int64_t chunks; /* of entries, in a set */
    bool back;
} Work;

/* Entries of a chunk: what is read and written of it stays in the first-level cache. */
enum { CHUNK = 64 };

/* Some entries of the samples of a set; `entries` of them, which a sample has one behind the other and the set in blocks. */
typedef struct Chunk {
    const real *from;
    real *to;
    int64_t stride, lanes; /* reals from sample to sample, and from block to block */
    int64_t samples, entries;
} Chunk;

static void turn_in(const Chunk *chunk)
{
    int64_t n = 0, stride = chunk->stride, lanes = chunk->lanes;
    for (; n + VECTOR_REALS <= chunk->samples; n += VECTOR_REALS) {
        int64_t i = 0;
        for (; i + VECTOR_REALS <= chunk->entries; i += VECTOR_REALS)
            transpose_square(chunk->from + n * stride + i, stride, chunk->to + i * lanes + n, lanes);
        for (; i < chunk->entries; i++)
            for (int64_t k = n; k < n + VECTOR_REALS; k++)
                chunk->to[i * lanes + k] = chunk->from[k * stride + i];
    }
    for (int64_t i = 0; n < lanes && i < chunk->entries; i++)
        for (int64_t k = n; k < lanes; k++)
            chunk->to[i * lanes + k] = k < chunk->samples ? chunk->from[k * stride + i] : 0;
}

static void turn_out(const Chunk *chunk)
{
    int64_t n = 0, stride = chunk->stride, lanes = chunk->lanes;
    for (; n + VECTOR_REALS <= chunk->samples; n += VECTOR_REALS) {
        int64_t i = 0;
        for (; i + VECTOR_REALS <= chunk->entries; i += VECTOR_REALS)
            transpose_square(chunk->from + i * lanes + n, lanes, chunk->to + n * stride + i, stride);
        for (; i < chunk->entries; i++)
            for (int64_t k = n; k < n + VECTOR_REALS; k++)
                chunk->to[k * stride + i] = chunk->from[i * lanes + k];
    }
    for (; n < chunk->samples; n++)
        for (int64_t i = 0; i < chunk->entries; i++)
            chunk->to[n * stride + i] = chunk->from[i * lanes + n];
}

/* Lanes past the last sample become zeros. */
static void turn_chunk(const Work *work, int64_t set, int64_t first, int64_t last)
{
    const LaneBatch *batch = &work->batch;
    const KernelArguments *arguments = work->arguments;
    int64_t lanes = batch->lanes, left = batch->samples - set * lanes, place = (set * batch->entries + first) * lanes;
    int64_t stride = work->back ? arguments->result_stride : arguments->strides[0], row = set * lanes * stride + first;
    Chunk chunk = {.from = (const real *)arguments->operands[0] + (work->back ? place : row),
                   .to = (real *)arguments->result + (work->back ? row : place),
                   .stride = stride,
                   .lanes = lanes,
                   .samples = least(lanes, left > 0 ? left : 0),
                   .entries = last - first};
    if (work->back)
        turn_out(&chunk);
    else
        turn_in(&chunk);
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
    share_units(arguments->parallel, sets * work.chunks, CHUNK * LANES, turn_chunks, &work);
}

void KERNEL_NAME(to_lanes)(const KernelArguments *arguments)
{
    turn(arguments, false);
}

void KERNEL_NAME(from_lanes)(const KernelArguments *arguments)
{
    turn(arguments, true);
}

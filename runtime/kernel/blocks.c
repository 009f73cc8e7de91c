/* Packing of weights for convolutions of images in blocks (blocks.h). */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    BlockPack pack;
    int64_t blocks;
} Work;

static const real *operand_of(const Work *work, int64_t sample)
{
    return (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0];
}

static real *result_of(const Work *work, int64_t sample)
{
    return (real *)work->arguments->result + sample * work->arguments->result_stride;
}

/* One block of filters; see BlockPack. */
static void pack_filters(const BlockPack *pack, int64_t block, const real *weights, real *to)
{
    int64_t span = pack->planar ? pack->channels : pack->lanes;
    for (int64_t start = 0; start < pack->channels; start += span) {
        int64_t end = start + span < pack->channels ? start + span : pack->channels;
        for (int64_t tap = 0; tap < pack->taps; tap++)
            for (int64_t channel = start; channel < end; channel++)
                for (int64_t lane = 0; lane < pack->lanes; lane++) {
                    int64_t filter = block * pack->lanes + lane;
                    *to++ = filter < pack->filters ? weights[(filter * pack->channels + channel) * pack->taps + tap] : 0;
                }
    }
}

static void pack_range(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockPack *pack = &work->pack;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / work->blocks, block = unit % work->blocks;
        pack_filters(pack, block, operand_of(work, sample),
                     result_of(work, sample) + block * pack->channels * pack->taps * pack->lanes);
    }
}

/* Integers: a BlockPack. */
void KERNEL_NAME(pack_convolution)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.pack, arguments->integers, sizeof work.pack);
    work.blocks = blocks_of(work.pack.filters, work.pack.lanes);
    share_units(arguments->parallel, arguments->samples * work.blocks, work.pack.channels * work.pack.taps * work.pack.lanes,
                pack_range, &work);
}

/* Between images as the language has them, [channels, height, width], and blocked ones (blocks.h), and packing of weights for the latter. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    BlockImage image;
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

/* Channels of a block; fewer in the last one. */
static int64_t channels_in(const BlockImage *image, int64_t block)
{
    int64_t rest = image->channels - block * image->lanes;
    return rest < image->lanes ? rest : image->lanes;
}

static void gather_blocks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockImage *image = &work->image;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t block = unit % work->blocks, count = channels_in(image, block);
        const real *from = operand_of(work, unit / work->blocks) + block * image->lanes * image->pixels;
        real *to = result_of(work, unit / work->blocks) + block * image->lanes * image->pixels;
        for (int64_t pixel = 0; pixel < image->pixels; pixel++, to += image->lanes) {
            for (int64_t lane = 0; lane < count; lane++)
                to[lane] = from[lane * image->pixels + pixel];
            for (int64_t lane = count; lane < image->lanes; lane++)
                to[lane] = 0;
        }
    }
}

static void scatter_blocks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockImage *image = &work->image;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t block = unit % work->blocks, count = channels_in(image, block);
        const real *from = operand_of(work, unit / work->blocks) + block * image->lanes * image->pixels;
        real *to = result_of(work, unit / work->blocks) + block * image->lanes * image->pixels;
        for (int64_t lane = 0; lane < count; lane++)
            for (int64_t pixel = 0; pixel < image->pixels; pixel++)
                to[lane * image->pixels + pixel] = from[pixel * image->lanes + lane];
    }
}

static void convert(const KernelArguments *arguments, ShareFunction *function)
{
    Work work = {.arguments = arguments};
    memcpy(&work.image, arguments->integers, sizeof work.image);
    work.blocks = blocks_of(work.image.channels, work.image.lanes);
    share_units(arguments->parallel, arguments->samples * work.blocks, work.image.pixels * work.image.lanes, function, &work);
}

/* Integers: a BlockImage. */
void KERNEL_NAME(to_blocks)(const KernelArguments *arguments)
{
    convert(arguments, gather_blocks);
}

void KERNEL_NAME(from_blocks)(const KernelArguments *arguments)
{
    convert(arguments, scatter_blocks);
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

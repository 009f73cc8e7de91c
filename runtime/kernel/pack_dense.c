/* Packing of the weights of products with rows; see dense.h. */
#include "kernel/dense.h"
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    DensePack pack;
    int64_t blocks;
} Work;

/* The weights of one block of outputs; zero for those past the last. */
static void pack_block(const DensePack *pack, int64_t block, const real *weights, real *to)
{
    for (int64_t output = block * pack->lanes; output < (block + 1) * pack->lanes; output++)
        for (int64_t input = 0; input < pack->inputs; input++) {
            int64_t from = pack->transposed ? input * pack->outputs + output : output * pack->inputs + input;
            to[dense_place(pack, output, input)] = output < pack->outputs ? weights[from] : 0;
        }
}

static void pack_range(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / work->blocks;
        pack_block(&work->pack, unit % work->blocks,
                   (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0],
                   (real *)work->arguments->result + sample * work->arguments->result_stride);
    }
}

/* Integers: a DensePack. */
void KERNEL_NAME(pack_dense)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.pack, arguments->integers, sizeof work.pack);
    work.blocks = blocks_of(work.pack.outputs, work.pack.lanes);
    share_units(arguments->parallel, arguments->samples * work.blocks, work.pack.inputs * work.pack.lanes, pack_range, &work);
}

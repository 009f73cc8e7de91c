/* Weights of Winograd's convolutions: 3x3 taps of each filter and channel to points; see winograd.h.
 *
 * Operand: filters x channels x 3 x 3. Result: [filter blocks, points, channels, lanes], the order in which convolve_winograd reads it;
 * lanes past the filters are zero. Computed in double precision and rounded once, since everything after depends on it. */
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"
#include "kernel/winograd.h"
#include "kernel/winograd_matrix.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    WinogradPack pack;
    int64_t blocks;
} Work;

/* G w G^T of the taps of one filter and channel; point p to to[p * step]. */
static void transform_taps(int64_t tile, const real *taps, real *to, int64_t step)
{
    const double(*matrix)[WINOGRAD_TAPS] = tile == 2 ? WINOGRAD_WEIGHT_2 : WINOGRAD_WEIGHT_4;
    int64_t side = tile + WINOGRAD_TAPS - 1;
    for (int64_t i = 0; i < side; i++) {
        double row[WINOGRAD_TAPS];
        for (int64_t k = 0; k < WINOGRAD_TAPS; k++)
            row[k] = matrix[i][0] * (double)taps[k] + matrix[i][1] * (double)taps[3 + k] + matrix[i][2] * (double)taps[6 + k];
        for (int64_t j = 0; j < side; j++)
            to[(i * side + j) * step] = (real)(row[0] * matrix[j][0] + row[1] * matrix[j][1] + row[2] * matrix[j][2]);
    }
}

static void pack_block(const Work *work, int64_t sample, int64_t block)
{
    const WinogradPack *pack = &work->pack;
    int64_t side = pack->tile + WINOGRAD_TAPS - 1, step = pack->channels * pack->lanes, reals = side * side * step;
    const real *weights = (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0];
    real *to = (real *)work->arguments->result + sample * work->arguments->result_stride + block * reals;
    int64_t first = block * pack->lanes;
    memset(to, 0, (size_t)reals * sizeof *to);
    for (int64_t lane = 0; lane < pack->lanes && first + lane < pack->filters; lane++)
        for (int64_t channel = 0; channel < pack->channels; channel++)
            transform_taps(pack->tile, weights + ((first + lane) * pack->channels + channel) * WINOGRAD_TAPS * WINOGRAD_TAPS,
                           to + channel * pack->lanes + lane, step);
}

static void pack_blocks(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t unit = first; unit < last; unit++)
        pack_block(work, unit / work->blocks, unit % work->blocks);
}

/* Integers: a WinogradPack. */
void KERNEL_NAME(pack_winograd)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments};
    memcpy(&work.pack, arguments->integers, sizeof work.pack);
    work.blocks = winograd_ceil(work.pack.filters, work.pack.lanes);
    share_units(arguments->parallel, arguments->samples * work.blocks, work.pack.channels * work.pack.lanes * 100, pack_blocks,
                &work);
}

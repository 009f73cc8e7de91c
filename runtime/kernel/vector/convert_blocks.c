/* Between images as the language has them, [channels, height, width], and blocked ones (blocks.h): squares of channels by pixels are turned round in
 * registers. Both sides are streams: what it takes is the time of memory. */
#include "kernel/blocks.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/transpose.h"

#include <string.h>

enum { PART_PIXELS = 1024 }; /* of a unit of work */

typedef struct Work {
    const KernelArguments *arguments;
    BlockImage image;
    int64_t blocks;
    int64_t parts; /* of the pixels of a block */
} Work;

/* Pixels first .. last - 1 of one block, which stands at the same offset in a plain sample and in a blocked one. */
typedef struct Piece {
    int64_t sample, offset, channels, first, last;
} Piece;

static Piece find_piece(const Work *work, int64_t unit)
{
    const BlockImage *image = &work->image;
    int64_t part = unit % work->parts, block = unit / work->parts % work->blocks;
    return (Piece){.offset = block * LANES * image->pixels,
                   .sample = unit / work->parts / work->blocks,
                   .channels = least(LANES, image->channels - block * LANES),
                   .first = part * PART_PIXELS,
                   .last = least((part + 1) * PART_PIXELS, image->pixels)};
}

static const real *piece_operand(const Work *work, const Piece *piece)
{
    return (const real *)work->arguments->operands[0] + piece->sample * work->arguments->strides[0] + piece->offset;
}

static real *piece_result(const Work *work, const Piece *piece)
{
    return (real *)work->arguments->result + piece->sample * work->arguments->result_stride + piece->offset;
}

/* --- plain to blocks ------------------------------------------------------------------------------------------------------- */

static void gather_pixel(const BlockImage *image, int64_t channels, const real *from, int64_t pixel, real *to)
{
    for (int64_t lane = 0; lane < channels; lane++)
        to[pixel * LANES + lane] = from[lane * image->pixels + pixel];
    for (int64_t lane = channels; lane < LANES; lane++)
        to[pixel * LANES + lane] = 0;
}

/* VECTOR_REALS pixels of as many channels, of which there may be fewer: the others are zero. */
static void gather_square(int64_t pixels, int64_t channels, const real *from, real *to)
{
    vector square[VECTOR_REALS];
    if (channels >= VECTOR_REALS) {
        transpose_square(from, pixels, to, LANES);
        return;
    }
    VECTOR_UNROLL
    for (int i = 0; i < VECTOR_REALS; i++)
        square[i] = i < channels ? vector_load(from + i * pixels) : vector_fill(0);
    transpose_vectors(square);
    VECTOR_UNROLL
    for (int i = 0; i < VECTOR_REALS; i++)
        vector_store(to + i * LANES, square[i]);
}

static void gather_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockImage *image = &work->image;
    for (int64_t unit = first; unit < last; unit++) {
        Piece piece = find_piece(work, unit);
        const real *from = piece_operand(work, &piece);
        real *to = piece_result(work, &piece);
        int64_t pixel = piece.first;
        for (; pixel + VECTOR_REALS <= piece.last; pixel += VECTOR_REALS)
            for (int64_t lane = 0; lane < LANES; lane += VECTOR_REALS)
                gather_square(image->pixels, piece.channels - lane, from + lane * image->pixels + pixel, to + pixel * LANES + lane);
        for (; pixel < piece.last; pixel++)
            gather_pixel(image, piece.channels, from, pixel, to);
    }
}

/* --- blocks to plain ------------------------------------------------------------------------------------------------------- */

static void scatter_pixel(const BlockImage *image, int64_t channels, const real *from, int64_t pixel, real *to)
{
    for (int64_t lane = 0; lane < channels; lane++)
        to[lane * image->pixels + pixel] = from[pixel * LANES + lane];
}

static void scatter_square(int64_t pixels, int64_t channels, const real *from, real *to)
{
    vector square[VECTOR_REALS];
    if (channels >= VECTOR_REALS) {
        transpose_square(from, LANES, to, pixels);
        return;
    }
    transpose_load(from, LANES, square);
    VECTOR_UNROLL
    for (int i = 0; i < VECTOR_REALS; i++)
        if (i < channels)
            vector_store(to + i * pixels, square[i]);
}

static void scatter_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const BlockImage *image = &work->image;
    for (int64_t unit = first; unit < last; unit++) {
        Piece piece = find_piece(work, unit);
        const real *from = piece_operand(work, &piece);
        real *to = piece_result(work, &piece);
        int64_t pixel = piece.first;
        for (; pixel + VECTOR_REALS <= piece.last; pixel += VECTOR_REALS)
            for (int64_t lane = 0; lane < piece.channels; lane += VECTOR_REALS)
                scatter_square(image->pixels, piece.channels - lane, from + pixel * LANES + lane,
                               to + lane * image->pixels + pixel);
        for (; pixel < piece.last; pixel++)
            scatter_pixel(image, piece.channels, from, pixel, to);
    }
}

/* --- sharing out ----------------------------------------------------------------------------------------------------------- */

static void convert(const KernelArguments *arguments, ShareFunction *function)
{
    Work work = {.arguments = arguments};
    memcpy(&work.image, arguments->integers, sizeof work.image);
    work.blocks = blocks_of(work.image.channels, LANES);
    work.parts = blocks_of(work.image.pixels, PART_PIXELS);
    int64_t units = arguments->samples * work.blocks * work.parts;
    share_units(arguments->parallel, units, least(work.image.pixels, PART_PIXELS) * LANES, function, &work);
}

/* Integers: a BlockImage. */
void KERNEL_NAME(to_blocks)(const KernelArguments *arguments)
{
    convert(arguments, gather_units);
}

void KERNEL_NAME(from_blocks)(const KernelArguments *arguments)
{
    convert(arguments, scatter_units);
}

/* Element-wise operations one behind the other, in one pass over memory; and sums of what they give over a batch in lanes.
 *
 * The result is cut into runs, along which each operand is walked or stands still, and runs into pieces. */
#include "kernel/kernel.h"
#include "kernel/lanes.h"
#include "kernel/share.h"
#include "kernel/vector/element_program.h"

#include <string.h>

enum { MOST_RANK = 8 };

typedef struct Work {
    const KernelArguments *arguments;
    const int64_t *instructions;
    int64_t instruction_count, operand_count;
    int64_t rank; /* of the outer loops, without the batch */
    int64_t size[MOST_RANK];
    int64_t stride[MOST_ELEMENT_OPERANDS][MOST_RANK];
    int64_t run;    /* reals of a run */
    int64_t rows;   /* runs of a sample */
    int64_t pieces; /* of a run */
    bool walks[MOST_ELEMENT_OPERANDS];
    /* of sums */
    LaneSum sum;
    real factor;
} Work;

/* Integers: how many operands and instructions, the instructions, then a nest (nest.h). Gives how many were read. */
static int64_t read_work(Work *work, const KernelArguments *arguments)
{
    const int64_t *integers = arguments->integers;
    work->arguments = arguments;
    work->operand_count = integers[0];
    work->instruction_count = integers[1];
    work->instructions = integers + 2;
    integers += 2 + work->instruction_count * INSTRUCTION_INTEGERS;
    int64_t rank = integers[0];
    work->rank = rank > 0 ? rank - 1 : 0;
    work->run = rank > 0 ? integers[rank] : 1;
    work->rows = 1;
    for (int64_t i = 0; i < work->rank; i++) {
        work->size[i] = integers[1 + i];
        work->rows *= work->size[i];
    }
    for (int64_t k = 0; k < work->operand_count; k++) {
        const int64_t *stride = integers + 1 + (k + 1) * rank;
        for (int64_t i = 0; i < work->rank; i++)
            work->stride[k][i] = stride[i];
        work->walks[k] = rank > 0 && stride[rank - 1] != 0;
    }
    work->pieces = (work->run + PIECE - 1) / PIECE;
    return 2 + work->instruction_count * INSTRUCTION_INTEGERS + 1 + rank * (work->operand_count + 1);
}

/* Where the operands of a run begin. */
static void find_run(const Work *work, int64_t sample, int64_t row, const real **starts)
{
    for (int64_t k = 0; k < work->operand_count; k++)
        starts[k] = (const real *)work->arguments->operands[k] + sample * work->arguments->strides[k];
    for (int64_t i = work->rank - 1; i >= 0; i--) {
        int64_t index = row % work->size[i];
        row /= work->size[i];
        for (int64_t k = 0; k < work->operand_count; k++)
            starts[k] += index * work->stride[k][i];
    }
}

/* The program over one piece of the run that begins at `starts`. */
static void run_piece(const Work *work, const real *const *starts, int64_t first, int64_t count, ElementRoom *room, real *to)
{
    ElementProgram program = {
        .instructions = work->instructions, .instruction_count = work->instruction_count, .operand_count = work->operand_count};
    for (int64_t k = 0; k < work->operand_count; k++)
        program.operands[k] = work->walks[k] ? starts[k] + first : element_repeat(room, k, starts[k], count);
    element_run(&program, room, count, to);
}

static void run_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    ElementRoom room;
    memset(room.of, 0, sizeof room.of);
    const real *starts[MOST_ELEMENT_OPERANDS];
    for (int64_t unit = first; unit < last; unit++) {
        int64_t row = unit / work->pieces, sample = row / work->rows, begin = unit % work->pieces * PIECE;
        find_run(work, sample, row % work->rows, starts);
        real *to = (real *)work->arguments->result + sample * work->arguments->result_stride + row % work->rows * work->run + begin;
        run_piece(work, starts, begin, least(PIECE, work->run - begin), &room, to);
    }
}

void KERNEL_NAME(elements)(const KernelArguments *arguments)
{
    Work work;
    read_work(&work, arguments);
    enum { PIECE_COST = 100 }; /* what it takes to begin with a piece, in reals of one instruction */
    int64_t cost = (least(PIECE, work.run) + PIECE_COST) * (work.instruction_count + 1);
    share_units(arguments->parallel, arguments->samples * work.rows * work.pieces, cost / 4, run_units, &work);
}

/* --- sums --------------------------------------------------------------------------------------------------------------------- */

static void add_piece(const real *from, int64_t count, real *lanes)
{
    enum { AT_ONCE = 4 };
    for (int64_t v = 0; v < LANES; v += VECTOR_REALS) {
        vector sums[AT_ONCE] = {{0}};
        int64_t i = v;
        for (; i + (AT_ONCE - 1) * LANES < count; i += AT_ONCE * LANES)
            VECTOR_UNROLL
        for (int k = 0; k < AT_ONCE; k++)
            sums[k] += vector_load(from + i + k * LANES);
        for (; i < count; i += LANES)
            sums[0] += vector_load(from + i);
        vector_store(lanes + v, vector_load(lanes + v) + ((sums[0] + sums[1]) + (sums[2] + sums[3])));
    }
}

/* A run is all pixels of a channel of a set, or part of them. A channel is the work of one thread, so that sums do not depend on their number. */
static void sum_channels(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const LaneSum *sum = &work->sum;
    ElementRoom room;
    memset(room.of, 0, sizeof room.of);
    real piece[PIECE];
    const real *starts[MOST_ELEMENT_OPERANDS];
    int64_t runs = work->rows / (sum->sets * sum->channels);
    for (int64_t channel = first; channel < last; channel++) {
        real full[LANES] = {0}, rest[LANES] = {0};
        for (int64_t i = 0; i < sum->sets * runs; i++) {
            int64_t set = i / runs;
            find_run(work, 0, (set * sum->channels + channel) * runs + i % runs, starts);
            for (int64_t begin = 0; begin < work->run; begin += PIECE) {
                int64_t count = least(PIECE, work->run - begin);
                run_piece(work, starts, begin, count, &room, piece);
                add_piece(piece, count, (set + 1) * LANES <= sum->samples ? full : rest);
            }
        }
        for (int64_t lane = 0; lane < sum->samples % LANES; lane++)
            full[lane] += rest[lane];
        for (int width = LANES / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++)
                full[i] += full[i + width];
        ((real *)work->arguments->result)[channel] = full[0] * work->factor;
    }
}

/* Integers: as for `elements`, then a LaneSum. The nest keeps sets and channels apart from pixels and lanes. Reals: the factor. */
void KERNEL_NAME(sum_elements)(const KernelArguments *arguments)
{
    Work work;
    int64_t read = read_work(&work, arguments);
    memcpy(&work.sum, arguments->integers + read, sizeof work.sum);
    work.factor = (real)arguments->reals[0];
    int64_t cost = work.sum.sets * work.sum.pixels * LANES / 4 * (work.instruction_count + 1);
    share_units(arguments->parallel, work.sum.channels, cost, sum_channels, &work);
}

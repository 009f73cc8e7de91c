/* Products of rows with packed weights, and what follows them; see dense.h.
 *
 * A tile is a few rows by a few blocks of outputs, whose sums stay in registers over a piece of the inputs. With one row, as many blocks as there are
 * registers for hide how long a sum takes. With many rows, inputs are cut into pieces whose weights stay in the cache while all rows
 * pass; between pieces sums wait in the result. Each sum is added up input by input, however many rows there are. */
#include "kernel/dense.h"
#include "kernel/kernel.h"
#include "kernel/share.h"
#include "kernel/vector/tail.h"

#include <stdbool.h>
#include <string.h>

/* Tiles of several rows, and of one. */
#if defined(__AVX512F__)
enum { TILE_ROWS = 6, TILE_BLOCKS = 4, ROW_BLOCKS = 4 };
#elif defined(__AVX2__)
enum { TILE_ROWS = 6, TILE_BLOCKS = 1, ROW_BLOCKS = 4 };
#else
enum { TILE_ROWS = 3, TILE_BLOCKS = 1, ROW_BLOCKS = 2 };
#endif

enum { UNIT_ROWS = 48, PIECE_INPUTS = 512 };

typedef struct Work {
    const KernelArguments *arguments;
    Dense dense;
    Tail tail;
    real high;
    int64_t rows; /* of all samples */
    int64_t blocks;
    int64_t groups;
    int64_t unit_rows;
} Work;

/* Inputs whose lines of weights follow one another: `runs` runs of `length` entries, `step` apart in a row. */
typedef struct Piece {
    int64_t line, entry;
    int64_t length, runs, step;
} Piece;

/* Results of a few rows for a few blocks of a group. */
typedef struct Tile {
    int64_t row, rows;
    int64_t group; /* its first block */
    int64_t block, blocks;
} Tile;

/* --- where things are ------------------------------------------------------------------------------------------------------ */

static const real *row_at(const Work *work, int64_t row)
{
    int64_t sample = row / work->dense.rows;
    return (const real *)work->arguments->operands[0] + sample * work->arguments->strides[0] +
           (row - sample * work->dense.rows) * work->dense.row_stride;
}

static real *result_at(const Work *work, int64_t row, int64_t block)
{
    int64_t sample = row / work->dense.rows;
    return (real *)work->arguments->result + sample * work->arguments->result_stride +
           (row - sample * work->dense.rows) * work->dense.outputs + block * LANES;
}

/* Of the results of a tile in one row, those that exist: the last block may have fewer. */
static int64_t outputs_in(const Work *work, const Tile *tile)
{
    int64_t rest = work->dense.outputs - tile->block * LANES;
    return rest < tile->blocks * LANES ? rest : tile->blocks * LANES;
}

/* --- tiles ----------------------------------------------------------------------------------------------------------------- */

/* Adds a piece of the inputs to `sums`, rows of blocks * LANES. The loop over inputs must not be unrolled: compilers would share and spill
 * entries. */
VECTOR_INLINE void sum_tile(int rows, int blocks, const Work *work, const Tile *tile, const Piece *piece, real *sums)
{
    int64_t width = dense_group_blocks(work->blocks, tile->group) * LANES;
    const real *weights = (const real *)work->arguments->operands[1] + tile->group * LANES * work->dense.inputs +
                          piece->line * width + (tile->block - tile->group) * LANES;
    const real *entry[TILE_ROWS];
    vector sum[TILE_ROWS][DENSE_BLOCKS * VECTORS];
    VECTOR_UNROLL
    for (int r = 0; r < rows; r++) {
        entry[r] = row_at(work, tile->row + r) + piece->entry;
        VECTOR_UNROLL
        for (int v = 0; v < blocks * VECTORS; v++)
            sum[r][v] = vector_load(sums + r * blocks * LANES + v * VECTOR_REALS);
    }
    for (int64_t run = 0; run < piece->runs; run++) {
        VECTOR_LOOP
        for (int64_t i = 0; i < piece->length; i++, weights += width) {
            vector weight[DENSE_BLOCKS * VECTORS];
            VECTOR_UNROLL
            for (int v = 0; v < blocks * VECTORS; v++)
                weight[v] = vector_load(weights + v * VECTOR_REALS);
            VECTOR_UNROLL
            for (int r = 0; r < rows; r++) {
                vector factor = vector_fill(entry[r][i]);
                VECTOR_UNROLL
                for (int v = 0; v < blocks * VECTORS; v++)
                    sum[r][v] = vector_multiply_add(weight[v], factor, sum[r][v]);
            }
        }
        VECTOR_UNROLL
        for (int r = 0; r < rows; r++)
            entry[r] += piece->step;
    }
    VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < blocks * VECTORS; v++)
        vector_store(sums + r * blocks * LANES + v * VECTOR_REALS, sum[r][v]);
}

VECTOR_INLINE void sum_rows(int blocks, const Work *work, const Tile *tile, const Piece *piece, real *sums)
{
    switch (tile->rows) {
    case 2:
        sum_tile(2, blocks, work, tile, piece, sums);
        break;
    case 3:
        sum_tile(3, blocks, work, tile, piece, sums);
        break;
#if defined(__AVX2__)
    case 4:
        sum_tile(4, blocks, work, tile, piece, sums);
        break;
    case 5:
        sum_tile(5, blocks, work, tile, piece, sums);
        break;
    case 6:
        sum_tile(6, blocks, work, tile, piece, sums);
        break;
#endif
    default:
        break;
    }
}

static void sum_one_row(const Work *work, const Tile *tile, const Piece *piece, real *sums)
{
    switch (tile->blocks) {
    case 1:
        sum_tile(1, 1, work, tile, piece, sums);
        break;
    case 2:
        sum_tile(1, 2, work, tile, piece, sums);
        break;
#if defined(__AVX2__)
    case 3:
        sum_tile(1, 3, work, tile, piece, sums);
        break;
    case 4:
        sum_tile(1, 4, work, tile, piece, sums);
        break;
#endif
    default:
        break;
    }
}

static void sum_several_rows(const Work *work, const Tile *tile, const Piece *piece, real *sums)
{
    switch (tile->blocks) {
    case 1:
        sum_rows(1, work, tile, piece, sums);
        break;
#if defined(__AVX512F__)
    case 2:
        sum_rows(2, work, tile, piece, sums);
        break;
    case 3:
        sum_rows(3, work, tile, piece, sums);
        break;
    case 4:
        sum_rows(4, work, tile, piece, sums);
        break;
#endif
    default:
        break;
    }
}

/* What is added to the results of a tile in one row, with zeros behind it. */
static void copy_addition(const Work *work, const Tile *tile, int64_t row, real *to)
{
    const KernelArguments *arguments = work->arguments;
    int k = 2 + (int)work->tail.bias;
    int64_t sample = row / work->dense.rows;
    const real *from = (const real *)arguments->operands[k] + sample * arguments->strides[k] +
                       (row - sample * work->dense.rows) * work->dense.outputs + tile->block * LANES;
    memset(to, 0, (size_t)(tile->blocks * LANES) * sizeof *to);
    memcpy(to, from, (size_t)outputs_in(work, tile) * sizeof *to);
}

/* The tail over the results of a tile in one row. */
static void finish_row(const Work *work, const Tile *tile, int64_t row, real *sums)
{
    const KernelArguments *arguments = work->arguments;
    int64_t sample = row / work->dense.rows, count = outputs_in(work, tile);
    const real *bias = NULL;
    real addition[DENSE_BLOCKS * LANES];
    if (work->tail.bias)
        bias = (const real *)arguments->operands[2] + sample * arguments->strides[2] + tile->block * LANES;
    if (work->tail.addition)
        copy_addition(work, tile, row, addition);
    for (int64_t i = 0; i < count; i += VECTOR_REALS) {
        vector shift = bias ? vector_load(bias + i) : vector_fill(0);
        const real *more = work->tail.addition ? addition + i : NULL;
        vector_store(sums + i, tail_apply(&work->tail, work->high, vector_load(sums + i), shift, more));
    }
}

static void compute_tile(const Work *work, const Tile *tile, const Piece *piece)
{
    real sums[TILE_ROWS * DENSE_BLOCKS * LANES];
    bool first = piece->line == 0, last = piece->line + piece->runs * piece->length == work->dense.inputs;
    int64_t width = tile->blocks * LANES;
    size_t bytes = (size_t)outputs_in(work, tile) * sizeof *sums;
    vector_clear(sums, tile->rows * width);
    for (int64_t r = 0; !first && r < tile->rows; r++)
        memcpy(sums + r * width, result_at(work, tile->row + r, tile->block), bytes);
    if (tile->rows == 1)
        sum_one_row(work, tile, piece, sums);
    else
        sum_several_rows(work, tile, piece, sums);
    for (int64_t r = 0; r < tile->rows; r++) {
        if (last)
            finish_row(work, tile, tile->row + r, sums + r * width);
        memcpy(result_at(work, tile->row + r, tile->block), sums + r * width, bytes);
    }
}

/* --- units ----------------------------------------------------------------------------------------------------------------- */

/* A piece of the inputs for some rows and a group of blocks. */
static void compute_piece(const Work *work, int64_t first_row, int64_t last_row, int64_t group, const Piece *piece)
{
    int64_t end = group + dense_group_blocks(work->blocks, group);
    Tile tile = {.row = first_row, .group = group};
    for (int64_t parts = blocks_of(last_row - first_row, TILE_ROWS); parts > 0; parts--, tile.row += tile.rows) {
        tile.rows = (last_row - tile.row) / parts;
        int64_t most = tile.rows == 1 ? ROW_BLOCKS : TILE_BLOCKS;
        for (tile.block = group; tile.block < end; tile.block += tile.blocks) {
            tile.blocks = end - tile.block < most ? end - tile.block : most;
            compute_tile(work, &tile, piece);
        }
    }
}

/* All inputs: those of full blocks in pieces, then what the last block of each pixel has. */
static void compute_unit(const Work *work, int64_t first_row, int64_t last_row, int64_t group)
{
    const Dense *dense = &work->dense;
    int64_t rest = dense->pixels == 1 ? 0 : dense->channels % LANES, full = (dense->channels - rest) * dense->pixels;
    int64_t most = last_row - first_row <= TILE_ROWS ? full : PIECE_INPUTS;
    for (int64_t line = 0; line < full; line += most)
        compute_piece(work, first_row, last_row, group,
                      &(Piece){.line = line, .entry = line, .length = full - line < most ? full - line : most, .runs = 1});
    if (rest > 0)
        compute_piece(work, first_row, last_row, group,
                      &(Piece){.line = full, .entry = full, .length = rest, .runs = dense->pixels, .step = LANES});
}

/* Units are [rows, group of blocks]. */
static void compute_units(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    for (int64_t unit = first; unit < last; unit++) {
        int64_t row = unit / work->groups * work->unit_rows, end = row + work->unit_rows;
        compute_unit(work, row, end < work->rows ? end : work->rows, unit % work->groups * DENSE_BLOCKS);
    }
}

/* Integers: a Dense, then a Tail; real: the clamp's bound. */
void KERNEL_NAME(dense_packed)(const KernelArguments *arguments)
{
    Work work = {.arguments = arguments, .high = (real)arguments->reals[0]};
    memcpy(&work.dense, arguments->integers, sizeof work.dense);
    memcpy(&work.tail, arguments->integers + DENSE_INTEGERS, sizeof work.tail);
    work.rows = arguments->samples * work.dense.rows;
    work.blocks = blocks_of(work.dense.outputs, LANES);
    work.groups = blocks_of(work.blocks, DENSE_BLOCKS);
    int64_t parts = blocks_of(work.rows, UNIT_ROWS);
    work.unit_rows = blocks_of(blocks_of(work.rows, parts), TILE_ROWS) * TILE_ROWS;
    int64_t cost = (work.unit_rows < work.rows ? work.unit_rows : work.rows) * work.dense.inputs * DENSE_BLOCKS * LANES / 8;
    share_units(arguments->parallel, blocks_of(work.rows, work.unit_rows) * work.groups, cost, compute_units, &work);
}

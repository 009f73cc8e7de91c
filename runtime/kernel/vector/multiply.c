/* Matrix products; see ../multiply.h.
 *
 * A tile of the product, a few rows by a few vectors of columns, stays in registers over a piece of the terms. The factors are copied first, in
 * blocks on the stack: of b as many columns as stay in the cache while all rows pass, of a the rows of one tile. The copies turn transposed
 * factors of b round, bring rows whose distance is a power of two into different sets of the cache, and fill up the last columns. A product with
 * few columns is done as that of the transposed factors, since vectors run along the columns. */
#include "kernel/multiply.h"
#include "kernel/vector/transpose.h"

#include <stdbool.h>
#include <string.h>

typedef KERNEL_NAME(Matrix) Matrix;

/* Rows and vectors of a tile; vectors of a tile of one row, as many as hide how long a sum takes. */
#if defined(__AVX512F__)
enum { TILE_ROWS = 14, TILE_VECTORS = 2, ROW_VECTORS = 16 };
#elif defined(__AVX2__)
enum { TILE_ROWS = 6, TILE_VECTORS = 2, ROW_VECTORS = 8 };
#else
enum { TILE_ROWS = 3, TILE_VECTORS = 2, ROW_VECTORS = 8 };
#endif

enum {
    PANEL = TILE_VECTORS * VECTOR_REALS,
    ROW_PANEL = ROW_VECTORS * VECTOR_REALS, /* of one row */
    BLOCK_COLUMNS = 256 / sizeof(real),
    BLOCK_ROWS = 196,              /* of a, whose piece stays in the second cache while all columns pass */
    LINE = MULTIPLY_DEPTH + LANES, /* of the copy of a plain factor's rows */
    TURNED_LINE = (TILE_ROWS + VECTOR_REALS - 1) / VECTOR_REALS * VECTOR_REALS,
};

/* Terms k0 .. of the columns j0 .. and the rows first_row .. of the product, in work. */
typedef struct Work {
    int64_t m, n;
    int64_t first_row, last_row; /* of a */
    Matrix a, b;
    real *c;
    int64_t row_step, column_step; /* of c */
    int64_t k0, depth;
    int64_t j0, columns;
    const real *block; /* panels of [depth][PANEL]; null: b as it lies */
} Work;

/* --- copies ---------------------------------------------------------------------------------------------------------------- */

/* Columns j .. j + count - 1 of the piece of b, to rows of PANEL; zero behind them. */
static void copy_plain(const Work *work, int64_t j, int64_t count, real *to)
{
    const real *from = work->b.start + work->k0 * work->b.stride + j;
    for (int64_t k = 0; k < work->depth; k++, from += work->b.stride, to += PANEL) {
        int64_t i = 0;
        for (; i + VECTOR_REALS <= count; i += VECTOR_REALS)
            vector_store(to + i, vector_load(from + i));
        for (; i < count; i++)
            to[i] = from[i];
        for (; i < PANEL; i++)
            to[i] = 0;
    }
}

static void copy_transposed(const Work *work, int64_t j, int64_t count, real *to)
{
    const Matrix *b = &work->b;
    int64_t squares = work->depth / VECTOR_REALS * VECTOR_REALS;
    for (int64_t i = 0; i < PANEL; i += VECTOR_REALS) {
        const real *from = b->start + (j + i) * b->stride + work->k0;
        int64_t k = 0;
        for (; i + VECTOR_REALS <= count && k < squares; k += VECTOR_REALS)
            transpose_square(from + k, b->stride, to + k * PANEL + i, PANEL);
        for (; k < work->depth; k++)
            for (int64_t lane = 0; lane < VECTOR_REALS; lane++)
                to[k * PANEL + i + lane] = i + lane < count ? from[lane * b->stride + k] : 0;
    }
}

/* The block of columns in work, panel by panel. */
static void copy_block(const Work *work, real *to)
{
    for (int64_t j = 0; j < work->columns; j += PANEL, to += work->depth * PANEL) {
        int64_t count = work->columns - j < PANEL ? work->columns - j : PANEL;
        if (work->b.transposed)
            copy_transposed(work, work->j0 + j, count, to);
        else
            copy_plain(work, work->j0 + j, count, to);
    }
}

/* Rows of the piece of a: as [rows][LINE], or, of a transposed factor, [depth][TURNED_LINE]. Rows up to `filled` are zero. */
static void copy_rows(const Work *work, int64_t row, int64_t rows, int64_t filled, real *to)
{
    const Matrix *a = &work->a;
    if (!a->transposed) {
        for (int64_t i = 0; i < rows; i++)
            vector_copy(a->start + (row + i) * a->stride + work->k0, work->depth, to + i * LINE);
        for (int64_t i = rows; i < filled; i++)
            memset(to + i * LINE, 0, (size_t)work->depth * sizeof *to);
        return;
    }
    const real *from = a->start + work->k0 * a->stride + row;
    bool whole = row + TURNED_LINE <= work->m; /* what is behind the rows is there, and does no harm */
    for (int64_t k = 0; k < work->depth; k++, from += a->stride, to += TURNED_LINE) {
        if (whole) {
            vector_copy(from, TURNED_LINE, to);
            continue;
        }
        for (int64_t i = 0; i < rows; i++)
            to[i] = from[i];
        for (int64_t i = rows; i < filled; i++)
            to[i] = 0;
    }
}

/* --- tiles ----------------------------------------------------------------------------------------------------------------- */

/* Sums over the piece, to rows of vectors * VECTOR_REALS. The loop over terms must not be unrolled: compilers would share and spill entries. */
VECTOR_INLINE void sum_tile(int rows, int vectors, int row_step, int term_step, const real *a, const real *b, int64_t b_step,
                            int64_t depth, real *sums)
{
    enum { AHEAD = 4 }; /* terms; where there is one row b is read once, and may have to come from memory */
    vector sum[TILE_ROWS][ROW_VECTORS];
    VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < vectors; v++)
        sum[r][v] = vector_fill(0);
    VECTOR_LOOP
    for (int64_t k = 0; k < depth; k++, a += term_step, b += b_step) {
        vector entry[ROW_VECTORS];
        VECTOR_UNROLL
        for (int v = 0; v < vectors; v++) {
            if (vectors == ROW_VECTORS && v * VECTOR_BYTES % 64 == 0)
                __builtin_prefetch(b + AHEAD * b_step + v * VECTOR_REALS);
            entry[v] = vector_load(b + v * VECTOR_REALS);
        }
        VECTOR_UNROLL
        for (int r = 0; r < rows; r++) {
            vector factor = vector_fill(a[r * row_step]);
            VECTOR_UNROLL
            for (int v = 0; v < vectors; v++)
                sum[r][v] = vector_multiply_add(entry[v], factor, sum[r][v]);
        }
    }
    VECTOR_UNROLL
    for (int r = 0; r < rows; r++)
        VECTOR_UNROLL
    for (int v = 0; v < vectors; v++)
        vector_store(sums + (r * vectors + v) * VECTOR_REALS, sum[r][v]);
}

/* The numbers of rows that there are loops for. */
static int64_t filled_rows(int64_t rows)
{
#if defined(__AVX512F__)
    return rows == 1 ? 1 : (rows + 1) / 2 * 2;
#else
    return rows;
#endif
}

VECTOR_INLINE void sum_rows(int64_t rows, int vectors, int row_step, int term_step, const real *a, const real *b, int64_t b_step,
                            int64_t depth, real *sums)
{
    switch (rows) {
    case 1:
        sum_tile(1, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
    case 2:
        sum_tile(2, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#if !defined(__AVX512F__)
    case 3:
        sum_tile(3, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#endif
#if defined(__AVX2__)
    case 4:
        sum_tile(4, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#if !defined(__AVX512F__)
    case 5:
        sum_tile(5, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#endif
    case 6:
        sum_tile(6, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#endif
#if defined(__AVX512F__)
    case 8:
        sum_tile(8, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
    case 10:
        sum_tile(10, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
    case 12:
        sum_tile(12, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
    case 14:
        sum_tile(14, vectors, row_step, term_step, a, b, b_step, depth, sums);
        break;
#endif
    default:
        break;
    }
}

VECTOR_INLINE void sum_columns(int64_t rows, int64_t columns, int row_step, int term_step, const real *a, const real *b,
                               int64_t b_step, int64_t depth, real *sums)
{
    if (columns > VECTOR_REALS)
        sum_rows(rows, TILE_VECTORS, row_step, term_step, a, b, b_step, depth, sums);
    else
        sum_rows(rows, 1, row_step, term_step, a, b, b_step, depth, sums);
}

/* Adds sums, `width` of them in a row, to rows row .. and columns column .. of c, or puts them there where they are of the first piece. */
static void add_sums(const Work *work, int64_t row, int64_t rows, int64_t column, int64_t count, const real *sums, int64_t width)
{
    for (int64_t r = 0; r < rows; r++, sums += width) {
        real *to = work->c + (row + r) * work->row_step + column * work->column_step;
        int64_t i = 0;
        for (; work->column_step == 1 && i + VECTOR_REALS <= count; i += VECTOR_REALS) {
            vector sum = vector_load(sums + i);
            vector_store(to + i, work->k0 == 0 ? sum : vector_load(to + i) + sum);
        }
        for (; i < count; i++)
            to[i * work->column_step] = work->k0 == 0 ? sums[i] : to[i * work->column_step] + sums[i];
    }
}

/* --- one row --------------------------------------------------------------------------------------------------------------- */

/* Adds `count` terms of VECTOR_REALS columns, less than a square of b, of which only the first `columns` exist. */
static vector add_rest(const real *a, const real *b, int64_t b_stride, int64_t columns, int64_t count, vector sum)
{
    for (int64_t k = 0; k < count; k++) {
        real entry[VECTOR_REALS] = {0};
        for (int64_t j = 0; j < columns; j++)
            entry[j] = b[j * b_stride + k];
        sum = vector_multiply_add(vector_load(entry), vector_fill(a[k]), sum);
    }
    return sum;
}

/* One row times a plain factor, as it lies but for columns that fill no panel. */
static void multiply_plain_row(const Work *work)
{
    const real *a = work->a.start + work->k0, *b = work->b.start + work->k0 * work->b.stride;
    real sums[ROW_PANEL], block[MULTIPLY_DEPTH * PANEL];
    int64_t j = 0;
    for (; j + ROW_PANEL <= work->n; j += ROW_PANEL) {
        sum_tile(1, ROW_VECTORS, 1, 1, a, b + j, work->b.stride, work->depth, sums);
        add_sums(work, 0, 1, j, ROW_PANEL, sums, ROW_PANEL);
    }
    for (; j + PANEL <= work->n; j += PANEL) {
        sum_tile(1, TILE_VECTORS, 1, 1, a, b + j, work->b.stride, work->depth, sums);
        add_sums(work, 0, 1, j, PANEL, sums, PANEL);
    }
    if (j < work->n) {
        copy_plain(work, j, work->n - j, block);
        sum_tile(1, TILE_VECTORS, 1, 1, a, block, PANEL, work->depth, sums);
        add_sums(work, 0, 1, j, work->n - j, sums, PANEL);
    }
}

/* One row times a transposed factor, whose squares are turned round in registers. */
static void multiply_transposed_row(const Work *work)
{
    enum { AHEAD = 512 / sizeof(real) };
    const real *a = work->a.start + work->k0;
    int64_t squares = work->depth / VECTOR_REALS * VECTOR_REALS;
    for (int64_t j = 0; j < work->n; j += VECTOR_REALS) {
        int64_t columns = work->n - j < VECTOR_REALS ? work->n - j : VECTOR_REALS;
        const real *b = work->b.start + j * work->b.stride + work->k0;
        vector sum = vector_fill(0);
        int64_t k = 0;
        for (; columns == VECTOR_REALS && k < squares; k += VECTOR_REALS) {
            vector row[VECTOR_REALS];
            VECTOR_UNROLL
            for (int i = 0; i < VECTOR_REALS; i++)
                __builtin_prefetch(b + k + i * work->b.stride + AHEAD);
            transpose_load(b + k, work->b.stride, row);
            VECTOR_UNROLL
            for (int i = 0; i < VECTOR_REALS; i++)
                sum = vector_multiply_add(row[i], vector_fill(a[k + i]), sum);
        }
        sum = add_rest(a + k, b + k, work->b.stride, columns, work->depth - k, sum);
        real sums[VECTOR_REALS];
        vector_store(sums, sum);
        add_sums(work, 0, 1, j, columns, sums, VECTOR_REALS);
    }
}

/* --- blocks ---------------------------------------------------------------------------------------------------------------- */

/* Some rows of the block of columns in work. */
static void multiply_rows(const Work *work, int64_t row, int64_t rows)
{
    real lines[TILE_ROWS * LINE > MULTIPLY_DEPTH * TURNED_LINE ? TILE_ROWS * LINE : MULTIPLY_DEPTH * TURNED_LINE];
    real sums[TILE_ROWS * PANEL];
    int64_t filled = filled_rows(rows);
    copy_rows(work, row, rows, filled, lines);
    for (int64_t j = 0; j < work->columns; j += PANEL) {
        const real *b = work->block ? work->block + j * work->depth : work->b.start + work->k0 * work->b.stride + work->j0 + j;
        int64_t b_step = work->block ? PANEL : work->b.stride;
        int64_t columns = work->columns - j < PANEL ? work->columns - j : PANEL;
        if (work->a.transposed)
            sum_columns(filled, columns, 1, TURNED_LINE, lines, b, b_step, work->depth, sums);
        else
            sum_columns(filled, columns, LINE, 1, lines, b, b_step, work->depth, sums);
        add_sums(work, row, rows, work->j0 + j, columns, sums, columns > VECTOR_REALS ? PANEL : VECTOR_REALS);
    }
}

/* The rows, the columns and the piece in work. A plain b that one tile reads once is not copied, but for columns that fill no panel. */
static void multiply_block(Work *work)
{
    real block[MULTIPLY_DEPTH * BLOCK_COLUMNS];
    bool once = work->m <= TILE_ROWS && !work->b.transposed && work->columns % PANEL == 0;
    if (!once)
        copy_block(work, block);
    work->block = once ? NULL : block;
    int64_t row = work->first_row;
    for (int64_t parts = (work->last_row - row + TILE_ROWS - 1) / TILE_ROWS; row < work->last_row; parts--) {
        int64_t rows = filled_rows((work->last_row - row + parts - 1) / parts), rest = work->last_row - row;
        rows = rows < rest ? rows : rest;
        multiply_rows(work, row, rows);
        row += rows;
    }
    work->block = NULL;
}

/* All columns, for the piece and the rows in work. */
static void multiply_columns(Work *work)
{
    for (work->j0 = 0; work->j0 < work->n; work->j0 += BLOCK_COLUMNS) {
        work->columns = work->n - work->j0 < BLOCK_COLUMNS ? work->n - work->j0 : BLOCK_COLUMNS;
        multiply_block(work);
    }
}

/* Terms k0 .. k0 + depth - 1 of all entries. */
static void multiply_piece(Work *work)
{
    if (work->m == 1 && !work->a.transposed) {
        if (work->b.transposed)
            multiply_transposed_row(work);
        else
            multiply_plain_row(work);
        return;
    }
    for (int64_t row = 0; row < work->m; row += BLOCK_ROWS) {
        work->first_row = row;
        work->last_row = work->m - row < BLOCK_ROWS ? work->m : row + BLOCK_ROWS;
        multiply_columns(work);
    }
}

void KERNEL_NAME(multiply)(int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, real *c, int64_t c_stride)
{
    Work work = {.m = m, .n = n, .a = a, .b = b, .c = c, .row_step = c_stride, .column_step = 1};
    if (n < m && n <= VECTOR_REALS / 2)
        work = (Work){.m = n,
                      .n = m,
                      .a = {b.start, b.stride, !b.transposed},
                      .b = {a.start, a.stride, !a.transposed},
                      .c = c,
                      .row_step = 1,
                      .column_step = c_stride};
    if (work.m == 1 && work.a.stride == 1) /* a column of one entry a row is a row */
        work.a.transposed = false;
    for (work.k0 = 0; work.k0 < k; work.k0 += MULTIPLY_DEPTH) {
        work.depth = k - work.k0 < MULTIPLY_DEPTH ? k - work.k0 : MULTIPLY_DEPTH;
        multiply_piece(&work);
    }
}

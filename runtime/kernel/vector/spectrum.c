/* Kernels spectrum and filter_spectrum: Fourier transforms of real tensors, and the inverse of their products with filters; ../spectrum.h says how both
 * lie.
 *
 * All matrices of a group lie side by side, so that vectors along the columns are full whatever the size of one; then LANES rows at a time are turned round,
 * transformed, and turned back. Two real items of one sample travel as one complex item and are taken apart by the symmetry of their spectra. The inverse
 * is the transform with real and imaginary parts exchanged; its divisor is in the filters. The absolute value is the root of the sum of squares: it
 * overflows above the root of the largest real. */
#include "kernel/kernel.h"
#include "kernel/nest.h"
#include "kernel/vector/line.h"
#include "kernel/vector/transpose.h"

#include <math.h>
#include <string.h>

/* A group of matrices in work. */
typedef struct Work {
    SpectrumMatrix matrix;
    const LinePlan *row_plan;    /* of lines along a row */
    const LinePlan *column_plan; /* of lines along a column */
    const real *factors;         /* between the two, of matrices that are turned */
    int64_t count;               /* of matrices */
    int64_t pitch;               /* from one row to the next */
    int64_t step;                /* from one matrix to the next */
    real *re, *im;
    real *spare;                    /* two planes more */
    LinePlanes lines, more, others; /* LANES lines each */
} Work;

/* Bytes of a plan: its stages' factors follow on the header. */
static size_t plan_bytes(const LinePlan *plan)
{
    int64_t reals = 0, left = plan->size;
    for (int32_t k = 0; k < plan->stages; k++) {
        left /= plan->radix[k];
        reals += 2 * left * (plan->radix[k] - 1);
    }
    return (sizeof *plan + (size_t)reals * sizeof(real) + 63) / 64 * 64;
}

static void work_find_tables(Work *work, const char *table)
{
    work->row_plan = (const LinePlan *)(const void *)table;
    table += plan_bytes(work->row_plan);
    work->column_plan = (const LinePlan *)(const void *)table;
    work->factors = (const real *)(const void *)(table + plan_bytes(work->column_plan));
}

static Work work_begin(int64_t height, int64_t width, int64_t items, const KernelArguments *arguments)
{
    Work work = {.matrix = spectrum_matrix(height, width, LANES), .count = spectrum_group(height * width, items)};
    int64_t plane = spectrum_plane(&work.matrix, work.count, LANES), lines = spectrum_lines(&work.matrix, LANES);
    work_find_tables(&work, arguments->table);
    work.lines = (LinePlanes){arguments->scratch, (real *)arguments->scratch + lines, LANES};
    work.more = (LinePlanes){work.lines.im + lines, work.lines.im + 2 * lines, LANES};
    work.others = (LinePlanes){work.more.im + lines, work.more.im + 2 * lines, LANES};
    work.re = work.others.im + lines;
    work.im = work.re + plane;
    work.spare = work.im + plane;
    return work;
}

static void work_set_count(Work *work, int64_t count)
{
    work->count = count;
    work->pitch = spectrum_pitch(&work->matrix, count, LANES);
    work->step = work->matrix.turned ? work->matrix.rows * work->matrix.columns : work->matrix.columns;
}

static void transform_columns_of(const Work *work, LinePlanes planes, int64_t columns)
{
    for (int64_t c = 0; c < columns; c += LANES) {
        LinePlanes block = {planes.re + c, planes.im + c, planes.pitch};
        line_transform(work->column_plan, block, block, work->lines, work->more);
    }
}

static void multiply_factors(const Work *work, LinePlanes planes)
{
    int64_t entries = work->matrix.rows * work->matrix.columns;
    const real *factor_re = work->factors, *factor_im = work->factors + entries;
    for (int64_t i = 0; i < entries; i += VECTOR_REALS) {
        vector re = vector_load(planes.re + i), im = vector_load(planes.im + i);
        vector c = vector_load(factor_re + i), s = vector_load(factor_im + i);
        vector_store(planes.re + i, re * c - im * s);
        vector_store(planes.im + i, re * s + im * c);
    }
}

/* All columns of the group, of planes re and im (which the inverse exchanges). */
static void transform_columns(const Work *work, real *re, real *im)
{
    if (work->matrix.rows == 1)
        return;
    if (!work->matrix.turned) {
        transform_columns_of(work, (LinePlanes){re, im, work->pitch}, work->count * work->matrix.columns);
        return;
    }
    for (int64_t i = 0; i < work->count; i++) {
        LinePlanes planes = {re + i * work->step, im + i * work->step, work->pitch};
        transform_columns_of(work, planes, work->matrix.columns);
        multiply_factors(work, planes);
    }
}

/* The first of the places from which `size` entries are taken a vector at a time, the last vector overlapping the one before. */
static inline int64_t last_place(int64_t size, int64_t place)
{
    return place + VECTOR_REALS <= size || size < VECTOR_REALS ? place : size - VECTOR_REALS;
}

/* Turns round squares from LANES rows (beginning at `offset` of plane `from`) into lines. There is room behind the rows for a vector. */
static void load_rows(const real *from, const int64_t *offset, int64_t size, real *lines)
{
    for (int half = 0; half < LANES; half += VECTOR_REALS)
        for (int64_t k = 0; k < size; k += VECTOR_REALS) {
            int64_t place = last_place(size, k);
            vector row[VECTOR_REALS];
            VECTOR_UNROLL
            for (int i = 0; i < VECTOR_REALS; i++)
                row[i] = vector_load(from + offset[half + i] + place);
            transpose_vectors(row);
            VECTOR_UNROLL
            for (int i = 0; i < VECTOR_REALS; i++)
                vector_store(lines + (place + i) * LANES + half, row[i]);
        }
}

/* The way back, for the first `valid` rows. */
static void store_rows(const real *lines, int64_t size, real *to, const int64_t *offset, int64_t valid)
{
    for (int half = 0; half < LANES; half += VECTOR_REALS)
        for (int64_t k = 0; k < size; k += VECTOR_REALS) {
            int64_t place = last_place(size, k), width = size < VECTOR_REALS ? size : VECTOR_REALS;
            vector row[VECTOR_REALS];
            VECTOR_UNROLL
            for (int i = 0; i < VECTOR_REALS; i++)
                row[i] = vector_load(lines + (place + i) * LANES + half);
            transpose_vectors(row);
            if (width == VECTOR_REALS && half + VECTOR_REALS <= valid) {
                VECTOR_UNROLL
                for (int i = 0; i < VECTOR_REALS; i++)
                    vector_store(to + offset[half + i] + place, row[i]);
            } else {
                for (int i = 0; i < VECTOR_REALS && half + i < valid; i++)
                    memcpy(to + offset[half + i] + place, &row[i], (size_t)width * sizeof *to);
            }
        }
}

/* Entry k of row n1 of a turned matrix is entry n1 + rows * k of the signal: lines are neighbours. */
static void store_turned(const real *lines, const SpectrumMatrix *matrix, real *to)
{
    for (int64_t k = 0; k < matrix->columns; k++)
        for (int v = 0; v < LANES; v += VECTOR_REALS)
            vector_store(to + k * matrix->rows + v, vector_load(lines + k * LANES + v));
}

static void take_modulus(real *re, const real *im, int64_t size)
{
    for (int64_t i = 0; i < size * LANES; i++) {
        real squares = re[i] * re[i] + im[i] * im[i];
#if defined(KERNEL_DOUBLE)
        re[i] = sqrt(squares);
#else
        re[i] = sqrtf(squares);
#endif
    }
}

/* What of the transformed rows is written. */
typedef enum Part { PART_BOTH, PART_MODULUS, PART_IMAGINARY } Part;

typedef struct Target {
    Part part;
    real *first;     /* matrices one behind the other */
    real *imaginary; /* for both parts */
} Target;

static void store_lines(const Work *work, const real *lines, int64_t first, const int64_t *offset, int64_t valid, real *to)
{
    const SpectrumMatrix *matrix = &work->matrix;
    if (matrix->turned)
        store_turned(lines, matrix, to + first / matrix->rows * work->step + first % matrix->rows);
    else
        store_rows(lines, matrix->columns, to, offset, valid);
}

/* Transforms rows `first` to first + LANES - 1 of the group (those behind the last are the last), and writes them. */
static void transform_rows_from(const Work *work, const real *re, const real *im, int64_t first, const Target *target)
{
    const SpectrumMatrix *matrix = &work->matrix;
    int64_t total = work->count * matrix->rows, from[LANES], to[LANES];
    int64_t valid = total - first < LANES ? total - first : LANES;
    for (int64_t l = 0; l < LANES; l++) {
        int64_t row = l < valid ? first + l : total - 1, item = row / matrix->rows;
        from[l] = item * work->step + row % matrix->rows * work->pitch;
        to[l] = row * matrix->columns;
    }
    load_rows(re, from, matrix->columns, work->lines.re);
    load_rows(im, from, matrix->columns, work->lines.im);
    line_transform(work->row_plan, work->lines, work->lines, work->more, work->others);
    if (target->part == PART_MODULUS)
        take_modulus(work->lines.re, work->lines.im, matrix->columns);
    store_lines(work, target->part == PART_IMAGINARY ? work->lines.im : work->lines.re, first, to, valid, target->first);
    if (target->part == PART_BOTH)
        store_lines(work, work->lines.im, first, to, valid, target->imaginary);
}

static void transform_rows(const Work *work, const real *re, const real *im, const Target *target)
{
    for (int64_t first = 0; first < work->count * work->matrix.rows; first += LANES)
        transform_rows_from(work, re, im, first, target);
}

/* The items `first` and `first + 1` of a tensor as real and imaginary parts of matrix `to`; one item has no partner. */
static void load_pair(const Work *work, const real *x, int64_t first, bool partner, int64_t to)
{
    const SpectrumMatrix *matrix = &work->matrix;
    int64_t entries = matrix->rows * matrix->columns;
    const real *re = x + first * entries;
    for (int64_t row = 0; row < matrix->rows; row++, re += matrix->columns) {
        int64_t at = to * work->step + row * work->pitch;
        memcpy(work->re + at, re, (size_t)matrix->columns * sizeof *re);
        if (partner)
            memcpy(work->im + at, re + entries, (size_t)matrix->columns * sizeof *re);
        else
            memset(work->im + at, 0, (size_t)matrix->columns * sizeof *re);
    }
}

/* Rows of a spectrum, of real and imaginary parts. */
typedef struct SpectrumRow {
    real *re;
    real *im;
} SpectrumRow;

/* Takes the entries k of spectra X, Y apart: with Z = X + i Y and Z' its mirror image, whose entry is m, X = (Z + conj Z') / 2 and
 * Y = (Z - conj Z') / 2 i. */
static inline void split_entry(SpectrumRow z, int64_t k, SpectrumRow mirror, int64_t m, SpectrumRow x, SpectrumRow y)
{
    const real half = (real)0.5;
    x.re[k] = (z.re[k] + mirror.re[m]) * half;
    x.im[k] = (z.im[k] - mirror.im[m]) * half;
    y.re[k] = (z.im[k] + mirror.im[m]) * half;
    y.im[k] = (mirror.re[m] - z.re[k]) * half;
}

static void split_row(int64_t width, SpectrumRow z, SpectrumRow mirror, SpectrumRow x, SpectrumRow y)
{
    split_entry(z, 0, mirror, 0, x, y);
    INDEPENDENT
    for (int64_t k = 1; k < width; k++)
        split_entry(z, k, mirror, width - k, x, y);
}

static void clear_behind(const SpectrumNumbers *numbers, int64_t planes, real *result)
{
    int64_t entries = numbers->height * numbers->width;
    for (int64_t plane = 0; plane < planes; plane++)
        memset(result + plane * numbers->places + entries, 0, (size_t)(numbers->places - entries) * sizeof *result);
}

/* An item that has no partner is transformed as it is. */
static void transform_alone(const SpectrumNumbers *numbers, Work *work, const real *x, real *result)
{
    work_set_count(work, 1);
    load_pair(work, x, 0, false, 0);
    transform_columns(work, work->re, work->im);
    transform_rows(work, work->re, work->im, &(Target){PART_BOTH, result, result + numbers->places});
    clear_behind(numbers, 2, result);
}

/* Takes matrix i apart, into one item or two. Of one without a partner the second goes where nothing is needed any more. */
static void split_pair(const SpectrumNumbers *numbers, const Work *work, int64_t i, bool partner, real *result)
{
    int64_t width = numbers->width, entries = numbers->height * width, places = numbers->places;
    SpectrumRow z = {work->spare + i * entries, work->spare + (work->count + i) * entries};
    real *second = partner ? result + 2 * places : work->re;
    real *second_im = partner ? second + places : work->im;
    for (int64_t row = 0; row < numbers->height; row++) {
        int64_t at = row * width, mirror = row ? entries - at : 0;
        split_row(width, (SpectrumRow){z.re + at, z.im + at}, (SpectrumRow){z.re + mirror, z.im + mirror},
                  (SpectrumRow){result + at, result + places + at}, (SpectrumRow){second + at, second_im + at});
    }
    clear_behind(numbers, partner ? 4 : 2, result);
}

static void transform_sample(const SpectrumNumbers *numbers, Work *work, const real *x, real *result)
{
    int64_t pairs = (numbers->items + 1) / 2, entries = numbers->height * numbers->width;
    int64_t group = work->count;
    for (int64_t first = 0; first < pairs; first += group) {
        work_set_count(work, pairs - first < group ? pairs - first : group);
        for (int64_t i = 0; i < work->count; i++)
            load_pair(work, x, 2 * (first + i), 2 * (first + i) + 1 < numbers->items, i);
        transform_columns(work, work->re, work->im);
        Target target = {PART_BOTH, work->spare, work->spare + work->count * entries};
        transform_rows(work, work->re, work->im, &target);
        for (int64_t i = 0; i < work->count; i++)
            split_pair(numbers, work, i, 2 * (first + i) + 1 < numbers->items, result + 4 * (first + i) * numbers->places);
    }
    work->count = group;
}

void KERNEL_NAME(spectrum)(const KernelArguments *arguments)
{
    SpectrumNumbers numbers;
    memcpy(&numbers, arguments->integers, sizeof numbers);
    Work work = work_begin(numbers.height, numbers.width, (numbers.items + 1) / 2, arguments);
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *x = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        real *result = (real *)arguments->result + sample * arguments->result_stride;
        if (numbers.items == 1)
            transform_alone(&numbers, &work, x, result);
        else
            transform_sample(&numbers, &work, x, result);
    }
}

/* A bank, as ../spectrum.h says. */
typedef struct Bank {
    const real *factors;
    const real *places;
    const real *starts;
} Bank;

/* The sum of the terms first .. last - 1 of a block. */
static inline void sum_terms(const Bank *bank, int64_t first, int64_t last, const real *re, const real *im, real *to_re,
                             real *to_im)
{
    VECTOR_LOOP
    for (int v = 0; v < LANES; v += VECTOR_REALS) {
        vector sum_re = vector_fill(0), sum_im = vector_fill(0);
        VECTOR_LOOP
        for (int64_t term = first; term < last; term++) {
            int64_t place = (int64_t)bank->places[term] + v;
            vector factor = vector_load(bank->factors + term * LANES + v);
            sum_re = vector_multiply_add(vector_load(re + place), factor, sum_re);
            sum_im = vector_multiply_add(vector_load(im + place), factor, sum_im);
        }
        vector_store(to_re + v, sum_re);
        vector_store(to_im + v, sum_im);
    }
}

/* The product of a spectrum with one wavelet, summed over its periods, into a matrix. A block may reach into what stands behind its row: the row that
 * comes next is written later. */
static void multiply_filter(const FilterNumbers *numbers, const Bank *bank, int64_t wavelet, const real *spectrum, real *re,
                            real *im, int64_t pitch)
{
    int64_t blocks = (numbers->width + LANES - 1) / LANES;
    const real *start = bank->starts + wavelet * numbers->height * blocks;
    for (int64_t row = 0; row < numbers->height; row++)
        for (int64_t block = 0; block < blocks; block++, start++) {
            int64_t at = row * pitch + block * LANES;
            sum_terms(bank, (int64_t)start[0], (int64_t)start[1], spectrum, spectrum + numbers->places, re + at, im + at);
        }
}

static void filter_sample(const FilterNumbers *numbers, Work *work, const Bank *bank, const real *spectrum, real *result)
{
    int64_t total = numbers->items * numbers->wavelets, entries = numbers->height * numbers->width, group = work->count;
    for (int64_t first = 0; first < total; first += group) {
        work_set_count(work, total - first < group ? total - first : group);
        int64_t pitch = work->matrix.turned ? 0 : work->pitch;
        for (int64_t i = 0; i < work->count; i++) {
            const real *item = spectrum + (first + i) / numbers->wavelets * 2 * numbers->places;
            multiply_filter(numbers, bank, (first + i) % numbers->wavelets, item, work->re + i * work->step,
                            work->im + i * work->step, pitch);
        }
        Target target = {numbers->modulus ? PART_MODULUS : PART_IMAGINARY, result + first * entries, NULL};
        transform_columns(work, work->im, work->re);
        transform_rows(work, work->im, work->re, &target);
    }
    work->count = group;
}

void KERNEL_NAME(filter_spectrum)(const KernelArguments *arguments)
{
    FilterNumbers numbers;
    memcpy(&numbers, arguments->integers, sizeof numbers);
    Bank bank = {arguments->operands[1], arguments->operands[2], arguments->operands[3]};
    Work work = work_begin(numbers.height, numbers.width, numbers.items * numbers.wavelets, arguments);
    for (int64_t sample = 0; sample < arguments->samples; sample++)
        filter_sample(&numbers, &work, &bank, (const real *)arguments->operands[0] + sample * arguments->strides[0],
                      (real *)arguments->result + sample * arguments->result_stride);
}

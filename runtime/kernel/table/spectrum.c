/* Kernels of spectra in planes; ../spectrum.h says how they lie. */
#include "kernel/spectrum.h"

#include "fft/plan.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(spectrum);
KERNEL_DECLARE_WIDER(filter_spectrum);

static const int64_t most_lanes = 16; /* of single precision; double has half of them, and needs no more room */

static size_t work_scratch(int64_t height, int64_t width, int64_t items)
{
    size_t most = 0;
    for (int64_t lanes = most_lanes / 2; lanes <= most_lanes; lanes *= 2) {
        SpectrumMatrix matrix = spectrum_matrix(height, width, lanes);
        int64_t group = spectrum_group(height * width, items);
        size_t reals = (size_t)(4 * spectrum_plane(&matrix, group, lanes) + 6 * spectrum_lines(&matrix, lanes));
        most = reals > most ? reals : most;
    }
    return most;
}

static size_t spectrum_scratch(const int64_t *integers, int64_t samples)
{
    SpectrumNumbers numbers;
    (void)samples;
    memcpy(&numbers, integers, sizeof numbers);
    return work_scratch(numbers.height, numbers.width, (numbers.items + 1) / 2);
}

static size_t filter_scratch(const int64_t *integers, int64_t samples)
{
    FilterNumbers numbers;
    (void)samples;
    memcpy(&numbers, integers, sizeof numbers);
    return work_scratch(numbers.height, numbers.width, numbers.items * numbers.wavelets);
}

/* Sixes first, so that fewer stages are left, and no more than two fours instead of eights. */
static void choose_stages(LinePlan *plan, int64_t size)
{
    static const int32_t small[] = {6, 3, 5};
    plan->size = size;
    plan->stages = 0;
    for (int i = 0; i < 3; i++)
        for (; size % small[i] == 0; size /= small[i])
            plan->radix[plan->stages++] = small[i];
    while (size > 1) {
        int32_t radix = size == 2 ? 2 : size == 4 || size == 16 ? 4 : 8;
        plan->radix[plan->stages++] = radix;
        size /= radix;
    }
}

static int64_t stage_reals(int64_t left, int32_t radix)
{
    return 2 * left * (radix - 1);
}

static size_t line_bytes(int64_t size, bool precise)
{
    LinePlan plan;
    int64_t reals = 0, left = size;
    choose_stages(&plan, size);
    for (int32_t k = 0; k < plan.stages; k++) {
        left /= plan.radix[k];
        reals += stage_reals(left, plan.radix[k]);
    }
    return (sizeof(LinePlan) + (size_t)reals * (precise ? 8 : 4) + 63) / 64 * 64;
}

static void write_real(void *reals, int64_t index, double value, bool precise)
{
    if (precise)
        ((double *)reals)[index] = value;
    else
        ((float *)reals)[index] = (float)value;
}

static void make_line(int64_t size, bool precise, void *memory)
{
    LinePlan *plan = memory;
    int64_t offset = 0, left = size;
    choose_stages(plan, size);
    plan->unused = 0;
    for (int32_t k = 0; k < plan->stages; k++) {
        int32_t radix = plan->radix[k];
        int64_t whole = left;
        left /= radix;
        plan->twiddles[k] = offset;
        for (int64_t p = 0; p < left; p++)
            for (int64_t j = 1; j < radix; j++, offset += 2) {
                double re, im;
                fft_root(p * j % whole, whole, &re, &im);
                write_real(plan + 1, offset, re, precise);
                write_real(plan + 1, offset + 1, im, precise);
            }
    }
}

/* The plan of the rows of the matrix, that of its columns, then the factors between: all real parts, and all imaginary ones. */
static size_t table_size(const int64_t *integers, bool precise)
{
    SpectrumMatrix matrix = spectrum_matrix(integers[1], integers[2], precise ? most_lanes / 2 : most_lanes);
    size_t bytes = line_bytes(matrix.columns, precise) + line_bytes(matrix.rows, precise);
    return matrix.turned ? bytes + (size_t)(2 * matrix.rows * matrix.columns) * (precise ? 8 : 4) : bytes;
}

static void make_table(const int64_t *integers, bool precise, void *table)
{
    SpectrumMatrix matrix = spectrum_matrix(integers[1], integers[2], precise ? most_lanes / 2 : most_lanes);
    char *at = table;
    make_line(matrix.columns, precise, at);
    at += line_bytes(matrix.columns, precise);
    make_line(matrix.rows, precise, at);
    at += line_bytes(matrix.rows, precise);
    int64_t entries = matrix.rows * matrix.columns;
    for (int64_t i = 0; matrix.turned && i < entries; i++) {
        double re, im;
        fft_root(i / matrix.columns * (i % matrix.columns), entries, &re, &im);
        write_real(at, i, re, precise);
        write_real(at, entries + i, im, precise);
    }
}

const KernelInfo kernels_spectrum[] = {
    {.name = "spectrum",
     KERNEL_WIDER_FUNCTIONS(spectrum),
     .scratch = spectrum_scratch,
     .table_size = table_size,
     .make_table = make_table},
    {.name = "filter_spectrum",
     KERNEL_WIDER_FUNCTIONS(filter_spectrum),
     .scratch = filter_scratch,
     .table_size = table_size,
     .make_table = make_table},
    {.name = NULL},
};

/* Kernels of spectra in planes; ../spectrum.h says how they lie. */
#include "kernel/spectrum.h"

#include "fft/plan.h"
#include "kernel/table/line.h"
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

/* The plan of the rows of the matrix, that of its columns, then the factors between: all real parts, and all imaginary ones. */
static size_t table_size(const int64_t *integers, bool precise)
{
    SpectrumMatrix matrix = spectrum_matrix(integers[1], integers[2], precise ? most_lanes / 2 : most_lanes);
    size_t bytes = line_bytes(matrix.columns, LARGEST_OF_PLANES, precise) + line_bytes(matrix.rows, LARGEST_OF_PLANES, precise);
    return matrix.turned ? bytes + (size_t)(2 * matrix.rows * matrix.columns) * (precise ? 8 : 4) : bytes;
}

static void make_table(const int64_t *integers, bool precise, void *table)
{
    SpectrumMatrix matrix = spectrum_matrix(integers[1], integers[2], precise ? most_lanes / 2 : most_lanes);
    char *at = table;
    line_make(matrix.columns, LARGEST_OF_PLANES, precise, at);
    at += line_bytes(matrix.columns, LARGEST_OF_PLANES, precise);
    line_make(matrix.rows, LARGEST_OF_PLANES, precise, at);
    at += line_bytes(matrix.rows, LARGEST_OF_PLANES, precise);
    int64_t entries = matrix.rows * matrix.columns;
    for (int64_t i = 0; matrix.turned && i < entries; i++) {
        double re, im;
        fft_root(i / matrix.columns * (i % matrix.columns), entries, &re, &im);
        line_write(at, i, re, precise);
        line_write(at, entries + i, im, precise);
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

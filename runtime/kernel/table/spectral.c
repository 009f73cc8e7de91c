/* Kernels of transforms and complex numbers. */
#include "fft/plan.h"
#include "kernel/table/row.h"

KERNEL_DECLARE(spectral_complex);
KERNEL_DECLARE(spectral_real);
KERNEL_DECLARE(spectral_imag);
KERNEL_DECLARE(spectral_conj);
KERNEL_DECLARE(spectral_modulus);
KERNEL_DECLARE(spectral_fft);

enum { FFT_LANES = 8 };

/* Four planes of as many lines as are transformed side by side. */
static size_t fft_scratch(const int64_t *integers, int64_t samples)
{
    int64_t rows = integers[3];
    int64_t columns = integers[4];
    int64_t lines = integers[2] * samples * (rows > 1 && columns > rows ? columns : rows);
    int64_t longest = fft_length(columns) > fft_length(rows) ? fft_length(columns) : fft_length(rows);
    return (size_t)(4 * longest * (lines < FFT_LANES ? lines : FFT_LANES));
}

static size_t fft_table_size(const int64_t *integers, bool precise)
{
    size_t size = fft_plan_bytes(integers[4], precise);
    bool second = integers[3] > 1 && integers[3] != integers[4];
    return second ? size + fft_plan_bytes(integers[3], precise) : size;
}

static void fft_make_table(const int64_t *integers, bool precise, void *table)
{
    fft_plan_make(integers[4], precise, table);
    if (integers[3] > 1 && integers[3] != integers[4])
        fft_plan_make(integers[3], precise, (char *)table + fft_plan_bytes(integers[4], precise));
}

const KernelInfo kernels_spectral[] = {
    {.name = "complex", KERNEL_FUNCTIONS(spectral_complex), .specialise = kernel_by_processor},
    {.name = "real", KERNEL_FUNCTIONS(spectral_real), .specialise = kernel_by_processor},
    {.name = "imag", KERNEL_FUNCTIONS(spectral_imag), .specialise = kernel_by_processor},
    {.name = "conj", KERNEL_FUNCTIONS(spectral_conj), .specialise = kernel_by_processor},
    {.name = "modulus", KERNEL_FUNCTIONS(spectral_modulus), .specialise = kernel_by_processor},
    {.name = "fft",
     KERNEL_FUNCTIONS(spectral_fft),
     .scratch = fft_scratch,
     .table_size = fft_table_size,
     .make_table = fft_make_table},
    {.name = NULL},
};

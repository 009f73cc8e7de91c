/* Kernels of stripes; ../stripes.h says how images lie in them. */
#include "kernel/stripes.h"

#include "kernel/spectrum.h"
#include "kernel/table/line.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE_WIDER(striped_spectrum);
KERNEL_DECLARE_WIDER(striped_filter);
KERNEL_DECLARE_WIDER(striped_smooth);

static size_t spectrum_scratch(const int64_t *integers, int64_t samples)
{
    StripedSpectrumNumbers numbers;
    (void)samples;
    memcpy(&numbers, integers, sizeof numbers);
    return (size_t)(3 * stripes_line(numbers.height, numbers.width));
}

/* Memory is as kernels divide it. */
static size_t filter_scratch(const int64_t *integers, int64_t samples)
{
    StripedFilterNumbers numbers;
    (void)samples;
    memcpy(&numbers, integers, sizeof numbers);
    int64_t height = numbers.height, width = numbers.width;
    int64_t smoothed = numbers.down.count * (width + numbers.along.count) * STRIPE;
    return (size_t)(stripes_matrix(height, width) + 3 * stripes_line(height, width) + stripes_images(&numbers) + smoothed);
}

static size_t smooth_scratch(const int64_t *integers, int64_t samples)
{
    StripedSmoothNumbers numbers;
    (void)samples;
    memcpy(&numbers, integers, sizeof numbers);
    return (size_t)((numbers.height + numbers.down.count) * numbers.along.count * STRIPE);
}

/* The plan of rows, then that of columns. */
static size_t table_size(const int64_t *integers, bool precise)
{
    return line_bytes(integers[2], LARGEST_OF_STRIPES, precise) + line_bytes(integers[1], LARGEST_OF_STRIPES, precise);
}

static void make_table(const int64_t *integers, bool precise, void *table)
{
    line_make(integers[2], LARGEST_OF_STRIPES, precise, table);
    line_make(integers[1], LARGEST_OF_STRIPES, precise, (char *)table + line_bytes(integers[2], LARGEST_OF_STRIPES, precise));
}

const KernelInfo kernels_stripes[] = {
    {.name = "striped_spectrum",
     KERNEL_WIDER_FUNCTIONS(striped_spectrum),
     .scratch = spectrum_scratch,
     .table_size = table_size,
     .make_table = make_table},
    {.name = "striped_filter",
     KERNEL_WIDER_FUNCTIONS(striped_filter),
     .scratch = filter_scratch,
     .table_size = table_size,
     .make_table = make_table},
    {.name = "striped_smooth", KERNEL_WIDER_FUNCTIONS(striped_smooth), .scratch = smooth_scratch},
    {.name = NULL},
};

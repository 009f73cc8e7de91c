/* Kernel striped_smooth: low-pass filters of images in stripes, which are products of two; ../stripes.h says how both lie. */
#include "kernel/vector/stripe_smooth.h"
#include "kernel/kernel.h"

#include <string.h>

void KERNEL_NAME(striped_smooth)(const KernelArguments *arguments)
{
    StripedSmoothNumbers numbers;
    memcpy(&numbers, arguments->integers, sizeof numbers);
    const real *down = arguments->operands[1], *along = arguments->operands[2];
    real *between = arguments->scratch, *smoothed = between + numbers.rows * numbers.width * STRIPE;
    int64_t entries = numbers.rows * numbers.columns;
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *images = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        real *result = (real *)arguments->result + sample * arguments->result_stride;
        for (int64_t s = 0; s < numbers.stripes; s++) {
            smooth_columns(down, numbers.rows, numbers.height, images + s * numbers.height * numbers.width * STRIPE, numbers.width,
                           between);
            smooth_rows(along, numbers.columns, numbers.width, between, numbers.rows, smoothed);
            stripe_scatter(smoothed, entries, stripes_used(s, numbers.run), result + stripes_first(s, numbers.run) * entries,
                           entries);
        }
    }
}

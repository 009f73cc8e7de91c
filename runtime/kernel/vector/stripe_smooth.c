/* Kernel striped_smooth: low-pass filters of images in stripes, which are products of two; ../stripes.h says how both lie. Rows first: images are read from
 * their beginning to their end. */
#include "kernel/vector/stripe_smooth.h"
#include "kernel/kernel.h"

#include <string.h>

void KERNEL_NAME(striped_smooth)(const KernelArguments *arguments)
{
    StripedSmoothNumbers numbers;
    memcpy(&numbers, arguments->integers, sizeof numbers);
    const Smoothing down = smooth_begin(numbers.down, numbers.height, arguments->operands[1]);
    const Smoothing along = smooth_begin(numbers.along, numbers.width, arguments->operands[2]);
    int64_t columns = numbers.along.count, image = numbers.height * numbers.width * STRIPE, entries = numbers.down.count * columns;
    real *between = arguments->scratch, *smoothed = between + numbers.height * columns * STRIPE;
    for (int64_t sample = 0; sample < arguments->samples; sample++) {
        const real *images = (const real *)arguments->operands[0] + sample * arguments->strides[0];
        real *result = (real *)arguments->result + sample * arguments->result_stride;
        for (int64_t s = 0; s < numbers.stripes; s++) {
            smooth_along(&along, images + s * image, numbers.height, between);
            smooth_down(&down, between, columns, smoothed, columns * STRIPE);
            stripe_scatter(smoothed, entries, stripes_used(s, numbers.run), result + stripes_first(s, numbers.run) * entries,
                           entries);
        }
    }
}

/* Pooling over windows and over bins. A unit of work is one channel of one sample; windows go over it row by row of the result, so that the
 * innermost loops run along rows. */
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"
#include "kernel/window.h"

#include <math.h>
#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    int64_t channels;
    Window window;
    bool mean;
    bool count_padding;
} Work;

static const real *channel_start(const Work *work, int64_t unit)
{
    const KernelArguments *arguments = work->arguments;
    return (const real *)arguments->operands[0] + unit / work->channels * arguments->strides[0] +
           unit % work->channels * window_product(work->window.in);
}

static real *result_start(const Work *work, int64_t unit)
{
    const KernelArguments *arguments = work->arguments;
    return (real *)arguments->result + unit / work->channels * arguments->result_stride +
           unit % work->channels * window_product(work->window.out);
}

/* The larger of two; NaN when either is. */
static inline real larger(real a, real b)
{
    return b > a || b != b ? b : a;
}

/* Takes one row of the operand into one row of the result: the largest so far, or the sum so far. */
static void take_row(const Work *work, const real *row, real *to)
{
    const Window *window = &work->window;
    int64_t stride = window->stride[2];
    for (int64_t k = 0; k < window->kernel[2]; k++) {
        int64_t low, high, offset = k - window->before[2];
        window_range(window, 2, k, &low, &high);
        if (work->mean)
            for (int64_t p = low; p < high; p++)
                to[p] += row[p * stride + offset];
        else
            for (int64_t p = low; p < high; p++)
                to[p] = larger(to[p], row[p * stride + offset]);
    }
}

/* The window's entries at position p of an axis, within operand and, where it counts, padding. */
static int64_t counted(const Work *work, int axis, int64_t p)
{
    const Window *window = &work->window;
    int64_t low = p * window->stride[axis] - window->before[axis], high = low + window->kernel[axis];
    int64_t least = work->count_padding ? -window->before[axis] : 0;
    int64_t most = window->in[axis] + (work->count_padding ? window->after[axis] : 0);
    return (high < most ? high : most) - (low > least ? low : least);
}

/* One row of the result, at (z, y) of the positions. */
static void pool_row(const Work *work, const real *channel, int64_t z, int64_t y, real *to)
{
    const Window *window = &work->window;
    for (int64_t p = 0; p < window->out[2]; p++)
        to[p] = work->mean ? 0 : -(real)INFINITY;
    for (int64_t k0 = 0; k0 < window->kernel[0]; k0++) {
        int64_t plane = z * window->stride[0] + k0 - window->before[0];
        if (plane < 0 || plane >= window->in[0])
            continue;
        for (int64_t k1 = 0; k1 < window->kernel[1]; k1++) {
            int64_t row = y * window->stride[1] + k1 - window->before[1];
            if (row >= 0 && row < window->in[1])
                take_row(work, channel + (plane * window->in[1] + row) * window->in[2], to);
        }
    }
    if (!work->mean)
        return;
    int64_t rows = counted(work, 0, z) * counted(work, 1, y);
    for (int64_t p = 0; p < window->out[2]; p++)
        to[p] /= (real)(rows * counted(work, 2, p));
}

static void pool_channels(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const int64_t *out = work->window.out;
    for (int64_t unit = first; unit < last; unit++)
        for (int64_t row = 0; row < out[0] * out[1]; row++)
            pool_row(work, channel_start(work, unit), row / out[1], row % out[1], result_start(work, unit) + row * out[2]);
}

/* Integers: channels, a Window, and for the mean whether padding counts. */
static void pool(const KernelArguments *arguments, bool mean)
{
    Work work = {.arguments = arguments, .channels = arguments->integers[0], .mean = mean};
    memcpy(&work.window, arguments->integers + 1, sizeof work.window);
    if (mean)
        work.count_padding = arguments->integers[1 + WINDOW_INTEGERS];
    int64_t cost = window_product(work.window.out) * window_product(work.window.kernel);
    share_units(arguments->parallel, arguments->samples * work.channels, cost, pool_channels, &work);
}

void KERNEL_NAME(pool_max)(const KernelArguments *arguments)
{
    pool(arguments, false);
}

void KERNEL_NAME(pool_mean)(const KernelArguments *arguments)
{
    pool(arguments, true);
}

/* --- bins ------------------------------------------------------------------------------------------------------------------ */

static int64_t bin_low(const Window *window, int axis, int64_t bin)
{
    return bin * window->in[axis] / window->out[axis];
}

static int64_t bin_high(const Window *window, int axis, int64_t bin)
{
    return ((bin + 1) * window->in[axis] + window->out[axis] - 1) / window->out[axis];
}

static real pool_bin(const Work *work, const real *channel, const int64_t *bin)
{
    const Window *window = &work->window;
    int64_t low[WINDOW_AXES], high[WINDOW_AXES], entries = 1;
    for (int axis = 0; axis < WINDOW_AXES; axis++) {
        low[axis] = bin_low(window, axis, bin[axis]);
        high[axis] = bin_high(window, axis, bin[axis]);
        entries *= high[axis] - low[axis];
    }
    real result = work->mean ? 0 : -(real)INFINITY;
    for (int64_t z = low[0]; z < high[0]; z++)
        for (int64_t y = low[1]; y < high[1]; y++) {
            const real *row = channel + (z * window->in[1] + y) * window->in[2];
            for (int64_t x = low[2]; x < high[2]; x++)
                result = work->mean ? result + row[x] : larger(result, row[x]);
        }
    return work->mean ? result / (real)entries : result;
}

static void pool_bins(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const int64_t *out = work->window.out;
    for (int64_t unit = first; unit < last; unit++) {
        const real *channel = channel_start(work, unit);
        real *to = result_start(work, unit);
        int64_t bin[WINDOW_AXES];
        for (bin[0] = 0; bin[0] < out[0]; bin[0]++)
            for (bin[1] = 0; bin[1] < out[1]; bin[1]++)
                for (bin[2] = 0; bin[2] < out[2]; bin[2]++)
                    *to++ = pool_bin(work, channel, bin);
    }
}

/* Integers: channels, sizes of the operand's axes, bins of each. */
static void adaptive_pool(const KernelArguments *arguments, bool mean)
{
    Work work = {.arguments = arguments, .channels = arguments->integers[0], .mean = mean};
    memcpy(work.window.in, arguments->integers + 1, sizeof work.window.in);
    memcpy(work.window.out, arguments->integers + 1 + WINDOW_AXES, sizeof work.window.out);
    share_units(arguments->parallel, arguments->samples * work.channels, window_product(work.window.in), pool_bins, &work);
}

void KERNEL_NAME(adaptive_pool_max)(const KernelArguments *arguments)
{
    adaptive_pool(arguments, false);
}

void KERNEL_NAME(adaptive_pool_mean)(const KernelArguments *arguments)
{
    adaptive_pool(arguments, true);
}

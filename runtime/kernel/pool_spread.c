/* The adjoints of the pooling maximum: a value for each window goes to the window's largest entry, or is taken from that entry's place. A unit of work is one
 * channel of one sample. */
#include "kernel/kernel.h"
#include "kernel/real.h"
#include "kernel/share.h"
#include "kernel/window.h"

#include <string.h>

typedef struct Work {
    const KernelArguments *arguments;
    int64_t channels;
    Window window;
    bool pick;
} Work;

/* Whether a stands before b as the largest: a NaN before all numbers. */
static inline bool beats(real a, real b)
{
    return a > b || (a != a && b == b);
}

static int64_t limit_low(int64_t place)
{
    return place > 0 ? place : 0;
}

static int64_t limit_high(int64_t place, int64_t n)
{
    return place < n ? place : n;
}

/* The place in the channel of the first largest entry of the window at position p; -1 where the window stands outside. */
static int64_t find_largest(const Window *window, const real *channel, const int64_t *p)
{
    int64_t start[WINDOW_AXES], low[WINDOW_AXES], high[WINDOW_AXES], best = -1;
    for (int axis = 0; axis < WINDOW_AXES; axis++) {
        start[axis] = p[axis] * window->stride[axis] - window->before[axis];
        low[axis] = limit_low(start[axis]);
        high[axis] = limit_high(start[axis] + window->kernel[axis], window->in[axis]);
    }
    for (int64_t z = low[0]; z < high[0]; z++)
        for (int64_t y = low[1]; y < high[1]; y++) {
            int64_t row = (z * window->in[1] + y) * window->in[2];
            for (int64_t x = low[2]; x < high[2]; x++)
                if (best < 0 || beats(channel[row + x], channel[best]))
                    best = row + x;
        }
    return best;
}

/* Windows of 2 x 2 side by side, which most nets have: one row of them, without a search. */
static void spread_pairs(const Window *window, const real *upper, const real *values, real *to)
{
    const real *lower = upper + window->in[2];
    real *below = to + window->in[2];
    for (int64_t p = 0; p < window->out[2]; p++) {
        real a = upper[2 * p], b = upper[2 * p + 1], c = lower[2 * p], d = lower[2 * p + 1], value = values[p];
        bool right = beats(b, a), below_right = beats(d, c);
        real top = right ? b : a, bottom = below_right ? d : c;
        bool down = beats(bottom, top);
        to[2 * p] = (!down & !right) ? value : 0;
        to[2 * p + 1] = (!down & right) ? value : 0;
        below[2 * p] = (down & !below_right) ? value : 0;
        below[2 * p + 1] = (down & below_right) ? value : 0;
    }
}

static bool is_pairs(const Window *window)
{
    return window->kernel[0] == 1 && window->stride[0] == 1 && window->before[0] == 0 && window->kernel[1] == 2 &&
           window->kernel[2] == 2 && window->stride[1] == 2 && window->stride[2] == 2 && window->before[1] == 0 &&
           window->before[2] == 0 && window->out[1] * 2 <= window->in[1] && window->out[2] * 2 <= window->in[2];
}

static void run_channel(const Work *work, const real *channel, const real *values, real *to)
{
    const Window *window = &work->window;
    int64_t p[WINDOW_AXES];
    if (!work->pick)
        memset(to, 0, (size_t)window_product(window->in) * sizeof *to);
    for (p[0] = 0; p[0] < window->out[0]; p[0]++)
        for (p[1] = 0; p[1] < window->out[1]; p[1]++) {
            int64_t row = (p[0] * window->out[1] + p[1]) * window->out[2];
            int64_t place = (p[0] * window->in[1] + 2 * p[1]) * window->in[2];
            if (!work->pick && is_pairs(window)) {
                spread_pairs(window, channel + place, values + row, to + place);
                continue;
            }
            for (p[2] = 0; p[2] < window->out[2]; p[2]++) {
                int64_t largest = find_largest(window, channel, p);
                if (work->pick)
                    to[row + p[2]] = largest < 0 ? 0 : values[largest];
                else if (largest >= 0)
                    to[largest] += values[row + p[2]];
            }
        }
}

static void run_channels(const void *context, int64_t first, int64_t last)
{
    const Work *work = context;
    const KernelArguments *arguments = work->arguments;
    int64_t in = window_product(work->window.in), out = window_product(work->window.out);
    for (int64_t unit = first; unit < last; unit++) {
        int64_t sample = unit / work->channels, channel = unit % work->channels;
        run_channel(work, (const real *)arguments->operands[0] + sample * arguments->strides[0] + channel * in,
                    (const real *)arguments->operands[1] + sample * arguments->strides[1] + channel * (work->pick ? in : out),
                    (real *)arguments->result + sample * arguments->result_stride + channel * (work->pick ? out : in));
    }
}

/* Integers: channels and a Window. */
static void run(const KernelArguments *arguments, bool pick)
{
    Work work = {.arguments = arguments, .channels = arguments->integers[0], .pick = pick};
    memcpy(&work.window, arguments->integers + 1, sizeof work.window);
    int64_t cost = window_product(work.window.out) * window_product(work.window.kernel);
    share_units(arguments->parallel, arguments->samples * work.channels, cost, run_channels, &work);
}

void KERNEL_NAME(pool_max_spread)(const KernelArguments *arguments)
{
    run(arguments, false);
}

void KERNEL_NAME(pool_max_pick)(const KernelArguments *arguments)
{
    run(arguments, true);
}

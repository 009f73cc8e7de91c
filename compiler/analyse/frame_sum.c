/* Littlewood-Paley sums and frame bounds: takes a bank, gives the sum over its grid and where it is least and largest; see frame.h.
 *
 * Bounds are rounded outward by more than the rounding of the sum: n terms and their squares lose at most (n + 8) units of the last place. */
#include "analyse/frame.h"

#include <float.h>
#include <math.h>

void frame_entry(const FrameFilter *filter, int64_t row, int64_t column, double *re, double *im)
{
    double a = 1, b = 0;
    for (const FrameFactor *factor = filter->factors; factor; factor = factor->next) {
        int64_t place = factor->offset + row * factor->stride[0] + column * factor->stride[1];
        double c = factor->complex ? factor->data[2 * place] : factor->data[place];
        double d = factor->complex ? factor->data[2 * place + 1] : 0;
        double old = a;
        a = old * c - b * d;
        b = old * d + b * c;
    }
    *re = a;
    *im = b;
}

int64_t frame_signals_apart(const FrameBank *bank)
{
    for (int64_t i = 0; i < bank->filter_count; i++)
        if (bank->filters[i].signal >= 0)
            return bank->signals;
    return 1;
}

static void add_power(const FrameBank *bank, const FrameFilter *filter, double gain, double *sum)
{
    for (int64_t row = 0; row < bank->size[0]; row++)
        for (int64_t column = 0; column < bank->size[1]; column++) {
            double re, im;
            frame_entry(filter, row, column, &re, &im);
            sum[row * bank->size[1] + column] += gain * (re * re + im * im);
        }
}

/* The mean of the sum at w and -w: what counts for a real signal. */
static void symmetrise(const FrameBank *bank, double *sum)
{
    int64_t rows = bank->size[0], columns = bank->size[1];
    for (int64_t i = 0; i < rows * columns; i++) {
        int64_t other = (rows - i / columns) % rows * columns + (columns - i % columns) % columns;
        if (other > i)
            sum[i] = sum[other] = (sum[i] + sum[other]) / 2;
    }
}

void frame_weighted_sum(const FrameBank *bank, int64_t signal, const double *gain, double *sum)
{
    for (int64_t i = 0; i < bank->size[0] * bank->size[1]; i++)
        sum[i] = 0;
    for (int64_t i = 0; i < bank->filter_count; i++)
        if (frame_applies(&bank->filters[i], signal))
            add_power(bank, &bank->filters[i], gain ? gain[i] : 1, sum);
    if (bank->real)
        symmetrise(bank, sum);
    for (int64_t i = 0; i < bank->size[0] * bank->size[1]; i++)
        if (isnan(sum[i]))
            sum[i] = INFINITY; /* what is no number certifies nothing */
}

/* A place on an axis of n samples as a frequency, -1/2 .. 1/2. */
static double frequency(int64_t place, int64_t n)
{
    return (double)(place > n / 2 ? place - n : place) / (double)n;
}

static FrameBound bound_at(const FrameBank *bank, const double *sum, int64_t place)
{
    return (FrameBound){sum[place],
                        {frequency(place / bank->size[1], bank->size[0]), frequency(place % bank->size[1], bank->size[1])}};
}

/* Keeps the sum whose bounds are furthest apart, and the outermost bounds of all. */
static void take_signal(FrameBank *bank, int64_t signal, double *sum, Arena *arena)
{
    int64_t low = 0, high = 0, count = bank->size[0] * bank->size[1];
    for (int64_t i = 1; i < count; i++) {
        low = sum[i] < sum[low] ? i : low;
        high = sum[i] > sum[high] ? i : high;
    }
    if (isinf(sum[high]))
        sum[low] = 0; /* a filter that is not finite gives no lower bound either */
    if (signal == 0 || sum[low] < bank->lower.value)
        bank->lower = bound_at(bank, sum, low);
    if (signal == 0 || sum[high] > bank->upper.value) {
        bank->upper = bound_at(bank, sum, high);
        bank->sum = arena_copy(arena, sum, (size_t)count * sizeof *sum);
    }
}

void frame_sum(FrameBank *bank, Arena *arena)
{
    double *sum = arena_take(arena, (size_t)(bank->size[0] * bank->size[1]) * sizeof *sum);
    for (int64_t signal = 0; signal < frame_signals_apart(bank); signal++) {
        frame_weighted_sum(bank, signal, NULL, sum);
        take_signal(bank, signal, sum, arena);
    }
    double slack = ((double)bank->filter_count + 8) * DBL_EPSILON;
    bank->lower.value *= 1 - slack;
    bank->upper.value *= 1 + slack;
}

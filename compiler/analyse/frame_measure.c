/* What each filter of a bank is: takes a bank, fills peak, width and support of its filters; see frame.h. */
#include "analyse/frame.h"

#include <math.h>

/* Of sum |h| along an axis, what may lie outside of the support. */
static const double outside = 1e-3;

double *frame_space(const FrameBank *bank, const FrameFilter *filter, Arena *arena)
{
    int64_t rows = bank->size[0], columns = bank->size[1];
    double *pairs = arena_take(arena, (size_t)(rows * columns) * 2 * sizeof *pairs);
    double *result = arena_take(arena, (size_t)(rows * columns) * 2 * sizeof *result);
    for (int64_t i = 0; i < rows * columns; i++)
        frame_entry(filter, i / columns, i % columns, &pairs[2 * i], &pairs[2 * i + 1]);
    Type type = {.element = ELEMENT_COMPLEX, .rank = 2, .size = {rows, columns}};
    AttributeValue axes = {.integer = 2};
    OpUse use;
    graph_infer(arena, OP_IFFT, &type, 1, &axes, &use);
    op_info(OP_IFFT)->evaluate(&use, &(EvaluationPoint){.samples = 1}, (const double *const[]){pairs}, result);
    return result;
}

/* ---- In frequency ---- */

/* A distance on a circle of n, -n/2 .. n/2. */
static int64_t signed_place(int64_t place, int64_t n)
{
    place = (place % n + n) % n;
    return place > n / 2 ? place - n : place;
}

static void find_peak(const FrameBank *bank, FrameFilter *filter, const double *power, int64_t *peak)
{
    *peak = 0;
    for (int64_t i = 1; i < bank->size[0] * bank->size[1]; i++)
        if (power[i] > power[*peak] * (1 + 1e-12)) /* of equal ones, the first */
            *peak = i;
    filter->gain = sqrt(power[*peak]);
    filter->peak[0] = (double)signed_place(*peak / bank->size[1], bank->size[0]) / (double)bank->size[0];
    filter->peak[1] = (double)signed_place(*peak % bank->size[1], bank->size[1]) / (double)bank->size[1];
}

/* Mean and deviation of |h|^2 along each axis, measured from the peak around the circle. */
static void find_width(const FrameBank *bank, FrameFilter *filter, const double *power, int64_t peak)
{
    double total = 0, first[FRAME_AXES] = {0}, second[FRAME_AXES] = {0};
    for (int64_t i = 0; i < bank->size[0] * bank->size[1]; i++) {
        int64_t from[FRAME_AXES] = {i / bank->size[1] - peak / bank->size[1], i % bank->size[1] - peak % bank->size[1]};
        total += power[i];
        for (int axis = 0; axis < FRAME_AXES; axis++) {
            double distance = (double)signed_place(from[axis], bank->size[axis]) / (double)bank->size[axis];
            first[axis] += power[i] * distance;
            second[axis] += power[i] * distance * distance;
        }
    }
    for (int axis = 0; axis < FRAME_AXES; axis++) {
        double mean = total > 0 ? first[axis] / total : 0, square = total > 0 ? second[axis] / total : 0;
        filter->width[axis] = sqrt(fmax(square - mean * mean, 0));
    }
}

/* ---- In space ---- */

/* Cuts half of what may lie outside from each end of an axis. */
static void find_support(const double *along, int64_t n, int64_t *first, int64_t *last)
{
    double total = 0, cut = 0;
    int64_t lowest = signed_place(n / 2 + 1, n), highest = n / 2;
    for (int64_t i = 0; i < n; i++)
        total += along[i];
    for (*first = lowest; *first < highest; ++*first) {
        cut += along[(*first + n) % n];
        if (cut > total * outside / 2)
            break;
    }
    cut = 0;
    for (*last = highest; *last > *first; --*last) {
        cut += along[(*last + n) % n];
        if (cut > total * outside / 2)
            break;
    }
}

static void measure_space(const FrameBank *bank, FrameFilter *filter, Arena *arena)
{
    const double *space = frame_space(bank, filter, arena);
    double *along[FRAME_AXES];
    for (int axis = 0; axis < FRAME_AXES; axis++)
        along[axis] = arena_zero(arena, (size_t)bank->size[axis], sizeof *along[axis]);
    for (int64_t i = 0; i < bank->size[0] * bank->size[1]; i++) {
        double size = hypot(space[2 * i], space[2 * i + 1]);
        along[0][i / bank->size[1]] += size;
        along[1][i % bank->size[1]] += size;
    }
    for (int axis = 0; axis < FRAME_AXES; axis++)
        find_support(along[axis], bank->size[axis], &filter->first[axis], &filter->last[axis]);
}

void frame_measure(FrameBank *bank, Arena *scratch)
{
    for (int64_t i = 0; i < bank->filter_count; i++) {
        FrameFilter *filter = &bank->filters[i];
        double *power = arena_take(scratch, (size_t)(bank->size[0] * bank->size[1]) * sizeof *power);
        int64_t peak;
        for (int64_t k = 0; k < bank->size[0] * bank->size[1]; k++) {
            double re, im;
            frame_entry(filter, k / bank->size[1], k % bank->size[1], &re, &im);
            power[k] = re * re + im * im;
        }
        find_peak(bank, filter, power, &peak);
        find_width(bank, filter, power, peak);
        measure_space(bank, filter, scratch);
        arena_release(scratch);
    }
}

/* Frame bounds with subsampling: takes a bank, gives the extreme eigenvalues of its frame operator; see frame.h.
 *
 * With the least common multiple K of the steps along each axis, the frequencies w + p N/K, p = 0 .. K - 1, fall together and mix with no others: a fibre. On it the
 * frame operator is the matrix
 *
 *     G[p, q] = sum over the filters h whose step k makes p and q fall together (p = q mod K/k) of conj(h(w + p N/K)) h(w + q N/K)
 *
 * where each coefficient counts for the k samples that it stands for. For real signals, a filter h and its conjugate, whose spectrum is conj(h(-w)), count one half
 * each: on such a pair complex signals are no worse than real ones. Bounds are those of all fibres, rounded outward. */
#include "analyse/frame.h"
#include "analyse/hermitian.h"

#include <float.h>
#include <math.h>

typedef struct Fibre {
    const FrameBank *bank;
    int64_t period[FRAME_AXES]; /* K */
    int64_t apart[FRAME_AXES];  /* N / K */
    int64_t side;               /* of the matrix */
    double *matrix;
    double *values; /* of a filter along the fibre, pairs */
    double *work;
} Fibre;

static int64_t common_multiple(int64_t a, int64_t b)
{
    int64_t x = a, y = b;
    while (y != 0) {
        int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x > 0 ? a / x * b : 1;
}

/* Steps divide the sizes, and so does their multiple. */
static void find_period(const FrameBank *bank, Fibre *fibre)
{
    fibre->bank = bank;
    for (int axis = 0; axis < FRAME_AXES; axis++) {
        fibre->period[axis] = 1;
        for (int64_t i = 0; i < bank->filter_count; i++)
            fibre->period[axis] = common_multiple(fibre->period[axis], bank->filters[i].step[axis]);
        fibre->period[axis] = fibre->period[axis] > 0 ? fibre->period[axis] : 1;
        fibre->apart[axis] = bank->size[axis] / fibre->period[axis];
    }
    fibre->side = fibre->period[0] * fibre->period[1];
}

/* The filter, or its conjugate, at the frequencies of a fibre. */
static void take_values(const Fibre *fibre, const FrameFilter *filter, bool conjugate, int64_t row, int64_t column)
{
    const int64_t *size = fibre->bank->size;
    for (int64_t p = 0; p < fibre->side; p++) {
        int64_t r = row + p / fibre->period[1] * fibre->apart[0], c = column + p % fibre->period[1] * fibre->apart[1];
        double *value = fibre->values + 2 * p;
        if (conjugate) {
            frame_entry(filter, (size[0] - r) % size[0], (size[1] - c) % size[1], &value[0], &value[1]);
            value[1] = -value[1];
        } else {
            frame_entry(filter, r, c, &value[0], &value[1]);
        }
    }
}

/* Whether two of a fibre's frequencies fall together for a filter. */
static bool fall_together(const Fibre *fibre, const FrameFilter *filter, int64_t p, int64_t q)
{
    int64_t rows = p / fibre->period[1] - q / fibre->period[1], columns = p % fibre->period[1] - q % fibre->period[1];
    return rows % (fibre->period[0] / filter->step[0]) == 0 && columns % (fibre->period[1] / filter->step[1]) == 0;
}

static void add_filter(const Fibre *fibre, const FrameFilter *filter, double weight)
{
    for (int64_t p = 0; p < fibre->side; p++)
        for (int64_t q = 0; q <= p; q++) {
            if (!fall_together(fibre, filter, p, q))
                continue;
            const double *a = fibre->values + 2 * p, *b = fibre->values + 2 * q;
            double *g = fibre->matrix + 2 * (p * fibre->side + q);
            g[0] += weight * (a[0] * b[0] + a[1] * b[1]);
            g[1] += weight * (a[0] * b[1] - a[1] * b[0]);
        }
}

static void fill_matrix(const Fibre *fibre, int64_t signal, int64_t row, int64_t column)
{
    const FrameBank *bank = fibre->bank;
    for (int64_t i = 0; i < 2 * fibre->side * fibre->side; i++)
        fibre->matrix[i] = 0;
    for (int64_t i = 0; i < bank->filter_count; i++) {
        const FrameFilter *filter = &bank->filters[i];
        for (int half = 0; frame_applies(filter, signal) && half < (bank->real ? 2 : 1); half++) {
            take_values(fibre, filter, half == 1, row, column);
            add_filter(fibre, filter, bank->real ? 0.5 : 1);
        }
    }
}

static void take_fibres(const Fibre *fibre, FrameBank *bank, int64_t signal)
{
    for (int64_t i = 0; i < fibre->apart[0] * fibre->apart[1]; i++) {
        double least, largest;
        fill_matrix(fibre, signal, i / fibre->apart[1], i % fibre->apart[1]);
        hermitian_extremes(fibre->matrix, fibre->side, fibre->work, &least, &largest);
        bank->subsampled_lower = fmin(bank->subsampled_lower, least);
        bank->subsampled_upper = fmax(bank->subsampled_upper, largest);
    }
}

void frame_subsampled(FrameBank *bank, double work, Arena *scratch)
{
    Fibre fibre;
    find_period(bank, &fibre);
    double side = (double)fibre.side, fibres = (double)(fibre.apart[0] * fibre.apart[1] * frame_signals_apart(bank));
    double filters = (double)bank->filter_count * (bank->real ? 2 : 1);
    if (fibres * side * side * (filters + 6 * side) > work)
        return;
    fibre.matrix = arena_take(scratch, (size_t)(2 * fibre.side * fibre.side) * sizeof *fibre.matrix);
    fibre.values = arena_take(scratch, (size_t)(2 * fibre.side) * sizeof *fibre.values);
    fibre.work = arena_take(scratch, (size_t)(5 * fibre.side) * sizeof *fibre.work);
    bank->subsampled = true;
    bank->subsampled_lower = INFINITY;
    bank->subsampled_upper = -INFINITY;
    for (int64_t signal = 0; signal < frame_signals_apart(bank); signal++)
        take_fibres(&fibre, bank, signal);
    if (!isfinite(bank->upper.value)) { /* what is no number certifies nothing */
        bank->subsampled_lower = 0;
        bank->subsampled_upper = INFINITY;
        arena_release(scratch);
        return;
    }
    double slack = 100 * (side + (double)bank->filter_count) * DBL_EPSILON * bank->subsampled_upper;
    bank->subsampled_lower = fmax(bank->subsampled_lower - slack, 0);
    bank->subsampled_upper += slack;
    arena_release(scratch);
}

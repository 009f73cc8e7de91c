/* Kernels fft and ifft: transforms along the last axis or the last two, of real or complex tensors.
 *
 * Integers: whether inverse, whether x is complex, lines before the transformed axes, size of the axis before the last (1: none), size of
 * the last. Table: the plan of the last axis, then of the one before when it has another size (fft/plan.h). Up to LANES lines are
 * transformed side by side: entry i of line l lies at i * lanes + l of a plane of real parts, and of one of imaginary parts. So every inner loop
 * runs over neighbours. Two real lines of one sample travel as one complex line (of two samples they never do: each would get the
 * other's rounding errors, and its NaNs), and of the columns of a real tensor only half are transformed: the
 * rest is their mirror image. The inverse is the transform with real and imaginary parts exchanged, divided by the size. */
#include "kernel/fft_stage.h"
#include "kernel/kernel.h"
#include "kernel/real.h"

#include "fft/plan.h"

enum { LANES = 8 };

/* A group of lines in work: two pairs of planes that stages write to and fro, of `length` x lanes reals each. */
typedef struct Work {
    const FftPlan *plan;
    const real *reals; /* of the plan */
    int64_t lanes;
    real *re, *im;             /* what has been computed */
    real *other_re, *other_im; /* where the next stage writes */
} Work;

/* Where a group of lines lies in a tensor: entry i of line l is pair (or real) first[l] + i * step. A first of NO_LINE: there is none. */
enum { NO_LINE = -1 };

typedef struct Lines {
    int64_t count;
    int64_t step;
    int64_t first[2 * LANES];
} Lines;

static Work work_on(const FftPlan *plan, int64_t lanes, void *scratch)
{
    int64_t plane = plan->length * lanes;
    real *area = scratch;
    return (Work){.plan = plan,
                  .reals = (const real *)(plan + 1),
                  .lanes = lanes,
                  .re = area,
                  .im = area + plane,
                  .other_re = area + 2 * plane,
                  .other_im = area + 3 * plane};
}

static void flip(Work *work)
{
    real *re = work->re;
    real *im = work->im;
    work->re = work->other_re;
    work->im = work->other_im;
    work->other_re = re;
    work->other_im = im;
}

/* All stages of the plan. */
static void run_stages(Work *work)
{
    const FftPlan *plan = work->plan;
    int64_t stride = work->lanes;
    int64_t rest = plan->length;
    for (int k = 0; k < plan->stages; k++) {
        int radix = plan->radix[k];
        rest /= radix;
        Stage stage = {.radix = radix,
                       .left = rest,
                       .stride = stride,
                       .twiddles = work->reals + plan->twiddles[k],
                       .re = work->re,
                       .im = work->im,
                       .result_re = work->other_re,
                       .result_im = work->other_im};
        stage_run(&stage);
        flip(work);
        stride *= radix;
    }
}

/* Multiplies entry i of each line, for i < count, by the i-th of `factors`. */
static void multiply_lines(Work *work, const real *factors, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        real re = factors[2 * i];
        real im = factors[2 * i + 1];
        real *x_re = work->re + i * work->lanes;
        real *x_im = work->im + i * work->lanes;
        for (int64_t l = 0; l < work->lanes; l++) {
            real product = x_re[l] * re - x_im[l] * im;
            x_im[l] = x_re[l] * im + x_im[l] * re;
            x_re[l] = product;
        }
    }
}

static void exchange_parts(Work *work)
{
    real *re = work->re;
    work->re = work->im;
    work->im = re;
    re = work->other_re;
    work->other_re = work->other_im;
    work->other_im = re;
}

/* The transform of a size with a large prime factor: since j k = (j^2 + k^2 - (k - j)^2) / 2 it is the chirp times a convolution of the chirp times
 * x with the conjugate chirp. */
static void run_chirp(Work *work)
{
    const FftPlan *plan = work->plan;
    const real *chirp = work->reals + plan->chirp;
    multiply_lines(work, chirp, plan->size);
    for (int64_t i = plan->size * work->lanes; i < plan->length * work->lanes; i++) {
        work->re[i] = 0;
        work->im[i] = 0;
    }
    run_stages(work);
    multiply_lines(work, work->reals + plan->spectrum, plan->length);
    exchange_parts(work);
    run_stages(work);
    exchange_parts(work);
    multiply_lines(work, chirp, plan->size);
}

static void run(Work *work)
{
    if (work->plan->length == work->plan->size)
        run_stages(work);
    else
        run_chirp(work);
}

/* Reads complex lines, with exchanged parts for the inverse. */
static void load_complex(const Work *work, const Lines *lines, const real *x, bool inverse)
{
    real *re = inverse ? work->im : work->re;
    real *im = inverse ? work->re : work->im;
    for (int64_t i = 0; i < work->plan->size; i++)
        for (int64_t l = 0; l < lines->count; l++) {
            const real *pair = x + 2 * (lines->first[l] + i * lines->step);
            re[i * work->lanes + l] = pair[0];
            im[i * work->lanes + l] = pair[1];
        }
}

static void store_complex(const Work *work, const Lines *lines, real *result, bool inverse, real factor)
{
    const real *re = inverse ? work->im : work->re;
    const real *im = inverse ? work->re : work->im;
    for (int64_t i = 0; i < work->plan->size; i++)
        for (int64_t l = 0; l < lines->count; l++) {
            real *pair = result + 2 * (lines->first[l] + i * lines->step);
            pair[0] = re[i * work->lanes + l] * factor;
            pair[1] = im[i * work->lanes + l] * factor;
        }
}

/* Reads real lines 2 l and 2 l + 1 as real and imaginary part of lane l; the last line of a sample may have no partner. */
static void load_real(const Work *work, const Lines *lines, const real *x)
{
    for (int64_t i = 0; i < work->plan->size; i++)
        for (int64_t l = 0; l < work->lanes; l++) {
            work->re[i * work->lanes + l] = x[lines->first[2 * l] + i * lines->step];
            bool pair = lines->first[2 * l + 1] != NO_LINE;
            work->im[i * work->lanes + l] = pair ? x[lines->first[2 * l + 1] + i * lines->step] : 0;
        }
}

/* Takes the transforms X, Y of two real lines apart: with Z = X + i Y and Z' its mirror image, Z'(k) = Z(-k), X = (Z + conj Z') / 2 and
 * Y = (Z - conj Z') / 2 i. `factor` holds the half; the inverse is the conjugate. */
static void store_real(const Work *work, const Lines *lines, real *result, bool inverse, real factor)
{
    int64_t size = work->plan->size;
    real sign = inverse ? -factor : factor;
    for (int64_t i = 0; i < size; i++) {
        int64_t mirror = i ? size - i : 0;
        for (int64_t l = 0; l < work->lanes; l++) {
            real re = work->re[i * work->lanes + l];
            real im = work->im[i * work->lanes + l];
            real mirror_re = work->re[mirror * work->lanes + l];
            real mirror_im = work->im[mirror * work->lanes + l];
            real *first = result + 2 * (lines->first[2 * l] + i * lines->step);
            first[0] = (re + mirror_re) * factor;
            first[1] = (im - mirror_im) * sign;
            if (lines->first[2 * l + 1] == NO_LINE)
                continue;
            real *second = result + 2 * (lines->first[2 * l + 1] + i * lines->step);
            second[0] = (im + mirror_im) * factor;
            second[1] = (mirror_re - re) * sign;
        }
    }
}

/* One axis of the tensor: `outer` blocks of size x inner entries, of which the first `used` columns of each block are transformed. */
typedef struct Axis {
    const FftPlan *plan;
    int64_t outer;
    int64_t inner;
    int64_t used;
} Axis;

/* Places of the lines number `from` to `from + count - 1` of the axis. */
static Lines find_lines(const Axis *axis, int64_t from, int64_t count)
{
    Lines lines = {.count = count, .step = axis->inner};
    for (int64_t l = 0; l < count; l++)
        lines.first[l] = (from + l) / axis->used * axis->plan->size * axis->inner + (from + l) % axis->used;
    return lines;
}

static void transform_complex(const Axis *axis, const real *x, real *result, bool inverse, double divisor, void *scratch)
{
    int64_t total = axis->outer * axis->used;
    for (int64_t from = 0; from < total; from += LANES) {
        Lines lines = find_lines(axis, from, total - from < LANES ? total - from : LANES);
        Work work = work_on(axis->plan, lines.count, scratch);
        load_complex(&work, &lines, x, inverse);
        run(&work);
        store_complex(&work, &lines, result, inverse, (real)(1 / divisor));
    }
}

/* Places of `pairs` pairs of lines, from pair number `from` on; each sample has `lines` lines and a pair of its own for an odd last one. */
static Lines find_pairs(const Axis *axis, int64_t lines, int64_t from, int64_t pairs)
{
    Lines found = {.count = 2 * pairs, .step = axis->inner};
    int64_t pairs_of_sample = (lines + 1) / 2;
    for (int64_t l = 0; l < pairs; l++) {
        int64_t sample = (from + l) / pairs_of_sample;
        int64_t line = 2 * ((from + l) % pairs_of_sample);
        int64_t first = (sample * lines + line) * axis->plan->size;
        found.first[2 * l] = first;
        found.first[2 * l + 1] = line + 1 < lines ? first + axis->plan->size : NO_LINE;
    }
    return found;
}

/* Lines of a real tensor lie one behind the other: they are those of the last axis. */
static void transform_real(const Axis *axis, int64_t samples, const real *x, real *result, bool inverse, double divisor,
                           void *scratch)
{
    int64_t lines_of_sample = axis->outer / samples;
    int64_t total = (lines_of_sample + 1) / 2 * samples;
    for (int64_t from = 0; from < total; from += LANES) {
        Lines lines = find_pairs(axis, lines_of_sample, from, total - from < LANES ? total - from : LANES);
        Work work = work_on(axis->plan, lines.count / 2, scratch);
        load_real(&work, &lines, x);
        run(&work);
        store_real(&work, &lines, result, inverse, (real)(0.5 / divisor));
    }
}

/* The transform of a real tensor has X(-j, -k) = conj X(j, k): fills the columns behind the first `used` from them. */
static void mirror_columns(const Axis *axis, real *result)
{
    int64_t rows = axis->plan->size;
    int64_t columns = axis->inner;
    for (int64_t block = 0; block < axis->outer; block++, result += 2 * rows * columns)
        for (int64_t j = 0; j < rows; j++) {
            real *row = result + 2 * j * columns;
            const real *mirror = result + 2 * (j ? rows - j : 0) * columns;
            for (int64_t k = axis->used; k < columns; k++) {
                row[2 * k] = mirror[2 * (columns - k)];
                row[2 * k + 1] = -mirror[2 * (columns - k) + 1];
            }
        }
}

static void transform(const KernelArguments *arguments)
{
    bool inverse = arguments->integers[0] != 0;
    bool complex = arguments->integers[1] != 0;
    int64_t outer = arguments->integers[2] * arguments->samples;
    int64_t rows = arguments->integers[3];
    int64_t columns = arguments->integers[4];
    const FftPlan *plan = arguments->table;
    real *result = arguments->result;
    double divisor = inverse ? (double)columns * (double)rows : 1;
    Axis last = {.plan = plan, .outer = outer * rows, .inner = 1, .used = 1};
    if (complex)
        transform_complex(&last, arguments->operands[0], result, inverse, rows > 1 ? 1 : divisor, arguments->scratch);
    else
        transform_real(&last, arguments->samples, arguments->operands[0], result, inverse, rows > 1 ? 1 : divisor,
                       arguments->scratch);
    if (rows == 1)
        return;
    const FftPlan *column_plan = rows == columns ? plan : (const void *)((const char *)plan + plan->bytes);
    Axis before = {.plan = column_plan, .outer = outer, .inner = columns, .used = complex ? columns : columns / 2 + 1};
    transform_complex(&before, result, result, inverse, divisor, arguments->scratch);
    if (!complex)
        mirror_columns(&before, result);
}

void KERNEL_NAME(spectral_fft)(const KernelArguments *arguments)
{
    transform(arguments);
}

/* Plans of transforms; see plan.h. */
#include "fft/plan.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846264338327950288;

/* The angle is brought into the first eighth of the circle by whole numbers, where cosine and sine lose nothing. */
void fft_root(int64_t k, int64_t n, double *re, double *im)
{
    bool below = 2 * k > n; /* lower half: conjugate of the mirrored root */
    int64_t first = below ? n - k : k;
    bool left = 4 * first > n;                         /* second quarter: the cosine changes its sign */
    int64_t second = left ? n - 2 * first : 2 * first; /* in units of pi / n from here on */
    bool steep = 4 * second > n;                       /* second eighth: cosine and sine change places */
    double angle = pi * (steep ? (double)(n - 2 * second) / 2 : (double)second) / (double)n;
    double cosine = steep ? sin(angle) : cos(angle);
    double sine = steep ? cos(angle) : sin(angle);
    *re = left ? -cosine : cosine;
    *im = below ? sine : -sine;
}

/* The next radix for n > 1: four, or the smallest prime factor up to LARGEST_RADIX; 0: there is none. */
static int next_radix(int64_t n)
{
    if (n % 4 == 0)
        return 4;
    for (int radix = 2; radix <= LARGEST_RADIX; radix++)
        if (n % radix == 0)
            return radix;
    return 0;
}

static bool factors_small(int64_t n)
{
    while (n > 1) {
        int radix = next_radix(n);
        if (radix == 0)
            return false;
        n /= radix;
    }
    return true;
}

int64_t fft_length(int64_t size)
{
    if (factors_small(size))
        return size;
    int64_t length = 1;
    while (length < 2 * size - 1)
        length *= 2;
    return length;
}

/* Bytes of `reals` reals and of their header. The spectrum is computed in double precision where it will lie, so in single precision
 * it has as much room again behind it. */
static int64_t plan_bytes(const FftPlan *plan, int64_t reals, bool precise)
{
    int64_t spare = plan->length == plan->size || precise ? 0 : 2 * plan->length * (int64_t)sizeof(float) + (int64_t)sizeof(double);
    int64_t bytes = (int64_t)sizeof *plan + reals * (int64_t)(precise ? sizeof(double) : sizeof(float)) + spare;
    return (bytes + 63) / 64 * 64;
}

/* Fills everything but the reals. */
static FftPlan outline(int64_t size, bool precise)
{
    FftPlan plan = {.size = size, .length = fft_length(size)};
    int64_t reals = 0;
    for (int64_t rest = plan.length; rest > 1;) {
        int radix = next_radix(rest);
        plan.radix[plan.stages] = radix;
        plan.twiddles[plan.stages++] = reals;
        rest /= radix;
        reals += 2 * rest * (radix - 1) + (radix > 5 ? 2 * radix : 0);
    }
    if (plan.length != size) {
        plan.chirp = reals;
        plan.spectrum = plan.chirp + 2 * size;
        reals = plan.spectrum + 2 * plan.length;
    }
    plan.bytes = plan_bytes(&plan, reals, precise);
    return plan;
}

size_t fft_plan_bytes(int64_t size, bool precise)
{
    return (size_t)outline(size, precise).bytes;
}

/* The reals of a plan under construction, written as bytes since doubles may still be read from among them. */
typedef struct Reals {
    char *data;
    bool precise;
} Reals;

static void put(const Reals *reals, int64_t offset, double re, double im)
{
    if (reals->precise) {
        double pair[] = {re, im};
        memcpy(reals->data + (size_t)offset * sizeof(double), pair, sizeof pair);
    } else {
        float pair[] = {(float)re, (float)im};
        memcpy(reals->data + (size_t)offset * sizeof(float), pair, sizeof pair);
    }
}

static void put_stages(const FftPlan *plan, const Reals *reals)
{
    int64_t rest = plan->length;
    for (int stage = 0; stage < plan->stages; stage++) {
        int radix = plan->radix[stage];
        int64_t offset = plan->twiddles[stage];
        int64_t m = rest / radix;
        double re;
        double im;
        for (int64_t p = 0; p < m; p++)
            for (int j = 1; j < radix; j++, offset += 2) {
                fft_root(p * j, rest, &re, &im);
                put(reals, offset, re, im);
            }
        for (int k = 0; radix > 5 && k < radix; k++, offset += 2) {
            fft_root(k, radix, &re, &im);
            put(reals, offset, re, -im);
        }
        rest = m;
    }
}

/* Bits of `index` below `length`, a power of two, in opposite order. */
static int64_t reversed(int64_t index, int64_t length)
{
    int64_t result = 0;
    for (int64_t bit = 1; bit < length; bit *= 2, index /= 2)
        result = 2 * result + index % 2;
    return result;
}

static void swap_pairs(double *a, double *b)
{
    for (int part = 0; part < 2; part++) {
        double kept = a[part];
        a[part] = b[part];
        b[part] = kept;
    }
}

/* The transform of `length` pairs in place, length a power of two: used once a plan, so plain radix two. */
static void transform(double *pairs, int64_t length)
{
    for (int64_t i = 0; i < length; i++)
        if (reversed(i, length) > i)
            swap_pairs(pairs + 2 * i, pairs + 2 * reversed(i, length));
    for (int64_t half = 1; half < length; half *= 2)
        for (int64_t k = 0; k < half; k++) {
            double re;
            double im;
            fft_root(k, 2 * half, &re, &im);
            for (int64_t i = k; i < length; i += 2 * half) {
                double *a = pairs + 2 * i;
                double *b = pairs + 2 * (i + half);
                double b_re = b[0] * re - b[1] * im;
                double b_im = b[0] * im + b[1] * re;
                b[0] = a[0] - b_re;
                b[1] = a[1] - b_im;
                a[0] += b_re;
                a[1] += b_im;
            }
        }
}

/* The chirp, and the spectrum of its conjugate, rounded from the front to where it belongs. Squares are kept modulo 2 n by
 * (k + 1)^2 = k^2 + 2 k + 1. */
static void put_chirp(const FftPlan *plan, const Reals *reals)
{
    int64_t size = plan->size;
    int64_t length = plan->length;
    size_t element = reals->precise ? sizeof(double) : sizeof(float);
    size_t start = ((size_t)plan->spectrum * element + sizeof(double) - 1) / sizeof(double) * sizeof(double);
    double *pairs = (double *)(void *)(reals->data + start);
    memset(pairs, 0, (size_t)length * 2 * sizeof(double));
    int64_t square = 0;
    for (int64_t k = 0; k < size; k++) {
        double re;
        double im;
        fft_root(square, 2 * size, &re, &im);
        put(reals, plan->chirp + 2 * k, re, im);
        int64_t mirrored = k ? length - k : 0;
        pairs[2 * k] = pairs[2 * mirrored] = re;
        pairs[2 * k + 1] = pairs[2 * mirrored + 1] = -im;
        square = (square + 2 * k + 1) % (2 * size);
    }
    transform(pairs, length);
    for (int64_t k = 0; k < length; k++)
        put(reals, plan->spectrum + 2 * k, pairs[2 * k] / (double)length, pairs[2 * k + 1] / (double)length);
}

void fft_plan_make(int64_t size, bool precise, void *memory)
{
    FftPlan plan = outline(size, precise);
    memcpy(memory, &plan, sizeof plan);
    Reals reals = {(char *)memory + sizeof plan, precise};
    put_stages(&plan, &reals);
    if (plan.length != size)
        put_chirp(&plan, &reals);
}

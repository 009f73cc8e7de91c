/* Plain Fourier transforms; see plain_transform.h.
 *
 * A line is split by the prime factors of its size; a part of prime size is summed as the definition says, and where that would take long, it is a convolution with a
 * chirp (Bluestein 1970): k p = (k^2 + p^2 - (k - p)^2) / 2. */
#include "ops/plain_transform.h"

#include <math.h>
#include <string.h>

enum { LARGE_PRIME = 256 }; /* primes above it are convolutions */

/* ---- A chirp: the transform of a line whose size is a large prime ---- */

typedef struct Chirp {
    int64_t size, whole;   /* of the line; of the circle on which it is convolved, a power of 2 */
    double *waves;         /* exp(sign pi i k^2 / size), k < size, as pairs */
    double *filter, *line; /* transform of the conjugate chirp over the circle; a line on it */
    double *roots;         /* exp(-2 pi i k / whole), k < whole / 2 */
} Chirp;

static int64_t circle_of(int64_t size)
{
    int64_t whole = 1;
    while (whole < 2 * size - 1)
        whole *= 2;
    return whole;
}

/* Entries to the places that have their number's bits in reverse. */
static void reverse_bits(double *x, int64_t n)
{
    for (int64_t i = 0, j = 0; i < n; i++) {
        if (i < j)
            for (int part = 0; part < 2; part++) {
                double entry = x[2 * i + part];
                x[2 * i + part] = x[2 * j + part];
                x[2 * j + part] = entry;
            }
        int64_t bit = n / 2;
        for (; bit > 0 && (j & bit); bit /= 2)
            j ^= bit;
        j |= bit;
    }
}

/* In place, n a power of 2. */
static void transform_power(double *x, int64_t n, const double *roots)
{
    reverse_bits(x, n);
    for (int64_t half = 1; half < n; half *= 2)
        for (int64_t start = 0; start < n; start += 2 * half)
            for (int64_t k = 0; k < half; k++) {
                const double *root = roots + 2 * (k * (n / 2 / half));
                double *low = x + 2 * (start + k), *high = low + 2 * half;
                double re = high[0] * root[0] - high[1] * root[1], im = high[0] * root[1] + high[1] * root[0];
                high[0] = low[0] - re;
                high[1] = low[1] - im;
                low[0] += re;
                low[1] += im;
            }
}

static Chirp chirp_make(Arena *arena, int64_t size, double sign)
{
    Chirp chirp = {.size = size, .whole = circle_of(size)};
    chirp.waves = arena_take(arena, (size_t)(2 * size + 5 * chirp.whole) * sizeof *chirp.waves);
    chirp.filter = chirp.waves + 2 * size;
    chirp.line = chirp.filter + 2 * chirp.whole;
    chirp.roots = chirp.line + 2 * chirp.whole;
    for (int64_t k = 0; k < chirp.whole / 2; k++) {
        double angle = -2 * acos(-1) * (double)k / (double)chirp.whole;
        chirp.roots[2 * k] = cos(angle);
        chirp.roots[2 * k + 1] = sin(angle);
    }
    memset(chirp.filter, 0, (size_t)(2 * chirp.whole) * sizeof *chirp.filter);
    for (int64_t k = 0, square = 0; k < size; k++) {
        double angle = sign * acos(-1) * (double)square / (double)size;
        double *wave = chirp.waves + 2 * k, *here = chirp.filter + 2 * k,
               *behind = chirp.filter + 2 * ((chirp.whole - k) % chirp.whole);
        wave[0] = here[0] = behind[0] = cos(angle);
        wave[1] = sin(angle);
        here[1] = behind[1] = -wave[1];
        square = (square + 2 * k + 1) % (2 * size); /* k^2 modulo the chirp's period */
    }
    transform_power(chirp.filter, chirp.whole, chirp.roots);
    return chirp;
}

/* The transform of the pairs x[0], x[step], ... into `result`. */
static void chirp_transform(const Chirp *chirp, const double *x, int64_t step, double *result)
{
    double *line = chirp->line;
    for (int64_t k = 2 * chirp->size; k < 2 * chirp->whole; k++)
        line[k] = 0;
    for (int64_t k = 0; k < chirp->size; k++) {
        const double *wave = chirp->waves + 2 * k, *entry = x + 2 * k * step;
        line[2 * k] = entry[0] * wave[0] - entry[1] * wave[1];
        line[2 * k + 1] = entry[0] * wave[1] + entry[1] * wave[0];
    }
    transform_power(line, chirp->whole, chirp->roots);
    for (int64_t k = 0; k < chirp->whole; k++) { /* the conjugate of the product: transformed, it is the conjugate of the inverse */
        const double *a = line + 2 * k, *b = chirp->filter + 2 * k;
        double re = a[0] * b[0] - a[1] * b[1], im = a[0] * b[1] + a[1] * b[0];
        line[2 * k] = re / (double)chirp->whole;
        line[2 * k + 1] = -im / (double)chirp->whole;
    }
    transform_power(line, chirp->whole, chirp->roots);
    for (int64_t k = 0; k < chirp->size; k++) {
        const double *wave = chirp->waves + 2 * k;
        result[2 * k] = line[2 * k] * wave[0] + line[2 * k + 1] * wave[1];
        result[2 * k + 1] = line[2 * k] * wave[1] - line[2 * k + 1] * wave[0];
    }
}

/* ---- A line of any size ---- */

typedef struct Line {
    const double *roots; /* exp(sign 2 pi i k / whole), k < whole, as pairs */
    int64_t whole;       /* size of the line at the top */
    Chirp chirp;         /* of its largest prime factor, where that is large */
} Line;

static int64_t smallest_factor(int64_t n)
{
    for (int64_t factor = 2; factor * factor <= n; factor++)
        if (n % factor == 0)
            return factor;
    return n;
}

static int64_t largest_factor(int64_t n)
{
    while (n > 1 && smallest_factor(n) < n)
        n /= smallest_factor(n);
    return n;
}

/* The transform of the `size` pairs x[0], x[step], ... into `result`, with `spare` of the same size. Those at p, p + f, p + 2 f, ... are
 * transformed for themselves, f the smallest prime factor of the size, and summed with their roots: X(k) = sum_p w^(k p) X_p(k mod size / f).
 * For a prime this is the definition. */
static void transform(const Line *line, const double *x, int64_t step, int64_t size, double *result, double *spare)
{
    if (size == 1) {
        result[0] = x[0];
        result[1] = x[1];
        return;
    }
    if (size == line->chirp.size) {
        chirp_transform(&line->chirp, x, step, result);
        return;
    }
    int64_t factor = smallest_factor(size);
    int64_t part = size / factor;
    for (int64_t p = 0; p < factor; p++)
        transform(line, x + 2 * p * step, step * factor, part, spare + 2 * p * part, result + 2 * p * part);
    int64_t turn = line->whole / size;
    for (int64_t k = 0; k < size; k++) {
        double re = 0;
        double im = 0;
        int64_t angle = 0;
        for (int64_t p = 0; p < factor; p++) {
            const double *root = line->roots + 2 * turn * angle;
            const double *term = spare + 2 * (p * part + k % part);
            re += term[0] * root[0] - term[1] * root[1];
            im += term[0] * root[1] + term[1] * root[0];
            angle = (angle + k) % size;
        }
        result[2 * k] = re;
        result[2 * k + 1] = im;
    }
}

void plain_transform(Arena *arena, double *pairs, int64_t outer, int64_t n, int64_t inner, double sign)
{
    double *roots = arena_take(arena, (size_t)n * 6 * sizeof *roots);
    double *result = roots + 2 * n;
    double *spare = result + 2 * n;
    for (int64_t k = 0; k < n; k++) {
        double angle = sign * 2 * acos(-1) * (double)k / (double)n;
        roots[2 * k] = cos(angle);
        roots[2 * k + 1] = sin(angle);
    }
    Line line = {.roots = roots, .whole = n};
    int64_t largest = largest_factor(n);
    if (largest > LARGE_PRIME)
        line.chirp = chirp_make(arena, largest, sign);
    for (int64_t i = 0; i < outer * inner; i++) {
        double *x = pairs + 2 * (i / inner * n * inner + i % inner);
        transform(&line, x, inner, n, result, spare);
        for (int64_t k = 0; k < n; k++) {
            x[2 * k * inner] = result[2 * k];
            x[2 * k * inner + 1] = result[2 * k + 1];
        }
    }
}

/* Four products for each unit of each prime factor; a chirp takes three transforms of fewer than four times its entries. */
int64_t plain_transform_work(int64_t n)
{
    int64_t work = 0;
    for (; n > 1; n /= smallest_factor(n)) {
        int64_t factor = smallest_factor(n);
        int64_t chirp = (int64_t)(24 * log2((double)circle_of(factor < LARGE_PRIME ? LARGE_PRIME : factor)));
        work += factor == n && factor > LARGE_PRIME ? chirp : 4 * factor;
    }
    return work;
}

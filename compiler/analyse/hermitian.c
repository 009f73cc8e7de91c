/* Extreme eigenvalues: Householder reflections bring the matrix to tridiagonal form, bisection over the signs of its leading minors finds them. */
#include "analyse/hermitian.h"

#include <float.h>
#include <math.h>

typedef struct Matrix {
    double *entries;
    int64_t n;
} Matrix;

static double *entry(const Matrix *matrix, int64_t row, int64_t column)
{
    return matrix->entries + 2 * (row * matrix->n + column);
}

/* v becomes the unit vector whose reflection takes column k below the diagonal to a multiple of the first unit vector; gives that multiple's magnitude,
 * 0 when there is nothing to reflect. */
static double find_reflection(const Matrix *matrix, int64_t k, double *v)
{
    double square = 0;
    for (int64_t i = k + 1; i < matrix->n; i++) {
        v[2 * i] = entry(matrix, i, k)[0];
        v[2 * i + 1] = entry(matrix, i, k)[1];
        square += v[2 * i] * v[2 * i] + v[2 * i + 1] * v[2 * i + 1];
    }
    double length = sqrt(square), *head = v + 2 * (k + 1), size = hypot(head[0], head[1]);
    if (length == 0)
        return 0;
    double re = size > 0 ? head[0] / size : 1, im = size > 0 ? head[1] / size : 0;
    head[0] += re * length;
    head[1] += im * length;
    double norm = sqrt(2 * length * (length + size));
    for (int64_t i = k + 1; i < matrix->n; i++) {
        v[2 * i] /= norm;
        v[2 * i + 1] /= norm;
    }
    return length;
}

/* p = A v over the part below and behind k, from the lower triangle. */
static void multiply(const Matrix *matrix, int64_t k, const double *v, double *p)
{
    for (int64_t i = k + 1; i < matrix->n; i++)
        p[2 * i] = p[2 * i + 1] = 0;
    for (int64_t i = k + 1; i < matrix->n; i++)
        for (int64_t j = k + 1; j <= i; j++) {
            const double *a = entry(matrix, i, j);
            p[2 * i] += a[0] * v[2 * j] - a[1] * v[2 * j + 1];
            p[2 * i + 1] += a[0] * v[2 * j + 1] + a[1] * v[2 * j];
            if (i != j) {
                p[2 * j] += a[0] * v[2 * i] + a[1] * v[2 * i + 1];
                p[2 * j + 1] += a[0] * v[2 * i + 1] - a[1] * v[2 * i];
            }
        }
}

/* A becomes (1 - 2 v v*) A (1 - 2 v v*) below and behind k. */
static void reflect(const Matrix *matrix, int64_t k, const double *v, double *p)
{
    double inner = 0;
    multiply(matrix, k, v, p);
    for (int64_t i = k + 1; i < matrix->n; i++)
        inner += v[2 * i] * p[2 * i] + v[2 * i + 1] * p[2 * i + 1];
    for (int64_t i = k + 1; i < matrix->n; i++) {
        p[2 * i] -= inner * v[2 * i];
        p[2 * i + 1] -= inner * v[2 * i + 1];
    }
    for (int64_t i = k + 1; i < matrix->n; i++)
        for (int64_t j = k + 1; j <= i; j++) {
            double *a = entry(matrix, i, j);
            const double *x = v + 2 * i, *y = v + 2 * j, *s = p + 2 * i, *t = p + 2 * j;
            a[0] -= 2 * (x[0] * t[0] + x[1] * t[1] + s[0] * y[0] + s[1] * y[1]);
            a[1] -= 2 * (x[1] * t[0] - x[0] * t[1] + s[1] * y[0] - s[0] * y[1]);
        }
}

/* How many eigenvalues of a tridiagonal matrix lie below x. */
static int64_t count_below(const double *diagonal, const double *beside, int64_t n, double x)
{
    int64_t count = 0;
    double q = 1;
    for (int64_t i = 0; i < n; i++) {
        double from_before = i > 0 ? beside[i - 1] * beside[i - 1] / q : 0;
        q = diagonal[i] - x - from_before;
        if (q == 0)
            q = DBL_MIN;
        count += q < 0;
    }
    return count;
}

/* Eigenvalue `index` in rising order, between two bounds. */
static double bisect(const double *diagonal, const double *beside, int64_t n, int64_t index, double low, double high)
{
    for (int i = 0; i < 100 && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (count_below(diagonal, beside, n, middle) > index)
            high = middle;
        else
            low = middle;
    }
    return low + (high - low) / 2;
}

void hermitian_extremes(double *entries, int64_t n, double *work, double *least, double *largest)
{
    Matrix matrix = {.entries = entries, .n = n};
    double *v = work, *p = work + 2 * n, *beside = work + 4 * n;
    double low = INFINITY, high = -INFINITY;
    for (int64_t k = 0; k + 2 < n; k++) {
        beside[k] = find_reflection(&matrix, k, v);
        if (beside[k] > 0)
            reflect(&matrix, k, v, p);
    }
    if (n > 1)
        beside[n - 2] = hypot(entry(&matrix, n - 1, n - 2)[0], entry(&matrix, n - 1, n - 2)[1]);
    double *diagonal = v;
    for (int64_t i = 0; i < n; i++) {
        diagonal[i] = entry(&matrix, i, i)[0];
        double radius = (i > 0 ? beside[i - 1] : 0) + (i + 1 < n ? beside[i] : 0);
        low = fmin(low, diagonal[i] - radius);
        high = fmax(high, diagonal[i] + radius);
    }
    *least = bisect(diagonal, beside, n, 0, low, high);
    *largest = bisect(diagonal, beside, n, n - 1, low, high);
}

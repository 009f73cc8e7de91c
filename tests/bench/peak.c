/* What this processor can do at most: a loop of fused multiply-adds that touches no memory, for shares of the peak.
 *
 * Compiled for the processor that it runs on. Twenty-four sums hide the latency of an addition on any processor of today, and fit its registers
 * where they are widest. */
#include <stdint.h>

#ifdef __AVX512F__
enum { LANES = 16 };
#elif defined __AVX__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float Vector __attribute__((vector_size(sizeof(float) * LANES)));

#ifdef __AVX512F__
enum { SUMS = 24 };
#else
enum { SUMS = 12 };
#endif

/* Runs `rounds` times through the sums, which start from different values, or the compiler would keep only one; gives how many floating-point
 * operations that were, and the sums, so that they must be computed. */
__attribute__((visibility("default"))) double peak_run(int64_t rounds, float *result)
{
    Vector factor = *result - (Vector){0};
    Vector sums[SUMS];
    for (int j = 0; j < SUMS; j++)
        sums[j] = factor * (float)j;
    for (int64_t i = 0; i < rounds; i++) {
#pragma GCC unroll 24
        for (int j = 0; j < SUMS; j++)
            sums[j] = sums[j] * factor + factor;
    }
    Vector total = {0};
    for (int j = 0; j < SUMS; j++)
        total += sums[j];
    for (int lane = 0; lane < LANES; lane++)
        *result += total[lane];
    return 2.0 * SUMS * LANES * (double)rounds;
}

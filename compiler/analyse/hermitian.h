/* Eigenvalues of a Hermitian matrix. */
#ifndef STRATA_ANALYSE_HERMITIAN_H
#define STRATA_ANALYSE_HERMITIAN_H

#include <stdint.h>

/* The least and the largest eigenvalue of an n x n matrix (n >= 1; row-major entries, each a pair), of which the lower triangle is read and which is
 * destroyed. Their error is at most some n units of the last place of the largest magnitude. `work` has room for 5 n reals. */
void hermitian_extremes(double *entries, int64_t n, double *work, double *least, double *largest);

#endif

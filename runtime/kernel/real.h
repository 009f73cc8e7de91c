/* Kernels are compiled twice: with KERNEL_SINGLE, `real` is float and names end in _single; with KERNEL_DOUBLE, double and _double. */
#ifndef STRATA_KERNEL_REAL_H
#define STRATA_KERNEL_REAL_H

#if defined(KERNEL_DOUBLE)
typedef double real;
#define KERNEL_NAME(name) name##_double
#else
typedef float real;
#define KERNEL_NAME(name) name##_single
#endif

#endif

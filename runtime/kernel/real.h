/* Kernels are compiled twice: with KERNEL_SINGLE, `real` is float and names end in _single; with KERNEL_DOUBLE, double and _double. Those of
 * the folder vector/ are compiled so for each level of instructions, and KERNEL_V3 and KERNEL_V4 put that behind: _single_v3. */
#ifndef STRATA_KERNEL_REAL_H
#define STRATA_KERNEL_REAL_H

#if defined(KERNEL_DOUBLE)
typedef double real;
#define KERNEL_PRECISION(name) name##_double
#else
typedef float real;
#define KERNEL_PRECISION(name) name##_single
#endif

#define KERNEL_JOIN(name, level)  name##level
#define KERNEL_LEVEL(name, level) KERNEL_JOIN(name, level)
#if defined(KERNEL_V4)
#define KERNEL_NAME(name) KERNEL_LEVEL(KERNEL_PRECISION(name), _v4)
#elif defined(KERNEL_V3)
#define KERNEL_NAME(name) KERNEL_LEVEL(KERNEL_PRECISION(name), _v3)
#else
#define KERNEL_NAME(name) KERNEL_PRECISION(name)
#endif

#endif

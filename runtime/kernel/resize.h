/* Resizing: the numbers that the lowering writes and the kernel reads, and where entries come from. */
#ifndef STRATA_KERNEL_RESIZE_H
#define STRATA_KERNEL_RESIZE_H

#include <stdint.h>

enum { RESIZE_AXES = 3 };

/* Fewer axes are filled up in front by axes of one entry. */
typedef struct Resize {
    int64_t planes;  /* of one sample: the product of the sizes in front of the resized axes */
    int64_t linear;  /* between neighbours, else from the nearest */
    int64_t aligned; /* corners coincide, else cells do */
    int64_t in[RESIZE_AXES];
    int64_t out[RESIZE_AXES];
} Resize;

enum { RESIZE_INTEGERS = sizeof(Resize) / sizeof(int64_t) };

/* Axes are no longer than this, so that the products below fit. */
#define RESIZE_LONGEST (INT64_C(1) << 30)

/* An entry of the result on one axis: (1 - weight) of entry `low` of the operand and weight of entry `high`. */
typedef struct Tap {
    int64_t low, high;
    double weight;
} Tap;

#endif

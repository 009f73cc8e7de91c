/* Numbers of what follows a convolution or a product in the same kernel; the one real, of the clamp, stands in the call's reals. */
#ifndef STRATA_KERNEL_TAIL_H
#define STRATA_KERNEL_TAIL_H

#include <stdint.h>

typedef enum TailActivation { TAIL_NONE, TAIL_RELU, TAIL_CLAMP } TailActivation;

typedef struct Tail {
    int64_t bias;       /* 1: there is an operand of one number for each result channel */
    int64_t addition;   /* 1: there is an operand like the result before pooling */
    int64_t activation; /* a TailActivation */
    int64_t pool;       /* 2: the largest of 2 x 2 results behind the activation; 1: none */
} Tail;

enum { TAIL_INTEGERS = sizeof(Tail) / sizeof(int64_t) };

#endif

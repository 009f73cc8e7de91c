/* Programs of element-wise operations that are carried out in one pass: what kernels share with their lowering.
 *
 * An instruction is four numbers: what it does, and its operands. These count the operands of the whole from 0 on, then the results of the instructions before;
 * those that it does not need are 0. The last instruction gives the result. Truth is 1 and 0, and what is not 0 is true. */
#ifndef STRATA_KERNEL_ELEMENTS_H
#define STRATA_KERNEL_ELEMENTS_H

#include <stdint.h>

typedef enum ElementCode {
    ELEMENT_ADD,
    ELEMENT_SUBTRACT,
    ELEMENT_MULTIPLY,
    ELEMENT_DIVIDE,
    ELEMENT_MAXIMUM,
    ELEMENT_MINIMUM,
    ELEMENT_EQUAL,
    ELEMENT_LESS,
    ELEMENT_LESS_EQUAL,
    ELEMENT_WHERE,
    ELEMENT_NEGATE,
    ELEMENT_ABS,
    ELEMENT_SQRT,
    ELEMENT_RELU,
    ELEMENT_EXP,
    ELEMENT_LOG,
    ELEMENT_TANH,
    ELEMENT_LOGISTIC,
    ELEMENT_CODES
} ElementCode;

enum { INSTRUCTION_INTEGERS = 4, MOST_INSTRUCTIONS = 12, MOST_ELEMENT_OPERANDS = 8 };

#endif

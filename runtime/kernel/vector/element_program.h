/* Carrying out a program of element-wise operations on a piece of its operands; see elements.h. Each instruction is a loop over the piece, whose
 * intermediate results stay in the first-level cache. */
#ifndef STRATA_KERNEL_VECTOR_ELEMENT_PROGRAM_H
#define STRATA_KERNEL_VECTOR_ELEMENT_PROGRAM_H

#include "kernel/elements.h"
#include "kernel/function.h"
#include "kernel/nest.h"
#include "kernel/vector/vector.h"

#include <math.h>
#include <stdbool.h>

/* Reals of a piece. */
enum { PIECE = 2048 / sizeof(real) };

/* Room for one piece: results of instructions, and operands that are one number for a whole run, repeated: `count` times the one at `of`. Before the first piece
 * these are null. */
typedef struct ElementRoom {
    const real *of[MOST_ELEMENT_OPERANDS];
    int64_t count[MOST_ELEMENT_OPERANDS];
    real repeated[MOST_ELEMENT_OPERANDS][PIECE];
    real results[MOST_INSTRUCTIONS][PIECE];
} ElementRoom;

/* The number that operand k is, often enough for a piece; most often it is there from the piece before. */
static inline const real *element_repeat(ElementRoom *room, int64_t k, const real *number, int64_t count)
{
    if (room->of[k] != number || room->count[k] < count) {
        for (int64_t i = 0; i < count; i++)
            room->repeated[k][i] = *number;
        room->of[k] = number;
        room->count[k] = count;
    }
    return room->repeated[k];
}

#define ELEMENT_LOOP(expression)                                                                                                   \
    for (int64_t i = 0; i < count; i++)                                                                                            \
        to[i] = (expression);                                                                                                      \
    break

/* One instruction; `to` may lie exactly on an operand. */
static inline void element_instruction(ElementCode code, int64_t count, const real *a, const real *b, const real *c, real *to)
{
    switch (code) {
    case ELEMENT_ADD:
        INDEPENDENT
        ELEMENT_LOOP(a[i] + b[i]);
    case ELEMENT_SUBTRACT:
        INDEPENDENT
        ELEMENT_LOOP(a[i] - b[i]);
    case ELEMENT_MULTIPLY:
        INDEPENDENT
        ELEMENT_LOOP(a[i] * b[i]);
    case ELEMENT_DIVIDE:
        INDEPENDENT
        ELEMENT_LOOP(a[i] / b[i]);
    case ELEMENT_MAXIMUM: /* a NaN in a stays by the second test, one in b by failing both */
        INDEPENDENT
        ELEMENT_LOOP(((a[i] > b[i]) | (a[i] != a[i])) ? a[i] : b[i]);
    case ELEMENT_MINIMUM:
        INDEPENDENT
        ELEMENT_LOOP(((a[i] < b[i]) | (a[i] != a[i])) ? a[i] : b[i]);
    case ELEMENT_EQUAL:
        INDEPENDENT
        ELEMENT_LOOP(a[i] == b[i]);
    case ELEMENT_LESS:
        INDEPENDENT
        ELEMENT_LOOP(a[i] < b[i]);
    case ELEMENT_LESS_EQUAL:
        INDEPENDENT
        ELEMENT_LOOP(a[i] <= b[i]);
    case ELEMENT_WHERE:
        INDEPENDENT
        ELEMENT_LOOP(a[i] != 0 ? b[i] : c[i]);
    case ELEMENT_NEGATE:
        INDEPENDENT
        ELEMENT_LOOP(-a[i]);
    case ELEMENT_ABS:
        INDEPENDENT
        ELEMENT_LOOP(a[i] < 0 ? -a[i] : a[i] + 0);
    case ELEMENT_RELU: /* NaN fails the comparison and stays */
        INDEPENDENT
        ELEMENT_LOOP(a[i] < 0 ? 0 : a[i]);
#if defined(KERNEL_DOUBLE)
    case ELEMENT_SQRT:
        INDEPENDENT
        ELEMENT_LOOP(sqrt(a[i]));
#else
    case ELEMENT_SQRT:
        INDEPENDENT
        ELEMENT_LOOP(sqrtf(a[i]));
#endif
    case ELEMENT_EXP:
        INDEPENDENT
        ELEMENT_LOOP(function_exp(a[i]));
    case ELEMENT_LOG:
        INDEPENDENT
        ELEMENT_LOOP(function_log(a[i]));
    case ELEMENT_TANH:
        INDEPENDENT
        ELEMENT_LOOP(function_tanh(a[i]));
    case ELEMENT_LOGISTIC:
        INDEPENDENT
        ELEMENT_LOOP(function_logistic(a[i]));
    case ELEMENT_CODES:
        break;
    }
}

/* A program with its operands where a piece begins. */
typedef struct ElementProgram {
    const int64_t *instructions;
    int64_t instruction_count, operand_count;
    const real *operands[MOST_ELEMENT_OPERANDS]; /* at the piece, or `repeated` */
} ElementProgram;

/* All instructions over `count` reals, PIECE at most; the last one writes to `to`. */
static inline void element_run(const ElementProgram *program, ElementRoom *room, int64_t count, real *to)
{
    const real *values[MOST_ELEMENT_OPERANDS + MOST_INSTRUCTIONS];
    for (int64_t k = 0; k < program->operand_count; k++)
        values[k] = program->operands[k];
    for (int64_t i = 0; i < program->instruction_count; i++) {
        const int64_t *instruction = program->instructions + i * INSTRUCTION_INTEGERS;
        real *result = i + 1 < program->instruction_count ? room->results[i] : to;
        element_instruction((ElementCode)instruction[0], count, values[instruction[1]], values[instruction[2]],
                            values[instruction[3]], result);
        values[program->operand_count + i] = result;
    }
}

#endif

/* Trials of operations: one use of one operation over random operands, its kernels against its plain evaluation.
 *
 *     trial_check(&(Trial){.op = "pool_max", .operands = {{.batched = true, .rank = 3, .size = {2, 5, 7}}},
 *                          .attributes = "window=[2,2] pad=[1]", .samples = 3});
 *
 * The kernel runs in both precisions, for every level of instructions that the processor has, on one thread and on three, in memory of its own and in place of each operand
 * that the lowering allows, from buffers that are exactly as large as they must be. The reference is `evaluate`, in double precision, over
 * the same operands, which are exact in single precision. NaN agrees with NaN only. A failure prints the trial, its seed included. */
#ifndef STRATA_TESTS_OPS_HARNESS_H
#define STRATA_TESTS_OPS_HARNESS_H

#include "graph/graph.h"

enum { TRIAL_OPERANDS = 8 };

/* How far a kernel may be from the reference at one entry: terms * epsilon * scale, where epsilon is that of the kernel's precision. */
typedef enum TrialScale {
    SCALE_EXACT,  /* nothing is rounded: they must be equal */
    SCALE_RESULT, /* scale = |entry| + floor */
    SCALE_ABSOLUTE, /* scale = what `evaluate` gives at this entry over the operands' absolute values, + floor: for sums of products */
    SCALE_GIVEN,    /* scale = the test's own bound for this entry, `scales`, + floor */
    SCALE_LARGEST, /* scale = largest |entry| of this sample, + floor: for transforms */
} TrialScale;

/* Which precisions a trial runs: data in blocks has as many lanes as one of them has in 64 bytes. */
typedef enum TrialPrecision { PRECISIONS_BOTH, PRECISIONS_SINGLE, PRECISIONS_DOUBLE } TrialPrecision;

typedef struct Trial {
    const char *op;
    Type operands[TRIAL_OPERANDS];
    int operand_count;      /* 0: as many as the row has */
    const char *attributes; /* "stride=[2,2] groups=3 pad_mode=reflect keep=true", the rest by default; null: all by default */
    int64_t samples;        /* 0: one */
    uint64_t seed;
    /* Entries of real and complex operands are uniform in [low, high] (both 0: -1 to 1), integers in 0 .. below - 1 (0: below = 10). */
    double low, high;
    int64_t below;
    const double *data[TRIAL_OPERANDS]; /* instead of random ones: all samples one behind the other */
    TrialPrecision precisions;
    bool compiled; /* through LLVM too: for one trial of a kernel on vectors, which may take a second */
    TrialScale scale;
    double terms;
    double floor;
    const double *scales;                  /* for SCALE_GIVEN: one for each entry of the result, all samples */
    uint64_t random_seed, step, iteration; /* what random numbers depend on */
} Trial;

/* Fails the running cmocka test when a kernel and the reference disagree, or when the shape rule complains. */
void trial_check(const Trial *trial);

/* Fails unless the shape rule complains with this code and a message that contains `part`. */
void trial_rejects(const Trial *trial, int code, const char *part);

/* Fails unless the shape rule gives a result that prints as `type` ("f*[6x28x28]"). */
void trial_infers(const Trial *trial, const char *type);

/* The result's entries by `evaluate` and by the single-precision kernel, all samples; for tests against
 * published results. `evaluated` and `computed` may be null. Gives the number of reals; the caller frees both. */
int64_t trial_compute(const Trial *trial, double **evaluated, float **computed);

/* Attributes of a row from words as in a trial, the rest by default; null `words`: all by default. */
AttributeValue *trial_attributes(Arena *arena, const OpInfo *info, const char *words);

/* A type in short: TYPE(3, 28, 28) is an unbatched tensor of reals, BATCHED(...) a batched one. */
#define TRIAL_SIZES(...) .rank = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .size = {__VA_ARGS__}
#define TYPE(...)                                                                                                                  \
    {                                                                                                                              \
        TRIAL_SIZES(__VA_ARGS__)                                                                                                   \
    }
#define BATCHED(...)                                                                                                               \
    {                                                                                                                              \
        .batched = true, TRIAL_SIZES(__VA_ARGS__)                                                                                  \
    }

#endif

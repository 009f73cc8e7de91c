/* A training step ready to be done again and again on one batch, for the benchmarks: loaded by Python's ctypes, and a client of strata.h alone.
 *
 *     learner_make --> fill learner_samples and learner_labels --> learner_begin --> learner_step ... --> learner_release */
#ifndef STRATA_BENCH_LEARNER_H
#define STRATA_BENCH_LEARNER_H

#include "strata.h"

typedef struct Learner Learner;

/* Reads the last `train` block of the file `model`, whose net has an image or a vector as its first input, and takes memory for one batch of it. Null after
 * writing what is wrong on the standard error. */
STRATA_API Learner *learner_make(const char *model, int64_t batch);
STRATA_API void learner_release(Learner *learner); /* null is allowed */

/* The samples and their classes, zeros at first. They belong to the Learner. */
STRATA_API float *learner_samples(Learner *learner);
STRATA_API float *learner_labels(Learner *learner);

/* Makes the step on `threads` threads, with the weights of a file; `compiled` lets kernels be compiled where that pays. */
STRATA_API bool learner_begin(Learner *learner, const char *weights, int threads, bool compiled);

/* One step over the batch, whose samples come in another order each time. */
STRATA_API bool learner_step(Learner *learner);

/* The loss of the last step, before the weights moved; bytes of a step's values: as planned, and what no plan can do without. */
STRATA_API double learner_loss(const Learner *learner);
STRATA_API int64_t learner_peak(const Learner *learner);
STRATA_API int64_t learner_bound(const Learner *learner);

#endif

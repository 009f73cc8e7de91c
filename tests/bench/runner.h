/* A net ready to run again and again on one input, for the benchmarks: loaded by Python's ctypes, and a client of strata.h alone.
 *
 *     runner_make --> fill runner_input --> runner_run ... --> runner_output --> runner_release */
#ifndef STRATA_BENCH_RUNNER_H
#define STRATA_BENCH_RUNNER_H

#include "strata.h"

typedef struct Runner Runner;

/* Reads the net `net` of the file `model` (null: its last one) and its weights, and makes all that a run of `samples` samples on `threads` threads needs.
 * With `compiled`, its kernels are compiled, which needs a Strata with LLVM. The net has one input and one output. Null after writing what is wrong
 * on the standard error. */
STRATA_API Runner *runner_make(const char *model, const char *net, const char *weights, int64_t samples, int threads,
                               bool compiled);
STRATA_API void runner_release(Runner *runner); /* null is allowed */

/* The samples, single precision, zeros at first; the result of the last run, null before the first one. They belong to the Runner. */
STRATA_API float *runner_input(Runner *runner);
STRATA_API const float *runner_output(const Runner *runner);

STRATA_API bool runner_run(Runner *runner);

#endif

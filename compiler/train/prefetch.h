/* Prefetching: a thread that fills the next batch while a step computes, where rows have to be read or cut. Batches of rows that are in memory are filled by the
 * threads of the step: one more thread would take its time from them. What it fills depends on the request alone, so it changes no bit of the
 * result. */
#ifndef STRATA_TRAIN_PREFETCH_H
#define STRATA_TRAIN_PREFETCH_H

#include "train/batch.h"

typedef struct Prefetch Prefetch;

/* Null after filling `error`. The plan must outlive it. */
Prefetch *prefetch_make(const StrataAllocator *allocator, const BatchPlan *plan, StrataError *error);
void prefetch_release(Prefetch *prefetch); /* waits; null is allowed */

/* Begins to fill the buffers; the request's list and the buffers must stay until prefetch_wait. */
void prefetch_start(Prefetch *prefetch, const BatchRequest *request, void *const *buffers);

/* Returns when nothing is under way: false after filling `error` when the last batch could not be filled. */
bool prefetch_wait(Prefetch *prefetch, StrataError *error);

#endif

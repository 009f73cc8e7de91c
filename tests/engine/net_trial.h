/* One random model as users run it: simplified, in its fast form, in one precision, against the plain evaluation of what was written; see
 * expected.h. */
#ifndef STRATA_TESTS_ENGINE_NET_TRIAL_H
#define STRATA_TESTS_ENGINE_NET_TRIAL_H

#include "engine/expected.h"
#include "engine/shrink.h"

typedef struct NetTrial {
    uint64_t seed;
    ModelCase model;
    Precision precision;
    const char *name; /* a C identifier that no other trial has */
    Expected expected;
    ExpectedCounts *counts;
} NetTrial;

/* Everything depends on the seed alone and lies in `arena`. */
NetTrial net_trial_make(Arena *arena, uint64_t seed, Precision precision, ExpectedCounts *counts);

/* What compiler/api/program.c makes of a net; and the Program of it, which the caller releases. */
const Graph *net_trial_graph(Arena *arena, const NetTrial *trial);
Program *net_trial_program(Arena *arena, const NetTrial *trial);

/* Runs a Program, compiled first if wanted; null or a sentence. */
const char *net_trial_run(Arena *arena, const NetTrial *trial, bool compile, ThreadPool *pool);

/* Compares; null or a sentence. */
const char *net_trial_check(Arena *arena, const NetTrial *trial, double *const *outputs);

/* Ends the test: prints the seed, a small model for which `check` still finds something, and its fast form. */
typedef const char *NetTrialCheck(Arena *arena, const NetTrial *trial);
void net_trial_report(Arena *arena, const NetTrial *trial, NetTrialCheck *check, const char *way, const char *problem);

/* Says what was compared, and fails when too little of it was compared, or not sharply. */
void net_trial_count(const ExpectedCounts *counts, uint64_t first_seed, uint64_t model_count);

#endif

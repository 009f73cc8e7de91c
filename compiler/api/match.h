/* Which tensor of a file is which weight of a net. */
#ifndef STRATA_API_MATCH_H
#define STRATA_API_MATCH_H

#include "api/api.h"

typedef struct WeightsRequest {
    const Graph *graph;
    const StrataTensorSet *set;
    const char *file; /* how messages call the set */
    const StrataWeightsOptions *options;
} WeightsRequest;

/* The chosen tensors, which belong to the set: weights, then states, in the order of the Graph's tables. */
typedef struct WeightsMatch {
    const char **names;
    StrataTensor **tensors;
    int64_t count;
} WeightsMatch;

/* False when anything is wrong: all of it is then in the diagnostics. Everything else lies in the arena. */
bool weights_match(Arena *arena, const WeightsRequest *request, StrataDiagnostics *diagnostics, WeightsMatch *result);

#endif

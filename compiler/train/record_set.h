/* Data sets whose records the language makes: `map` and `generate`.
 *
 * Each record is computed once, when the set is made, in double precision; random draws are keyed by the seed and the number of the record. The result is a
 * set over tensors like any other: single precision, but for fields that are one number, which stay exact. */
#ifndef STRATA_TRAIN_RECORD_SET_H
#define STRATA_TRAIN_RECORD_SET_H

#include "train/dataset.h"

typedef struct RecordMaking {
    const Graph *graph;    /* module_elaborate_record */
    const Dataset *source; /* null: records are made of their number alone */
    int64_t count;         /* of records */
    uint64_t seed;
    const char *place; /* what messages call the set */
} RecordMaking;

/* Null after filling `error`. */
Dataset *record_set_make(const StrataAllocator *allocator, const RecordMaking *making, StrataError *error);

#endif

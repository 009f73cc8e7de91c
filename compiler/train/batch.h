/* Batches: from samples of a Dataset to the inputs of a Program, in its precision.
 *
 * What goes where is decided and checked once, before training: shapes, and every label. Filling a batch then only copies, and gives the same
 * for the same samples, seed and epoch, whichever thread does it. */
#ifndef STRATA_TRAIN_BATCH_H
#define STRATA_TRAIN_BATCH_H

#include "engine/program.h"
#include "thread/parallel.h"
#include "train/dataset.h"

/* What goes to one input. */
typedef struct BatchSource {
    DataField field; /* a copy; its tensor is the Dataset's */
    int64_t entries; /* reals of one sample */
    double unit;     /* 1 / 255 for bytes that the net wants from 0 to 1, else 1 */
    bool label;
    int64_t *classes; /* where files name classes in another order than the net: its number of each; else null */
    int64_t class_count;
    unsigned char *room; /* for a row that is read, then for the window that is cut from it; null where neither is needed */
    size_t row_room, window_room;
} BatchSource;

typedef struct BatchPlan {
    const Dataset *dataset;
    Precision precision;
    BatchSource *sources; /* one for each input of the Program */
    int64_t count;
} BatchPlan;

/* Finds the field of each input and checks it. `judge` is a Program with the net's outputs, for the names of its classes; `net` the name for messages. False after filling `error`; the plan is then empty. */
bool batch_plan_make(BatchPlan *plan, const Dataset *dataset, const Program *program, const Program *judge, const char *net,
                     StrataError *error);
void batch_plan_release(BatchPlan *plan);

/* For one field alone, in single precision: its samples for whoever looks at them. */
bool batch_plan_field(BatchPlan *plan, const Dataset *dataset, const DataField *field, StrataError *error);

/* Whether filling takes room of its own, for rows that are read or cut: then one thread does it. */
bool batch_plan_needs_room(const BatchPlan *plan);

/* Which samples a batch has, and what their random changes are keyed by. */
typedef struct BatchRequest {
    const int64_t *samples; /* indices into the Dataset's order */
    int64_t count;
    uint64_t seed, epoch;
    bool augment;
    const Parallel *parallel; /* threads that share the samples, where the plan needs no room; null: none */
} BatchRequest;

/* Fills a buffer for each input, with room for the samples one behind the other. One thread at a time asks for it. False after filling `error`: a
 * row could not be read. */
bool batch_fill(const BatchPlan *plan, const BatchRequest *request, void *const *buffers, StrataError *error);

#endif

/* What the files of the trainer share. */
#ifndef STRATA_TRAIN_TRAINER_PARTS_H
#define STRATA_TRAIN_TRAINER_PARTS_H

#include "train/prefetch.h"
#include "train/trainer.h"

/* The step for one number of samples: the batch, or what is left at the end of an epoch. */
typedef struct StepRun {
    int64_t batch;
    Program *program;
    Binding *bindings[2]; /* by the copy of the states that it reads */
    Workspace *workspace;
} StepRun;

/* A table of values in one block: a buffer for each row, to read and to write. */
typedef struct ValueRows {
    unsigned char *block;
    size_t size;
    int64_t count;
    InputBuffer *read;
    OutputBuffer *write;
} ValueRows;

/* A batch. */
typedef struct InputSide {
    void **buffers;
    InputBuffer *inputs;
    int64_t *order;
} InputSide;

/* Judging by held-out data. */
typedef struct Judge {
    Program *program;
    Workspace *workspace;
    int64_t chunk; /* samples of a run */
    OutputBuffer *outputs;
    int64_t output; /* that has classes, or -1 */
    int64_t label;  /* input, or -1 */
    int64_t *known; /* samples of each class, counted while judging */
    int64_t classes;
} Judge;

struct Trainer {
    StrataAllocator allocator;
    TrainerSetup setup;
    ThreadPool *pool;
    StepRun runs[2];
    ValueRows weights;   /* those that are not trained */
    ValueRows states[2]; /* trained weights, and states of the net and the optimizer */
    int current;         /* copy of the states that holds */
    BatchPlan plan;
    InputSide sides[2];
    int filled; /* side that has the next batch, or gets it */
    bool ahead; /* the thread fills it */
    Prefetch *prefetch;
    int64_t *order;
    TrainerPosition position;
    TrainerWatch watch;
    double last_loss;               /* mean of the last whole epoch */
    const InputBuffer *last_inputs; /* of the last step, for finding what is not finite */
    int64_t last_count;
    Judge judge;
};

/* What the step's tables hold under a name of the trained net: the running mean of a weight where there is one. Null when they lack it. */
const InputBuffer *find_value(const Trainer *trainer, const char *name);

bool judge_make(Trainer *trainer, StrataError *error);
void judge_release(Trainer *trainer);

/* Goes to another position. */
void trainer_place(Trainer *trainer, TrainerPosition position);

#endif

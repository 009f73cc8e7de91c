/* The trainer: weights, the optimizer's states and a place in the data, moved on by one step at a time.
 *
 * All that a step reads and writes stands in two copies: a step reads one and writes the other, then they change places. So a step that fails, or
 * whose result is not finite, leaves what was there before it. The order of samples in an epoch depends on seed and epoch alone, random numbers on
 * seed and step: a trainer that goes on from a checkpoint gives the same bits as one that never stopped. */
#ifndef STRATA_TRAIN_TRAINER_H
#define STRATA_TRAIN_TRAINER_H

#include "engine/program.h"
#include "tensor/tensor_set.h"
#include "train/batch.h"

enum {
    E_NOT_FINITE = 910,          /* a value of a step is not finite */
    E_CHECKPOINT_OF_OTHER = 911, /* a checkpoint that another training wrote */
    E_CHECKPOINT_DAMAGED = 912,  /* a file that is no checkpoint, or not a whole one */
    E_NO_GRADIENT = 913,         /* the step cannot be made */
};

/* What to train, and how. The Graphs and the sets must outlive the trainer; names are copied nowhere and must too. */
typedef struct TrainerSetup {
    const char *net;
    const Graph *step;  /* step_graph_make, transformed */
    const Graph *judge; /* the net for inference with its loss, transformed */
    const Dataset *data;
    const Dataset *validate; /* null: none */
    int64_t epochs, batch;
    int64_t patience, plateau; /* epochs without a better loss until training stops, until rates fall; 0: never */
    double plateau_factor;
    uint64_t seed;
    Precision precision;
    int threads;
    bool compile; /* by LLVM where that is there */
    bool (*cancelled)(
        void *context); /* asked within steps and judgements; true breaks them off with STRATA_CANCELLED. Null: never */
    void *context;
} TrainerSetup;

/* Where training is. */
typedef struct TrainerPosition {
    int64_t epoch;   /* under way, from 0 */
    int64_t sample;  /* of this epoch: how many are done */
    int64_t step;    /* in all */
    double loss_sum; /* over the samples done in this epoch: of the objective with penalties */
} TrainerPosition;

/* What held-out data say. */
typedef struct Judgement {
    int64_t samples;
    double loss;
    bool classifies;
    int64_t right;
    int64_t commonest; /* samples of the commonest class */
} Judgement;

/* What patience and plateau go by. */
typedef struct TrainerWatch {
    int64_t noted;      /* epochs whose loss was noted */
    int64_t best_epoch; /* of the smallest loss, from 1; 0: none yet */
    double best;
    int64_t waited; /* epochs since the last fall of the rates, or since the best */
    double rate_scale;
} TrainerWatch;

typedef struct Trainer Trainer;

/* Null after filling `error`. Weights have their initial values. */
Trainer *trainer_make(const StrataAllocator *allocator, const TrainerSetup *setup, StrataError *error);
void trainer_release(Trainer *trainer);

const TrainerSetup *trainer_setup(const Trainer *trainer);
TrainerPosition trainer_position(const Trainer *trainer);

/* Samples of an epoch. */
int64_t trainer_samples(const Trainer *trainer);

/* One batch; at the end of an epoch the next one begins. False after filling `error`: E0910 when the objective is not finite. */
bool trainer_step(Trainer *trainer, StrataError *error);

/* Runs the net as it is now on held-out data: `data` null: the setup's. */
bool trainer_judge(Trainer *trainer, const Dataset *data, Judgement *result, StrataError *error);

/* Notes the loss of the epoch that has just ended, of held-out data where there are some. */
void trainer_note(Trainer *trainer, double loss);
TrainerWatch trainer_watch(const Trainer *trainer);

/* Whether patience has run out. */
bool trainer_stops(const Trainer *trainer);

/* The weights (their running means where these are kept), and the states that inference reads, by name. The caller owns the set. */
TensorSet *trainer_weights(const Trainer *trainer, StrataError *error);

/* Replaces weights and states by those of the set that have their names and shapes. */
bool trainer_start_from(Trainer *trainer, const TensorSet *weights, StrataError *error);

/* Everything that training goes on from: values and position. `facts` (source hash, settings) stand in it as a text and must be equal when it is
 * restored. */
TensorSet *trainer_checkpoint(const Trainer *trainer, const char *facts, StrataError *error);
bool trainer_restore(Trainer *trainer, const TensorSet *checkpoint, const char *file, const char *facts, StrataError *error);

/* The memory of a step. */
ProgramMemory trainer_memory(const Trainer *trainer);
bool trainer_is_compiled(const Trainer *trainer);

/* The mean objective over the last whole epoch. */
double trainer_last_loss(const Trainer *trainer);

/* What values a step has: those of the step's Graph, for checkpoints and for finding what is not finite. */
typedef struct TrainerValues {
    const Program *program;
    const InputBuffer *weights, *states; /* as they are before the next step */
} TrainerValues;
TrainerValues trainer_values(const Trainer *trainer);

#endif

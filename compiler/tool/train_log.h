/* What a training tells: the history of its epochs, in memory for the curves and as a log of JSON lines. */
#ifndef STRATA_TOOL_TRAIN_LOG_H
#define STRATA_TOOL_TRAIN_LOG_H

#include "tool/curve.h"
#include "tool/session.h"

typedef struct TrainLog {
    const char *path; /* null: no file */
    FILE *file;
    Curve loss, held_out, accuracy; /* x: epochs done */
} TrainLog;

/* What is known at the end of an epoch. */
typedef struct EpochEntry {
    int64_t epoch, step;
    double loss;
    const StrataJudgement *judgement; /* null: there are no held-out data */
    double seconds;
} EpochEntry;

/* Begins a log anew, or keeps the entries of the first `epochs` epochs of an old one and goes on behind them. `facts` is the first line. False after
 * saying why the file cannot be written. */
bool train_log_open(TrainLog *log, const char *path, const char *facts, int64_t epochs);

/* A line for an epoch, at once in the file. */
bool train_log_epoch(TrainLog *log, const EpochEntry *entry);
void train_log_close(TrainLog *log);

#endif

/* What a `train` block adds to a net: objective, penalties, and the checks of its settings. */
#ifndef STRATA_ELABORATE_TRAIN_H
#define STRATA_ELABORATE_TRAIN_H

#include "elaborate/elaborator.h"

/* A declared output. */
typedef struct Declared {
    Type type;
    int64_t classes; /* classes(10): 10; else 0 */
    const char *const *labels;
} Declared;

typedef struct Outputs {
    const char *const *names; /* null: one output without a name */
    Declared *declared;
    Tensor **tensors;
    int64_t count;
} Outputs;

/* What a loss gets beside the output. Its label becomes an input of the Graph when the loss first asks for it. */
struct Sample {
    const Outputs *outputs;
    Tensor **labels; /* by output; null until asked for */
    Tensor **inputs; /* of the net */
    int64_t input_count;
};

/* The evaluated settings of a `train` block. */
typedef struct Training {
    const Ast *ast;
    Definition *net;
    struct Training *next; /* of the same net */
    bool fine;             /* every setting could be read */
    Arguments settings;    /* of the net */
    Object data, validate;
    Object loss, penalty, optimizer;
    bool all; /* the penalty covers weights with decay=false too */
    int64_t epochs, batch, seed;
    double clip;
} Training;

/* Reads and checks the settings of a block, once. */
Training *training_read(Elaborator *e, Unit *unit, const Ast *train);

/* Adds objective and penalties to the training Graph under construction, and tries the optimizer on its weights. */
bool elaborate_objective(Elaborator *e, Training *training, const Outputs *outputs, Object value);

/* What a sample stands for: its label; a field of it. */
Tensor *sample_label(Elaborator *e, Sample *sample, SourceSpan span);
Object sample_field(Elaborator *e, Sample *sample, const AstName *name);

#endif

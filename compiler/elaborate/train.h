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
    Arguments given;       /* those that its Graph is elaborated with now */
    Object data, validate;
    Object loss, penalty, optimizer;
    Object proximal;    /* behind each step of the optimizer, on the weights that penalties cover */
    const List *groups; /* records {weights, optimizer} for weights of these names; null: none */
    const List *only;   /* names of the weights that are trained; null: all */
    bool all;           /* the penalty covers weights with decay=false too */
    int64_t accumulate; /* steps whose gradients make one change of the weights */
    double average;     /* of the running mean of weights; 0: none */
    int64_t patience;   /* epochs without a better loss until training stops; 0: it does not */
    int64_t plateau;    /* epochs without a better loss until the rate falls; 0: it does not */
    double plateau_factor;
    int64_t epochs, batch, seed;
    double clip;        /* the largest norm that all gradients together keep; 0: none was said */
    TrainingStep *step; /* filled while the training Graph is elaborated for those who train; null while checking */
} Training;

/* Reads and checks the settings of a block, once. */
Training *training_read(Elaborator *e, Unit *unit, const Ast *train);

/* Whether a weight's full name begins with one of these names, at a boundary of its parts. */
bool names_cover(const List *names, const char *weight);

/* What an optimizer gives: {weight, step} or the weight alone; `step` (of kind OBJECT_NONE then) is what proximal functions take. False after
 * complaining. */
bool optimizer_result(Elaborator *e, Object value, const Type *type, SourceSpan span, Tensor **weight, Object *step);

/* path_norm(p) of the net under construction, as a number; an error object after complaining. */
Object path_norm_of_net(Elaborator *e, const Training *training, const Function *paths, SourceSpan span);

/* Adds objective and penalties to the training Graph under construction, and tries the optimizer on its weights. */
bool elaborate_objective(Elaborator *e, Training *training, const Outputs *outputs, Object value);

/* The optimizer over all weights that are trained, their gradients being inputs of the Graph: fills training->step. */
bool elaborate_step(Elaborator *e, Training *training, SourceSpan span);

/* The description of data for those who read it. */
const DataCall *data_call(Elaborator *e, const Data *data);

/* What a sample stands for: its label; a field of it. */
Tensor *sample_label(Elaborator *e, Sample *sample, SourceSpan span);
Object sample_field(Elaborator *e, Sample *sample, const AstName *name);

#endif

/* AST to Graph: all functions applied, all conditions and repetitions unrolled, all shapes known, known tensors evaluated.
 *
 * A Module is a source file with everything that it uses (other files, the standard library), parsed and with its names collected.
 * A net of it is elaborated as often as wanted: for inference or training, with these settings or those. */
#ifndef STRATA_ELABORATE_ELABORATE_H
#define STRATA_ELABORATE_ELABORATE_H

#include "elaborate/data_call.h"
#include "graph/graph.h"

typedef struct Module Module;

/* How files are read: `path` as written in the source, joined to the folder of the file that uses it. Gives text in `arena`, or null
 * after filling `error`. */
typedef struct SourceReader {
    const char *(*read)(void *context, Arena *arena, const char *path, size_t *length, StrataError *error);
    bool (*goes_on)(
        void *context); /* asked now and then; false ends what is elaborated, as `cancelled` of the diagnostics. Null: always */
    void *context;
} SourceReader;

/* A setting of a net given from outside (`--set H=512`): the value is source text of an expression. */
typedef struct Setting {
    const char *name;
    const char *value;
} Setting;

/* A weight that a step of training changes. */
typedef struct StepWeight {
    int32_t weight;   /* row of the Graph */
    Value value;      /* what reads it */
    int32_t gradient; /* row of the input that stands for its gradient */
    Value next;       /* its value after the step, computed from both */
} StepWeight;

/* What a `train` block says, for those who train. */
typedef struct TrainingStep {
    const char *name; /* of the block: what stands behind `as`, else the net's */
    const char *net;
    Graph *graph; /* for training: objective, penalties, and the optimizer over inputs "gradient.NAME" that stand for gradients */
    Graph *judge; /* for inference, with the loss as its objective: what held-out data are judged by */
    StepWeight *weights;
    int64_t weight_count;
    const DataCall *data, *validate; /* validate may be null */
    int64_t epochs, batch, seed;
    int64_t patience, plateau; /* epochs without a better loss until training stops, until rates fall; 0: never */
    double plateau_factor;     /* what rates are multiplied by then */
    bool averages;             /* states "average.NAME" are what the trained net is */
} TrainingStep;

typedef enum Mode { MODE_INFERENCE, MODE_TRAINING } Mode;

/* Loads `path` by the reader, or takes `text` as its content when that is not null. Never null: what is wrong (also a file that cannot be
 * read) is in `diagnostics`; the module then knows what could be understood. */
Module *module_load(Arena *arena, Diagnostics *diagnostics, SourceReader reader, const char *path, const char *text, size_t length);

/* Loads a module whose main file comes in parts, each a text under a name of its own, with its `use`s relative to the folder in that name. What
 * a later part defines hides the definitions of that name in earlier ones. */
typedef struct ModulePart {
    const char *name;
    const char *text;
    size_t length;
} ModulePart;
Module *module_load_parts(Arena *arena, Diagnostics *diagnostics, SourceReader reader, const ModulePart *parts, int64_t count);

/* Checks everything without data: every net in both modes with its default settings, every layer definition that can be, top-level
 * `let`s, asserts, `train` and `data` blocks. All complaints go to the diagnostics. */
void module_check(Module *module);

/* The same for the newest part alone, with what it needs. */
void module_check_newest(Module *module);

/* Nets in the order of the source (those of the file itself, not of what it uses). */
int64_t module_net_count(const Module *module);
const char *module_net_name(const Module *module, int64_t index);

/* Elaborates a net (`net` null: the last one of the file). Null when there were errors. */
Graph *module_elaborate(Module *module, const char *net, const Setting *settings, int64_t setting_count, Mode mode);

/* Tensors that names of a module stand for: `find` says the type of one, and its entries in `arena` (type_reals of them), or null data for one
 * that is an input; false when the name is none of them. */
typedef struct NamedTensors {
    bool (*find)(void *context, Arena *arena, const char *name, Type *type, const double **data);
    void *context;
} NamedTensors;

/* The value of an expression, or of a `let`, in a module. Tensors in it that are not known are values of `graph`, and its outputs in their
 * order (as object_tensors finds them); its inputs are the named tensors that the expression needs. */
typedef struct Evaluated {
    const char *binding; /* the name of the `let`, or null */
    struct Object *value;
    Graph *graph;
    bool uses_tensors; /* one of the named tensors is needed */
} Evaluated;

/* Evaluates a text called `name` in diagnostics; false after complaining. A call `layers(f, x...)`, where nothing else is called `layers`, gives a
 * record of what each step of f makes. The module is of no use for anything else afterwards: its named tensors belong to this Graph. */
bool module_evaluate(Module *module, const char *name, const char *text, size_t length, NamedTensors tensors, Evaluated *result);

/* A value that is a description of data, for those who read it; null when it is none. In the module's arena. */
const DataCall *module_data(Module *module, const Evaluated *evaluated);

/* Definitions of the main file that need one of these names, themselves not counted, in the order of the source. */
int64_t module_dependents(Module *module, const char *const *names, int64_t count, const char ***dependents);

/* Elaborates a `train` block (`name` null: the last one of the file) with settings of its net that replace its own. Null when there were
 * errors. */
TrainingStep *module_elaborate_step(Module *module, const char *name, const Setting *settings, int64_t setting_count);

/* The function of a call of `map` or `generate` as a Graph: its inputs are the fields that the records of the source have (for `generate` one, the
 * number of the record), its outputs those that it gives. Null after complaining. */
typedef struct RecordField {
    const char *name;
    Type type;
} RecordField;
Graph *module_elaborate_record(Module *module, const DataCall *call, const RecordField *fields, int64_t count);

/* The names of the `train` blocks in the order of the source; null past the end. */
const char *module_training_name(Module *module, int64_t index);

/* A definition of the standard library or of the file, for `strata doc NAME`: its signature as source text, its comment, its place. False
 * when there is none. `list`: those of the prelude, then of all modules that were loaded, then of what is built in; gives how many. */
typedef struct Documentation {
    const char *name;
    const char *module; /* "prelude", "wavelet"; the file's name; "operation" or "builtin" */
    const char *file;   /* "std/prelude_pool.net"; null for what is built in */
    const char *about;  /* the comment at the head of the file; never null */
    const char *signature;
    const char *comment; /* never null */
    const char *source;  /* the whole definition */
} Documentation;
bool module_documentation(Module *module, const char *name, Documentation *result);
int64_t module_documented(Module *module, const Documentation **list);

#endif

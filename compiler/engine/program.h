/* A Program: a Graph planned for running. The library's Program, Workspace and the trainer stand on this and know no Plan.
 *
 *     Graph --program_make--> Program  (immutable, shared between threads)
 *     Program + weights, states --binding_make--> Binding  (immutable while it runs, shared between threads)
 *     Program --workspace_make--> Workspace  (one a thread: all the memory that a run needs)
 *     program_run(program, binding, workspace, run)
 *
 * Nothing here keeps the Graph: it may be released once the function that took it returns. Every buffer of a caller holds reals (float or
 * double, of any alignment), samples one behind the other, each laid out as its Type says: row-major, complex as pairs, integers
 * and booleans as whole numbers. A run allocates nothing. How a batch is cut into tiles changes no bit of the result.
 *
 * Errors: STRATA_MEMORY when an allocation fails, STRATA_USAGE for a wrong call, STRATA_INVALID for an entry that an input does not
 * allow, STRATA_CANCELLED. */
#ifndef STRATA_ENGINE_PROGRAM_H
#define STRATA_ENGINE_PROGRAM_H

#include "graph/graph.h"

typedef struct ThreadPool ThreadPool;

typedef struct Program Program;
typedef struct Binding Binding;
typedef struct Workspace Workspace;
typedef struct Profile Profile; /* profile.h */

typedef enum Precision { PRECISION_SINGLE, PRECISION_DOUBLE } Precision;

/* What the outputs of a Program are. */
typedef enum Purpose {
    PURPOSE_RUN,     /* the Graph's outputs, then the watched values, in the order asked for */
    PURPOSE_INITIAL, /* the initial value of every weight, then of every state; there are no inputs, and the batch of a run is 1 */
} Purpose;

/* All zero is a good choice: single precision, tile chosen by memory, nothing watched. */
typedef struct ProgramOptions {
    Precision precision;
    Purpose purpose;
    const char *const *watch; /* names of the Graph (`graph_find_name`) whose values are outputs too */
    int64_t watch_count;
    int64_t
        tile; /* most samples worked on at once, fewer where memory says so; 0: by memory alone. Ignored where `batch` is given */
    int64_t batch; /* the exact number of samples of every run: needed where values reduce over the batch, as in training; 0: any */
} ProgramOptions;

/* Null after filling `error`: a name to watch that the Graph lacks, an initial value that nobody said, `batch` missing though the Graph
 * reduces over the batch, more memory than can be addressed, a failed allocation. */
Program *program_make(const Graph *graph, const ProgramOptions *options, const StrataAllocator *allocator, StrataError *error);
void program_release(Program *program); /* null is allowed; no Binding or Workspace of it may be in use */

/* The tables, in the Graph's order. Names and types live as long as the Program. An output without a name is called "output". */
typedef struct ProgramValue {
    const char *name;
    Type type;
    InputKind kind;            /* of inputs */
    int64_t below;             /* of inputs of integers */
    int64_t classes;           /* of outputs; 0: not classes */
    const char *const *labels; /* of outputs: names of the classes, or null */
    const PathTable *paths;    /* of outputs: what dimension 0 stands for, or null */
} ProgramValue;

int64_t program_input_count(const Program *program);
int64_t program_output_count(const Program *program);
int64_t program_weight_count(const Program *program);
int64_t program_state_count(const Program *program);
const ProgramValue *program_input(const Program *program, int64_t index);
const ProgramValue *program_output(const Program *program, int64_t index);
const ProgramValue *program_weight(const Program *program, int64_t index);
const ProgramValue *program_state(const Program *program, int64_t index);

Precision program_precision(const Program *program);
bool program_has_objective(const Program *program);

/* Bytes, each as it is really taken. */
typedef struct ProgramMemory {
    int64_t tile;      /* samples worked on at once */
    size_t work;       /* the arena of activations for one tile: the peak */
    size_t work_bound; /* its lower bound: the largest sum of values alive at one time, in the chosen order of steps */
    size_t work_one;   /* the same two for a tile of one sample */
    size_t work_one_bound;
    size_t scratch;         /* the largest scratch of a kernel; part of the arena */
    size_t weights, states; /* of a Binding */
    size_t prepared;        /* of a Binding: values that depend on weights, states and constants alone */
    size_t constants;       /* of the Program, tables of kernels (twiddles) included */
} ProgramMemory;

ProgramMemory program_memory(const Program *program);

/* The Plan as text: buffers, steps with kernel, shapes and offsets, peak and lower bound (`strata show plan`). */
void program_print_plan(const Program *program, Text *out);

/* How much of a Program is compiled. */
typedef struct CompileOptions {
    int64_t samples; /* on about so many the Program runs: what does not pay for them is left out; INT64_MAX: nothing */
    /* Kernels that come out longer in LLVM's intermediate language stay as they are, and all that follow once the sum is longer; 0: limits that keep a
     * compilation within a few seconds. */
    int64_t most_instructions;
    int64_t most_instructions_together;
} CompileOptions;

/* Compiles kernels for the numbers of their calls and for this processor, by LLVM; runs then use these, but for kernels that share among several threads what
 * these do on one. Equal calls are compiled once. To be called once, before anything else uses the Program. False after filling `error` (E1060: the compiling
 * engine is not there; or a failure of LLVM): the Program then runs as before. `report`, which may be null, gets a line for the whole and one for each
 * kernel that stays as it is, with the reason. */
bool program_compile(Program *program, const CompileOptions *options, Text *report, StrataError *error);

/* The same in a thread of its own, without a report: gives back at once, and runs go on with the kernels as they are; those that begin when it is done use what
 * it made. Nothing is done where it was begun before. False after filling `error`: no thread, no memory. What goes wrong behind leaves the Program
 * as it was. Releasing the Program breaks it off at LLVM's next step, and waits for that. */
bool program_compile_behind(Program *program, const CompileOptions *options, StrataError *error);
bool program_is_compiling(const Program *program);
void program_wait(Program *program); /* until nothing is compiled behind any more; one thread at a time */

/* All kernels as they would be compiled, those that are as fast as they are too, as text: LLVM's intermediate language after its passes, or assembly.
 * Instead of program_compile, since a Program is compiled once. */
bool program_print_native(Program *program, bool assembly, Text *out, StrataError *error);

/* Whether compiling is likely to take less time than it saves over so many samples. */
bool program_gains(const Program *program, int64_t samples);

/* Whether kernels of it were compiled. */
bool program_is_compiled(const Program *program);

/* A caller's memory, to read from or to write to. */
typedef struct InputBuffer {
    const void *data; /* may be null where nothing is read: a batch of 0 */
    Precision element;
} InputBuffer;

typedef struct OutputBuffer {
    void *data; /* null: not wanted */
    Precision element;
} OutputBuffer;

/* Gives a Program of PURPOSE_RUN its weights and states: one buffer for each row of its tables, copied unless `borrow` is set: then buffers of the Program's
 * precision that are aligned for their elements are used where they are, and must stay unchanged for the life of the Binding. States are
 * inputs of inference (the running mean of a batch normalisation) like weights. Values that depend on these and on constants alone are
 * computed here, once. The Binding uses the Program, which must outlive it. */
Binding *binding_make(const Program *program, const InputBuffer *weights, const InputBuffer *states, bool borrow,
                      StrataError *error);

/* The initial values, computed by the Graph that the Program was made of; they depend on the seed and on names alone. */
Binding *binding_make_initial(const Program *program, const Graph *graph, uint64_t seed, StrataError *error);

void binding_release(Binding *binding);

/* What it holds, in the Program's precision, type_reals of the table's type each: for saving. */
const void *binding_weight(const Binding *binding, int64_t index);
const void *binding_state(const Binding *binding, int64_t index);

/* Replaces values (`data` null, or no array at all: keeps the old ones) and prepares again. No run may use the Binding meanwhile. A value that
 * was borrowed cannot be replaced. */
bool binding_update(Binding *binding, const InputBuffer *weights, const InputBuffer *states, StrataError *error);

/* The memory of runs of up to `samples` samples at once (more are run in several tiles; 0: a whole tile of the Program). `pool` may be null: one
 * thread. It must outlive the Workspace, and may serve several. */
Workspace *workspace_make(const Program *program, int64_t samples, ThreadPool *pool, StrataError *error);
void workspace_release(Workspace *workspace);

/* One run. Arrays have one entry for each row of the Program's table; null arrays of outputs and states: none is wanted. */
typedef struct Run {
    int64_t batch;             /* number of samples, 0 included */
    const InputBuffer *inputs; /* `batch` samples each; unbatched inputs: one */
    OutputBuffer *outputs;     /* likewise */
    OutputBuffer *next_states; /* the states after the step: the old value where the Graph says no next one */
    bool lends_states;    /* they lie apart from one another and from all that the run reads, and may be written to at any time */
    int64_t first_sample; /* index of the first sample in the whole data set: random numbers are keyed by it */
    uint64_t seed;
    uint64_t step;
    double rate;
    bool (*cancelled)(void *context); /* asked between steps; true stops the run. Null: never */
    void *context;
    Profile *profile; /* counts how long each step takes; null: nothing is timed */
    double objective; /* written where the Program has one: the mean over the batch of the objective and of the penalties */
} Run;

/* False after filling `error`; outputs are then unspecified. The same Program and Binding may run in several threads, each with a
 * Workspace of its own. */
bool program_run(const Program *program, const Binding *binding, Workspace *workspace, Run *run, StrataError *error);

#endif

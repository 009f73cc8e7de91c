/* The objects behind strata.h, shared by the files of this folder and by nothing else.
 *
 * The library's inner parts know arenas, Diagnostics and Graphs; a caller knows opaque objects, a list of diagnostics and an
 * allocator. This folder is the border: each entry sets the recovery point of the arenas that it works in, so that a failed
 * allocation comes back as STRATA_MEMORY, and copies what was said into the caller's list. */
#ifndef STRATA_API_API_H
#define STRATA_API_API_H

#include "elaborate/elaborate.h"
#include "engine/program.h"
#include "strata.h"
#include "thread/pool.h"

#include <stdatomic.h>

/* A copy of this is in every object: what it inherits from the context it was made from. */
struct StrataContext {
    StrataAllocator allocator;
    StrataReadSource read; /* null: the disk */
    void *read_user;
    StrataProgress progress; /* null: none */
    void *progress_user;
    size_t memory_limit;
};

struct StrataText {
    StrataAllocator allocator;
    Arena arena;
    Text text;
};

struct StrataDiagnostics {
    StrataContext context;
    Arena arena;
    StrataDiagnostic *items;
    int64_t count;
    int64_t capacity;
    int64_t errors;
    StrataStatus status;
};

/* Bytes that grow, from an allocator; they outlive a failed allocation of an arena. */
typedef struct Buffer {
    char *bytes;
    size_t length;
    size_t capacity;
} Buffer;

struct StrataModule {
    StrataContext context;
    int64_t owners; /* the caller's and its nets'; one thread at a time uses them all */
    Arena arena;
    SourceTable sources;
    Diagnostics diagnostics;
    Module *module;         /* loaded when first needed */
    int64_t loaded_entries; /* entries and errors of the diagnostics right after loading */
    int64_t loaded_errors;
    char *name;
    size_t name_size; /* bytes of the block */
    Buffer source;
    Buffer reading; /* of a `use` while it is read */
};

struct StrataNet {
    StrataModule *module;
    Graph *graph;   /* as elaborated: what is shown, summed up and matched with weights */
    Graph *running; /* the same after all transforms: what is planned and run */
};

struct StrataWeights {
    StrataAllocator allocator;
    StrataTensorSet *set; /* weights, then states, in the order of the net's tables */
};

struct StrataProgram {
    StrataContext context;
    atomic_size_t owners; /* the caller and workspaces */
    Program *program;
    Binding *binding;
    StrataTensorSet *bound; /* weights and states in the program's precision: the Binding looks into them */
    char *net_name;
    size_t net_name_size;
    int64_t batch; /* exact number of samples of a run, 0: any */
};

struct StrataWorkspace {
    StrataProgram *program;
    ThreadPool *pool;
    Workspace *workspace;
    int64_t samples; /* most that are run at once */
};

struct StrataProfile {
    StrataProgram *program;
    Profile *profile;
};

struct StrataEvaluation {
    StrataAllocator allocator;
    int64_t samples;
    int64_t right;
    int64_t classes;
    int64_t *confusion; /* classes x classes, truth first */
    StrataCalibration bins[STRATA_CALIBRATION_BINS];
    StrataMiss worst[STRATA_WORST_LIMIT]; /* by falling confidence in what is wrong */
    int64_t worst_count;
};

/* The Program of a net, with fast operations; `exact`: without those that round more than sums do (StrataProgramOptions). Null after filling `error`. */
Program *net_program(const StrataNet *net, const ProgramOptions *options, bool exact, StrataError *error);

/* A zeroed object from the context's allocator; null after saying so. */
void *object_make(const StrataContext *context, size_t size, StrataDiagnostics *diagnostics);

/* The codes of the library itself; those of weights are in match.c, of data in inputs.c and evaluate.c, of runs in run.c. */
enum { E_UNREADABLE_SOURCE = 308 };

/* Adding to a caller's list; `list` may be null, and then nothing is kept. Each gives false. */
bool diagnostics_say(StrataDiagnostics *list, StrataStatus status, int code, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
bool diagnostics_failure(StrataDiagnostics *list, const StrataError *error);
bool diagnostics_memory(StrataDiagnostics *list);
/* `details` are lines behind the first one, each indented by two spaces and ended, or null. */
bool diagnostics_detail(StrataDiagnostics *list, StrataSeverity severity, int code, const char *message, const char *details);

/* Copies what the inner parts said; an entry that is there already is not added again. */
void diagnostics_copy(StrataDiagnostics *list, const Diagnostics *said);

/* An empty text; null after saying so. After a failed allocation: releases it, says so, gives null. */
StrataText *text_object(const StrataContext *context, StrataDiagnostics *diagnostics);
StrataText *text_failed(StrataText *text, StrataDiagnostics *diagnostics);

/* Appends to a buffer: the form of a StrataSink. */
typedef struct BufferSink {
    Buffer *buffer;
    const StrataAllocator *allocator;
    size_t limit; /* what is longer is cut off behind the next byte, so that it is seen to be too long */
    bool cut;     /* set when it was */
} BufferSink;
bool buffer_append(void *destination, const char *bytes, size_t length);
void buffer_release(Buffer *buffer, const StrataAllocator *allocator);

/* Reads a source file by the context's reader or from the disk. */
bool source_read(const StrataContext *context, const char *path, Buffer *buffer, StrataError *error);

/* Loads what the source uses, once, inside the caller's ARENA_TRY. Later work starts from the complaints of loading, so that none of an
 * earlier request stays. */
void module_ready(StrataModule *module);

/* An empty module, without source; a net of a module without a Graph, and its Graph, inside the recovery point of the module's arena. Null after
 * saying that memory ended. */
StrataModule *module_object(const StrataContext *context, const char *name, StrataDiagnostics *diagnostics);
StrataNet *net_object(StrataModule *module, StrataDiagnostics *diagnostics);
void net_set_graph(StrataNet *net, Graph *graph);

/* Loads the module's own source, or these parts where they are not null, inside the recovery point of its arena. */
void module_load_source(StrataModule *module, const ModulePart *parts, int64_t count);

/* An empty object, whose set of tensors is to be filled. */
StrataWeights *weights_object(StrataNet *net, StrataDiagnostics *diagnostics);

/* A program that has its weights in its precision and no Binding: to be built, not to be run. */
StrataProgram *program_unbound(StrataNet *net, StrataWeights *weights, const StrataProgramOptions *options,
                               StrataDiagnostics *diagnostics);

/* Opens what a description says; Graphs of its functions go to `arena`. Null after saying what is wrong. */
typedef struct Dataset Dataset;
Dataset *data_open(StrataModule *module, Arena *arena, const DataCall *call, StrataDiagnostics *diagnostics);
StrataData *data_object(StrataModule *module, const DataCall *call, StrataDiagnostics *diagnostics);

/* One owner more. */
StrataModule *module_retain(StrataModule *module);
StrataProgram *program_retain(StrataProgram *program);

/* The tensor of each input of a program, in the order of its table, retained; all have the batch as their first dimension and as many
 * samples. */
typedef struct InputSet {
    StrataAllocator allocator;
    StrataTensor **tensors;
    int64_t count;
    int64_t samples;
} InputSet;

/* Finds the tensor of each input and gives it the dimensions that it lacks, without converting entries. False after saying what is wrong. */
bool inputs_match(const StrataProgram *program, const StrataTensorSet *set, InputSet *result, StrataDiagnostics *diagnostics);

/* Samples `first` to `first + count - 1` of matched inputs, as reals that a run can read. */
bool inputs_rows(const StrataProgram *program, const InputSet *all, int64_t first, int64_t count, InputSet *result,
                 StrataDiagnostics *diagnostics);
void inputs_release(InputSet *inputs);

/* Calls program_run on samples first .. first + rows->samples - 1, which `rows` holds. `outputs` has an entry for each output. */
bool run_rows(StrataWorkspace *workspace, const InputSet *rows, int64_t first, int64_t total, OutputBuffer *outputs,
              const StrataRunOptions *options, StrataDiagnostics *diagnostics);

/* How many samples are run between two calls of the caller's progress. */
int64_t run_chunk(const StrataWorkspace *workspace, int64_t samples);

/* The caller's progress function; true when there is none. */
bool progress_goes_on(const StrataContext *context, int64_t done, int64_t total);

#endif

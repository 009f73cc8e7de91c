/* What a session is made of, for the files session*.c.
 *
 * A session is a log of changes: a piece of source that was entered, a value that got a name, weights that a net was given. What counts of it is found
 * by reading the log from its end, so that undoing is dropping its last entry. Nothing else is kept: each input loads the parts that count into a module of
 * its own, which is gone when its answer is. */
#ifndef STRATA_API_SESSION_H
#define STRATA_API_SESSION_H

#include "api/api.h"
#include "base/sha256.h"
#include "elaborate/object.h"

/* A string in a block of its own; `bytes` null: none. */
typedef struct OwnString {
    char *bytes;
    size_t length;
} OwnString;

/* A value that a name stands for: one tensor, or an expression over tensors with names of their own ("{conv1: _y_0}"). */
typedef struct SessionTensor {
    StrataTensor *tensor;
    bool batched;
} SessionTensor;

typedef struct SessionValue {
    OwnString name;
    OwnString literal; /* null for one tensor */
    SessionTensor *tensors;
    int64_t count;
} SessionValue;

typedef enum ChangeKind { CHANGE_SOURCE, CHANGE_VALUE, CHANGE_WEIGHTS } ChangeKind;

typedef struct SessionChange {
    ChangeKind kind;
    OwnString file;     /* CHANGE_SOURCE: its name in diagnostics; CHANGE_WEIGHTS: the net */
    OwnString text;     /* the source; of a value, the input that made it, or null */
    OwnString names;    /* of its definitions, each ended by a 0 */
    bool has_more;      /* it has a `use`, an `assert` or a `train` besides, which nothing hides */
    SessionValue value; /* CHANGE_VALUE */
    StrataTensorSet *weights;
    bool initial; /* weights that were made because nothing else was there; not to be undone by itself */
} SessionChange;

/* A program that was run; see session_program.c. */
typedef struct SessionProgram {
    char key[SHA256_TEXT];
    StrataProgram *program; /* null: none */
    StrataTensorSet *known; /* the weights that the session knew when it was made */
    bool compiled_behind;   /* that was begun, once */
} SessionProgram;

enum { RESULT_LIMIT = 100, UNDO_LIMIT = 100, PROGRAM_LIMIT = 8 };

struct StrataSession {
    StrataContext context;
    StrataSessionOptions options;
    SessionChange *changes;
    int64_t count, capacity;
    int64_t compact_at;                     /* when there are so many changes, those that do not count any more are dropped */
    SessionValue results[RESULT_LIMIT];     /* result number n is at (n - 1) % RESULT_LIMIT */
    int64_t result_count;                   /* results so far */
    SessionProgram programs[PROGRAM_LIMIT]; /* that was used last first */
    bool ran_compiled;                      /* the last run used compiled kernels */
};

/* What the entries of a tensor stand for, when it is what a classifier gives. */
typedef struct AnswerClasses {
    int64_t count;      /* 0: no classes */
    const char **names; /* or null */
} AnswerClasses;

struct StrataAnswer {
    StrataContext context;
    StrataAnswerKind kind;
    Arena arena; /* of strings, and of the arrays */
    const char *text;
    const char *name;
    const char **paths;
    SessionTensor *tensors; /* retained */
    AnswerClasses *classes; /* of each tensor; null where none has any */
    int64_t count;
};

/* ---- session.c: memory ---- */

/* A copy; false after saying that memory ended. */
bool string_keep(StrataSession *session, const char *bytes, size_t length, OwnString *result, StrataDiagnostics *diagnostics);
void string_drop(StrataSession *session, OwnString *string);
void value_drop(StrataSession *session, SessionValue *value);
void change_drop(StrataSession *session, SessionChange *change);

/* Adds a change, which the session owns from then on; on failure it is dropped. */
bool session_add(StrataSession *session, SessionChange *change, StrataDiagnostics *diagnostics);

/* The name of tensor `index` of a value: its own for one tensor, else "_y_0". */
const char *value_tensor_name(Arena *arena, const SessionValue *value, int64_t index);

/* An answer without a value; null after saying that memory ended. */
StrataAnswer *answer_make(const StrataSession *session, StrataAnswerKind kind, StrataDiagnostics *diagnostics);

/* ---- session_module.c: what counts of a session ---- */

/* Source that is tried on top of the session; null: none. */
typedef struct Trial {
    const char *name;
    const char *text;
    size_t length;
} Trial;

/* A module of what counts. Names of values stand in it for the number 0 until they are given their tensors. The names of definitions that a
 * trial hides are still seen by `hidden_names`. Null after saying why. */
StrataModule *session_load(StrataSession *session, const Trial *trial, bool with_results, StrataDiagnostics *diagnostics);

/* The tensors of values, for module_evaluate; the context is the session. */
bool session_find_tensor(void *session, Arena *arena, const char *name, Type *type, const double **data);
const SessionTensor *session_tensor(const StrataSession *session, const char *name);

/* Whether a net of the session has this name, which may be null. */
bool session_has_net(StrataModule *module, const char *name);

/* What defines a name: the newest change that does, or null. */
const SessionChange *session_definition(const StrataSession *session, const char *name);
/* Weights that were set for a net, or null. */
StrataTensorSet *session_net_weights(const StrataSession *session, const char *net);

/* Drops changes that do not count any more, but for the newest ones. */
void session_compact(StrataSession *session);

/* ---- session_program.c ---- */

/* The program of a net with the weights that the session knows, kept from an earlier line or made now; it belongs to the session, until the next call. Null
 * after saying why. */
StrataProgram *session_program(StrataSession *session, StrataNet *net, int64_t batch, StrataDiagnostics *diagnostics);

/* Begins to compile the program that was used last behind what follows, if that pays and nothing else is being compiled. */
void session_compile_behind(StrataSession *session);
void session_drop_programs(StrataSession *session);

/* ---- session_run.c ---- */

/* What the session knows of a weight of a net; null when it knows nothing that fits: it then has its initial value. */
StrataTensor *session_known_weight(StrataSession *session, const StrataNet *net, const char *name, const Type *type);

/* Runs a Graph of a module, with the tensors that are bound to the names of its inputs and the weights that the session knows.
 * `over_batch`: it has reductions over the batch, which is then taken as a whole. */
StrataTensorSet *session_run(StrataSession *session, StrataModule *module, Graph *graph, bool over_batch,
                             StrataDiagnostics *diagnostics);

/* Runs the Graph of an expression and gives the tensors of its value in their order; false after saying why. */
bool session_compute(StrataSession *session, StrataModule *module, const Evaluated *evaluated, SessionTensor *tensors,
                     StrataDiagnostics *diagnostics);

#endif

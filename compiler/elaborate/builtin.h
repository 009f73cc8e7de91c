/* Functions of the compiler: what the language cannot say itself. Each is a row of one of the tables below. */
#ifndef STRATA_ELABORATE_BUILTIN_H
#define STRATA_ELABORATE_BUILTIN_H

#include "elaborate/elaborator.h"

enum { MOST_PARAMETERS = 8 };

/* When a call with arguments does not yet compute, but gives a function that waits for its input, like a layer with settings. */
typedef enum Waiting {
    WAITS_NEVER,
    WAITS_FOR_ANY,     /* when there is no positional argument */
    WAITS_FOR_TENSOR,  /* when the first argument is no input: a tensor, data, ... */
    WAITS_BY_FUNCTION, /* when the first argument is a function */
    WAITS_FOR_PATHS,   /* when there is no positional argument, or the first one is a function */
} Waiting;

typedef struct BuiltinCall {
    Elaborator *e;
    const Builtin *builtin;
    SourceSpan span;
    const Argument *bound[MOST_PARAMETERS]; /* by parameter; null where not given */
    Arguments rest;                         /* of a variadic one: all positional arguments */
    Arguments named;                        /* of an open one: those whose names are no parameters */
} BuiltinCall;

struct Builtin {
    const char *name;
    const char *summary;
    const char *parameters[MOST_PARAMETERS]; /* the first `required` must be given */
    int required;
    bool variadic; /* any number of positional arguments, in `rest` */
    bool open;     /* any other names, in `named` */
    Waiting waits;
    Object (*call)(BuiltinCall *call); /* null for a constant */
    Object (*constant)(Elaborator *e, SourceSpan span);
};

/* Tables, each ended by a row without a name. */
extern const Builtin builtin_values[];
extern const Builtin builtin_shapes[];
extern const Builtin builtin_lists[];
extern const Builtin builtin_tensors[];
extern const Builtin builtin_weights[];
extern const Builtin builtin_control[];
extern const Builtin builtin_facts[];
extern const Builtin builtin_data[];
extern const Builtin builtin_paths[];

/* "repeat(x, n, f)": how it is called. */
const char *builtin_signature(Elaborator *e, const Builtin *builtin);

/* Rows of the tables whose functions stand in another file: split(x, n, axis=0) of a tensor; scan(xs, init, step). */
Object split_tensor(BuiltinCall *call);
Object builtin_scan(BuiltinCall *call);

Object call_builtin(Elaborator *e, const Builtin *builtin, Arguments arguments, SourceSpan span);
Object apply_builtin(Elaborator *e, const Builtin *builtin, const Object *inputs, int64_t count, Arguments arguments,
                     SourceSpan span);

/* Arguments by parameter, checked; each complains and gives false. An absent one leaves `result` as it is. */
bool argument_number(BuiltinCall *call, int parameter, double *result);
bool argument_boolean(BuiltinCall *call, int parameter, bool *result);
bool argument_string(BuiltinCall *call, int parameter, const char **result);
bool argument_shape(BuiltinCall *call, int parameter, Shape *result);
bool argument_tensor(BuiltinCall *call, int parameter, Tensor **result);
bool argument_function(BuiltinCall *call, int parameter, Object *result);
bool argument_whole(BuiltinCall *call, int parameter, int64_t least, int64_t most, int64_t *result);
Object argument_value(const BuiltinCall *call, int parameter);
SourceSpan argument_span(const BuiltinCall *call, int parameter);

/* Complains that an argument has the wrong kind; `wanted` is like "a list". Gives false. */
bool argument_refuse(BuiltinCall *call, int parameter, const char *wanted);

#endif

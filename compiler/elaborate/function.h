/* Functions of the language, and the arguments of a call. */
#ifndef STRATA_ELABORATE_FUNCTION_H
#define STRATA_ELABORATE_FUNCTION_H

#include "elaborate/object.h"

typedef struct Elaborator Elaborator;
typedef struct Definition Definition;
typedef struct Builtin Builtin;

/* Local names of one block, function or comprehension, and the scope around it. A closure keeps a view: the bindings that were there
 * when it was made. */
typedef struct Locals Locals;
typedef struct View {
    Locals *locals;
    int64_t visible; /* bindings of `locals` that count */
} View;

/* One argument, evaluated. `name` is null for a positional one. */
typedef struct Argument {
    const char *name;
    SourceSpan name_span;
    SourceSpan span;
    Object value;
} Argument;

typedef struct Arguments {
    const Argument *items;
    int64_t count;
} Arguments;

typedef enum FunctionKind {
    FUNCTION_CLOSURE,     /* x -> e, with the locals around it */
    FUNCTION_DEFINITION,  /* a layer or net by its bare name: settings not yet given */
    FUNCTION_LAYER,       /* a layer with its settings: applying `inner` under the definition's name */
    FUNCTION_NET,         /* a net with its settings */
    FUNCTION_BUILTIN,     /* a function of the compiler, perhaps with arguments that will follow its input */
    FUNCTION_OPERATION,   /* a row of the table of operations, likewise */
    FUNCTION_COMPOSITION, /* f |> g |> h */
    FUNCTION_POINTWISE,   /* arithmetic on functions: 1e-4 * l2 + l1 */
    FUNCTION_SHARED,      /* one set of weights for all applications */
    FUNCTION_FROZEN,      /* not trained */
    FUNCTION_PRODUCT,     /* product(p): a penalty over the slices of a sum */
    FUNCTION_PATHS,       /* path_norm(p): a penalty over the paths through a net */
} FunctionKind;

struct Function {
    FunctionKind kind;
    const char *name; /* of the definition; null for a function without one */
    SourceSpan span;  /* where it was made */
    union {
        struct {
            const Ast *ast;
            View view;
        } closure;
        struct {
            Definition *definition;
            Object inner;        /* FUNCTION_LAYER */
            View settings;       /* FUNCTION_NET: values of its settings */
            Arguments arguments; /* FUNCTION_NET: as they were given */
        } defined;
        struct {
            const Builtin *builtin;
            const OpInfo *operation;
            Arguments arguments;
        } primitive;
        struct {
            const Object *items;
            int64_t count;
        } composition;
        struct {
            AstOperator operation; /* OPERATOR_NONE: negation of `right` */
            bool power;
            Object left, right;
        } pointwise;
        struct {
            Object inner;
            const char *path; /* FUNCTION_SHARED: where its weights are named */
        } wrapped;
        double power; /* FUNCTION_PATHS */
    };
};

/* A copy in the arena: the arguments of a call last only as long as it. */
Arguments arguments_keep(Elaborator *e, Arguments arguments);

Function *function_make(Elaborator *e, FunctionKind kind, const char *name, SourceSpan span);

/* Gives a call everything it needs: a definition with settings becomes a layer, a function with inputs is applied. `span` is the call. */
Object call_function(Elaborator *e, Object callee, Arguments arguments, SourceSpan span);

/* Applies a function to inputs, without settings. */
Object apply_function(Elaborator *e, Object callee, const Object *inputs, int64_t count, SourceSpan span);

/* How many inputs a function takes, or -1 when that cannot be told. */
int64_t function_inputs(Object object);

/* A bare name that stands for a layer whose settings all have defaults becomes that layer; everything else stays. */
Object complete_function(Elaborator *e, Object object, SourceSpan span);

/* "conv(out, kernel, stride=1)": the signature of a definition, as it stands in the source. */
const char *definition_signature(Elaborator *e, const Definition *definition);

#endif

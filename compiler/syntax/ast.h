/* The abstract syntax tree: what the parser gives and elaboration reads.
 *
 * Every node has a span and lives in the arena of its compilation. Chains of `|>`, `+ -`, `* / // %`, `and` and `or` are one node with
 * many items, so that 100,000 steps are not 100,000 deep. `depth` is 1 + the largest depth of the children; the builders refuse
 * more than AST_DEPTH_LIMIT, so that a walk may recurse. */
#ifndef STRATA_SYNTAX_AST_H
#define STRATA_SYNTAX_AST_H

#include "diagnose/source.h"

enum { AST_DEPTH_LIMIT = 1000 };

typedef enum AstKind {
    AST_ERROR,         /* already reported; says nothing more */
    AST_NUMBER,        /* number */
    AST_SHAPE,         /* shape: 3x3, 1x28x28 */
    AST_STRING,        /* string, escapes resolved */
    AST_BOOLEAN,       /* boolean */
    AST_NAME,          /* name */
    AST_LIST,          /* list: [a, b] */
    AST_COMPREHENSION, /* comprehension: [e for i in s if c] */
    AST_RECORD,        /* record: {a: x} */
    AST_BLOCK,         /* block: { let...; assert...; e } */
    AST_FUNCTION,      /* function: x -> e, (x, y) -> e */
    AST_IF,            /* branch */
    AST_PIPE,          /* chain of |>; operators unused */
    AST_OR,            /* chain */
    AST_AND,           /* chain */
    AST_SUM,           /* chain of + and - */
    AST_PRODUCT,       /* chain of * / // % */
    AST_COMPARE,       /* chain of two items and one operator */
    AST_RANGE,         /* chain of two items: a..b */
    AST_POWER,         /* chain of two items */
    AST_NOT,           /* chain of one item */
    AST_NEGATE,        /* chain of one item */
    AST_CALL,          /* call */
    AST_FIELD,         /* field: e.name */
    AST_INDEX,         /* index: e[i] */
    /* statements of a block, and items of a file */
    AST_LET,    /* definition: name, value */
    AST_ASSERT, /* list: the condition, then the message and the values to show */
    AST_USE,    /* use */
    AST_LAYER,  /* definition */
    AST_NET,    /* definition */
    AST_DATA,   /* definition: name, value */
    AST_TRAIN,  /* train */
} AstKind;

typedef enum AstOperator {
    OPERATOR_NONE,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_FLOOR_DIVIDE,
    OPERATOR_REMAINDER,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
} AstOperator;

typedef struct Ast Ast;

/* A name and where it stands; text is null when there is none. */
typedef struct AstName {
    const char *text;
    SourceSpan span;
} AstName;

typedef struct AstList {
    Ast **items;
    int64_t count;
} AstList;

typedef struct AstChain {
    Ast **items;            /* count of them */
    AstOperator *operators; /* operators[i] stands before items[i]; operators[0] is OPERATOR_NONE */
    SourceSpan *places;     /* of each operator */
    int64_t count;
} AstChain;

/* An argument `value` or `name = value`; a field `name: value`; a setting of `train`. */
typedef struct AstArgument {
    AstName name;
    Ast *value;
} AstArgument;

typedef struct AstArguments {
    AstArgument *items;
    int64_t count;
} AstArguments;

/* One `for name in source if condition` of a comprehension; condition may be null. */
typedef struct AstClause {
    AstName name;
    Ast *source;
    Ast *condition;
} AstClause;

/* A parameter of a layer (`name`, `name = value`) or a net (also `name: type`). Null where absent. */
typedef struct AstParameter {
    AstName name;
    Ast *type;
    Ast *value;
} AstParameter;

struct Ast {
    AstKind kind;
    int32_t depth;
    SourceSpan span;
    union {
        double number;
        bool boolean;
        const char *string;
        AstName name;
        struct {
            int64_t *size;
            int rank;
        } shape;
        AstList list;
        AstChain chain;
        AstArguments record;
        struct {
            Ast *value;
            AstClause *clauses;
            int64_t count;
        } comprehension;
        struct {
            AstList statements; /* AST_LET and AST_ASSERT */
            Ast *value;
        } block;
        struct {
            AstName *parameters;
            int64_t count;
            Ast *body;
        } function;
        struct {
            Ast *condition, *then, *otherwise;
        } branch;
        struct {
            Ast *callee;
            AstArguments arguments;
        } call;
        struct {
            Ast *base;
            AstName name;
        } field;
        struct {
            Ast *base;
            Ast *index;
        } index;
        struct {
            AstName *path; /* std.wavelet: two names; null when `file` is given */
            int64_t count;
            const char *file; /* "blocks.net" */
            SourceSpan file_span;
            AstName as;
        } use;
        struct {
            AstName name;
            bool has_parameters; /* `layer f() = ...` has them, `layer f = ...` has not */
            AstParameter *parameters;
            int64_t count;
            Ast *result; /* of a net: its output type */
            Ast *value;
            const char *comment; /* the comment lines right above it, without the `#`; null when none: its documentation */
        } definition;
        struct {
            AstName net;
            AstArguments arguments; /* settings of the net */
            AstName as;
            AstArguments entries;
        } train;
    };
};

/* A parsed file: its items in order. `items` of kind AST_ERROR have been reported. */
typedef struct AstFile {
    int32_t file;
    AstList items;
} AstFile;

#endif

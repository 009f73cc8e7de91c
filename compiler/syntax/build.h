/* What the grammar's actions call: a parse under way, and a builder for each node of the tree.
 *
 * Builders take what they are given into the node, join spans, and watch the limits of depth and number of nodes. */
#ifndef STRATA_SYNTAX_BUILD_H
#define STRATA_SYNTAX_BUILD_H

#include "syntax/ast.h"
#include "syntax/token.h"

/* More nodes and names than that are refused, so that the memory of a hostile file stays within bounds: 8 MB could hold 8 million. And more
 * parameters of one definition or function. */
enum { AST_NODE_LIMIT = 1000 * 1000, NAMES_LIMIT = 256 };

/* A parse under way. */
typedef struct Parse {
    Arena *arena;
    Diagnostics *diagnostics;
    TokenFilter filter;
    Token previous; /* the last token that the parser was given; kind T_END at the start */
    Token before;   /* the one before it */
    Token floor;    /* the last `//`, which begins a comment elsewhere; kind T_END when there was none */
    Token entry;    /* the first token of the entry under way */
    int64_t nodes;
    uint64_t keywords; /* kinds of keywords that were reported as names, a bit each: their uses need no second report */
    bool spoiled;      /* the lexer could not read a part of the entry under way: what does not fit in it is a consequence */
    bool stopped;      /* a limit was passed and reported */
    AstList items;     /* of the file, so far */
    Ast *expression;   /* when an expression alone is parsed */
} Parse;

/* Parts of nodes on the parser's stack, with their places where those are needed. */
typedef struct Names {
    AstName *items;
    int64_t count;
} Names;

typedef struct Clauses {
    AstClause *items;
    int64_t count;
} Clauses;

typedef struct Arguments {
    AstArguments list;
    SourceSpan span;
} Arguments;

typedef struct Parameters {
    AstParameter *items;
    int64_t count;
    bool present;
} Parameters;

/* A limit was passed: says so once, and ends the parse. */
void parse_stop(Parse *parse, int code, SourceSpan span, const char *message);

/* Lists: each gives the list with the item behind it. */
AstList list_add(Parse *parse, AstList list, Ast *item);
Names names_add(Parse *parse, Names names, Token name);
Clauses clauses_add(Parse *parse, Clauses clauses, AstClause clause);
AstArguments arguments_add(Parse *parse, AstArguments arguments, AstArgument argument); /* without value: not added */
Parameters parameters_add(Parse *parse, Parameters parameters, AstParameter parameter);

AstName build_ast_name(Parse *parse, Token token);

/* Expressions. */
Ast *build_error(Parse *parse, SourceSpan span);
Ast *build_number(Parse *parse, Token token);
Ast *build_shape(Parse *parse, Token token);
Ast *build_string(Parse *parse, Token token);
Ast *build_boolean(Parse *parse, Token token);
Ast *build_name(Parse *parse, Token token);
Ast *build_parentheses(Token open, Ast *value, Token close);
Ast *build_pair(Parse *parse, SourceSpan span); /* (a, b) without `->`: reported, an error */
Ast *build_list(Parse *parse, Token open, AstList items, Token close);
Ast *build_comprehension(Parse *parse, Token open, Ast *value, Clauses clauses, Token close);
Ast *build_record(Parse *parse, Token open, AstArguments fields, Token close);
Ast *build_block(Parse *parse, Token open, AstList entries, Token close);
Ast *build_function(Parse *parse, SourceSpan start, Names parameters, Ast *body);
Ast *build_function_of_one(Parse *parse, Token open, Ast *parameter, Ast *body);
Ast *build_if(Parse *parse, Token start, Ast *condition, Ast *then, Ast *otherwise);
Ast *build_chain(Parse *parse, AstKind kind, Ast *left, AstOperator operator, Token place, Ast *right);
Ast *build_unary(Parse *parse, AstKind kind, Token place, Ast *operand);
Ast *build_call(Parse *parse, Ast *callee, Arguments arguments);
Ast *build_field(Parse *parse, Ast *base, Token name);
Ast *build_index(Parse *parse, Ast *base, Ast *index, Token close);

/* Entries of blocks and files. */
Ast *build_let(Parse *parse, Token start, Token name, Ast *value);
Ast *build_assert(Parse *parse, Token start, AstList values);
Ast *build_use(Parse *parse, Token start, Names path);
Ast *build_use_file(Parse *parse, Token start, Token file, const Token *as);
Ast *build_layer(Parse *parse, Token start, Token name, Parameters parameters, Ast *value);
Ast *build_net(Parse *parse, Token start, Token name, Parameters parameters, Ast *result, Ast *value);
Ast *build_data(Parse *parse, Token start, Token name, Ast *value);
Ast *build_train(Parse *parse, Token start, Token net, Arguments arguments, const Token *as, Arguments settings);

#endif

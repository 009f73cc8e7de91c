/* The grammar of language.md, section 2. Lemon makes grammar.c and grammar.h of this file, without a conflict.
 *
 * Actions call one builder of build.h each. `error` stands in each pair of brackets and as an entry: that is where the parser
 * recovers, and parse.c skips to. Everything that the actions make lies in the arena, so there are no destructors. */
%name Grammar
%token_prefix T_
%token_type {Token}
%extra_context {Parse *parse}
%start_symbol start

%include {
#include "syntax/build.h"
#include "syntax/grammar_parser.h"
#include "syntax/mistake.h"

#include <string.h>
}

/* Deep enough for NESTING_LIMIT of any construct: the longest, a setting's value inside a call, takes six places a level. */
%stack_size 10000
%stack_overflow { parse_stop(parse, 1002, parse->previous.span, "this is nested too deeply"); }
%syntax_error { mistake_report(parse, yypParser, &TOKEN); }

%token BAD START START_EXPRESSION.

/* From loosest to tightest. */
%nonassoc ARROW ELSE.
%left PIPE.
%left OR.
%left AND.
%right NOT.
%nonassoc EQ NE LT LE GT GE.
%nonassoc RANGE.
%left PLUS MINUS.
%left STAR SLASH FLOOR PERCENT.
%right NEG.
%right POWER.
%left LPAREN LBRACKET DOT.

/* --- files --- */

start ::= START items.
start ::= START_EXPRESSION expr(E) SEP. { parse->expression = E; }
start ::= START_EXPRESSION error SEP.
items ::= .
items ::= items item(I) SEP. { parse->items = list_add(parse, parse->items, I); }

%type item {Ast *}
item(R) ::= USE(K) path(P). { R = build_use(parse, K, P); }
item(R) ::= USE(K) STRING(F). { R = build_use_file(parse, K, F, NULL); }
item(R) ::= USE(K) STRING(F) AS ID(N). { R = build_use_file(parse, K, F, &N); }
item(R) ::= LAYER(K) ID(N) params_opt(P) ASSIGN expr(E). { R = build_layer(parse, K, N, P, E); }
item(R) ::= NET(K) ID(N) params(P) ARROW expr(T) ASSIGN expr(E). { R = build_net(parse, K, N, P, T, E); }
item(R) ::= DATA(K) ID(N) ASSIGN expr(E). { R = build_data(parse, K, N, E); }
item(R) ::= TRAIN(K) ID(N) args_opt(A) settings(B). { R = build_train(parse, K, N, A, NULL, B); }
item(R) ::= TRAIN(K) ID(N) args_opt(A) AS ID(S) settings(B). { R = build_train(parse, K, N, A, &S, B); }
item(R) ::= statement(S). { R = S; }
item(R) ::= error. { R = build_error(parse, parse->previous.span); }

%type path {Names}
path(R) ::= ID(N). { R = names_add(parse, (Names){0}, N); }
path(R) ::= path(P) DOT ID(N). { R = names_add(parse, P, N); }

%type params_opt {Parameters}
%type params {Parameters}
%type paramlist {Parameters}
params_opt(R) ::= . { R = (Parameters){0}; }
params_opt(R) ::= params(P). { R = P; }
params(R) ::= LPAREN RPAREN. { R = (Parameters){.present = true}; }
params(R) ::= LPAREN paramlist(P) RPAREN. { R = P; }
params(R) ::= LPAREN paramlist(P) COMMA RPAREN. { R = P; }
params(R) ::= LPAREN error RPAREN. { R = (Parameters){.present = true}; }
paramlist(R) ::= param(P). { R = parameters_add(parse, (Parameters){.present = true}, P); }
paramlist(R) ::= paramlist(L) COMMA param(P). { R = parameters_add(parse, L, P); }
%type param {AstParameter}
param(R) ::= ID(N). { R = (AstParameter){.name = build_ast_name(parse, N)}; }
param(R) ::= ID(N) ASSIGN expr(E). { R = (AstParameter){.name = build_ast_name(parse, N), .value = E}; }
param(R) ::= ID(N) COLON expr(T). { R = (AstParameter){.name = build_ast_name(parse, N), .type = T}; }

%type settings {Arguments}
settings(R) ::= LBRACE(O) RBRACE(C). { R = (Arguments){.span = span_join(O.span, C.span)}; }
settings(R) ::= LBRACE(O) entries(E) RBRACE(C). { R = (Arguments){E, span_join(O.span, C.span)}; }
settings(R) ::= LBRACE(O) entries(E) SEP RBRACE(C). { R = (Arguments){E, span_join(O.span, C.span)}; }
%type entries {AstArguments}
entries(R) ::= entry(E). { R = arguments_add(parse, (AstArguments){0}, E); }
entries(R) ::= entries(L) SEP entry(E). { R = arguments_add(parse, L, E); }
%type entry {AstArgument}
entry(R) ::= word(N) ASSIGN expr(E). { R = (AstArgument){build_ast_name(parse, N), E}; }
entry(R) ::= error. { R = (AstArgument){.value = NULL}; }

%type word {Token}
word(R) ::= ID(N). { R = N; }
word(R) ::= DATA(N). { R = N; }
word(R) ::= NET(N). { R = N; }
word(R) ::= LAYER(N). { R = N; }
word(R) ::= TRAIN(N). { R = N; }

/* --- entries of blocks and files --- */

%type statement {Ast *}
statement(R) ::= LET(K) ID(N) ASSIGN expr(E). { R = build_let(parse, K, N, E); }
statement(R) ::= ASSERT(K) exprs(L). { R = build_assert(parse, K, L); }

/* --- expressions --- */

%type expr {Ast *}
%type postfix {Ast *}
%type atom {Ast *}
expr(R) ::= ID(N) ARROW expr(E). [ARROW] { R = build_function(parse, N.span, names_add(parse, (Names){0}, N), E); }
expr(R) ::= LPAREN(O) expr(N) RPAREN ARROW expr(E). [ARROW] { R = build_function_of_one(parse, O, N, E); }
expr(R) ::= LPAREN(O) two_ids(L) RPAREN ARROW expr(E). [ARROW] { R = build_function(parse, O.span, L, E); }
expr(R) ::= LPAREN(O) error RPAREN ARROW expr(E). [ARROW] { R = build_error(parse, span_join(O.span, E->span)); }
expr(R) ::= IF(K) expr(C) THEN expr(T) ELSE expr(E). [ELSE] { R = build_if(parse, K, C, T, E); }
expr(R) ::= expr(A) PIPE(O) expr(B). { R = build_chain(parse, AST_PIPE, A, OPERATOR_NONE, O, B); }
expr(R) ::= expr(A) OR(O) expr(B). { R = build_chain(parse, AST_OR, A, OPERATOR_NONE, O, B); }
expr(R) ::= expr(A) AND(O) expr(B). { R = build_chain(parse, AST_AND, A, OPERATOR_NONE, O, B); }
expr(R) ::= NOT(O) expr(A). { R = build_unary(parse, AST_NOT, O, A); }
expr(R) ::= expr(A) EQ(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_EQUAL, O, B); }
expr(R) ::= expr(A) NE(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_NOT_EQUAL, O, B); }
expr(R) ::= expr(A) LT(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_LESS, O, B); }
expr(R) ::= expr(A) LE(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_LESS_EQUAL, O, B); }
expr(R) ::= expr(A) GT(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_GREATER, O, B); }
expr(R) ::= expr(A) GE(O) expr(B). { R = build_chain(parse, AST_COMPARE, A, OPERATOR_GREATER_EQUAL, O, B); }
expr(R) ::= expr(A) RANGE(O) expr(B). { R = build_chain(parse, AST_RANGE, A, OPERATOR_NONE, O, B); }
expr(R) ::= expr(A) PLUS(O) expr(B). { R = build_chain(parse, AST_SUM, A, OPERATOR_ADD, O, B); }
expr(R) ::= expr(A) MINUS(O) expr(B). { R = build_chain(parse, AST_SUM, A, OPERATOR_SUBTRACT, O, B); }
expr(R) ::= expr(A) STAR(O) expr(B). { R = build_chain(parse, AST_PRODUCT, A, OPERATOR_MULTIPLY, O, B); }
expr(R) ::= expr(A) SLASH(O) expr(B). { R = build_chain(parse, AST_PRODUCT, A, OPERATOR_DIVIDE, O, B); }
expr(R) ::= expr(A) FLOOR(O) expr(B). { R = build_chain(parse, AST_PRODUCT, A, OPERATOR_FLOOR_DIVIDE, O, B); }
expr(R) ::= expr(A) PERCENT(O) expr(B). { R = build_chain(parse, AST_PRODUCT, A, OPERATOR_REMAINDER, O, B); }
expr(R) ::= MINUS(O) expr(A). [NEG] { R = build_unary(parse, AST_NEGATE, O, A); }
expr(R) ::= expr(A) POWER(O) expr(B). { R = build_chain(parse, AST_POWER, A, OPERATOR_NONE, O, B); }
expr(R) ::= postfix(A). { R = A; }

postfix(R) ::= atom(A). { R = A; }
postfix(R) ::= postfix(C) args(A). { R = build_call(parse, C, A); }
postfix(R) ::= postfix(B) DOT ID(N). { R = build_field(parse, B, N); }
postfix(R) ::= postfix(B) LBRACKET expr(I) RBRACKET(C). { R = build_index(parse, B, I, C); }
postfix(R) ::= postfix(B) LBRACKET error RBRACKET(C). { R = build_error(parse, span_join(B->span, C.span)); }

atom(R) ::= ID(N). { R = build_name(parse, N); }
atom(R) ::= NUMBER(N). { R = build_number(parse, N); }
atom(R) ::= SHAPE(N). { R = build_shape(parse, N); }
atom(R) ::= STRING(N). { R = build_string(parse, N); }
atom(R) ::= TRUE(N). { R = build_boolean(parse, N); }
atom(R) ::= FALSE(N). { R = build_boolean(parse, N); }
atom(R) ::= LPAREN(O) expr(E) RPAREN(C). { R = build_parentheses(O, E, C); }
atom(R) ::= LPAREN(O) two_ids RPAREN(C). { R = build_pair(parse, span_join(O.span, C.span)); }
atom(R) ::= LPAREN(O) error RPAREN(C). { R = build_error(parse, span_join(O.span, C.span)); }

/* Lists. */
atom(R) ::= LBRACKET(O) RBRACKET(C). { R = build_list(parse, O, (AstList){0}, C); }
atom(R) ::= LBRACKET(O) exprs(L) RBRACKET(C). { R = build_list(parse, O, L, C); }
atom(R) ::= LBRACKET(O) exprs(L) COMMA RBRACKET(C). { R = build_list(parse, O, L, C); }
atom(R) ::= LBRACKET(O) expr(E) clauses(L) RBRACKET(C). { R = build_comprehension(parse, O, E, L, C); }
atom(R) ::= LBRACKET(O) error RBRACKET(C). { R = build_error(parse, span_join(O.span, C.span)); }
%type clauses {Clauses}
clauses(R) ::= clause(C). { R = clauses_add(parse, (Clauses){0}, C); }
clauses(R) ::= clauses(L) clause(C). { R = clauses_add(parse, L, C); }
%type clause {AstClause}
clause(R) ::= FOR ID(N) IN expr(S). { R = (AstClause){build_ast_name(parse, N), S, NULL}; }
clause(R) ::= FOR ID(N) IN expr(S) IF expr(C). { R = (AstClause){build_ast_name(parse, N), S, C}; }
%type exprs {AstList}
exprs(R) ::= expr(E). { R = list_add(parse, (AstList){0}, E); }
exprs(R) ::= exprs(L) COMMA expr(E). { R = list_add(parse, L, E); }

/* Records and blocks. That the last entry of a block, and no other, is an expression is for build_block to say. */
atom(R) ::= LBRACE(O) fields(F) RBRACE(C). { R = build_record(parse, O, F, C); }
atom(R) ::= LBRACE(O) fields(F) COMMA RBRACE(C). { R = build_record(parse, O, F, C); }
%type fields {AstArguments}
fields(R) ::= field(F). { R = arguments_add(parse, (AstArguments){0}, F); }
fields(R) ::= fields(L) COMMA field(F). { R = arguments_add(parse, L, F); }
%type field {AstArgument}
field(R) ::= ID(N) COLON expr(E). { R = (AstArgument){build_ast_name(parse, N), E}; }
atom(R) ::= LBRACE(O) RBRACE(C). { R = build_block(parse, O, (AstList){0}, C); }
atom(R) ::= LBRACE(O) block_entries(E) RBRACE(C). { R = build_block(parse, O, E, C); }
atom(R) ::= LBRACE(O) block_entries(E) SEP RBRACE(C). { R = build_block(parse, O, E, C); }
%type block_entries {AstList}
%type block_entry {Ast *}
block_entries(R) ::= block_entry(E). { R = list_add(parse, (AstList){0}, E); }
block_entries(R) ::= block_entries(L) SEP block_entry(E). { R = list_add(parse, L, E); }
block_entry(R) ::= statement(S). { R = S; }
block_entry(R) ::= expr(E). { R = E; }
block_entry(R) ::= error. { R = build_error(parse, parse->previous.span); }

/* The parameters of a function of two or more. */
%type two_ids {Names}
two_ids(R) ::= ID(A) COMMA ID(B). { R = names_add(parse, names_add(parse, (Names){0}, A), B); }
two_ids(R) ::= two_ids(L) COMMA ID(N). { R = names_add(parse, L, N); }

/* Arguments of a call. */
%type args_opt {Arguments}
%type args {Arguments}
args_opt(R) ::= . { R = (Arguments){.span = no_span}; }
args_opt(R) ::= args(A). { R = A; }
args(R) ::= LPAREN(O) RPAREN(C). { R = (Arguments){.span = span_join(O.span, C.span)}; }
args(R) ::= LPAREN(O) arglist(L) RPAREN(C). { R = (Arguments){L, span_join(O.span, C.span)}; }
args(R) ::= LPAREN(O) arglist(L) COMMA RPAREN(C). { R = (Arguments){L, span_join(O.span, C.span)}; }
args(R) ::= LPAREN(O) error RPAREN(C). { R = (Arguments){.span = span_join(O.span, C.span)}; }
%type arglist {AstArguments}
arglist(R) ::= arg(A). { R = arguments_add(parse, (AstArguments){0}, A); }
arglist(R) ::= arglist(L) COMMA arg(A). { R = arguments_add(parse, L, A); }
%type arg {AstArgument}
arg(R) ::= expr(E). { R = (AstArgument){.value = E}; }
arg(R) ::= word(N) ASSIGN expr(E). { R = (AstArgument){build_ast_name(parse, N), E}; }

%code {
/* --- what the driver and the reports need of the parser's inside; see grammar_parser.h --- */

void *grammar_new(Parse *parse)
{
    yyParser *parser = arena_take(parse->arena, sizeof *parser);
    GrammarInit(parser, parse);
    return parser;
}

bool grammar_is_recovering(const void *parser)
{
    /* Set to 3 at a mistake, and counted down by each token that fits. */
    return ((const yyParser *)parser)->yyerrcnt == 3;
}

void grammar_resume(void *parser)
{
    ((yyParser *)parser)->yyerrcnt = -1;
}

bool grammar_accepts(const void *parser, int kind)
{
    return yy_find_shift_action((YYCODETYPE)kind, ((const yyParser *)parser)->yytos->stateno) != YY_ERROR_ACTION;
}
}

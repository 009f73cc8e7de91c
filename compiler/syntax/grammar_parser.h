/* The parser that Lemon makes of grammar.y, as parse.c drives it. It lies in the arena of the parse. */
#ifndef STRATA_SYNTAX_GRAMMAR_PARSER_H
#define STRATA_SYNTAX_GRAMMAR_PARSER_H

#include "syntax/build.h"

void *grammar_new(Parse *parse);

/* Gives the parser a token; T_END at the end. */
void Grammar(void *parser, int kind, Token token);

/* Whether it has met a mistake and not yet been given a token with which it can go on. */
bool grammar_is_recovering(const void *parser);

/* Lets it report mistakes again; alone it would stay silent for three more tokens behind one. */
void grammar_resume(void *parser);

/* Whether a token of this kind could come next. */
bool grammar_accepts(const void *parser, int kind);

#endif

/* What the lexer does with a literal or with a mistake behind the rule that matched it; the token is [lexer->token, lexer->cursor). */
#ifndef STRATA_SYNTAX_LEXICAL_H
#define STRATA_SYNTAX_LEXICAL_H

#include "syntax/token.h"

/* A rule that gives no token: go on. */
enum { scan_again = -1 };

/* Each reports a mistake and gives the kind of the token that takes its place, or scan_again. Some move the cursor. */
int lexical_number_with_letters(Lexer *lexer);
int lexical_leading_point(Lexer *lexer);
int lexical_open_string(Lexer *lexer);
int lexical_single_quotes(Lexer *lexer);
int lexical_foreign_letters(Lexer *lexer);
int lexical_operator(Lexer *lexer, int meant);
int lexical_block_comment(Lexer *lexer);
int lexical_character(Lexer *lexer);
int lexical_byte(Lexer *lexer);

/* Reports `1.` and takes the point into the token. */
void lexical_check_trailing_point(Lexer *lexer);

/* The value of a number; one beyond the range of double precision is reported, and 0. */
double lexical_number(Lexer *lexer);

/* Reports entries of a shape that are 0 or above 2^62. */
void lexical_check_shape(Lexer *lexer);

/* Reports escapes that are not known, and what lexical_check_text reports. */
void lexical_check_string(Lexer *lexer);

/* Reports bytes that are not UTF-8, and NUL. */
void lexical_check_text(Lexer *lexer, const unsigned char *start, const unsigned char *end);

#endif

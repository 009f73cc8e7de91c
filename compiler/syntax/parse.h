/* Text to AST: the entry of the front end.
 *
 *     text --lexer.re--> tokens --newline filter (tokens.c)--> tokens with SEP --grammar.y--> AST
 */
#ifndef STRATA_SYNTAX_PARSE_H
#define STRATA_SYNTAX_PARSE_H

#include "diagnose/diagnostic.h"
#include "syntax/ast.h"

/* Parses file number `file` of the table behind `diagnostics`. Never null; what is wrong goes to `diagnostics`, and parsing goes on
 * behind it, up to DIAGNOSTIC_LIMIT errors. */
AstFile *parse_file(Arena *arena, Diagnostics *diagnostics, int32_t file);

/* Parses file number `file` as one expression (`--set`, a line of the REPL). Never null; an AST_ERROR where it is none. */
Ast *parse_expression(Arena *arena, Diagnostics *diagnostics, int32_t file);

/* Whether a text typed so far can be a whole input: brackets balance and the last token can end an entry. */
bool parse_is_complete(Arena *arena, const char *text, size_t length);

/* The tokens of a file after the newline filter, one a line: `LINE:COLUMN KIND text`. */
void print_tokens(Arena *arena, Diagnostics *diagnostics, int32_t file, Text *out);

/* The tree, one node a line, indented, with kinds, values and spans as LINE:COLUMN. */
void print_ast(const SourceTable *sources, const AstFile *file, Text *out);

/* The file in its canonical layout, comments kept; idempotent. Only for a file without lexical or syntax errors. */
void format_file(Arena *arena, Diagnostics *diagnostics, const AstFile *file, Text *out);

#endif

/* Syntax errors in the user's terms; see mistake.h. */
#include "syntax/mistake.h"

#include "syntax/grammar.h"
#include "syntax/grammar_parser.h"

void mistake_report(Parse *parse, const void *parser, const Token *found)
{
    (void)parser;
    if (found->kind == T_BAD)
        return;
    diagnostics_error(parse->diagnostics, 201, found->span, "unexpected %s", token_phrase(found->kind));
}

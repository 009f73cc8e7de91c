/* What to say when the parser refuses a token. */
#ifndef STRATA_SYNTAX_MISTAKE_H
#define STRATA_SYNTAX_MISTAKE_H

#include "syntax/build.h"

/* Reports that `found` cannot stand here, in terms of what the user probably meant. */
void mistake_report(Parse *parse, const void *parser, const Token *found);

#endif

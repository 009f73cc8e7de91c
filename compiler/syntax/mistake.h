/* What to say when the parser refuses a token. */
#ifndef STRATA_SYNTAX_MISTAKE_H
#define STRATA_SYNTAX_MISTAKE_H

#include "syntax/build.h"

/* Reports that `found` cannot stand here, in terms of what the user probably meant. */
void mistake_report(Parse *parse, const void *parser, const Token *found);

/* What to write instead of a word of another language, such as `def`; null when it is none. */
const char *foreign_word_help(const char *word);

#endif

/* Help for people, manual pages and completion for shells, all made from the table of verbs. */
#ifndef STRATA_TOOL_HELP_H
#define STRATA_TOOL_HELP_H

#include "tool/verb.h"

#include <stdio.h>

/* What there is: all verbs, one a line. */
void help_overview(FILE *out);

/* One verb: usage, description, options, examples. */
ExitCode help_print(const Verb *verb);

/* The manual page strata(1), or strata-VERB(1), for man. */
void manual_overview(FILE *out);
void manual_print(const Verb *verb, FILE *out);

/* The completion script of a shell. */
void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

#endif

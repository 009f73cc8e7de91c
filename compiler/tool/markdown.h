/* Reference pages in Markdown, on standard output: see markdown.c. */
#ifndef STRATA_TOOL_MARKDOWN_H
#define STRATA_TOOL_MARKDOWN_H

#include "strata.h"
#include "tool/help.h"

/* Plain text, line by line, as Markdown that reads the same; what stands between backquotes is code. */
void markdown_text(const char *text);

/* A verb: how it is called, what it does, its options and examples. */
void markdown_verb(const Verb *verb);

/* A definition of the language: its signature and its comment. */
void markdown_definition(const StrataDefinition *definition);

#endif

/* What the tests of the front end share: a text parsed with all that belongs to it, and the .net files of the project. */
#ifndef STRATA_TESTS_SYNTAX_HARNESS_H
#define STRATA_TESTS_SYNTAX_HARNESS_H

#include "syntax/parse.h"

typedef struct Parsed {
    Arena arena;
    SourceTable sources;
    Diagnostics diagnostics;
    int32_t number; /* of the text in `sources` */
    AstFile *file;
} Parsed;

void parsed_begin(Parsed *parsed, const char *text, size_t length);
void parsed_end(Parsed *parsed);

/* Prints what was wrong to the test's output. */
void parsed_print_errors(Parsed *parsed);

/* Calls `visit` with the path and content of every .net file of a folder (not of those in it); fails the test where there is none. */
void visit_net_files(const char *folder, void (*visit)(const char *path, const char *text, size_t length));

#endif

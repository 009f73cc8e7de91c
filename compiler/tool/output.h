/* Data on standard output or in files, so that nothing is lost in silence: a full disk and a closed pipe are errors. */
#ifndef STRATA_TOOL_OUTPUT_H
#define STRATA_TOOL_OUTPUT_H

#include "tool/message.h"

#include <stdio.h>

/* Flushes standard output. EXIT_DONE, or an error (E1210) after saying that not all could be written. */
ExitCode output_finish(void);

/* Writes to a new file beside `path` and renames it when all is written, so that the file is whole: the old one or the new one. `path` null: standard
 * output. False after saying what went wrong. */
bool output_file(const char *path, const char *bytes, size_t length);

/* All of standard input as a string, to be freed; null after saying what went wrong, or when it is longer than `limit`. */
char *input_read(size_t limit, size_t *length);

/* A JSON string on standard output, with its quotes. */
void output_json_string(const char *string);

/* A number that JSON can hold: one that is not finite becomes null. */
void output_json_number(double number);

#endif

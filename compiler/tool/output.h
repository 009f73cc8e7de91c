/* Data on standard output or in files, so that nothing is lost in silence: a full disk and a closed pipe are errors. */
#ifndef STRATA_TOOL_OUTPUT_H
#define STRATA_TOOL_OUTPUT_H

#include "tool/message.h"

#include <stdio.h>

/* Flushes standard output. EXIT_DONE, or an error (E1210) after saying that not all could be written. */
ExitCode output_finish(void);

/* Writes a whole file, or to standard output where `path` is null or `-`. After an error, which it says, the old file is whole. */
bool output_file(const char *path, const char *bytes, size_t length);

/* Whether the end of a path says what the file is: ".npy". */
bool path_ends_with(const char *path, const char *end);

/* All of standard input as a string, to be freed; null after saying what went wrong, or when it is longer than `limit`. */
char *input_read(size_t limit, size_t *length);

/* A JSON string with its quotes, in a file or on standard output. */
void output_json_text(FILE *file, const char *string);
void output_json_string(const char *string);

/* A number with so many significant digits; one that is not finite, which JSON has not, becomes null. */
void output_json_number(double number, int digits);

#endif

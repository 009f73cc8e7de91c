/* What the command says to a person: errors of its own on standard error, in the form of the library's diagnostics. */
#ifndef STRATA_TOOL_MESSAGE_H
#define STRATA_TOOL_MESSAGE_H

#include "strata.h"
#include "tool/verb.h"

#if defined(__GNUC__)
#define MESSAGE_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define MESSAGE_FORMAT(text, first)
#endif

/* `strata: error[E1201]: ...`; code 0 leaves the brackets out. Gives EXIT_WRONG_INPUT. */
ExitCode message_error(int code, const char *format, ...) MESSAGE_FORMAT(2, 3);
/* `  help: ...`, behind an error. */
void message_help(const char *format, ...) MESSAGE_FORMAT(1, 2);
/* `strata: ...`: something that the user should know. */
void message_note(const char *format, ...) MESSAGE_FORMAT(1, 2);

/* An error value of the library; the exit code that belongs to it. */
ExitCode message_failure(const StrataError *error);
ExitCode exit_code(StrataStatus status);

/* Whether colour may be used on standard output or standard error: a terminal, TERM is not "dumb", NO_COLOR is not set. */
bool colour_output(void);
bool colour_errors(void);

#endif

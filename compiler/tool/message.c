/* Errors and notes of the command itself, on standard error. */
#include "tool/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool may_colour(int descriptor)
{
    const char *terminal = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(descriptor) && !(refused && *refused) && !(terminal && strcmp(terminal, "dumb") == 0);
}

bool colour_output(void)
{
    return may_colour(STDOUT_FILENO);
}

bool colour_errors(void)
{
    return may_colour(STDERR_FILENO);
}

ExitCode message_error(int code, const char *format, ...)
{
    bool colour = colour_errors();
    fputs(colour ? "\033[1mstrata: \033[1;31merror" : "strata: error", stderr);
    if (code)
        fprintf(stderr, "[E%04d]", code);
    fprintf(stderr, "%s: ", colour ? "\033[0m" : "");
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_WRONG_INPUT;
}

void message_help(const char *format, ...)
{
    bool colour = colour_errors();
    fprintf(stderr, "  %shelp%s: ", colour ? "\033[32m" : "", colour ? "\033[0m" : "");
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void message_note(const char *format, ...)
{
    fputs("strata: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

ExitCode exit_code(StrataStatus status)
{
    switch (status) {
    case STRATA_OK:
        return EXIT_DONE;
    case STRATA_USAGE:
        return EXIT_WRONG_USAGE;
    case STRATA_CANCELLED:
        return EXIT_INTERRUPTED;
    case STRATA_INTERNAL:
        return EXIT_DEFECT;
    case STRATA_INVALID:
    case STRATA_MEMORY:
    case STRATA_FILE:
        break;
    }
    return EXIT_WRONG_INPUT;
}

ExitCode message_failure(const StrataError *error)
{
    message_error(error->code, "%s", error->message);
    return exit_code(error->status);
}

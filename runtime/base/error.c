/* Errors as values; see error.h. */
#include "base/error.h"

#include "base/codes.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Replaces the end of a cut message by "...", without splitting a multi-byte character of UTF-8. */
static void mark_cut(char *message, size_t size)
{
    size_t end = size - sizeof "...";
    while (end > 0 && utf8_continues(message[end]))
        end--;
    memcpy(message + end, "...", sizeof "...");
}

/* Messages quote names out of files, which may hold anything: control characters would act on the terminal that shows them. */
static void replace_controls(char *message)
{
    for (char *character = message; *character; character++) {
        if ((unsigned char)*character < ' ' || *character == 0x7F)
            *character = '?';
    }
}

bool error_set(StrataError *error, StrataStatus status, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_arguments(error, status, code, format, arguments);
    va_end(arguments);
    return false;
}

bool error_set_arguments(StrataError *error, StrataStatus status, int code, const char *format, va_list arguments)
{
    if (!error)
        return false;
    error->status = status;
    error->code = code;
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length < 0)
        error->message[0] = '\0';
    else if ((size_t)length >= sizeof error->message)
        mark_cut(error->message, sizeof error->message);
    replace_controls(error->message);
    return false;
}

bool error_memory(StrataError *error, size_t size)
{
    return error_set(error, STRATA_MEMORY, E_MEMORY, "out of memory: %zu bytes could not be had", size);
}

void error_clear(StrataError *error)
{
    if (!error)
        return;
    error->status = STRATA_OK;
    error->code = 0;
    error->message[0] = '\0';
}

const char *error_reason(int number, char text[REASON_LIMIT])
{
    if (strerror_r(number, text, REASON_LIMIT) != 0)
        snprintf(text, REASON_LIMIT, "system error %d", number);
    return text;
}

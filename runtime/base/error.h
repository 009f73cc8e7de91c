/* Errors as values: a runtime function that can fail takes a StrataError and gives false (or null) after filling it. */
#ifndef STRATA_BASE_ERROR_H
#define STRATA_BASE_ERROR_H

#include "strata_runtime.h"

#include <stdarg.h>

#if defined(__GNUC__)
#define FORMAT_LIKE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define FORMAT_LIKE_PRINTF(text, first)
#endif

/* Fills `error` (which may be null) and gives false, so that a caller can write `return error_set(...)`. A message that is too
 * long is cut at a character boundary of UTF-8 and ends in "...". */
bool error_set(StrataError *error, StrataStatus status, int code, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);

/* The same with the arguments of a function that takes any number of them. */
bool error_set_arguments(StrataError *error, StrataStatus status, int code, const char *format, va_list arguments);

/* The error of a failed allocation of `size` bytes. Gives false. */
bool error_memory(StrataError *error, size_t size);

/* What the system says of an errno, in `text`: like strerror, but for any number of threads. Gives `text`. */
enum { REASON_LIMIT = 128 };
const char *error_reason(int number, char text[REASON_LIMIT]);

/* No error. */
void error_clear(StrataError *error);

#endif

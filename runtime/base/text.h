/* A growing string in an arena, for everything that is printed. */
#ifndef STRATA_BASE_TEXT_H
#define STRATA_BASE_TEXT_H

#include "base/arena.h"

typedef struct Text {
    Arena *arena;
    char *start; /* always ends in 0 once something was added */
    size_t length;
    size_t capacity;
} Text;

Text text_make(Arena *arena);
void text_add(Text *text, const char *string);
void text_add_bytes(Text *text, const char *bytes, size_t length);
void text_add_character(Text *text, char character);
void text_repeat(Text *text, char character, int64_t count);
void text_printf(Text *text, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);

/* The shortest decimal form that reads back as the same double: 1, 0.1, 1e-05. */
void text_number(Text *text, double number);

/* 61706 as "61,706". */
void text_thousands(Text *text, int64_t number);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_json(Text *text, const char *string);

/* The string so far; never null. */
const char *text_string(Text *text);

#endif

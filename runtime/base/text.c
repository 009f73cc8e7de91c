/* Growing strings; see text.h. */
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Text text_make(Arena *arena)
{
    return (Text){.arena = arena};
}

void text_add_bytes(Text *text, const char *bytes, size_t length)
{
    if (text->capacity - text->length < length + 1) {
        size_t capacity = text->capacity ? text->capacity : 128;
        while (capacity - text->length < length + 1)
            capacity *= 2;
        char *start = arena_take(text->arena, capacity);
        if (text->length > 0)
            memcpy(start, text->start, text->length);
        text->start = start;
        text->capacity = capacity;
    }
    if (length > 0)
        memcpy(text->start + text->length, bytes, length);
    text->length += length;
    text->start[text->length] = '\0';
}

void text_add(Text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_character(Text *text, char character)
{
    text_add_bytes(text, &character, 1);
}

void text_repeat(Text *text, char character, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        text_add_character(text, character);
}

void text_printf(Text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length > 0) {
        char *piece = arena_take(text->arena, (size_t)length + 1);
        vsnprintf(piece, (size_t)length + 1, format, again);
        text_add_bytes(text, piece, (size_t)length);
    }
    va_end(again);
}

void text_number(Text *text, double number)
{
    char buffer[40];
    if (number == floor(number) && fabs(number) < 1e15) {
        snprintf(buffer, sizeof buffer, "%.0f", number);
    } else {
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(buffer, sizeof buffer, "%.*g", digits, number);
            if (strtod(buffer, NULL) == number)
                break;
        }
    }
    text_add(text, buffer);
}

const char *text_string(Text *text)
{
    if (!text->start)
        text_add_bytes(text, "", 0);
    return text->start;
}

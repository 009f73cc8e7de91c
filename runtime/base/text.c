/* Growing strings; see text.h. */
#include "base/text.h"

#include "base/number.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

Text text_make(Arena *arena)
{
    return (Text){.arena = arena};
}

void text_add_bytes(Text *text, const char *bytes, size_t length)
{
    if (!text->start || text->capacity - text->length < length + 1) {
        size_t capacity = text->capacity ? text->capacity : 128;
        while (capacity - text->length < length + 1)
            capacity *= 2;
        char *start = arena_take(text->arena, capacity);
        if (text->start)
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
    char buffer[NUMBER_LIMIT];
    text_add(text, number_write(number, buffer));
}

void text_thousands(Text *text, int64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            text_add_character(text, ',');
        text_add_character(text, digits[i]);
    }
}

static void add_json_character(Text *text, unsigned char character)
{
    if (character == '\n')
        text_add(text, "\\n");
    else if (character == '\t')
        text_add(text, "\\t");
    else if (character < 0x20 || character == 0x7F)
        text_printf(text, "\\u%04x", character);
    else {
        if (character == '"' || character == '\\')
            text_add_character(text, '\\');
        text_add_character(text, (char)character);
    }
}

void text_json(Text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string, *end = at + strlen(string);
    text_add_character(text, '"');
    while (at < end) {
        size_t size = utf8_size(at, end);
        if (size == 1)
            add_json_character(text, *at);
        else if (size > 1)
            text_add_bytes(text, (const char *)at, size);
        else
            text_add(text, "\\ufffd");
        at += size ? size : 1;
    }
    text_add_character(text, '"');
}

const char *text_string(Text *text)
{
    if (!text->start)
        text_add_bytes(text, "", 0);
    return text->start;
}

/* Colours for a line that is being typed: what its words are is seen without parsing it, so that a half of a line has colours too. */
#include "tool/repl/repl.h"

#include <stdlib.h>
#include <string.h>

static const char command_colour[] = "\033[36m", keyword_colour[] = "\033[1;34m", number_colour[] = "\033[35m",
                  string_colour[] = "\033[32m", comment_colour[] = "\033[2m", operator_colour[] = "\033[33m", plain[] = "\033[0m";

static bool is_letter(char character)
{
    return character == '_' || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool is_keyword(const char *word, size_t length)
{
    static const char *const keywords[] = {"use",  "as",   "let", "layer", "net", "data", "train", "assert", "if",
                                           "then", "else", "for", "in",    "and", "or",   "not",   "true",   "false"};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (strlen(keywords[i]) == length && strncmp(keywords[i], word, length) == 0)
            return true;
    return false;
}

/* A string up to its end, or that of the line. */
static size_t string_length(const char *text, size_t left)
{
    size_t length = 1;
    while (length < left && text[length] != '"')
        length += text[length] == '\\' && length + 1 < left ? 2 : 1;
    return length < left ? length + 1 : left;
}

/* Numbers and shapes: 1_000, 0.5, 1e-3, 3x28x28. */
static size_t number_length(const char *text, size_t left)
{
    size_t length = 0;
    while (length < left) {
        bool sign = (text[length] == '-' || text[length] == '+') && (text[length - 1] == 'e' || text[length - 1] == 'E');
        bool point = text[length] == '.' && length + 1 < left && is_digit(text[length + 1]);
        if (!is_digit(text[length]) && !is_letter(text[length]) && !point && !(length > 0 && sign))
            break;
        length++;
    }
    return length;
}

static size_t word_length(const char *text, size_t left)
{
    size_t length = 0;
    while (length < left && (is_letter(text[length]) || is_digit(text[length])))
        length++;
    return length;
}

/* The next piece of a line and its colour; null: none. */
static size_t next_piece(const char *text, size_t left, bool first, const char **colour)
{
    *colour = NULL;
    if (*text == '#') {
        *colour = comment_colour;
        return left;
    }
    if (*text == ':' && first) {
        *colour = command_colour;
        return 1 + word_length(text + 1, left - 1);
    }
    if (*text == '"') {
        *colour = string_colour;
        return string_length(text, left);
    }
    if (is_digit(*text)) {
        *colour = number_colour;
        return number_length(text, left);
    }
    if (is_letter(*text)) {
        size_t length = word_length(text, left);
        *colour = is_keyword(text, length) ? keyword_colour : NULL;
        return length;
    }
    if (left >= 2 && (strncmp(text, "|>", 2) == 0 || strncmp(text, "->", 2) == 0)) {
        *colour = operator_colour;
        return 2;
    }
    return 1;
}

void highlight(const char *line, size_t length, FILE *out)
{
    bool first = true;
    for (size_t at = 0; at < length;) {
        const char *colour;
        size_t piece = next_piece(line + at, length - at, first, &colour);
        first = first && line[at] == ' ';
        if (colour)
            fputs(colour, out);
        fwrite(line + at, 1, piece, out);
        if (colour)
            fputs(plain, out);
        at += piece;
    }
}

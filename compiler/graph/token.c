/* The scanner of the Graph's text: takes bytes, gives words, strings and signs. Comments run from # to the end of the line; line ends mean
 * nothing. */
#include "graph/reader.h"

#include <string.h>

static SourceSpan span_from(const Reader *reader, size_t start)
{
    return (SourceSpan){.file = reader->file, .start = (uint32_t)start, .end = (uint32_t)reader->at};
}

bool reader_fail(Reader *reader, int code, SourceSpan span, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    if (!reader->failed)
        diagnostics_error(reader->diagnostics, code, span, "%s", message);
    reader->failed = true;
    return false;
}

static void skip_blanks(Reader *reader)
{
    while (reader->at < reader->length) {
        char c = reader->text[reader->at];
        if (c == '#') {
            while (reader->at < reader->length && reader->text[reader->at] != '\n')
                reader->at++;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            reader->at++;
        } else {
            return;
        }
    }
}

static int hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The character behind a backslash: itself for " and \, two digits for x; 0 when it is none of them. */
static char scan_escape(Reader *reader)
{
    size_t rest = reader->length - reader->at;
    char c = rest > 0 ? reader->text[reader->at++] : '\0';
    if (c == '"' || c == '\\')
        return c;
    if (c != 'x' || rest < 3)
        return '\0';
    int high = hexadecimal(reader->text[reader->at]);
    int low = hexadecimal(reader->text[reader->at + 1]);
    reader->at += 2;
    return high < 0 || low < 0 ? '\0' : (char)(16 * high + low);
}

static void scan_string(Reader *reader, size_t start)
{
    Text text = text_make(reader->arena);
    while (reader->at < reader->length && reader->text[reader->at] != '"' && reader->text[reader->at] != '\n') {
        char c = reader->text[reader->at++];
        if (c == '\\')
            c = scan_escape(reader);
        if (c == '\0') {
            reader_fail(reader, E_TEXT, span_from(reader, start), "this string has a character that needs another form: \\xHH");
            return;
        }
        text_add_character(&text, c);
    }
    if (reader->at == reader->length || reader->text[reader->at] != '"') {
        reader_fail(reader, E_TEXT, span_from(reader, start), "this string has no end");
        return;
    }
    reader->at++;
    reader->token = (Token){.kind = TOKEN_STRING, .text = text_string(&text), .span = span_from(reader, start)};
}

static void scan_word(Reader *reader, size_t start)
{
    while (reader->at < reader->length && graph_text_is_word(reader->text[reader->at]))
        reader->at++;
    const char *text = arena_string(reader->arena, reader->text + start, reader->at - start);
    reader->token = (Token){.kind = TOKEN_WORD, .text = text, .span = span_from(reader, start)};
}

/* After a complaint there are no tokens but the end. */
void reader_next(Reader *reader)
{
    skip_blanks(reader);
    size_t start = reader->at;
    reader->token = (Token){.kind = TOKEN_END, .span = span_from(reader, start)};
    if (reader->failed || start == reader->length)
        return;
    char c = reader->text[start];
    if (graph_text_is_word(c)) {
        scan_word(reader, start);
        return;
    }
    reader->at++;
    if (c == '"')
        scan_string(reader, start);
    else if (c != '\0' && strchr("%@()[]{}=,:*", c))
        reader->token = (Token){.kind = TOKEN_SIGN, .sign = c, .span = span_from(reader, start)};
    else
        reader_fail(reader, E_TEXT, span_from(reader, start), "byte 0x%02x has no meaning here", (unsigned char)c);
}

bool reader_expected(Reader *reader, const char *what)
{
    const Token *token = &reader->token;
    switch (token->kind) {
    case TOKEN_END:
        return reader_fail(reader, E_TEXT, token->span, "expected %s, but the text ends", what);
    case TOKEN_SIGN:
        return reader_fail(reader, E_TEXT, token->span, "expected %s, got `%c`", what, token->sign);
    case TOKEN_STRING:
        return reader_fail(reader, E_TEXT, token->span, "expected %s, got a string", what);
    case TOKEN_WORD:
        break;
    }
    return reader_fail(reader, E_TEXT, token->span, "expected %s, got `%.40s`", what, token->text);
}

bool at_sign(const Reader *reader, char sign)
{
    return reader->token.kind == TOKEN_SIGN && reader->token.sign == sign;
}

bool at_word(const Reader *reader, const char *word)
{
    return reader->token.kind == TOKEN_WORD && strcmp(reader->token.text, word) == 0;
}

bool take_sign(Reader *reader, char sign)
{
    if (!at_sign(reader, sign))
        return false;
    reader_next(reader);
    return !reader->failed;
}

bool take_word(Reader *reader, const char *word)
{
    if (!at_word(reader, word))
        return false;
    reader_next(reader);
    return !reader->failed;
}

bool expect_sign(Reader *reader, char sign)
{
    return take_sign(reader, sign) || reader_expected(reader, (const char[]){'`', sign, '`', '\0'});
}

bool expect_word(Reader *reader, const char *word)
{
    return take_word(reader, word) || reader_expected(reader, arena_printf(reader->arena, "`%s`", word));
}

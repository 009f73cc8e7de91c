/* Literals and lexical mistakes; see lexical.h. */
#include "syntax/lexical.h"

#include "base/number.h"
#include "base/utf8.h"
#include "syntax/grammar.h"

#include <math.h>
#include <string.h>

/* Whether a mistake was made on this line before; takes note of it. */
static bool is_repeated(Lexer *lexer, int code, const unsigned char *start, const unsigned char *end)
{
    bool repeated = code == lexer->told_code && start >= lexer->told && !memchr(lexer->told, '\n', (size_t)(start - lexer->told));
    lexer->told = end;
    lexer->told_code = code;
    return repeated;
}

/* Reports the text [start, end). Gives null, and does nothing, when the lexer is to be silent or has said the same on this line. */
static Diagnostic *report(Lexer *lexer, int code, const unsigned char *start, const unsigned char *end, const char *format, ...)
    FORMAT_LIKE_PRINTF(5, 6);

static Diagnostic *report(Lexer *lexer, int code, const unsigned char *start, const unsigned char *end, const char *format, ...)
{
    if (!lexer->diagnostics || is_repeated(lexer, code, start, end))
        return NULL;
    SourceSpan span = {lexer->file, (uint32_t)(start - lexer->text), (uint32_t)(end - lexer->text)};
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(lexer->arena, format, arguments);
    va_end(arguments);
    return diagnostics_error(lexer->diagnostics, code, span, "%s", message);
}

/* Adds a way out to a report; null: there was none. */
static void help(const Lexer *lexer, Diagnostic *diagnostic, const char *format, ...) FORMAT_LIKE_PRINTF(3, 4);

static void help(const Lexer *lexer, Diagnostic *diagnostic, const char *format, ...)
{
    if (!diagnostic)
        return;
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(lexer->arena, format, arguments);
    va_end(arguments);
    diagnostic_help(lexer->diagnostics, diagnostic, "%s", text);
}

/* The length of the token as printf wants it, cut where a message would become unreadable. */
enum { LONGEST_QUOTE = 40 };

static int quote_length(const unsigned char *start, const unsigned char *end)
{
    ptrdiff_t length = end - start;
    if (length <= LONGEST_QUOTE)
        return (int)length;
    length = LONGEST_QUOTE;
    while (length > 0 && utf8_continues((char)start[length]))
        length--;
    return (int)length;
}

/* --- numbers and shapes --- */

/* `3xW` and `3x3xW`: the user wants a shape with computed entries, which shape(3, W) makes. Null when the text is not of that form. */
static const char *shape_call(const Lexer *lexer)
{
    Text call = text_make(lexer->arena);
    text_add(&call, "write `shape(");
    const unsigned char *entry = lexer->token;
    bool first = true;
    while (entry < lexer->cursor) {
        const unsigned char *end = entry;
        bool digits = *entry >= '0' && *entry <= '9';
        while (end < lexer->cursor && *end != 'x')
            digits = *end >= '0' && *end <= '9' && digits, end++;
        if (end == entry || (!digits && *entry >= '0' && *entry <= '9'))
            return NULL;
        text_add(&call, first ? "" : ", ");
        text_add_bytes(&call, (const char *)entry, (size_t)(end - entry));
        first = false;
        if (end + 1 == lexer->cursor)
            return NULL;
        entry = end < lexer->cursor ? end + 1 : end;
    }
    text_add(&call, ")`: a shape like 3x3 is made of digits only");
    return text_string(&call);
}

/* What a number that runs into letters was meant to be. */
static const char *help_for_letters(const Lexer *lexer)
{
    const unsigned char *letters = lexer->token;
    while (letters < lexer->cursor && ((*letters >= '0' && *letters <= '9') || *letters == '_' || *letters == '.'))
        letters++;
    if (letters == lexer->cursor || letters[-1] == '_')
        return "`_` stands between two digits: 62_000";
    if (letters == lexer->token + 1 && lexer->token[0] == '0' && (*letters == 'x' || *letters == 'X'))
        return "numbers are decimal; there is no hexadecimal form";
    if (*letters == 'x' && letters + 1 == lexer->cursor)
        return "a shape is written without spaces: 3x3; to multiply write `*`";
    const char *shape = *letters == 'x' ? shape_call(lexer) : NULL;
    if (shape)
        return shape;
    if (*letters == 'e' || *letters == 'E')
        return "an exponent is made of digits: 1e-4";
    return "a name begins with a letter";
}

int lexical_number_with_letters(Lexer *lexer)
{
    Diagnostic *diagnostic = report(lexer, 103, lexer->token, lexer->cursor, "`%.*s` is neither a number nor a name",
                                    quote_length(lexer->token, lexer->cursor), (const char *)lexer->token);
    if (diagnostic)
        help(lexer, diagnostic, "%s", help_for_letters(lexer));
    return T_NUMBER;
}

static bool is_name_part(unsigned char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int lexical_leading_point(Lexer *lexer)
{
    unsigned char before = lexer->token > lexer->text ? lexer->token[-1] : ' ';
    bool behind_value = before == ')' || before == ']' || is_name_part(before);
    int length = quote_length(lexer->token, lexer->cursor);
    const char *digits = (const char *)lexer->token;
    Diagnostic *diagnostic =
        report(lexer, 102, lexer->token, lexer->cursor, "`%.*s` is not a %s", length, digits, behind_value ? "field" : "number");
    if (behind_value)
        help(lexer, diagnostic, "an element of a list is taken with `[%.*s]`", length - 1, digits + 1);
    else
        help(lexer, diagnostic, "a number has a digit before its point: 0%.*s", length, digits);
    return behind_value ? T_BAD : T_NUMBER;
}

void lexical_check_trailing_point(Lexer *lexer)
{
    if (lexer->cursor[0] != '.' || lexer->cursor[1] == '.')
        return;
    int length = quote_length(lexer->token, lexer->cursor);
    const char *digits = (const char *)lexer->token;
    while (*lexer->cursor == '.' || (*lexer->cursor >= '0' && *lexer->cursor <= '9'))
        lexer->cursor++;
    bool further = lexer->cursor[-1] != '.';
    Diagnostic *diagnostic = report(lexer, 101, lexer->token, lexer->cursor, "`%.*s` is not a number",
                                    quote_length(lexer->token, lexer->cursor), digits);
    if (further)
        help(lexer, diagnostic, "a number has one point");
    else
        help(lexer, diagnostic, "a number has a digit behind its point: %.*s.0", length, digits);
}

double lexical_number(Lexer *lexer)
{
    double number = 0;
    number_read((const char *)lexer->token, (size_t)(lexer->cursor - lexer->token), &number);
    if (isfinite(number))
        return number;
    Diagnostic *diagnostic = report(lexer, 104, lexer->token, lexer->cursor, "%.*s is too large for a number",
                                    quote_length(lexer->token, lexer->cursor), (const char *)lexer->token);
    help(lexer, diagnostic, "the largest number is about 1.8e308");
    return 0;
}

void lexical_check_shape(Lexer *lexer)
{
    const int64_t largest = (int64_t)1 << 62;
    for (const unsigned char *c = lexer->token; c < lexer->cursor; c++) {
        const unsigned char *entry = c;
        int64_t size = 0;
        bool large = false;
        for (; c < lexer->cursor && *c != 'x'; c++) {
            large = large || size > (largest - (*c - '0')) / 10;
            size = large ? largest : size * 10 + (*c - '0');
        }
        int length = quote_length(entry, c);
        if (large)
            help(lexer, report(lexer, 105, entry, c, "%.*s is too large for an entry of a shape", length, (const char *)entry),
                 "the largest entry is 2^62");
        else if (size == 0)
            report(lexer, 105, entry, c, "an entry of a shape is at least 1, got 0");
    }
}

/* --- text: strings, comments, names --- */

static void report_byte(Lexer *lexer, const unsigned char *c)
{
    if (*c == 0)
        report(lexer, 110, c, c + 1, "the file has a zero byte, so it is not text");
    else
        help(lexer, report(lexer, 108, c, c + 1, "byte 0x%02X is not part of a UTF-8 character", *c),
             "save the file in the encoding UTF-8");
}

void lexical_check_text(Lexer *lexer, const unsigned char *start, const unsigned char *end)
{
    for (const unsigned char *c = start; c < end;) {
        size_t length = utf8_size(c, end);
        if (length == 0 || *c == 0) {
            report_byte(lexer, c);
            return;
        }
        c += length;
    }
}

void lexical_check_string(Lexer *lexer)
{
    lexical_check_text(lexer, lexer->token, lexer->cursor);
    for (const unsigned char *c = lexer->token + 1; c < lexer->cursor - 1; c++) {
        if (*c != '\\')
            continue;
        c++;
        if (!strchr("nt\"\\", *c) || *c == 0) {
            int length = (int)utf8_size(c, lexer->cursor);
            Diagnostic *diagnostic =
                report(lexer, 107, c - 1, c + (length ? length : 1), "`\\%.*s` is not an escape", length, (const char *)c);
            help(lexer, diagnostic, "the escapes are \\n, \\t, \\\" and \\\\; a backslash itself is \\\\");
        }
    }
}

int lexical_open_string(Lexer *lexer)
{
    help(lexer, report(lexer, 106, lexer->token, lexer->cursor, "this string is not closed on its line"),
         "end it with `\"`; a line break inside a string is \\n");
    return T_BAD;
}

int lexical_single_quotes(Lexer *lexer)
{
    int length = quote_length(lexer->token + 1, lexer->cursor - 1);
    help(lexer, report(lexer, 109, lexer->token, lexer->cursor, "a string stands between double quotes"), "write `\"%.*s\"`",
         length, (const char *)lexer->token + 1);
    return T_STRING;
}

int lexical_foreign_letters(Lexer *lexer)
{
    Diagnostic *diagnostic = report(lexer, 114, lexer->token, lexer->cursor, "`%.*s` has letters that a name cannot have",
                                    quote_length(lexer->token, lexer->cursor), (const char *)lexer->token);
    help(lexer, diagnostic, "names are made of the letters a to z and A to Z, digits and `_`; strings and comments may hold any");
    return T_ID;
}

/* --- signs --- */

int lexical_operator(Lexer *lexer, int meant)
{
    static const struct {
        const char *text, *help;
    } helps[] = {
        {"&&", "write `and`"},
        {"&", "write `and`"},
        {"||", "write `or`"},
        {"|", "a value is given to a layer with `|>`; of two conditions one holds with `or`"},
        {"!", "write `not`"},
        {"===", "write `==`"},
        {"!==", "write `!=`"},
        {"<>", "write `!=`"},
        {"=>", "a function is `x -> ...`; to compare write `>=`"},
        {":=", "a definition is `let name = ...`"},
        {"**", "a power is `x ^ 2`"},
    };
    size_t length = (size_t)(lexer->cursor - lexer->token);
    const char *text = (const char *)lexer->token;
    const char *way_out = "nothing changes in place: give the new value a name with `let`";
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
        if (strlen(helps[i].text) == length && memcmp(helps[i].text, text, length) == 0)
            way_out = helps[i].help;
    help(lexer, report(lexer, 112, lexer->token, lexer->cursor, "there is no operator `%.*s`", (int)length, text), "%s", way_out);
    return meant;
}

int lexical_block_comment(Lexer *lexer)
{
    help(lexer, report(lexer, 113, lexer->token, lexer->cursor, "there are no comments between `/*` and `*/`"),
         "begin each line of a comment with `#`");
    const unsigned char *c = lexer->cursor;
    while (c + 1 < lexer->limit && !(c[0] == '*' && c[1] == '/'))
        c++;
    lexer->cursor = c + 1 < lexer->limit ? c + 2 : lexer->limit;
    return scan_again;
}

/* Characters that editors, papers and other languages put where Strata has another. */
static const struct {
    const char *character, *help;
    int meant;
} lookalikes[] = {
    {"\xC2\xA0", "this is a space that does not break; write a plain one", scan_again},
    {"\xE2\x80\xAF", "this is a narrow space; write a plain one", scan_again},
    {"\xE2\x80\x8B", "this is a space without width; delete it", scan_again},
    {"\xEF\xBB\xBF", "this mark belongs at the start of a file only; delete it", scan_again},
    {"\xC3\x97", "write `*` to multiply, and a shape as 3x3", T_BAD},
    {"\xC3\xB7", "write `/`", T_SLASH},
    {"\xC2\xB7", "write `*`", T_STAR},
    {"\xE2\x88\x92", "this is a minus sign of typography; write `-`", T_MINUS},
    {"\xE2\x80\x93", "this is a dash; write `-`", T_MINUS},
    {"\xE2\x86\x92", "write `->`", T_ARROW},
    {"\xE2\x89\xA4", "write `<=`", T_LE},
    {"\xE2\x89\xA5", "write `>=`", T_GE},
    {"\xE2\x89\xA0", "write `!=`", T_NE},
    {"\xE2\x96\xB7", "write `|>`", T_PIPE},
    {"\xE2\x80\xA6", "write `..` for a range", T_BAD},
    {"\xE2\x80\x9C", "this is a quote of typography; strings stand between `\"`", T_BAD},
    {"\xE2\x80\x9D", "this is a quote of typography; strings stand between `\"`", T_BAD},
    {"'", "strings stand between `\"`", T_BAD},
    {"?", "a choice is `if condition then a else b`", T_BAD},
    {"@", "a product of matrices is `matmul(a, b)`", T_BAD},
    {"\\", "a line goes on by itself while a bracket is open, behind an operator and before one", scan_again},
    {"$", "names are made of letters, digits and `_`", T_BAD},
    {"~", "write `not`", T_BAD},
    {"`", "strings stand between `\"`", T_BAD},
};

int lexical_character(Lexer *lexer)
{
    size_t length = (size_t)(lexer->cursor - lexer->token);
    if (utf8_size(lexer->token, lexer->cursor) != length)
        return lexical_byte(lexer);
    Diagnostic *diagnostic = report(lexer, 111, lexer->token, lexer->cursor, "the character `%.*s` has no meaning here",
                                    (int)length, (const char *)lexer->token);
    for (size_t i = 0; lexer->diagnostics && i < sizeof lookalikes / sizeof *lookalikes; i++) {
        if (strlen(lookalikes[i].character) == length && memcmp(lookalikes[i].character, lexer->token, length) == 0) {
            help(lexer, diagnostic, "%s", lookalikes[i].help);
            return lookalikes[i].meant;
        }
    }
    return T_BAD;
}

int lexical_byte(Lexer *lexer)
{
    unsigned char byte = *lexer->token;
    lexer->cursor = lexer->token + 1;
    if (byte == 0 || byte >= 0x80) {
        report_byte(lexer, lexer->token);
        return scan_again;
    }
    if (byte < 0x20 || byte == 0x7F) {
        report(lexer, 110, lexer->token, lexer->cursor, "the control character 0x%02X has no meaning here", byte);
        return scan_again;
    }
    return lexical_character(lexer);
}

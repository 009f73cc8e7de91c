/* Syntax errors in the user's terms; see mistake.h.
 *
 * The parser says only that a token cannot come next. What the user meant is guessed from that token, the two before it, the bracket
 * around it and what could have come instead. Each recogniser knows one kind of mistake; the first that recognises its own reports it.
 * The last one knows all: it lists what could have come. */
#include "syntax/mistake.h"

#include "syntax/grammar.h"
#include "syntax/grammar_parser.h"

#include <string.h>

/* The codes of syntax errors; each has its page in docs/errors. */
enum {
    E_SHAPE_SPACES = 103,
    E_FOREIGN_COMMENT = 113,
    E_UNEXPECTED = 201,
    E_ENDS_EARLY = 202,
    E_KEYWORD = 205,
    E_COMMA = 206,
    E_COMPARISON = 207,
    E_DEFINITION_FORM = 208,
    E_NET_FORM = 209,
    E_NO_ENTRY = 210,
    E_SETTING_FORM = 211,
    E_IF_FORM = 213,
    E_CHAINED = 214,
    E_FUNCTION_FORM = 215,
    E_PAIR_FORM = 216,
    E_NO_OPERATOR = 219,
};

/* A refused token and what is known around it. */
typedef struct Mistake {
    Parse *parse;
    const void *parser;
    const Token *found;
    const Token *previous;
    int before;  /* kind of the token before the previous one */
    int bracket; /* kind of the innermost bracket open around it, or T_END */
} Mistake;

/* --- what could have come --- */

static bool accepts(const Mistake *mistake, int kind)
{
    return grammar_accepts(mistake->parser, kind);
}

static bool wants_expression(const Mistake *mistake)
{
    return accepts(mistake, T_NUMBER);
}

static bool wants_name_only(const Mistake *mistake)
{
    return accepts(mistake, T_ID) && !wants_expression(mistake);
}

/* At the start of an entry of a file; of a `train`. */
static bool wants_entry(const Mistake *mistake)
{
    return accepts(mistake, T_LAYER) && accepts(mistake, T_LET);
}

static bool wants_setting(const Mistake *mistake)
{
    return wants_name_only(mistake) && accepts(mistake, T_LAYER);
}

/* An expression has just ended. Whether an operator could go on with it the parser does not always know any more; what can end the
 * expression it does. */
static bool behind_expression(const Mistake *mistake)
{
    static const int ends[] = {T_PIPE, T_SEP, T_COMMA, T_RPAREN, T_RBRACKET, T_RBRACE, T_THEN, T_ELSE};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (accepts(mistake, ends[i]))
            return token_ends_expression(mistake->previous->kind);
    return false;
}

static bool begins_expression(int kind)
{
    return kind == T_ID || kind == T_NUMBER || kind == T_SHAPE || kind == T_STRING || kind == T_TRUE || kind == T_FALSE ||
           kind == T_NOT || kind == T_IF || token_opens(kind);
}

/* --- how it is said --- */

static const char *phrase(const Mistake *mistake, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);

static const char *phrase(const Mistake *mistake, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_vprintf(mistake->parse->arena, format, arguments);
    va_end(arguments);
    return text;
}

enum { LONGEST_QUOTE = 40 };

static const char *quote(const Mistake *mistake, const Token *token)
{
    size_t length;
    const char *text = token_text(mistake->parse->diagnostics->sources, token->span, &length);
    if (length <= LONGEST_QUOTE)
        return phrase(mistake, "`%.*s`", (int)length, text);
    return phrase(mistake, "`%.*s...`", LONGEST_QUOTE, text);
}

/* A token as the user would call it. */
static const char *describe(const Mistake *mistake, const Token *token)
{
    if (token->kind == T_STRING)
        return "a string";
    if (token->inserted)
        return mistake->parse->filter.pending.kind == T_END ? "the end of the file" : "the end of the line";
    return token->span.end > token->span.start ? quote(mistake, token) : token_phrase(token->kind);
}

static const char *spelling(const Mistake *mistake, const Token *token)
{
    size_t length;
    const char *text = token_text(mistake->parse->diagnostics->sources, token->span, &length);
    return arena_string(mistake->parse->arena, text, length);
}

/* Reports, and gives true so that a recogniser can end with it. `help` may be null. */
static bool say(const Mistake *mistake, int code, SourceSpan span, const char *message, const char *help)
{
    Diagnostics *diagnostics = mistake->parse->diagnostics;
    Diagnostic *diagnostic = diagnostics_error(diagnostics, code, span, "%s", message);
    if (help)
        diagnostic_help(diagnostics, diagnostic, "%s", help);
    return true;
}

static bool say_expected(const Mistake *mistake, int code, const char *expected, const char *help)
{
    const char *message = phrase(mistake, "expected %s, found %s", expected, describe(mistake, mistake->found));
    return say(mistake, code, mistake->found->span, message, help);
}

static const int listed[] = {T_ID,    T_STRING, T_ASSIGN, T_COLON, T_COMMA,    T_RPAREN, T_RBRACKET, T_RBRACE,
                             T_ARROW, T_IN,     T_AS,     T_DOT,   T_LBRACKET, T_LPAREN, T_LBRACE,   T_SEP};

enum { LONGEST_LIST = 4 };

/* What could come, in a few words. */
static const char *expectation(const Mistake *mistake)
{
    if (wants_expression(mistake))
        return "an expression";
    const char *phrases[LONGEST_LIST];
    int count = 0;
    bool operators = behind_expression(mistake);
    for (size_t i = 0; i < sizeof listed / sizeof *listed && count < LONGEST_LIST; i++) {
        bool goes_on = listed[i] == T_DOT || listed[i] == T_LBRACKET || listed[i] == T_LPAREN;
        if (accepts(mistake, listed[i]) && !(operators && goes_on))
            phrases[count++] = token_phrase(listed[i]);
    }
    if (operators && count < LONGEST_LIST)
        phrases[count++] = "an operator";
    Text list = text_make(mistake->parse->arena);
    for (int i = 0; i < count; i++) {
        if (i > 0)
            text_add(&list, i + 1 == count ? " or " : ", ");
        text_add(&list, phrases[i]);
    }
    return count > 0 ? text_string(&list) : "something else";
}

/* --- words of other languages --- */

static const char *foreign_help(const Mistake *mistake, const Token *token)
{
    return token->kind == T_ID ? foreign_word_help(spelling(mistake, token)) : NULL;
}

/* --- recognisers: comments, shapes, keywords --- */

/* The lexer or the filter has said it. */
static bool known_before(const Mistake *mistake)
{
    return mistake->parse->spoiled || (mistake->found->inserted && token_closes(mistake->found->kind));
}

/* `// words`: a division that begins a line or an entry, or two words behind one. */
static bool foreign_comment(const Mistake *mistake)
{
    const Token *found = mistake->found;
    const Token *floor = found->kind == T_FLOOR ? found : &mistake->parse->floor;
    if (floor->kind != T_FLOOR)
        return false;
    const unsigned char *text = mistake->parse->filter.lexer.text;
    if (memchr(text + floor->span.start, '\n', found->span.start - floor->span.start))
        return false;
    bool words = mistake->before == T_FLOOR && mistake->previous->kind == T_ID && found->kind == T_ID;
    if (floor != found && !floor->first_on_line && !words)
        return false;
    return say(mistake, E_FOREIGN_COMMENT, floor->span, "`//` divides and rounds down; there is nothing to divide here",
               "a comment begins with `#`");
}

/* `1 x 28 x 28`. */
static bool shape_with_spaces(const Mistake *mistake)
{
    const Token *found = mistake->found;
    const Token *previous = mistake->previous;
    const char *text = (const char *)mistake->parse->filter.lexer.text;
    if ((previous->kind != T_NUMBER && previous->kind != T_SHAPE) || found->kind != T_ID || text[found->span.start] != 'x')
        return false;
    /* All that could belong to it, with and without its spaces. A number may be a wrong one, such as `.5`. */
    size_t length = strspn(text + previous->span.start, "0123456789x \t");
    if (length == 0)
        return false;
    while (text[previous->span.start + length - 1] == ' ' || text[previous->span.start + length - 1] == '\t')
        length--;
    Text shape = text_make(mistake->parse->arena);
    for (size_t i = 0; i < length; i++)
        if (text[previous->span.start + i] != ' ' && text[previous->span.start + i] != '\t')
            text_add_character(&shape, text[previous->span.start + i]);
    SourceSpan span = {found->span.file, previous->span.start, previous->span.start + (uint32_t)length};
    bool whole = shape.length <= LONGEST_QUOTE && shape.start[shape.length - 1] != 'x';
    const char *help = whole ? phrase(mistake, "write `%s`", text_string(&shape))
                             : "where an entry is a name and not a number, write `shape(3, W)`; to multiply, write `*`";
    return say(mistake, E_SHAPE_SPACES, span, "a shape is written without spaces", help);
}

static bool say_keyword(const Mistake *mistake, const Token *keyword, const char *use)
{
    const char *message = phrase(mistake, "%s is a keyword and cannot be %s", quote(mistake, keyword), use);
    uint64_t bit = (uint64_t)1 << keyword->kind;
    if (mistake->parse->keywords & bit)
        return true;
    mistake->parse->keywords |= bit;
    return say(mistake, E_KEYWORD, keyword->span, message, "choose another name");
}

static bool is_setting_keyword(int kind)
{
    return kind == T_DATA || kind == T_NET || kind == T_LAYER || kind == T_TRAIN;
}

/* A keyword where a name is wanted, or a value. */
static bool keyword_as_name(const Mistake *mistake)
{
    const Token *found = mistake->found;
    /* f(net): `net` was taken for the name of an argument. */
    if (is_setting_keyword(mistake->previous->kind) && mistake->bracket == T_LPAREN && accepts(mistake, T_ASSIGN))
        return say_keyword(mistake, mistake->previous, "a value");
    if (!token_is_keyword(found->kind) || found->first_on_line || wants_setting(mistake))
        return false;
    if (wants_name_only(mistake))
        return say_keyword(mistake, found, "a name");
    bool begins_nothing = found->kind != T_THEN && found->kind != T_ELSE && found->kind != T_AND && found->kind != T_OR &&
                          found->kind != T_LET && found->kind != T_ASSERT && found->kind != T_FOR;
    if (wants_expression(mistake) && begins_nothing)
        return say_keyword(mistake, found, "a value");
    return false;
}

/* --- recognisers: entries --- */

/* What a name at the top of a file was meant for. */
static const char *help_for_name(const Mistake *mistake)
{
    static const char *const keywords[] = {"use", "let", "layer", "net", "data", "train", "assert"};
    const Token *found = mistake->found;
    const char *name = spelling(mistake, found);
    const char *after = (const char *)mistake->parse->filter.lexer.cursor;
    after += strspn(after, " \t");
    if (*after && strchr("+-*/", *after) && after[1] == '=')
        return "nothing changes in place: give the new value a name with `let`";
    if (filter_peek(&mistake->parse->filter) == T_ASSIGN)
        return phrase(mistake, "write `let %s = ...`", name);
    const char *nearest = nearest_name(name, keywords, sizeof keywords / sizeof *keywords);
    if (nearest)
        return phrase(mistake, "did you mean `%s`?", nearest);
    if (found->span.start > 0 && mistake->parse->filter.lexer.text[found->span.start - 1] != '\n')
        return phrase(mistake, "to give the value above to a layer, write `|> %s`", name);
    return NULL;
}

/* At the top of a file, what begins no entry. */
static bool no_entry(const Mistake *mistake)
{
    if (!wants_entry(mistake) || wants_expression(mistake))
        return false;
    const char *help = foreign_help(mistake, mistake->found);
    if (!help && mistake->found->kind == T_ID)
        help = help_for_name(mistake);
    if (!help && mistake->found->kind == T_FOR)
        help = "a list is `[f(i) for i in 1..3]`; `repeat(3, layer)` composes a layer with itself";
    if (!help)
        help = "a file is made of `use`, `let`, `layer`, `net`, `data`, `train` and `assert`";
    return say_expected(mistake, E_NO_ENTRY, "a definition", help);
}

/* `x = 3` in a block, and words like `return x`. */
static bool entry_without_let(const Mistake *mistake)
{
    const Token *previous = mistake->previous;
    if (previous->kind != T_ID || previous->span.start != mistake->parse->entry.span.start || mistake->bracket != T_LBRACE)
        return false;
    const char *help = foreign_help(mistake, previous);
    if (help && begins_expression(mistake->found->kind))
        return say(mistake, E_NO_ENTRY, previous->span, phrase(mistake, "%s has no meaning here", quote(mistake, previous)), help);
    if (mistake->found->kind != T_ASSIGN || !behind_expression(mistake))
        return false;
    const char *name = spelling(mistake, previous);
    return say_expected(mistake, E_NO_ENTRY, "an entry of a block",
                        phrase(mistake, "a block names a value with `let %s = ...`; a record is `{%s: ...}`", name, name));
}

/* `let x` without a value, and what people write between a name and its value. */
static bool definition_form(const Mistake *mistake)
{
    const Token *found = mistake->found;
    bool names_value = mistake->before == T_LET || mistake->before == T_DATA || mistake->before == T_LAYER;
    if (!accepts(mistake, T_ASSIGN) || behind_expression(mistake) || mistake->previous->kind != T_ID || !names_value)
        return false;
    bool layer = mistake->before == T_LAYER;
    const char *name = quote(mistake, mistake->previous);
    if (found->kind == T_SEP)
        return say(mistake, E_DEFINITION_FORM, mistake->previous->span, phrase(mistake, "%s is given no value", name),
                   layer ? "write `layer name(settings) = x -> ...`" : "write `= ...` behind it");
    const char *help = NULL;
    if (found->kind == T_LPAREN)
        help = "a definition with settings is `layer name(settings) = x -> ...`; a function is `let name = x -> ...`";
    else if (found->kind == T_COMMA)
        help = "each name is given its value alone: `let a = 1`, and on the next line `let b = 2`";
    else if (found->kind == T_COLON)
        help = "types are not written; they follow from the value: `let name = ...`";
    else if (found->kind == T_EQ)
        help = "a definition has one `=`; `==` compares";
    else if (found->kind == T_ARROW)
        help = layer ? "a layer has no result type; its value is a function: `layer name(settings) = x -> ...`"
                     : "write `let name = x -> ...`";
    else if (layer)
        help = "write `layer name(settings) = x -> ...`";
    return say_expected(mistake, E_DEFINITION_FORM, phrase(mistake, "`=` behind %s", name), help);
}

/* `layer f(a) -> 10 = ...`, or anything but `=` behind its settings. */
static bool layer_form(const Mistake *mistake)
{
    bool behind_settings = mistake->previous->kind == T_RPAREN && mistake->parse->entry.kind == T_LAYER;
    if (!behind_settings || behind_expression(mistake) || !accepts(mistake, T_ASSIGN) || accepts(mistake, T_ARROW))
        return false;
    if (mistake->found->kind == T_ARROW)
        return say(mistake, E_NET_FORM, mistake->found->span, "a layer has no result type",
                   "its value is a function: `layer name(settings) = x -> ...`; only a net says what it gives");
    return say_expected(mistake, E_DEFINITION_FORM, "`=`", "write `layer name(settings) = x -> ...`");
}

/* A net without inputs or without `-> result`. */
static bool net_form(const Mistake *mistake)
{
    if (mistake->parse->entry.kind != T_NET || mistake->bracket != T_END)
        return false;
    if (mistake->before == T_NET && accepts(mistake, T_LPAREN))
        return say_expected(mistake, E_NET_FORM, "the inputs of the net", "write `net name(image: 1x28x28) -> 10 = ...`");
    if (mistake->previous->kind == T_RPAREN && accepts(mistake, T_ARROW))
        return say_expected(mistake, E_NET_FORM, "`->` and what the net gives", "write `net name(image: 1x28x28) -> 10 = ...`");
    if (token_ends_expression(mistake->previous->kind) && accepts(mistake, T_ASSIGN))
        return say_expected(mistake, E_NET_FORM, "`=` and the value of the net", "write `net name(image: 1x28x28) -> 10 = ...`");
    return false;
}

/* `use` in another form. */
static bool use_form(const Mistake *mistake)
{
    if (mistake->parse->entry.kind != T_USE || mistake->bracket != T_END || mistake->previous->kind == T_SEP)
        return false;
    return say_expected(mistake, E_UNEXPECTED, expectation(mistake),
                        "write `use std.wavelet` for the standard library, `use \"file.net\" as name` for a file");
}

/* Inside `train NAME { ... }`. */
static bool setting_form(const Mistake *mistake)
{
    const char *help = "a setting is `name = value`, on a line of its own or ended by `;`";
    const Token *found = mistake->found;
    if (wants_setting(mistake) && (found->kind == T_LET || found->kind == T_ID))
        return say(mistake, E_SETTING_FORM, found->span, "settings are written without `let`", help);
    if (wants_setting(mistake))
        return say_expected(mistake, E_SETTING_FORM, "a setting", help);
    bool at_name =
        (mistake->before == T_SEP || mistake->before == T_LBRACE) && accepts(mistake, T_ASSIGN) && !behind_expression(mistake);
    if (mistake->bracket == T_LBRACE && at_name)
        return say_expected(mistake, E_SETTING_FORM, phrase(mistake, "`=` behind %s", quote(mistake, mistake->previous)), help);
    return false;
}

/* --- recognisers: expressions --- */

/* A line or file that ends where an expression was to come. */
static bool ends_early(const Mistake *mistake)
{
    const Token *found = mistake->found;
    if (!wants_expression(mistake) || found->kind != T_SEP || !found->inserted)
        return false;
    const char *message = phrase(mistake, "expected an expression behind %s, found %s", describe(mistake, mistake->previous),
                                 describe(mistake, found));
    return say(mistake, E_ENDS_EARLY, mistake->previous->span, message, NULL);
}

/* `a = b` where an expression stands. */
static bool comparison(const Mistake *mistake)
{
    if (mistake->found->kind != T_ASSIGN || !behind_expression(mistake))
        return false;
    const Token *before = &mistake->parse->before;
    bool next_entry = mistake->previous->first_on_line && !token_ends_expression(before->kind) && mistake->bracket != T_LPAREN;
    if (next_entry)
        return say(mistake, E_ENDS_EARLY, before->span,
                   phrase(mistake, "expected an expression behind %s, found the next entry", describe(mistake, before)), NULL);
    const char *help = "to compare, write `==`; a name is given with `let name = ...`";
    if (mistake->bracket == T_LPAREN && mistake->parse->entry.kind == T_NET && accepts(mistake, T_COMMA))
        help = "an input of a net has a shape, `x: 1x28x28`; a setting has a default, `H=224`; nothing has both";
    return say(mistake, E_COMPARISON, mistake->found->span, "`=` does not compare", help);
}

static bool is_comparison(int kind)
{
    return kind == T_EQ || kind == T_NE || kind == T_LT || kind == T_LE || kind == T_GT || kind == T_GE;
}

/* `a < b < c`, `1..2..3`. */
static bool chained(const Mistake *mistake)
{
    int found = mistake->found->kind;
    if (!token_ends_expression(mistake->previous->kind))
        return false;
    if (is_comparison(found) && !accepts(mistake, found))
        return say(mistake, E_CHAINED, mistake->found->span, "comparisons do not chain", "write `a < b and b < c`");
    if (found == T_RANGE && !accepts(mistake, found))
        return say(mistake, E_CHAINED, mistake->found->span, "a range has two ends",
                   "write `1..n`; every second number is `[2 * i for i in 1..n]`");
    return false;
}

/* `if c a else b`, `if c then a`, and what other languages write there. */
static bool if_form(const Mistake *mistake)
{
    const char *help = "a choice is `if condition then a else b`; it always gives a value, so it has both";
    if (accepts(mistake, T_THEN))
        return say_expected(mistake, E_IF_FORM, "`then`", help);
    if (accepts(mistake, T_ELSE))
        return say_expected(mistake, E_IF_FORM, "`else`", help);
    if (mistake->found->kind == T_THEN || mistake->found->kind == T_ELSE) {
        const char *message = phrase(mistake, "%s belongs to no `if`", describe(mistake, mistake->found));
        return say(mistake, E_IF_FORM, mistake->found->span, message, help);
    }
    return false;
}

/* `(a, 3) -> ...`, `(a, b)` without `->`, `f(x) -> ...`. */
static bool function_form(const Mistake *mistake)
{
    const char *help = "a function is `x -> ...` or `(x, y) -> ...`, its parameters are names; a list is `[a, b]`";
    bool names = mistake->bracket == T_LPAREN && mistake->previous->kind == T_COMMA && wants_name_only(mistake) &&
                 !accepts(mistake, T_RPAREN);
    if (names)
        return say_expected(mistake, E_FUNCTION_FORM, "the name of a parameter", help);
    bool only_arrow = accepts(mistake, T_ARROW) && !behind_expression(mistake) && mistake->previous->kind == T_RPAREN;
    if (only_arrow)
        return say_expected(mistake, E_FUNCTION_FORM, "`->` behind the parameters of a function", help);
    if (mistake->found->kind == T_ARROW && behind_expression(mistake))
        return say(mistake, E_FUNCTION_FORM, mistake->found->span, "a parameter of a function is a name", help);
    return false;
}

/* `f(a: 1)`, `{a: 1, b = 2}`. */
static bool pair_form(const Mistake *mistake)
{
    if (mistake->found->kind == T_COLON && mistake->bracket == T_LPAREN && mistake->previous->kind == T_ID &&
        behind_expression(mistake))
        return say_expected(mistake, E_PAIR_FORM, "`=`", "an argument is given by name as `name = value`");
    if (accepts(mistake, T_COLON) && !behind_expression(mistake) && mistake->bracket == T_LBRACE)
        return say_expected(mistake, E_PAIR_FORM, "`:`", "a field of a record is `name: value`");
    return false;
}

/* Two values side by side, or `;`, where a comma separates. */
static bool missing_comma(const Mistake *mistake)
{
    if (mistake->parse->entry.kind == T_ASSERT && mistake->found->kind == T_STRING && behind_expression(mistake))
        return say_expected(mistake, E_COMMA, "`,` before the message", "write `assert condition, \"message\"`");
    if (!accepts(mistake, T_COMMA) || accepts(mistake, T_COLON) || mistake->bracket == T_END)
        return false;
    if (mistake->found->kind == T_SEP && !mistake->found->inserted)
        return say_expected(mistake, E_COMMA, "`,`", "`;` ends an entry; inside brackets `,` separates");
    bool side_by_side = token_ends_expression(mistake->previous->kind) && begins_expression(mistake->found->kind);
    if (!side_by_side)
        return false;
    return say_expected(mistake, E_COMMA, "`,` or an operator", NULL);
}

/* Two values side by side elsewhere. */
static bool missing_operator(const Mistake *mistake)
{
    const Token *found = mistake->found;
    if (!behind_expression(mistake) || !begins_expression(found->kind))
        return false;
    bool entries = accepts(mistake, T_SEP);
    const char *help = foreign_help(mistake, mistake->previous);
    if (!help && found->kind == T_ID)
        help = phrase(mistake, "to give the value to a layer, write `|> %s`%s", spelling(mistake, found),
                      entries ? "; an entry ends with its line or with `;`" : "");
    else if (!help && entries)
        help = "an entry ends with its line or with `;`";
    return say_expected(mistake, E_NO_OPERATOR, entries ? "an operator or the end of the line" : "an operator", help);
}

/* `+x`. */
static bool unary_plus(const Mistake *mistake)
{
    if (mistake->found->kind != T_PLUS || !wants_expression(mistake))
        return false;
    return say_expected(mistake, E_UNEXPECTED, "an expression", "a number without a sign is positive");
}

/* --- all else --- */

static bool anything(const Mistake *mistake)
{
    const char *help = NULL;
    int found = mistake->found->kind;
    if (found == T_COMMA && accepts(mistake, T_SEP))
        help = "an entry ends with its line or with `;`";
    else if (found == T_COMMA && mistake->bracket == T_LPAREN && behind_expression(mistake))
        help = "a list is `[a, b]`";
    else if (found == T_COMMA && mistake->bracket == T_LBRACKET && behind_expression(mistake))
        help = "an index is one number: `x[i][j]`";
    else if (found == T_LBRACKET && mistake->previous->kind == T_DOT)
        help = "an element of a list is `x[0]`, a field of a record `x.name`";
    else if (found == T_FOR)
        help = "a list is `[f(i) for i in 1..3]`; `repeat(3, layer)` composes a layer with itself";
    else if (found == T_ASSIGN && mistake->parse->entry.kind == T_TRAIN)
        help = "write `train net { data = ...; loss = ... }`";
    else if ((found == T_LET || found == T_ASSERT) && wants_expression(mistake))
        help = "`let` and `assert` are entries of a block: `{ let x = 1; x + 1 }`";
    return say_expected(mistake, E_UNEXPECTED, expectation(mistake), help);
}

static bool (*const recognisers[])(const Mistake *) = {
    known_before,      foreign_comment, shape_with_spaces, keyword_as_name, use_form,         no_entry,   setting_form,
    entry_without_let, definition_form, layer_form,        net_form,        ends_early,       comparison, chained,
    if_form,           function_form,   pair_form,         missing_comma,   missing_operator, unary_plus, anything,
};

/* The bracket around `found`: a closer has just been taken from the list of open ones, an opener added to it. */
static int bracket_around(const TokenFilter *filter, const Token *found)
{
    int64_t index = filter->open_count - 1;
    if (token_closes(found->kind))
        index++;
    else if (token_opens(found->kind))
        index--;
    return index >= 0 ? filter->open[index].kind : T_END;
}

void mistake_report(Parse *parse, const void *parser, const Token *found)
{
    Mistake mistake = {
        .parse = parse,
        .parser = parser,
        .found = found,
        .previous = &parse->previous,
        .before = parse->before.kind,
        .bracket = bracket_around(&parse->filter, found),
    };
    for (size_t i = 0; i < sizeof recognisers / sizeof *recognisers; i++)
        if (recognisers[i](&mistake))
            return;
}

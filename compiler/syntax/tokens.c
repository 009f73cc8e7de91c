/* The filter between lexer and parser: newlines become T_SEP or go, comments go, brackets are balanced; and the tables of token kinds.
 *
 * A newline ends an entry unless the innermost open bracket is `(` or `[`, the token before it cannot end an expression, or the token
 * after it cannot begin an entry. */
#include "syntax/grammar.h"
#include "syntax/token.h"

#include <string.h>

enum { ENDS = 1, CONTINUES = 2, KEYWORD = 4 };

/* Each kind: its name in dumps, what a user would call it, and whether an expression can end with it, an entry goes on with it when it
 * begins a line, or it is a keyword. */
static const struct {
    const char *name, *phrase;
    int properties;
} kinds[] = {
    [T_END] = {"END", "the end of the file", CONTINUES},
    [T_BAD] = {"BAD", "a character without meaning", ENDS},
    [T_START] = {"START", "the start", 0},
    [T_START_EXPRESSION] = {"START_EXPRESSION", "the start", 0},
    [T_SEP] = {"SEP", "the end of the line", CONTINUES},
    [T_ID] = {"ID", "a name", ENDS},
    [T_NUMBER] = {"NUMBER", "a number", ENDS},
    [T_SHAPE] = {"SHAPE", "a shape", ENDS},
    [T_STRING] = {"STRING", "a string", ENDS},
    [T_USE] = {"USE", "`use`", KEYWORD},
    [T_AS] = {"AS", "`as`", KEYWORD | CONTINUES},
    [T_LET] = {"LET", "`let`", KEYWORD},
    [T_LAYER] = {"LAYER", "`layer`", KEYWORD},
    [T_NET] = {"NET", "`net`", KEYWORD},
    [T_DATA] = {"DATA", "`data`", KEYWORD},
    [T_TRAIN] = {"TRAIN", "`train`", KEYWORD},
    [T_ASSERT] = {"ASSERT", "`assert`", KEYWORD},
    [T_IF] = {"IF", "`if`", KEYWORD},
    [T_THEN] = {"THEN", "`then`", KEYWORD | CONTINUES},
    [T_ELSE] = {"ELSE", "`else`", KEYWORD | CONTINUES},
    [T_FOR] = {"FOR", "`for`", KEYWORD | CONTINUES},
    [T_IN] = {"IN", "`in`", KEYWORD | CONTINUES},
    [T_AND] = {"AND", "`and`", KEYWORD | CONTINUES},
    [T_OR] = {"OR", "`or`", KEYWORD | CONTINUES},
    [T_NOT] = {"NOT", "`not`", KEYWORD},
    [T_TRUE] = {"TRUE", "`true`", KEYWORD | ENDS},
    [T_FALSE] = {"FALSE", "`false`", KEYWORD | ENDS},
    [T_PIPE] = {"PIPE", "`|>`", CONTINUES},
    [T_ARROW] = {"ARROW", "`->`", CONTINUES},
    [T_EQ] = {"EQ", "`==`", CONTINUES},
    [T_NE] = {"NE", "`!=`", CONTINUES},
    [T_LT] = {"LT", "`<`", CONTINUES},
    [T_LE] = {"LE", "`<=`", CONTINUES},
    [T_GT] = {"GT", "`>`", CONTINUES},
    [T_GE] = {"GE", "`>=`", CONTINUES},
    [T_RANGE] = {"RANGE", "`..`", CONTINUES},
    [T_PLUS] = {"PLUS", "`+`", CONTINUES},
    [T_MINUS] = {"MINUS", "`-`", CONTINUES},
    [T_STAR] = {"STAR", "`*`", CONTINUES},
    [T_SLASH] = {"SLASH", "`/`", CONTINUES},
    [T_FLOOR] = {"FLOOR", "`//`", CONTINUES},
    [T_PERCENT] = {"PERCENT", "`%`", CONTINUES},
    [T_POWER] = {"POWER", "`^`", CONTINUES},
    [T_ASSIGN] = {"ASSIGN", "`=`", CONTINUES},
    [T_LPAREN] = {"LPAREN", "`(`", 0},
    [T_RPAREN] = {"RPAREN", "`)`", ENDS | CONTINUES},
    [T_LBRACE] = {"LBRACE", "`{`", 0},
    [T_RBRACE] = {"RBRACE", "`}`", ENDS | CONTINUES},
    [T_LBRACKET] = {"LBRACKET", "`[`", 0},
    [T_RBRACKET] = {"RBRACKET", "`]`", ENDS | CONTINUES},
    [T_COMMA] = {"COMMA", "`,`", CONTINUES},
    [T_DOT] = {"DOT", "`.`", CONTINUES},
    [T_COLON] = {"COLON", "`:`", CONTINUES},
};

static const int kind_count = sizeof kinds / sizeof *kinds;

const char *token_name(int kind)
{
    return kind >= 0 && kind < kind_count && kinds[kind].name ? kinds[kind].name : "?";
}

const char *token_phrase(int kind)
{
    return kind >= 0 && kind < kind_count && kinds[kind].phrase ? kinds[kind].phrase : "?";
}

static bool has_property(int kind, int property)
{
    return kind >= 0 && kind < kind_count && (kinds[kind].properties & property) != 0;
}

bool token_ends_expression(int kind)
{
    return has_property(kind, ENDS);
}

bool token_continues(int kind)
{
    return has_property(kind, CONTINUES);
}

bool token_is_keyword(int kind)
{
    return has_property(kind, KEYWORD);
}

bool token_opens(int kind)
{
    return kind == T_LPAREN || kind == T_LBRACKET || kind == T_LBRACE;
}

bool token_closes(int kind)
{
    return kind == T_RPAREN || kind == T_RBRACKET || kind == T_RBRACE;
}

int token_closer(int kind)
{
    return kind == T_LPAREN ? T_RPAREN : kind == T_LBRACKET ? T_RBRACKET : T_RBRACE;
}

const char *token_text(const SourceTable *sources, SourceSpan span, size_t *length)
{
    *length = span.end - span.start;
    return sources->files[span.file].text + span.start;
}

TokenFilter filter_make(Arena *arena, Diagnostics *diagnostics, const SourceTable *sources, int32_t file)
{
    return (TokenFilter){.lexer = lexer_make(arena, diagnostics, sources, file), .previous = T_END};
}

/* The next raw token that is neither newline nor comment; notes on its way what stands before it. */
static Token next_word(TokenFilter *filter)
{
    for (;;) {
        Token token = lexer_next(&filter->lexer);
        if (token.kind == TOKEN_NEWLINE) {
            if (!filter->line_begun)
                filter->comment_start = filter->comment_end = 0;
            filter->line_begun = false;
            continue;
        }
        bool first = !filter->line_begun;
        filter->line_begun = true;
        if (token.kind == TOKEN_COMMENT) {
            if (!first)
                continue;
            if (filter->comment_start == filter->comment_end)
                filter->comment_start = token.span.start;
            filter->comment_end = token.span.end;
            continue;
        }
        token.first_on_line = first;
        token.comment_start = first ? filter->comment_start : 0;
        token.comment_end = first ? filter->comment_end : 0;
        filter->comment_start = filter->comment_end = 0;
        return token;
    }
}

int filter_peek(const TokenFilter *filter)
{
    Lexer ahead = filter->lexer;
    ahead.diagnostics = NULL;
    return lexer_next(&ahead).kind;
}

static Token *innermost(const TokenFilter *filter)
{
    return filter->open_count > 0 ? &filter->open[filter->open_count - 1] : NULL;
}

/* Whether `token` begins a line with a keyword that can stand nowhere but at the start of an entry. `layer`, `net`, `data` and `train` may
 * also be names of settings; as entries a name follows them. */
static bool begins_entry(const TokenFilter *filter, const Token *token)
{
    if (!token->first_on_line)
        return false;
    switch (token->kind) {
    case T_LET:
    case T_ASSERT:
        return true;
    case T_USE:
        return filter_peek(filter) == T_ID || filter_peek(filter) == T_STRING;
    case T_LAYER:
    case T_NET:
    case T_DATA:
    case T_TRAIN:
        return filter_peek(filter) == T_ID;
    default:
        return false;
    }
}

static bool is_indented(const TokenFilter *filter, const Token *token)
{
    return token->span.start > 0 && filter->lexer.text[token->span.start - 1] != '\n';
}

/* Whether `token` begins an entry that cannot stand inside the innermost bracket. */
static bool begins_outer_entry(const TokenFilter *filter, const Token *token)
{
    const Token *open = innermost(filter);
    bool of_block = token->kind == T_LET || token->kind == T_ASSERT;
    return open && begins_entry(filter, token) && !(of_block && open->kind == T_LBRACE);
}

/* A bracket that is open where the file ends or where another entry begins, in `pending`. An indented definition in a block was probably
 * meant to stand in it. */
static void report_unclosed(const TokenFilter *filter)
{
    Diagnostics *diagnostics = filter->lexer.diagnostics;
    const Token *open = innermost(filter);
    const Token *at = &filter->pending;
    if (!diagnostics)
        return;
    if (open->kind == T_LBRACE && at->kind != T_END && is_indented(filter, at)) {
        Diagnostic *diagnostic =
            diagnostics_error(diagnostics, 210, at->span, "%s stands outside of blocks", token_phrase(at->kind));
        diagnostic_note(diagnostics, diagnostic, open->span, "this block is still open");
        return;
    }
    Diagnostic *diagnostic = diagnostics_error(diagnostics, 203, open->span, "this %s is not closed", token_phrase(open->kind));
    if (at->kind == T_END)
        diagnostic_help(diagnostics, diagnostic, "add %s; the file ends before it", token_phrase(token_closer(open->kind)));
    else
        diagnostic_note(diagnostics, diagnostic, at->span, "%s must come before %s here", token_phrase(token_closer(open->kind)),
                        token_phrase(at->kind));
}

/* How many brackets end before such an entry: a `let` or `assert` that is indented belongs to the innermost block, anything else stands
 * outside of all brackets. */
static int64_t brackets_before_entry(const TokenFilter *filter, const Token *token)
{
    if (is_indented(filter, token) && (token->kind == T_LET || token->kind == T_ASSERT))
        for (int64_t i = filter->open_count; i-- > 0;)
            if (filter->open[i].kind == T_LBRACE)
                return filter->open_count - i - 1;
    return filter->open_count;
}

/* How many brackets a closer ends beyond its own opener, or -1 when it has none. */
static int64_t brackets_before_closer(const TokenFilter *filter, const Token *token)
{
    for (int64_t i = filter->open_count; i-- > 0;)
        if (token_closer(filter->open[i].kind) == token->kind)
            return filter->open_count - i - 1;
    return -1;
}

/* A closer that does not fit. `meant` is the closer that is taken for it, or T_END when it is dropped. */
static void report_closer(const TokenFilter *filter, const Token *token, int meant)
{
    Diagnostics *diagnostics = filter->lexer.diagnostics;
    if (!diagnostics)
        return;
    const char *found = token_phrase(token->kind);
    if (meant == T_END) {
        diagnostics_error(diagnostics, 204, token->span, "%s closes nothing", found);
        return;
    }
    Diagnostic *diagnostic = diagnostics_error(diagnostics, 204, token->span, "expected %s, found %s", token_phrase(meant), found);
    const Token *open = innermost(filter);
    diagnostic_note(diagnostics, diagnostic, open->span, "%s was opened here", token_phrase(open->kind));
}

/* Finds how many brackets the closer in `pending` ends beyond its own. One without an opener is taken for the one that is due, or
 * dropped where none is due; then gives false. */
static bool fit_closer(TokenFilter *filter)
{
    Token *token = &filter->pending;
    const Token *open = innermost(filter);
    int due = open ? token_closer(open->kind) : T_END;
    int64_t others = brackets_before_closer(filter, token);
    if (others < 0 && due != T_RPAREN && due != T_RBRACKET) {
        if (filter->closed_early == 0)
            report_closer(filter, token, T_END);
        else
            filter->closed_early--;
        return false;
    }
    if (others != 0)
        report_closer(filter, token, due);
    if (others < 0)
        token->kind = due;
    filter->to_close = others < 0 ? 0 : others;
    return true;
}

/* Reads the next word into `pending`, and finds how many brackets are to be closed before it. */
static void read_pending(TokenFilter *filter)
{
    bool first_on_line = false;
    bool read = false;
    while (!read) {
        filter->pending = next_word(filter);
        filter->to_close = 0;
        Token *token = &filter->pending;
        token->first_on_line = token->first_on_line || first_on_line;
        first_on_line = token->first_on_line;
        read = true;
        if ((token->kind == T_END && filter->open_count > 0) || begins_outer_entry(filter, token)) {
            report_unclosed(filter);
            filter->to_close = brackets_before_entry(filter, token);
            filter->closed_early += filter->to_close;
        } else if (token_closes(token->kind)) {
            read = fit_closer(filter);
        }
    }
    filter->has_pending = true;
}

/* Whether a T_SEP stands before `pending`: for a newline, or at the end of the text. */
static bool separator_before_pending(const TokenFilter *filter)
{
    if (filter->pending.kind == T_END)
        return filter->previous != T_SEP && filter->previous != T_END;
    const Token *open = innermost(filter);
    bool begun = filter->previous != T_SEP && filter->previous != T_END && filter->previous != T_LBRACE;
    if (begun && begins_entry(filter, &filter->pending))
        return true; /* the entry before it is not complete, which the parser says */
    return filter->pending.first_on_line && token_ends_expression(filter->previous) && (!open || open->kind == T_LBRACE) &&
           !has_property(filter->pending.kind, CONTINUES);
}

static void open_bracket(TokenFilter *filter, const Token *token)
{
    if (filter->open_count == NESTING_LIMIT && !filter->too_deep) {
        filter->too_deep = true;
        if (filter->lexer.diagnostics)
            diagnostics_error(filter->lexer.diagnostics, 1002, token->span, "more than %d brackets are open here", NESTING_LIMIT);
    }
    filter->open = arena_grow(filter->lexer.arena, filter->open, filter->open_count, &filter->open_capacity, sizeof *filter->open);
    filter->open[filter->open_count++] = *token;
}

/* A token that is not in the text stands right behind the last one. */
static Token insert(const TokenFilter *filter, int kind)
{
    uint32_t end = filter->previous_span.end;
    return (Token){.kind = kind, .span = {filter->lexer.file, end, end}, .inserted = true};
}

static Token take_pending(TokenFilter *filter)
{
    Token token = filter->pending;
    filter->has_pending = token.kind == T_END;
    if (token_opens(token.kind))
        open_bracket(filter, &token);
    else if (token_closes(token.kind))
        filter->open_count--;
    return token;
}

Token filter_next(TokenFilter *filter)
{
    Token token;
    do {
        if (!filter->has_pending)
            read_pending(filter);
        if (filter->to_close > 0) {
            filter->to_close--;
            token = insert(filter, token_closer(innermost(filter)->kind));
            filter->open_count--;
        } else if (separator_before_pending(filter)) {
            token = insert(filter, T_SEP);
        } else {
            token = take_pending(filter);
        }
    } while (token.kind == T_SEP && (filter->previous == T_SEP || filter->previous == T_END));
    filter->previous = token.kind;
    filter->previous_span = token.span;
    return token;
}

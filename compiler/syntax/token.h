/* Tokens: what the lexer gives, and what the parser sees behind the newline filter. */
#ifndef STRATA_SYNTAX_TOKEN_H
#define STRATA_SYNTAX_TOKEN_H

#include "diagnose/diagnostic.h"

/* Kinds that only the lexer knows; all others are the terminals T_... of grammar.h, which Lemon writes. */
enum { TOKEN_NEWLINE = 1000, TOKEN_COMMENT };

typedef struct Token {
    int kind;
    SourceSpan span;
    double number;          /* of T_NUMBER */
    bool first_on_line;     /* only spaces before it */
    bool inserted;          /* not in the text: put in by the filter */
    uint32_t comment_start; /* the comment lines right above it; both equal when there are none */
    uint32_t comment_end;
} Token;

/* Text to raw tokens, newlines and comments included. What is wrong is reported; a token that was probably meant takes its place, or
 * T_BAD, about which the parser says nothing more. */
typedef struct Lexer {
    Diagnostics *diagnostics; /* null: say nothing, because the parser is skipping behind a mistake or only looks */
    Arena *arena;
    int32_t file;
    const unsigned char *text;
    const unsigned char *token;
    const unsigned char *cursor;
    const unsigned char *marker;
    const unsigned char *limit;
    const unsigned char *told; /* the end of what was reported last */
    int told_code;             /* and its code; the same mistake is said once a line */
} Lexer;

Lexer lexer_make(Arena *arena, Diagnostics *diagnostics, const SourceTable *sources, int32_t file);

/* The next raw token; T_END (0) at the end, as often as asked. */
Token lexer_next(Lexer *lexer);

enum { NESTING_LIMIT = 1000, T_END = 0 };

/* Raw tokens to the parser's tokens: comments go, newlines become T_SEP or go, and brackets are balanced: a closer that is missing is
 * reported and put in, one too many is reported and dropped. So the parser may rely on brackets, and recover inside them. */
typedef struct TokenFilter {
    Lexer lexer;
    Token *open; /* the brackets that are open, innermost last */
    int64_t open_count;
    int64_t open_capacity;
    int previous;             /* kind of the last token given, or T_END at the start */
    SourceSpan previous_span; /* and its place */
    Token pending;            /* read but not yet given, when has_pending */
    bool has_pending;
    int64_t closed_early;   /* brackets that were closed because an entry began: their closers may still come, and are dropped */
    int64_t to_close;       /* brackets to be closed before `pending` is given */
    bool too_deep;          /* NESTING_LIMIT was passed and reported */
    bool line_begun;        /* something stands on this line already */
    uint32_t comment_start; /* of the comment lines that end on the line above; equal when none */
    uint32_t comment_end;
} TokenFilter;

TokenFilter filter_make(Arena *arena, Diagnostics *diagnostics, const SourceTable *sources, int32_t file);

/* The next token. Behind the last one come a T_SEP (if the last was none) and T_END. */
Token filter_next(TokenFilter *filter);

/* The kind of the raw token behind the last one that was read; reads nothing, says nothing. */
int filter_peek(const TokenFilter *filter);

/* The name of a kind in dumps: NUMBER, SEP. */
const char *token_name(int kind);

/* What a user would call a token of this kind: "`+`", "a name". */
const char *token_phrase(int kind);

/* The text of a token; length in `length`. */
const char *token_text(const SourceTable *sources, SourceSpan span, size_t *length);

/* Whether an expression can end with a token of this kind. */
bool token_ends_expression(int kind);

/* Whether a line that begins with it goes on with the entry of the line before. */
bool token_continues(int kind);

bool token_opens(int kind);
bool token_closes(int kind);

/* The closing bracket of an opening one. */
int token_closer(int kind);

/* Whether the kind is a keyword. */
bool token_is_keyword(int kind);

#endif

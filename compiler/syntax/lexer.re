/* The lexer: bytes to raw tokens. re2c makes lexer.c of this file.
 *
 * Each rule that matches a mistake reports it and gives the token that was probably meant, so that the parser goes on as if it had been
 * written; where nothing can be guessed it gives T_BAD. The texts of those reports are in lexical.c. */
#include "syntax/token.h"

#include "syntax/grammar.h"
#include "syntax/lexical.h"

static Token make(const Lexer *lexer, int kind)
{
    return (Token){
        .kind = kind,
        .span = {lexer->file, (uint32_t)(lexer->token - lexer->text), (uint32_t)(lexer->cursor - lexer->text)},
    };
}

/* The rules. Longest match wins, then the first in the list. */
static int scan(Lexer *lexer)
{
    lexer->token = lexer->cursor;
    /*!re2c
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = "lexer->cursor";
    re2c:define:YYMARKER = "lexer->marker";
    re2c:define:YYLIMIT = "lexer->limit";
    re2c:yyfill:enable = 0;
    re2c:eof = 0;

    digits    = [0-9]+;
    number    = digits ("_" digits)* ("." digits)? ([eE] [+-]? digits)?;
    shape     = digits ("x" digits)+;
    start     = [A-Za-z_];
    part      = [A-Za-z0-9_];
    tail      = [\x80-\xbf];
    /* Letters beyond ASCII by their UTF-8 form: from U+00C0 without the two signs of arithmetic, but not punctuation and symbols (0xE2). */
    letter    = "\xc3" ([\x80-\xbf] \ [\x97\xb7]) | [\xc4-\xdf] tail | [\xe0\xe1\xe3-\xed] tail tail;
    character = [\xc2-\xdf] tail | [\xe0-\xef] tail tail | [\xf0-\xf4] tail tail tail;
    quoted    = ["] ([^"\\\n] | "\\" [^\n])*;

    $                      { return T_END; }
    [ \t\r]+               { return scan_again; }
    "\n"                   { return TOKEN_NEWLINE; }
    "#" [^\n]*             { return TOKEN_COMMENT; }

    number                 { lexical_check_trailing_point(lexer); return T_NUMBER; }
    shape                  { return T_SHAPE; }
    (number | shape) (start part* | letter (part | letter)*)
                           { return lexical_number_with_letters(lexer); }
    "." digits             { return lexical_leading_point(lexer); }

    quoted ["]             { return T_STRING; }
    quoted "\\"?           { return lexical_open_string(lexer); }
    ['] [^'\n]* [']        { return lexical_single_quotes(lexer); }

    "use"                  { return T_USE; }
    "as"                   { return T_AS; }
    "let"                  { return T_LET; }
    "layer"                { return T_LAYER; }
    "net"                  { return T_NET; }
    "data"                 { return T_DATA; }
    "train"                { return T_TRAIN; }
    "assert"               { return T_ASSERT; }
    "if"                   { return T_IF; }
    "then"                 { return T_THEN; }
    "else"                 { return T_ELSE; }
    "for"                  { return T_FOR; }
    "in"                   { return T_IN; }
    "and"                  { return T_AND; }
    "or"                   { return T_OR; }
    "not"                  { return T_NOT; }
    "true"                 { return T_TRUE; }
    "false"                { return T_FALSE; }
    start part*            { return T_ID; }
    (start part*)? letter (part | letter)*
                           { return lexical_foreign_letters(lexer); }

    "|>"                   { return T_PIPE; }
    "->"                   { return T_ARROW; }
    "=="                   { return T_EQ; }
    "!="                   { return T_NE; }
    "<="                   { return T_LE; }
    ">="                   { return T_GE; }
    "<"                    { return T_LT; }
    ">"                    { return T_GT; }
    ".."                   { return T_RANGE; }
    "//"                   { return T_FLOOR; }
    "+"                    { return T_PLUS; }
    "-"                    { return T_MINUS; }
    "*"                    { return T_STAR; }
    "/"                    { return T_SLASH; }
    "%"                    { return T_PERCENT; }
    "^"                    { return T_POWER; }
    "="                    { return T_ASSIGN; }
    "("                    { return T_LPAREN; }
    ")"                    { return T_RPAREN; }
    "{"                    { return T_LBRACE; }
    "}"                    { return T_RBRACE; }
    "["                    { return T_LBRACKET; }
    "]"                    { return T_RBRACKET; }
    ","                    { return T_COMMA; }
    "."                    { return T_DOT; }
    ":"                    { return T_COLON; }
    ";"                    { return T_SEP; }

    "&&" | "&"             { return lexical_operator(lexer, T_AND); }
    "||"                   { return lexical_operator(lexer, T_OR); }
    "|"                    { return lexical_operator(lexer, T_PIPE); }
    "!"                    { return lexical_operator(lexer, T_NOT); }
    "==="                  { return lexical_operator(lexer, T_EQ); }
    "!==" | "<>"           { return lexical_operator(lexer, T_NE); }
    "=>"                   { return lexical_operator(lexer, T_ARROW); }
    ":="                   { return lexical_operator(lexer, T_ASSIGN); }
    "**"                   { return lexical_operator(lexer, T_POWER); }
    "+=" | "-=" | "*=" | "/="
                           { return lexical_operator(lexer, T_BAD); }
    "/*"                   { return lexical_block_comment(lexer); }
    "\xef\xbb\xbf"         { return lexer->token == lexer->text ? scan_again : lexical_character(lexer); }
    character              { return lexical_character(lexer); }
    *                      { return lexical_byte(lexer); }
    */
}

Lexer lexer_make(Arena *arena, Diagnostics *diagnostics, const SourceTable *sources, int32_t file)
{
    const SourceFile *source = &sources->files[file];
    const unsigned char *text = (const unsigned char *)source->text;
    return (Lexer){
        .diagnostics = diagnostics,
        .arena = arena,
        .file = file,
        .text = text,
        .token = text,
        .cursor = text,
        .marker = text,
        .limit = text + source->length,
        .told = text,
    };
}

Token lexer_next(Lexer *lexer)
{
    int kind;
    do {
        if (lexer->diagnostics && lexer->diagnostics->full)
            lexer->cursor = lexer->limit; /* no more mistakes will be shown, so there is nothing more to read */
        kind = scan(lexer);
    } while (kind == scan_again);
    Token token = make(lexer, kind);
    if (kind == T_NUMBER)
        token.number = lexical_number(lexer);
    else if (kind == T_SHAPE)
        lexical_check_shape(lexer);
    else if (kind == T_STRING)
        lexical_check_string(lexer);
    else if (kind == TOKEN_COMMENT)
        lexical_check_text(lexer, lexer->token, lexer->cursor);
    return token;
}

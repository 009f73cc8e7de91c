/* The driver of the parser: gives it the tokens of a file, and behind a mistake skips to where it can go on.
 *
 * The filter has balanced the brackets, so a mistake is left behind at the closer of the bracket that it stands in, or at the end of its
 * entry; groups in brackets between are skipped as wholes, and what is wrong with the skipped tokens is not said. That keeps one mistake
 * from being reported twice. */
#include "syntax/parse.h"

#include "syntax/grammar.h"
#include "syntax/grammar_parser.h"

static void give(Parse *parse, void *parser, Token token)
{
    if (parse->previous.kind == T_SEP || parse->previous.kind == T_LBRACE || parse->previous.kind == T_END)
        parse->entry = token;
    if (token.kind == T_BAD)
        parse->spoiled = true;
    Grammar(parser, token.kind, token);
    if (token.kind == T_SEP)
        parse->spoiled = false;
    if (token.kind == T_FLOOR)
        parse->floor = token;
    parse->before = parse->previous;
    parse->previous = token;
}

/* Skips to the closer of the bracket that `wrong` stands in, or to the end of its entry, and gives that to the parser. */
static void skip(Parse *parse, void *parser, Token wrong)
{
    TokenFilter *filter = &parse->filter;
    int64_t depth = filter->open_count - (token_opens(wrong.kind) ? 1 : 0);
    Token token;
    filter->lexer.diagnostics = NULL;
    do {
        token = filter_next(filter);
        bool ends = filter->open_count < depth || (filter->open_count == depth && token.kind == T_SEP) || token.kind == T_END;
        if (ends)
            give(parse, parser, token);
    } while (grammar_is_recovering(parser) && token.kind != T_END && !filter->too_deep);
    filter->lexer.diagnostics = parse->diagnostics;
}

static void run(Parse *parse, int start)
{
    void *parser = grammar_new(parse);
    Token token = {.kind = start, .span = {parse->filter.lexer.file, 0, 0}};
    Grammar(parser, start, token);
    do {
        token = filter_next(&parse->filter);
        if (parse->filter.too_deep)
            break;
        give(parse, parser, token);
        if (grammar_is_recovering(parser))
            skip(parse, parser, token);
        grammar_resume(parser);
    } while (token.kind != T_END && !parse->stopped && !parse->diagnostics->full);
}

static bool fits(Diagnostics *diagnostics, int32_t file)
{
    if (diagnostics->sources->files[file].length <= SOURCE_LIMIT)
        return true;
    diagnostics_error(diagnostics, 1001, (SourceSpan){file, 0, 0}, "the file is longer than 8 MB");
    return false;
}

static Parse parse_make(Arena *arena, Diagnostics *diagnostics, int32_t file)
{
    return (Parse){
        .arena = arena,
        .diagnostics = diagnostics,
        .filter = filter_make(arena, diagnostics, diagnostics->sources, file),
        .previous = {.kind = T_END, .span = {file, 0, 0}},
    };
}

AstFile *parse_file(Arena *arena, Diagnostics *diagnostics, int32_t file)
{
    AstFile *result = arena_zero(arena, 1, sizeof *result);
    result->file = file;
    if (!fits(diagnostics, file))
        return result;
    Parse parse = parse_make(arena, diagnostics, file);
    run(&parse, T_START);
    result->items = parse.items;
    return result;
}

Ast *parse_expression(Arena *arena, Diagnostics *diagnostics, int32_t file)
{
    Ast *error = arena_zero(arena, 1, sizeof *error);
    *error = (Ast){.kind = AST_ERROR, .depth = 1, .span = {file, 0, 0}};
    if (!fits(diagnostics, file))
        return error;
    Parse parse = parse_make(arena, diagnostics, file);
    run(&parse, T_START_EXPRESSION);
    return parse.expression ? parse.expression : error;
}

bool parse_is_complete(Arena *arena, const char *text, size_t length)
{
    SourceTable sources = source_table_make(arena);
    int32_t file = source_add(&sources, "", text, length, false);
    TokenFilter filter = filter_make(arena, NULL, &sources, file);
    int last = T_SEP;
    for (Token token = filter_next(&filter); token.kind != T_END; token = filter_next(&filter)) {
        if (token.inserted && token.kind != T_SEP)
            return false;
        if (!token.inserted)
            last = token.kind;
    }
    return last == T_SEP || last == T_BAD || token_ends_expression(last);
}

/* The canonical layout of a file; see format.h.
 *
 * The author's line breaks stay, but for several empty lines and for lines that are too long. Everything else is decided here and in
 * layout.c: indentation by two, chains below their head, spaces around operators but not in `pad=2` and `1..n`, `=` of settings of `train`
 * below each other. Pieces that the author put below each other with extra spaces stay so. */
#include "syntax/format.h"

#include "syntax/grammar.h"
#include "syntax/parse.h"

#include <string.h>

int32_t format_find(const Format *format, uint32_t start)
{
    int32_t low = 0;
    int32_t high = format->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (format->pieces[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t format_next(const Format *format, int32_t piece)
{
    do {
        piece++;
    } while (piece < format->count && format->pieces[piece].kind == TOKEN_COMMENT);
    return piece < format->count ? piece : NO_PIECE;
}

int32_t format_previous(const Format *format, int32_t piece)
{
    do {
        piece--;
    } while (piece >= 0 && format->pieces[piece].kind == TOKEN_COMMENT);
    return piece;
}

/* --- collecting --- */

static int32_t characters(const char *text, size_t length)
{
    int32_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* The number of raw tokens that become pieces. */
static int32_t count_pieces(Lexer lexer)
{
    int32_t count = 0;
    for (Token token = lexer_next(&lexer); token.kind != T_END; token = lexer_next(&lexer))
        count += token.kind != TOKEN_NEWLINE;
    return count;
}

/* Where the last piece ended: its byte and column, and how many lines have ended since. */
typedef struct Place {
    uint32_t end;
    int32_t column;
    int newlines;
} Place;

static uint32_t end_without_spaces(const Format *format, const Token *token)
{
    uint32_t end = token->span.end;
    while (token->kind == TOKEN_COMMENT && strchr(" \t\r", format->text[end - 1]))
        end--;
    return end;
}

static Piece make_piece(const Format *format, const Token *token, const Place *place)
{
    uint32_t end = end_without_spaces(format, token);
    int32_t spaces = characters(format->text + place->end, token->span.start - place->end);
    return (Piece){
        .kind = token->kind,
        .start = token->span.start,
        .end = end,
        .width = characters(format->text + token->span.start, end - token->span.start),
        .source_column = place->column + spaces,
        .source_spaces = spaces,
        .first = format->count == 0 || place->newlines > 0,
        .blank_before = format->count > 0 && place->newlines > 1,
        .anchor = NO_PIECE,
        .opener = NO_PIECE,
        .partner = NO_PIECE,
    };
}

static void collect(Format *format, Lexer lexer)
{
    format->pieces = arena_take(format->arena, ((size_t)count_pieces(lexer) + 1) * sizeof *format->pieces);
    Place place = {0};
    for (Token token = lexer_next(&lexer); token.kind != T_END; token = lexer_next(&lexer)) {
        if (token.kind == TOKEN_NEWLINE) {
            place = (Place){token.span.end, 0, place.newlines + 1};
            continue;
        }
        Piece piece = make_piece(format, &token, &place);
        format->pieces[format->count++] = piece;
        place = (Place){token.span.end, piece.source_column + piece.width, 0};
    }
}

/* Finds the bracket around each piece and the partner of each bracket; the file has no syntax errors, so that all have one. */
static void match_brackets(Format *format)
{
    int32_t open = NO_PIECE;
    int32_t depth = 0;
    for (int32_t i = 0; i < format->count; i++) {
        Piece *piece = &format->pieces[i];
        if (token_closes(piece->kind) && open != NO_PIECE) {
            piece->partner = open;
            format->pieces[open].partner = i;
            open = format->pieces[open].opener;
            depth--;
        }
        piece->opener = open;
        piece->depth = depth;
        if (token_opens(piece->kind)) {
            open = i;
            depth++;
        }
    }
}

/* Entries of the file stand on lines of their own; empty lines do not stand behind an opening bracket and before a closing one. */
static void place_entries(Format *format)
{
    for (int32_t i = 0; i < format->count; i++) {
        Piece *piece = &format->pieces[i];
        int32_t before = format_previous(format, i);
        if (piece->kind == T_SEP && piece->first && i + 1 < format->count) {
            format->pieces[i + 1].first = true;
            format->pieces[i + 1].blank_before |= piece->blank_before;
            piece->first = piece->blank_before = false;
        }
        bool entry = piece->depth == 0 && before != NO_PIECE && format->pieces[before].kind == T_SEP;
        if (entry && piece->kind != TOKEN_COMMENT && piece->kind != T_SEP)
            piece->first = true;
        if (i > 0 && (token_opens(format->pieces[i - 1].kind) || token_closes(piece->kind)))
            piece->blank_before = false;
    }
}

/* --- what is written, and with which spaces --- */

bool format_is_visible(const Format *format, int32_t piece)
{
    if (format->pieces[piece].kind != T_SEP)
        return true;
    int32_t next = format_next(format, piece);
    if (next == NO_PIECE || format->pieces[next].kind == T_SEP || format->pieces[next].kind == T_RBRACE)
        return false;
    /* A line that begins with `-` would go on with the one before it. */
    return !format->pieces[next].first || token_continues(format->pieces[next].kind);
}

static bool is_tight_assign(const Format *format, const Piece *piece)
{
    return piece->kind == T_ASSIGN && piece->opener != NO_PIECE && format->pieces[piece->opener].kind == T_LPAREN;
}

/* A minus with nothing before it to subtract from. */
static bool is_sign(const Format *format, int32_t piece)
{
    if (format->pieces[piece].kind != T_MINUS)
        return false;
    int32_t before = format_previous(format, piece);
    return before == NO_PIECE || !token_ends_expression(format->pieces[before].kind);
}

int format_gap(const Format *format, int32_t left, int32_t right)
{
    const Piece *a = &format->pieces[left];
    const Piece *b = &format->pieces[right];
    if (b->kind == TOKEN_COMMENT)
        return 2;
    if (a->kind == T_NUMBER && b->kind == T_DOT)
        return 1; /* `1.` would be no number */
    if (a->kind == T_LPAREN || a->kind == T_LBRACKET || a->kind == T_DOT || a->kind == T_RANGE || is_tight_assign(format, a) ||
        is_sign(format, left))
        return 0;
    if (b->kind == T_RPAREN || b->kind == T_RBRACKET || b->kind == T_DOT || b->kind == T_RANGE || b->kind == T_COMMA ||
        b->kind == T_SEP || b->kind == T_COLON || is_tight_assign(format, b))
        return 0;
    if ((a->kind == T_LBRACE && a->tight) || (b->kind == T_RBRACE && b->tight))
        return 0;
    bool applied = b->kind == T_LPAREN || b->kind == T_LBRACKET;
    return applied && token_ends_expression(a->kind) ? 0 : 1;
}

/* --- writing --- */

static void write_pieces(const Format *format, Text *out)
{
    int64_t column = 0;
    bool begun = false;
    for (int32_t i = 0; i < format->count; i++) {
        const Piece *piece = &format->pieces[i];
        if (!format_is_visible(format, i))
            continue;
        if (piece->first && begun) {
            text_add(out, piece->blank_before ? "\n\n" : "\n");
            column = 0;
        }
        text_repeat(out, ' ', piece->column - column);
        text_add_bytes(out, format->text + piece->start, piece->end - piece->start);
        column = piece->column + piece->width;
        begun = true;
    }
    if (begun)
        text_add(out, "\n");
}

/* Alignment that cannot be kept is lost in the first round, and what rests on it in the next; few are needed. */
enum { MOST_ROUNDS = 16 };

void format_file(Arena *arena, Diagnostics *diagnostics, const AstFile *file, Text *out)
{
    Format format = {.arena = arena, .text = diagnostics->sources->files[file->file].text};
    collect(&format, lexer_make(arena, NULL, diagnostics->sources, file->file));
    match_brackets(&format);
    place_entries(&format);
    int rounds = 0;
    do {
        anchor_pieces(&format, file);
        layout_columns(&format);
    } while (break_lines(&format) || (layout_adopt(&format) && ++rounds < MOST_ROUNDS));
    write_pieces(&format, out);
}

/* Breaks of lines that are too long; see format.h.
 *
 * anchor.c has marked where a line may be broken, and for which node of the tree. A line is broken for the outermost node that has such a
 * place on it and for which it helps; what then is still too long is broken again. A break stands only where a newline means nothing to
 * the grammar. */
#include "syntax/format.h"

#include "syntax/grammar.h"

/* Behind this column an opening bracket ends its line, so that what is inside has room. */
enum { FAR_RIGHT = 60 };

/* A line that is too long: its pieces, without a comment at its end. */
typedef struct Line {
    Format *format;
    int32_t start;
    int32_t end;
} Line;

static Piece *piece_of(const Line *line, int32_t index)
{
    return &line->format->pieces[index];
}

static int32_t end_column(const Line *line, int32_t index)
{
    return piece_of(line, index)->column + piece_of(line, index)->width;
}

/* Whether what follows a break before `index` would fit on a line of its own, indented from this one. */
static bool fits_behind(const Line *line, int32_t index)
{
    int32_t length = end_column(line, line->end - 1) - piece_of(line, index)->column;
    return piece_of(line, line->start)->column + INDENT + length <= LINE_WIDTH;
}

/* All steps of a chain that stand on this line. */
static void break_chain(const Line *line, int32_t node)
{
    for (int32_t i = line->start + 1; i < line->end; i++)
        if (piece_of(line, i)->break_kind == BREAK_CHAIN && piece_of(line, i)->break_node == node)
            piece_of(line, i)->first = true;
}

static bool is_of_node(const Line *line, int32_t index, int32_t node)
{
    return piece_of(line, index)->break_kind == BREAK_FILL && piece_of(line, index)->break_node == node;
}

/* The next place of a node behind `index`, or the end of the line. */
static int32_t next_of_node(const Line *line, int32_t index, int32_t node)
{
    do {
        index++;
    } while (index < line->end && !is_of_node(line, index, node));
    return index;
}

/* About where a line will begin that is broken before a place of a node: the layout says it exactly, and breaks again where need be. */
static int32_t column_behind(const Line *line, int32_t first, int32_t node)
{
    int32_t open = piece_of(line, first)->opener;
    if (is_of_node(line, line->start, node))
        return piece_of(line, line->start)->column;
    if (open != NO_PIECE && open >= line->start)
        return piece_of(line, open)->column + 1;
    if (piece_of(line, format_previous(line->format, first))->kind == T_COMMA)
        return piece_of(line, line->start)->column + INDENT;
    return piece_of(line, first)->column;
}

/* The end of the part that begins at `index`: where the next one begins, or the bracket closes. */
static int32_t part_end(const Line *line, int32_t index, int32_t next)
{
    int32_t open = piece_of(line, index)->opener;
    int32_t close = open != NO_PIECE ? piece_of(line, open)->partner : NO_PIECE;
    if (close > index && close < next)
        return end_column(line, close);
    return end_column(line, next - 1);
}

/* As many places of a node as are needed, from the left. */
static void break_fill(const Line *line, int32_t node)
{
    int32_t first = next_of_node(line, line->start, node);
    int32_t column = column_behind(line, first, node);
    int32_t moved = 0; /* by how much what follows moves to the left */
    int32_t chosen = NO_PIECE;
    for (int32_t i = first; i < line->end;) {
        int32_t next = next_of_node(line, i, node);
        if (part_end(line, i, next) - moved > LINE_WIDTH) {
            piece_of(line, i)->first = true;
            moved = piece_of(line, i)->column - column;
            chosen = i;
        }
        i = next;
    }
    if (chosen == NO_PIECE)
        piece_of(line, first)->first = true;
}

/* Arguments or elements. Where the bracket around them is far to the right, first behind that bracket and before its closer. */
static void break_parts(const Line *line, int32_t index)
{
    int32_t open = piece_of(line, index)->opener;
    bool far = open != NO_PIECE && open >= line->start && piece_of(line, open)->kind != T_LBRACE &&
               piece_of(line, open)->column > FAR_RIGHT;
    if (!far) {
        break_fill(line, piece_of(line, index)->break_node);
        return;
    }
    piece_of(line, format_next(line->format, open))->first = true;
    piece_of(line, piece_of(line, open)->partner)->first = true;
}

/* Each entry of a block on a line of its own, and the closing brace, too. */
static void break_block(const Line *line, int32_t index)
{
    int32_t open = piece_of(line, index)->opener;
    int32_t close = piece_of(line, open)->partner;
    piece_of(line, index)->first = true;
    for (int32_t i = index; i < close; i++) {
        int32_t next = format_next(line->format, i);
        if (piece_of(line, i)->kind == T_SEP && piece_of(line, i)->opener == open)
            piece_of(line, next)->first = true;
    }
    piece_of(line, close)->first = true;
}

/* Whether the bracket around a piece, if it is one of parentheses or a list, reaches beyond the width: breaking another changes little. */
static bool is_open_at_end(const Line *line, int32_t index)
{
    int32_t open = piece_of(line, index)->opener;
    if (open == NO_PIECE || piece_of(line, open)->kind == T_LBRACE)
        return true;
    int32_t close = piece_of(line, open)->partner;
    return close >= line->end || end_column(line, close) > LINE_WIDTH;
}

/* Whether a break before the piece is possible and helps. */
static bool is_useful(const Line *line, int32_t index)
{
    const Piece *piece = piece_of(line, index);
    if (piece->break_kind == BREAK_NONE || piece->first)
        return false;
    if (piece->break_kind == BREAK_FILL)
        return is_open_at_end(line, index);
    return piece->break_kind != BREAK_VALUE || fits_behind(line, index);
}

/* Breaks a line for the outermost node; false when there is no place. */
static bool break_line(const Line *line)
{
    int32_t best = NO_PIECE;
    for (int32_t i = line->start + 1; i < line->end; i++)
        if (is_useful(line, i) && (best == NO_PIECE || piece_of(line, i)->break_level < piece_of(line, best)->break_level))
            best = i;
    if (best == NO_PIECE)
        return false;
    switch (piece_of(line, best)->break_kind) {
    case BREAK_CHAIN:
        break_chain(line, piece_of(line, best)->break_node);
        break;
    case BREAK_FILL:
        break_parts(line, best);
        break;
    case BREAK_BLOCK:
        break_block(line, best);
        break;
    default:
        piece_of(line, best)->first = true;
        break;
    }
    return true;
}

bool break_lines(Format *format)
{
    bool broken = false;
    int32_t start = 0;
    while (start < format->count) {
        int32_t next = start + 1;
        while (next < format->count && !format->pieces[next].first)
            next++;
        Line line = {format, start, next};
        while (line.end > start && (format->pieces[line.end - 1].kind == TOKEN_COMMENT || !format_is_visible(format, line.end - 1)))
            line.end--;
        if (line.end > start && end_column(&line, line.end - 1) > LINE_WIDTH)
            broken = break_line(&line) || broken;
        start = next;
    }
    return broken;
}

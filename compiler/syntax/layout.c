/* Columns of pieces for the line breaks as they are; see format.h.
 *
 * What is first on its line stands where its anchor says; all else follows what is before it. Pieces that the author put below each other,
 * and `=` of settings of `train`, form groups: all get the column of the one that is furthest right. */
#include "syntax/format.h"

#include "syntax/grammar.h"

/* --- groups: pieces that stand below each other --- */

/* Joins the rings of two pieces that are not in one ring yet. */
static void join(Format *format, int32_t a, int32_t b)
{
    int32_t next = format->pieces[a].next_in_group;
    format->pieces[a].next_in_group = format->pieces[b].next_in_group;
    format->pieces[b].next_in_group = next;
}

/* The `=` of the only setting of `train` on a line, or NO_PIECE. */
static int32_t only_setting(const Format *format, int32_t line, int32_t end)
{
    int32_t found = NO_PIECE;
    for (int32_t i = line; i < end; i++) {
        if (!format->pieces[i].of_train)
            continue;
        if (found != NO_PIECE)
            return NO_PIECE;
        found = i;
    }
    return found;
}

/* Whether extra spaces may stand before a piece: where one stands anyway. */
static bool can_be_moved(const Format *format, int32_t index)
{
    const Piece *piece = &format->pieces[index];
    return !piece->first && !piece->of_train && format_is_visible(format, index) && format_gap(format, index - 1, index) > 0;
}

/* Whether the author put two pieces of neighbouring lines below each other: they have one column, and one of them extra spaces. */
static bool were_aligned(const Format *format, int32_t a, int32_t b)
{
    const Piece *upper = &format->pieces[a];
    const Piece *lower = &format->pieces[b];
    bool spaced = upper->source_spaces > 1 || lower->source_spaces > 1 || upper->kind == TOKEN_COMMENT;
    return upper->source_column == lower->source_column && upper->kind == lower->kind && spaced && can_be_moved(format, a) &&
           can_be_moved(format, b);
}

/* Joins what is aligned on the lines [above, line) and [line, end). */
static void join_lines(Format *format, int32_t above, int32_t line, int32_t end)
{
    int32_t a = above;
    int32_t b = line;
    while (a < line && b < end) {
        const Piece *upper = &format->pieces[a];
        const Piece *lower = &format->pieces[b];
        if (were_aligned(format, a, b))
            join(format, a, b);
        if (upper->source_column <= lower->source_column)
            a++;
        else
            b++;
    }
    int32_t setting_above = only_setting(format, above, line);
    int32_t setting = only_setting(format, line, end);
    if (setting_above != NO_PIECE && setting != NO_PIECE && format->pieces[setting_above].opener == format->pieces[setting].opener)
        join(format, setting_above, setting);
}

static void find_lines(Format *format)
{
    int32_t line = 0;
    int32_t above = NO_PIECE;
    for (int32_t i = 0; i < format->count; i++) {
        Piece *piece = &format->pieces[i];
        piece->settled = piece->busy = false;
        piece->next_in_group = i;
        if (piece->first && i > 0) {
            if (above != NO_PIECE && !format->pieces[line].blank_before)
                join_lines(format, above, line, i);
            above = line;
            line = i;
        }
        piece->line_start = line;
    }
    if (above != NO_PIECE && !format->pieces[line].blank_before)
        join_lines(format, above, line, format->count);
}

/* --- columns --- */

/* Alignment may lead from line to line; so deep it goes. Beyond that pieces are not aligned. */
enum { DEEPEST_ALIGNMENT = 64 };

static bool settle(Format *format, int32_t piece, int depth);

/* Whether an opening bracket is the last on its line. */
static bool is_hanging(const Format *format, int32_t open)
{
    int32_t next = format_next(format, open);
    return next == NO_PIECE || format->pieces[next].first;
}

/* The piece that a line begins with, as far as indentation goes: where it begins inside of a bracket that `piece` stands behind, the start
 * of the line on which that bracket was opened. */
static int32_t line_of(const Format *format, int32_t piece)
{
    int32_t start = format->pieces[piece].line_start;
    while (format->pieces[start].depth > format->pieces[piece].depth)
        start = format->pieces[format->pieces[start].opener].line_start;
    return start;
}

/* The column of what is inside a bracket. */
static bool column_inside(Format *format, int32_t open, int depth, int32_t *column)
{
    const Piece *bracket = &format->pieces[open];
    bool hanging = is_hanging(format, open);
    int32_t from = hanging ? line_of(format, open) : open;
    if (!settle(format, from, depth))
        return false;
    bool spaced = bracket->kind == T_LBRACE && !bracket->tight;
    *column = format->pieces[from].column + (hanging ? INDENT : spaced ? 2 : 1);
    return true;
}

/* The column of a piece that is first on its line. */
static bool first_column(Format *format, int32_t index, int depth, int32_t *column)
{
    const Piece *piece = &format->pieces[index];
    if (piece->kind == TOKEN_COMMENT) {
        int32_t next = format_next(format, index);
        bool closes = next != NO_PIECE && token_closes(format->pieces[next].kind);
        if (closes && piece->opener != NO_PIECE)
            return column_inside(format, piece->opener, depth, column);
        *column = 0;
        return next == NO_PIECE || first_column(format, next, depth, column);
    }
    int32_t from = piece->anchor_kind == ANCHOR_COLUMN ? piece->anchor : NO_PIECE;
    if (piece->anchor_kind == ANCHOR_LINE)
        from = line_of(format, piece->anchor);
    if (token_closes(piece->kind))
        from = line_of(format, piece->partner);
    if (from != NO_PIECE) {
        if (!settle(format, from, depth))
            return false;
        *column = format->pieces[from].column + piece->anchor_offset;
        return true;
    }
    if (piece->opener != NO_PIECE)
        return column_inside(format, piece->opener, depth, column);
    *column = piece->anchor_kind == ANCHOR_MARGIN ? 0 : INDENT;
    return true;
}

/* The piece before one on its line that is written, or NO_PIECE. */
static int32_t visible_before(const Format *format, int32_t index)
{
    int32_t line = format->pieces[index].line_start;
    for (int32_t i = index - 1; i >= line; i--)
        if (format_is_visible(format, i))
            return i;
    return NO_PIECE;
}

/* The column that a piece has when nothing pushes it to the right. */
static bool natural_column(Format *format, int32_t index, int depth, int32_t *column)
{
    int32_t before = visible_before(format, index);
    if (before == NO_PIECE)
        return first_column(format, index, depth, column);
    if (!settle(format, before, depth))
        return false;
    *column = format->pieces[before].column + format->pieces[before].width + format_gap(format, before, index);
    return true;
}

/* Gives a piece, and those that stand below it, the column of the one that is furthest right. */
static bool settle_group(Format *format, int32_t index, int depth)
{
    Piece *piece = &format->pieces[index];
    if (!natural_column(format, index, depth, &piece->column))
        return false;
    for (int32_t i = piece->next_in_group; i != index; i = format->pieces[i].next_in_group) {
        Piece *other = &format->pieces[i];
        int32_t column = 0;
        other->busy = !other->settled && natural_column(format, i, depth + 1, &column);
        if (other->settled)
            column = other->column;
        if (column > piece->column)
            piece->column = column;
    }
    for (int32_t i = piece->next_in_group; i != index; i = format->pieces[i].next_in_group) {
        Piece *other = &format->pieces[i];
        if (!other->busy)
            continue;
        other->busy = false;
        other->settled = true;
        other->column = piece->column;
    }
    piece->settled = true;
    return true;
}

/* Finds the columns of a piece and of all before it on its line. False where that would need its own result. */
static bool settle(Format *format, int32_t piece, int depth)
{
    if (format->pieces[piece].settled)
        return true;
    if (depth > DEEPEST_ALIGNMENT)
        return false;
    int32_t first = piece;
    while (first > format->pieces[piece].line_start && !format->pieces[first - 1].settled)
        first--;
    for (int32_t i = first; i <= piece; i++) {
        Piece *each = &format->pieces[i];
        if (each->busy)
            return false;
        each->busy = true;
        bool known = settle_group(format, i, depth);
        each->busy = false;
        if (!known)
            return false;
    }
    return true;
}

bool layout_adopt(Format *format)
{
    bool changed = false;
    for (int32_t i = 0; i < format->count; i++) {
        Piece *piece = &format->pieces[i];
        int32_t before = visible_before(format, i);
        int32_t spaces = before == NO_PIECE ? 0 : piece->column - format->pieces[before].column - format->pieces[before].width;
        changed = changed || piece->source_column != piece->column || (!piece->first && piece->source_spaces != spaces);
        piece->source_column = piece->column;
        piece->source_spaces = spaces;
    }
    return changed;
}

void layout_columns(Format *format)
{
    find_lines(format);
    for (int32_t i = 0; i < format->count; i++)
        if (!settle(format, i, 0)) {
            format->pieces[i].column = 0;
            format->pieces[i].settled = true;
        }
}

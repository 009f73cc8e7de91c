/* The pieces of the formatter: what format.c collects, anchor.c relates to the tree, layout.c gives columns, and break.c breaks where lines are too long.
 *
 * A piece is a token or a comment. The formatter never moves one past another, so the text that comes out parses to the same tree; it only
 * decides what is first on its line and how many spaces stand before it. The tree tells what a line goes on with. */
#ifndef STRATA_SYNTAX_FORMAT_H
#define STRATA_SYNTAX_FORMAT_H

#include "syntax/ast.h"
#include "syntax/token.h"

enum { LINE_WIDTH = 100, INDENT = 2, NO_PIECE = -1 };

/* Where a piece stands when it is first on its line: relative to the column of another piece, to the start of that piece's line, or at
 * column 0. Without an anchor the bracket around it decides. */
typedef enum AnchorKind { ANCHOR_NONE, ANCHOR_COLUMN, ANCHOR_LINE, ANCHOR_MARGIN } AnchorKind;

/* What a line break before a piece would separate. */
typedef enum BreakKind {
    BREAK_NONE,
    BREAK_CHAIN, /* a step of a chain of |>, `or` or `and`: all of them, or none */
    BREAK_FILL,  /* an operand, an argument, an element, a field: as few as are needed */
    BREAK_ELSE,
    BREAK_VALUE, /* the value of a definition, the body of a function: where it then fits */
    BREAK_HEAD,  /* the same, of a chain of |>: in any case */
    BREAK_BLOCK, /* the first entry of a block or of `train`: with all others */
} BreakKind;

typedef struct Piece {
    int kind;
    uint32_t start; /* bytes of the source */
    uint32_t end;
    int32_t width;         /* in characters */
    int32_t source_column; /* in characters, from 0 */
    int32_t source_spaces; /* before it, when it is not first */
    int32_t opener;        /* the bracket around it, or NO_PIECE */
    int32_t partner;       /* of a bracket: the other one */
    int32_t depth;         /* number of brackets around it */
    int32_t anchor;        /* a piece before this one, or NO_PIECE */
    int32_t anchor_offset;
    int32_t next_in_group; /* a ring of pieces that stand below each other, or itself */
    int32_t line_start;    /* the first piece of its line */
    int32_t column;        /* in the output, from 0 */
    AnchorKind anchor_kind;
    BreakKind break_kind;
    int32_t break_node;             /* the number of the node that is broken */
    int32_t break_level;            /* how many nodes are around that one: the outermost is broken first */
    unsigned char blank_before : 1; /* an empty line stands before it */
    unsigned char first : 1;        /* on its line */
    unsigned char tight : 1;        /* a brace of a record: no spaces inside */
    unsigned char of_train : 1;     /* `=` of a setting of `train` */
    unsigned char settled : 1;      /* its column is known */
    unsigned char busy : 1;         /* its column is being computed */
} Piece;

typedef struct Format {
    Arena *arena;
    const char *text;
    Piece *pieces;
    int32_t count;
    int32_t nodes; /* that can be broken, so far */
    int32_t level; /* of the node that is walked */
} Format;

/* The piece that starts at a byte of the source, or the first one behind it. */
int32_t format_find(const Format *format, uint32_t start);

/* The next or previous piece that is not a comment, or NO_PIECE. */
int32_t format_next(const Format *format, int32_t piece);
int32_t format_previous(const Format *format, int32_t piece);

/* Whether a piece is written: a `;` is not where a line break does its work. */
bool format_is_visible(const Format *format, int32_t piece);

/* The number of spaces between two pieces on one line. */
int format_gap(const Format *format, int32_t left, int32_t right);

/* anchor.c: what each line is aligned with and where it may be broken, from the tree and the line breaks as they are. */
void anchor_pieces(Format *format, const AstFile *file);

/* layout.c: the column of every piece, for the line breaks as they are. */
void layout_columns(Format *format);

/* layout.c: takes the columns found for those of the source, as formatting again would. False when they were the same. */
bool layout_adopt(Format *format);

/* break.c: breaks lines that are too long. False when there was nothing to do. */
bool break_lines(Format *format);

#endif

/* What lines are aligned with, and where they may be broken, from the tree; see format.h.
 *
 * - Entries of the file start at column 0; what is inside of a bracket that ends its line is indented from the start of that line, and
 *   what is inside of another bracket stands behind it. (That needs no anchors.)
 * - A chain goes on below its first operator, or below its head when that operator begins a line itself.
 * - `then` and `else` stand below their `if`; the `if` of an `else if` counts as the first one.
 * - A value on a line of its own is indented from the line that its definition or function starts on. */
#include "syntax/format.h"

#include "syntax/grammar.h"

/* Gives a piece its anchor; the tree gives each piece at most one, since a piece starts at most one node that is not the first part of
 * the node around it. */
static void anchor(Format *format, int32_t piece, AnchorKind kind, int32_t to, int32_t offset)
{
    if (piece < 0 || piece >= format->count || to < 0 || to >= piece)
        return;
    format->pieces[piece].anchor_kind = kind;
    format->pieces[piece].anchor = to;
    format->pieces[piece].anchor_offset = offset;
}

/* Lets a line be broken before a piece, together with the others of one node. */
static void may_break(Format *format, int32_t piece, BreakKind kind, int32_t node)
{
    format->pieces[piece].break_kind = kind;
    format->pieces[piece].break_node = node;
    format->pieces[piece].break_level = format->level;
}

static int32_t start_of(const Format *format, const Ast *node)
{
    return format_find(format, node->span.start);
}

static void walk(Format *format, const Ast *node);

/* Elements of a list or parts of an assertion. */
static void walk_list(Format *format, AstList list)
{
    int32_t node = format->nodes++;
    for (int64_t i = 0; i < list.count; i++) {
        if (i > 0)
            may_break(format, start_of(format, list.items[i]), BREAK_FILL, node);
        walk(format, list.items[i]);
    }
}

/* Entries of a block; they stand on one line, or each on its own. */
static void walk_block(Format *format, const Ast *node)
{
    AstList entries = node->block.statements;
    if (entries.count > 0)
        may_break(format, start_of(format, entries.items[0]), BREAK_BLOCK, format->nodes++);
    for (int64_t i = 0; i < entries.count; i++)
        walk(format, entries.items[i]);
    walk(format, node->block.value);
}

/* A node that is not the first part of the one around it, and so may stand on a line of its own. */
static void walk_part(Format *format, const Ast *node, AnchorKind kind, int32_t to, int32_t offset)
{
    anchor(format, start_of(format, node), kind, to, offset);
    walk(format, node);
}

static BreakKind break_of_chain(AstKind kind)
{
    switch (kind) {
    case AST_PIPE:
    case AST_OR:
    case AST_AND:
        return BREAK_CHAIN;
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
        return BREAK_FILL;
    default:
        return BREAK_NONE;
    }
}

static void walk_chain(Format *format, AstKind kind, const AstChain *chain)
{
    int32_t node = format->nodes++;
    int32_t head = start_of(format, chain->items[0]);
    int32_t first = format_find(format, chain->places[1].start);
    int32_t below = format->pieces[first].first ? head : first;
    anchor(format, first, ANCHOR_COLUMN, head, 0);
    walk(format, chain->items[0]);
    for (int64_t i = 1; i < chain->count; i++) {
        int32_t place = format_find(format, chain->places[i].start);
        if (i > 1)
            anchor(format, place, ANCHOR_COLUMN, below, 0);
        may_break(format, place, break_of_chain(kind), node);
        walk_part(format, chain->items[i], ANCHOR_COLUMN, head, 0);
    }
}

/* `below` is the piece that `then` and `else` stand below. */
static void walk_if(Format *format, const Ast *node, int32_t below)
{
    int32_t then = start_of(format, node->branch.then);
    int32_t otherwise = start_of(format, node->branch.otherwise);
    int32_t keyword = format_previous(format, otherwise);
    walk_part(format, node->branch.condition, ANCHOR_COLUMN, below, INDENT);
    anchor(format, format_previous(format, then), ANCHOR_COLUMN, below, 0);
    walk_part(format, node->branch.then, ANCHOR_COLUMN, below, INDENT);
    anchor(format, keyword, ANCHOR_COLUMN, below, 0);
    may_break(format, keyword, BREAK_ELSE, format->nodes++);
    anchor(format, otherwise, ANCHOR_COLUMN, below, INDENT);
    bool chained =
        node->branch.otherwise->kind == AST_IF && format->pieces[otherwise].kind == T_IF && !format->pieces[otherwise].first;
    if (chained)
        walk_if(format, node->branch.otherwise, below);
    else
        walk(format, node->branch.otherwise);
}

/* Arguments of a call or fields of a record. */
static void walk_arguments(Format *format, AstArguments arguments)
{
    int32_t node = format->nodes++;
    for (int64_t i = 0; i < arguments.count; i++) {
        const AstArgument *argument = &arguments.items[i];
        SourceSpan span = argument->name.text ? argument->name.span : argument->value->span;
        if (i > 0)
            may_break(format, format_find(format, span.start), BREAK_FILL, node);
        if (argument->name.text)
            walk_part(format, argument->value, ANCHOR_COLUMN, format_find(format, argument->name.span.start), INDENT);
        else
            walk(format, argument->value);
    }
}

/* A value or body may go to a line of its own; a block does not, its brace stays where it is, nor does a function, whose body can. */
static void may_break_value(Format *format, const Ast *value)
{
    int32_t start = start_of(format, value);
    if (value->kind != AST_FUNCTION && format->pieces[start].kind != T_LBRACE)
        may_break(format, start, value->kind == AST_PIPE ? BREAK_HEAD : BREAK_VALUE, format->nodes++);
}

static void walk_function(Format *format, const Ast *node)
{
    int32_t start = start_of(format, node);
    anchor(format, format_previous(format, start_of(format, node->function.body)), ANCHOR_COLUMN, start, INDENT);
    may_break_value(format, node->function.body);
    walk_part(format, node->function.body, ANCHOR_LINE, start, INDENT);
}

static void walk_comprehension(Format *format, const Ast *node)
{
    int32_t clauses = format->nodes++;
    walk(format, node->comprehension.value);
    for (int64_t i = 0; i < node->comprehension.count; i++) {
        const AstClause *clause = &node->comprehension.clauses[i];
        int32_t name = format_find(format, clause->name.span.start);
        may_break(format, format_previous(format, name), BREAK_FILL, clauses);
        walk_part(format, clause->source, ANCHOR_COLUMN, name, 0);
        if (clause->condition)
            walk_part(format, clause->condition, ANCHOR_COLUMN, name, 0);
    }
}

/* What follows a postfix's base and may begin a line inside of brackets: `.`, `[`, `(`. */
static void walk_base(Format *format, const Ast *base, int32_t mark)
{
    anchor(format, mark, ANCHOR_COLUMN, start_of(format, base), INDENT);
    walk(format, base);
}

static void walk_definition(Format *format, const Ast *node)
{
    int32_t start = start_of(format, node);
    int32_t value = start_of(format, node->definition.value);
    int32_t parameters = format->nodes++;
    for (int64_t i = 0; i < node->definition.count; i++) {
        const AstParameter *parameter = &node->definition.parameters[i];
        int32_t name = format_find(format, parameter->name.span.start);
        if (i > 0)
            may_break(format, name, BREAK_FILL, parameters);
        if (parameter->type)
            walk_part(format, parameter->type, ANCHOR_COLUMN, name, INDENT);
        if (parameter->value)
            walk_part(format, parameter->value, ANCHOR_COLUMN, name, INDENT);
    }
    if (node->definition.result)
        walk_part(format, node->definition.result, ANCHOR_LINE, start, INDENT);
    anchor(format, format_previous(format, value), ANCHOR_LINE, start, INDENT);
    /* A choice that a name is given to is broken at its `else`, below its `if`. */
    if (node->kind == AST_NET || node->definition.value->kind != AST_IF)
        may_break_value(format, node->definition.value);
    walk_part(format, node->definition.value, ANCHOR_LINE, start, INDENT);
}

static void walk_assert(Format *format, const Ast *node)
{
    walk_list(format, node->list);
    for (int64_t i = 0; i < node->list.count; i++)
        anchor(format, start_of(format, node->list.items[i]), ANCHOR_LINE, start_of(format, node), INDENT);
}

static void walk_train(Format *format, const Ast *node)
{
    walk_arguments(format, node->train.arguments);
    walk_arguments(format, node->train.entries);
    int32_t block = format->nodes++;
    for (int64_t i = 0; i < node->train.entries.count; i++) {
        int32_t name = format_find(format, node->train.entries.items[i].name.span.start);
        may_break(format, name, i == 0 ? BREAK_BLOCK : BREAK_NONE, block);
        int32_t assign = format_next(format, name);
        if (assign != NO_PIECE)
            format->pieces[assign].of_train = true;
    }
}

static void walk_record(Format *format, const Ast *node)
{
    int32_t open = format_previous(format, format_find(format, node->record.items[0].name.span.start));
    format->pieces[open].tight = true;
    format->pieces[format->pieces[open].partner].tight = true;
    walk_arguments(format, node->record);
}

static void walk_node(Format *format, const Ast *node)
{
    switch (node->kind) {
    case AST_LIST:
        walk_list(format, node->list);
        break;
    case AST_ASSERT:
        walk_assert(format, node);
        break;
    case AST_COMPREHENSION:
        walk_comprehension(format, node);
        break;
    case AST_RECORD:
        walk_record(format, node);
        break;
    case AST_BLOCK:
        walk_block(format, node);
        break;
    case AST_FUNCTION:
        walk_function(format, node);
        break;
    case AST_IF:
        walk_if(format, node, format_previous(format, start_of(format, node->branch.condition)));
        break;
    case AST_PIPE:
    case AST_OR:
    case AST_AND:
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
    case AST_RANGE:
    case AST_POWER:
        walk_chain(format, node->kind, &node->chain);
        break;
    case AST_NOT:
    case AST_NEGATE:
        walk_part(format, node->chain.items[0], ANCHOR_COLUMN, format_find(format, node->chain.places[0].start), INDENT);
        break;
    case AST_CALL:
        walk(format, node->call.callee);
        walk_arguments(format, node->call.arguments);
        break;
    case AST_FIELD:
        walk_base(format, node->field.base, format_previous(format, format_find(format, node->field.name.span.start)));
        break;
    case AST_INDEX:
        walk_base(format, node->index.base, format_previous(format, start_of(format, node->index.index)));
        walk(format, node->index.index);
        break;
    case AST_LET:
    case AST_LAYER:
    case AST_NET:
    case AST_DATA:
        walk_definition(format, node);
        break;
    case AST_TRAIN:
        walk_train(format, node);
        break;
    default:
        break;
    }
}

static void walk(Format *format, const Ast *node)
{
    format->level++;
    walk_node(format, node);
    format->level--;
}

void anchor_pieces(Format *format, const AstFile *file)
{
    format->nodes = 0;
    for (int32_t i = 0; i < format->count; i++) {
        format->pieces[i].anchor_kind = ANCHOR_NONE;
        format->pieces[i].break_kind = BREAK_NONE;
        format->pieces[i].anchor_offset = 0;
    }
    for (int64_t i = 0; i < file->items.count; i++) {
        const Ast *item = file->items.items[i];
        format->pieces[start_of(format, item)].anchor_kind = ANCHOR_MARGIN;
        walk(format, item);
    }
}

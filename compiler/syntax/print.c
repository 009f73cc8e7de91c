/* Tokens and trees as text that a person can read and a test can hold: `strata show tokens` and `strata show ast`. */
#include "syntax/grammar.h"
#include "syntax/parse.h"
#include "syntax/token.h"

#include <string.h>

/* Finds places that come in order without counting a long line from its start each time. */
typedef struct PlaceFinder {
    const SourceTable *sources;
    SourceSpan last; /* empty: none yet */
    SourcePlace place;
} PlaceFinder;

static SourcePlace find_place(PlaceFinder *finder, SourceSpan span)
{
    const char *text = finder->sources->files[span.file].text;
    bool further = finder->place.line > 0 && span.file == finder->last.file && span.start >= finder->last.start;
    if (further && !memchr(text + finder->last.start, '\n', span.start - finder->last.start)) {
        for (uint32_t i = finder->last.start; i < span.start; i++)
            finder->place.column += ((unsigned char)text[i] & 0xC0) != 0x80;
    } else {
        finder->place = source_place(finder->sources, span.file, span.start);
    }
    finder->last = span;
    return finder->place;
}

void print_tokens(Arena *arena, Diagnostics *diagnostics, int32_t file, Text *out)
{
    TokenFilter filter = filter_make(arena, diagnostics, diagnostics->sources, file);
    PlaceFinder finder = {.sources = diagnostics->sources};
    for (Token token = filter_next(&filter); token.kind != T_END && !filter.too_deep; token = filter_next(&filter)) {
        SourcePlace place = find_place(&finder, token.span);
        text_printf(out, "%d:%d %s", place.line, place.column, token_name(token.kind));
        size_t length;
        const char *text = token_text(diagnostics->sources, token.span, &length);
        if (length > 0) {
            text_add(out, " ");
            text_add_bytes(out, text, length);
        }
        text_add(out, "\n");
    }
}

/* A tree on its way out. */
typedef struct Printer {
    PlaceFinder finder;
    Text *out;
    int indent;
} Printer;

static const char *const kind_names[] = {
    [AST_ERROR] = "error",     [AST_NUMBER] = "number",   [AST_SHAPE] = "shape",       [AST_STRING] = "string",
    [AST_BOOLEAN] = "boolean", [AST_NAME] = "name",       [AST_LIST] = "list",         [AST_COMPREHENSION] = "comprehension",
    [AST_RECORD] = "record",   [AST_BLOCK] = "block",     [AST_FUNCTION] = "function", [AST_IF] = "if",
    [AST_PIPE] = "pipe",       [AST_OR] = "or",           [AST_AND] = "and",           [AST_SUM] = "sum",
    [AST_PRODUCT] = "product", [AST_COMPARE] = "compare", [AST_RANGE] = "range",       [AST_POWER] = "power",
    [AST_NOT] = "not",         [AST_NEGATE] = "negate",   [AST_CALL] = "call",         [AST_FIELD] = "field",
    [AST_INDEX] = "index",     [AST_LET] = "let",         [AST_ASSERT] = "assert",     [AST_USE] = "use",
    [AST_LAYER] = "layer",     [AST_NET] = "net",         [AST_DATA] = "data",         [AST_TRAIN] = "train",
};

static const char *const operator_names[] = {
    [OPERATOR_NONE] = "",
    [OPERATOR_ADD] = "+",
    [OPERATOR_SUBTRACT] = "-",
    [OPERATOR_MULTIPLY] = "*",
    [OPERATOR_DIVIDE] = "/",
    [OPERATOR_FLOOR_DIVIDE] = "//",
    [OPERATOR_REMAINDER] = "%",
    [OPERATOR_EQUAL] = "==",
    [OPERATOR_NOT_EQUAL] = "!=",
    [OPERATOR_LESS] = "<",
    [OPERATOR_LESS_EQUAL] = "<=",
    [OPERATOR_GREATER] = ">",
    [OPERATOR_GREATER_EQUAL] = ">=",
};

static void print_string(Text *out, const char *string)
{
    text_add(out, "\"");
    for (; *string; string++) {
        if (*string == '\n')
            text_add(out, "\\n");
        else if (*string == '\t')
            text_add(out, "\\t");
        else {
            if (*string == '"' || *string == '\\')
                text_add(out, "\\");
            text_add_character(out, *string);
        }
    }
    text_add(out, "\"");
}

static void print_place(Printer *printer, SourceSpan span)
{
    SourcePlace place = find_place(&printer->finder, span);
    text_printf(printer->out, " %d:%d\n", place.line, place.column);
}

/* A line that is not a node: what the nodes below it are for, and a name when there is one. */
static void print_label(Printer *printer, const char *label, const AstName *name)
{
    text_repeat(printer->out, ' ', printer->indent);
    text_add(printer->out, label);
    if (!name || !name->text) {
        text_add(printer->out, "\n");
        return;
    }
    text_printf(printer->out, " %s", name->text);
    print_place(printer, name->span);
}

static void print_node(Printer *printer, const Ast *node);

static void print_below(Printer *printer, const Ast *node)
{
    if (!node)
        return;
    printer->indent += 2;
    print_node(printer, node);
    printer->indent -= 2;
}

/* A label and a node below it, all one step further in. */
static void print_part(Printer *printer, const char *label, const AstName *name, const Ast *node)
{
    if (!node)
        return;
    printer->indent += 2;
    print_label(printer, label, name);
    print_below(printer, node);
    printer->indent -= 2;
}

static void print_list(Printer *printer, AstList list)
{
    for (int64_t i = 0; i < list.count; i++)
        print_below(printer, list.items[i]);
}

static void print_arguments(Printer *printer, const char *label, AstArguments arguments)
{
    for (int64_t i = 0; i < arguments.count; i++) {
        const AstArgument *argument = &arguments.items[i];
        if (argument->name.text)
            print_part(printer, label, &argument->name, argument->value);
        else
            print_below(printer, argument->value);
    }
}

static void print_chain(Printer *printer, const AstChain *chain)
{
    for (int64_t i = 0; i < chain->count; i++) {
        const char *operator= operator_names[chain->operators[i]];
        if (*operator)
            print_part(printer, operator, NULL, chain->items[i]);
        else
            print_below(printer, chain->items[i]);
    }
}

static void print_comprehension(Printer *printer, const Ast *node)
{
    print_below(printer, node->comprehension.value);
    for (int64_t i = 0; i < node->comprehension.count; i++) {
        const AstClause *clause = &node->comprehension.clauses[i];
        print_part(printer, "for", &clause->name, clause->source);
        print_part(printer, "if", NULL, clause->condition);
    }
}

static void print_definition(Printer *printer, const Ast *node)
{
    for (int64_t i = 0; i < node->definition.count; i++) {
        const AstParameter *parameter = &node->definition.parameters[i];
        printer->indent += 2;
        print_label(printer, "parameter", &parameter->name);
        print_part(printer, "type", NULL, parameter->type);
        print_part(printer, "default", NULL, parameter->value);
        printer->indent -= 2;
    }
    print_part(printer, "result", NULL, node->definition.result);
    print_below(printer, node->definition.value);
}

/* What stands behind the kind on a node's own line. */
static void print_value(const Printer *printer, const Ast *node)
{
    Text *out = printer->out;
    switch (node->kind) {
    case AST_NUMBER:
        text_add(out, " ");
        text_number(out, node->number);
        break;
    case AST_SHAPE:
        for (int i = 0; i < node->shape.rank; i++)
            text_printf(out, "%s%lld", i == 0 ? " " : "x", (long long)node->shape.size[i]);
        break;
    case AST_STRING:
        text_add(out, " ");
        print_string(out, node->string);
        break;
    case AST_BOOLEAN:
        text_add(out, node->boolean ? " true" : " false");
        break;
    case AST_NAME:
        text_printf(out, " %s", node->name.text);
        break;
    case AST_FIELD:
        text_printf(out, " %s", node->field.name.text);
        break;
    case AST_FUNCTION:
        for (int64_t i = 0; i < node->function.count; i++)
            text_printf(out, " %s", node->function.parameters[i].text);
        break;
    case AST_LET:
    case AST_LAYER:
    case AST_NET:
    case AST_DATA:
        text_printf(out, " %s%s", node->definition.name.text, node->definition.has_parameters ? "()" : "");
        if (node->definition.comment) {
            text_add(out, " ");
            print_string(out, node->definition.comment);
        }
        break;
    case AST_TRAIN:
        text_printf(out, " %s", node->train.net.text);
        if (node->train.as.text)
            text_printf(out, " as %s", node->train.as.text);
        break;
    case AST_USE:
        for (int64_t i = 0; i < node->use.count; i++)
            text_printf(out, "%s%s", i == 0 ? " " : ".", node->use.path[i].text);
        if (node->use.file) {
            text_add(out, " ");
            print_string(out, node->use.file);
        }
        if (node->use.as.text)
            text_printf(out, " as %s", node->use.as.text);
        break;
    default:
        break;
    }
}

static void print_node(Printer *printer, const Ast *node)
{
    text_repeat(printer->out, ' ', printer->indent);
    text_add(printer->out, kind_names[node->kind]);
    print_value(printer, node);
    print_place(printer, node->span);
    switch (node->kind) {
    case AST_LIST:
    case AST_ASSERT:
        print_list(printer, node->list);
        break;
    case AST_COMPREHENSION:
        print_comprehension(printer, node);
        break;
    case AST_RECORD:
        print_arguments(printer, "field", node->record);
        break;
    case AST_BLOCK:
        print_list(printer, node->block.statements);
        print_below(printer, node->block.value);
        break;
    case AST_FUNCTION:
        print_below(printer, node->function.body);
        break;
    case AST_IF:
        print_below(printer, node->branch.condition);
        print_part(printer, "then", NULL, node->branch.then);
        print_part(printer, "else", NULL, node->branch.otherwise);
        break;
    case AST_PIPE:
    case AST_OR:
    case AST_AND:
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
    case AST_RANGE:
    case AST_POWER:
    case AST_NOT:
    case AST_NEGATE:
        print_chain(printer, &node->chain);
        break;
    case AST_CALL:
        print_below(printer, node->call.callee);
        print_arguments(printer, "argument", node->call.arguments);
        break;
    case AST_FIELD:
        print_below(printer, node->field.base);
        break;
    case AST_INDEX:
        print_below(printer, node->index.base);
        print_below(printer, node->index.index);
        break;
    case AST_LET:
    case AST_LAYER:
    case AST_NET:
    case AST_DATA:
        print_definition(printer, node);
        break;
    case AST_TRAIN:
        print_arguments(printer, "argument", node->train.arguments);
        print_arguments(printer, "setting", node->train.entries);
        break;
    default:
        break;
    }
}

void print_ast(const SourceTable *sources, const AstFile *file, Text *out)
{
    Printer printer = {.finder = {.sources = sources}, .out = out};
    for (int64_t i = 0; i < file->items.count; i++)
        print_node(&printer, file->items.items[i]);
}

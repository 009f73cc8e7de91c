/* The builders of the tree; see build.h. */
#include "syntax/build.h"

#include "base/map.h"
#include "syntax/grammar.h"

#include <string.h>

/* --- limits --- */

void parse_stop(Parse *parse, int code, SourceSpan span, const char *message)
{
    if (parse->stopped)
        return;
    parse->stopped = true;
    diagnostics_error(parse->diagnostics, code, span, "%s", message);
}

static void count(Parse *parse, SourceSpan span)
{
    if (++parse->nodes > AST_NODE_LIMIT)
        parse_stop(parse, 1003, span, "the file holds more than 1,000,000 names and expressions");
}

static Ast *node(Parse *parse, AstKind kind, SourceSpan span)
{
    count(parse, span);
    Ast *made = arena_zero(parse->arena, 1, sizeof *made);
    made->kind = kind;
    made->span = span;
    made->depth = 1;
    return made;
}

/* Takes note that `child` lies below `parent`; null is allowed. */
static void adopt(Parse *parse, Ast *parent, const Ast *child)
{
    if (!child)
        return;
    if (child->depth >= parent->depth)
        parent->depth = child->depth + 1;
    if (parent->depth > AST_DEPTH_LIMIT)
        parse_stop(parse, 1002, parent->span, "this is nested more than 1,000 deep");
}

static void adopt_list(Parse *parse, Ast *parent, AstList list)
{
    for (int64_t i = 0; i < list.count; i++)
        adopt(parse, parent, list.items[i]);
}

static void adopt_arguments(Parse *parse, Ast *parent, AstArguments arguments)
{
    for (int64_t i = 0; i < arguments.count; i++)
        adopt(parse, parent, arguments.items[i].value);
}

/* --- lists --- */

/* Room for one more item behind `count`: arrays double whenever the count reaches a power of two, so they need no capacity. */
static void *room(Parse *parse, void *items, int64_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    char *larger = arena_take(parse->arena, (count > 0 ? (size_t)count * 2 : 1) * size);
    if (count > 0)
        memcpy(larger, items, (size_t)count * size);
    return larger;
}

AstList list_add(Parse *parse, AstList list, Ast *item)
{
    list.items = room(parse, list.items, list.count, sizeof(Ast *));
    list.items[list.count++] = item;
    return list;
}

/* Names of parameters are compared one by one, so there are few of them. */
static void limit_names(Parse *parse, int64_t count, SourceSpan span)
{
    if (count == NAMES_LIMIT)
        parse_stop(parse, 1004, span, "a definition or function has at most 256 parameters");
}

Names names_add(Parse *parse, Names names, Token name)
{
    limit_names(parse, names.count, name.span);
    names.items = room(parse, names.items, names.count, sizeof *names.items);
    names.items[names.count++] = build_ast_name(parse, name);
    return names;
}

Clauses clauses_add(Parse *parse, Clauses clauses, AstClause clause)
{
    clauses.items = room(parse, clauses.items, clauses.count, sizeof *clauses.items);
    clauses.items[clauses.count++] = clause;
    return clauses;
}

AstArguments arguments_add(Parse *parse, AstArguments arguments, AstArgument argument)
{
    if (!argument.value)
        return arguments;
    arguments.items = room(parse, arguments.items, arguments.count, sizeof *arguments.items);
    arguments.items[arguments.count++] = argument;
    return arguments;
}

Parameters parameters_add(Parse *parse, Parameters parameters, AstParameter parameter)
{
    limit_names(parse, parameters.count, parameter.name.span);
    parameters.items = room(parse, parameters.items, parameters.count, sizeof *parameters.items);
    parameters.items[parameters.count++] = parameter;
    return parameters;
}

/* --- texts --- */

static const char *text_of(const Parse *parse, SourceSpan span)
{
    return parse->diagnostics->sources->files[span.file].text + span.start;
}

AstName build_ast_name(Parse *parse, Token token)
{
    count(parse, token.span);
    return (AstName){arena_string(parse->arena, text_of(parse, token.span), token.span.end - token.span.start), token.span};
}

/* A string without its quotes, escapes resolved; what is not an escape was reported by the lexer. */
static const char *unquote(Parse *parse, SourceSpan span)
{
    const char *text = text_of(parse, span);
    size_t length = span.end - span.start;
    char *result = arena_take(parse->arena, length + 1);
    size_t count = 0;
    for (size_t i = 1; i + 1 < length; i++) {
        char c = text[i];
        if (c == '\\' && i + 2 < length) {
            c = text[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        result[count++] = c;
    }
    result[count] = '\0';
    return result;
}

/* The comment lines above a definition, without `#` and the space behind it. */
static const char *comment_above(Parse *parse, Token start)
{
    if (start.comment_start == start.comment_end)
        return NULL;
    Text comment = text_make(parse->arena);
    const char *text = parse->diagnostics->sources->files[start.span.file].text;
    uint32_t at = start.comment_start;
    while (at < start.comment_end) {
        at += (uint32_t)strcspn(text + at, "#") + 1;
        if (text[at] == ' ')
            at++;
        uint32_t end = at;
        while (end < start.comment_end && text[end] != '\n')
            end++;
        uint32_t last = end;
        while (last > at && (text[last - 1] == '\r' || text[last - 1] == ' ' || text[last - 1] == '\t'))
            last--;
        if (comment.length > 0 || comment.start)
            text_add(&comment, "\n");
        text_add_bytes(&comment, text + at, last - at);
        at = end;
    }
    return text_string(&comment);
}

/* --- what is wrong with names, though the grammar allows it --- */

static void report_repeated(Parse *parse, AstName first, AstName second, const char *what)
{
    Diagnostic *diagnostic =
        diagnostics_error(parse->diagnostics, 217, second.span, "the %s `%s` is given twice", what, second.text);
    diagnostic_note(parse->diagnostics, diagnostic, first.span, "it was given here first");
}

/* Reports each name that `seen` holds already, and adds it. */
static void check_name(Parse *parse, Map *seen, const AstName *name, const char *what)
{
    const AstName *first = map_get(seen, name->text);
    if (first)
        report_repeated(parse, *first, *name, what);
    else
        map_set(seen, name->text, arena_copy(parse->arena, name, sizeof *name));
}

static void check_repeated(Parse *parse, AstArguments arguments, const char *what)
{
    if (arguments.count < 2)
        return;
    Map seen = map_make(parse->arena);
    for (int64_t i = 0; i < arguments.count; i++)
        check_name(parse, &seen, &arguments.items[i].name, what);
}

static void check_names(Parse *parse, Names names)
{
    if (names.count < 2)
        return;
    Map seen = map_make(parse->arena);
    for (int64_t i = 0; i < names.count; i++)
        check_name(parse, &seen, &names.items[i], "parameter");
}

static void check_parameters(Parse *parse, Parameters parameters, AstKind kind)
{
    Map seen = map_make(parse->arena);
    for (int64_t i = 0; i < parameters.count; i++) {
        const AstParameter *parameter = &parameters.items[i];
        check_name(parse, &seen, &parameter->name, kind == AST_NET ? "input" : "setting");
        if (kind != AST_LAYER || !parameter->type)
            continue;
        Diagnostic *diagnostic =
            diagnostics_error(parse->diagnostics, 218, parameter->type->span, "only inputs of a net have a shape");
        diagnostic_help(
            parse->diagnostics, diagnostic,
            "the names of a layer are its settings, `%s` or `%s=3`; its input follows `=`: `layer name(settings) = x -> ...`",
            parameter->name.text, parameter->name.text);
    }
}

/* Arguments are given by place first, then by name. */
static void check_order(Parse *parse, AstArguments arguments)
{
    const AstArgument *named = NULL;
    for (int64_t i = 0; i < arguments.count; i++) {
        const AstArgument *argument = &arguments.items[i];
        if (argument->name.text)
            named = argument;
        if (argument->name.text || !named)
            continue;
        Diagnostic *diagnostic =
            diagnostics_error(parse->diagnostics, 220, argument->value->span, "this argument has no name, but one before it has");
        diagnostic_help(parse->diagnostics, diagnostic, "put it before `%s=`, or give its name", named->name.text);
        return;
    }
}

/* --- expressions --- */

Ast *build_error(Parse *parse, SourceSpan span)
{
    return node(parse, AST_ERROR, span);
}

Ast *build_number(Parse *parse, Token token)
{
    Ast *made = node(parse, AST_NUMBER, token.span);
    made->number = token.number;
    return made;
}

Ast *build_shape(Parse *parse, Token token)
{
    const char *text = text_of(parse, token.span);
    size_t length = token.span.end - token.span.start;
    int rank = 1;
    for (size_t i = 0; i < length; i++)
        rank += text[i] == 'x';
    Ast *made = node(parse, AST_SHAPE, token.span);
    made->shape.rank = rank;
    made->shape.size = arena_zero(parse->arena, (size_t)rank, sizeof *made->shape.size);
    int axis = 0;
    for (size_t i = 0; i < length; i++) {
        int64_t *size = &made->shape.size[axis];
        if (text[i] == 'x')
            axis++;
        else if (*size < INT64_MAX / 16)
            *size = *size * 10 + (text[i] - '0');
    }
    return made;
}

Ast *build_string(Parse *parse, Token token)
{
    Ast *made = node(parse, AST_STRING, token.span);
    made->string = unquote(parse, token.span);
    return made;
}

Ast *build_boolean(Parse *parse, Token token)
{
    Ast *made = node(parse, AST_BOOLEAN, token.span);
    made->boolean = token.kind == T_TRUE;
    return made;
}

Ast *build_name(Parse *parse, Token token)
{
    Ast *made = node(parse, AST_NAME, token.span);
    made->name = build_ast_name(parse, token);
    return made;
}

Ast *build_parentheses(Token open, Ast *value, Token close)
{
    value->span = span_join(open.span, close.span);
    return value;
}

Ast *build_pair(Parse *parse, SourceSpan span)
{
    Diagnostic *diagnostic = diagnostics_error(parse->diagnostics, 215, span, "names in parentheses are no value");
    diagnostic_help(parse->diagnostics, diagnostic, "a list is `[a, b]`; a function is `(a, b) -> ...`");
    return build_error(parse, span);
}

Ast *build_list(Parse *parse, Token open, AstList items, Token close)
{
    Ast *made = node(parse, AST_LIST, span_join(open.span, close.span));
    made->list = items;
    adopt_list(parse, made, items);
    return made;
}

Ast *build_comprehension(Parse *parse, Token open, Ast *value, Clauses clauses, Token close)
{
    Ast *made = node(parse, AST_COMPREHENSION, span_join(open.span, close.span));
    made->comprehension.value = value;
    made->comprehension.clauses = clauses.items;
    made->comprehension.count = clauses.count;
    adopt(parse, made, value);
    for (int64_t i = 0; i < clauses.count; i++) {
        adopt(parse, made, clauses.items[i].source);
        adopt(parse, made, clauses.items[i].condition);
    }
    return made;
}

Ast *build_record(Parse *parse, Token open, AstArguments fields, Token close)
{
    Ast *made = node(parse, AST_RECORD, span_join(open.span, close.span));
    made->record = fields;
    check_repeated(parse, fields, "field");
    adopt_arguments(parse, made, fields);
    return made;
}

static bool is_statement(const Ast *entry)
{
    return entry->kind == AST_LET || entry->kind == AST_ASSERT;
}

Ast *build_block(Parse *parse, Token open, AstList entries, Token close)
{
    Ast *made = node(parse, AST_BLOCK, span_join(open.span, close.span));
    adopt_list(parse, made, entries);
    bool wrong = false;
    for (int64_t i = 0; i < entries.count; i++) {
        const Ast *entry = entries.items[i];
        wrong = wrong || entry->kind == AST_ERROR;
        if (i + 1 == entries.count || is_statement(entry) || entry->kind == AST_ERROR)
            continue;
        Diagnostic *diagnostic = diagnostics_error(parse->diagnostics, 212, entry->span, "this value is not used");
        diagnostic_help(parse->diagnostics, diagnostic,
                        "a block gives its last entry only; name the others with `let`, and join them to it");
        wrong = true;
    }
    Ast *last = entries.count > 0 ? entries.items[entries.count - 1] : NULL;
    bool has_value = last && !is_statement(last);
    if (!has_value && !wrong && !close.inserted) {
        Diagnostic *diagnostic = diagnostics_error(parse->diagnostics, 212, close.span, "this block has no value");
        diagnostic_help(parse->diagnostics, diagnostic, "the last entry of a block is the expression that it gives");
    }
    made->block.statements.items = entries.items;
    made->block.statements.count = has_value ? entries.count - 1 : entries.count;
    made->block.value = has_value ? last : build_error(parse, close.span);
    return made;
}

Ast *build_function(Parse *parse, SourceSpan start, Names parameters, Ast *body)
{
    Ast *made = node(parse, AST_FUNCTION, span_join(start, body->span));
    made->function.parameters = parameters.items;
    made->function.count = parameters.count;
    made->function.body = body;
    check_names(parse, parameters);
    adopt(parse, made, body);
    return made;
}

Ast *build_function_of_one(Parse *parse, Token open, Ast *parameter, Ast *body)
{
    Names names = {0};
    if (parameter->kind == AST_NAME) {
        names.items = arena_copy(parse->arena, &parameter->name, sizeof parameter->name);
        names.count = 1;
    } else if (parameter->kind != AST_ERROR) {
        Diagnostic *diagnostic = diagnostics_error(parse->diagnostics, 215, parameter->span, "a parameter of a function is a name");
        diagnostic_help(parse->diagnostics, diagnostic, "write `x -> ...` or `(x, y) -> ...`");
    }
    return build_function(parse, open.span, names, body);
}

Ast *build_if(Parse *parse, Token start, Ast *condition, Ast *then, Ast *otherwise)
{
    Ast *made = node(parse, AST_IF, span_join(start.span, otherwise->span));
    made->branch.condition = condition;
    made->branch.then = then;
    made->branch.otherwise = otherwise;
    adopt(parse, made, condition);
    adopt(parse, made, then);
    adopt(parse, made, otherwise);
    return made;
}

static void chain_add(Parse *parse, Ast *chain, AstOperator operator, SourceSpan place, Ast *item)
{
    AstChain *c = &chain->chain;
    c->items = room(parse, c->items, c->count, sizeof(Ast *));
    c->operators = room(parse, c->operators, c->count, sizeof *c->operators);
    c->places = room(parse, c->places, c->count, sizeof *c->places);
    c->items[c->count] = item;
    c->operators[c->count] = operator;
    c->places[c->count] = place;
    c->count++;
    chain->span = span_join(chain->span, item->span);
    adopt(parse, chain, item);
}

/* Whether `left` is a chain of this kind that goes on, not one in parentheses: that one starts before its first item. */
static bool goes_on(const Ast *left, AstKind kind)
{
    bool long_kind = kind == AST_PIPE || kind == AST_OR || kind == AST_AND || kind == AST_SUM || kind == AST_PRODUCT;
    return long_kind && left->kind == kind && left->span.start == left->chain.items[0]->span.start;
}

Ast *build_chain(Parse *parse, AstKind kind, Ast *left, AstOperator operator, Token place, Ast *right)
{
    if (!goes_on(left, kind)) {
        Ast *chain = node(parse, kind, left->span);
        chain_add(parse, chain, OPERATOR_NONE, left->span, left);
        left = chain;
    }
    chain_add(parse, left, operator, place.span, right);
    return left;
}

Ast *build_unary(Parse *parse, AstKind kind, Token place, Ast *operand)
{
    Ast *made = node(parse, kind, place.span);
    chain_add(parse, made, OPERATOR_NONE, place.span, operand);
    return made;
}

Ast *build_call(Parse *parse, Ast *callee, Arguments arguments)
{
    Ast *made = node(parse, AST_CALL, span_join(callee->span, arguments.span));
    made->call.callee = callee;
    made->call.arguments = arguments.list;
    check_order(parse, arguments.list);
    adopt(parse, made, callee);
    adopt_arguments(parse, made, arguments.list);
    return made;
}

Ast *build_field(Parse *parse, Ast *base, Token name)
{
    Ast *made = node(parse, AST_FIELD, span_join(base->span, name.span));
    made->field.base = base;
    made->field.name = build_ast_name(parse, name);
    adopt(parse, made, base);
    return made;
}

Ast *build_index(Parse *parse, Ast *base, Ast *index, Token close)
{
    Ast *made = node(parse, AST_INDEX, span_join(base->span, close.span));
    made->index.base = base;
    made->index.index = index;
    adopt(parse, made, base);
    adopt(parse, made, index);
    return made;
}

/* --- entries --- */

static Ast *definition(Parse *parse, AstKind kind, Token start, Token name, Ast *value)
{
    Ast *made = node(parse, kind, span_join(start.span, value->span));
    made->definition.name = build_ast_name(parse, name);
    made->definition.value = value;
    made->definition.comment = comment_above(parse, start);
    adopt(parse, made, value);
    return made;
}

static void take_parameters(Parse *parse, Ast *made, Parameters parameters)
{
    made->definition.has_parameters = parameters.present;
    made->definition.parameters = parameters.items;
    made->definition.count = parameters.count;
    check_parameters(parse, parameters, made->kind);
    for (int64_t i = 0; i < parameters.count; i++) {
        adopt(parse, made, parameters.items[i].type);
        adopt(parse, made, parameters.items[i].value);
    }
}

Ast *build_let(Parse *parse, Token start, Token name, Ast *value)
{
    return definition(parse, AST_LET, start, name, value);
}

Ast *build_data(Parse *parse, Token start, Token name, Ast *value)
{
    return definition(parse, AST_DATA, start, name, value);
}

Ast *build_layer(Parse *parse, Token start, Token name, Parameters parameters, Ast *value)
{
    Ast *made = definition(parse, AST_LAYER, start, name, value);
    take_parameters(parse, made, parameters);
    return made;
}

Ast *build_net(Parse *parse, Token start, Token name, Parameters parameters, Ast *result, Ast *value)
{
    Ast *made = definition(parse, AST_NET, start, name, value);
    take_parameters(parse, made, parameters);
    made->definition.result = result;
    adopt(parse, made, result);
    return made;
}

Ast *build_assert(Parse *parse, Token start, AstList values)
{
    Ast *made = node(parse, AST_ASSERT, span_join(start.span, values.items[values.count - 1]->span));
    made->list = values;
    adopt_list(parse, made, values);
    return made;
}

Ast *build_use(Parse *parse, Token start, Names path)
{
    Ast *made = node(parse, AST_USE, span_join(start.span, path.items[path.count - 1].span));
    made->use.path = path.items;
    made->use.count = path.count;
    return made;
}

Ast *build_use_file(Parse *parse, Token start, Token file, const Token *as)
{
    Ast *made = node(parse, AST_USE, span_join(start.span, as ? as->span : file.span));
    made->use.file = unquote(parse, file.span);
    made->use.file_span = file.span;
    if (as)
        made->use.as = build_ast_name(parse, *as);
    return made;
}

Ast *build_train(Parse *parse, Token start, Token net, Arguments arguments, const Token *as, Arguments settings)
{
    Ast *made = node(parse, AST_TRAIN, span_join(start.span, settings.span));
    made->train.net = build_ast_name(parse, net);
    made->train.arguments = arguments.list;
    if (as)
        made->train.as = build_ast_name(parse, *as);
    made->train.entries = settings.list;
    check_repeated(parse, settings.list, "setting");
    adopt_arguments(parse, made, arguments.list);
    adopt_arguments(parse, made, settings.list);
    return made;
}

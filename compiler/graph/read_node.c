/* Nodes of the Graph's text: `%12 = convolve(%3, %5) stride=[1, 1] pad=[2, 2, 2, 2] : f*[6x28x28] @1`. The operation's shape rule runs again,
 * and the type that the text says must be what it gives. */
#include "graph/reader.h"

#include <string.h>

/* A node under construction, with the places of its parts. */
typedef struct Draft {
    const OpInfo *info;
    SourceSpan name;
    int64_t row; /* of a source */
    Value *operands;
    Type *operand_types;
    int64_t operand_count, operand_capacity;
    AttributeValue *attributes;
    bool *given; /* which attributes the text has */
    Type *types;
    int64_t type_count, type_capacity;
    SourceSpan type;
    int32_t origin;
} Draft;

/* Null after a complaint. */
static const OpInfo *read_operation(Reader *reader)
{
    if (reader->token.kind != TOKEN_WORD) {
        reader_expected(reader, "the name of an operation");
        return NULL;
    }
    const OpInfo *info = op_find(reader->token.text);
    if (info) {
        reader_next(reader);
        return reader->failed ? NULL : info;
    }
    const char *names[OP_COUNT];
    int64_t count = 0;
    for (int op = 0; op < OP_COUNT; op++)
        if (op_table[op])
            names[count++] = op_table[op]->name;
    const char *near = nearest_name(reader->token.text, names, count);
    reader_fail(reader, E_OPERATION, reader->token.span, "there is no operation `%.60s`%s%s%s", reader->token.text,
                near ? "; the nearest is `" : "", near ? near : "", near ? "`" : "");
    return NULL;
}

static bool read_operand(Reader *reader, const Graph *graph, Draft *draft)
{
    SourceSpan span = reader->token.span;
    Value value;
    if (!read_value(reader, &value))
        return false;
    if (value.node >= graph->node_count)
        return reader_fail(reader, E_VALUE, span, "%%%d is not computed before this node", value.node);
    if (value.result >= graph_node(graph, value)->result_count)
        return reader_fail(reader, E_VALUE, span, "%%%d has no result %d", value.node, value.result);
    int64_t capacity = draft->operand_capacity;
    draft->operands =
        arena_grow(reader->arena, draft->operands, draft->operand_count, &draft->operand_capacity, sizeof *draft->operands);
    draft->operand_types =
        arena_grow(reader->arena, draft->operand_types, draft->operand_count, &capacity, sizeof *draft->operand_types);
    draft->operands[draft->operand_count] = value;
    draft->operand_types[draft->operand_count++] = *graph_type(graph, value);
    return true;
}

static bool read_operands(Reader *reader, const Graph *graph, Draft *draft)
{
    if (!expect_sign(reader, '('))
        return false;
    while (!at_sign(reader, ')'))
        if ((draft->operand_count > 0 && !expect_sign(reader, ',')) || !read_operand(reader, graph, draft))
            return false;
    int64_t count = draft->operand_count;
    const OpInfo *info = draft->info;
    if (count < info->operands || (!info->variadic && count != info->operands) || count > INT32_MAX)
        return reader_fail(reader, E_OPERANDS, draft->name, "%s takes %s%d operand%s, got %lld", info->name,
                           info->variadic ? "at least " : "", info->operands, info->operands == 1 ? "" : "s", (long long)count);
    return expect_sign(reader, ')');
}

static bool read_boolean(Reader *reader, bool *value)
{
    *value = at_word(reader, "true");
    if (!*value && !at_word(reader, "false"))
        return reader_expected(reader, "true or false");
    reader_next(reader);
    return !reader->failed;
}

static bool read_allowed_word(Reader *reader, const AttributeInfo *info, const char **word)
{
    SourceSpan span = reader->token.span;
    if (!read_name(reader, word))
        return false;
    if (attribute_allows(info, *word))
        return true;
    return reader_fail(reader, E_ATTRIBUTE, span, "%s is one of: %s", info->name, info->words);
}

static bool read_attribute_value(Reader *reader, const AttributeInfo *info, AttributeValue *value)
{
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        return read_integer(reader, &value->integer);
    case ATTRIBUTE_REAL:
        return read_real(reader, &value->real);
    case ATTRIBUTE_BOOLEAN:
        return read_boolean(reader, &value->boolean);
    case ATTRIBUTE_NAME:
        return read_allowed_word(reader, info, &value->name);
    case ATTRIBUTE_LIST:
        break;
    }
    return read_list(reader, &value->list.items, &value->list.count);
}

static bool read_attribute(Reader *reader, Draft *draft)
{
    SourceSpan span = reader->token.span;
    int count = op_attribute_count(draft->info);
    int index = 0;
    while (index < count && !at_word(reader, draft->info->attributes[index].name))
        index++;
    if (index == count)
        return reader_fail(reader, E_ATTRIBUTE, span, "%s has no attribute `%.60s`", draft->info->name, reader->token.text);
    if (draft->given[index])
        return reader_fail(reader, E_ATTRIBUTE, span, "`%s` is given twice", reader->token.text);
    draft->given[index] = true;
    reader_next(reader);
    return expect_sign(reader, '=') && read_attribute_value(reader, &draft->info->attributes[index], &draft->attributes[index]);
}

static bool read_attributes(Reader *reader, Draft *draft)
{
    int count = op_attribute_count(draft->info);
    draft->attributes = arena_zero(reader->arena, (size_t)count, sizeof *draft->attributes);
    draft->given = arena_zero(reader->arena, (size_t)count, sizeof *draft->given);
    while (reader->token.kind == TOKEN_WORD)
        if (!read_attribute(reader, draft))
            return false;
    for (int i = 0; i < count; i++) {
        const AttributeInfo *info = &draft->info->attributes[i];
        if (draft->given[i])
            continue;
        if (!info->fallback)
            return reader_fail(reader, E_ATTRIBUTE, draft->name, "%s needs `%s`", draft->info->name, info->name);
        draft->attributes[i] = attribute_default(reader->arena, info);
    }
    return true;
}

static bool read_types(Reader *reader, Draft *draft)
{
    if (!expect_sign(reader, ':'))
        return false;
    draft->type = reader->token.span;
    do {
        draft->types = arena_grow(reader->arena, draft->types, draft->type_count, &draft->type_capacity, sizeof *draft->types);
        if (!read_type(reader, &draft->types[draft->type_count++]))
            return false;
    } while (take_sign(reader, ','));
    return !reader->failed;
}

static bool read_origin(Reader *reader, const Graph *graph, Draft *draft)
{
    SourceSpan span = reader->token.span;
    int64_t origin = -1;
    draft->origin = -1;
    if (!take_sign(reader, '@'))
        return !reader->failed;
    if (!read_integer(reader, &origin))
        return false;
    if (origin < 0 || origin >= graph->origin_count)
        return reader_fail(reader, E_VALUE, span, "origin @%lld is not there", (long long)origin);
    draft->origin = (int32_t)origin;
    return true;
}

/* Compares what the text says with what the newest node gives. */
static bool same_types(Reader *reader, const Graph *graph, const Draft *draft)
{
    const Node *node = &graph->nodes[graph->node_count - 1];
    if (draft->type_count != node->result_count)
        return reader_fail(reader, E_TYPE, draft->type, "%s gives %d results, the text says %lld", draft->info->name,
                           node->result_count, (long long)draft->type_count);
    for (int32_t i = 0; i < node->result_count; i++) {
        if (type_equal(&node->types[i], &draft->types[i]))
            continue;
        Text given = text_make(reader->arena);
        Text said = text_make(reader->arena);
        type_print(&node->types[i], &given);
        type_print(&draft->types[i], &said);
        return reader_fail(reader, E_TYPE, draft->type, "%s gives %s, the text says %s", draft->info->name, text_string(&given),
                           text_string(&said));
    }
    return true;
}

static bool read_row(Reader *reader, const Graph *graph, Draft *draft)
{
    const int64_t counts[] = {
        [OP_INPUT] = graph->input_count,
        [OP_WEIGHT] = graph->weight_count,
        [OP_STATE] = graph->state_count,
        [OP_CONSTANT] = graph->constant_count,
    };
    SourceSpan span = reader->token.span;
    if (!op_has_row(draft->info->op))
        return true;
    if (!read_integer(reader, &draft->row))
        return false;
    if (draft->row >= 0 && draft->row < counts[draft->info->op])
        return true;
    return reader_fail(reader, E_VALUE, span, "there is no %s %lld", draft->info->name, (long long)draft->row);
}

static bool append_source(Reader *reader, Graph *graph, Draft *draft)
{
    if (!read_row(reader, graph, draft) || !read_types(reader, draft) || !read_origin(reader, graph, draft))
        return false;
    graph_source(graph, draft->info->op, (int32_t)draft->row, draft->origin);
    return true;
}

static bool append_scan(Reader *reader, Graph *graph, const Draft *draft)
{
    Graph *region = read_graph(reader, "region");
    if (!region)
        return false;
    int64_t states = draft->attributes[0].integer;
    int64_t sequences = draft->attributes[1].integer;
    const char *problem = check_scan(graph, region, draft->operands, draft->operand_count, states, sequences, reader->arena);
    if (problem)
        return reader_fail(reader, E_OPERANDS, draft->name, "%s", problem);
    graph_append_scan(graph, region, draft->operands, (int)draft->operand_count, states, sequences, draft->attributes[2].boolean,
                      draft->origin);
    return true;
}

static bool append_operation(Reader *reader, Graph *graph, const Draft *draft)
{
    OpUse use;
    if (graph_infer(reader->arena, draft->info->op, draft->operand_types, (int)draft->operand_count, draft->attributes, &use)) {
        graph_append_use(graph, &use, draft->operands, draft->origin);
        return true;
    }
    const char *message = use.message ? use.message : "it does not take these operands";
    return reader_fail(reader, E_OPERANDS, draft->name, "%s%s%s", message, use.formula ? ": " : "", use.formula ? use.formula : "");
}

bool read_node(Reader *reader, Graph *graph)
{
    Draft draft = {.origin = -1};
    SourceSpan span = reader->token.span;
    reader_next(reader);
    if (!read_number(reader, graph->node_count, "node") || !expect_sign(reader, '='))
        return false;
    draft.name = reader->token.span;
    draft.info = read_operation(reader);
    if (!draft.info)
        return false;
    if (++reader->node_count > NODE_LIMIT)
        return reader_fail(reader, E_LIMIT, span, "a Graph has at most %d nodes", NODE_LIMIT);
    bool good;
    if (op_is_source(draft.info->op)) {
        good = append_source(reader, graph, &draft);
    } else {
        good = read_operands(reader, graph, &draft) && read_attributes(reader, &draft) && read_types(reader, &draft) &&
               read_origin(reader, graph, &draft);
        if (good)
            good = draft.info->op == OP_SCAN ? append_scan(reader, graph, &draft) : append_operation(reader, graph, &draft);
    }
    return good && same_types(reader, graph, &draft);
}

/* The text form of a Graph: takes a Graph, gives text that a person reads and `graph_read` understands. read.c has the grammar. */
#include "graph/text.h"

#include "base/sha256.h"

#include <string.h>

typedef struct Printer {
    const SourceTable *sources; /* null: no places */
    Text *out;
    Text *blobs; /* null: not wanted */
    Map seen;    /* hashes of the blobs that are there */
} Printer;

/* ---- Words, values, places -------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!graph_text_is_word(*at))
            return false;
    return name[0] != '\0';
}

static void print_quoted(Text *out, const char *name)
{
    text_add_character(out, '"');
    for (const char *at = name; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\')
            text_printf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            text_printf(out, "\\x%02x", byte);
        else
            text_add_character(out, *at);
    }
    text_add_character(out, '"');
}

static void print_name(Text *out, const char *name)
{
    if (is_plain(name))
        text_add(out, name);
    else
        print_quoted(out, name);
}

static void print_integer(Text *out, int64_t number)
{
    text_printf(out, "%lld", (long long)number);
}

static void print_value(Text *out, Value value)
{
    text_add_character(out, '%');
    print_integer(out, value.node);
    if (value.result != 0)
        text_printf(out, ".%d", value.result);
}

static void indent(const Printer *printer, int depth)
{
    text_repeat(printer->out, ' ', 2 * (int64_t)depth);
}

/* `at FILE:LINE:COLUMN-COLUMN`, or `-LINE:COLUMN` when it ends on another line. */
static void print_place(const Printer *printer, SourceSpan span)
{
    if (!printer->sources || span.file < 0)
        return;
    SourcePlace start = source_place(printer->sources, span.file, span.start);
    SourcePlace end = source_place(printer->sources, span.file, span.end);
    text_add(printer->out, " at ");
    print_name(printer->out, printer->sources->files[span.file].name);
    text_printf(printer->out, ":%d:%d-", start.line, start.column);
    if (end.line != start.line)
        text_printf(printer->out, "%d:", end.line);
    print_integer(printer->out, end.column);
}

static void print_optional(const Printer *printer, const char *word, Value value)
{
    if (value.node < 0)
        return;
    text_add(printer->out, word);
    print_value(printer->out, value);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------- */

static void print_origins(const Printer *printer, const Graph *graph, int depth)
{
    Text *out = printer->out;
    for (int64_t i = 0; i < graph->origin_count; i++) {
        const Origin *origin = &graph->origins[i];
        indent(printer, depth);
        text_printf(out, "origin %lld = ", (long long)i);
        if (!origin->definition)
            text_add(out, "let");
        else if (strcmp(origin->definition, "let") == 0)
            print_quoted(out, origin->definition);
        else
            print_name(out, origin->definition);
        if (origin->parent >= 0)
            text_printf(out, " in @%d", origin->parent);
        if (origin->path) {
            text_add(out, " as ");
            print_name(out, origin->path);
        }
        print_place(printer, origin->span);
        text_add_character(out, '\n');
    }
}

static void start_row(const Printer *printer, int depth, const char *kind, int64_t index, const char *name, const Type *type)
{
    indent(printer, depth);
    text_printf(printer->out, "%s %lld", kind, (long long)index);
    if (name) {
        text_add_character(printer->out, ' ');
        print_name(printer->out, name);
    }
    text_add(printer->out, " : ");
    type_print(type, printer->out);
}

static void print_inputs(const Printer *printer, const Graph *graph, int depth)
{
    for (int64_t i = 0; i < graph->input_count; i++) {
        const InputInfo *input = &graph->inputs[i];
        start_row(printer, depth, "input", i, input->name, &input->type);
        if (input->kind == INPUT_BYTES)
            text_add(printer->out, " bytes");
        if (input->kind == INPUT_INTEGERS)
            text_printf(printer->out, " integers below %lld", (long long)input->below);
        text_add_character(printer->out, '\n');
    }
}

static void print_weights(const Printer *printer, const Graph *graph, int depth)
{
    for (int64_t i = 0; i < graph->weight_count; i++) {
        const WeightInfo *weight = &graph->weights[i];
        start_row(printer, depth, "weight", i, weight->name, &weight->type);
        if (weight->frozen)
            text_add(printer->out, " frozen");
        if (weight->decay)
            text_add(printer->out, " decay");
        print_optional(printer, " initial ", weight->initial);
        print_place(printer, weight->span);
        text_add_character(printer->out, '\n');
    }
}

static void print_states(const Printer *printer, const Graph *graph, int depth)
{
    for (int64_t i = 0; i < graph->state_count; i++) {
        const StateInfo *state = &graph->states[i];
        start_row(printer, depth, "state", i, state->name, &state->type);
        print_optional(printer, " initial ", state->initial);
        print_optional(printer, " next ", state->next);
        print_place(printer, state->span);
        text_add_character(printer->out, '\n');
    }
}

/* The doubles as little-endian bytes, whatever this processor has. */
static unsigned char *little_endian(const double *data, int64_t count, Arena *arena)
{
    unsigned char *bytes = arena_take(arena, (size_t)count * sizeof *data);
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &data[i], sizeof bits);
        for (int k = 0; k < 8; k++)
            bytes[8 * i + k] = (unsigned char)(bits >> (8 * k));
    }
    return bytes;
}

static void print_blob(Printer *printer, const double *data, int64_t count)
{
    char hash[SHA256_TEXT];
    size_t length = (size_t)count * sizeof *data;
    unsigned char *bytes = little_endian(data, count, printer->out->arena);
    sha256_text(bytes, length, hash);
    text_printf(printer->out, "blob sha256:%s", hash);
    if (!printer->blobs || map_has(&printer->seen, hash))
        return;
    map_set(&printer->seen, hash, NULL);
    text_add_bytes(printer->blobs, (const char *)bytes, length);
}

static void print_constants(Printer *printer, const Graph *graph, int depth)
{
    Text *out = printer->out;
    for (int64_t i = 0; i < graph->constant_count; i++) {
        const ConstantInfo *constant = &graph->constants[i];
        int64_t count = type_reals(&constant->type);
        start_row(printer, depth, "constant", i, NULL, &constant->type);
        text_add(out, " = ");
        if (count > GRAPH_TEXT_INLINE) {
            print_blob(printer, constant->data, count);
        } else {
            for (int64_t k = 0; k < count; k++) {
                text_add(out, k ? ", " : "[");
                text_number(out, constant->data[k]);
            }
            text_add_character(out, ']');
        }
        text_add_character(out, '\n');
    }
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------------------ */

static void print_attribute(Text *out, const AttributeInfo *info, const AttributeValue *value)
{
    text_printf(out, " %s=", info->name);
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        print_integer(out, value->integer);
        break;
    case ATTRIBUTE_REAL:
        text_number(out, value->real);
        break;
    case ATTRIBUTE_BOOLEAN:
        text_add(out, value->boolean ? "true" : "false");
        break;
    case ATTRIBUTE_NAME:
        print_name(out, value->name);
        break;
    case ATTRIBUTE_LIST:
        text_add_character(out, '[');
        for (int64_t i = 0; i < value->list.count; i++) {
            text_add(out, i ? ", " : "");
            print_integer(out, value->list.items[i]);
        }
        text_add_character(out, ']');
        break;
    }
}

/* What the reader puts in by itself need not be printed. */
static bool is_default(Arena *arena, const AttributeInfo *info, const AttributeValue *value)
{
    if (!info->fallback)
        return false;
    AttributeValue fallback = attribute_default(arena, info);
    return graph_same_attribute(info, value, &fallback);
}

static void print_operation(Text *out, const Node *node)
{
    const OpInfo *info = op_info(node->op);
    text_add(out, info->name);
    if (op_has_row(node->op))
        text_printf(out, " %lld", (long long)node->attributes[0].integer);
    if (op_is_source(node->op))
        return;
    text_add_character(out, '(');
    for (int32_t k = 0; k < node->operand_count; k++) {
        text_add(out, k ? ", " : "");
        print_value(out, node->operands[k]);
    }
    text_add_character(out, ')');
    for (int i = 0; i < op_attribute_count(info); i++)
        if (!is_default(out->arena, &info->attributes[i], &node->attributes[i]))
            print_attribute(out, &info->attributes[i], &node->attributes[i]);
}

/* What a person wants to know beside the operation: the layer it comes from, or the name of the row it reads, and where that is. */
static void print_remark(const Printer *printer, const Graph *graph, const Node *node, const char **paths)
{
    Text *out = printer->out;
    const char *remark = "";
    SourceSpan span = no_span;
    if (node->origin >= 0) {
        if (!paths[node->origin])
            paths[node->origin] = graph_origin_path(graph, node->origin, out->arena);
        remark = paths[node->origin];
        span = graph->origins[node->origin].span;
    }
    if (node->op == OP_INPUT)
        remark = graph->inputs[node->attributes[0].integer].name;
    if (node->op == OP_WEIGHT)
        remark = graph->weights[node->attributes[0].integer].name;
    if (node->op == OP_STATE)
        remark = graph->states[node->attributes[0].integer].name;
    bool placed = printer->sources && span.file >= 0;
    if (remark[0] == '\0' && !placed)
        return;
    text_add(out, "  #");
    if (remark[0] != '\0') {
        text_add_character(out, ' ');
        print_name(out, remark);
    }
    if (placed) {
        SourcePlace place = source_place(printer->sources, span.file, span.start);
        text_add_character(out, ' ');
        print_name(out, printer->sources->files[span.file].name);
        text_printf(out, ":%d:%d", place.line, place.column);
    }
}

static void print_graph(Printer *printer, const Graph *graph, const char *kind, int depth);

static void print_nodes(Printer *printer, const Graph *graph, int depth)
{
    Text *out = printer->out;
    const char **paths = arena_zero(out->arena, (size_t)graph->origin_count, sizeof *paths);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        indent(printer, depth);
        text_printf(out, "%%%lld = ", (long long)i);
        print_operation(out, node);
        for (int32_t k = 0; k < node->result_count; k++) {
            text_add(out, k ? ", " : " : ");
            type_print(&node->types[k], out);
        }
        if (node->origin >= 0)
            text_printf(out, "  @%d", node->origin);
        print_remark(printer, graph, node, paths);
        text_add_character(out, '\n');
        if (node->region)
            print_graph(printer, node->region, "region", depth + 1);
    }
}

/* ---- Results ---------------------------------------------------------------------------------------------------------------- */

static void print_paths(Text *out, const PathTable *paths)
{
    for (int64_t k = 0; k < paths->columns; k++) {
        text_add(out, k ? ", " : " columns=[");
        print_quoted(out, paths->names[k]);
    }
    for (int64_t k = 0; k < paths->rows * paths->columns; k++) {
        text_add(out, k ? ", " : "] paths=[");
        print_integer(out, paths->entries[k]);
    }
    text_add(out, "]");
}

static void print_outputs(const Printer *printer, const Graph *graph, int depth)
{
    Text *out = printer->out;
    for (int64_t i = 0; i < graph->output_count; i++) {
        const OutputInfo *output = &graph->outputs[i];
        indent(printer, depth);
        text_add(out, "output ");
        if (output->name) {
            print_name(out, output->name);
            text_add_character(out, ' ');
        }
        text_add(out, "= ");
        print_value(out, output->value);
        if (output->classes)
            text_printf(out, " classes=%lld", (long long)output->classes);
        for (int64_t k = 0; output->labels && k < output->classes; k++) {
            text_add(out, k ? ", " : " labels=[");
            print_quoted(out, output->labels[k]);
        }
        text_add(out, output->labels && output->classes ? "]" : "");
        if (output->paths)
            print_paths(out, output->paths);
        text_add_character(out, '\n');
    }
}

static void print_results(const Printer *printer, const Graph *graph, int depth)
{
    Text *out = printer->out;
    print_outputs(printer, graph, depth);
    for (int64_t i = 0; i < graph->name_count; i++) {
        indent(printer, depth);
        text_add(out, "name ");
        print_name(out, graph->names[i].path);
        text_add(out, " = ");
        print_value(out, graph->names[i].value);
        text_add_character(out, '\n');
    }
    for (int64_t i = 0; i < graph->penalty_count; i++) {
        indent(printer, depth);
        print_optional(printer, "penalty = ", graph->penalties[i]);
        text_add_character(out, '\n');
    }
    if (graph->objective.node >= 0) {
        indent(printer, depth);
        print_optional(printer, "objective = ", graph->objective);
        text_add_character(out, '\n');
    }
}

static void print_graph(Printer *printer, const Graph *graph, const char *kind, int depth)
{
    Text *out = printer->out;
    indent(printer, depth);
    text_printf(out, "%s ", kind);
    print_name(out, graph->name);
    text_add(out, graph->training ? " training {\n" : " inference {\n");
    print_origins(printer, graph, depth + 1);
    print_inputs(printer, graph, depth + 1);
    print_weights(printer, graph, depth + 1);
    print_states(printer, graph, depth + 1);
    print_constants(printer, graph, depth + 1);
    print_nodes(printer, graph, depth + 1);
    print_results(printer, graph, depth + 1);
    indent(printer, depth);
    text_add(out, "}\n");
}

void graph_print(const Graph *graph, const SourceTable *sources, Text *out, Text *blobs)
{
    Printer printer = {.sources = sources, .out = out, .blobs = blobs, .seen = map_make(out->arena)};
    print_graph(&printer, graph, "net", 0);
}

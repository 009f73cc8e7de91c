/* The reader of the Graph's text: takes what `graph_print` gives, or what a person or an enemy wrote, and gives the Graph again.
 *
 *     graph  = ("net" | "region") NAME ("inference" | "training") "{" { entry } "}"
 *     entry  = "origin" N "=" ("let" | NAME) ["in" "@" N] ["as" NAME] [place]
 *            | "input" N NAME ":" type ["bytes" | "integers" "below" INTEGER]
 *            | "weight" N NAME ":" type ["frozen"] ["decay"] ["initial" value] [place]
 *            | "state" N NAME ":" type ["initial" value] ["next" value] [place]
 *            | "constant" N ":" type "=" ("[" REAL { "," REAL } "]" | "blob" "sha256" ":" HASH)
 *            | "%" N "=" OPERATION [ROW | "(" [value { "," value }] ")" { NAME "=" attribute }] ":" type { "," type } ["@" N] [graph]
 *            | "output" [NAME] "=" value ["classes" "=" N] ["labels" "=" "[" NAME { "," NAME } "]"]
 *              ["columns" "=" "[" NAME { "," NAME } "]" "paths" "=" "[" N { "," N } "]"]
 *            | "name" NAME "=" value | "penalty" "=" value | "objective" "=" value
 *     value  = "%" N ["." N]
 *     type   = ("f" | "c" | "i" | "b") ["*"] "[" [SIZES] "]"
 *     place  = "at" NAME ":" LINE ":" COLUMN "-" [LINE ":"] COLUMN
 *
 * N numbers rows and nodes in order, from 0. A row or origin stands before what reads it; values may be named before they are computed, but
 * not as operands. Reading ends at the first complaint. */
#include "graph/reader.h"

#include "base/sha256.h"

#include <string.h>

/* Values that rows and results refer to; checked when all nodes of the graph are there. */
typedef struct LateValues {
    LateValue *items;
    int64_t count, capacity;
} LateValues;

static bool read_late(Reader *reader, LateValues *late, Value *value)
{
    SourceSpan span = reader->token.span;
    if (!read_value(reader, value))
        return false;
    late->items = arena_grow(reader->arena, late->items, late->count, &late->capacity, sizeof *late->items);
    late->items[late->count++] = (LateValue){.value = *value, .span = span};
    return true;
}

static bool check_late(Reader *reader, const LateValues *late, const Graph *graph)
{
    for (int64_t i = 0; i < late->count; i++) {
        Value value = late->items[i].value;
        if (value.node >= graph->node_count || value.result >= graph_node(graph, value)->result_count)
            return reader_fail(reader, E_VALUE, late->items[i].span, "there is no %%%d with a result %d", value.node, value.result);
    }
    return true;
}

/* ---- Origins and rows ------------------------------------------------------------------------------------------------------- */

static bool read_parent(Reader *reader, const Graph *graph, int32_t *parent)
{
    SourceSpan span = reader->token.span;
    int64_t number = -1;
    *parent = -1;
    if (!take_word(reader, "in"))
        return !reader->failed;
    if (!expect_sign(reader, '@') || !read_integer(reader, &number))
        return false;
    if (number < 0 || number >= graph->origin_count)
        return reader_fail(reader, E_VALUE, span, "origin @%lld is not there yet", (long long)number);
    *parent = (int32_t)number;
    return true;
}

static bool read_origin(Reader *reader, Graph *graph)
{
    Origin origin = {.span = no_span};
    reader_next(reader);
    if (!read_number(reader, graph->origin_count, "origin") || !expect_sign(reader, '='))
        return false;
    if (!take_word(reader, "let") && !read_name(reader, &origin.definition))
        return false;
    if (!read_parent(reader, graph, &origin.parent))
        return false;
    if (take_word(reader, "as") && !read_name(reader, &origin.path))
        return false;
    int32_t row = graph_add_origin(graph, origin);
    return read_place(reader, graph, PLACE_OF_ORIGIN, row);
}

static bool start_row(Reader *reader, const char *kind, int64_t count, const char **name, Type *type)
{
    reader_next(reader);
    if (!read_number(reader, count, kind) || (name && !read_name(reader, name)))
        return false;
    return expect_sign(reader, ':') && read_type(reader, type);
}

static bool read_input(Reader *reader, Graph *graph)
{
    InputInfo input = {.kind = INPUT_REAL};
    if (!start_row(reader, "input", graph->input_count, &input.name, &input.type))
        return false;
    if (take_word(reader, "bytes")) {
        input.kind = INPUT_BYTES;
    } else if (take_word(reader, "integers")) {
        input.kind = INPUT_INTEGERS;
        if (!expect_word(reader, "below") || !read_integer(reader, &input.below))
            return false;
    }
    graph_add_input(graph, input);
    return !reader->failed;
}

static bool read_weight(Reader *reader, Graph *graph, LateValues *late)
{
    WeightInfo weight = {.initial = no_value, .span = no_span};
    if (!start_row(reader, "weight", graph->weight_count, &weight.name, &weight.type))
        return false;
    weight.frozen = take_word(reader, "frozen");
    weight.decay = take_word(reader, "decay");
    if (take_word(reader, "initial") && !read_late(reader, late, &weight.initial))
        return false;
    int32_t row = graph_add_weight(graph, weight);
    return read_place(reader, graph, PLACE_OF_WEIGHT, row);
}

static bool read_state(Reader *reader, Graph *graph, LateValues *late)
{
    StateInfo state = {.initial = no_value, .next = no_value, .span = no_span};
    if (!start_row(reader, "state", graph->state_count, &state.name, &state.type))
        return false;
    if (take_word(reader, "initial") && !read_late(reader, late, &state.initial))
        return false;
    if (take_word(reader, "next") && !read_late(reader, late, &state.next))
        return false;
    int32_t row = graph_add_state(graph, state);
    return read_place(reader, graph, PLACE_OF_STATE, row);
}

/* ---- Constants -------------------------------------------------------------------------------------------------------------- */

static double *read_reals(Reader *reader, SourceSpan span, int64_t count)
{
    double *reals = NULL;
    int64_t capacity = 0;
    int64_t have = 0;
    if (!expect_sign(reader, '['))
        return NULL;
    while (!at_sign(reader, ']')) {
        reals = arena_grow(reader->arena, reals, have, &capacity, sizeof *reals);
        if ((have > 0 && !expect_sign(reader, ',')) || !read_real(reader, &reals[have]))
            return NULL;
        have++;
    }
    if (have != count) {
        reader_fail(reader, E_TYPE, span, "this constant has %lld reals, the text gives %lld", (long long)count, (long long)have);
        return NULL;
    }
    return expect_sign(reader, ']') ? reals : NULL;
}

/* Little-endian bytes to doubles. */
static double *decode(Reader *reader, const unsigned char *bytes, int64_t count)
{
    double *reals = arena_take(reader->arena, (size_t)count * sizeof *reals);
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        for (int k = 7; k >= 0; k--)
            bits = bits << 8 | bytes[8 * i + k];
        memcpy(&reals[i], &bits, sizeof bits);
    }
    return reals;
}

/* What a blob was decoded to, for constants that share it. */
typedef struct BlobData {
    int64_t count;
    const double *reals;
} BlobData;

/* The next blob of the side file, which must have this hash. */
static const BlobData *take_blob(Reader *reader, SourceSpan span, const char *hash, int64_t count)
{
    char found[SHA256_TEXT];
    size_t rest = reader->blob_length - reader->blob_at;
    if (!reader->blobs || (uint64_t)count > rest / sizeof(double)) {
        reader_fail(reader, E_BLOB, span, "blob %.12s... is not among the blobs: they end too early", hash);
        return NULL;
    }
    const char *bytes = reader->blobs + reader->blob_at;
    size_t length = (size_t)count * sizeof(double);
    sha256_text(bytes, length, found);
    if (strcmp(found, hash) != 0) {
        reader_fail(reader, E_BLOB, span, "the blobs are others than the text's: expected %.12s..., found %.12s...", hash, found);
        return NULL;
    }
    reader->blob_at += length;
    BlobData data = {.count = count, .reals = decode(reader, (const unsigned char *)bytes, count)};
    BlobData *copy = arena_copy(reader->arena, &data, sizeof data);
    map_set(&reader->blob_data, hash, copy);
    return copy;
}

static const double *read_blob(Reader *reader, SourceSpan span, int64_t count)
{
    if (!expect_word(reader, "sha256") || !expect_sign(reader, ':'))
        return NULL;
    if (reader->token.kind != TOKEN_WORD) {
        reader_expected(reader, "a hash");
        return NULL;
    }
    const char *hash = reader->token.text;
    const BlobData *data = map_get(&reader->blob_data, hash);
    if (!data)
        data = take_blob(reader, span, hash, count);
    if (!data)
        return NULL;
    if (data->count != count) {
        reader_fail(reader, E_TYPE, span, "this constant has %lld reals, its blob has %lld", (long long)count,
                    (long long)data->count);
        return NULL;
    }
    reader_next(reader);
    return data->reals;
}

static bool read_constant(Reader *reader, Graph *graph)
{
    ConstantInfo constant = {.data = NULL};
    SourceSpan span = reader->token.span;
    if (!start_row(reader, "constant", graph->constant_count, NULL, &constant.type) || !expect_sign(reader, '='))
        return false;
    int64_t count = type_reals(&constant.type);
    if (take_word(reader, "blob"))
        constant.data = read_blob(reader, span, count);
    else
        constant.data = read_reals(reader, span, count);
    if (!constant.data)
        return false;
    graph_add_constant(graph, constant);
    return true;
}

/* ---- Results ---------------------------------------------------------------------------------------------------------------- */

/* `= [NAME, ...]` */
static bool read_names(Reader *reader, const char ***names, int64_t *count)
{
    int64_t capacity = 0;
    if (!expect_sign(reader, '=') || !expect_sign(reader, '['))
        return false;
    while (!at_sign(reader, ']')) {
        *names = arena_grow(reader->arena, *names, *count, &capacity, sizeof **names);
        if ((*count > 0 && !expect_sign(reader, ',')) || !read_name(reader, &(*names)[*count]))
            return false;
        ++*count;
    }
    return expect_sign(reader, ']');
}

static bool read_labels(Reader *reader, OutputInfo *output, SourceSpan span)
{
    const char **labels = NULL;
    int64_t count = 0;
    if (!read_names(reader, &labels, &count))
        return false;
    if (count != output->classes)
        return reader_fail(reader, E_TYPE, span, "there are %lld classes and %lld labels", (long long)output->classes,
                           (long long)count);
    output->labels = labels;
    return true;
}

static bool read_paths(Reader *reader, OutputInfo *output, SourceSpan span)
{
    PathTable *paths = arena_zero(reader->arena, 1, sizeof *paths);
    int64_t count = 0;
    if (!read_names(reader, &paths->names, &paths->columns) || !expect_word(reader, "paths") || !expect_sign(reader, '=') ||
        !read_list(reader, &paths->entries, &count))
        return false;
    if (paths->columns == 0 || count == 0 || count % paths->columns != 0)
        return reader_fail(reader, E_TYPE, span, "%lld numbers are no rows of %lld columns", (long long)count,
                           (long long)paths->columns);
    paths->rows = count / paths->columns;
    output->paths = paths;
    return true;
}

static bool read_output(Reader *reader, Graph *graph, LateValues *late)
{
    OutputInfo output = {.name = NULL};
    SourceSpan span = reader->token.span;
    reader_next(reader);
    if (!at_sign(reader, '=') && !read_name(reader, &output.name))
        return false;
    if (!expect_sign(reader, '=') || !read_late(reader, late, &output.value))
        return false;
    if (take_word(reader, "classes") && (!expect_sign(reader, '=') || !read_integer(reader, &output.classes)))
        return false;
    if (take_word(reader, "labels") && !read_labels(reader, &output, span))
        return false;
    if (take_word(reader, "columns") && !read_paths(reader, &output, span))
        return false;
    graph_add_output(graph, output);
    return !reader->failed;
}

static bool read_named(Reader *reader, Graph *graph, LateValues *late)
{
    const char *path;
    Value value;
    reader_next(reader);
    if (!read_name(reader, &path) || !expect_sign(reader, '=') || !read_late(reader, late, &value))
        return false;
    graph_add_name(graph, path, value);
    return true;
}

static bool read_penalty(Reader *reader, Graph *graph, LateValues *late)
{
    Value value;
    reader_next(reader);
    if (!expect_sign(reader, '=') || !read_late(reader, late, &value))
        return false;
    graph_add_penalty(graph, value);
    return true;
}

static bool read_objective(Reader *reader, Graph *graph, LateValues *late)
{
    SourceSpan span = reader->token.span;
    reader_next(reader);
    if (graph->objective.node >= 0)
        return reader_fail(reader, E_RULE, span, "there is an objective already");
    return expect_sign(reader, '=') && read_late(reader, late, &graph->objective);
}

/* ---- The whole -------------------------------------------------------------------------------------------------------------- */

static bool read_entry(Reader *reader, Graph *graph, LateValues *late)
{
    if (at_sign(reader, '%'))
        return read_node(reader, graph);
    if (at_word(reader, "origin"))
        return read_origin(reader, graph);
    if (at_word(reader, "input"))
        return read_input(reader, graph);
    if (at_word(reader, "weight"))
        return read_weight(reader, graph, late);
    if (at_word(reader, "state"))
        return read_state(reader, graph, late);
    if (at_word(reader, "constant"))
        return read_constant(reader, graph);
    if (at_word(reader, "output"))
        return read_output(reader, graph, late);
    if (at_word(reader, "name"))
        return read_named(reader, graph, late);
    if (at_word(reader, "penalty"))
        return read_penalty(reader, graph, late);
    if (at_word(reader, "objective"))
        return read_objective(reader, graph, late);
    return reader_expected(reader, "a node, a row, an output or `}`");
}

static bool read_head(Reader *reader, const char *kind, Graph *graph)
{
    if (!expect_word(reader, kind) || !read_name(reader, &graph->name))
        return false;
    graph->training = take_word(reader, "training");
    return (graph->training || expect_word(reader, "inference")) && expect_sign(reader, '{');
}

Graph *read_graph(Reader *reader, const char *kind)
{
    LateValues late = {.items = NULL};
    Graph *graph = graph_make(reader->arena, "");
    if (reader->depth > GRAPH_REGION_DEPTH) {
        reader_fail(reader, E_LIMIT, reader->token.span, "scans lie at most %d deep in each other", GRAPH_REGION_DEPTH);
        return NULL;
    }
    reader->depth++;
    bool good = read_head(reader, kind, graph);
    while (good && !at_sign(reader, '}'))
        good = read_entry(reader, graph, &late);
    reader->depth--;
    if (!good || !check_late(reader, &late, graph))
        return NULL;
    reader_next(reader);
    return reader->failed ? NULL : graph;
}

Graph *graph_read(Arena *arena, Diagnostics *diagnostics, int32_t file, const char *blobs, size_t blob_length)
{
    Reader reader = {
        .arena = arena,
        .diagnostics = diagnostics,
        .file = file,
        .text = diagnostics->sources->files[file].text,
        .length = diagnostics->sources->files[file].length,
        .blobs = blobs,
        .blob_length = blob_length,
        .blob_data = map_make(arena),
        .file_numbers = map_make(arena),
    };
    reader_next(&reader);
    SourceSpan head = reader.token.span;
    Graph *graph = read_graph(&reader, "net");
    if (!graph)
        return NULL;
    if (reader.token.kind != TOKEN_END) {
        reader_expected(&reader, "nothing more");
        return NULL;
    }
    const char *problem = graph_verify(graph, arena);
    if (problem)
        reader_fail(&reader, E_RULE, head, "%s", problem);
    return !reader.failed && resolve_places(&reader) ? graph : NULL;
}

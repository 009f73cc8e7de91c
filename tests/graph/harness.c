/* Graphs for tests; see harness.h. */
#include "graph/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

Bench *bench_make(void)
{
    StrataAllocator allocator = strata_default_allocator();
    Bench *bench = malloc(sizeof *bench);
    arena_init(&bench->arena, &allocator);
    bench->sources = source_table_make(&bench->arena);
    bench->diagnostics = diagnostics_make(&bench->arena, &bench->sources);
    return bench;
}

void bench_release(Bench *bench)
{
    arena_release(&bench->arena);
    free(bench);
}

char *bench_read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    Text text = text_make(arena);
    char buffer[4096];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(&text, buffer, count);
    fclose(file);
    return arena_duplicate(arena, text_string(&text));
}

void bench_expect_golden(Bench *bench, const char *text, const char *path)
{
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    assert_string_equal(text, bench_read_file(&bench->arena, path));
}

const char *bench_print(Bench *bench, const Graph *graph)
{
    Text text = text_make(&bench->arena);
    graph_print(graph, &bench->sources, &text, NULL);
    return text_string(&text);
}

Graph *bench_read(Bench *bench, const char *text)
{
    int32_t file = source_add(&bench->sources, "test.graph", text, strlen(text), false);
    return graph_read(&bench->arena, &bench->diagnostics, file, NULL, 0);
}

Type bench_type(const char *text)
{
    Type type = {.element = (ElementKind)(strchr("fcib", text[0]) - "fcib"), .batched = text[1] == '*'};
    const char *at = strchr(text, '[') + 1;
    while (*at != ']') {
        type.size[type.rank++] = strtoll(at, (char **)&at, 10);
        if (*at == 'x')
            at++;
    }
    return type;
}

/* The value of one attribute, which stands behind its `=` in `text`. */
static AttributeValue attribute_value(Arena *arena, const AttributeInfo *info, const char *text)
{
    size_t length = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, " ");
    AttributeInfo given = *info;
    given.fallback = arena_string(arena, text, length);
    return attribute_default(arena, &given);
}

/* Every attribute by its default, or as `text` says: "stride=[2, 2] groups=3". */
static AttributeValue *attribute_values(Arena *arena, const OpInfo *info, const char *text)
{
    int count = op_attribute_count(info);
    AttributeValue *values = arena_zero(arena, (size_t)count + 1, sizeof *values);
    for (int i = 0; i < count; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s=", info->attributes[i].name);
        const char *found = text ? strstr(text, key) : NULL;
        while (found && found != text && found[-1] != ' ')
            found = strstr(found + 1, key);
        values[i] = found ? attribute_value(arena, &info->attributes[i], found + strlen(key))
                          : attribute_default(arena, &info->attributes[i]);
    }
    return values;
}

Value bench_append(Graph *graph, const char *op, const Value *operands, int count, const char *attributes, int32_t origin)
{
    const OpInfo *info = op_find(op);
    return graph_append(graph, info->op, operands, count, attribute_values(graph->arena, info, attributes), origin);
}

Value bench_apply1(Graph *graph, const char *op, Value x, const char *attributes, int32_t origin)
{
    return bench_append(graph, op, &x, 1, attributes, origin);
}

Value bench_apply2(Graph *graph, const char *op, Value a, Value b, const char *attributes, int32_t origin)
{
    return bench_append(graph, op, (Value[]){a, b}, 2, attributes, origin);
}

Value bench_constant(Graph *graph, Type type, const double *data)
{
    double *copy = arena_copy(graph->arena, data, (size_t)type_reals(&type) * sizeof *data);
    return graph_source(graph, OP_CONSTANT, graph_add_constant(graph, (ConstantInfo){.type = type, .data = copy}), -1);
}

Value bench_number(Graph *graph, double number)
{
    return bench_constant(graph, (Type){.element = ELEMENT_REAL}, &number);
}

Value bench_input(Graph *graph, const char *name, Type type)
{
    return graph_source(graph, OP_INPUT, graph_add_input(graph, (InputInfo){.name = name, .type = type}), 0);
}

static Value weight(Graph *graph, const char *name, const char *type, int32_t origin)
{
    WeightInfo info = {.name = name, .type = bench_type(type), .decay = true, .initial = no_value, .span = no_span};
    return graph_source(graph, OP_WEIGHT, graph_add_weight(graph, info), origin);
}

static const char lenet_source[] = "net lenet(image: 1x28x28) -> classes(10) =\n"
                                   "  image\n"
                                   "  |> conv(6, 5x5, pad=2) |> relu |> maxpool(2x2)\n"
                                   "  |> conv(16, 5x5)       |> relu |> maxpool(2x2)\n"
                                   "  |> flatten\n"
                                   "  |> dense(120) |> relu\n"
                                   "  |> dense(84)  |> relu\n"
                                   "  |> dense(10)\n";

/* The origin of a call, whose place is the `ordinal`-th time that `text` stands in the source. */
static int32_t call(Graph *graph, const char *definition, const char *path, const char *text, int ordinal)
{
    const char *at = lenet_source;
    for (int i = 0; i < ordinal; i++)
        at = strstr(at, text) + 1;
    uint32_t start = (uint32_t)(at - 1 - lenet_source);
    SourceSpan span = {.file = 0, .start = start, .end = start + (uint32_t)strlen(text)};
    return graph_add_origin(graph, (Origin){.parent = 0, .definition = definition, .path = path, .span = span});
}

static Value conv(Graph *graph, Value x, const char *name, int32_t origin, const char *type, int channels, const char *attributes)
{
    char text[64];
    snprintf(text, sizeof text, "f[%d]", channels);
    Value w = weight(graph, arena_printf(graph->arena, "%s.weight", name), type, origin);
    Value y = bench_apply2(graph, "convolve", x, w, attributes, origin);
    Value bias = weight(graph, arena_printf(graph->arena, "%s.bias", name), text, origin);
    snprintf(text, sizeof text, "shape=[%d, 1, 1]", channels);
    Value column = bench_apply1(graph, "reshape", bias, text, origin);
    y = bench_apply2(graph, "add", y, column, NULL, origin);
    graph_add_name(graph, name, y);
    return y;
}

static Value dense(Graph *graph, Value x, const char *name, int32_t origin, const char *type, int out)
{
    char text[64];
    snprintf(text, sizeof text, "f[%d]", out);
    Value w = weight(graph, arena_printf(graph->arena, "%s.weight", name), type, origin);
    Value y = bench_apply2(graph, "matmul", w, x, NULL, origin);
    Value bias = weight(graph, arena_printf(graph->arena, "%s.bias", name), text, origin);
    y = bench_apply2(graph, "add", y, bias, NULL, origin);
    graph_add_name(graph, name, y);
    return y;
}

static Value layer(Graph *graph, const char *op, Value x, const char *name, const char *attributes, int32_t origin)
{
    Value y = bench_apply1(graph, op, x, attributes, origin);
    graph_add_name(graph, name, y);
    return y;
}

Graph *bench_lenet(Bench *bench)
{
    source_add(&bench->sources, "lenet.net", lenet_source, strlen(lenet_source), false);
    Graph *graph = graph_make(&bench->arena, "lenet");
    graph_add_origin(graph, (Origin){.parent = -1, .definition = "lenet", .span = {0, 4, 9}});
    const char *pool = "window=[2, 2]";
    Value x = bench_input(graph, "image", bench_type("f*[1x28x28]"));
    x = conv(graph, x, "conv1", call(graph, "conv", "conv1", "conv(6, 5x5, pad=2)", 1), "f[6x1x5x5]", 6, "pad=[2]");
    x = layer(graph, "relu", x, "relu1", NULL, call(graph, "relu", "relu1", "relu", 1));
    x = layer(graph, "pool_max", x, "maxpool1", pool, call(graph, "maxpool", "maxpool1", "maxpool(2x2)", 1));
    x = conv(graph, x, "conv2", call(graph, "conv", "conv2", "conv(16, 5x5)", 1), "f[16x6x5x5]", 16, NULL);
    x = layer(graph, "relu", x, "relu2", NULL, call(graph, "relu", "relu2", "relu", 2));
    x = layer(graph, "pool_max", x, "maxpool2", pool, call(graph, "maxpool", "maxpool2", "maxpool(2x2)", 2));
    x = layer(graph, "reshape", x, "flatten1", "shape=[400]", call(graph, "flatten", "flatten1", "flatten", 1));
    x = dense(graph, x, "dense1", call(graph, "dense", "dense1", "dense(120)", 1), "f[120x400]", 120);
    x = layer(graph, "relu", x, "relu3", NULL, call(graph, "relu", "relu3", "relu", 3));
    x = dense(graph, x, "dense2", call(graph, "dense", "dense2", "dense(84)", 1), "f[84x120]", 84);
    x = layer(graph, "relu", x, "relu4", NULL, call(graph, "relu", "relu4", "relu", 4));
    x = dense(graph, x, "dense3", call(graph, "dense", "dense3", "dense(10)", 1), "f[10x84]", 10);
    graph_add_output(graph, (OutputInfo){.value = x, .classes = 10});
    return graph;
}

static const char *const three_labels[] = {"cat", "big dog", "line\nend"};
static const char *path_columns[] = {"order", "j 1"};
static const int64_t path_entries[] = {0, -1, 1, 0, 1, 12};
static const PathTable three_paths = {.rows = 3, .columns = 2, .names = path_columns, .entries = path_entries};

/* h' = tanh(W x + h): one step of a recurrent cell whose W is captured. */
static Graph *cell(Arena *arena)
{
    Graph *region = graph_make(arena, "step");
    Value h = bench_input(region, "h", bench_type("f*[3]"));
    Value x = bench_input(region, "x", bench_type("f*[2]"));
    Value w = bench_input(region, "w", bench_type("f[3x2]"));
    region->nodes[h.node].origin = region->nodes[x.node].origin = region->nodes[w.node].origin = -1;
    Value sum = bench_apply2(region, "add", bench_apply2(region, "matmul", w, x, NULL, -1), h, NULL, -1);
    graph_add_output(region, (OutputInfo){.value = bench_apply1(region, "tanh", sum, NULL, -1)});
    return region;
}

Graph *bench_recurrent(Bench *bench)
{
    Graph *graph = graph_make(&bench->arena, "recurrent net");
    graph->training = true;
    graph_add_origin(graph, (Origin){.parent = -1, .definition = "recurrent net", .span = no_span});
    int32_t part = graph_add_origin(graph, (Origin){.parent = 0, .path = "main", .span = no_span});
    Value xs = bench_input(graph, "xs", bench_type("f*[5x2]"));
    Value label = graph_source(
        graph, OP_INPUT,
        graph_add_input(graph, (InputInfo){.name = "label", .type = bench_type("i*[]"), .kind = INPUT_INTEGERS, .below = 3}), 0);
    Value w = weight(graph, "main.w", "f[3x2]", part);
    Value v = weight(graph, "v \"2\"", "f[3]", part);
    graph->weights[1].frozen = true;
    graph->weights[1].decay = false;
    Value zeros = bench_constant(graph, bench_type("f[3]"), (double[]){0, -0.5, 1e-5});
    graph->weights[1].initial = zeros;
    double table[65];
    for (int i = 0; i < 65; i++)
        table[i] = i / 7.0;
    bench_constant(graph, bench_type("f[65]"), table);
    Value scan = graph_append_scan(graph, cell(&bench->arena), (Value[]){zeros, xs, w}, 3, 1, 1, true, part);
    Value mean = bench_apply1(graph, "reduce_mean", scan, "axes=[0]", part);
    Value y = bench_apply2(graph, "multiply", mean, v, NULL, part);
    int32_t row =
        graph_add_state(graph, (StateInfo){.name = "main.mean", .type = bench_type("f[3]"), .initial = zeros, .span = no_span});
    Value state = graph_source(graph, OP_STATE, row, part);
    Value batch = bench_apply1(graph, "batch_mean", y, NULL, part);
    graph->states[row].next = bench_apply2(graph, "add", state, batch, NULL, part);
    graph->states[row].span = no_span;
    graph_add_name(graph, "main", y);
    graph_add_output(graph, (OutputInfo){.name = "y", .value = y, .classes = 3, .labels = three_labels, .paths = &three_paths});
    graph_add_penalty(graph, bench_apply1(graph, "reduce_sum", bench_apply1(graph, "abs", w, NULL, 0), NULL, 0));
    Value error = bench_apply2(graph, "subtract", bench_apply1(graph, "reduce_sum", y, NULL, 0), label, NULL, 0);
    graph->objective = error;
    return graph;
}

Graph *bench_chain(Arena *arena, int64_t blocks)
{
    Graph *graph = graph_make(arena, "chain");
    graph_add_origin(graph, (Origin){.parent = -1, .definition = "chain", .span = no_span});
    Value x = bench_input(graph, "x", bench_type("f*[4x6x6]"));
    for (int64_t i = 0; i < blocks; i++) {
        const char *name = arena_printf(arena, "block%lld", (long long)i + 1);
        int32_t origin = graph_add_origin(graph, (Origin){.parent = 0, .definition = "block", .path = name, .span = no_span});
        Value w = weight(graph, arena_printf(arena, "%s.weight", name), "f[4x4x3x3]", origin);
        Value y = bench_apply2(graph, "convolve", x, w, "pad=[1]", origin);
        Value one = bench_number(graph, 1);
        y = bench_apply2(graph, "multiply", y, one, NULL, origin);
        x = bench_apply2(graph, "add", bench_apply1(graph, "relu", y, NULL, origin), x, NULL, origin);
        graph_add_name(graph, name, x);
    }
    graph_add_output(graph, (OutputInfo){.value = x});
    return graph;
}

/* ---- Random graphs ---------------------------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t draw(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int64_t draw_below(uint64_t *seed, int64_t limit)
{
    return (int64_t)(draw(seed) % (uint64_t)limit);
}

static Type draw_type(uint64_t *seed)
{
    Type type = {.element = ELEMENT_REAL, .rank = (int)draw_below(seed, 4)};
    if (draw_below(seed, 5) == 0)
        type.element = draw_below(seed, 2) ? ELEMENT_INTEGER : ELEMENT_COMPLEX;
    for (int i = 0; i < type.rank; i++)
        type.size[i] = 1 + draw_below(seed, 4);
    return type;
}

static Value draw_value(const Graph *graph, uint64_t *seed)
{
    /* recent ones more often, so that graphs grow deep */
    int64_t count = graph->node_count;
    int64_t node = draw_below(seed, 2) ? draw_below(seed, count) : count - 1 - draw_below(seed, count < 6 ? count : 6);
    return (Value){.node = (int32_t)node, .result = (int32_t)draw_below(seed, graph->nodes[node].result_count)};
}

static const char *draw_word(Arena *arena, uint64_t *seed, const char *words)
{
    if (!words)
        return draw_below(seed, 2) ? "place.a" : "place b";
    int64_t skip = draw_below(seed, 4);
    while (skip-- > 0 && strchr(words, ' '))
        words = strchr(words, ' ') + 1;
    return arena_string(arena, words, strcspn(words, " "));
}

/* A list: sometimes the operand's own sizes, so that reshapes fit; else a few small numbers. */
static AttributeValue draw_list(Arena *arena, uint64_t *seed, const Type *operand)
{
    int64_t items[MAX_RANK];
    int64_t count = draw_below(seed, 4);
    if (operand && draw_below(seed, 2)) {
        count = operand->rank;
        memcpy(items, operand->size, (size_t)count * sizeof *items);
    } else {
        for (int64_t i = 0; i < count; i++)
            items[i] = draw_below(seed, 4);
    }
    AttributeValue value = {.list = {.count = count}};
    value.list.items = arena_copy(arena, items, (size_t)count * sizeof *items);
    return value;
}

static AttributeValue draw_attribute(Arena *arena, uint64_t *seed, const AttributeInfo *info, const Type *operand)
{
    AttributeValue value = {.list = {NULL, 0}};
    if (info->fallback && draw_below(seed, 3) > 0)
        return attribute_default(arena, info);
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        value.integer = draw_below(seed, 5) - 1;
        break;
    case ATTRIBUTE_REAL:
        value.real = (double)draw_below(seed, 100) / 7;
        break;
    case ATTRIBUTE_BOOLEAN:
        value.boolean = draw_below(seed, 2);
        break;
    case ATTRIBUTE_NAME:
        value.name = draw_word(arena, seed, info->words);
        break;
    case ATTRIBUTE_LIST:
        value = draw_list(arena, seed, operand);
        break;
    }
    return value;
}

/* Tries one operation over values that are there; what its shape rule refuses is left out. */
static void try_operation(Graph *graph, uint64_t *seed)
{
    enum { MOST_OPERANDS = 8 };
    const OpInfo *info = op_info((Op)(OP_NEGATE + draw_below(seed, OP_COUNT - OP_NEGATE)));
    if (!info || info->op == OP_SCAN)
        return;
    Value operands[MOST_OPERANDS];
    Type types[MOST_OPERANDS];
    int count = info->operands + (info->variadic ? (int)draw_below(seed, 2) : 0);
    for (int k = 0; k < count; k++) {
        operands[k] = draw_value(graph, seed);
        types[k] = *graph_type(graph, operands[k]);
    }
    int attribute_count = op_attribute_count(info);
    AttributeValue *attributes = arena_zero(graph->arena, (size_t)attribute_count + 1, sizeof *attributes);
    for (int i = 0; i < attribute_count; i++)
        attributes[i] = draw_attribute(graph->arena, seed, &info->attributes[i], count ? &types[0] : NULL);
    OpUse use;
    if (graph_infer(graph->arena, info->op, types, count, attributes, &use) && type_elements(&use.result) <= 4096)
        graph_append(graph, info->op, operands, count, attributes, (int32_t)draw_below(seed, graph->origin_count));
}

static Graph *random_region(Arena *arena, uint64_t *seed, const Type *inputs, int64_t count);

static void try_scan(Graph *graph, uint64_t *seed)
{
    Value operands[3] = {draw_value(graph, seed), draw_value(graph, seed), draw_value(graph, seed)};
    const Type *state = graph_type(graph, operands[0]);
    const Type *sequence = graph_type(graph, operands[1]);
    if (sequence->rank == 0 || state->rank == MAX_RANK || type_elements(state) * sequence->size[0] > 4096)
        return;
    Type inputs[3] = {*state, *sequence, *graph_type(graph, operands[2])};
    inputs[1].rank--;
    memmove(inputs[1].size, inputs[1].size + 1, sizeof inputs[1].size - sizeof inputs[1].size[0]);
    Graph *region = random_region(graph->arena, seed, inputs, 3);
    graph_append_scan(graph, region, operands, 3, 1, 1, draw_below(seed, 2), (int32_t)draw_below(seed, graph->origin_count));
}

static void draw_origins(Graph *graph, uint64_t *seed)
{
    static const char *const definitions[] = {"conv", "let", NULL, "odd name"};
    static const char *const paths[] = {"conv1", NULL, "0", "quoted \"x\""};
    graph_add_origin(graph, (Origin){.parent = -1, .definition = graph->name, .span = no_span});
    for (int i = 1; i < 6; i++)
        graph_add_origin(graph, (Origin){.parent = (int32_t)draw_below(seed, i),
                                         .definition = definitions[draw_below(seed, 4)],
                                         .path = paths[draw_below(seed, 4)],
                                         .span = no_span});
}

static void draw_constant(Graph *graph, uint64_t *seed)
{
    double data[2 * 64];
    Type type = draw_type(seed);
    for (int64_t i = 0; i < type_reals(&type); i++)
        data[i] = draw_below(seed, 4) ? (double)draw_below(seed, 4) - 1 : (double)draw_below(seed, 1000) / 7;
    bench_constant(graph, type, data);
}

static Graph *random_region(Arena *arena, uint64_t *seed, const Type *inputs, int64_t count)
{
    Graph *region = graph_make(arena, "step");
    draw_origins(region, seed);
    for (int64_t k = 0; k < count; k++)
        bench_input(region, arena_printf(arena, "x%lld", (long long)k), inputs[k]);
    draw_constant(region, seed);
    for (int i = 0; i < 20; i++)
        try_operation(region, seed);
    Value next = {.node = 0};
    for (int64_t i = 0; i < region->node_count; i++)
        if (type_equal(&region->nodes[i].types[0], &inputs[0]))
            next.node = (int32_t)i;
    graph_add_output(region, (OutputInfo){.value = next});
    return region;
}

/* Weights, states and constants in every form. */
static void draw_sources(Graph *graph, uint64_t *seed)
{
    Arena *arena = graph->arena;
    for (int i = 0; i < 3; i++) {
        Type type = draw_type(seed);
        type.batched = draw_below(seed, 4) > 0;
        bench_input(graph, arena_printf(arena, "x%d", i), type);
        WeightInfo weight = {.name = arena_printf(arena, "w%d", i), .type = draw_type(seed), .frozen = i == 1, .decay = i == 0};
        weight.initial = no_value;
        weight.span = no_span;
        graph_source(graph, OP_WEIGHT, graph_add_weight(graph, weight), 0);
        StateInfo state = {
            .name = arena_printf(arena, "s%d", i), .type = draw_type(seed), .initial = no_value, .next = no_value, .span = no_span};
        graph_source(graph, OP_STATE, graph_add_state(graph, state), 0);
        draw_constant(graph, seed);
    }
    graph_source(graph, (Op)(OP_SEED + draw_below(seed, 3)), 0, 0);
}

/* Next values of states, penalties, objective, outputs and names, from what fits. */
static void draw_results(Graph *graph, uint64_t *seed)
{
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Type *type = &graph->nodes[i].types[0];
        Value value = {.node = (int32_t)i};
        for (int64_t k = 0; k < graph->state_count; k++)
            if (type_equal(type, &graph->states[k].type) && draw_below(seed, 2))
                graph->states[k].next = value;
        bool number = type->rank == 0 && type->element == ELEMENT_REAL;
        if (number && draw_below(seed, 4) == 0)
            graph_add_penalty(graph, value);
        if (number && type->batched)
            graph->objective = value;
        if (draw_below(seed, 8) == 0)
            graph_add_name(graph, arena_printf(graph->arena, "value%lld", (long long)i), value);
    }
    for (int i = 0; i < 3; i++)
        graph_add_output(graph, (OutputInfo){.name = arena_printf(graph->arena, "y%d", i), .value = draw_value(graph, seed)});
}

Graph *bench_random(Arena *arena, uint64_t seed, int64_t nodes)
{
    Graph *graph = graph_make(arena, "random");
    graph->training = draw_below(&seed, 2);
    draw_origins(graph, &seed);
    draw_sources(graph, &seed);
    for (int64_t i = 0; graph->node_count < nodes && i < 100 * nodes; i++) {
        if (draw_below(&seed, 50) == 0)
            try_scan(graph, &seed);
        else
            try_operation(graph, &seed);
    }
    draw_results(graph, &seed);
    return graph;
}

/* Fast operations: which stand for which part of a net, and that the whole computes the same.
 *
 * Both Graphs are evaluated by definition in double precision. What a layer rounds there is below 1e-12 of its largest possible sum (some
 * hundred terms, and Winograd's transforms enlarge them less than a thousand times), and nets have three layers at most; a wrong weight, tap
 * or lane changes results by a part of them. */
#include "transform/transform.h"

#include "engine/reference.h"
#include "graph/harness.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static const double tolerance = 1e-10;

/* A line makes a value: an operation over values by name. `input` and `weight` have a type instead of operands. The last line is the output. */
typedef struct Line {
    const char *name, *op, *operands, *attributes;
} Line;

enum { MOST_LINES = 16 };

typedef struct Case {
    Line lines[MOST_LINES];
    const char *single; /* operations in single precision, and in double; weights and what prepares them apart */
    const char *exact;  /* without Winograd; null: the same */
} Case;

static const Case cases[] = {
    /* convolution with bias and activation, then another one and pooling */
    {{{"x", "input", "f*[3x13x11]", NULL},
      {"w", "weight", "f[20x3x3x3]", NULL},
      {"b", "weight", "f[20x1x1]", NULL},
      {"y", "convolve", "x w", "pad=[1]"},
      {"z", "add", "y b", NULL},
      {"r", "relu", "z", NULL},
      {"v", "weight", "f[24x20x3x3]", NULL},
      {"u", "convolve", "r v", "pad=[1]"},
      {"s", "relu", "u", NULL},
      {"p", "pool_max", "s", "window=[2] stride=[2]"}},
     "convolve_blocks convolve_winograd from_blocks",
     "convolve_blocks convolve_blocks from_blocks"},
    /* normalisation, folded; stride; a residual, to which the later product adds the earlier */
    {{{"x", "input", "f*[32x9x9]", NULL},
      {"w", "weight", "f[32x32x1x1]", NULL},
      {"m", "weight", "f[32x1x1]", NULL},
      {"y", "convolve", "x w", "stride=[2]"},
      {"c", "subtract", "y m", NULL},
      {"n", "multiply", "c m", NULL},
      {"v", "weight", "f[32x32x3x3]", NULL},
      {"u", "convolve", "x v", "stride=[2] pad=[1]"},
      {"t", "divide", "u m", NULL},
      {"a", "add", "n t", NULL},
      {"r", "relu", "a", NULL},
      {"g", "reduce_mean", "r", "axes=[1,2]"},
      {"d", "weight", "f[7x32]", NULL},
      {"o", "matmul", "d g", NULL}},
     "to_blocks convolve_blocks convolve_blocks pool_blocks from_blocks reshape dense_packed",
     NULL},
    /* depthwise and a clamp; element-wise operations on blocks, by channel and by number */
    {{{"x", "input", "f*[17x6x5]", NULL},
      {"w", "weight", "f[17x1x3x3]", NULL},
      {"b", "weight", "f[17x1x1]", NULL},
      {"y", "convolve", "x w", "pad=[1] groups=17"},
      {"r", "relu", "y", NULL},
      {"six", "number", "6", NULL},
      {"c", "minimum", "r six", NULL},
      {"t", "tanh", "c", NULL},
      {"m", "multiply", "t b", NULL},
      {"k", "maximum", "six m", NULL},
      {"p", "pool_mean", "k", "window=[3] stride=[2] pad=[1] count_padding=false"}},
     "to_blocks convolve_depthwise tanh to_blocks multiply maximum pool_blocks from_blocks",
     NULL},
    /* few filters by rows, flattened behind a blocked layer */
    {{{"x", "input", "f*[1x16x14]", NULL},
      {"w", "weight", "f[3x1x5x5]", NULL},
      {"y", "convolve", "x w", "pad=[2]"},
      {"p", "pool_max", "y", "window=[2] stride=[2]"},
      {"v", "weight", "f[18x3x3x3]", NULL},
      {"u", "convolve", "p v", NULL},
      {"f", "reshape", "u", "shape=[540]"},
      {"d", "weight", "f[5x540]", NULL},
      {"o", "matmul", "d f", NULL},
      {"b", "weight", "f[5]", NULL},
      {"q", "add", "o b", NULL}},
     "convolve_rows convolve_blocks dense_packed",
     NULL},
    /* channels behind one another, in whole blocks; a largest entry with positions that only `ceil` has */
    {{{"x", "input", "f*[16x6x6]", NULL},
      {"w", "weight", "f[16x16x1x1]", NULL},
      {"y", "convolve", "x w", NULL},
      {"v", "weight", "f[20x16x1x1]", NULL},
      {"u", "convolve", "x v", NULL},
      {"c", "concatenate", "y u", "axis=0"},
      {"p", "pool_max", "c", "window=[3] stride=[2] ceil=true"}},
     "to_blocks convolve_blocks convolve_blocks concatenate pool_blocks from_blocks",
     NULL},
    /* one axis; rows times a matrix; a value with two readers ends a fusion */
    {{{"x", "input", "f*[5x23]", NULL},
      {"w", "weight", "f[16x5x4]", NULL},
      {"y", "convolve", "x w", "stride=[2] dilation=[3] pad=[2]"},
      {"r", "relu", "y", NULL},
      {"a", "add", "r y", NULL},
      {"d", "weight", "f[9x6]", NULL},
      {"o", "matmul", "a d", NULL}},
     "reshape convolve_blocks relu add from_blocks reshape dense_packed",
     NULL},
    /* groups: of whole blocks, and of less, which nothing is faster for */
    {{{"x", "input", "f*[32x4x4]", NULL},
      {"w", "weight", "f[32x16x3x3]", NULL},
      {"y", "convolve", "x w", "groups=2"},
      {"v", "weight", "f[4x8x1x1]", NULL},
      {"u", "convolve", "y v", "groups=4"}},
     "to_blocks convolve_blocks from_blocks convolve",
     NULL},
};

/* --- Graphs from lines ------------------------------------------------------------------------------------------------------- */

typedef struct Names {
    const char *name[MOST_LINES];
    Value value[MOST_LINES];
    int count;
} Names;

static Value find_value(const Names *names, const char *name, size_t length)
{
    for (int i = 0; i < names->count; i++)
        if (strlen(names->name[i]) == length && memcmp(names->name[i], name, length) == 0)
            return names->value[i];
    fail_msg("no value %.*s", (int)length, name);
    return no_value;
}

static Value read_line(Graph *graph, const Names *names, const Line *line)
{
    if (strcmp(line->op, "input") == 0)
        return bench_input(graph, line->name, bench_type(line->operands));
    if (strcmp(line->op, "number") == 0)
        return bench_number(graph, 6);
    if (strcmp(line->op, "weight") == 0) {
        WeightInfo weight = {.name = line->name, .type = bench_type(line->operands), .initial = no_value, .span = no_span};
        return graph_source(graph, OP_WEIGHT, graph_add_weight(graph, weight), 0);
    }
    Value operands[2];
    int count = 0;
    for (const char *at = line->operands; *at;) {
        size_t length = strcspn(at, " ");
        operands[count++] = find_value(names, at, length);
        at += length + (at[length] == ' ');
    }
    return bench_append(graph, line->op, operands, count, line->attributes, 0);
}

static Graph *make_graph(Bench *bench, const Case *c)
{
    Graph *graph = graph_make(&bench->arena, "sample");
    graph_add_origin(graph, (Origin){.parent = -1, .definition = "sample", .span = no_span});
    Names names = {.count = 0};
    for (const Line *line = c->lines; line < c->lines + MOST_LINES && line->name; line++) {
        names.name[names.count] = line->name;
        names.value[names.count] = read_line(graph, &names, line);
        graph_add_name(graph, line->name, names.value[names.count]);
        names.count++;
    }
    graph_add_output(graph, (OutputInfo){.value = names.value[names.count - 1]});
    return graph;
}

/* --- comparing --------------------------------------------------------------------------------------------------------------- */

enum { BATCH = 2 };

static double *draw(Arena *arena, int64_t row, const Type *type)
{
    int64_t count = type_reals(type) * (type->batched ? BATCH : 1);
    double *data = arena_take(arena, (size_t)count * sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = sin((double)(i * 37 + row * 101 + 5)) + (type->batched ? 0 : 1.5); /* weights are divided by */
    return data;
}

static ReferenceSources draw_sources(Arena *arena, const Graph *graph)
{
    const double **inputs = arena_take(arena, (size_t)graph->input_count * sizeof *inputs);
    const double **weights = arena_take(arena, (size_t)graph->weight_count * sizeof *weights);
    for (int64_t i = 0; i < graph->input_count; i++)
        inputs[i] = draw(arena, i, &graph->inputs[i].type);
    for (int64_t i = 0; i < graph->weight_count; i++)
        weights[i] = draw(arena, 100 + i, &graph->weights[i].type);
    return (ReferenceSources){.batch = BATCH, .inputs = inputs, .weights = weights};
}

static void expect_close(const Graph *old, Value a, const double *x, const double *y)
{
    assert_true(x && y);
    const Type *type = graph_type(old, a);
    int64_t count = type_reals(type) * (type->batched ? BATCH : 1);
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(x[i]));
    assert_true(largest > 0);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(x[i] - y[i]) <= tolerance * largest))
            fail_msg("entry %lld is %.17g, then %.17g", (long long)i, x[i], y[i]);
}

/* Operations that a run does: batched ones, sources apart. */
static const char *run_operations(Arena *arena, const Graph *graph)
{
    Text text = text_make(arena);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        bool to_blocks = node->op == OP_TO_BLOCKS;
        if (!op_is_source(node->op) && (node->types[0].batched || to_blocks))
            text_printf(&text, text.length ? " %s" : "%s", op_info(node->op)->name);
    }
    return text_string(&text);
}

static void check_case(const Case *c, const FastOptions *options)
{
    Bench *bench = bench_make();
    Arena *arena = &bench->arena;
    Graph *old = make_graph(bench, c);
    assert_null(graph_verify(old, arena));
    Graph *graph = transform_fast(arena, old, options);
    const char *problem = graph_verify(graph, arena);
    if (problem)
        fail_msg("%s\n%s", problem, bench_print(bench, graph));
    if (options->lanes == 16 && options->watch_count == 0)
        assert_string_equal(run_operations(arena, graph), options->exact && c->exact ? c->exact : c->single);
    ReferenceSources sources = draw_sources(arena, old);
    Reference *before = reference_evaluate(arena, old, &sources), *after = reference_evaluate(arena, graph, &sources);
    expect_close(old, old->outputs[0].value, reference_value(before, old->outputs[0].value),
                 reference_value(after, graph->outputs[0].value));
    for (int64_t i = 0; i < options->watch_count; i++) {
        Value was = graph_find_name(old, options->watch[i]), is = graph_find_name(graph, options->watch[i]);
        if (was.node >= 0)
            expect_close(old, was, reference_value(before, was), reference_value(after, is));
    }
    bench_release(bench);
}

static void nets_compute_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes *= 2)
            for (int exact = 0; exact < 2; exact++)
                check_case(&cases[i], &(FastOptions){.lanes = lanes, .exact = exact});
}

static void watched_values_stay(void **state)
{
    (void)state;
    const char *const names[] = {"y", "r", "u", "c", "a", "p"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t k = 0; k < 6; k++)
            check_case(&cases[i], &(FastOptions){.lanes = 16, .watch = names + k, .watch_count = 6 - k});
}

/* What was random stays as it is, and everything else within rounding: here only that the new Graph keeps every rule. */
static void random_graphs_keep_the_rules(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        Bench *bench = bench_make();
        Graph *old = bench_random(&bench->arena, seed, 80);
        old->training = false;
        Graph *graph = transform_fast(&bench->arena, old, &(FastOptions){.lanes = seed % 2 ? 16 : 8});
        assert_null(graph_verify(graph, &bench->arena));
        bench_release(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nets_compute_the_same),
        cmocka_unit_test(watched_values_stay),
        cmocka_unit_test(random_graphs_keep_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

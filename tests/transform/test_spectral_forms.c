/* Fast forms of filtered images and signals, over random banks: what they compute is what the Graph says, and which operations stand for it.
 *
 * Both Graphs are evaluated by definition in double precision, and nothing is left out of a filter. Entries of inputs and filters are at most 1, so a result of n
 * entries has at most n terms of at most n each before it is divided; transforms round by some epsilon for each halving: far below 1e-12 of the
 * largest entry here, of which a wrong place or factor takes a part of its own. */
#include "engine/harness.h"
#include "engine/reference.h"
#include "graph/harness.h"
#include "transform/spectral.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const double tolerance = 1e-12;

/* A net: |x * bank|, filtered again or not, low-passed or not. */
typedef struct Case {
    int64_t channels, height, width;
    int64_t first, first_down, first_along;    /* wavelets, and what is subsampled by */
    int64_t second, second_down, second_along; /* no wavelets: there is no second bank */
    int64_t down, along;                       /* of the low pass; 0: there is none */
    bool separable, cut;
    bool all; /* the moduli of the first bank are an output too */
    const char *operations;
} Case;

static const Case cases[] = {
    /* wavelets side by side, then images side by side; what others read too is smoothed by itself */
    {1, 36, 36, 8, 1, 1, 5, 2, 2, 2, 2, true, true, false, "spectrum striped_filter striped_spectrum striped_filter"},
    {2, 18, 30, 6, 1, 1, 3, 1, 3, 3, 2, true, true, false, "spectrum striped_filter striped_spectrum striped_filter"},
    {1, 30, 18, 9, 3, 1, 1, 2, 2, 1, 3, true, false, false, "spectrum striped_filter striped_spectrum striped_filter"},
    {3, 15, 27, 4, 1, 3, 0, 0, 0, 5, 3, true, true, false, "spectrum striped_filter"},
    {1, 8, 6, 5, 1, 1, 2, 2, 1, 0, 0, false, false, false, "spectrum striped_filter striped_spectrum striped_filter"},
    {1, 9, 25, 12, 1, 1, 7, 3, 5, 1, 1, true, false, true,
     "spectrum striped_filter filter_spectrum striped_spectrum striped_filter"},
    /* a low pass that is no product */
    {1, 12, 20, 4, 1, 1, 0, 0, 0, 2, 2, false, true, false, "spectrum filter_spectrum spectrum filter_spectrum slice slice"},
    /* few wavelets; lines of one entry, and of sizes with other primes, which stay as they are */
    {1, 20, 16, 2, 1, 2, 0, 0, 0, 4, 2, true, true, false, "spectrum filter_spectrum matmul matmul"},
    {1, 5, 4, 4, 5, 2, 0, 0, 0, 0, 0, false, false, false, "spectrum filter_spectrum"},
    {1, 14, 22, 5, 2, 2, 0, 0, 0, 0, 0, false, false, false, "fft multiply periodize ifft modulus"},
};

static double draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return 2 * (double)(*seed >> 11) / (double)((uint64_t)1 << 53) - 1;
}

/* A bank without entries in some places, as filters with bounded support are. */
static Value draw_bank(Bench *bench, Graph *graph, int64_t wavelets, int64_t height, int64_t width, uint64_t *seed)
{
    int64_t size = height * width;
    double *data = arena_take(&bench->arena, (size_t)(wavelets * size) * sizeof *data);
    for (int64_t i = 0; i < wavelets * size; i++)
        data[i] = (i % size + i / size * 7) % 5 == 0 ? 0 : draw(seed);
    return bench_constant(graph, type_real(false, 3, (int)wavelets, (int)height, (int)width), data);
}

/* A symmetric product of two, or with one entry more none. */
static Value draw_low_pass(Bench *bench, Graph *graph, int64_t height, int64_t width, bool separable, uint64_t *seed)
{
    double *data = arena_take(&bench->arena, (size_t)(height * width) * sizeof *data);
    double *column = arena_take(&bench->arena, (size_t)height * sizeof *column),
           *row = arena_take(&bench->arena, (size_t)width * sizeof *row);
    for (int64_t i = 0; i < height; i++)
        column[i] = 2 * i <= height ? draw(seed) : column[height - i];
    for (int64_t i = 0; i < width; i++)
        row[i] = 2 * i <= width ? draw(seed) : row[width - i];
    for (int64_t i = 0; i < height * width; i++)
        data[i] = column[i / width] * row[i % width];
    if (!separable)
        data[height * width / 2] += 0.5;
    return bench_constant(graph, type_real(false, 2, (int)height, (int)width), data);
}

static Value append(Graph *graph, const char *op, Value x, const char *format, int64_t a, int64_t b, int64_t c, int64_t d,
                    int64_t e)
{
    char attributes[100];
    snprintf(attributes, sizeof attributes, format, (int)a, (int)b, (int)c, (int)d, (int)e);
    return bench_apply1(graph, op, x, attributes, 0);
}

static Value filter(Graph *graph, Value spectrum, Value bank, int64_t down, int64_t along, const char *part)
{
    Value product = bench_apply2(graph, "multiply", spectrum, bank, NULL, 0);
    Value periods = append(graph, "periodize", product, "factors=[%d,%d]", down, along, 0, 0, 0);
    return bench_apply1(graph, part, bench_apply1(graph, "ifft", periods, "axes=2", 0), NULL, 0);
}

/* Images [items, wavelets, height, width] of images [items, 1, height, width] filtered by a bank. */
static Value filter_images(Bench *bench, Graph *graph, Value x, int64_t wavelets, int64_t down, int64_t along, uint64_t *seed)
{
    const Type *type = graph_type(graph, x);
    int64_t items = type->size[0] * type->size[1], height = type->size[2], width = type->size[3];
    Value flat = append(graph, "reshape", x, "shape=[%d,%d,%d]", items, height, width, 0, 0);
    Value spectrum = bench_apply1(graph, "fft", flat, "axes=2", 0);
    spectrum = append(graph, "reshape", spectrum, "shape=[%d,1,%d,%d]", items, height, width, 0, 0);
    return filter(graph, spectrum, draw_bank(bench, graph, wavelets, height, width, seed), down, along, "modulus");
}

static Value low_pass(Bench *bench, Graph *graph, Value x, const Case *c, uint64_t *seed)
{
    const Type *type = graph_type(graph, x);
    Value phi = draw_low_pass(bench, graph, type->size[2], type->size[3], c->separable, seed);
    Value y = filter(graph, bench_apply1(graph, "fft", x, "axes=2", 0), phi, c->down, c->along, "real");
    if (!c->cut)
        return y;
    const Type *low = graph_type(graph, y);
    int64_t rows = low->size[2], columns = low->size[3];
    y = append(graph, "slice", y, "axis=2 start=1 stop=%d", rows, 0, 0, 0, 0);
    return append(graph, "slice", y, "axis=3 start=%d stop=%d", columns > 2, columns - (columns > 3), 0, 0, 0);
}

static Graph *make_graph(Bench *bench, const Case *c, uint64_t seed)
{
    Graph *graph = graph_make(&bench->arena, "filtered");
    graph_add_origin(graph, (Origin){.parent = -1});
    Value x = bench_input(graph, "x", type_real(true, 3, (int)c->channels, (int)c->height, (int)c->width));
    Value images = append(graph, "reshape", x, "shape=[%d,1,%d,%d]", c->channels, c->height, c->width, 0, 0);
    images = filter_images(bench, graph, images, c->first, c->first_down, c->first_along, &seed);
    if (c->all)
        model_output(graph, "all", images);
    if (c->second)
        images = filter_images(bench, graph, images, c->second, c->second_down, c->second_along, &seed);
    model_output(graph, "last", c->down ? low_pass(bench, graph, images, c, &seed) : images);
    return graph;
}

/* The names of what computes, in order; changes of shape apart. */
static const char *operations_of(Bench *bench, const Graph *graph)
{
    const char *names = "";
    for (int64_t i = 0; i < graph->node_count; i++)
        if (!op_is_source(graph->nodes[i].op) && graph->nodes[i].op != OP_RESHAPE)
            names = arena_printf(&bench->arena, "%s%s%s", names, *names ? " " : "", op_info(graph->nodes[i].op)->name);
    return names;
}

static void expect_close(const Graph *graph, Value value, const double *expected, const double *computed, int64_t samples,
                         size_t which)
{
    double largest = 0;
    int64_t count = samples * type_elements(graph_type(graph, value));
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(expected[i] - computed[i]) <= tolerance * largest))
            fail_msg("case %zu, entry %lld: %.17g, not %.17g", which, (long long)i, computed[i], expected[i]);
}

static void forms_compute_the_same(void **state)
{
    enum { SAMPLES = 2 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes *= 2) {
            Bench *bench = bench_make();
            Graph *old = make_graph(bench, &cases[i], 3 * i + 1);
            const SpectralOptions options = {.lanes = lanes};
            Graph *graph = transform_spectral(&bench->arena, old, &options, &(TransformOptions){0});
            const char *problem = graph_verify(graph, &bench->arena);
            if (problem)
                fail_msg("case %zu: %s", i, problem);
            graph = transform_prune(&bench->arena, graph, &(TransformOptions){0});
            if (strcmp(operations_of(bench, graph), cases[i].operations) != 0)
                fail_msg("case %zu is made of %s", i, operations_of(bench, graph));
            ModelData data = model_data(&bench->arena, old, SAMPLES, i);
            ReferenceSources sources = {.batch = SAMPLES, .inputs = (const double *const *)data.inputs};
            Reference *before = reference_evaluate(&bench->arena, old, &sources);
            Reference *after = reference_evaluate(&bench->arena, graph, &sources);
            for (int64_t k = 0; k < old->output_count; k++)
                expect_close(old, old->outputs[k].value, reference_value(before, old->outputs[k].value),
                             reference_value(after, graph->outputs[k].value), SAMPLES, i);
            bench_release(bench);
        }
}

/* The engine makes the same forms, and runs kernels of them in both precisions. Rounding is as above; single precision also counts what is below 1e-6 of a
 * filter's largest entry as 0, which random entries seldom are. */
static void kernels_compute_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Bench *bench = bench_make();
        Graph *graph = make_graph(bench, &cases[i], 3 * i + 1);
        model_check(graph, 3, 0, 4 * sqrt((double)(cases[i].height * cases[i].width)));
        bench_release(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_compute_the_same),
        cmocka_unit_test(kernels_compute_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

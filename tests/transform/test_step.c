/* The form of a training step in which samples stand in lanes: the same next weights and the same objective as the Graph that it is made of.
 *
 * Both Graphs are evaluated by definition in double precision. A sum of some thousand terms rounds below 1e-12 of its largest value there, and steps are a few
 * layers deep; a wrong tap, lane or sample changes results by a part of them. */
#include "elaborate/elaborate.h"
#include "engine/reference.h"
#include "train/step_graph.h"
#include "transform/transform.h"

#include <math.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static const double tolerance = 1e-10;

typedef struct Case {
    const char *net;
    int64_t samples;
    const char *expected; /* operations in lanes, in their order; null: some */
} Case;

#define TRAIN                                                                                                                      \
    "data given = npz(\"given.npz\")\n"                                                                                            \
    "train sample { data = given; loss = cross_entropy; penalty = 0.01 * l2; batch = 1; optimizer = sgd(rate=0.1, momentum=0.9) "  \
    "}\n"

static const Case cases[] = {
    {"net sample(x: 1x8x9) -> classes(3) =\n  x |> conv(4, 3x3, pad=1) |> relu |> maxpool(2x2) |> conv(5, 3x2) |> relu\n"
     "  |> maxpool(2x2) |> flatten |> dense(3)\n",
     11,
     "to_lanes convolve_lanes pool_blocks convolve_lanes pool_blocks to_lanes spread_blocks sum_lanes convolve_lanes_weight "
     "convolve_lanes_back spread_blocks sum_lanes convolve_lanes_weight"},
    {"net sample(x: 3x7x6) -> classes(3) =\n  x |> conv(4, 3x3, pad=1, bias=false) |> norm |> relu\n"
     "  |> conv(6, 3x3, stride=2, pad=1, bias=false) |> norm |> relu |> global_avgpool |> dense(3)\n",
     16, NULL},
    {"layer block(width) = x -> relu(x + (x |> conv(width, 3x3, pad=1, bias=false) |> norm |> relu |> conv(width, 1x1)))\n"
     "net sample(x: 4x6x5) -> classes(2) =\n  x |> block(4) |> avgpool(2x2) |> tanh |> block(4) |> maxpool(3x3, stride=2, pad=1)\n"
     "  |> flatten |> dropout(0.5) |> dense(2)\n",
     29, NULL},
    {"net sample(x: 4x9x9) -> classes(2) =\n  x |> conv(6, 2x3, groups=2, dilation=2, stride=[2, 1], pad=[1, 0, 2, 1]) |> gelu\n"
     "  |> conv(4, 3x3, pad=1) |> layer_norm |> relu |> conv_transposed(3, 2x2, stride=2) |> global_avgpool |> dense(2)\n",
     8, NULL},
};

/* --- Graphs ------------------------------------------------------------------------------------------------------------------- */

typedef struct Fixture {
    Arena arena;
    SourceTable sources;
    Diagnostics diagnostics;
} Fixture;

static const char *read_nothing(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    (void)arena;
    (void)path;
    (void)length;
    error_set(error, STRATA_FILE, 308, "no such file");
    return NULL;
}

static const Graph *make_step(Fixture *fixture, const char *net)
{
    Arena *arena = &fixture->arena;
    fixture->sources = source_table_make(arena);
    fixture->diagnostics = diagnostics_make(arena, &fixture->sources);
    const char *text = arena_printf(arena, "%s%s", net, TRAIN);
    Module *module =
        module_load(arena, &fixture->diagnostics, (SourceReader){.read = read_nothing}, "test.net", text, strlen(text));
    TrainingStep *training = module_elaborate_step(module, NULL, NULL, 0);
    for (int64_t i = 0; i < fixture->diagnostics.count; i++) {
        Text message = text_make(arena);
        diagnostic_print(&fixture->diagnostics, &fixture->diagnostics.items[i], false, &message);
        print_error("%s", text_string(&message));
    }
    assert_non_null(training);
    const char *problem = NULL;
    Graph *step = step_graph_make(arena, training, &problem);
    assert_null(problem);
    const TransformOptions options = {0};
    return transform_all(arena, step, &options, NULL);
}

/* --- comparing ---------------------------------------------------------------------------------------------------------------- */

static const double **draw_inputs(Arena *arena, const Graph *graph, int64_t samples)
{
    const double **inputs = arena_take(arena, (size_t)graph->input_count * sizeof *inputs);
    for (int64_t i = 0; i < graph->input_count; i++) {
        const InputInfo *input = &graph->inputs[i];
        int64_t count = type_reals(&input->type) * samples;
        double *data = arena_take(arena, (size_t)count * sizeof *data);
        for (int64_t k = 0; k < count; k++)
            data[k] = input->kind == INPUT_INTEGERS ? (double)(k % input->below) : sin((double)(k * 37 + i * 101 + 5));
        inputs[i] = data;
    }
    return inputs;
}

static void expect_close(const Type *type, const char *name, const double *x, const double *y)
{
    double largest = 1e-4; /* of a gradient that vanishes only its rounding is there */
    assert_true(x && y);
    for (int64_t i = 0; i < type_reals(type); i++)
        largest = fmax(largest, fabs(x[i]));
    for (int64_t i = 0; i < type_reals(type); i++)
        if (!(fabs(x[i] - y[i]) <= tolerance * largest))
            fail_msg("entry %lld of %s is %.17g, then %.17g", (long long)i, name, x[i], y[i]);
}

/* Names of operations that work on lanes or on blocks. */
static const char *lane_operations(Arena *arena, const Graph *graph)
{
    Text text = text_make(arena);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const char *name = op_info(graph->nodes[i].op)->name;
        bool from = graph->nodes[i].op == OP_FROM_LANES;
        if (!from && (strstr(name, "lanes") || strstr(name, "blocks")))
            text_printf(&text, text.length ? " %s" : "%s", name);
    }
    return text_string(&text);
}

static void check_case(const Case *c, int64_t lanes)
{
    Fixture fixture;
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&fixture.arena, &allocator);
    Arena *arena = &fixture.arena;
    const Graph *old = make_step(&fixture, c->net);
    Graph *graph = transform_step(arena, old, &(StepOptions){.samples = c->samples, .lanes = lanes});
    const char *problem = graph_verify(graph, arena);
    if (problem)
        fail_msg("%s", problem);
    const char *operations = lane_operations(arena, graph);
    bool fills = 3 * c->samples >= 2 * ((c->samples + lanes - 1) / lanes * lanes);
    if (!fills)
        assert_string_equal(operations, "");
    else if (c->expected)
        assert_string_equal(operations, c->expected);
    else
        assert_non_null(strstr(operations, "convolve_lanes_weight"));
    ReferenceSources sources = {
        .batch = c->samples, .inputs = draw_inputs(arena, old, c->samples), .seed = 7, .step = 3, .rate = 1};
    Reference *before = reference_evaluate(arena, old, &sources), *after = reference_evaluate(arena, graph, &sources);
    const Type number = {.rank = 0};
    const double was = reference_objective(before), is = reference_objective(after);
    expect_close(&number, "the objective", &was, &is);
    assert_true(old->state_count > 0);
    for (int64_t i = 0; i < old->state_count; i++)
        if (old->states[i].next.node >= 0)
            expect_close(&old->states[i].type, old->states[i].name, reference_value(before, old->states[i].next),
                         reference_value(after, graph->states[i].next));
    arena_release(arena);
}

static void steps_compute_the_same_in_lanes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t lanes = 8; lanes <= 16; lanes *= 2)
            check_case(&cases[i], lanes);
}

static void batches_that_fill_no_lanes_stay_as_they_are(void **state)
{
    (void)state;
    Case small = cases[0];
    for (small.samples = 1; small.samples < 6; small.samples += 2)
        check_case(&small, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_compute_the_same_in_lanes),
        cmocka_unit_test(batches_that_fill_no_lanes_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

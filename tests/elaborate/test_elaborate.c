/* Elaboration as a library: full names, the two modes, settings from outside, facts of the Graph that no diagnostic shows; and that every Graph
 * which elaboration gives keeps the rules of the Graph. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elaborate/elaborate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Fixture {
    Arena arena;
    SourceTable sources;
    Diagnostics diagnostics;
} Fixture;

static int begin(void **state)
{
    static Fixture fixture;
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&fixture.arena, &allocator);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    Fixture *fixture = *state;
    arena_release(&fixture->arena);
    return 0;
}

static const char *read_file(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    FILE *file = fopen(path, "rb");
    if (!file) {
        error_set(error, STRATA_FILE, 308, "no such file");
        return NULL;
    }
    char *text = arena_take(arena, 1 << 20);
    *length = fread(text, 1, (1 << 20) - 1, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

/* The module of a source text. */
static Module *load(Fixture *fixture, const char *text)
{
    fixture->arena.recovery = &fixture->arena.buffer;
    fixture->sources = source_table_make(&fixture->arena);
    fixture->diagnostics = diagnostics_make(&fixture->arena, &fixture->sources);
    return module_load(&fixture->arena, &fixture->diagnostics, (SourceReader){.read = read_file}, "test.net", text, strlen(text));
}

static void print_diagnostics(Fixture *fixture)
{
    for (int64_t i = 0; i < fixture->diagnostics.count; i++) {
        Text text = text_make(&fixture->arena);
        diagnostic_print(&fixture->diagnostics, &fixture->diagnostics.items[i], false, &text);
        print_error("%s", text_string(&text));
    }
}

/* A net of a source text that must elaborate. */
static Graph *elaborate(Fixture *fixture, const char *text, const char *net, Mode mode)
{
    Graph *graph = module_elaborate(load(fixture, text), net, NULL, 0, mode);
    print_diagnostics(fixture);
    assert_non_null(graph);
    assert_null(graph_verify(graph, &fixture->arena));
    return graph;
}

static void expect_weights(const Graph *graph, const char *const *names)
{
    int64_t count = 0;
    for (; names[count]; count++) {
        assert_true(count < graph->weight_count);
        assert_string_equal(graph->weights[count].name, names[count]);
    }
    assert_int_equal(graph->weight_count, count);
}

/* --- names ---------------------------------------------------------------------------------------------------------------------- */

static const char residual[] = "layer residual(width, stride=1) = x -> {\n"
                               "  let main = x |> conv(width, 3x3, stride=stride, pad=1, bias=false) |> norm |> relu\n"
                               "  let skip = if channels(x) == width and stride == 1 then x\n"
                               "             else x |> conv(width, 1x1, stride=stride, bias=false)\n"
                               "  relu(main + skip)\n"
                               "}\n"
                               "net deep(x: 4x8x8) -> classes(2) =\n"
                               "  x |> repeat(2, residual(4)) |> residual(6, stride=2) |> global_avgpool |> dense(2)\n";

static void names_are_paths(void **state)
{
    const Graph *graph = elaborate(*state, residual, "deep", MODE_INFERENCE);
    static const char *const names[] = {"repeat1.0.residual1.main.conv1.weight",
                                        "repeat1.0.residual1.main.norm1.weight",
                                        "repeat1.0.residual1.main.norm1.bias",
                                        "repeat1.1.residual1.main.conv1.weight",
                                        "repeat1.1.residual1.main.norm1.weight",
                                        "repeat1.1.residual1.main.norm1.bias",
                                        "residual1.main.conv1.weight",
                                        "residual1.main.norm1.weight",
                                        "residual1.main.norm1.bias",
                                        "residual1.skip.conv1.weight",
                                        "dense1.weight",
                                        "dense1.bias",
                                        NULL};
    expect_weights(graph, names);
    assert_string_equal(graph->states[0].name, "repeat1.0.residual1.main.norm1.running_mean");
}

static void values_have_names(void **state)
{
    const Graph *graph = elaborate(*state, residual, "deep", MODE_INFERENCE);
    const char *const names[] = {"repeat1.0.residual1.main", "repeat1.0.residual1.relu1", "residual1.skip.conv1", "dense1",
                                 "repeat1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(graph_find_name(graph, names[i]).node >= 0);
    const Value last = graph_find_name(graph, "dense1");
    assert_int_equal(last.node, graph->outputs[0].value.node);
}

static void lists_are_indexed(void **state)
{
    const Graph *graph = elaborate(*state,
                                   "net f(x: 4) -> 4 = sum([x |> dense(4, bias=false) for i in 1..2])\n"
                                   "  + (x |> branches([dense(2, bias=false), dense(2, bias=false)]))\n",
                                   "f", MODE_INFERENCE);
    static const char *const names[] = {"0.dense1.weight", "1.dense1.weight", "branches1.0.dense1.weight",
                                        "branches1.1.dense1.weight", NULL};
    expect_weights(graph, names);
}

static void shared_weights_are_named_by_their_binding(void **state)
{
    static const char text[] = "let encoder = shared(dense(3, bias=false) |> relu |> dense(3, bias=false))\n"
                               "net f(x: 3) -> 3 = {\n"
                               "  let local = shared(dense(3, bias=false))\n"
                               "  encoder(encoder(x)) |> local |> local |> dense(3, bias=false)\n"
                               "}\n";
    const Graph *graph = elaborate(*state, text, "f", MODE_INFERENCE);
    static const char *const names[] = {"encoder.dense1.weight", "encoder.dense2.weight", "local.dense1.weight", "dense1.weight",
                                        NULL};
    expect_weights(graph, names);
}

static void numbered_names_do_not_clash(void **state)
{
    static const char text[] =
        "layer l(s=1) = x -> s * x\nlayer l2 = x -> 2 * x\n"
        "net f(x: 3) -> 3 = {\n"
        "  let relu1 = x |> l2 |> repeat(21, relu)\n"
        "  let y = relu1 |> relu |> relu\n"
        "  y |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l |> l2\n"
        "}\n";
    elaborate(*state, text, "f", MODE_INFERENCE);
}

/* --- modes ---------------------------------------------------------------------------------------------------------------------- */

static const char trained[] = "net f(x: 4) -> classes(3) = x |> dense(5) |> norm |> dropout |> dense(3, penalty=l1(0.1))\n"
                              "data d = csv(\"d.csv\")\n"
                              "train f { data = d; loss = cross_entropy; penalty = 1e-4 * l2; optimizer = adam }\n";

static void inference_has_no_objective(void **state)
{
    const Graph *graph = elaborate(*state, trained, "f", MODE_INFERENCE);
    assert_false(graph->training);
    assert_int_equal(graph->objective.node, -1);
    assert_int_equal(graph->penalty_count, 0);
    assert_int_equal(graph->input_count, 1);
    assert_int_equal(graph->states[0].next.node, -1);
}

static void training_has_objective_label_and_next_states(void **state)
{
    const Graph *graph = elaborate(*state, trained, "f", MODE_TRAINING);
    assert_true(graph->training);
    assert_true(graph->objective.node >= 0);
    const Type *loss = graph_type(graph, graph->objective);
    assert_true(loss->rank == 0 && loss->batched);
    assert_int_equal(graph->input_count, 2);
    assert_string_equal(graph->inputs[1].name, "label");
    assert_int_equal(graph->inputs[1].kind, INPUT_INTEGERS);
    assert_int_equal(graph->inputs[1].below, 3);
    assert_true(graph->states[0].next.node >= 0);
    /* one of the weight itself, one of the network */
    assert_int_equal(graph->penalty_count, 2);
}

static void frozen_parts_keep_still(void **state)
{
    const Graph *graph = elaborate(
        *state, "net f(x: 4) -> 3 = x |> frozen(dense(5, penalty=l2()) |> norm |> dropout) |> dense(3)\n", "f", MODE_TRAINING);
    assert_true(graph->weights[0].frozen);
    assert_false(graph->weights[graph->weight_count - 1].frozen);
    assert_int_equal(graph->penalty_count, 0);
    assert_int_equal(graph->states[0].next.node, -1);
    for (int64_t i = 0; i < graph->node_count; i++)
        assert_int_not_equal(graph->nodes[i].op, OP_BATCH_MEAN);
}

/* The penalty of a network is over weights with decay=true, unless it is on all. */
static void penalties_cover_what_they_say(void **state)
{
    static const char text[] = "net f(x: 4) -> 3 = x |> dense(3)\ndata d = csv(\"d.csv\")\n"
                               "train f { data = d; loss = mse; penalty = l2%s }\n";
    char source[300];
    int64_t nodes[2];
    for (int all = 0; all < 2; all++) {
        snprintf(source, sizeof source, text, all ? "; on = all" : "");
        nodes[all] = elaborate(*state, source, "f", MODE_TRAINING)->node_count;
    }
    assert_true(nodes[1] > nodes[0]);
}

/* --- random numbers, initial values, constants ---------------------------------------------------------------------------------- */

static const char *place_of(const Graph *graph, int64_t node)
{
    const OpUse use = {.info = op_info(graph->nodes[node].op), .attributes = graph->nodes[node].attributes};
    return use_name(&use, "place");
}

static void random_tensors_are_keyed_by_name_and_place(void **state)
{
    const Graph *graph =
        elaborate(*state, "net f(x: 4) -> 4 = x |> dense(4, bias=false) |> dropout |> dropout\n", "f", MODE_TRAINING);
    const char *places[8];
    int count = 0;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].op == OP_NORMAL || graph->nodes[i].op == OP_UNIFORM)
            places[count++] = place_of(graph, i);
    assert_int_equal(count, 3);
    assert_string_equal(places[0], "dense1.weight");
    assert_string_equal(places[1], "dropout1.uniform1");
    assert_string_equal(places[2], "dropout2.uniform1");
}

/* Weights never become constants of the Graph, however simply they begin. */
static void large_initial_values_stay_operations(void **state)
{
    const Graph *graph = elaborate(*state, "net f(x: 4096) -> 4096 = x |> dense(4096, init=zeros)\n", "f", MODE_INFERENCE);
    for (int64_t i = 0; i < graph->constant_count; i++)
        assert_true(type_elements(&graph->constants[i].type) <= 64);
}

static void known_tensors_are_constants(void **state)
{
    const Graph *graph = elaborate(*state,
                                   "let bank = [exp(-(grid(8) - 4) ^ 2 / s) for s in 1..3]\n"
                                   "net f(x: 8) -> 8 = x * bank[0] + x * bank[0] + bank[2] * x\n",
                                   "f", MODE_INFERENCE);
    assert_int_equal(graph->constant_count, 2);
    assert_true(graph->constants[0].data[4] == 1.0);
}

static void scans_capture_what_they_use(void **state)
{
    const Graph *graph = elaborate(*state,
                                   "net f(x: 10x4, y: 4) -> 10x4 = {\n"
                                   "  let inside = shared(dense(4))\n"
                                   "  scan(x, {h: fill(4, 0)}, (s, row) -> {\n"
                                   "    let inner = scan(reshape(s.h, 4x1), fill(1, 0), (t, z) -> t + z * reduce_sum(y))\n"
                                   "    {h: tanh(inside(s.h) + row * y) + reduce_sum(inner)}\n"
                                   "  }).h\n}\n",
                                   "f", MODE_TRAINING);
    static const char *const names[] = {"inside.dense1.weight", "inside.dense1.bias", NULL};
    expect_weights(graph, names);
    const Node *scan = NULL;
    for (int64_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].op == OP_SCAN)
            scan = &graph->nodes[i];
    assert_non_null(scan);
    /* the state, the sequence, and the captures: y, the weight, the bias */
    assert_int_equal(scan->operand_count, 5);
}

/* --- settings and errors of the interface --------------------------------------------------------------------------------------- */

static const char sized[] =
    "net f(image: shape(1, H, W), H=8, W=8) -> shape(1, H, W) = image |> relu\nnet g(x: 4) -> 4 = x |> relu\n";

static void settings_come_from_outside(void **state)
{
    Fixture *fixture = *state;
    Module *module = load(fixture, sized);
    const Setting settings[] = {{"H", "2 * 3"}, {"W", "5"}};
    const Graph *graph = module_elaborate(module, "f", settings, 2, MODE_INFERENCE);
    assert_non_null(graph);
    assert_int_equal(graph->inputs[0].type.size[1], 6);
    assert_int_equal(graph->inputs[0].type.size[2], 5);
    assert_int_equal(module_net_count(module), 2);
    assert_string_equal(module_net_name(module, 1), "g");
    graph = module_elaborate(module, NULL, NULL, 0, MODE_INFERENCE);
    assert_non_null(graph);
    assert_string_equal(graph->name, "g");
}

static int first_code(Fixture *fixture, const char *text, const char *net, const Setting *setting)
{
    assert_null(module_elaborate(load(fixture, text), net, setting, setting ? 1 : 0, MODE_INFERENCE));
    assert_true(fixture->diagnostics.count > 0);
    return fixture->diagnostics.items[0].code;
}

static void wrong_requests_are_diagnostics(void **state)
{
    assert_int_equal(first_code(*state, sized, "h", NULL), 311);
    assert_int_equal(first_code(*state, "let a = 1\n", NULL, NULL), 311);
    assert_int_equal(first_code(*state, sized, "f", &(Setting){"D", "3"}), 401);
    assert_int_equal(first_code(*state, sized, "f", &(Setting){"H", "2.5"}), 509);
    assert_int_equal(first_code(*state, sized, "f", &(Setting){"H", "nothing"}), 301);
    assert_true(first_code(*state, sized, "f", &(Setting){"H", "(3"}) / 100 == 2);
    assert_int_equal(first_code(*state, "let a = 1\nlet a = 2\nnet f(x: 4) -> 4 = x\n", "f", NULL), 302);
}

static void definitions_are_documented(void **state)
{
    Fixture *fixture = *state;
    Module *module = load(fixture, "# Twice as much.\nlayer twice(times=2) = x -> times * x\n");
    Documentation row;
    assert_true(module_documentation(module, "twice", &row));
    assert_string_equal(row.signature, "twice(times=2)");
    assert_string_equal(row.module, "test.net");
    assert_non_null(strstr(row.comment, "Twice as much"));
    assert_non_null(strstr(row.source, "times * x"));
    assert_true(module_documentation(module, "dense", &row));
    assert_string_equal(row.module, "prelude");
    assert_true(module_documentation(module, "reshape", &row));
    assert_true(module_documentation(module, "scan", &row));
    assert_string_equal(row.signature, "scan(xs, init, step, reverse=)");
    assert_false(module_documentation(module, "no_such_name", &row));
    const Documentation *rows;
    assert_true(module_documented(module, &rows) > 100);
}

/* --- every net that is at hand -------------------------------------------------------------------------------------------------- */

static void verify_file(Fixture *fixture, const char *path)
{
    size_t length;
    StrataError error;
    const char *text = read_file(NULL, &fixture->arena, path, &length, &error);
    assert_non_null(text);
    Module *module = load(fixture, text);
    module_check(module);
    for (int64_t i = 0; fixture->diagnostics.errors == 0 && i < module_net_count(module); i++)
        for (int mode = 0; mode < 2; mode++) {
            const Graph *graph =
                module_elaborate(module, module_net_name(module, i), NULL, 0, mode ? MODE_TRAINING : MODE_INFERENCE);
            assert_non_null(graph);
            const char *problem = graph_verify(graph, &fixture->arena);
            if (problem)
                fail_msg("%s: %s: %s", path, graph->name, problem);
        }
}

static void verify_folder(Fixture *fixture, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        char path[1000];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".net") == 0)
            verify_file(fixture, path);
        free(entries[i]);
        arena_release(&fixture->arena);
    }
    free(entries);
}

static void graphs_keep_the_rules(void **state)
{
    verify_folder(*state, "examples");
    verify_folder(*state, "tests/language/type");
    verify_folder(*state, "tests/language/weight");
    verify_folder(*state, "tests/language/setting");
    verify_folder(*state, "tests/language/shape");
}

/* --- memory --------------------------------------------------------------------------------------------------------------------- */

/* An allocation that fails, at every chunk in turn, ends in the owner's recovery point. */
static void failing_allocations_are_survived(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    for (size_t limit = 16384; limit < (1 << 23); limit *= 2) {
        static Arena arena;
        arena_init(&arena, &allocator);
        arena.limit = limit;
        if (ARENA_TRY(&arena) == 0) {
            SourceTable sources = source_table_make(&arena);
            Diagnostics diagnostics = diagnostics_make(&arena, &sources);
            Module *module =
                module_load(&arena, &diagnostics, (SourceReader){.read = read_file}, "test.net", residual, strlen(residual));
            module_check(module);
        }
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_paths, begin, end),
        cmocka_unit_test_setup_teardown(values_have_names, begin, end),
        cmocka_unit_test_setup_teardown(lists_are_indexed, begin, end),
        cmocka_unit_test_setup_teardown(shared_weights_are_named_by_their_binding, begin, end),
        cmocka_unit_test_setup_teardown(numbered_names_do_not_clash, begin, end),
        cmocka_unit_test_setup_teardown(inference_has_no_objective, begin, end),
        cmocka_unit_test_setup_teardown(training_has_objective_label_and_next_states, begin, end),
        cmocka_unit_test_setup_teardown(frozen_parts_keep_still, begin, end),
        cmocka_unit_test_setup_teardown(penalties_cover_what_they_say, begin, end),
        cmocka_unit_test_setup_teardown(random_tensors_are_keyed_by_name_and_place, begin, end),
        cmocka_unit_test_setup_teardown(large_initial_values_stay_operations, begin, end),
        cmocka_unit_test_setup_teardown(known_tensors_are_constants, begin, end),
        cmocka_unit_test_setup_teardown(scans_capture_what_they_use, begin, end),
        cmocka_unit_test_setup_teardown(settings_come_from_outside, begin, end),
        cmocka_unit_test_setup_teardown(wrong_requests_are_diagnostics, begin, end),
        cmocka_unit_test_setup_teardown(definitions_are_documented, begin, end),
        cmocka_unit_test_setup_teardown(graphs_keep_the_rules, begin, end),
        cmocka_unit_test_setup_teardown(failing_allocations_are_survived, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

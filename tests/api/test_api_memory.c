/* Failing allocations: at each point in turn of everything that the interface does, one allocation fails. It must come back as
 * STRATA_MEMORY or have been done without, and all memory must come back to the allocator. */
#include "api/model.h"

static const char model[] = "layer block(width) = x -> {\n"
                            "  let y = x |> dense(width) |> relu\n"
                            "  y + 1\n"
                            "}\n"
                            "net f(x: 4) -> classes(3) = x |> block(5) |> repeat(2, block(5)) |> dense(3)\n"
                            "assert weights(f) > 0\n";

/* What the whole way makes; everything is released whatever failed. */
typedef struct Way {
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
    StrataTensorSet *inputs;
    StrataTensorSet *results;
    StrataTensor *labels;
    StrataEvaluation *evaluation;
    StrataProfile *profile;
} Way;

static void look(StrataText *text, bool *good)
{
    *good = *good && text;
    strata_text_release(text);
}

/* Every kind of text that a module and a net can give. */
static bool show_everything(Way *way)
{
    bool good = true;
    StrataText *blobs = NULL;
    StrataDefinition definition;
    look(strata_module_tokens(way->module, way->diagnostics), &good);
    look(strata_module_ast(way->module, way->diagnostics), &good);
    look(strata_module_format(way->module, way->diagnostics), &good);
    look(strata_net_graph(way->net, &blobs, way->diagnostics), &good);
    strata_text_release(blobs);
    look(strata_net_dot(way->net, false, way->diagnostics), &good);
    look(strata_net_summary(way->net, true, false, way->diagnostics), &good);
    look(strata_net_summary(way->net, false, true, way->diagnostics), &good);
    look(strata_net_plan(way->net, NULL, way->diagnostics), &good);
    return strata_module_definition(way->module, "dense", &definition, way->diagnostics) && good;
}

static bool make_inputs(Way *way, const StrataAllocator *allocator)
{
    StrataError error;
    way->inputs = strata_tensor_set_make(allocator, &error);
    StrataTensor *x = strata_tensor_make(allocator, STRATA_FLOAT32, 2, (int64_t[]){3, 4}, &error);
    way->labels = strata_tensor_make(allocator, STRATA_UINT8, 1, (int64_t[]){3}, &error);
    bool good = way->inputs && x && way->labels && strata_tensor_set_add(way->inputs, "x", x, &error);
    strata_tensor_release(x);
    return good;
}

/* Everything, until something fails. */
static bool go(Way *way, const StrataAllocator *allocator)
{
    way->context = strata_context_make(allocator);
    way->diagnostics = way->context ? strata_diagnostics_make(way->context) : NULL;
    if (!way->diagnostics)
        return false;
    way->module = strata_module_load_text(way->context, "model.net", model, strlen(model), way->diagnostics);
    if (!way->module || !strata_module_check(way->module, way->diagnostics))
        return false;
    way->net = strata_net_make(way->module, NULL, way->diagnostics);
    if (!way->net || !show_everything(way))
        return false;
    StrataWeights *initial = strata_weights_initialise(way->net, 1, way->diagnostics);
    way->weights = initial ? strata_weights_take(way->net, strata_weights_set(initial), NULL, way->diagnostics) : NULL;
    strata_weights_release(initial);
    way->program = way->weights ? strata_program_make(way->net, way->weights, NULL, way->diagnostics) : NULL;
    way->workspace = way->program ? strata_workspace_make(way->program, 1, way->diagnostics) : NULL;
    if (!way->workspace || !make_inputs(way, allocator))
        return false;
    way->profile = strata_profile_make(way->program, way->diagnostics);
    StrataRunOptions options = {.profile = way->profile};
    way->results = way->profile ? strata_run(way->workspace, way->inputs, &options, way->diagnostics) : NULL;
    bool shown = way->results != NULL;
    look(strata_profile_text(way->profile, way->diagnostics), &shown);
    way->evaluation = shown && way->results ? strata_evaluate(way->workspace, way->inputs, way->labels, way->diagnostics) : NULL;
    return way->evaluation != NULL;
}

static void release(Way *way)
{
    strata_evaluation_release(way->evaluation);
    strata_profile_release(way->profile);
    strata_tensor_set_release(way->results);
    strata_tensor_release(way->labels);
    strata_tensor_set_release(way->inputs);
    strata_workspace_release(way->workspace);
    strata_program_release(way->program);
    strata_weights_release(way->weights);
    strata_net_release(way->net);
    strata_module_release(way->module);
    strata_diagnostics_release(way->diagnostics);
    strata_context_release(way->context);
}

static void every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    long points = 0, failures = 0;
    for (bool reached = true; reached; points++) {
        Counting counting = {.fail_at = points + 1};
        StrataAllocator allocator = counting_allocator(&counting);
        Way way = {0};
        bool good = go(&way, &allocator);
        reached = counting.requests >= counting.fail_at;
        assert_true(good || reached);
        if (!good && way.diagnostics && strata_diagnostics_status(way.diagnostics) != STRATA_OK)
            assert_int_equal(strata_diagnostics_status(way.diagnostics), STRATA_MEMORY);
        failures += !good;
        release(&way);
        assert_true(counting_clean(&counting));
    }
    print_message("%ld points, %ld failures\n", points, failures);
    assert_true(failures > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failing_allocation_is_an_error)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

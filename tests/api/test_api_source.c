/* The C interface up to nets: versions, diagnostics, checking, showing, documentation, settings. */
#include "api/model.h"

#include <jansson.h>

static void versions_agree(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", STRATA_VERSION_MAJOR, STRATA_VERSION_MINOR, STRATA_VERSION_PATCH);
    assert_string_equal(strata_version(), text);
}

static void a_right_model_has_no_diagnostics(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    assert_true(strata_module_check(module, caller.diagnostics));
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 0);
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_OK);
    assert_string_equal(strata_module_net(module, 0, caller.diagnostics), "line");
    assert_null(strata_module_net(module, 1, caller.diagnostics));
    assert_null(strata_module_net(module, -1, caller.diagnostics));
    strata_module_release(module);
    caller_end(&caller);
}

static void diagnostics_say_where_and_what(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f(x: 2) -> 2 =\n  x |> rilu\n");
    assert_false(strata_module_check(module, caller.diagnostics));
    StrataDiagnostic entry;
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 1);
    assert_true(strata_diagnostics_get(caller.diagnostics, 0, &entry));
    assert_int_equal(entry.severity, STRATA_ERROR);
    assert_string_equal(entry.file, "model.net");
    assert_int_equal(entry.line, 2);
    assert_int_equal(entry.column, 8);
    assert_int_equal(entry.end_line, 2);
    assert_int_equal(entry.end_column, 12);
    char start[200];
    snprintf(start, sizeof start, "model.net:2:8: error[E%04d]: %s\n", entry.code, entry.message);
    assert_memory_equal(entry.text, start, strlen(start));
    assert_non_null(strstr(entry.coloured, "\033["));
    assert_false(strata_diagnostics_get(caller.diagnostics, 1, &entry));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_INVALID);
    /* saying it again changes nothing */
    assert_false(strata_module_check(module, caller.diagnostics));
    assert_int_equal(strata_diagnostics_count(caller.diagnostics), 1);
    strata_diagnostics_clear(caller.diagnostics);
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_OK);
    strata_module_release(module);
    caller_end(&caller);
}

static void diagnostics_are_json(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f(x: 2) -> 2 = x |> rilu # \"quoted\"\n");
    strata_module_check(module, caller.diagnostics);
    StrataText *text = strata_diagnostics_json(caller.diagnostics);
    json_t *array = json_loads(strata_text_bytes(text), 0, NULL);
    assert_int_equal(json_array_size(array), 1);
    json_t *entry = json_array_get(array, 0);
    assert_string_equal(json_string_value(json_object_get(entry, "file")), "model.net");
    assert_int_equal(json_integer_value(json_object_get(entry, "line")), 1);
    assert_int_equal(json_integer_value(json_object_get(entry, "column")), 25);
    assert_string_equal(json_string_value(json_object_get(entry, "severity")), "error");
    assert_true(json_is_array(json_object_get(entry, "notes")));
    json_decref(array);
    strata_text_release(text);
    strata_module_release(module);
    caller_end(&caller);
}

static void a_file_that_is_not_there_is_said(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    assert_null(strata_module_load(caller.context, "no/such/file.net", caller.diagnostics));
    assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_FILE);
    StrataDiagnostic entry;
    strata_diagnostics_get(caller.diagnostics, 0, &entry);
    assert_non_null(strstr(entry.message, "no/such/file.net"));
    caller_end(&caller);
}

static void a_source_past_the_limit_is_refused(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    size_t length = 9 << 20;
    char *text = malloc(length);
    memset(text, '#', length);
    StrataModule *module = strata_module_load_text(caller.context, "long.net", text, length, caller.diagnostics);
    free(text);
    assert_false(strata_module_check(module, caller.diagnostics));
    assert_int_equal(first_code(&caller), 1001);
    strata_module_release(module);
    caller_end(&caller);
}

static void the_front_end_can_be_seen(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f( x:2 )->2 = x|>relu # why\n");
    StrataText *tokens = strata_module_tokens(module, caller.diagnostics);
    StrataText *ast = strata_module_ast(module, caller.diagnostics);
    StrataText *format = strata_module_format(module, caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(tokens), "relu"));
    assert_non_null(strstr(strata_text_bytes(ast), "relu"));
    assert_non_null(strstr(strata_text_bytes(format), "# why"));
    assert_non_null(strstr(strata_text_bytes(format), "net f(x: 2) -> 2 ="));
    assert_int_equal(strlen(strata_text_bytes(format)), strata_text_length(format));
    strata_text_release(tokens);
    strata_text_release(ast);
    strata_text_release(format);
    strata_module_release(module);
    caller_end(&caller);
}

static void a_source_with_mistakes_is_not_laid_out(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f(x: 2 -> 2 = x\n");
    assert_null(strata_module_format(module, caller.diagnostics));
    assert_true(strata_diagnostics_errors(caller.diagnostics) > 0);
    strata_module_release(module);
    caller_end(&caller);
}

static void definitions_are_documented(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "# Twice the tensor.\nlayer twice = x -> 2 * x\n");
    StrataDefinition definition;
    assert_true(strata_module_definition(module, "twice", &definition, caller.diagnostics));
    assert_string_equal(definition.name, "twice");
    assert_non_null(strstr(definition.comment, "Twice the tensor."));
    assert_non_null(strstr(definition.source, "2 * x"));
    assert_true(strata_module_definition(module, "dense", &definition, caller.diagnostics));
    assert_string_equal(definition.module, "prelude");
    assert_false(strata_module_definition(module, "no_such_layer", &definition, caller.diagnostics));
    int64_t count = 0;
    while (strata_module_definition_at(module, count, &definition, caller.diagnostics)) {
        assert_non_null(definition.comment);
        count++;
    }
    assert_true(count > 20);
    strata_module_release(module);
    caller_end(&caller);
}

/* Files of a caller: `blocks.net` alone. */
typedef struct Shelf {
    int asked;
} Shelf;

static bool read_shelf(void *user, const char *path, StrataSink sink, void *destination, StrataError *error)
{
    ((Shelf *)user)->asked++;
    if (strcmp(path, "blocks.net") != 0) {
        error->status = STRATA_FILE;
        snprintf(error->message, sizeof error->message, "the shelf has no %s", path);
        return false;
    }
    return sink(destination, "layer twice", 11) && sink(destination, " = x -> 2 * x\n", 14);
}

static void files_come_from_the_caller(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    Shelf shelf = {0};
    strata_context_set_reader(caller.context, read_shelf, &shelf);
    StrataModule *module = load(&caller, "use \"blocks.net\" as blocks\nnet f(x: 2) -> 2 = x |> blocks.twice\n");
    assert_true(strata_module_check(module, caller.diagnostics));
    assert_int_equal(shelf.asked, 1);
    strata_module_release(module);
    module = load(&caller, "use \"other.net\" as other\nnet f(x: 2) -> 2 = x |> other.twice\n");
    assert_false(strata_module_check(module, caller.diagnostics));
    StrataDiagnostic entry;
    assert_true(strata_diagnostics_get(caller.diagnostics, 0, &entry));
    assert_int_equal(entry.line, 1);
    strata_module_release(module);
    caller_end(&caller);
}

static void nets_tell_what_they_take_and_give(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    assert_non_null(net);
    strata_module_release(module); /* the net keeps it */
    assert_string_equal(strata_net_name(net), "line");
    StrataValue value;
    assert_true(strata_net_input(net, 0, &value));
    assert_string_equal(value.name, "x");
    assert_int_equal(value.rank, 1);
    assert_int_equal(value.sizes[0], 2);
    assert_true(value.batched);
    assert_false(strata_net_input(net, 1, &value));
    assert_true(strata_net_output(net, 0, &value));
    assert_string_equal(value.name, "output");
    assert_int_equal(value.classes, 3);
    assert_string_equal(value.labels[2], "high");
    assert_true(strata_net_weight(net, 0, &value));
    assert_string_equal(value.name, "dense1.weight");
    assert_int_equal(value.sizes[0], 3);
    assert_false(value.batched);
    assert_false(strata_net_weight(net, 2, &value));
    assert_false(strata_net_weight(net, -1, &value));
    strata_net_release(net);
    caller_end(&caller);
}

static void settings_change_the_net(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, "net f(x: shape(H, 2), H=3) -> shape(H, 2) = x |> relu\n");
    StrataSetting setting = {.name = "H", .value = "2 + 3"};
    StrataNetOptions options = {.net = "f", .settings = &setting, .setting_count = 1};
    StrataNet *net = strata_net_make(module, &options, caller.diagnostics);
    StrataValue value;
    assert_true(strata_net_input(net, 0, &value));
    assert_int_equal(value.sizes[0], 5);
    strata_net_release(net);
    setting.name = "G";
    assert_null(strata_net_make(module, &options, caller.diagnostics));
    assert_true(strata_diagnostics_errors(caller.diagnostics) > 0);
    strata_diagnostics_clear(caller.diagnostics);
    options.net = "no_such_net";
    assert_null(strata_net_make(module, &options, caller.diagnostics));
    assert_true(strata_diagnostics_errors(caller.diagnostics) > 0);
    strata_module_release(module);
    caller_end(&caller);
}

static void nets_can_be_seen(void **state)
{
    (void)state;
    Caller caller;
    caller_begin(&caller);
    StrataModule *module = load(&caller, line_model);
    StrataNet *net = strata_net_make(module, NULL, caller.diagnostics);
    StrataText *blobs;
    StrataText *graph = strata_net_graph(net, &blobs, caller.diagnostics);
    StrataText *dot = strata_net_dot(net, true, caller.diagnostics);
    StrataText *summary = strata_net_summary(net, false, false, caller.diagnostics);
    StrataText *json = strata_net_summary(net, true, true, caller.diagnostics);
    StrataText *plan = strata_net_plan(net, NULL, caller.diagnostics);
    assert_non_null(strstr(strata_text_bytes(graph), "matmul"));
    assert_int_equal(strata_text_length(blobs), 0);
    assert_memory_equal(strata_text_bytes(dot), "digraph", 7);
    assert_non_null(strstr(strata_text_bytes(summary), "dense1"));
    json_t *object = json_loads(strata_text_bytes(json), 0, NULL);
    assert_non_null(object);
    json_decref(object);
    assert_non_null(strstr(strata_text_bytes(plan), "peak"));
    StrataText *const all[] = {graph, blobs, dot, summary, json, plan};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        strata_text_release(all[i]);
    strata_net_release(net);
    strata_module_release(module);
    caller_end(&caller);
}

static void every_code_that_is_listed_is_explained(void **state)
{
    (void)state;
    int last = 0, code;
    for (int64_t i = 0; (code = strata_explained(i)) > 0; i++) {
        assert_true(code > last);
        char title[16];
        snprintf(title, sizeof title, "# E%04d: ", code);
        assert_memory_equal(strata_explain(code), title, strlen(title));
        last = code;
    }
    assert_true(last > 0);
    assert_null(strata_explain(0));
    assert_null(strata_explain(-5));
    assert_null(strata_explain(9999));
    const char *names[] = {"conv", "dense", "relu"};
    assert_string_equal(strata_nearest("dence", names, 3), "dense");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_agree),
        cmocka_unit_test(a_right_model_has_no_diagnostics),
        cmocka_unit_test(diagnostics_say_where_and_what),
        cmocka_unit_test(diagnostics_are_json),
        cmocka_unit_test(a_file_that_is_not_there_is_said),
        cmocka_unit_test(a_source_past_the_limit_is_refused),
        cmocka_unit_test(the_front_end_can_be_seen),
        cmocka_unit_test(a_source_with_mistakes_is_not_laid_out),
        cmocka_unit_test(definitions_are_documented),
        cmocka_unit_test(files_come_from_the_caller),
        cmocka_unit_test(nets_tell_what_they_take_and_give),
        cmocka_unit_test(settings_change_the_net),
        cmocka_unit_test(nets_can_be_seen),
        cmocka_unit_test(every_code_that_is_listed_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

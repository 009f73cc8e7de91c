/* The Graphs of the examples, in both modes: they pass the verifier, read back from their text, and pass it again after every transform. */
#include "elaborate/elaborate.h"
#include "graph/harness.h"
#include "transform/transform.h"

#include <glob.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *read_source(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    FILE *file = fopen(path, "rb");
    if (!file) {
        error_set(error, STRATA_FILE, 308, "%s: no such file", path);
        return NULL;
    }
    Text text = text_make(arena);
    char buffer[4096];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(&text, buffer, count);
    fclose(file);
    *length = text.length;
    return text_string(&text);
}

static void expect_no_problem(const char *path, const char *stage, const char *problem)
{
    if (problem)
        print_message("%s, %s: %s\n", path, stage, problem);
    assert_null(problem);
}

static void expect_round_trip(Bench *bench, const Graph *graph)
{
    Text text = text_make(&bench->arena), blobs = text_make(&bench->arena);
    graph_print(graph, &bench->sources, &text, &blobs);
    Bench *other = bench_make();
    int32_t file = source_add(&other->sources, "again.graph", text_string(&text), text.length, false);
    const Graph *again = graph_read(&other->arena, &other->diagnostics, file, blobs.start, blobs.length);
    assert_non_null(again);
    Text second = text_make(&other->arena);
    graph_print(again, &other->sources, &second, NULL);
    assert_string_equal(text_string(&text), text_string(&second));
    bench_release(other);
}

static void try_example(const char *path, Mode mode)
{
    Bench *bench = bench_make();
    SourceReader reader = {.read = read_source};
    Module *module = module_load(&bench->arena, &bench->diagnostics, reader, path, NULL, 0);
    Graph *graph = module_elaborate(module, NULL, NULL, 0, mode);
    assert_non_null(graph);
    expect_no_problem(path, "elaborated", graph_verify(graph, &bench->arena));
    expect_round_trip(bench, graph);
    const char *problem = NULL;
    Graph *after = transform_all(&bench->arena, graph, &(TransformOptions){.keep_names = true}, &problem);
    expect_no_problem(path, "transformed", problem);
    expect_round_trip(bench, after);
    bench_release(bench);
}

static void examples_pass_the_verifier(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("examples/*.net", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        try_example(files.gl_pathv[i], MODE_INFERENCE);
        try_example(files.gl_pathv[i], MODE_TRAINING);
    }
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_pass_the_verifier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

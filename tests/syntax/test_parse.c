/* The parser: every .net file of the project, and each construct of the language. */
#include "syntax/parse.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *read_whole(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *length = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

static AstFile *parse_text(Arena *arena, SourceTable *sources, Diagnostics *diagnostics, const char *name, const char *text,
                           size_t length)
{
    *sources = source_table_make(arena);
    *diagnostics = diagnostics_make(arena, sources);
    int32_t file = source_add(sources, name, text, length, false);
    AstFile *result = parse_file(arena, diagnostics, file);
    for (int64_t i = 0; i < diagnostics->count; i++) {
        Text out = text_make(arena);
        diagnostic_print(diagnostics, &diagnostics->items[i], false, &out);
        fputs(text_string(&out), stderr);
    }
    return result;
}

static void folder_parses(const char *folder)
{
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (!strstr(entry->d_name, ".net"))
            continue;
        char path[600];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        StrataAllocator allocator = strata_default_allocator();
        Arena arena;
        SourceTable sources;
        Diagnostics diagnostics;
        size_t length;
        char *text = read_whole(path, &length);
        arena_init(&arena, &allocator);
        AstFile *file = parse_text(&arena, &sources, &diagnostics, path, text, length);
        assert_int_equal(diagnostics.errors, 0);
        assert_true(file->items.count > 0);
        arena_release(&arena);
        free(text);
    }
    closedir(directory);
}

static void every_file_of_the_project_parses(void **state)
{
    (void)state;
    folder_parses("stdlib");
    folder_parses("examples");
}

/* Constructs that are right, one a line; \n inside stands for a line break. */
static const char *const good[] = {
    "let a = {x}",
    "let a = x -> y -> x + y",
    "let a = (x) -> x",
    "let a = (x, y) -> x + y",
    "let a = f(x)(y).z[0]",
    "let a = [f(i, j) for i in 1..64 for j in i..2*n-1 if i < j]",
    "let a = {x: 1}",
    "net p(a: 1x2, b: shape(1, H), H=3) -> {same: 1, box: 4} = {same: a, box: b}",
    "let a = x |> f |> y -> y + 1 |> g",
    "let a = if c then x\n  else x |> f\n  |> g",
    "let a = -2^-1",
    "layer b(n) = x -> { let a = f(x); let b = a\n  - c\n (a + b) }",
    "use a.b.c\nuse \"f.net\" as g",
    "train lenet(H=3) as quick { data = d; loss = (out, s) -> mse(out, s.image) }",
    "let a = f(3, data=d, k=2,)",
    "let a = f(1..64)",
    "let a = scan(xs, {h: 0}, (s, x) -> { let i = f(s.h, x)\n {h: i} })",
    "assert weights(n) <= 62_000, \"too big\", weights(n)",
    "",
    "\n\n# only a comment",
    ";;let a = 1;;",
    "let a = 1\r\nlet b = 2\r\n",
    "\xEF\xBB\xBFlet a = 1",
    "let a =\n  1\n  .. 3",
};

static void constructs_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        StrataAllocator allocator = strata_default_allocator();
        Arena arena;
        SourceTable sources;
        Diagnostics diagnostics;
        arena_init(&arena, &allocator);
        parse_text(&arena, &sources, &diagnostics, "good", good[i], strlen(good[i]));
        assert_int_equal(diagnostics.errors, 0);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_of_the_project_parses),
        cmocka_unit_test(constructs_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

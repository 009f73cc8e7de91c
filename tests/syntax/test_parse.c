/* The parser: every .net file of the project, each construct of the language, limits, and memory that ends at any point. */
#include "syntax/harness.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void file_parses(const char *path, const char *text, size_t length)
{
    Parsed parsed;
    parsed_begin(&parsed, text, length);
    parsed_print_errors(&parsed);
    if (parsed.diagnostics.errors > 0 || parsed.file->items.count == 0)
        fail_msg("%s", path);
    parsed_end(&parsed);
}

static void every_file_of_the_project_parses(void **state)
{
    (void)state;
    visit_net_files("stdlib", file_parses);
    visit_net_files("examples", file_parses);
}

/* Constructs that are right. */
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
    "let a = f(3, data=d, net=2,)",
    "let a = f(1..64)",
    "let a = scan(xs, {h: 0}, (s, x) -> { let i = f(s.h, x)\n {h: i} })",
    "assert weights(n) <= 62_000, \"too big\", weights(n)",
    "layer f = x -> {\nlet a = x\na\n}",
    "train f {\n}",
    "let a = not not a == b",
    "let a = 1 .foo",
    "",
    "\n\n# only a comment",
    ";;let a = 1;;",
    "let a = 1\r\nlet b = 2\r\n",
    "\xEF\xBB\xBFlet a = 1",
    "let a =\n  1\n  .. 3",
    "let a = \"\xC3\xA4 # no comment \\\" \\\\ \\n \\t\"",
};

static void constructs_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        Parsed parsed;
        parsed_begin(&parsed, good[i], strlen(good[i]));
        parsed_print_errors(&parsed);
        assert_int_equal(parsed.diagnostics.errors, 0);
        parsed_end(&parsed);
    }
}

/* Trees as `strata show ast` prints them. */
static const struct {
    const char *text, *tree;
} trees[] = {
    {"let a = 1 + 2 * -x ^ 2 - 3",
     "let a 1:1\n  sum 1:9\n    number 1 1:9\n    +\n      product 1:13\n        number 2 1:13\n        *\n          negate 1:17\n"
     "            power 1:18\n              name x 1:18\n              number 2 1:22\n    -\n      number 3 1:26\n"},
    {"let a = (1 + 2) + 3",
     "let a 1:1\n  sum 1:9\n    sum 1:9\n      number 1 1:10\n      +\n        number 2 1:14\n    +\n      number 3 1:19\n"},
    {"let a = x |> f |> g(1, k=2x3)", "let a 1:1\n  pipe 1:9\n    name x 1:9\n    name f 1:14\n    call 1:19\n      name g 1:19\n  "
                                      "    number 1 1:21\n      argument k 1:24\n"
                                      "        shape 2x3 1:26\n"},
    {"# What it is.\n#  More.\nlayer f(n, s=1) = x -> x",
     "layer f() \"What it is.\\n More.\" 3:1\n  parameter n 3:9\n  parameter s 3:12\n    default\n      number 1 3:14\n"
     "  function x 3:19\n    name x 3:24\n"},
    {"# Not right above.\n\nlayer f = x -> x # nor this\nlet b = true",
     "layer f 3:1\n  function x 3:11\n    name x 3:16\nlet b 4:1\n  boolean true 4:9\n"},
    {"let a = if a then 1 else if b then 2 else 3", "let a 1:1\n  if 1:9\n    name a 1:12\n    then\n      number 1 1:19\n    "
                                                    "else\n      if 1:26\n        name b 1:29\n        then\n"
                                                    "          number 2 1:36\n        else\n          number 3 1:43\n"},
    {"let a = x -> y |> z", "let a 1:1\n  function x 1:9\n    pipe 1:14\n      name y 1:14\n      name z 1:19\n"},
    {"let a = { let b = f\n (1) }", "let a 1:1\n  block 1:9\n    let b 1:11\n      name f 1:19\n    number 1 2:2\n"},
    {"let a = { let b = f; -1 }",
     "let a 1:1\n  block 1:9\n    let b 1:11\n      name f 1:19\n    negate 1:22\n      number 1 1:23\n"},
    {"let a = 1_0.5e-1", "let a 1:1\n  number 1.05 1:9\n"},
};

static void trees_have_their_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        Parsed parsed;
        parsed_begin(&parsed, trees[i].text, strlen(trees[i].text));
        Text text = text_make(&parsed.arena);
        print_ast(&parsed.sources, parsed.file, &text);
        assert_string_equal(text_string(&text), trees[i].tree);
        parsed_end(&parsed);
    }
}

static void tokens_are_printed_behind_the_filter(void **state)
{
    (void)state;
    const char *text = "let a = f(1,\n  2)  # two\n\nlet b = a\n  |> g ; let c = 3x3";
    Parsed parsed;
    parsed_begin(&parsed, text, strlen(text));
    Text out = text_make(&parsed.arena);
    print_tokens(&parsed.arena, &parsed.diagnostics, parsed.number, &out);
    assert_string_equal(text_string(&out),
                        "1:1 LET let\n1:5 ID a\n1:7 ASSIGN =\n1:9 ID f\n1:10 LPAREN (\n1:11 NUMBER 1\n1:12 COMMA ,\n2:3 NUMBER 2\n"
                        "2:4 RPAREN )\n2:5 SEP\n4:1 LET let\n4:5 ID b\n4:7 ASSIGN =\n4:9 ID a\n5:3 PIPE |>\n5:6 ID g\n5:8 SEP ;\n"
                        "5:10 LET let\n5:14 ID c\n5:16 ASSIGN =\n5:18 SHAPE 3x3\n5:21 SEP\n");
    parsed_end(&parsed);
}

static void an_expression_parses_alone(void **state)
{
    (void)state;
    Parsed parsed;
    parsed_begin(&parsed, "1 + f(2)", 8);
    parsed.diagnostics = diagnostics_make(&parsed.arena, &parsed.sources);
    assert_int_equal(parse_expression(&parsed.arena, &parsed.diagnostics, parsed.number)->kind, AST_SUM);
    assert_int_equal(parsed.diagnostics.errors, 0);
    int32_t wrong = source_add(&parsed.sources, "wrong", "1 + ) 2", 7, false);
    assert_non_null(parse_expression(&parsed.arena, &parsed.diagnostics, wrong));
    assert_int_equal(parsed.diagnostics.errors, 1);
    parsed_end(&parsed);
}

/* `count` times `part` between `before` and `behind`. */
static char *repeated(const char *before, const char *part, int count, const char *behind, size_t *length)
{
    size_t size = strlen(part);
    char *text = malloc(strlen(before) + size * (size_t)count + strlen(behind) + 1);
    assert_non_null(text);
    char *at = text + sprintf(text, "%s", before);
    for (int i = 0; i < count; i++, at += size)
        memcpy(at, part, size);
    strcpy(at, behind);
    *length = strlen(text);
    return text;
}

enum { ENOUGH_MEMORY = 400 * 1024 * 1024 };

/* One diagnostic of that code, or none for 0; always with little memory. */
static void gives(int code, const char *before, const char *part, int count, const char *behind)
{
    size_t length;
    char *text = repeated(before, part, count, behind, &length);
    Parsed parsed;
    parsed_begin(&parsed, text, length);
    if (parsed.diagnostics.errors != (code ? 1 : 0) || (code && parsed.diagnostics.items[0].code != code)) {
        print_error("%s%s...%s\n", before, part, behind);
        parsed_print_errors(&parsed);
        fail();
    }
    assert_true(parsed.arena.total < ENOUGH_MEMORY);
    parsed_end(&parsed);
    free(text);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    const int deep = 100000;
    gives(1002, "let a = ", "(", deep, "");
    gives(1002, "let a = ", "[", deep, "");
    gives(1002, "let a = ", "{", deep, "");
    gives(1002, "let a = ", "{a: ", deep, "1");
    gives(1002, "let a = ", "f(x=", deep, "1");
    gives(1002, "let a = ", "{let a = ", deep, "1");
    gives(1002, "let a = ", "[a for i in ", deep, "1");
    gives(1002, "let a = ", "- ", deep, "x");
    gives(1002, "let a = ", "not ", deep, "x");
    gives(1002, "let a = ", "x -> ", deep, "x");
    gives(1002, "let a = ", "(x, y) -> ", deep, "x");
    gives(1002, "let a = ", "2^", deep, "2");
    gives(1002, "let a = f", "(1)", deep, "");
    gives(1002, "let a = f", "[1]", deep, "");
    gives(1002, "let a = f", ".b", deep, "");
    gives(1002, "let a = ", "if a then b else ", deep, "c");
    gives(1002, "let a = ", "if ", deep, "c");
    gives(1002, "let a = ", "a or b and not c == d .. e + f * - g ^ (", deep, "");
    gives(0, "let a = ", "-", 900, "x");
}

static void chains_have_no_limit(void **state)
{
    (void)state;
    const int many = 100000;
    gives(0, "let a = x", " |> f", many, "");
    gives(0, "let a = x", "\n  |> f", many, "");
    gives(0, "let a = x", " + f", many, "");
    gives(0, "let a = x", " - f", many, "");
    gives(0, "let a = x", " * f", many, "");
    gives(0, "let a = x", " and f", many, "");
    gives(0, "let a = x", " or f", many, "");
    gives(0, "let a = [", "1, ", many, "]");
    gives(0, "", "let a = 1\n", many, "");
}

static void size_has_a_limit(void **state)
{
    (void)state;
    gives(1001, "", "#", 10 * 1000 * 1000, "");
    gives(1001, "", "let a = 1\n", 1000 * 1000, "");
    gives(1003, "let a = [", "1,", 4 * 1000 * 1000, "]");
    gives(1003, "let a = [", "-a,", 2700000, "]");
    gives(1004, "layer f(", "a,", 257, ") = x");
    gives(1004, "layer f(", "a,", 4 * 1000 * 1000, ") = x");
    gives(1004, "let f = (", "a,", 4 * 1000 * 1000, "b) -> a");
    gives(0, "", "\n", 8 * 1000 * 1000, "");
    gives(0, "", ";", 8 * 1000 * 1000, "");
    gives(104, "let a = ", "1", 8 * 1000 * 1000, "");
    gives(106, "let a = \"", "1", 8 * 1000 * 1000, "");
    gives(111, "", "$", 8 * 1000 * 1000, "");
}

/* What cannot stand in a golden file: bytes that are no text. Each text has one error, of this code at this column. */
static const struct {
    const char *text;
    size_t length;
    int code, column;
} bytes[] = {
    {"let a\0 = 1", 10, 110, 6},
    {"let a = 1 # \0", 13, 110, 13},
    {"let a = \"\0\"", 11, 110, 10},
    {"let a\x01 = 1", 10, 110, 6},
    {"let a = 1 # \xFF\xFE", 14, 108, 13},
    {"let a = \"\xC3\"", 11, 108, 10},
    {"let a = \"\xC3\xA4\xED\xA0\x80\"", 15, 108, 11},
    {"let a = 1 \x80", 11, 108, 11},
    {"let a = 1 # \xC0\x80", 14, 108, 13},
    {"let a = 1 # \xF4\x90\x80\x80", 16, 108, 13},
    {"let a = 1 \xEF\xBB\xBF", 13, 111, 11},
    {"let a = \"\xC3\xA4\\\xC3\xA4\"", 15, 107, 11},
};

static void bytes_that_are_no_text_are_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        Parsed parsed;
        parsed_begin(&parsed, bytes[i].text, bytes[i].length);
        bool right = parsed.diagnostics.errors == 1 && parsed.diagnostics.items[0].code == bytes[i].code &&
                     source_place(&parsed.sources, parsed.number, parsed.diagnostics.items[0].span.start).column == bytes[i].column;
        if (!right) {
            parsed_print_errors(&parsed);
            fail_msg("case %d", (int)i);
        }
        parsed_end(&parsed);
    }
}

static void errors_end_at_their_limit(void **state)
{
    (void)state;
    static const char *const parts[] = {"let a = 1 1\n", ")", "1.\n", "\xFF", "let a = f(\n", "let a = [)\n", "let = \"\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length;
        char *text = repeated("", parts[i], 500000, "", &length);
        Parsed parsed;
        parsed_begin(&parsed, text, length);
        assert_in_range(parsed.diagnostics.errors, 1, DIAGNOSTIC_LIMIT);
        assert_true(parsed.arena.total < ENOUGH_MEMORY);
        parsed_end(&parsed);
        free(text);
    }
}

static void input_is_complete_when_it_can_end(void **state)
{
    (void)state;
    static const char *const complete[] = {"",  "let a = 1",   "let a = (1\n)", "let a = 1;", "a",
                                           ")", "let a = \"x", "# comment (",   "f(x)]"};
    static const char *const open[] = {"let a =",   "let a = (1", "net f(x: 3) -> 3 =\n", "x |>", "{ let a = 1\n", "[1,",
                                       "if a then", "let"};
    for (size_t i = 0; i < sizeof complete / sizeof *complete + sizeof open / sizeof *open; i++) {
        bool expected = i < sizeof complete / sizeof *complete;
        const char *text = expected ? complete[i] : open[i - sizeof complete / sizeof *complete];
        StrataAllocator allocator = strata_default_allocator();
        Arena arena;
        arena_init(&arena, &allocator);
        if (parse_is_complete(&arena, text, strlen(text)) != expected)
            fail_msg("'%s' should be %s", text, expected ? "complete" : "open");
        arena_release(&arena);
    }
}

/* An allocator that gives `left` blocks and counts what is not given back. */
typedef struct Stingy {
    int left;
    int64_t held;
} Stingy;

static void *stingy_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    Stingy *stingy = context;
    if (new_size > 0 && stingy->left-- <= 0)
        return NULL;
    stingy->held += (int64_t)new_size - (int64_t)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

static bool formats_with(Stingy *stingy, const char *text, size_t length)
{
    StrataAllocator allocator = {stingy_resize, stingy};
    Arena arena;
    arena_init(&arena, &allocator);
    volatile bool done = false;
    if (ARENA_TRY(&arena) == 0) {
        SourceTable sources = source_table_make(&arena);
        Diagnostics diagnostics = diagnostics_make(&arena, &sources);
        AstFile *file = parse_file(&arena, &diagnostics, source_add(&sources, "test.net", text, length, false));
        Text out = text_make(&arena);
        print_ast(&sources, file, &out);
        format_file(&arena, &diagnostics, file, &out);
        done = true;
    }
    arena_release(&arena);
    return done;
}

static void memory_may_end_at_any_point(void **state)
{
    (void)state;
    size_t length;
    char *text = repeated("", "layer f(n, s=1) = x -> x |> g([i for i in 1..n], {a: 1}) |> h\n", 2000, "", &length);
    bool done = false;
    for (int blocks = 0; !done && blocks < 1000; blocks++) {
        Stingy stingy = {.left = blocks};
        done = formats_with(&stingy, text, length);
        assert_int_equal(stingy.held, 0);
    }
    assert_true(done);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_of_the_project_parses),
        cmocka_unit_test(constructs_parse),
        cmocka_unit_test(trees_have_their_form),
        cmocka_unit_test(tokens_are_printed_behind_the_filter),
        cmocka_unit_test(an_expression_parses_alone),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(chains_have_no_limit),
        cmocka_unit_test(size_has_a_limit),
        cmocka_unit_test(bytes_that_are_no_text_are_shown),
        cmocka_unit_test(errors_end_at_their_limit),
        cmocka_unit_test(input_is_complete_when_it_can_end),
        cmocka_unit_test(memory_may_end_at_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
